#pragma once

#include <string_view>
#include <vector>

#include "search/plan.h"
#include "search/query.h"

namespace search {

/// The stretch of `text` of at most `characters` characters in which most different query terms
/// stand close together, with the terms marked. "…" shows that text was left out.
std::vector<SnippetPart> make_snippet(std::string_view text, const std::vector<std::string>& terms,
                                      const Tokenizer& tokenizer, std::size_t characters);

}  // namespace search
