// The scenario files, the table of codes, and what the reader of scenarios refuses.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "base/texts.h"
#include "trade/auction_presets.h"
#include "trade/auction_record.h"
#include "trade/auction_script.h"

namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> case_files() {
    std::vector<fs::path> files;
    for (const auto& item : fs::directory_iterator("tests/trade/auction")) {
        if (item.path().extension() == ".case") files.push_back(item.path());
    }
    return files;
}

std::vector<trade::Scenario> all_scenarios() {
    std::vector<trade::Scenario> all;
    for (const fs::path& file : case_files()) {
        auto read = trade::parse_scenarios(read_file(file), file.string());
        EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().detail);
        if (!read) continue;
        for (trade::Scenario& scenario : *read)
            all.push_back(std::move(scenario));
    }
    return all;
}

TEST(AuctionCases, EveryScenarioHolds) {
    std::vector<trade::Scenario> all = all_scenarios();
    EXPECT_GE(all.size(), 40U);
    for (const trade::Scenario& scenario : all) {
        trade::ScenarioReport report = trade::run_scenario(scenario);
        EXPECT_TRUE(report.holds()) << scenario.name << " line " << report.lines.back().line << ": "
                                    << report.lines.back().difference;
    }
}

TEST(AuctionCases, EveryScenarioReplaysFromItsRecord) {
    for (const trade::Scenario& scenario : all_scenarios()) {
        trade::ScenarioReport report = trade::run_scenario(scenario);
        if (!report.state.sealed_history.empty()) continue;
        auto record = trade::record_json(scenario.rules, report.state, report.entries);
        auto replayed = trade::replay(base::json::value(record));
        ASSERT_TRUE(replayed.has_value())
            << scenario.name << ": " << base::describe(replayed.error());
        EXPECT_EQ(replayed->state.head, report.state.head) << scenario.name;
        EXPECT_EQ(replayed->state.awards, report.state.awards) << scenario.name;
    }
}

TEST(AuctionCases, EveryCodeIsReachedByACase) {
    std::set<std::string> reached;
    for (const trade::Scenario& scenario : all_scenarios()) {
        for (const trade::LineReport& line : trade::run_scenario(scenario).lines) {
            reached.insert(line.got.substr(0, line.got.find(' ')));
        }
    }
    for (const trade::CodeRow& row : trade::code_table()) {
        EXPECT_TRUE(reached.contains(std::string(row.name))) << row.name;
    }
}

TEST(AuctionCases, EveryCodeHasItsTextAndItsLineInTheDocument) {
    std::string document = read_file("docs/trading.md");
    auto texts = base::Texts::load("regions/guangxi/texts");
    ASSERT_TRUE(texts.has_value()) << base::describe(texts.error());
    for (base::Language language :
         {base::Language::zh_cn, base::Language::en, base::Language::zh_tw}) {
        for (const trade::CodeRow& row : trade::code_table()) {
            if (row.check < 0) continue;
            EXPECT_TRUE(texts->has(language, "error." + std::string(row.name)))
                << base::tag_of(language) << " " << row.name;
        }
    }
    for (const trade::CodeRow& row : trade::code_table()) {
        std::string place = row.check > 0    ? std::to_string(row.check)
                            : row.check == 0 ? std::string("–")
                                             : std::string("success");
        std::string line = "| " + place + " | `" + std::string(row.name) + "` |";
        EXPECT_NE(document.find(line), std::string::npos) << line;
    }
}

TEST(AuctionCases, TheOrderOfChecksIsTheOrderOfTheTable) {
    int before = 0;
    for (const trade::CodeRow& row : trade::code_table()) {
        if (row.check <= 0) continue;
        EXPECT_GE(row.check, before) << row.name;
        before = row.check;
    }
    EXPECT_EQ(before, 26);
}

constexpr std::string_view head =
    "auction english start=1000 step=100 open=09:00 close=10:00 bidders=A,B\n";

TEST(AuctionCases, WhatIsNotUnderstoodIsNamedByItsLine) {
    struct Wrong {
        std::string text;
        std::string words;
    };
    const Wrong wrong[] = {
        {"", "no scenario"},
        {"## T1 goal: x\n", "no `auction` line"},
        {"auction english start=1000 open=09:00 close=10:00 colour=red\n", "f:1: colour"},
        {"auction english start=abc open=09:00 close=10:00\n", "f:1: start"},
        {"auction english start=1000 open=10:00 close=09:00\n", "f:1: close"},
        {"auction vickrey start=1000 open=09:00 close=10:00\n", "f:1: no auction type"},
        {"auction english start=1 start=2 open=09:00 close=10:00\n", "twice"},
        {std::string(head) + "09:01 A jump 1000 -> accepted\n", "f:2: no bidder's action"},
        {std::string(head) + "09:01 A bid 1000 colour=red -> accepted\n", "f:2: no option"},
        {std::string(head) + "09:01 A bid 1000 -> acepted\n", "f:2: no outcome"},
        {std::string(head) + "09:01 A bid 1000 -> accepted colour=red\n", "f:2: nothing is known"},
        {std::string(head) + "9am A bid 1000 -> accepted\n", "f:2: '9am'"},
        {std::string(head) + "25:00 A bid 1000 -> accepted\n", "f:2: '25:00'"},
        {std::string(head) + "09:01 - explode\n", "f:2: no act"},
        {std::string(head) + "settle\n", "f:2: `settle` says nothing"},
        {std::string(head) + "settle winner=A\n09:01 A bid 1000 -> accepted\n",
         "f:3: an event after"},
        {"09:01 A bid 1000 -> accepted\n", "f:1: an event before"},
        {std::string("\xff\xfe"), "not UTF-8"},
    };
    for (const Wrong& item : wrong) {
        auto read = trade::parse_scenarios(item.text, "f");
        ASSERT_FALSE(read.has_value()) << item.text;
        EXPECT_EQ(read.error().code, "scenario_malformed");
        EXPECT_NE(read.error().detail.find(item.words), std::string::npos) << read.error().detail;
    }
}

TEST(AuctionCases, ADifferenceSaysWhatWasExpectedAndWhatCame) {
    auto read = trade::parse_scenarios(
        std::string(head) + "09:01 A bid 1000 -> accepted lead=B\nsettle winner=A\n", "f");
    ASSERT_TRUE(read.has_value());
    trade::ScenarioReport report = trade::run_scenario(read->front());
    EXPECT_FALSE(report.holds());
    EXPECT_EQ(report.lines.size(), 1U);
    EXPECT_EQ(report.lines.front().difference, "expected lead=B, got A");
}

/// A sealed sale with its record.
struct Recorded {
    trade::ScenarioReport report;
    base::json::object record;
};
Recorded recorded() {
    auto read = trade::parse_scenarios(
        "auction sealed_first tie=earliest start=1000 open=09:00 close=10:00 deposit=200 "
        "bidders=A,B\n"
        "09:10 A bid 1500 -> accepted\n09:20 B bid 1800 -> accepted\n09:30 A bid 1700 -> accepted\n"
        "settle winner=B price=1800\n",
        "f");
    trade::ScenarioReport report = trade::run_scenario(read->front());
    auto record = trade::record_json(read->front().rules, report.state, report.entries);
    return {std::move(report), std::move(record)};
}

std::string refused(const base::json::object& record) {
    auto replayed = trade::replay(base::json::value(record));
    return replayed ? "holds" : replayed.error().code;
}

TEST(AuctionRecord, AChangedMissingOrReorderedEventIsNamed) {
    Recorded sale = recorded();
    ASSERT_EQ(refused(sale.record), "holds");
    auto change = [&](auto edit) {
        base::json::object copy = sale.record;
        edit(copy);
        return refused(copy);
    };
    EXPECT_EQ(change([](auto& record) {
                  record["events"].as_array()[1].as_object()["payload"].as_object()["bidder"] = "A";
              }),
              "record_event_changed");
    EXPECT_EQ(change([](auto& record) { record["events"].as_array()[1].as_object()["stamp"] = 1; }),
              "record_event_changed");
    EXPECT_EQ(change([](auto& record) {
                  auto& events = record["events"].as_array();
                  events.erase(events.begin() + 1);
              }),
              "record_event_missing");
    EXPECT_EQ(change([](auto& record) {
                  auto& events = record["events"].as_array();
                  std::swap(events[0], events[1]);
              }),
              "record_event_reordered");
    EXPECT_EQ(change([](auto& record) { record["events"].as_array().pop_back(); }),
              "record_truncated");
    EXPECT_EQ(change([](auto& record) { record["rules"].as_object()["reserve"] = "9.00"; }),
              "record_rules_changed");
    EXPECT_EQ(change([](auto& record) { record["result"].as_object()["bids"] = 7; }),
              "record_result_changed");
    EXPECT_EQ(change([](auto& record) { record.erase("version"); }), "record_malformed");
}

TEST(AuctionRecord, ARecordBeforeTheOpeningHoldsCommitmentsOnly) {
    auto read = trade::parse_scenarios(
        "auction sealed_first start=1000 open=09:00 close=10:00 deposit=200 bidders=A,B\n"
        "09:10 A bid 1777 -> accepted\n",
        "f");
    trade::ScenarioReport report = trade::run_scenario(read->front());
    auto record = trade::record_json(read->front().rules, report.state, report.entries);
    EXPECT_EQ(base::json::serialize(record).find("1777"), std::string::npos);
    EXPECT_TRUE(trade::verify_chain(record).has_value());
    EXPECT_EQ(refused(record), "record_not_opened_yet");
}

TEST(AuctionRules, AreWrittenAndReadBackTheSame) {
    for (const trade::Scenario& scenario : all_scenarios()) {
        auto again = trade::read_rules(scenario.rules.type, trade::write_rules(scenario.rules), {});
        ASSERT_TRUE(again.has_value()) << scenario.name << base::describe(again.error());
        EXPECT_EQ(trade::terms_hash(*again), trade::terms_hash(scenario.rules)) << scenario.name;
        EXPECT_EQ(trade::write_rules(*again), trade::write_rules(scenario.rules)) << scenario.name;
    }
}

TEST(AuctionPresets, OfTheRegionMakeRules) {
    auto presets = trade::load_auction_presets("regions/guangxi/trade");
    ASSERT_TRUE(presets.has_value()) << base::describe(presets.error());
    EXPECT_GE(presets->size(), 10U);
    auto rules = trade::rules_from_preset(
        *presets, "english_window_2m",
        {{"open", "09:00"}, {"close", "10:00"}, {"start", "1000"}, {"step", "100"}},
        trade::scenario_day());
    ASSERT_TRUE(rules.has_value());
    EXPECT_EQ(rules->window, base::minutes(2));
    EXPECT_EQ(rules->rule_set, "english_window_2m");
    auto unknown = trade::rules_from_preset(*presets, "none", {}, {});
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().code, "preset_unknown");
}

}  // namespace
