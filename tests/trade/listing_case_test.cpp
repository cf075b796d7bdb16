// The scenario files of listings and agreed prices: all hold, and every refusal is reached.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "base/texts.h"
#include "trade/listing_script.h"

namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<trade::ListingScenario> all_scenarios() {
    std::vector<trade::ListingScenario> all;
    for (const auto& item : fs::directory_iterator("tests/trade/listing")) {
        if (item.path().extension() != ".case") continue;
        const std::string text = read_file(item.path());
        EXPECT_TRUE(trade::is_listing_file(text));
        auto read = trade::parse_listing_scenarios(text, item.path().string());
        EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().detail);
        if (!read) continue;
        for (trade::ListingScenario& scenario : *read)
            all.push_back(std::move(scenario));
    }
    return all;
}

TEST(ListingCases, EveryScenarioHoldsAndEveryRefusalIsReached) {
    const std::vector<trade::ListingScenario> all = all_scenarios();
    EXPECT_GE(all.size(), 38U);
    std::set<std::string, std::less<>> met;
    for (const trade::ListingScenario& scenario : all) {
        const trade::ListingReport report = trade::run_listing_scenario(scenario);
        EXPECT_TRUE(report.holds()) << scenario.name << " line " << report.lines.back().line << ": "
                                    << report.lines.back().difference;
        met.insert(report.codes.begin(), report.codes.end());
    }
    for (std::string_view code : trade::listing_refusals())
        EXPECT_TRUE(met.contains(code)) << code << " is reached by no case";
}

TEST(ListingCases, EveryRefusalHasWordsInThreeLanguages) {
    const auto texts = base::Texts::load("regions/guangxi/texts");
    ASSERT_TRUE(texts.has_value());
    for (std::string_view code : trade::listing_refusals()) {
        for (auto language : {base::Language::zh_cn, base::Language::en, base::Language::zh_tw}) {
            const std::string key = "error." + std::string(code);
            EXPECT_TRUE(texts->has(language, key)) << key;
        }
    }
}

TEST(ListingRules, AnotherCurrencyIsRefusedWhereRulesAreRead) {
    const auto refusal = [](std::string currency, trade::ListingRules before) {
        auto rules = trade::read_listing_rules({{"price", "1000"}, {"currency", currency}}, before);
        return rules ? std::string() : rules.error().code + " " + rules.error().field;
    };
    EXPECT_EQ(refusal("CNY", {}), "");
    EXPECT_EQ(refusal("USD", {}), "currency_not_offered currency");
    const auto published = trade::read_listing_rules({{"price", "1000"}, {"deposit", "100"}});
    ASSERT_TRUE(published.has_value());
    EXPECT_EQ(refusal("USD", *published), "currency_not_offered currency");
    EXPECT_EQ(refusal("yuan", *published), "parameter_invalid currency");
}

TEST(ListingCases, WhatIsNotUnderstoodIsNamedWithItsLine) {
    const std::pair<const char*, const char*> wrong[] = {
        {"listing price=0", "f:1: price: rules_inconsistent"},
        {"listing price=10 colour=red", "f:1: colour: parameter_unknown"},
        {"listing price=10 disclosure=20", "f:1: disclosure: parameter_invalid"},
        {"listing price=10 deposit=4", "f:1: deposit: rules_inconsistent"},
        {"2026-03-02 A register", "f:1: a line before"},
        {"listing price=10\n25:61 A register", "f:2: '25:61' is no time"},
        {"listing price=10\n+1d A register\n2026-03-02 A leave", "f:3: time goes backwards"},
        {"listing price=10\n+1d A register -> ok colour=red", "f:2: nothing is known"},
        {"listing price=10\n+1d - dances", "f:2: the clock neither"},
        {"settle", "f:1: a line before"},
        {"# nothing", "f:1: no scenario"},
    };
    for (const auto& [text, words] : wrong) {
        const auto read = trade::parse_listing_scenarios(text, "f");
        ASSERT_FALSE(read.has_value()) << text;
        EXPECT_TRUE(read.error().detail.starts_with(words)) << read.error().detail;
    }
}

TEST(ListingCases, ADifferenceIsFoundAndNamed) {
    const auto read = trade::parse_listing_scenarios(
        "listing price=100 deposit=0\n+1d A register terms=1 -> accepted interested=2\n", "f");
    ASSERT_TRUE(read.has_value());
    const trade::ListingReport report = trade::run_listing_scenario(read->front());
    EXPECT_FALSE(report.holds());
    EXPECT_EQ(report.lines.back().difference, "interested: expected 2, got 1");
}

}  // namespace
