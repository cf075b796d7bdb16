#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/texts.h"
#include "programme/expression.h"

namespace programme {

/// A line of a score sheet. Experts give 0 to `points`; with `value` the points are computed from facts.
struct ScoreItem {
    std::string code, section;
    base::LocalText title, help;
    Number points;
    std::optional<Number> minimum;      ///< less than that fails the whole sheet
    std::vector<std::string> only_for;  ///< applicant types; empty: all
    Expression value;                   ///< points by rule; absent: experts judge
    std::string source;
    bool by_rule() const { return value.is_defined(); }
    bool applies_to(std::string_view type) const;
};

struct ScoreSection {
    std::string code;
    base::LocalText title;
};

enum class Renormalise {
    within_section,  ///< what does not apply gives its weight to the rest of its section
    whole_sheet,     ///< … to the whole sheet
    none,            ///< it counts zero
};

/// How experts' marks become one: the outlier rule.
struct SpreadRule {
    std::optional<Number> farther_than;  ///< from the median of the totals: left out …
    int keep_min = 3;                    ///< … while so many remain
    std::optional<Number> spread_max;    ///< wider than that: one more expert is asked
};

/// A score sheet (docs/formats/programme.md, "Scoring"). Immutable, pure.
struct ScoreSheet {
    std::vector<ScoreSection> sections;
    std::vector<ScoreItem> items;
    std::optional<Number> pass_at;
    Renormalise renormalise = Renormalise::within_section;
    int experts_min = 3;
    SpreadRule spread;
    bool hides_applicant = false;
    std::vector<std::string> hidden_fields;
    std::string source;

    bool is_defined() const { return !items.empty(); }
    const ScoreItem* item(std::string_view code) const;
    bool needs_experts() const;
    /// Points of all items that apply to that type, before re-normalising.
    Number points_of(std::string_view type) const;
};

base::Result<ScoreSheet> read_sheet(const base::Yaml& node, const Vocabulary&,
                                    const std::vector<std::string>& types);

/// A line of the result.
struct ScoreLine {
    std::string code, section;
    std::optional<Number> given;  ///< absent: not known (the sheet is then open)
    Number points;                ///< the item's own maximum
    Number counted;               ///< after re-normalising, two digits
    Number counted_max;
    bool applies = true;
    bool below_minimum = false;
};

struct Score {
    std::vector<ScoreLine> lines;
    Number total;  ///< of 100 (or of the sheet's points where it has others), two digits
    bool is_complete = true;
    Verdict verdict = Verdict::open;  ///< open without a pass mark or while incomplete
};

/// All defects of one expert's marks: `score_missing`, `score_unknown`, `score_out_of_range` {max},
/// `score_not_a_number`. Marks are {item: "12.5" or 12}.
std::vector<base::Error> check_marks(const ScoreSheet&, std::string_view type,
                                     const base::json::object& marks);

/// The sheet for one applicant from the facts and one set of marks (items judged by experts).
Score score_of(const ScoreSheet&, std::string_view type, const Situation&,
               const base::json::object& marks);

/// Several experts' totals → one: which are left out, the mean of the rest, and whether the spread
/// asks for one more expert.
struct Merged {
    std::vector<std::size_t> left_out;
    Number mean, spread, median;
    bool needs_another = false;
};
Merged merge_totals(const SpreadRule&, const std::vector<Number>& totals);

/// The whole panel: each expert's score, merged; the lines are means over the experts who count.
struct PanelScore {
    std::vector<Score> each;
    Merged merged;
    Score result;
};
PanelScore panel_score(const ScoreSheet&, std::string_view type, const Situation&,
                       const std::vector<base::json::object>& marks);

base::json::object to_json(const Score&);

}  // namespace programme
