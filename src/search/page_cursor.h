#pragma once

#include <string>

#include "search/execute.h"

namespace search {

/// An opaque text that names the end of a page of this query, safe in a URL.
std::string write_cursor(const Query& query, const PageEnd& end);

/// Errors: `cursor_malformed`; `cursor_of_other_query` when text, filters or order have changed.
base::Result<PageEnd> read_cursor(const Query& query);

}  // namespace search
