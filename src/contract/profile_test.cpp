#include "contract/profile.h"

#include <fstream>
#include <sstream>

#include "base/text.h"
#include "contract/recognition_support.h"

namespace contract::recognition_test {
namespace {

std::string draft_text() {
    std::ifstream in(GUIQIAO_SOURCE_DIR "/regions/guangxi/contract/profiles/cn-2026-draft15.yaml");
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

/// Loads the draft rule set with one passage replaced; the passage must be there.
base::Result<Profile> with(const std::string& from, const std::string& to) {
    std::string text = draft_text();
    EXPECT_NE(text.find(from), text.npos) << from;
    auto root = base::Yaml::parse(base::replace_all(text, from, to), "draft.yaml");
    if (!root) return std::unexpected(root.error());
    std::vector<ContractClass> classes(draft().classes().begin(), draft().classes().end());
    return Profile::from(*root, std::move(classes));
}

void expect_refused(const std::string& from, const std::string& to, const std::string& code) {
    auto profile = with(from, to);
    ASSERT_FALSE(profile) << to;
    EXPECT_EQ(profile.error().code, code) << base::describe(profile.error());
    EXPECT_NE(profile.error().detail.find("draft.yaml:"), std::string::npos)
        << profile.error().detail;
}

TEST(Profile, TheUnchangedTextLoads) {
    auto profile = with("unmatched: C00", "unmatched: C00");
    ASSERT_TRUE(profile) << base::describe(profile.error());
    EXPECT_EQ(profile->large()->limit, base::Money::yuan(5'000'000));
    EXPECT_EQ(profile->clock().standard, 15);
    EXPECT_EQ(profile->clock().expert, 30);
    EXPECT_FALSE(profile->unconfirmed().empty());
}

TEST(Profile, MistakesAreRefusedWithTheirLine) {
    expect_refused("unmatched: C00", "unmatched: C00\nsurprise: 1", "key_unknown");
    expect_refused("when: {earlier: registered}", "when: {earlyer: registered}", "fact_unknown");
    expect_refused("when: {earlier: registered}", "when: {earlier: filed}", "fact_value_unknown");
    expect_refused("when: {earlier: registered}", "when: {goal: no}", "fact_out_of_scope");
    expect_refused("{kind: goods}, effect", "{plan: yes}, effect", "fact_out_of_scope");
    expect_refused("when: {earlier: registered}", "when: {}", "condition_malformed");
    expect_refused("when: {earlier: registered}", "when: {any: []}", "condition_malformed");
    expect_refused("when: {earlier: registered}", "when: {plan: {at_least: 2}}",
                   "condition_malformed");
    expect_refused("when: {earlier: registered}", "when: {round: {at_least: 31}}",
                   "condition_malformed");
    expect_refused("unit: working_days", "unit: weeks", "profile_malformed");
    expect_refused("valid_from: 2026-01-23", "valid_from: 2026-02-30", "profile_malformed");
    expect_refused("base: technical", "base: profit", "profile_malformed");
    expect_refused("limit: \"5000000.00\"", "limit: many", "profile_malformed");
    expect_refused("refuse_from_round: 2", "refuse_from_round: 1", "profile_malformed");
    expect_refused("id: gate.office", "id: gate.applicant", "profile_malformed");
    expect_refused("code: C13, when", "code: C14, when", "profile_malformed");
    expect_refused("unmatched: C00", "unmatched: C40", "profile_malformed");
    expect_refused("effect: moves, to: research", "effect: moves, to: other_trade",
                   "profile_malformed");
    expect_refused("effect: moves, to: research", "effect: moves, to: nowhere",
                   "profile_malformed");
    expect_refused("effect: returns}", "effect: forgives}", "profile_malformed");
    expect_refused("{class: CONSULT}", "{class: CONSULTING}", "profile_malformed");
    expect_refused("order: [DEV, TRANSFER, LICENCE, SERVICE, CONSULT]", "order: [DEV, TRANSFER]",
                   "profile_malformed");
    expect_refused("outcome: NOT_REGISTERED, when", "outcome: REGISTER, when", "profile_malformed");
    expect_refused("outcome: NOT_REGISTERED, when", "outcome: NOT_REGISTERED, escalates: yes, when",
                   "profile_malformed");
    expect_refused("mark: D, sure: medium", "mark: Q, sure: medium", "profile_malformed");
    expect_refused("    takes: {kind: brokering}\n", "", "profile_malformed");
    expect_refused("    positive: C30\n", "", "profile_malformed");
}

TEST(Profile, ChangingDataChangesTheDecision) {
    auto total = with("base: technical", "base: total");
    ASSERT_TRUE(total);
    Case facts = case_of(
        "parts: {P1: {kind: rnd}}, lines: [{part: P1, amount: 4000000.00, kind: "
        "technical}, {part: P1, amount: 1000000.00, kind: equipment}]");
    EXPECT_EQ(evaluate(draft(), facts).lane, Lane::standard);
    EXPECT_EQ(evaluate(*total, facts).lane, Lane::expert);
    auto lenient = with("refuse_from_round: 2", "refuse_from_round: 3");
    ASSERT_TRUE(lenient);
    Case second = case_of("facts: {price: none, round: 2}, parts: {P1: {kind: rnd}}");
    EXPECT_EQ(evaluate(draft(), second).outcome, Outcome::not_registered);
    EXPECT_EQ(evaluate(*lenient, second).outcome, Outcome::returned);
}

TEST(Profile, TheRuleSetFollowsTheAcceptanceDay) {
    const RuleSets& sets = rule_sets();
    EXPECT_EQ((*sets.in_force({2026, 1, 22}))->id(), "cn-2001");
    EXPECT_EQ((*sets.in_force({2026, 1, 23}))->id(), "cn-2026-draft15");
    EXPECT_EQ(sets.in_force({2000, 5, 1}).error().code, "rule_set_not_in_force");
    EXPECT_EQ(sets.find("cn-1990").error().code, "rule_set_unknown");
    EXPECT_EQ((*sets.choose("cn-2001", base::Date{2026, 5, 1}))->id(), "cn-2001");
    EXPECT_EQ((*sets.choose("", std::nullopt))->id(), "cn-2026-draft15");
    EXPECT_FALSE(rules_2001().large());
    EXPECT_EQ(rules_2001().clock().unit, ClockUnit::calendar_days);
}

TEST(Profile, TitlesAgreeByClassByFrontPartOrByAlias) {
    EXPECT_TRUE(draft().title_agrees("DEV", "DEV.COMMISSIONED"));
    EXPECT_TRUE(draft().title_agrees("LICENCE.PATENT", "LICENCE.PATENT.SOLE"));
    EXPECT_FALSE(draft().title_agrees("TRANSFER.PATENT", "TRANSFER.PATENT_APPLICATION"));
    EXPECT_FALSE(draft().title_agrees("CONS", "CONSULT"));
    EXPECT_TRUE(draft().title_agrees("技术服务", "SERVICE.TRAINING"));
    EXPECT_FALSE(draft().title_agrees("LICENCE.PATENT", "TRANSFER.PATENT"));
    EXPECT_TRUE(rules_2001().title_agrees("LICENCE.PATENT", "TRANSFER.PATENT"));
    EXPECT_FALSE(draft().knows_title("采购"));
    EXPECT_TRUE(draft().knows_title("技术许可"));
}

}  // namespace
}  // namespace contract::recognition_test
