#include "programme/award.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/yaml.h"

namespace programme {
namespace {

using base::Money;
using base::json::array;
using base::json::object;

const std::vector<base::FieldSpec>& fields() {
    static const std::vector<base::FieldSpec> list = *base::read_fields(*base::Yaml::parse(
        R"([{name: contracts, type: table, label: 合同, columns: [{name: number, type: text, label: 编号}, {name: paid, type: money, label: 实付}, {name: related, type: boolean, label: 关联}]}])",
        "fields.yaml"));
    return list;
}

struct Rule {
    explicit Rule(const std::string& text, std::optional<Number> rate = Number::whole(10)) {
        words.form = &fields();
        words.parameters["rate"] = {.code = "rate",
                                    .value = rate,
                                    .title = {},
                                    .unit = {},
                                    .to_be_set = !rate,
                                    .source = {}};
        auto read = read_award(*base::Yaml::parse(text, "award.yaml"), words);
        EXPECT_TRUE(read) << read.error().detail;
        rule = *read;
    }
    Award of(const array& contracts, const AwardContext& context = {}) const {
        Situation situation;
        situation.vocabulary = &words;
        situation.today = {2026, 3, 2};
        situation.facts["form"] = object{{"contracts", contracts}};
        return award_of(rule, situation, context);
    }
    Vocabulary words;
    AwardRule rule;
};

const std::string subsidy = R"(
title: 补助
items: form.contracts
key: row.number
base: row.paid
exclusions: [{code: related, title: 关联交易, when: {value: row.related, is: yes}}]
floor: 300000
tiers: [{up_to: 1000000, percent: {parameter: rate}}, {up_to: 5000000, percent: 5}, {percent: 2}]
cap_item: 250000
cap_case: 400000
cap_organisation_year: 500000
budget_year: 2000000
round_down_to: 100
instalments: [{code: first, title: 首期, percent: 60}, {code: rest, title: 余款, percent: 40}]
clawback: [{code: false_claim, title: 虚报, percent: 100}, {code: part, title: 部分, percent: "33.33"}]
)";

object contract(const char* number, const char* paid, bool related = false) {
    return {{"number", number}, {"paid", paid}, {"related", related}};
}

std::string explained(const Award& award) {
    std::string text;
    for (const AwardLine& line : award.lines)
        text += line.what + (line.item.empty() ? "" : " " + line.item) + " " +
                line.effect.to_string() + "\n";
    return text + "= " + award.total.to_string();
}

TEST(Award, ExplainsItselfToTheYuan) {
    const Rule rule(subsidy);
    EXPECT_EQ(explained(rule.of({contract("A", "1500000.00")})),
              "tier A 100000.00\ntier A 25000.00\n= 125000.00");
    EXPECT_EQ(explained(rule.of({contract("A", "299999.99"), contract("B", "300000.00")})),
              "below_floor A 0.00\ntier B 30000.00\n= 30000.00");
    EXPECT_EQ(explained(rule.of({contract("A", "6000000.00"), contract("B", "6000000.00"),
                                 contract("C", "400000.00", true)})),
              "tier A 100000.00\ntier A 200000.00\ntier A 20000.00\ncap_item A -70000.00\n"
              "tier B 100000.00\ntier B 200000.00\ntier B 20000.00\ncap_item B -70000.00\n"
              "excluded C 0.00\ncap_case -100000.00\n= 400000.00");
    EXPECT_EQ(explained(rule.of({contract("A", "301555.55")})),
              "tier A 30155.55\nrounding -55.55\n= 30100.00");
}

TEST(Award, AContractCountsOnceAnywhere) {
    const Rule rule(subsidy);
    AwardContext context;
    context.claimed["A"] = "city_subsidy";
    const Award award = rule.of(
        {contract("A", "500000.00"), contract("B", "500000.00"), contract("B", "500000.00")},
        context);
    EXPECT_EQ(explained(award),
              "double_claim A 0.00\ntier B 50000.00\ndouble_claim B 0.00\n= 50000.00");
    EXPECT_EQ(award.lines[0].reason, "city_subsidy");
}

TEST(Award, WhatWasGivenThisYearLeavesLess) {
    const Rule rule(subsidy);
    AwardContext context;
    context.organisation_year = Money::yuan(480000);
    context.programme_year = Money::yuan(1990000);
    EXPECT_EQ(explained(rule.of({contract("A", "500000.00")}, context)),
              "tier A 50000.00\ncap_organisation_year -30000.00\nbudget_year -10000.00\n"
              "= 10000.00");
}

TEST(Award, ARateThatIsNotSetGivesNothingAndSaysSo) {
    const Rule rule(subsidy, std::nullopt);
    const Award award = rule.of({contract("A", "500000.00")});
    EXPECT_EQ(award.unset, std::vector<std::string>{"rate"});
    EXPECT_TRUE(award.total.is_zero());
    EXPECT_TRUE(award.lines.empty());
}

TEST(Award, ClawbackIsNeverMoreThanWasPaid) {
    const Rule rule(subsidy);
    EXPECT_EQ(clawback_of(*rule.rule.clawback("false_claim"), Money::fen(12345)),
              Money::fen(12345));
    EXPECT_EQ(clawback_of(*rule.rule.clawback("part"), Money::fen(100)), Money::fen(34));
    EXPECT_TRUE(clawback_of(*rule.rule.clawback("part"), Money()).is_zero());
}

array any_contracts() {
    array list;
    const int count = *rc::gen::inRange(0, 8);
    for (int i = 0; i < count; ++i) {
        const auto fen = *rc::gen::inRange<std::int64_t>(0, 2'000'000'000);
        const std::string number(1, static_cast<char>('A' + *rc::gen::inRange(0, 6)));
        list.push_back(object{{"number", number},
                              {"paid", Money::fen(fen).to_string()},
                              {"related", *rc::gen::arbitrary<bool>()}});
    }
    return list;
}

RC_GTEST_PROP(Award, PartsAddUpAndNoCapIsBroken, ()) {
    const Rule rule(subsidy);
    AwardContext context;
    context.organisation_year = Money::fen(*rc::gen::inRange<std::int64_t>(0, 60'000'000));
    context.programme_year = Money::fen(*rc::gen::inRange<std::int64_t>(0, 250'000'000));
    const Award award = rule.of(any_contracts(), context);
    Money effects, parts;
    for (const AwardLine& line : award.lines)
        effects += line.effect;
    for (const auto& [code, amount] : award.instalments) {
        RC_ASSERT(!amount.is_negative());
        parts += amount;
    }
    RC_ASSERT(effects == award.total);
    RC_ASSERT(parts == award.total);
    RC_ASSERT(!award.total.is_negative());
    RC_ASSERT(award.total <= Money::yuan(400000));
    RC_ASSERT(award.total + context.organisation_year <=
              std::max(Money::yuan(500000), context.organisation_year));
    RC_ASSERT(award.total + context.programme_year <=
              std::max(Money::yuan(2000000), context.programme_year));
    for (const AwardItem& item : award.items)
        RC_ASSERT(item.amount <= Money::yuan(250000));
}

RC_GTEST_PROP(Award, MorePaidNeverGivesLess, ()) {
    const Rule rule(subsidy);
    const auto fen = *rc::gen::inRange<std::int64_t>(0, 2'000'000'000);
    const auto more = fen + *rc::gen::inRange<std::int64_t>(0, 500'000'000);
    const Award less = rule.of({contract("A", Money::fen(fen).to_string().c_str())});
    const Award most = rule.of({contract("A", Money::fen(more).to_string().c_str())});
    RC_ASSERT(less.total <= most.total);
}

}  // namespace
}  // namespace programme
