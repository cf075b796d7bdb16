#include "contract/facts.h"

#include <algorithm>
#include <initializer_list>

#include "base/check.h"

namespace contract {
namespace {

using Words = std::string_view;

constexpr Words applicant_values[] = {"seller", "buyer", "other", "unknown"};
constexpr Words direction_values[] = {"domestic", "export", "import", "unknown"};
constexpr Words earlier_values[] = {"none", "registered", "unknown"};
constexpr Words form_values[] = {"electronic", "paper", "oral", "unknown"};
constexpr Words language_values[] = {"zh", "foreign_with_copy", "foreign", "unknown"};
constexpr Words price_values[] = {"fixed", "formula", "none", "unknown"};
constexpr Words unlawful_values[] = {"none", "monopoly", "infringement", "unknown"};
constexpr Words proofs_values[] = {"complete", "missing_ip", "missing_annex", "unknown"};
constexpr Words yes_first[] = {"yes", "no", "unknown"};
constexpr Words no_first[] = {"no", "yes", "unknown"};
constexpr Words kind_values[] = {"rights",    "use",      "equity",  "rnd",   "training",
                                 "brokering", "analysis", "problem", "goods", "construction"};
constexpr Words ip_values[] = {
    "patent", "patent_application", "knowhow", "software", "plant", "layout", "bio", "unknown"};
// No agreement on the mode of a patent licence means an ordinary licence (最高人民法院关于审理技术
// 合同纠纷案件适用法律若干问题的解释 art. 25), so that is the default.
constexpr Words licence_values[] = {"ordinary", "exclusive", "sole", "unknown"};
constexpr Words change_values[] = {"substantial", "simple", "unknown"};
constexpr Words research_values[] = {"seller", "all", "unknown"};
constexpr Words topic_values[] = {
    "technical", "economic", "legal", "social", "commercial_information", "unknown"};
constexpr Words derived_values[] = {"no", "yes"};
constexpr Words title_values[] = {"absent", "agrees", "differs"};

constexpr auto whole = FactScope::contract;
constexpr auto part = FactScope::part;
constexpr auto derived = FactScope::derived;

constexpr FactDefinition definitions[] = {
    {Fact::applicant, "applicant", whole, applicant_values},
    {Fact::direction, "direction", whole, direction_values},
    {Fact::earlier, "earlier", whole, earlier_values},
    {Fact::form, "form", whole, form_values},
    {Fact::language, "language", whole, language_values},
    {Fact::in_force, "in_force", whole, yes_first},
    {Fact::authority, "authority", whole, yes_first},
    {Fact::seal_matches, "seal_matches", whole, yes_first},
    {Fact::parties_clear, "parties_clear", whole, yes_first},
    {Fact::object_clear, "object_clear", whole, yes_first},
    {Fact::price, "price", whole, price_values},
    {Fact::unlawful, "unlawful", whole, unlawful_values},
    {Fact::proofs, "proofs", whole, proofs_values},
    {Fact::round, "round", whole, {}},
    {Fact::disputed, "disputed", whole, no_first},
    {Fact::plan, "plan", whole, no_first},
    {Fact::related, "related", whole, no_first},
    {Fact::pricing_record, "pricing_record", whole, yes_first},
    {Fact::kind, "kind", part, kind_values},
    {Fact::ip, "ip", part, ip_values},
    {Fact::mastered, "mastered", part, yes_first},
    {Fact::public_domain, "public", part, no_first},
    {Fact::knowhow_test, "knowhow_test", part, yes_first},
    {Fact::complete, "complete", part, yes_first},
    {Fact::ownership_clause, "ownership_clause", part, yes_first},
    {Fact::licence, "licence", part, licence_values},
    {Fact::unmastered, "unmastered", part, yes_first},
    {Fact::goal, "goal", part, yes_first},
    {Fact::innovation, "innovation", part, yes_first},
    {Fact::change, "change", part, change_values},
    {Fact::ordinary, "ordinary", part, no_first},
    {Fact::research_by, "research_by", part, research_values},
    {Fact::conventional_work, "conventional_work", part, no_first},
    {Fact::specific, "specific", part, yes_first},
    {Fact::staff_only, "staff_only", part, no_first},
    {Fact::tied_to_sale, "tied_to_sale", part, no_first},
    {Fact::topic, "topic", part, topic_values},
    {Fact::implementation, "implementation", part, no_first},
    {Fact::dependent, "dependent", part, no_first},
    {Fact::conventional, "conventional", part, no_first},
    {Fact::indicator, "indicator", part, yes_first},
    {Fact::copying, "copying", part, no_first},
    {Fact::metrology, "metrology", part, no_first},
    {Fact::tied_to_instruments, "tied_to_instruments", part, no_first},
    {Fact::separately_priced, "separately_priced", part, yes_first},
    {Fact::same_city, "same_city", derived, derived_values},
    {Fact::title, "title", derived, title_values},
    {Fact::positive_part, "positive_part", derived, derived_values},
    {Fact::dropped_part, "dropped_part", derived, derived_values},
    {Fact::unpriced_part, "unpriced_part", derived, derived_values},
    {Fact::pending_amount, "pending_amount", derived, derived_values},
    {Fact::own_contribution, "own_contribution", derived, derived_values},
    {Fact::foreign_currency, "foreign_currency", derived, derived_values},
    {Fact::equity_part, "equity_part", derived, derived_values},
    {Fact::large_amount, "large_amount", derived, derived_values},
};

static_assert(std::size(definitions) == fact_count);

constexpr bool in_enum_order() {
    for (std::size_t i = 0; i < fact_count; ++i) {
        if (static_cast<std::size_t>(definitions[i].fact) != i) return false;
    }
    return true;
}
static_assert(in_enum_order());

bool one_of(Fact fact, std::initializer_list<Fact> facts) {
    return std::find(facts.begin(), facts.end(), fact) != facts.end();
}

bool of_problem(Fact fact) {
    return one_of(fact, {Fact::specific, Fact::conventional, Fact::indicator, Fact::copying,
                         Fact::metrology, Fact::tied_to_instruments});
}

bool of_research(Fact fact) {
    return one_of(fact, {Fact::unmastered, Fact::goal, Fact::innovation, Fact::change,
                         Fact::ordinary, Fact::research_by, Fact::conventional_work});
}

bool of_right(Fact fact) {
    return one_of(fact, {Fact::ip, Fact::mastered, Fact::public_domain, Fact::knowhow_test,
                         Fact::complete, Fact::ownership_clause, Fact::licence});
}

constexpr Words numbers[] = {"0",  "1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  "10",
                             "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21",
                             "22", "23", "24", "25", "26", "27", "28", "29", "30"};

}  // namespace

std::span<const FactDefinition> fact_definitions() {
    return definitions;
}

const FactDefinition& definition_of(Fact fact) {
    return definitions[static_cast<std::size_t>(fact)];
}

std::optional<Fact> find_fact(std::string_view name) {
    for (const FactDefinition& row : definitions) {
        if (row.name == name) return row.fact;
    }
    return std::nullopt;
}

std::optional<FactValue> find_value(Fact fact, std::string_view text) {
    std::span<const Words> values =
        fact == Fact::round ? std::span<const Words>(numbers) : definition_of(fact).values;
    auto found = std::find(values.begin(), values.end(), text);
    if (found == values.end() || (fact == Fact::round && text == "0")) return std::nullopt;
    return static_cast<FactValue>(found - values.begin());
}

std::string_view text_of(Fact fact, FactValue value) {
    std::span<const Words> values =
        fact == Fact::round ? std::span<const Words>(numbers) : definition_of(fact).values;
    CHECK(value < values.size());
    return values[value];
}

bool is_unknown(Fact fact, FactValue value) {
    const FactDefinition& row = definition_of(fact);
    return !row.values.empty() && value + 1U == row.values.size() && row.values.back() == "unknown";
}

const FactValues& default_facts() {
    static const FactValues defaults = [] {
        FactValues values{};
        values[static_cast<std::size_t>(Fact::round)] = 1;
        return values;
    }();
    return defaults;
}

bool belongs_to_kind(Fact fact, PartKind kind) {
    if (fact == Fact::kind || fact == Fact::separately_priced) return true;
    switch (kind) {
        case PartKind::rights:
        case PartKind::use:
        case PartKind::equity:
            return of_right(fact) || of_research(fact) || of_problem(fact);
        case PartKind::rnd:
            return of_research(fact) || of_problem(fact);
        case PartKind::training:
            return one_of(fact, {Fact::specific, Fact::staff_only, Fact::tied_to_sale});
        case PartKind::brokering:
            return fact == Fact::specific;
        case PartKind::analysis:
            return one_of(fact, {Fact::topic, Fact::implementation, Fact::dependent}) ||
                   of_problem(fact);
        case PartKind::problem:
            return of_problem(fact);
        case PartKind::goods:
        case PartKind::construction:
            return false;
    }
    return false;
}

}  // namespace contract
