#include "app/recognise.h"

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/json.h"

namespace app {
namespace {

/// One run of the command over a file with the given text (or over an existing file).
struct Command {
    std::ostringstream out;
    std::ostringstream err;
    RecogniseOptions options;

    Command() { options.region = GUIQIAO_SOURCE_DIR "/regions/guangxi"; }
    int over_file(const std::string& file) {
        options.file = file;
        return recognise(options, out, err);
    }
    int over_text(const std::string& text) {
        auto file = std::filesystem::temp_directory_path() /
                    ("recognise_" + std::to_string(::getpid()) + ".yaml");
        std::ofstream(file) << text;
        int status = over_file(file.string());
        std::filesystem::remove(file);
        return status;
    }
    void check() { options.mode = RecogniseOptions::Mode::check; }
};

constexpr const char* open_cases = GUIQIAO_SOURCE_DIR "/tests/contract/recognition/open.yaml";

TEST(Recognise, TheOpenCasesCheckWithoutDifference) {
    Command run;
    run.check();
    EXPECT_EQ(run.over_file(open_cases), 0) << run.out.str() << run.err.str();
    EXPECT_EQ(run.out.str(), "20 cases checked, 0 different\n");
}

TEST(Recognise, ADifferenceIsListedAndFails) {
    Command run;
    run.check();
    EXPECT_EQ(run.over_text("- id: T1\n  parts: {P1: {kind: rnd}}\n  expect: {outcome: RETURN}\n"),
              1);
    EXPECT_NE(run.out.str().find("yaml:1: T1: outcome: expected RETURN, got REGISTER"),
              std::string::npos)
        << run.out.str();
    EXPECT_NE(run.out.str().find("1 cases checked, 1 different"), std::string::npos);
}

TEST(Recognise, AForcedRuleSetDecidesInsteadOfTheNamedOne) {
    Command run;
    run.options.rules = "cn-2001";
    EXPECT_EQ(run.over_text("- id: T1\n  profile: cn-2026-draft15\n"
                            "  parts: {P1: {kind: use, ip: patent}}\n"),
              0);
    EXPECT_NE(run.out.str().find("class    TRANSFER.PATENT  专利权转让"), std::string::npos);
    EXPECT_NE(run.out.str().find("[cn-2001]"), std::string::npos);
}

TEST(Recognise, JsonHasTheWholePathWithItsFacts) {
    Command run;
    run.options.output = RecogniseOptions::Output::json;
    ASSERT_EQ(run.over_text("- id: T1\n  parts: {P1: {kind: problem, indicator: no}}\n"), 0);
    auto parsed = base::parse_json(run.out.str());
    ASSERT_TRUE(parsed);
    const auto& decision = parsed->as_array().at(0).as_object();
    EXPECT_EQ(base::text_at(decision, "outcome"), "RETURN");
    bool found = false;
    for (const auto& step : base::array_at(decision, "path")) {
        const auto& object = step.as_object();
        if (base::text_at(object, "condition") != "problem.no_indicator") continue;
        found = true;
        EXPECT_TRUE(base::bool_at(object, "holds"));
        EXPECT_EQ(base::text_at(base::object_at(object, "facts"), "P1.indicator"), "no");
        EXPECT_EQ(base::text_at(object, "text"), "reason.C47");
    }
    EXPECT_TRUE(found);
}

TEST(Recognise, WhatCannotBeReadIsRefusedWithItsPlace) {
    Command unknown_fact;
    EXPECT_EQ(
        unknown_fact.over_text("- id: T1\n  facts:\n    colour: red\n  parts: {P: {kind: rnd}}\n"),
        2);
    EXPECT_NE(unknown_fact.err.str().find("yaml:3: facts.colour"), std::string::npos)
        << unknown_fact.err.str();
    Command one_of_two;
    EXPECT_EQ(one_of_two.over_text("- id: T1\n  facts: {colour: red}\n  parts: {P: {kind: rnd}}\n"
                                   "- id: T2\n  parts: {P: {kind: rnd}}\n"),
              2);
    EXPECT_EQ(one_of_two.out.str().find("T1"), std::string::npos);
    EXPECT_NE(one_of_two.out.str().find("T2"), std::string::npos)
        << "one case that cannot be read does not hold up the others";
    Command no_file;
    EXPECT_EQ(no_file.over_file("/nowhere.yaml"), 2);
    Command no_rules;
    no_rules.options.rules = "cn-1990";
    EXPECT_EQ(no_rules.over_file(open_cases), 2);
    EXPECT_NE(no_rules.err.str().find("rule_set_unknown"), std::string::npos);
    Command no_title;
    EXPECT_EQ(
        no_title.over_text("- id: T1\n  facts: {title_class: 采购}\n  parts: {P: {kind: rnd}}\n"),
        2);
    EXPECT_NE(no_title.err.str().find("facts.title_class"), std::string::npos);
}

}  // namespace
}  // namespace app
