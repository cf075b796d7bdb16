#include "search/stem.h"

#include <algorithm>
#include <array>

namespace search {
namespace {

bool cut_end(std::string& word, std::string_view ending, std::size_t left_min) {
    if (!word.ends_with(ending) || word.size() - ending.size() < left_min) return false;
    word.resize(word.size() - ending.size());
    return true;
}

bool cut_start(std::string& word, std::string_view beginning, std::size_t left_min) {
    if (!word.starts_with(beginning) || word.size() - beginning.size() < left_min) return false;
    word.erase(0, beginning.size());
    return true;
}

std::string stem_english(std::string word) {
    if (word.size() < 4) return word;
    if (word.ends_with("ies") && word.size() > 4) {
        word.replace(word.size() - 3, 3, "y");
    } else if (word.ends_with("sses") || word.ends_with("xes") || word.ends_with("ches") ||
               word.ends_with("shes")) {
        word.resize(word.size() - 2);
    } else if (!word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is")) {
        cut_end(word, "s", 3);
    }
    bool cut = cut_end(word, "ing", 3) || cut_end(word, "ed", 3);
    if (cut && word.size() > 3 && word[word.size() - 1] == word[word.size() - 2] &&
        std::string_view("lsz").find(word.back()) == std::string_view::npos) {
        word.pop_back();
    }
    cut_end(word, "e", 3);
    return word;
}

/// The affixes of Indonesian and Malay, outermost first. One of each kind is cut: cutting more
/// joins words that have nothing in common.
std::string stem_malay(std::string word) {
    constexpr std::array particles{"lah", "kah", "pun"};
    constexpr std::array possessives{"nya", "ku", "mu"};
    constexpr std::array endings{"kan", "an", "i"};
    constexpr std::array beginnings{"meng", "meny", "mem", "men", "me",  "peng", "peny", "pem",
                                    "pen",  "per",  "pe",  "ber", "ter", "di",   "ke",   "se"};
    for (std::string_view part : particles) {
        if (cut_end(word, part, 4)) break;
    }
    for (std::string_view part : possessives) {
        if (cut_end(word, part, 4)) break;
    }
    for (std::string_view part : endings) {
        if (cut_end(word, part, 4)) break;
    }
    for (std::string_view part : beginnings) {
        if (cut_start(word, part, 4)) break;
    }
    return word;
}

}  // namespace

std::string stem(std::string_view word, StemLanguage language) {
    bool letters_only =
        std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (!letters_only) return std::string(word);
    switch (language) {
        case StemLanguage::none:
            return std::string(word);
        case StemLanguage::english:
            return stem_english(std::string(word));
        case StemLanguage::malay:
            return stem_malay(std::string(word));
    }
    return std::string(word);
}

StemLanguage guess_language(std::string_view folded_text) {
    constexpr std::array english{"the", "of", "and",  "for", "with", "to",
                                 "in",  "on", "from", "by",  "is"};
    constexpr std::array malay{"yang", "dan",  "untuk", "dengan", "dari",  "pada", "di",
                               "ke",   "atau", "oleh",  "secara", "dalam", "tanpa"};
    int english_count = 0;
    int malay_count = 0;
    std::size_t at = 0;
    while (at < folded_text.size()) {
        std::size_t end = std::min(folded_text.find(' ', at), folded_text.size());
        std::string_view word = folded_text.substr(at, end - at);
        english_count += std::find(english.begin(), english.end(), word) != english.end();
        malay_count += std::find(malay.begin(), malay.end(), word) != malay.end();
        at = end + 1;
    }
    if (english_count == malay_count) return StemLanguage::none;
    return english_count > malay_count ? StemLanguage::english : StemLanguage::malay;
}

}  // namespace search
