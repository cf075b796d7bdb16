#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "match/evidence.h"
#include "match/tuners.h"

namespace match {

/// One observed pair, ready for estimating: what its parts had, and whether it fitted.
struct Example {
    std::string demand;
    Shares shares;
    bool is_good = false;
    double weight = 1;  ///< a contract says more than an opinion
};
std::vector<Example> examples_of(const std::vector<Evidence>& evidence);

/// How well weights tell fitting pairs from others: the share of (good, not good) couples that are in
/// the right order, ties half. 0.5 is chance.
struct Order {
    double value = 0.5;
    std::size_t couples = 0;
};
Order order_of(std::span<const Example> examples, const Weights& weights);

struct Estimate {
    Weights weights;
    std::size_t examples = 0;
    std::int64_t against = 0;  ///< version of the weights it was measured against
    std::size_t held = 0;      ///< set aside by a hash of the demand: never used for estimating
    Order old_held;
    Order new_held;
    Order old_used;
    Order new_used;
    std::vector<std::string> parts;  ///< that the evidence let be estimated; others stay

    /// A handful of couples shows nothing: an improvement counts from 50 on.
    bool is_better() const { return new_held.couples >= 50 && new_held.value > old_held.value; }
};

/// Estimates the weights of the parts by a logistic regression on the parts' shares: one number a part,
/// not below zero, drawn towards the present weights (so that little evidence changes little), by
/// full gradient steps from the present weights, hence the same for the same evidence. The sum stays.
/// Errors: `learning_too_few_examples` ({min}): fewer than 30 pairs or fewer than 8 of either kind.
base::Result<Estimate> estimate_weights(const std::vector<Example>& examples,
                                        const Weights& present);

enum class VersionState { proposed, taken, refused };

/// A set of weights with what was measured when it was made.
struct WeightsVersion {
    std::int64_t version = 0;
    std::string state;  ///< proposed, taken, refused; of the taken ones the latest is in force
    Weights weights;
    base::json::object measured;
    std::string made_by;
    base::Time made_at;
    std::string decided_by;
    std::optional<base::Time> decided_at;
};

/// The versions of the weights. Version 0 is what the program comes with. Nothing changes what is in
/// force but a person's decision: there is no silent drift. Stateless; thread-safe.
class WeightsBook {
  public:
    explicit WeightsBook(Tuners tuners) : tuners_(std::move(tuners)) {}

    static WeightsVersion in_force(store::Reader&);
    static std::vector<WeightsVersion> list(store::Reader&);
    /// Puts an estimate on the table; `measured` says "against" which version. Errors: not_permitted
    /// (match.tune).
    base::Result<WeightsVersion> propose(store::Transaction&, const party::Actor&,
                                         const Weights& weights, base::json::object measured) const;
    /// Takes or refuses a proposal, or goes back to a version that was in force before (0: what the
    /// program comes with). Errors: not_permitted, `weights_version_unknown`,
    /// `weights_already_decided`, `weights_not_better`: the measurements on the pairs set aside do not
    /// show an improvement, `weights_outdated`: measured against others than those in force now.
    base::Result<WeightsVersion> decide(store::Transaction&, const party::Actor&,
                                        std::int64_t version, VersionState decision) const;

  private:
    Tuners tuners_;
};

base::json::object to_json(const Weights& weights);
/// Errors: those of set_weight; `field_wrong_type`.
base::Result<Weights> weights_from_json(const base::json::object& object);
base::json::object to_json(const Estimate& estimate);

}  // namespace match
