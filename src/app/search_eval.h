#pragma once

#include <filesystem>
#include <iosfwd>

#include "base/result.h"

namespace app {

/// `guiqiao search-eval`: an index over a file of entries, asked from standard input.
struct SearchEvalOptions {
    std::filesystem::path entries;  ///< JSON lines, as docs/matching.md describes
    std::filesystem::path lexicon;  ///< for words to keep whole; may be empty
};

/// Reads one query per line, `{"q": text, "matching": "all|any|all_then_any", "kind": …, "card": …,
/// "lang": …, "facets": […], "sort": "trl", "limit": n, "cursor": …}`, and writes one answer per
/// line. A bad line is answered with its error; the run goes on. Errors: `file_unreadable`.
base::Status run_search_eval(const SearchEvalOptions& options, std::istream& in, std::ostream& out);

}  // namespace app
