#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "catalog/kind.h"

namespace catalog {

/// How far a demand is from being solvable. After the triage at 江苏省技术产权交易市场: about 60 % find a
/// match once refined, 25 % stay unclear and get a second diagnosis, 15 % are long-term.
enum class CoachClass {
    clear,      ///< every essential question answered, few of the others open: match it now
    to_refine,  ///< something that a solver needs is missing
    long_term,  ///< deadline beyond `long_term_months`, or readiness down to `long_term_level` taken
};
std::string_view to_string(CoachClass value);

struct CoachAsk {
    std::string group;
    std::vector<std::string> fields;  ///< that would answer it
    /// Key of the text that says why it is asked: "coach.<group>" when nothing is there,
    /// "coach.<group>_unfit" when what is there lacks the number, date or amount.
    std::string reason;
    bool essential = false;
};

struct CoachAdvice {
    CoachClass coach_class = CoachClass::to_refine;
    std::string rule;            ///< text key of why this class: "coach.class_clear" …
    std::vector<CoachAsk> asks;  ///< open questions, in the kind's order
    int answered = 0;
    int total = 0;
};

/// Judges a body (complete or not). Pure; `today` decides what is long-term. A kind without
/// questions is always clear. Long-term is judged first: what is far away is not urged to be clear.
CoachAdvice coach(const Kind& kind, const base::json::object& body, base::Date today);

}  // namespace catalog
