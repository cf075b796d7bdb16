#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace search {

/// A text ready for splitting: every character folded (NFKC, lower case, simplified, half width) and
/// beside it where in the original it began. Characters beyond the basic plane become U+FFFD when
/// they are no letters; supplementary ideographs are kept as surrogate pairs.
struct FoldedText {
    std::u16string units;
    std::vector<std::uint32_t>
        offsets;  ///< byte offset in the source; one more than units (the end)
};

/// Overwrites `result`. Malformed bytes count as spaces. Decomposed marks are composed first when
/// there are any; offsets then refer to the composed text, which `composed` receives.
void fold_text(std::string_view utf8, FoldedText& result, std::string& composed);

/// The folded form as UTF-8: for dictionaries and keywords.
std::string fold_to_utf8(std::string_view utf8);

/// `unit` without its Vietnamese (or other Latin) marks: ặ → a, đ → d; itself when it has none.
char16_t without_marks(char16_t unit);

void append_utf8(std::u16string_view units, std::string& to);

}  // namespace search
