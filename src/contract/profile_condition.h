#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "contract/facts.h"

namespace contract {

/// A condition over facts, as rule sets write it. The vocabulary is closed:
///
///   {price: none}                the fact has that value
///   {price: [none, unknown]}     or one of these
///   {price: {not: fixed}}        or any but this (or these)
///   {round: {at_least: 2}}       numbers only
///   {all: […]}  {any: […]}  {not: …}     and several facts in one map mean all of them
///
/// Compiled at load into a flat tree of bit tests. Immutable, safe to share between threads.
class Condition {
  public:
    /// Holds always; the absent condition.
    Condition() = default;
    /// Refuses facts and values that do not exist, and facts outside the allowed scopes, with
    /// file:line. Errors: `condition_malformed`, `fact_unknown`, `fact_value_unknown`,
    /// `fact_out_of_scope`.
    static base::Result<Condition> from(const base::Yaml& node,
                                        std::initializer_list<FactScope> scopes);

    /// `whole` has the facts of the contract and the derived ones, `part` those of the part.
    bool holds(const FactValues& whole, const FactValues& part) const {
        return nodes_.empty() || holds_at(0, whole, part);
    }
    bool is_always() const { return nodes_.empty(); }
    /// The facts that it reads, each once, in the order written.
    std::span<const Fact> facts() const { return facts_; }

    /// One comparison of a fact within the condition, for measuring coverage in tests.
    struct Test {
        Fact fact;
        std::uint32_t accepted;  ///< bit n is set if value n passes
    };
    std::vector<Test> tests() const;

  private:
    enum class Operation : std::uint8_t { test, all, any, negate };
    struct Node {
        Operation operation = Operation::test;
        Fact fact = Fact::round;
        bool of_part = false;
        std::uint16_t size = 1;  ///< of the subtree, itself included; children follow at once
        std::uint32_t accepted = 0;
    };
    using Scopes = std::initializer_list<FactScope>;

    bool holds_at(std::size_t index, const FactValues& whole, const FactValues& part) const;
    base::Status compile(const base::Yaml& node, Scopes scopes);
    base::Status compile_group(const base::Yaml& list, Operation operation, Scopes scopes);
    base::Status compile_test(const base::Yaml& value, std::string_view name, Scopes scopes);

    std::vector<Node> nodes_;
    std::vector<Fact> facts_;
};

}  // namespace contract
