#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace base {

bool is_valid_utf8(std::string_view bytes);
/// Unicode code points; `bytes` must be valid UTF-8.
std::size_t count_characters(std::string_view utf8);
/// At most `characters` code points, with "…" when something was cut off.
std::string shorten(std::string_view utf8, std::size_t characters);
/// Without white space (also the ideographic space) at both ends.
std::string trim(std::string_view utf8);
/// NFKC, case folded, white space runs as one space: for comparing titles and names.
std::string fold(std::string_view utf8);
/// True if there is a control character other than tab, LF, CR, or one that reverses the reading
/// direction (U+202A–202E, U+2066–2069): with those a title can show other words than it has.
bool has_control_characters(std::string_view utf8);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string to_lower_ascii(std::string_view text);
std::string replace_all(std::string text, std::string_view from, std::string_view to);
std::string escape_html(std::string_view text);
/// Traditional → simplified, character by character (ICU): for folding before search and compare.
std::string to_simplified(std::string_view utf8);

}  // namespace base
