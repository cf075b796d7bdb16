#include "search/page_cursor.h"

#include <charconv>

#include "base/hash.h"
#include "base/text.h"
#include "search/checksum.h"

namespace search {
namespace {

/// Everything that decides which hits there are and in which order.
std::string mark_of(const Query& query) {
    std::string text = query.text + '\n' + query.like + '\n' +
                       std::to_string(static_cast<int>(query.matching)) +
                       std::to_string(static_cast<int>(query.sort.by)) + query.sort.attribute;
    for (const Filter& filter : query.filters) {
        text += '\n' + filter.attribute + '=' + base::join(filter.any_of, ",");
        if (filter.at_least) text += '>' + std::to_string(*filter.at_least);
        if (filter.at_most) text += '<' + std::to_string(*filter.at_most);
    }
    return std::to_string(checksum(text) % 1'000'000'007);
}

}  // namespace

std::string write_cursor(const Query& query, const PageEnd& end) {
    std::string text =
        base::to_base64(mark_of(query) + '|' + std::to_string(end.key) + '|' + end.id);
    text = base::replace_all(base::replace_all(std::move(text), "+", "-"), "/", "_");
    while (text.ends_with('='))
        text.pop_back();
    return text;
}

base::Result<PageEnd> read_cursor(const Query& query) {
    auto malformed = [] { return base::refuse(base::invalid("cursor_malformed").at("cursor")); };
    if (query.cursor.size() > 1024) return malformed();
    std::string text = base::replace_all(base::replace_all(query.cursor, "-", "+"), "_", "/");
    while (text.size() % 4 != 0)
        text += '=';
    auto bytes = base::from_base64(text);
    if (!bytes) return malformed();
    std::size_t first = bytes->find('|');
    std::size_t second = first == std::string::npos ? first : bytes->find('|', first + 1);
    if (second == std::string::npos) return malformed();
    PageEnd end;
    const char* from = bytes->data() + first + 1;
    const char* to = bytes->data() + second;
    auto [stopped, problem] = std::from_chars(from, to, end.key);
    if (problem != std::errc() || stopped != to) return malformed();
    end.id = bytes->substr(second + 1);
    if (bytes->substr(0, first) != mark_of(query)) {
        return base::refuse(base::invalid("cursor_of_other_query").at("cursor"));
    }
    return end;
}

}  // namespace search
