#include "search/expand.h"

#include <algorithm>
#include <map>

#include <unicode/utf8.h>

#include "base/text.h"

namespace search {
namespace {

using Characters = std::u32string;

// Longer words are no misspellings of anything; it also bounds the work per term.
constexpr std::size_t word_characters_max = 24;
constexpr std::size_t scan_terms_max = 2'000'000;

bool decode(std::string_view utf8, Characters& result) {
    result.clear();
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(utf8.data());
    auto length = static_cast<std::int32_t>(utf8.size());
    for (std::int32_t at = 0; at < length;) {
        UChar32 c;
        U8_NEXT(bytes, at, length, c);
        if (result.size() == word_characters_max) return false;
        result.push_back(static_cast<char32_t>(c));
    }
    return true;
}

/// Damerau–Levenshtein (neighbours swapped count one); `limit` + 1 when farther than that.
int distance(const Characters& a, const Characters& b, int limit) {
    auto n = static_cast<int>(a.size());
    auto m = static_cast<int>(b.size());
    if (std::abs(n - m) > limit) return limit + 1;
    int rows[3][word_characters_max + 1];
    for (int j = 0; j <= m; ++j)
        rows[0][j] = j;
    for (int i = 1; i <= n; ++i) {
        int* row = rows[i % 3];
        const int* above = rows[(i + 2) % 3];
        const int* two_above = rows[(i + 1) % 3];
        row[0] = i;
        int best = i;
        for (int j = 1; j <= m; ++j) {
            auto [x, y] =
                std::pair(a[static_cast<std::size_t>(i - 1)], b[static_cast<std::size_t>(j - 1)]);
            row[j] = std::min({row[j - 1] + 1, above[j] + 1, above[j - 1] + (x == y ? 0 : 1)});
            bool swapped = i > 1 && j > 1 && x == b[static_cast<std::size_t>(j - 2)] &&
                           a[static_cast<std::size_t>(i - 2)] == y;
            if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
            best = std::min(best, row[j]);
        }
        if (best > limit) return limit + 1;
    }
    return rows[n % 3][m];
}

struct Candidate {
    int edits = 0;
    std::uint64_t frequency = 0;
};

std::vector<std::string> best_of(const std::map<std::string, Candidate, std::less<>>& found,
                                 std::size_t count_max) {
    std::vector<std::pair<std::string, Candidate>> sorted(found.begin(), found.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        if (a.second.edits != b.second.edits) return a.second.edits < b.second.edits;
        return a.second.frequency > b.second.frequency;
    });
    if (sorted.size() > count_max) sorted.resize(count_max);
    std::vector<std::string> terms;
    for (auto& [term, candidate] : sorted)
        terms.push_back(term);
    return terms;
}

}  // namespace

std::vector<std::string> terms_with_prefix(const View& view, std::string_view prefix,
                                           std::size_t count_max) {
    std::map<std::string, Candidate, std::less<>> found;
    for (const MergeInput& part : view.parts) {
        const Segment& segment = *part.segment;
        for (std::uint32_t i = segment.lower_bound(prefix);
             i < segment.terms().size() && segment.terms()[i].starts_with(prefix); ++i) {
            auto [place, added] = found.try_emplace(std::string(segment.terms()[i]));
            place->second.frequency += segment.document_frequency(i);
        }
    }
    return best_of(found, count_max);
}

std::vector<std::string> terms_near(const View& view, std::string_view word, int edits,
                                    std::size_t count_max) {
    Characters wanted;
    if (word.empty() || !decode(word, wanted)) return {};
    bool ideographs = wanted.front() >= 0x3400 && wanted.front() <= 0x9FFF;
    // Only terms that begin alike are looked at: all others would be a scan of the whole index.
    std::string_view first = word.substr(0, ideographs ? 3 : 1);
    std::map<std::string, Candidate, std::less<>> found;
    Characters candidate;
    std::size_t scanned = 0;
    for (const MergeInput& part : view.parts) {
        const Segment& segment = *part.segment;
        for (std::uint32_t i = segment.lower_bound(first); i < segment.terms().size(); ++i) {
            std::string_view term = segment.terms()[i];
            if (!term.starts_with(first)) break;
            if (++scanned > scan_terms_max) return best_of(found, count_max);
            if (term.size() > word.size() + static_cast<std::size_t>(edits) * 4) continue;
            if (!decode(term, candidate)) continue;
            int away = distance(wanted, candidate, edits);
            if (away > edits) continue;
            auto [place, added] = found.try_emplace(std::string(term));
            place->second.edits = away;
            place->second.frequency += segment.document_frequency(i);
        }
    }
    return best_of(found, count_max);
}

namespace {

void collect_words(const QueryNode& node, std::vector<const QueryNode*>& words) {
    if (node.kind == QueryNode::Kind::negation) return;
    if (node.kind == QueryNode::Kind::word) words.push_back(&node);
    for (const QueryNode& part : node.parts)
        collect_words(part, words);
}

}  // namespace

std::string suggest(const View& view, const Tokenizer& tokenizer, std::string_view text,
                    const QueryNode& query) {
    std::vector<const QueryNode*> words;
    collect_words(query, words);
    std::string result(text);
    bool changed = false;
    constexpr std::size_t words_tried_max = 8;
    for (std::size_t i = 0; i < words.size() && i < words_tried_max; ++i) {
        TokenList tokens;
        tokenizer.tokenize(words[i]->text, tokens);
        std::string folded = fold_to_utf8(words[i]->text);
        Characters characters;
        if (!decode(folded, characters) || characters.size() < 2) continue;
        bool ideographs = characters.front() >= 0x3400 && characters.front() <= 0x9FFF;
        if (ideographs && characters.size() > 6) continue;
        if (!ideographs && characters.size() < 4) continue;
        if (view.document_frequency(folded) > 0) continue;
        std::vector<std::string> near =
            terms_near(view, folded, !ideographs && characters.size() > 6 ? 2 : 1, 4);
        std::erase_if(near, [&](const std::string& term) {
            Characters other;
            bool shorter = decode(term, other) && other.size() < characters.size();
            return term.front() == '=' || (ideographs && shorter);
        });
        if (near.empty()) continue;
        result = base::replace_all(std::move(result), words[i]->text, near.front());
        changed = true;
    }
    return changed ? result : std::string();
}

}  // namespace search
