#include <algorithm>
#include <map>

#include "contract/recognition_support.h"

namespace contract::recognition_test {
namespace {

using base::Money;

TEST(Recognition, EveryCaseFileComesOutAsExpected) {
    std::map<std::string, std::string> seen;
    int checked = 0;
    for (const CaseEntry& entry : all_cases()) {
        EXPECT_TRUE(seen.emplace(entry.facts.id, entry.where).second)
            << entry.where << ": id also at " << seen[entry.facts.id];
        ASSERT_TRUE(entry.expected) << entry.where;
        Decision decision = evaluate(profile_of(entry), entry.facts);
        for (const std::string& line : differences(decision, *entry.expected)) {
            ADD_FAILURE() << entry.where << ": " << entry.facts.id << ": " << line;
        }
        ++checked;
    }
    EXPECT_GE(checked, 290);  // 20 open, a counterpart for each, and what else can happen
}

const CaseEntry* find_case(const std::string& id) {
    for (const CaseEntry& entry : all_cases()) {
        if (entry.facts.id == id) return &entry;
    }
    return nullptr;
}

/// Facts, lines and the rule set in which two cases differ.
int distance(const Case& one, const Case& other) {
    int count = one.rule_set != other.rule_set && !one.rule_set.empty() ? 1 : 0;
    for (std::size_t i = 0; i < fact_count; ++i)
        count += one.facts[i] != other.facts[i];
    count += one.seat != other.seat;
    for (std::size_t part = 0; part < one.parts.size(); ++part) {
        for (std::size_t i = 0; i < fact_count; ++i) {
            count += one.parts[part].facts[i] != other.parts[part].facts[i];
        }
    }
    for (std::size_t i = 0; i < one.lines.size(); ++i) {
        count += one.lines[i].yuan != other.lines[i].yuan;
        count += one.lines[i].needed != other.lines[i].needed;
    }
    return count;
}

TEST(Recognition, EveryOpenCaseHasACounterpartThatDiffersInOneFactAndInTheDecision) {
    for (int number = 1; number <= 20; ++number) {
        std::string id = (number < 10 ? "O0" : "O") + std::to_string(number);
        const CaseEntry* open = find_case(id);
        const CaseEntry* other = find_case(id + "x");
        ASSERT_TRUE(open && other) << id;
        ASSERT_EQ(open->facts.parts.size(), other->facts.parts.size()) << id;
        ASSERT_EQ(open->facts.lines.size(), other->facts.lines.size()) << id;
        EXPECT_EQ(distance(open->facts, other->facts), 1) << id;
        Decision one = evaluate(profile_of(*open), open->facts);
        Decision two = evaluate(profile_of(*other), other->facts);
        bool same = one.outcome == two.outcome && one.class_code == two.class_code &&
                    one.lane == two.lane && one.reasons == two.reasons;
        EXPECT_FALSE(same) << id;
    }
}

/// Which sides of a condition, or of one comparison in it, were seen.
struct Sides {
    bool held = false;
    bool failed = false;
    void see(bool holds) { (holds ? held : failed) = true; }
};

FactValue value_in_path(const Case& facts, const Decision& decision, const PathStep& step,
                        Fact fact, bool& known) {
    FactScope scope = definition_of(fact).scope;
    known = scope != FactScope::derived;
    if (fact == Fact::same_city) {
        known = true;
        return decision.right_office == 0 ? 1 : 0;
    }
    if (!known) return 0;
    return value_of(scope == FactScope::part ? facts.parts[step.part].facts : facts.facts, fact);
}

TEST(Recognition, CasesReachEveryConditionAndEveryComparisonBothWays) {
    for (const Profile& profile : rule_sets().all()) {
        std::vector<Sides> conditions(profile.conditions().size());
        std::map<std::pair<std::uint16_t, std::size_t>, Sides> comparisons;
        for (const CaseEntry& entry : all_cases()) {
            Decision decision = evaluate(profile, entry.facts);
            for (const PathStep& step : decision.path) {
                conditions[step.condition].see(step.holds);
                auto tests = profile.condition(step.condition).when.tests();
                for (std::size_t i = 0; i < tests.size(); ++i) {
                    bool known = false;
                    FactValue value =
                        value_in_path(entry.facts, decision, step, tests[i].fact, known);
                    if (known)
                        comparisons[{step.condition, i}].see(tests[i].accepted >> value & 1U);
                }
            }
        }
        for (std::size_t i = 0; i < conditions.size(); ++i) {
            const ProfileCondition& condition = profile.conditions()[i];
            EXPECT_TRUE(conditions[i].held) << condition.where << ": never holds: " << condition.id;
            if (condition.when.is_always()) continue;
            EXPECT_TRUE(conditions[i].failed)
                << condition.where << ": never fails: " << condition.id;
        }
        for (const auto& [key, sides] : comparisons) {
            EXPECT_TRUE(sides.held && sides.failed)
                << profile.condition(key.first).where << ": comparison " << key.second << " of "
                << profile.condition(key.first).id << " has only one side";
        }
    }
}

TEST(Recognition, EveryReasonCodeIsReachedByACase) {
    for (const Profile& profile : rule_sets().all()) {
        std::set<std::string> reached;
        for (const CaseEntry& entry : all_cases()) {
            Decision decision = evaluate(profile, entry.facts);
            reached.insert(decision.reasons.begin(), decision.reasons.end());
        }
        for (const auto& [code, citation] : profile.citations()) {
            EXPECT_TRUE(reached.contains(code)) << profile.id() << ": " << code;
        }
    }
}

bool has_text(const base::Yaml& node, const std::string& key) {
    std::size_t dot = key.find('.');
    if (dot == key.npos) return !node[key].text_or("").empty();
    return has_text(node[key.substr(0, dot)], key.substr(dot + 1));
}

TEST(Recognition, EveryTextOfADecisionExistsInEveryLanguage) {
    for (const char* language : {"zh-CN", "en", "zh-TW"}) {
        auto file = base::Yaml::load(std::string(GUIQIAO_SOURCE_DIR "/regions/guangxi/texts/") +
                                     language + "/recognition.yaml");
        ASSERT_TRUE(file) << base::describe(file.error());
        auto has = [&](const std::string& key) { return has_text(*file, key); };
        for (const Profile& profile : rule_sets().all()) {
            for (const auto& [code, citation] : profile.citations()) {
                for (const char* part : {".title", ".why", ".cure"}) {
                    EXPECT_TRUE(has("reason." + code + part)) << language << " " << code << part;
                }
                EXPECT_FALSE(citation.law.empty()) << code;
            }
            for (const ProfileCondition& condition : profile.conditions()) {
                bool reason = condition.text_key.starts_with("reason.");
                EXPECT_TRUE(has(condition.text_key + (reason ? ".title" : "")))
                    << language << " " << condition.text_key;
            }
        }
        for (const FactDefinition& row : fact_definitions()) {
            if (row.scope == FactScope::derived || row.fact == Fact::round) continue;
            for (const char* part : {".ask", ".why", ".example"}) {
                std::string key = "recognition.question." + std::string(row.name) + part;
                EXPECT_TRUE(has(key)) << language << " " << key;
            }
        }
    }
}

TEST(Recognition, ClassesHaveNamesInChineseAndEnglishAndALaw) {
    for (const ContractClass& row : draft().classes()) {
        EXPECT_TRUE(row.name.has(base::Language::zh_cn)) << row.code;
        EXPECT_TRUE(row.name.has(base::Language::en)) << row.code;
        EXPECT_FALSE(row.law.empty()) << row.code;
    }
    EXPECT_EQ(draft().classes().size(), 19U);
}

TEST(Recognition, ThePathNamesEveryGateAndWhatWasRead) {
    Case facts = case_of("facts: {price: none}, parts: {P1: {kind: rnd}}");
    Decision decision = evaluate(draft(), facts);
    for (const Gate& gate : draft().gates()) {
        auto found =
            std::find_if(decision.path.begin(), decision.path.end(),
                         [&](const PathStep& step) { return step.condition == gate.condition; });
        ASSERT_NE(found, decision.path.end());
        EXPECT_EQ(found->holds, draft().condition(gate.condition).id == "gate.price");
        EXPECT_EQ(found->part, -1);
    }
}

TEST(Recognition, AStoppedCaseNamesTheOfficeInChargeAndNothingElse) {
    Decision decision = evaluate(
        draft(), case_of("facts: {seat: 450205, office: 450100}, parts: {P1: {kind: rnd}}" +
                         priced("10.00")));
    EXPECT_EQ(decision.outcome, Outcome::not_accepted);
    EXPECT_EQ(decision.right_office, 450200);
    EXPECT_EQ(decision.reasons, std::vector<std::string>{"A02"});
    EXPECT_TRUE(decision.parts.empty());
    EXPECT_TRUE(decision.class_code.empty());
    EXPECT_FALSE(decision.amounts || decision.lane);
}

TEST(Recognition, UnknownAnswersAreListedAndNeverCountAsYes) {
    Decision decision = evaluate(
        draft(), case_of("parts: {P1: {kind: problem, indicator: unknown, copying: unknown}}"));
    EXPECT_EQ(decision.outcome, Outcome::returned);
    EXPECT_EQ(decision.unknown_facts, (std::vector<std::string>{"P1.copying", "P1.indicator"}));
}

TEST(Recognition, ACaseWithoutPartsHasNoTechnologyContent) {
    Decision decision = evaluate(draft(), Case());
    EXPECT_EQ(decision.outcome, Outcome::not_registered);
    EXPECT_EQ(decision.reasons, std::vector<std::string>{"C00"});
}

TEST(Recognition, EquityIsKeptInItsOwnColumn) {
    Decision decision = evaluate(
        draft(), case_of("parts: {P1: {kind: equity, ip: patent}, P2: {kind: problem}}, lines: "
                         "[{part: P1, amount: 300.00, kind: technical}, "
                         "{part: P2, amount: 100.00, kind: technical}]"));
    ASSERT_TRUE(decision.equity && decision.amounts);
    EXPECT_EQ(*decision.equity, Money::yuan(300));
    EXPECT_EQ(decision.amounts->total, Money::yuan(400));
    EXPECT_TRUE(decision.may_be_split);
}

TEST(Recognition, DifferencesNameWhatWasExpectedAndWhatCame) {
    Expectation expected;
    expected.texts = {{"outcome", "REGISTER"}, {"lane", "standard"}};
    expected.reasons = std::set<std::string>{"C10"};
    Decision decision = evaluate(draft(), case_of("parts: {P1: {kind: goods}}"));
    EXPECT_EQ(differences(decision, expected),
              (std::vector<std::string>{"lane: expected standard, got none",
                                        "outcome: expected REGISTER, got NOT_REGISTERED",
                                        "reasons: expected C10, got C01"}));
    EXPECT_TRUE(differences(decision, Expectation()).empty());
}

}  // namespace
}  // namespace contract::recognition_test
