#include "contract/recognition_questions.h"

#include <algorithm>

#include "contract/recognition_support.h"

namespace contract::recognition_test {
namespace {

bool asks(const std::vector<Question>& questions, Fact fact) {
    return std::any_of(questions.begin(), questions.end(),
                       [&](const Question& question) { return question.fact == fact; });
}

Answered nothing_answered(const Case& facts) {
    Answered answered;
    answered.parts.resize(facts.parts.size());
    return answered;
}

void answer_whole(Answered& answered) {
    for (const FactDefinition& row : fact_definitions()) {
        if (row.scope == FactScope::contract) answered.set(row.fact);
    }
}

TEST(Questions, APartWithoutAKindIsAskedForItsKindOnly) {
    Case facts = case_of("parts: {P1: {kind: rnd}}");
    auto questions = next_questions(draft(), facts, nothing_answered(facts));
    for (const Question& question : questions) {
        if (question.part >= 0) {
            EXPECT_EQ(question.fact, Fact::kind);
        }
    }
    EXPECT_TRUE(asks(questions, Fact::kind));
    EXPECT_TRUE(asks(questions, Fact::applicant));
}

TEST(Questions, KnowHowIsOnlyAskedAboutWhereItCanMatter) {
    Case patent = case_of("parts: {P1: {kind: use, ip: patent}}");
    Answered answered = nothing_answered(patent);
    answer_whole(answered);
    answered.set(0, Fact::kind);
    EXPECT_TRUE(asks(next_questions(draft(), patent, answered), Fact::knowhow_test));
    answered.set(0, Fact::ip);
    auto questions = next_questions(draft(), patent, answered);
    EXPECT_FALSE(asks(questions, Fact::knowhow_test));
    EXPECT_TRUE(asks(questions, Fact::licence));
    Case knowhow = case_of("parts: {P1: {kind: use, ip: knowhow}}");
    EXPECT_TRUE(asks(next_questions(draft(), knowhow, answered), Fact::knowhow_test));
    EXPECT_FALSE(asks(next_questions(draft(), knowhow, answered), Fact::licence));
}

TEST(Questions, TheModeOfALicenceDoesNotMatterUnderTheRulesOf2001) {
    Case facts = case_of("parts: {P1: {kind: use, ip: patent}}");
    Answered answered = nothing_answered(facts);
    answer_whole(answered);
    answered.set(0, Fact::kind);
    answered.set(0, Fact::ip);
    EXPECT_FALSE(asks(next_questions(rules_2001(), facts, answered), Fact::licence));
    EXPECT_TRUE(asks(next_questions(draft(), facts, answered), Fact::licence));
}

TEST(Questions, AfterARefusalNothingIsAskedThatLeavesItRefused) {
    Case facts = case_of("facts: {form: oral}, parts: {P1: {kind: rnd}}");
    Answered answered = nothing_answered(facts);
    answered.set(Fact::form);
    answered.set(0, Fact::kind);
    EXPECT_TRUE(next_questions(draft(), facts, answered).empty());
}

TEST(Questions, WhenEverythingIsAnsweredNothingIsAsked) {
    Case facts = case_of("parts: {P1: {kind: problem}}");
    Answered answered = nothing_answered(facts);
    answer_whole(answered);
    for (const FactDefinition& row : fact_definitions()) {
        if (row.scope == FactScope::part) answered.set(0, row.fact);
    }
    EXPECT_TRUE(next_questions(draft(), facts, answered).empty());
}

TEST(Questions, WhereThePartsPriceCannotMatterItIsNotAsked) {
    Case alone = case_of("parts: {P1: {kind: problem}}");
    Answered answered = nothing_answered(alone);
    answer_whole(answered);
    answered.set(0, Fact::kind);
    EXPECT_FALSE(asks(next_questions(draft(), alone, answered), Fact::separately_priced));
    Case mixed = case_of("parts: {P1: {kind: problem}, P2: {kind: goods}}");
    Answered both = nothing_answered(mixed);
    answer_whole(both);
    both.set(0, Fact::kind);
    both.set(1, Fact::kind);
    EXPECT_TRUE(asks(next_questions(draft(), mixed, both), Fact::separately_priced));
}

TEST(Questions, WithoutTimeToExamineEveryOpenQuestionIsKept) {
    Case facts = case_of("facts: {form: oral}, parts: {P1: {kind: rnd}}");
    Answered answered = nothing_answered(facts);
    answered.set(Fact::form);
    answered.set(0, Fact::kind);
    EXPECT_FALSE(next_questions(draft(), facts, answered, 0).empty());
}

}  // namespace
}  // namespace contract::recognition_test
