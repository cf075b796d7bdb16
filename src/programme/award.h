#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/money.h"
#include "base/result.h"
#include "base/texts.h"
#include "programme/expression.h"

namespace programme {

/// A slice of the base and what is given for it. Bounds in yuan; the last has none.
struct AwardTier {
    std::optional<Number> up_to;
    Expression percent;
};

enum class TierMode {
    marginal,  ///< each slice at its own rate: never falls when the base grows
    whole,     ///< the whole base at the rate of its slice
};

struct Exclusion {
    std::string code;
    base::LocalText title;
    Condition when;
};

/// A part of the amount that is paid when something has happened.
struct Instalment {
    std::string code;
    base::LocalText title;
    Number percent;
    std::string after;  ///< "granted", or the code of a follow-up that must have passed
};

/// What must be given back when something is found later.
struct Clawback {
    std::string code;
    base::LocalText title;
    Number percent;
    std::string source;
};

/// An amount rule (docs/formats/programme.md, "Awards"): base, exclusions, floor, tiers, caps,
/// instalments, clawback. Immutable, pure; integer money throughout.
struct AwardRule {
    base::LocalText title;
    std::string items;  ///< table of the form, one award item per row; empty: the form is the item
    std::string key;    ///< row.… or form.… that names the contract: counted once in all programmes
    Expression base;    ///< yuan
    std::vector<Exclusion> exclusions;
    Expression floor;  ///< an item whose base is less gets nothing
    std::vector<AwardTier> tiers;
    TierMode mode = TierMode::marginal;
    Expression cap_item, cap_case, cap_organisation_year, budget_year;
    std::int64_t round_down_fen = 1;  ///< the sum is cut to a multiple of this
    std::vector<Instalment> instalments;
    std::vector<Clawback> clawbacks;
    std::vector<std::string> ranked_by;  ///< order of payment: score, rank, submitted
    std::string source;

    bool is_defined() const { return base.is_defined(); }
    const Clawback* clawback(std::string_view code) const;
    std::vector<std::string> parameters() const;
};

base::Result<AwardRule> read_award(const base::Yaml& node, const Vocabulary&);

/// What was given before and elsewhere, as the store knows it.
struct AwardContext {
    base::Money organisation_year;               ///< already granted to the organisation this year
    base::Money programme_year;                  ///< already granted by the programme this year
    std::map<std::string, std::string> claimed;  ///< contract number → where it was used
};

/// A step of the calculation. The effects of all lines add up to the total.
struct AwardLine {
    std::string
        what;  ///< excluded, double_claim, below_floor, base_unknown, tier, cap_item, cap_case,
               ///< cap_organisation_year, budget_year, rounding
    std::string item;  ///< key of the item, or empty for the whole
    base::Money base, effect;
    std::string rate;    ///< percent of a tier
    std::string reason;  ///< code of the exclusion, or where the contract was used
};

struct AwardItem {
    std::string key;
    base::Money base, amount;
};

struct Award {
    std::vector<AwardItem> items;
    std::vector<AwardLine> lines;
    base::Money total;
    std::vector<std::pair<std::string, base::Money>> instalments;
    std::vector<std::string>
        unset;  ///< parameters that the region has still to set: nothing is due
};

/// Computes an award. Never negative, never above a cap; instalments add up to the total.
Award award_of(const AwardRule&, const Situation&, const AwardContext&);
/// What must be given back of what was paid: percent of it, rounded up to the fen, never more.
base::Money clawback_of(const Clawback&, const base::Money& paid);

base::json::object to_json(const Award&);

}  // namespace programme
