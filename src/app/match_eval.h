#pragma once

#include <filesystem>
#include <iosfwd>

#include "base/result.h"
#include "match/scorer.h"

namespace app {

/// `guiqiao match-eval`: how well matching does on judged pairs.
struct MatchEvalOptions {
    std::filesystem::path entries;  ///< JSON lines, as docs/matching.md describes
    std::filesystem::path qrels;    ///< tab-separated: demand, achievement, rel, case
    std::filesystem::path lexicon;  ///< the region's lexicon folder
    match::Weights weights;
    bool text_only = false;
    bool json = false;
    bool verbose = false;  ///< also the first ten of each demand
};

/// Prints the measures. Errors: `file_unreadable` and those of reading the files.
base::Status run_match_eval(const MatchEvalOptions& options, std::ostream& out);

}  // namespace app
