#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "search/document.h"

namespace search {

// What one query may cost, whatever it says.
inline constexpr std::size_t query_bytes_max = 8 * 1024;
inline constexpr std::size_t query_words_max = 256;
inline constexpr std::size_t query_depth_max = 32;

/// How the words of a query that no operator joins are joined.
enum class Matching {
    all,           ///< every word must occur
    any,           ///< one word is enough; more rank higher
    all_then_any,  ///< all; when nothing is found, any
};

/// A parsed query. Leaves keep the user's own text; splitting it into terms comes later.
struct QueryNode {
    enum class Kind {
        word,
        phrase,
        prefix,
        fuzzy,
        all,
        any,
        negation,
        wish  ///< ranks, but need not occur
    };

    Kind kind = Kind::all;
    std::string text;
    std::string field;             ///< empty: any field
    int edits = 0;                 ///< fuzzy: 1 or 2
    std::size_t column = 0;        ///< of the first character, from 0
    std::vector<QueryNode> parts;  ///< all, any: two or more; negation, wish: one

    bool operator==(const QueryNode&) const = default;
};

/// Reads `word "a phrase" field:word prefix* fuzzy~ -not +must (a OR b) AND NOT c`; full-width
/// signs are taken as their half-width forms. Nothing but white space gives an empty `all`.
/// Errors carry {column} (from 1) and {near}: `query_too_long`, `query_too_many_words`,
/// `query_too_deep`, `query_control_character`, `query_not_utf8`, `query_quote_open`, `query_parenthesis_open`,
/// `query_parenthesis_unexpected`, `query_operand_missing`, `query_field_unknown` ({field}),
/// `query_prefix_too_short`, `query_only_negation`.
base::Result<QueryNode> parse_query(std::string_view text, const Schema& schema,
                                    Matching matching = Matching::all);

/// One condition on an attribute. For keywords: one of `any_of`; for numbers: within the bounds
/// (inclusive), e.g. place codes 450100 to 450199 for a city and its counties.
struct Filter {
    std::string attribute;
    std::vector<std::string> any_of;
    std::optional<std::int64_t> at_least;
    std::optional<std::int64_t> at_most;
};

struct Sort {
    enum class By { relevance, ascending, descending };
    By by = By::relevance;
    std::string attribute;  ///< a number attribute; documents without it come last
};

enum class Counting {
    exact,    ///< `total` and facets count every match
    at_least  ///< `total` is a lower bound; allows pruning, excludes facets
};

/// A term exactly as the splitter makes it, for queries that a program puts together.
struct WeightedTerm {
    std::string term;
    double weight = 1;
};

/// Everything that one search asks for.
struct Query {
    std::string text;  ///< as parse_query reads; empty: every document
    Matching matching = Matching::all;
    std::string like;  ///< find similar: the rarest terms of this text, any of them
    std::size_t like_terms_max = 60;
    std::vector<WeightedTerm> terms;  ///< any of these terms, instead of text and like
    std::vector<Filter> filters;
    std::vector<std::string> facets;  ///< attributes to count
    Sort sort;
    Counting counting = Counting::exact;
    std::size_t limit = 20;  ///< at most 1,000
    std::string cursor;      ///< next_cursor of the page before; `cursor_malformed`
    /// Gives the text that snippets are cut from; without it hits carry none.
    std::function<std::string(std::string_view id)> text_of;
};

struct SnippetPart {
    std::string text;
    bool highlighted = false;
};

struct Hit {
    std::string id;
    double score = 0;
    std::vector<SnippetPart> snippet;
};

struct FacetValue {
    std::string value;
    std::uint64_t count = 0;
};

struct Hits {
    std::uint64_t total = 0;
    bool total_is_exact = true;
    std::vector<Hit> hits;
    std::map<std::string, std::vector<FacetValue>> facets;  ///< most frequent first
    std::string next_cursor;                                ///< empty on the last page
    std::string
        suggestion;        ///< "did you mean": the query with its unknown words replaced, or empty
    bool relaxed = false;  ///< all_then_any fell back to any
};

}  // namespace search
