// The replay page judges as the core does: every record of our scenarios holds in it, and a changed,
// missing, reordered or cut one is named. Run by Node on the page's own file.
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/database_fixture.h"
#include "trade/auction_record.h"
#include "trade/auction_script.h"

namespace {

using namespace trade;

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
}

/// What the page's script says about files. Node is among the packages; without it there is nothing
/// to agree with, and the tests fail.
std::string judged(const std::string& files) {
    std::string command = "node '" + std::string(GUIQIAO_SOURCE_DIR) +
                          "/web/pages/script/replay.js' " + files + " 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::string said;
    std::array<char, 4096> buffer{};
    while (std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
        said.append(buffer.data(), count);
    ::pclose(pipe);
    return said;
}

/// One file for each record, and their names in one line.
std::string write_records(const std::filesystem::path& folder) {
    std::string names;
    std::filesystem::path cases = std::filesystem::path(GUIQIAO_SOURCE_DIR) / "tests/trade/auction";
    for (const auto& file : std::filesystem::directory_iterator(cases)) {
        if (file.path().extension() != ".case") continue;
        auto scenarios = parse_scenarios(text_of(file.path()), file.path().string());
        CHECK_WITH(scenarios.has_value(), scenarios ? "" : base::describe(scenarios.error()));
        for (const Scenario& scenario : *scenarios) {
            ScenarioReport report = run_scenario(scenario);
            std::filesystem::path made =
                folder / (file.path().stem().string() + "-" + scenario.name + ".json");
            std::ofstream(made) << base::json::serialize(
                record_json(scenario.rules, report.state, report.entries));
            names += "'" + made.string() + "' ";
        }
    }
    return names;
}

TEST(ReplayPage, AgreesWithTheCoreOnEveryScenario) {
    support::TemporaryFolder folder;
    std::string names = write_records(folder.path());
    ASSERT_FALSE(names.empty());
    std::istringstream said(judged(names));
    int count = 0;
    for (std::string line; std::getline(said, line); ++count) {
        EXPECT_THAT(line, testing::HasSubstr("the record holds"));
    }
    EXPECT_GT(count, 10);
}

TEST(ReplayPage, NamesWhatWasChanged) {
    auto scenarios = parse_scenarios(
        "## A goal: a sale\n"
        "auction english start=1000 step=100 open=09:00:00 close=10:00:00 window=2m bidders=A,B\n"
        "09:10:00 A bid 1000 -> accepted\n"
        "09:11:00 B bid 1100 -> accepted\n"
        "09:12:00 A bid 1200 -> accepted\n"
        "settle winner=A\n",
        "page.case");
    ASSERT_TRUE(scenarios.has_value()) << base::describe(scenarios.error());
    ScenarioReport report = run_scenario(scenarios->front());
    base::json::object record = record_json(scenarios->front().rules, report.state, report.entries);
    support::TemporaryFolder folder;
    auto said = [&](auto change) {
        base::json::object copy = record;
        change(copy);
        std::filesystem::path file = folder.path() / "record.json";
        std::ofstream(file) << base::json::serialize(copy);
        return judged("'" + file.string() + "'");
    };
    EXPECT_THAT(said([](auto&) {}), testing::HasSubstr("the record holds"));
    EXPECT_THAT(said([](auto& copy) {
                    copy["events"].as_array()[1].as_object()["payload"].as_object()["amount"] =
                        "1101.00";
                }),
                testing::HasSubstr("record_event_changed 2"));
    EXPECT_THAT(said([](auto& copy) {
                    auto& events = copy["events"].as_array();
                    events.erase(events.begin() + 1);
                }),
                testing::HasSubstr("record_event_missing 2"));
    EXPECT_THAT(said([](auto& copy) {
                    auto& events = copy["events"].as_array();
                    std::swap(events[0], events[1]);
                }),
                testing::HasSubstr("record_event_reordered 1"));
    EXPECT_THAT(said([](auto& copy) { copy["events"].as_array().pop_back(); }),
                testing::HasSubstr("record_truncated 4"));
    EXPECT_THAT(said([](auto& copy) {
                    copy["result"].as_object()["winners"].as_array()[0].as_object()["price"] = "1";
                }),
                testing::HasSubstr("record_result_changed"));
    EXPECT_THAT(said([](auto& copy) { copy["rules"].as_object()["start"] = "999.00"; }),
                testing::HasSubstr("record_rules_changed"));
}

}  // namespace
