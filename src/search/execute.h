#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "search/plan.h"
#include "search/query.h"

namespace search {

/// Where the page before ended: the sort key and the id of its last hit.
struct PageEnd {
    std::int64_t key = 0;
    std::string id;
};

struct Found {
    std::int64_t key =
        0;  ///< greater is better: the score, or the attribute (negated if ascending)
    std::uint32_t part = 0;
    std::uint32_t document = 0;
    std::uint32_t score = 0;
};

struct Execution {
    std::vector<Found> found;  ///< best first; equal keys in order of id
    std::uint64_t total = 0;
    bool total_is_exact = true;
    std::map<std::string, std::map<std::string, std::uint64_t>> facets;
};

/// Which of the ways to the same answer is taken; `automatic` is what users get, the others are
/// for tests and measurements.
enum class Strategy { automatic, exhaustive, windows, pruned };

/// Runs a plan over a view. All strategies give the same hits, in the same order, with the same
/// scores; `pruned` gives a lower bound for the total and no facets.
Execution execute(const View& view, const Plan& plan, const Query& query, const Schema& schema,
                  const PageEnd* after, Strategy strategy);

}  // namespace search
