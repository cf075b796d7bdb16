#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "indicator/definition.h"
#include "indicator/fact.h"
#include "indicator/migrations.h"
#include "indicator/slice.h"
#include "support/database_fixture.h"

namespace indicator {
namespace {

Fact contract_fact(std::string subject, std::string place, base::Date day, std::int64_t yuan,
                   std::string class_code = "DEV.COMMISSIONED") {
    return {.kind = "contract.output",
            .subject = std::move(subject),
            .place = std::move(place),
            .day = day,
            .amount = base::Money::yuan(yuan),
            .class_code = std::move(class_code),
            .field = "3"};
}

class IndicatorTest : public support::DatabaseTest {
  protected:
    support::TestDatabase database{GetParam(), {migrations().begin(), migrations().end()}};

    void write(const std::function<void(store::Transaction&)>& work) {
        auto done = database->write<void>([&](store::Transaction& transaction) -> base::Status {
            work(transaction);
            return {};
        });
        ASSERT_TRUE(done.has_value()) << base::describe(done.error());
    }
    template <class Work>
    auto read(Work work) {
        using Answer = decltype(work(std::declval<store::Reader&>()));
        auto answer = database->read<Answer>(
            [&](store::Reader& reader) -> base::Result<Answer> { return work(reader); });
        CHECK(answer.has_value());
        return *answer;
    }
};

TEST_P(IndicatorTest, SlicesByPlaceSubtreeMonthAndClass) {
    write([](store::Transaction& transaction) {
        record(transaction, contract_fact("A", "450102", {2026, 1, 31}, 100));
        record(transaction, contract_fact("B", "450200", {2026, 2, 1}, 50, "LICENCE.PATENT.SOLE"));
        record(transaction, contract_fact("C", "450103", {2026, 2, 28}, 7, "LICENCER"));
    });
    Slice nanning{.kind = "contract.output", .place = "450100"};
    EXPECT_EQ(read([&](store::Reader& r) { return sum(r, nanning); }).amount,
              base::Money::yuan(107));
    Slice licences{.kind = "contract.output", .class_prefix = "LICENCE"};
    EXPECT_EQ(read([&](store::Reader& r) { return sum(r, licences); }).amount,
              base::Money::yuan(50));
    Slice february{.kind = "contract.output", .from_month = "2026-02", .to_month = "2026-02"};
    EXPECT_EQ(read([&](store::Reader& r) { return sum(r, february); }).count, 2);
    auto cities = read(
        [](store::Reader& r) { return sum_by(r, {.kind = "contract.output"}, Dimension::city); });
    ASSERT_EQ(cities.size(), 2u);
    EXPECT_EQ(cities[0].key, "450100");
    EXPECT_EQ(cities[0].count, 2);
    EXPECT_EQ(cities[1].key, "450200");
}

TEST_P(IndicatorTest, FiguresOpenToTheirRecordsNewestFirst) {
    write([](store::Transaction& transaction) {
        for (int i = 0; i < 5; ++i) {
            record(transaction,
                   contract_fact("S" + std::to_string(i), "450100", {2026, 3, 1 + i}, i));
        }
    });
    Slice all{.kind = "contract.output"};
    auto first = read([&](store::Reader& r) { return facts_behind(r, all, "", 3); });
    ASSERT_EQ(first.size(), 3u);
    auto rest = read([&](store::Reader& r) { return facts_behind(r, all, first.back().id, 3); });
    EXPECT_EQ(rest.size(), 2u);
}

TEST_P(IndicatorTest, RetractionCorrectsThePeriodOfTheOriginalAndIsIdempotent) {
    write([](store::Transaction& transaction) {
        record(transaction, contract_fact("A", "450100", {2025, 12, 31}, 100));
    });
    for (int i = 0; i < 2; ++i) {
        database.clock().advance(base::seconds(1));
        write(
            [](store::Transaction& transaction) { retract(transaction, "contract.output", "A"); });
    }
    Slice year{.kind = "contract.output", .from_month = "2025-01", .to_month = "2025-12"};
    EXPECT_EQ(read([&](store::Reader& r) { return sum(r, year); }).count, 0);
    auto facts = read([](store::Reader& r) { return facts_of(r, "A"); });
    ASSERT_EQ(facts.size(), 2u);
    EXPECT_EQ(facts[1].count, -1);
    EXPECT_EQ(facts[1].amount, base::Money::yuan(-100));
}

TEST_P(IndicatorTest, ReplayProvesTheTablesAndNamesWhatDiffers) {
    write([](store::Transaction& transaction) {
        record(transaction, contract_fact("A", "450100", {2026, 1, 5}, 10));
        record(transaction, contract_fact("B", "450300", {2026, 1, 6}, 20));
    });
    auto report = replay_facts(*database);
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->log_rows, 2);
    EXPECT_TRUE(report->differences.empty());

    database.tamper(
        "update indicator_rollup set amount_fen = amount_fen + 1 where place = '450300'");
    database.tamper("update indicator_fact set class_code = 'CONSULT' where subject = 'A'");
    report = replay_facts(*database);
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->differences.size(), 2u);

    ASSERT_TRUE(rebuild_facts(*database).has_value());
    report = replay_facts(*database);
    ASSERT_TRUE(report.has_value());
    EXPECT_TRUE(report->differences.empty());
}

TEST_P(IndicatorTest, ValuesAreSumsDifferencesAndShares) {
    auto definitions = Definitions::load("regions/guangxi/indicators");
    ASSERT_TRUE(definitions.has_value()) << base::describe(definitions.error());
    write([](store::Transaction& transaction) {
        for (std::string_view kind :
             {"contract.output", "contract.absorbed", "contract.internal"}) {
            Fact fact = contract_fact("A", "450100", {2026, 5, 1}, 100);
            fact.kind = kind;
            record(transaction, fact);
        }
        Fact technical = contract_fact("A", "450100", {2026, 5, 1}, 65);
        technical.kind = "contract.technical";
        record(transaction, technical);
    });
    auto value_of = [&](std::string_view code) {
        const Definition* definition = definitions->find(code);
        CHECK(definition != nullptr);
        return read([&](store::Reader& r) { return definitions->value(r, *definition, {}); });
    };
    EXPECT_EQ(value_of("contract_value_total").number, 100'00);
    EXPECT_EQ(value_of("contract_value_flows").number, 200'00);
    Value share = value_of("technical_share");
    EXPECT_EQ(share.number, 65'00);
    EXPECT_EQ(share.whole, 100'00);
    EXPECT_FALSE(value_of("demonstration_institutions").has_data);
    EXPECT_EQ(definitions->slices_behind(*definitions->find("contract_value_total"), {}).size(),
              2u);
}

TEST_P(IndicatorTest, WhatIsHeldIsCountedAtTheEndOfThePeriodWheneverItBegan) {
    auto definitions = Definitions::load("regions/guangxi/indicators");
    ASSERT_TRUE(definitions.has_value()) << base::describe(definitions.error());
    auto title = [](std::string kind, std::string subject, base::Date day) {
        Fact fact = contract_fact(std::move(subject), "450100", day, 0, "transfer_institution");
        fact.kind = std::move(kind);
        return fact;
    };
    write([&](store::Transaction& transaction) {
        record(transaction, title("title.granted", "A", {2019, 3, 1}));
        record(transaction, title("title.granted", "B", {2020, 11, 1}));
        record(transaction, title("title.ended", "A", {2021, 2, 1}));
        record(transaction, title("title.granted", "C", {2021, 5, 1}));
    });
    const Definition& definition = *definitions->find("demonstration_institutions");
    auto held_in = [&](std::string year) {
        return read([&](store::Reader& reader) {
            return definitions->value(
                reader, definition,
                {.from_month = year + "-01", .to_month = year + "-12", .place = "450000"});
        });
    };
    EXPECT_FALSE(held_in("2018").has_data);
    EXPECT_EQ(held_in("2019").number, 1);
    EXPECT_EQ(held_in("2020").number, 2);
    EXPECT_EQ(held_in("2021").number, 2) << "one ended, one began";
    EXPECT_EQ(held_in("2026").number, 2);

    Target target{.indicator = "demonstration_institutions",
                  .place = "450000",
                  .first_year = 2021,
                  .last_year = 2021,
                  .value = 4};
    auto progress = read(
        [&](store::Reader& reader) { return definitions->progress(reader, target, {2021, 1, 1}); });
    EXPECT_EQ(progress.actual.number, 2);
    EXPECT_EQ(progress.state, TargetState::behind) << "the path began at the two of 2020";
}

ON_BOTH_DATABASES(IndicatorTest);

TEST(TargetTest, NoDataIsNeverGreenAndThePathIsLinear) {
    Target target{.first_year = 2026, .last_year = 2026, .value = 365};
    auto at = [&](std::int64_t number, base::Date day) {
        return judge(target, {.number = number, .has_data = true}, day);
    };
    EXPECT_EQ(judge(target, {}, {2026, 1, 1}), TargetState::no_data);
    EXPECT_EQ(at(365, {2026, 2, 1}), TargetState::reached);
    EXPECT_EQ(at(1, {2026, 1, 1}), TargetState::on_path);
    EXPECT_EQ(at(99, {2026, 4, 10}), TargetState::behind);  // day 100: path 100, 80 % = 80
    EXPECT_EQ(at(80, {2026, 4, 10}), TargetState::behind);
    EXPECT_EQ(at(79, {2026, 4, 10}), TargetState::far_behind);
    EXPECT_EQ(at(364, {2027, 6, 1}), TargetState::behind)
        << "a period that is over has its whole target";
    target.relation = TargetRelation::more_than;
    EXPECT_EQ(at(365, {2026, 12, 31}), TargetState::on_path);
}

TEST(TargetTest, ThePathOfWhatIsHeldBeginsAtWhatWasHeldBefore) {
    Target target{.first_year = 2026, .last_year = 2026, .value = 465};
    auto at = [&](std::int64_t number) {
        return judge(target, {.number = number, .has_data = true}, {2026, 4, 10}, 100);
    };
    EXPECT_EQ(at(200), TargetState::on_path) << "day 100 of 365: 100 and a hundred of 365 more";
    EXPECT_EQ(at(199), TargetState::behind);
    EXPECT_EQ(at(159), TargetState::far_behind);
}

TEST(DefinitionTest, RefusesCirclesAndUnknownNamesWithTheirPlace) {
    support::TemporaryFolder folder;
    auto refusal = [&](std::string_view indicators) {
        std::ofstream(folder.path() / "indicators.yaml") << "indicators:\n" << indicators;
        std::ofstream(folder.path() / "targets.yaml") << "policies: []\ntargets: []\n";
        auto loaded = Definitions::load(folder.path());
        return loaded ? std::string("loaded") : base::describe(loaded.error());
    };
    std::string head = "  - {code: a, title: a, caliber: a, unit: count, ";
    EXPECT_THAT(refusal(head + "plus: [a]}\n"), testing::HasSubstr("reference_unknown"));
    EXPECT_THAT(refusal(head + "plus: [b]}\n"), testing::HasSubstr("reference_unknown"));
    EXPECT_THAT(refusal(head + "fact: x, plus: [b]}\n"), testing::HasSubstr("indicators.yaml:2"));
    EXPECT_THAT(refusal(head + "fact: x, agregate: count}\n"), testing::HasSubstr("key_unknown"));
    EXPECT_EQ(refusal(head + "fact: x}\n"), "loaded");
    EXPECT_EQ(refusal(head + "fact: x, until: y, dimensions: [city]}\n"), "loaded");
    EXPECT_THAT(refusal(head + "fact: x, until: y, dimensions: [month]}\n"),
                testing::HasSubstr("indicators.yaml:2"));
    EXPECT_THAT(refusal(head + "plus: [b], until: y}\n"), testing::HasSubstr("indicator_unclear"));
}

}  // namespace
}  // namespace indicator
