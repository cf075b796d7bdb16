#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"

namespace contract {

/// Every fact that a recognition decision can rest on: the closed vocabulary of rule sets and cases.
/// The names, the allowed values and the defaults are in facts.cpp and are those of the case format.
enum class Fact : std::uint8_t {
    // Of the contract as a whole.
    applicant,
    direction,
    earlier,
    form,
    language,
    in_force,
    authority,
    seal_matches,
    parties_clear,
    object_clear,
    price,
    unlawful,
    proofs,
    round,
    disputed,
    plan,
    related,
    pricing_record,
    // Of one part.
    kind,
    ip,
    mastered,
    public_domain,
    knowhow_test,
    complete,
    ownership_clause,
    licence,
    unmastered,
    goal,
    innovation,
    change,
    ordinary,
    research_by,
    conventional_work,
    specific,
    staff_only,
    tied_to_sale,
    topic,
    implementation,
    dependent,
    conventional,
    indicator,
    copying,
    metrology,
    tied_to_instruments,
    separately_priced,
    // Derived by the evaluator; never written in a case.
    same_city,
    title,
    positive_part,
    dropped_part,
    unpriced_part,
    pending_amount,
    own_contribution,
    foreign_currency,
    equity_part,
    large_amount,
};

inline constexpr std::size_t fact_count = static_cast<std::size_t>(Fact::large_amount) + 1;

/// Where a fact belongs: asked once, asked for each part, or derived by the evaluator.
enum class FactScope { contract, part, derived };

/// The kinds of part, in the order of the values of Fact::kind.
enum class PartKind : std::uint8_t {
    rights,
    use,
    equity,
    rnd,
    training,
    brokering,
    analysis,
    problem,
    goods,
    construction,
};

/// Position of a value in the fact's list. Facts that can be "unknown" have it as their last value.
using FactValue = std::uint8_t;

/// One row of the vocabulary.
struct FactDefinition {
    Fact fact;
    std::string_view name;  ///< as written in cases and rule sets
    FactScope scope;
    /// Values in order, the default first; empty for Fact::round, which is a number from 1 to 30.
    std::span<const std::string_view> values;
};

/// The value of every fact; those not given have their defaults.
using FactValues = std::array<FactValue, fact_count>;

inline FactValue value_of(const FactValues& values, Fact fact) {
    return values[static_cast<std::size_t>(fact)];
}

std::span<const FactDefinition> fact_definitions();
const FactDefinition& definition_of(Fact fact);
/// Nothing when there is no fact of that name.
std::optional<Fact> find_fact(std::string_view name);
/// Nothing when the fact cannot have that value.
std::optional<FactValue> find_value(Fact fact, std::string_view text);
/// The value's text; for Fact::round the number.
std::string_view text_of(Fact fact, FactValue value);
/// True if the answer is "unknown". Such an answer never counts as yes.
bool is_unknown(Fact fact, FactValue value);
/// All facts at their defaults (round 1).
const FactValues& default_facts();
/// Whether a part of that kind can carry the fact: the facts of its own step and of every later step
/// that it can move on to (a right that does not exist yet is judged as research, and so on).
bool belongs_to_kind(Fact fact, PartKind kind);

inline PartKind kind_of(const FactValues& part) {
    return static_cast<PartKind>(value_of(part, Fact::kind));
}

}  // namespace contract
