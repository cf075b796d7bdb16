#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "search/plan.h"

namespace search {

/// The most frequent terms that begin with `prefix` (folded), at most `count_max`.
std::vector<std::string> terms_with_prefix(const View& view, std::string_view prefix,
                                           std::size_t count_max);

/// Terms at most `edits` insertions, deletions, replacements or swaps of neighbours from `word`
/// (folded), nearest and then most frequent first. The first character (of
/// other scripts than Han: its first byte) must agree.
std::vector<std::string> terms_near(const View& view, std::string_view word, int edits,
                                    std::size_t count_max);

/// The query with each word that no document has replaced by the nearest one that some have;
/// empty if there is nothing better to offer.
std::string suggest(const View& view, const Tokenizer& tokenizer, std::string_view text,
                    const QueryNode& query);

}  // namespace search
