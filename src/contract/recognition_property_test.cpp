#include <algorithm>

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "contract/recognition_support.h"

namespace contract::recognition_test {
namespace {

using base::Money;

/// Any answer to any fact that the scope and the kind allow.
void answer_all(FactValues& values, FactScope scope, std::optional<PartKind> kind) {
    for (const FactDefinition& row : fact_definitions()) {
        if (row.scope != scope || row.fact == Fact::kind) continue;
        if (kind && !belongs_to_kind(row.fact, *kind)) continue;
        // Mostly the default, so that cases get past the gates.
        bool usual = *rc::gen::inRange(0, 4) != 0;
        int count = row.fact == Fact::round ? 4 : static_cast<int>(row.values.size());
        int lowest = row.fact == Fact::round ? 1 : 0;
        if (!usual) {
            values[static_cast<std::size_t>(row.fact)] =
                static_cast<FactValue>(*rc::gen::inRange(lowest, count));
        }
    }
}

Line any_line(std::size_t part) {
    auto kind = static_cast<LineKind>(*rc::gen::inRange(0, 12));
    Money stated = Money::fen(*rc::gen::inRange<std::int64_t>(0, 900'000'000));
    Line line = *make_line(part, kind, stated, std::nullopt);
    if (kind == LineKind::carrier) {
        line.supplied = *rc::gen::inRange(1, 12);
        line.needed = *rc::gen::inRange(0, 12);
    }
    if (line.is_open_ended()) line.basis = static_cast<RoyaltyBasis>(*rc::gen::inRange(0, 4));
    return line;
}

Case any_case() {
    Case facts;
    answer_all(facts.facts, FactScope::contract, std::nullopt);
    if (*rc::gen::inRange(0, 12) == 0) facts.office = 450200;
    std::size_t count = *rc::gen::inRange<std::size_t>(1, 5);
    for (std::size_t i = 0; i < count; ++i) {
        auto kind = static_cast<FactValue>(*rc::gen::inRange(0, 10));
        auto part = facts.add_part("P" + std::to_string(i + 1), text_of(Fact::kind, kind));
        (*part)->facts[static_cast<std::size_t>(Fact::ip)] =
            static_cast<FactValue>(*rc::gen::inRange(0, 8));
        answer_all((*part)->facts, FactScope::part, static_cast<PartKind>(kind));
        for (int lines = *rc::gen::inRange(0, 4); lines > 0; --lines) {
            RC_ASSERT(facts.add_line(any_line(i)).has_value());
        }
    }
    return facts;
}

const Profile& any_profile() {
    return *rc::gen::inRange(0, 2) == 0 ? draft() : rules_2001();
}

/// What does not depend on how parts are numbered.
void assert_same_outcome(const Decision& one, const Decision& other) {
    RC_ASSERT(one.outcome == other.outcome);
    RC_ASSERT(one.class_code == other.class_code);
    RC_ASSERT(one.reasons == other.reasons);
    RC_ASSERT(one.flags == other.flags);
    RC_ASSERT(one.amounts == other.amounts);
    RC_ASSERT(one.equity == other.equity);
    RC_ASSERT(one.lane == other.lane);
    RC_ASSERT(one.unknown_facts == other.unknown_facts);
}

RC_GTEST_PROP(RecognitionProperty, TotalAndDeterministic, ()) {
    Case facts = any_case();
    const Profile& profile = any_profile();
    Decision decision = evaluate(profile, facts);
    RC_ASSERT(decision == evaluate(profile, facts));
    RC_ASSERT(!decision.reasons.empty());
    RC_ASSERT(decision.lane.has_value() == (decision.outcome == Outcome::registered));
    RC_ASSERT(decision.amounts.has_value() == (decision.outcome <= Outcome::returned));
    if (decision.outcome == Outcome::registered) RC_ASSERT(!decision.class_code.empty());
    for (const std::string& code : decision.reasons)
        RC_ASSERT(profile.citations().contains(code));
    if (!decision.amounts) return;
    RC_ASSERT(decision.amounts->technical >= Money());
    RC_ASSERT(decision.amounts->technical <= decision.amounts->total);
}

RC_GTEST_PROP(RecognitionProperty, OrderOfPartsAndLinesIsIrrelevant, ()) {
    Case facts = any_case();
    Case turned = facts;
    std::reverse(turned.parts.begin(), turned.parts.end());
    std::reverse(turned.lines.begin(), turned.lines.end());
    for (Line& line : turned.lines)
        line.part = facts.parts.size() - 1 - line.part;
    const Profile& profile = any_profile();
    assert_same_outcome(evaluate(profile, facts), evaluate(profile, turned));
}

RC_GTEST_PROP(RecognitionProperty, OrderInWhichFactsAreSetIsIrrelevant, ()) {
    std::vector<std::pair<std::string, std::string>> facts;
    for (const FactDefinition& row : fact_definitions()) {
        if (row.scope != FactScope::contract || row.fact == Fact::round) continue;
        std::size_t value = *rc::gen::inRange<std::size_t>(0, row.values.size());
        facts.emplace_back(row.name, row.values[value]);
    }
    auto decide = [&] {
        Case built;
        RC_ASSERT(built.add_part("P1", "problem").has_value());
        for (const auto& [name, value] : facts)
            RC_ASSERT(built.set_fact(name, value).has_value());
        return evaluate(draft(), built);
    };
    Decision forward = decide();
    std::reverse(facts.begin(), facts.end());
    RC_ASSERT(forward == decide());
}

RC_GTEST_PROP(RecognitionProperty, NonTechnicalCostNeverRaisesTheTechnicalAmount, ()) {
    Case facts = any_case();
    const Profile& profile = any_profile();
    Decision before = evaluate(profile, facts);
    std::size_t part = *rc::gen::inRange<std::size_t>(0, facts.parts.size());
    auto kind = static_cast<LineKind>(*rc::gen::inRange(static_cast<int>(LineKind::equipment),
                                                        static_cast<int>(LineKind::royalty)));
    Money cost = Money::fen(*rc::gen::inRange<std::int64_t>(0, 900'000'000));

    // Outside the total: one more line.
    Case larger = facts;
    RC_ASSERT(larger.add_line(*make_line(part, kind, cost, std::nullopt)).has_value());
    Decision outside = evaluate(profile, larger);
    RC_ASSERT(outside.amounts.has_value() == before.amounts.has_value());
    if (before.amounts) RC_ASSERT(outside.amounts->technical <= before.amounts->technical);

    // Inside a fixed total: a technical line turns out to be a purchase.
    for (std::size_t i = 0; i < facts.lines.size(); ++i) {
        if (facts.lines[i].kind != LineKind::technical || kind == LineKind::own_contribution)
            continue;
        Case inside = facts;
        inside.lines[i].kind = kind;
        Decision after = evaluate(profile, inside);
        RC_ASSERT(after.amounts.has_value() == before.amounts.has_value());
        if (!before.amounts) continue;
        RC_ASSERT(after.amounts->technical <= before.amounts->technical);
        RC_ASSERT(after.amounts->total == before.amounts->total);
    }
}

RC_GTEST_PROP(RecognitionProperty, SplittingALineKeepsTheSums, ()) {
    Case facts = any_case();
    Case split = facts;
    for (std::size_t i = 0; i < facts.lines.size(); ++i) {
        // A share of counted carriers is rounded once per line, so those stay whole.
        if (facts.lines[i].kind == LineKind::carrier) continue;
        std::int64_t first = *rc::gen::inRange<std::int64_t>(0, facts.lines[i].yuan.minor + 1);
        Line half = facts.lines[i];
        half.yuan = half.stated = Money::fen(first);
        split.lines.push_back(half);
        split.lines[i].yuan = split.lines[i].stated = facts.lines[i].yuan - half.yuan;
    }
    const Profile& profile = any_profile();
    assert_same_outcome(evaluate(profile, facts), evaluate(profile, split));
}

RC_GTEST_PROP(RecognitionProperty, PartsNeverSumToMoreThanTheWhole, ()) {
    Case facts = any_case();
    Decision decision = evaluate(any_profile(), facts);
    Money whole;
    for (const Line& line : facts.lines)
        whole += line.yuan;
    Amounts sum;
    for (const PartResult& part : decision.parts) {
        if (part.status != PartStatus::excluded) sum.add(part.amounts);
    }
    RC_ASSERT(sum.total <= whole);
    if (!decision.amounts) return;
    RC_ASSERT(sum.total == decision.amounts->total);
    RC_ASSERT(sum.technical == decision.amounts->technical);
}

RC_GTEST_PROP(RecognitionProperty, ContractsSplitFromOneNeverSumToMoreThanTheWhole, ()) {
    Case facts = any_case();
    const Profile& profile = any_profile();
    Money whole;
    for (const Line& line : facts.lines)
        whole += line.yuan;
    Money total;
    Money technical;
    for (std::size_t part = 0; part < facts.parts.size(); ++part) {
        Case alone = facts;
        alone.parts = {facts.parts[part]};
        alone.lines.clear();
        for (Line line : facts.lines) {
            if (line.part != part) continue;
            line.part = 0;
            alone.lines.push_back(line);
        }
        Decision decision = evaluate(profile, alone);
        if (!decision.amounts) continue;
        total += decision.amounts->total;
        technical += decision.amounts->technical;
    }
    RC_ASSERT(total <= whole);
    RC_ASSERT(technical <= total);
}

RC_GTEST_PROP(RecognitionProperty, AReductionLowersWhatItNamesAndNeverBelowZero, ()) {
    Case facts = any_case();
    Money agreed = Money::fen(*rc::gen::inRange<std::int64_t>(0, 900'000'000));
    Money less = Money::fen(*rc::gen::inRange<std::int64_t>(0, 900'000'000));
    auto kind = static_cast<LineKind>(*rc::gen::element(0, 2, 3, 4, 5, 6, 7, 8));
    RC_ASSERT(facts.add_line(*make_line(0, kind, agreed, std::nullopt)).has_value());
    Decision before = evaluate(draft(), facts);
    Line reduction = *make_line(0, kind, less, std::nullopt);
    reduction.effect = LineEffect::lowers;
    Money of_kind;
    for (const Line& line : facts.lines) {
        if (line.part == 0 && line.kind == kind) of_kind += line.yuan;
    }
    Case changed = facts;
    RC_ASSERT(changed.add_line(reduction).has_value() == (less <= of_kind));
    if (less > of_kind) return;
    Decision after = evaluate(draft(), changed);
    RC_ASSERT(after.outcome == before.outcome);
    if (!after.amounts) return;
    RC_ASSERT(after.amounts->technical <= before.amounts->technical);
    RC_ASSERT(after.amounts->total <= before.amounts->total);
}

RC_GTEST_PROP(RecognitionProperty, TheTitleNeverChangesTheClass, ()) {
    Case facts = any_case();
    Case titled = facts;
    titled.title_class =
        *rc::gen::element<std::string>("DEV", "SERVICE.GENERAL", "技术转让", "采购");
    Decision plain = evaluate(draft(), facts);
    Decision other = evaluate(draft(), titled);
    RC_ASSERT(plain.class_code == other.class_code);
    RC_ASSERT(plain.outcome == other.outcome);
    RC_ASSERT(plain.reasons == other.reasons);
    // Under the rules of 2001 a contradicting title is returned, but decides no class either.
    Decision old_plain = evaluate(rules_2001(), facts);
    Decision old_titled = evaluate(rules_2001(), titled);
    if (old_titled.outcome <= Outcome::returned) {
        RC_ASSERT(old_plain.class_code == old_titled.class_code);
    }
}

RC_GTEST_PROP(RecognitionProperty, TheRulesOf2001KnowNoLicenceAndNoExpertLane, ()) {
    Case facts = any_case();
    Decision decision = evaluate(rules_2001(), facts);
    RC_ASSERT(!decision.class_code.starts_with("LICENCE"));
    RC_ASSERT(decision.lane != Lane::expert);
    RC_ASSERT(std::find(decision.flags.begin(), decision.flags.end(), "E-LARGE") ==
              decision.flags.end());
    Decision draft_decision = evaluate(draft(), facts);
    for (std::size_t i = 0; i < draft_decision.parts.size() && i < decision.parts.size(); ++i) {
        const std::string& now = draft_decision.parts[i].class_code;
        const std::string& then = decision.parts[i].class_code;
        bool corresponds = now.starts_with("LICENCE") ? then.starts_with("TRANSFER") : now == then;
        RC_ASSERT(corresponds);
    }
}

}  // namespace
}  // namespace contract::recognition_test
