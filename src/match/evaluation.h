#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "match/item.h"
#include "match/scorer.h"

namespace match {

/// One judged pair: 2 solves the demand, 1 a part of it, 0 does not.
struct Judgement {
    std::string demand;
    std::string achievement;
    int relevance = 0;
    std::string case_class;  ///< synonym, paraphrase, lexical-trap-strong …
};

/// An item from one JSON line (docs/matching.md); unknown members are ignored, absent ones unknown.
/// Errors: `json_malformed`, `field_missing`, `field_wrong_type`, `entry_kind_unknown`.
base::Result<Item> item_from_json(const base::json::object& line);
base::Result<std::vector<Item>> read_items(std::string_view jsonl);
/// Tab-separated with a header: demand_id, achievement_id, rel, case, …; `qrels_malformed` {line}.
base::Result<std::vector<Judgement>> read_judgements(std::string_view tsv);

struct Measures {
    std::size_t demands = 0;
    double ndcg_at_10 = 0;  ///< gain 2^rel − 1; a pair not listed is 0
    double mrr = 0;         ///< of the first pair with rel 2
    double precision_at_1 = 0;
    std::size_t traps = 0;
    double traps_below = 0;  ///< share of strong traps that score below the best rel 2
};

struct Ranked {
    std::string achievement;
    double score = 0;
    int relevance = 0;
};

struct Evaluation {
    Measures all;
    Measures cross_language;  ///< demands that are not in Chinese
    std::map<std::string, Measures> by_case;
    std::map<std::string, std::vector<Ranked>> rankings;  ///< the first ten of each demand
};

/// Ranks all achievements for each judged demand. Ties count as the mean over their orders
/// (200 seeded shuffles), so that no order of the file is favoured.
Evaluation evaluate(const std::vector<Item>& items, const std::vector<Judgement>& judgements,
                    std::shared_ptr<const Profiler> profiler, const Weights& weights, Fields fields,
                    base::Date today);

base::json::object to_json(const Evaluation& evaluation);
std::string to_text(const Evaluation& evaluation);

}  // namespace match
