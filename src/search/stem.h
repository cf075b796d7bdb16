#pragma once

#include <string>
#include <string_view>

namespace search {

/// Which light stemmer a Latin word goes through. `none` is for Vietnamese, names and codes.
enum class StemLanguage { none, english, malay };

/// Light stemming: endings (and for Indonesian and Malay the common prefixes) are cut so that the
/// forms of one word meet; stems are not words and are never shown. `word` is folded ASCII.
std::string stem(std::string_view word, StemLanguage language);

/// A guess from the function words of a text; `none` when neither language shows.
StemLanguage guess_language(std::string_view folded_text);

}  // namespace search
