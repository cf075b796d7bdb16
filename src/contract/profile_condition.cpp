#include "contract/profile_condition.h"

#include <algorithm>
#include <string>

#include "base/check.h"

namespace contract {
namespace {

using base::refuse;
using base::Result;
using base::Status;
using base::Yaml;

/// Bits of all values that the fact can have.
std::uint32_t every_value(Fact fact) {
    if (fact == Fact::round) return 0x7fff'fffeU;  // 1 to 30
    return (1U << definition_of(fact).values.size()) - 1;
}

Result<std::uint32_t> bits_of(const Yaml& node, Fact fact) {
    std::uint32_t bits = 0;
    for (const std::string& text : TRY(node.texts())) {
        auto value = find_value(fact, text);
        if (!value) {
            return refuse(
                node.fault("fact_value_unknown", "fact '" + std::string(definition_of(fact).name) +
                                                     "' has no value '" + text + "'"));
        }
        bits |= 1U << *value;
    }
    if (bits == 0) return refuse(node.fault("condition_malformed", "no value to compare with"));
    return bits;
}

Result<std::uint32_t> accepted_values(const Yaml& value, Fact fact) {
    if (!value.is_map()) return bits_of(value, fact);
    auto pairs = value.pairs();
    if (pairs.size() == 1 && pairs[0].first == "not") {
        return every_value(fact) & ~TRY(bits_of(pairs[0].second, fact));
    }
    if (pairs.size() == 1 && pairs[0].first == "at_least" && fact == Fact::round) {
        long long least = TRY(pairs[0].second.integer());
        if (least >= 1 && least <= 30) return every_value(fact) & ~((1U << least) - 1);
    }
    return refuse(
        value.fault("condition_malformed",
                    "expected a value, a list, {not: …} or, for round, {at_least: 1 … 30}"));
}

}  // namespace

Result<Condition> Condition::from(const Yaml& node, Scopes scopes) {
    Condition condition;
    if (!node.is_defined()) return condition;
    TRY(condition.compile(node, scopes));
    return condition;
}

Status Condition::compile(const Yaml& node, Scopes scopes) {
    auto pairs = node.pairs();
    if (pairs.empty()) {
        return refuse(node.fault("condition_malformed", "a condition is a map that is not empty"));
    }
    std::size_t start = nodes_.size();
    bool several = pairs.size() > 1;
    if (several) nodes_.push_back({.operation = Operation::all});
    for (const auto& [key, value] : pairs) {
        if (key == "all") {
            TRY(compile_group(value, Operation::all, scopes));
        } else if (key == "any") {
            TRY(compile_group(value, Operation::any, scopes));
        } else if (key == "not") {
            std::size_t at = nodes_.size();
            nodes_.push_back({.operation = Operation::negate});
            TRY(compile(value, scopes));
            nodes_[at].size = static_cast<std::uint16_t>(nodes_.size() - at);
        } else {
            TRY(compile_test(value, key, scopes));
        }
    }
    if (several) nodes_[start].size = static_cast<std::uint16_t>(nodes_.size() - start);
    return {};
}

Status Condition::compile_group(const Yaml& list, Operation operation, Scopes scopes) {
    if (!list.is_list() || list.items().empty()) {
        return refuse(list.fault("condition_malformed", "all and any take a list"));
    }
    std::size_t at = nodes_.size();
    nodes_.push_back({.operation = operation});
    for (const Yaml& item : list.items())
        TRY(compile(item, scopes));
    nodes_[at].size = static_cast<std::uint16_t>(nodes_.size() - at);
    return {};
}

Status Condition::compile_test(const Yaml& value, std::string_view name, Scopes scopes) {
    auto fact = find_fact(name);
    if (!fact) {
        return refuse(value.fault("fact_unknown", "there is no fact '" + std::string(name) + "'"));
    }
    FactScope scope = definition_of(*fact).scope;
    if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) {
        return refuse(value.fault("fact_out_of_scope",
                                  "fact '" + std::string(name) + "' is not known at this place"));
    }
    std::uint32_t accepted = TRY(accepted_values(value, *fact));
    nodes_.push_back({Operation::test, *fact, scope == FactScope::part, 1, accepted});
    if (std::find(facts_.begin(), facts_.end(), *fact) == facts_.end()) facts_.push_back(*fact);
    CHECK_WITH(nodes_.size() < 60'000, "condition too large");
    return {};
}

bool Condition::holds_at(std::size_t index, const FactValues& whole, const FactValues& part) const {
    const Node& node = nodes_[index];
    if (node.operation == Operation::test) {
        FactValue value = value_of(node.of_part ? part : whole, node.fact);
        return (node.accepted >> value & 1U) != 0;
    }
    if (node.operation == Operation::negate) return !holds_at(index + 1, whole, part);
    bool wanted = node.operation == Operation::any;
    for (std::size_t child = index + 1; child < index + node.size; child += nodes_[child].size) {
        if (holds_at(child, whole, part) == wanted) return wanted;
    }
    return !wanted;
}

std::vector<Condition::Test> Condition::tests() const {
    std::vector<Test> result;
    for (const Node& node : nodes_) {
        if (node.operation == Operation::test) result.push_back({node.fact, node.accepted});
    }
    return result;
}

}  // namespace contract
