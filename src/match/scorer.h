#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "match/profile.h"

namespace match {

/// The parts that a score is made of.
enum class Part { elements, text, card, maturity, price, mode, place, owner };

std::string_view to_string(Part part);

/// A concept or a word that both sides have.
struct CommonGround {
    std::string concept_id;  ///< empty for a plain word
    std::string element;     ///< of the concept
    std::string demand_words;
    std::string achievement_words;
    double share = 0;  ///< of the whole score
};

/// One part of a score: how much it added, out of how much it could have added, and why.
struct Reason {
    Part part = Part::text;
    double share = 0;
    double share_max = 0;
    bool known = true;  ///< false: one side does not say; the part was left out of the score
    std::vector<CommonGround> common;
    /// Codes with texts in match.yaml: what is missing or against it, e.g. "trl_below".
    std::vector<std::string> missing;
};

struct Score {
    double total = 0;  ///< 0 to 1
    Stop stop = Stop::none;
    std::vector<Reason> reasons;
    /// Concepts that the demand names and the achievement does not (labels), and the reverse.
    std::vector<std::string> demand_only;
    std::vector<std::string> achievement_only;
};

/// What each part weighs. The sum need not be one: parts that are unknown are left out and the rest
/// is scaled. Found on the tuning pairs only (docs/matching.md).
struct Weights {
    double elements = 0.72;
    double text = 0.28;
    double card = 0.10;
    double maturity = 0.06;
    double price = 0.03;
    double mode = 0.03;
    double place = 0.03;
    double owner = 0.03;
    // Inside the elements: what agreement on each is worth.
    double material = 1.0;
    double method = 1.0;
    double efficacy = 1.2;
    double product = 0.45;
    double application = 0.3;
    double general = 0.15;
    /// How much of what the achievement says beyond the demand counts against it.
    double achievement_share = 0.2;
    /// Little evidence on one side must not look like full agreement: added to what could be common.
    double concept_floor = 3;
    double text_floor = 35;
    /// Same thing with another problem, or same problem of another thing: how much of the elements'
    /// share that can cost.
    double conflict = 0.3;
};

/// Sets one weight by its name, e.g. "achievement_share". `weight_unknown`, `weight_out_of_range`.
base::Status set_weight(Weights& weights, std::string_view name, double value);

/// All weights by name, in one fixed order.
std::vector<std::pair<std::string_view, double>> named_weights(const Weights& weights);
/// Whether the weight is that of a part of the score (and not of something inside a part).
bool is_part(std::string_view name);

enum class Fields {
    all,
    text_only  ///< title, abstract and keywords; nothing else is looked at, not even the stops
};

/// Scores pairs. Which side asks makes no difference: score(a, b) equals score(b, a). Pure and
/// immutable; safe from many threads.
class Scorer {
  public:
    Scorer(std::shared_ptr<const Profiler> profiler, std::shared_ptr<const Statistics> statistics,
           Weights weights = {}, Fields fields = Fields::all)
        : profiler_(std::move(profiler)),
          statistics_(std::move(statistics)),
          weights_(weights),
          fields_(fields) {}

    /// `today` decides what has expired.
    Score score(const Profile& a, const Profile& b, base::Date today) const;
    /// The number alone, for sorting many.
    double total(const Profile& a, const Profile& b, base::Date today) const;

  private:
    Reason elements(const Profile& demand, const Profile& achievement, Score* score) const;
    Reason text(const Profile& demand, const Profile& achievement) const;
    double element_weight(Element element) const;

    std::shared_ptr<const Profiler> profiler_;
    std::shared_ptr<const Statistics> statistics_;
    Weights weights_;
    Fields fields_;
};

std::string_view to_string(Stop stop);
/// Why the pair is out of the question, or none.
Stop stop_of(const Item& a, const Item& b, base::Date today);

}  // namespace match
