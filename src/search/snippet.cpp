#include "search/snippet.h"

#include <algorithm>
#include <map>
#include <set>

namespace search {
namespace {

struct Mark {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::string_view term;
};

std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

std::size_t forward(std::string_view text, std::size_t at, std::size_t characters) {
    for (; characters > 0 && at < text.size(); --characters) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80)
            ++at;
    }
    return at;
}

std::size_t backward(std::string_view text, std::size_t at, std::size_t characters) {
    for (; characters > 0 && at > 0; --characters) {
        --at;
        while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80)
            --at;
    }
    return at;
}

/// Index of the mark at which the window with most different terms begins.
std::size_t best_start(std::string_view text, const std::vector<Mark>& marks,
                       std::size_t characters) {
    std::size_t best = 0;
    std::size_t best_count = 0;
    constexpr std::size_t starts_max = 200;
    for (std::size_t i = 0; i < marks.size() && i < starts_max; ++i) {
        std::size_t end = forward(text, marks[i].begin, characters);
        std::set<std::string_view> different;
        for (std::size_t k = i; k < marks.size() && marks[k].end <= end; ++k)
            different.insert(marks[k].term);
        if (different.size() <= best_count) continue;
        best_count = different.size();
        best = i;
    }
    return best;
}

}  // namespace

std::vector<SnippetPart> make_snippet(std::string_view text, const std::vector<std::string>& terms,
                                      const Tokenizer& tokenizer, std::size_t characters) {
    TokenList tokens;
    tokenizer.tokenize(text, tokens);
    std::set<std::string_view> wanted(terms.begin(), terms.end());
    std::vector<Mark> marks;
    for (const Token& token : tokens.tokens) {
        auto found = wanted.find(tokens.text(token));
        if (found != wanted.end()) marks.push_back({token.begin, token.end, *found});
    }
    std::stable_sort(marks.begin(), marks.end(),
                     [](const Mark& a, const Mark& b) { return a.begin < b.begin; });
    std::string_view source = tokens.source;
    std::size_t from = 0;
    if (!marks.empty() && count_characters(source) > characters) {
        std::size_t start = marks[best_start(source, marks, characters)].begin;
        from = backward(source, start, characters / 5);
    }
    std::size_t to = forward(source, from, characters);
    std::vector<SnippetPart> parts;
    auto add = [&](std::string_view piece, bool highlighted) {
        if (piece.empty()) return;
        if (!parts.empty() && parts.back().highlighted == highlighted) {
            parts.back().text += piece;
        } else {
            parts.push_back({std::string(piece), highlighted});
        }
    };
    if (from > 0) add("…", false);
    std::size_t at = from;
    for (const Mark& mark : marks) {
        if (mark.end <= at || mark.begin >= to) continue;
        std::size_t begin = std::max<std::size_t>(mark.begin, at);
        std::size_t end = std::min<std::size_t>(mark.end, to);
        add(source.substr(at, begin - at), false);
        add(source.substr(begin, end - begin), true);
        at = end;
    }
    add(source.substr(at, to - at), false);
    if (to < source.size()) add("…", false);
    return parts;
}

}  // namespace search
