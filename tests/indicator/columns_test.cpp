// The columns in memory answer every slice as the rollup does, whatever was recorded, taken back or
// undone meanwhile, on both databases.
#include <array>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "indicator/columns.h"
#include "indicator/definition.h"
#include "indicator/fact.h"
#include "indicator/migrations.h"
#include "indicator/slice.h"
#include "support/database_fixture.h"

namespace indicator {

bool operator==(const Figure& left, const Figure& right) {
    return left.key == right.key && left.count == right.count && left.amount == right.amount;
}
void PrintTo(const Figure& figure, std::ostream* out) {
    *out << figure.key << ": " << figure.count << ", " << figure.amount.to_string();
}

namespace {

constexpr std::array places{"450000", "450100", "450102", "450103", "450202", "451300", "451302"};
constexpr std::array classes{"", "DEV", "DEV.COMMISSIONED", "LICENCE.PATENT.SOLE", "LICENCER"};
constexpr std::array fields{"", "1", "3", "12"};
constexpr std::array kinds{"contract.output", "contract.registered"};
constexpr std::array dimensions{Dimension::none, Dimension::month, Dimension::year,
                                Dimension::city, Dimension::place, Dimension::class_code,
                                Dimension::field};

TEST(Dictionary, RefusesMoreTextsThanItCanTellApart) {
    Cells cells;
    Fact fact{.kind = "contract.output", .subject = "S", .place = "450000", .day = {2024, 1, 1}};
    for (int i = 0; i < 65'536; ++i) {
        fact.field = std::to_string(i);
        ASSERT_TRUE(cells.add(fact)) << i;
    }
    EXPECT_TRUE(cells.add(fact)) << "a known one";
    fact.field = "one more";
    auto refused = cells.add(fact);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "facts_not_separable");
}

class ColumnsTest : public support::DatabaseTest {
  protected:
    template <class Items>
    const auto& one_of(const Items& items) {
        return items[chance.below(items.size())];
    }
    Fact random_fact() {
        return {
            .kind = one_of(kinds),
            .subject = "S" + std::to_string(chance.below(40)),
            .place = one_of(places),
            .day = {2024 + static_cast<int>(chance.below(3)),
                    1 + static_cast<int>(chance.below(12)), 1 + static_cast<int>(chance.below(28))},
            .amount = base::Money::fen(static_cast<std::int64_t>(chance.below(1'000'000'00))),
            .class_code = one_of(classes),
            .field = one_of(fields),
            .is_sample = chance.below(5) == 0};
    }
    Slice random_slice() {
        Slice slice{.kind = one_of(kinds)};
        if (chance.below(2) == 0) slice.from_month = "2024-0" + std::to_string(1 + chance.below(9));
        if (chance.below(2) == 0) slice.to_month = "2026-0" + std::to_string(1 + chance.below(9));
        if (chance.below(2) == 0) slice.place = one_of(places);
        if (chance.below(2) == 0) slice.class_prefix = chance.below(2) == 0 ? "LICENCE" : "DEV";
        if (chance.below(3) == 0) slice.field = one_of(fields);
        slice.with_sample = chance.below(3) != 0;
        return slice;
    }
    void write(const std::function<base::Status(store::Transaction&)>& work) {
        auto done = database->write<void>(work);
        (void)done;
    }
    void record_some(std::size_t count) {
        write([&](store::Transaction& transaction) -> base::Status {
            for (std::size_t i = 0; i < count; ++i)
                record(transaction, random_fact());
            retract(transaction, one_of(kinds), "S" + std::to_string(chance.below(40)));
            return {};
        });
    }
    void expect_equal(store::Reader& reader) {
        for (int i = 0; i < 25; ++i) {
            Slice slice = random_slice();
            Dimension dimension = one_of(dimensions);
            EXPECT_EQ(columns.sum_by(reader, slice, dimension), sum_by(reader, slice, dimension))
                << slice.kind << ' ' << slice.from_month << ".." << slice.to_month << ' '
                << slice.place << ' ' << slice.class_prefix << ' ' << slice.field << ' '
                << to_string(dimension);
        }
    }
    void expect_equal() {
        auto done = database->read<void>([&](store::Reader& reader) -> base::Status {
            expect_equal(reader);
            return {};
        });
        ASSERT_TRUE(done.has_value()) << base::describe(done.error());
    }

    support::TestDatabase database{GetParam(), {migrations().begin(), migrations().end()}};
    base::SeededRandom chance{20261124};
    Columns columns;
};

TEST_P(ColumnsTest, AnswerAsTheRollupWhateverIsRecordedAndTakenBack) {
    record_some(60);
    expect_equal();
    EXPECT_EQ(columns.answered(), 0) << "nothing is held before build()";
    ASSERT_TRUE(columns.build(*database));
    for (int round = 0; round < 12; ++round) {
        expect_equal();
        record_some(1 + chance.below(30));
    }
    EXPECT_EQ(columns.answered(), 12 * 25);
    auto done = database->read<void>([&](store::Reader& reader) -> base::Status {
        Cells rollup = TRY(Cells::build(reader, Cells::Source::rollup));
        Cells facts = TRY(Cells::build(reader, Cells::Source::facts));
        EXPECT_EQ(Cells::first_difference(rollup, facts), "");
        return {};
    });
    EXPECT_TRUE(done.has_value());
}

TEST_P(ColumnsTest, ATransactionSeesItsOwnFactsAndAnUndoneOneLeavesNothing) {
    record_some(20);
    ASSERT_TRUE(columns.build(*database));
    expect_equal();
    std::int64_t answered = columns.answered();
    write([&](store::Transaction& transaction) -> base::Status {
        for (int i = 0; i < 10; ++i)
            record(transaction, random_fact());
        expect_equal(transaction);
        return base::refuse(base::invalid("changed_my_mind"));
    });
    EXPECT_EQ(columns.answered(), answered) << "what may be undone is asked of the database";
    expect_equal();
    // The sequence numbers of what was undone are given out again, for other facts.
    record_some(10);
    expect_equal();
    EXPECT_GT(columns.answered(), answered);
}

TEST_P(ColumnsTest, AnOlderSnapshotIsAnsweredAsOfItsTime) {
    record_some(20);
    ASSERT_TRUE(columns.build(*database));
    Slice all{.kind = "contract.output"};
    auto done = database->read<void>([&](store::Reader& old) -> base::Status {
        std::vector<Figure> before = columns.sum_by(old, all, Dimension::month);
        std::thread([&] {
            record_some(20);
            expect_equal();
        }).join();
        EXPECT_EQ(columns.sum_by(old, all, Dimension::month), before);
        return {};
    });
    EXPECT_TRUE(done.has_value());
    expect_equal();
}

TEST_P(ColumnsTest, AfterARowThatCannotBeReadTheRollupAnswers) {
    record_some(20);
    ASSERT_TRUE(columns.build(*database));
    expect_equal();
    std::int64_t answered = columns.answered();
    write([&](store::Transaction& transaction) -> base::Status {
        transaction.append({.actor = "x",
                            .place = {},
                            .subject = "S",
                            .action = std::string(fact_action),
                            .payload = "[]"});
        return {};
    });
    // Many readers at once: none may be told the sums of columns that were given up meanwhile.
    std::vector<std::thread> readers;
    for (int i = 0; i < 6; ++i)
        readers.emplace_back([&] {
            for (int round = 0; round < 20; ++round) {
                auto done = database->read<void>([&](store::Reader& reader) -> base::Status {
                    Slice all{.kind = "contract.output"};
                    EXPECT_EQ(columns.sum_by(reader, all, Dimension::month),
                              sum_by(reader, all, Dimension::month));
                    return {};
                });
                EXPECT_TRUE(done.has_value());
            }
        });
    for (std::thread& reader : readers)
        reader.join();
    EXPECT_EQ(columns.answered(), answered);
}

TEST_P(ColumnsTest, RecountsFromFactsAndNamesTheFirstDifferenceToARollupTamperedWith) {
    record_some(30);
    write([&](store::Transaction& transaction) -> base::Status {
        record(transaction, {.kind = "contract.output",
                             .subject = "T",
                             .place = "450300",
                             .day = {2026, 3, 1},
                             .amount = base::Money::yuan(5),
                             .class_code = "DEV",
                             .field = "3"});
        transaction.execute("update indicator_rollup set count = count + 1 where place = '450300'");
        return {};
    });
    auto done = database->read<void>([&](store::Reader& reader) -> base::Status {
        Cells rollup = TRY(Cells::build(reader, Cells::Source::rollup));
        Cells facts = TRY(Cells::build(reader, Cells::Source::facts));
        EXPECT_EQ(Cells::first_difference(rollup, facts),
                  "contract.output 2026-03 450300 DEV 3: 2/500 and 1/500");
        return {};
    });
    EXPECT_TRUE(done.has_value());
}

TEST(Cells, CompactingChangesNoSum) {
    base::SeededRandom chance(7);
    Cells loose;
    Cells compacted;
    for (int i = 0; i < 20'000; ++i) {
        Fact fact{.kind = "k",
                  .subject = "s",
                  .place = places[chance.below(places.size())],
                  .day = {2026, 1, 1},
                  .count = chance.below(2) == 0 ? 1 : -1,
                  .amount = base::Money::fen(static_cast<std::int64_t>(chance.below(100))),
                  .class_code = classes[chance.below(classes.size())]};
        loose.add(fact);
        compacted.add(fact);
        if (i % 100 == 0) compacted.compact();
    }
    EXPECT_LT(compacted.line_count(), loose.line_count() / 2);
    for (Dimension dimension : dimensions)
        EXPECT_EQ(loose.sum_by({.kind = "k"}, dimension),
                  compacted.sum_by({.kind = "k"}, dimension));
    EXPECT_EQ(Cells::first_difference(loose, compacted), "");
}

ON_BOTH_DATABASES(ColumnsTest);

}  // namespace
}  // namespace indicator
