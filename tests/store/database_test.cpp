#include "store/database.h"
#include "store/write_row.h"

#include <atomic>
#include <latch>
#include <limits>
#include <thread>

#include "support/database_fixture.h"

namespace {

using base::Result;
using base::Status;
using store::Reader;
using store::Transaction;

const std::vector<store::Migration> steps{{"sample", 1, "tables", R"(
create table sample (
    id {bigint} primary key,
    words text,
    number {bigint}
);
create table child (
    id {bigint} primary key,
    parent {bigint} not null references sample (id)
)
)"}};

class StoreTest : public support::DatabaseTest {};

void insert(Transaction& transaction, int id, const store::Value& words,
            const store::Value& number) {
    transaction.execute("insert into sample (id, words, number) values (:id, :words, :number)",
                        {{"id", id}, {"words", words}, {"number", number}});
}

std::int64_t count(store::Database& database) {
    return *database.read<std::int64_t>([](Reader& reader) -> Result<std::int64_t> {
        return reader.number("select count(*) from sample");
    });
}

TEST_P(StoreTest, KeepsValuesExactly) {
    support::TestDatabase database(GetParam(), steps);
    using Limits = std::numeric_limits<std::int64_t>;
    std::vector<std::pair<store::Value, store::Value>> values{
        {"", std::int64_t{0}},
        {"广西 Quảng Tây ភាសាខ្មែរ 𠮷 😀", Limits::max()},
        {"a ':b' \"c\" :d\n\t\\", Limits::min()},
        {nullptr, nullptr},
        {std::string(200'000, 'x'), std::int64_t{9007199254740993}},
        {"{\"a\":1}", -1},
    };
    Status written = database->write<void>([&](Transaction& transaction) -> Status {
        int id = 0;
        for (const auto& [words, number] : values)
            insert(transaction, ++id, words, number);
        return {};
    });
    ASSERT_TRUE(written) << base::describe(written.error());
    Status read = database->read<void>([&](Reader& reader) -> Status {
        store::Rows rows = reader.query("select words, number from sample order by id");
        EXPECT_EQ(rows.size(), values.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto* words = std::get_if<std::string>(&values[i].first.data());
            const auto* number = std::get_if<std::int64_t>(&values[i].second.data());
            EXPECT_EQ(rows[i].is_null(0), words == nullptr);
            EXPECT_EQ(rows[i].integer_if(1).has_value(), number != nullptr);
            if (words) {
                EXPECT_EQ(rows[i].text(0), *words);
            }
            if (number) {
                EXPECT_EQ(rows[i].integer(1), *number);
            }
        }
        return {};
    });
    EXPECT_TRUE(read);
}

TEST_P(StoreTest, BindsByNameInAnyOrderAndRepeatedly) {
    support::TestDatabase database(GetParam(), steps);
    Status done = database->write<void>([](Transaction& transaction) -> Status {
        for (int id = 1; id <= 3; ++id)
            insert(transaction, id, "it's :id", id * 10);
        store::Rows rows = transaction.query(
            "select id, ':id', words from sample where (id = :b or number = :a) and id >= :b "
            "order by id",
            {{"a", 30}, {"b", 2}});
        EXPECT_EQ(rows.size(), 2u);
        EXPECT_EQ(rows[0].integer(0), 2);
        EXPECT_EQ(rows[1].text(1), ":id");
        EXPECT_EQ(rows[1].text(2), "it's :id");
        // The same statement with another type, and with NULL, must not keep the old value.
        EXPECT_EQ(
            transaction.number("select count(*) from sample where words = :w", {{"w", "it's :id"}}),
            3);
        EXPECT_EQ(
            transaction.number("select count(*) from sample where words = :w", {{"w", nullptr}}),
            0);
        EXPECT_EQ(transaction.number("select count(*) from sample where id = :i", {{"i", 2}}), 1);
        EXPECT_EQ(transaction.number("select sum(number) from sample"), 60);
        EXPECT_TRUE(transaction.first("select 2 > 1")->flag(0));
        EXPECT_FALSE(transaction.first("select id > 2 from sample where id = 1")->flag(0));
        return {};
    });
    EXPECT_TRUE(done) << base::describe(done.error());
}

TEST_P(StoreTest, TellsAffectedRowsAndReturnsThem) {
    support::TestDatabase database(GetParam(), steps);
    Status done = database->write<void>([](Transaction& transaction) -> Status {
        for (int id = 1; id <= 5; ++id)
            insert(transaction, id, "w", 1);
        EXPECT_EQ(transaction.execute("update sample set number = 2 where id > :i", {{"i", 3}}), 2);
        EXPECT_EQ(transaction.execute("update sample set number = 2 where id > 9"), 0);
        for (int i = 0; i < 3; ++i) {
            store::Rows rows = transaction.query(
                "update sample set number = number + 1 where id = 1 returning number");
            EXPECT_EQ(rows.size(), 1u);
            EXPECT_EQ(rows[0].integer(0), 2 + i);
        }
        EXPECT_EQ(transaction.execute("delete from sample"), 5);
        return {};
    });
    EXPECT_TRUE(done) << base::describe(done.error());
}

TEST_P(StoreTest, WritesTheColumnsItIsGivenAndLeavesTheOthers) {
    support::TestDatabase database(GetParam(), steps);
    Status written = database->write<void>([&](Transaction& transaction) -> Status {
        store::insert_row(transaction, "sample", {{"id", 1}, {"words", "before"}, {"number", 7}});
        EXPECT_EQ(store::update_row(transaction, "sample", {{"words", "after"}, {"id", 1}}), 1);
        EXPECT_EQ(store::update_row(transaction, "sample", {{"words", "none"}, {"id", 2}}), 0);
        return {};
    });
    ASSERT_TRUE(written) << base::describe(written.error());
    Status read = database->read<void>([&](Reader& reader) -> Status {
        const store::Rows rows = reader.query("select id, words, number from sample");
        EXPECT_EQ(rows.size(), 1u);
        EXPECT_EQ(rows.at(0).text(1), "after");
        EXPECT_EQ(rows.at(0).integer(2), 7);
        return {};
    });
    EXPECT_TRUE(read);
}

TEST_P(StoreTest, RefusalUndoesEverything) {
    support::TestDatabase database(GetParam(), steps);
    Status refused = database->write<void>([](Transaction& transaction) -> Status {
        insert(transaction, 1, "gone", 1);
        transaction.append({"system", "", "sample:1", "sample.made", "{}"});
        EXPECT_EQ(transaction.next_number("paper"), 1);
        return base::refuse(base::forbidden("not_owner"));
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "not_owner");
    EXPECT_EQ(count(*database), 0);
    Status done = database->write<void>([](Transaction& transaction) -> Status {
        EXPECT_EQ(transaction.next_number("paper"), 1);
        EXPECT_EQ(transaction.append({"system", "", "sample:1", "sample.made", "{}"}), 1);
        return {};
    });
    EXPECT_TRUE(done);
    EXPECT_EQ(database->statistics().refusals, 1);
}

TEST_P(StoreTest, BrokenConstraintIsARefusal) {
    support::TestDatabase database(GetParam(), steps);
    auto twice = [](Transaction& transaction) -> Status {
        insert(transaction, 1, "a", 1);
        insert(transaction, 1, "b", 2);
        return {};
    };
    Status refused = database->write<void>(twice);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "constraint_violated");
    EXPECT_EQ(refused.error().kind, base::ErrorKind::conflict);
    refused = database->write<void>([](Transaction& transaction) -> Status {
        transaction.execute("insert into child (id, parent) values (1, 77)");
        return {};
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "constraint_violated");
    EXPECT_EQ(count(*database), 0);
}

TEST_P(StoreTest, WrongSqlAndExceptionsAreContained) {
    support::TestDatabase database(GetParam(), steps);
    Status wrong = database->write<void>([](Transaction& transaction) -> Status {
        insert(transaction, 1, "a", 1);
        transaction.execute("insert into nowhere values (1)");
        return {};
    });
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, "storage_misused");
    wrong = database->write<void>([](Transaction& transaction) -> Status {
        insert(transaction, 1, "a", 1);
        throw std::runtime_error("out of luck");
    });
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, "transaction_failed");
    wrong = database->read<void>([](Reader& reader) -> Status {
        reader.query("selekt");
        return {};
    });
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, "storage_misused");
    EXPECT_EQ(count(*database), 0);
    EXPECT_TRUE(database->write<void>([](Transaction& transaction) -> Status {
        insert(transaction, 1, "a", 1);
        return {};
    }));
    EXPECT_EQ(count(*database), 1);
}

TEST_P(StoreTest, RefusesTextThatOneOfTheDatabasesCannotKeep) {
    support::TestDatabase database(GetParam(), steps);
    for (std::string words :
         {std::string("a\0b", 3), std::string("\xc3\x28"), std::string("\xff")}) {
        Status refused = database->write<void>([&](Transaction& transaction) -> Status {
            insert(transaction, 1, words, 1);
            return {};
        });
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, "text_not_storable");
        EXPECT_EQ(refused.error().kind, base::ErrorKind::malformed);
    }
    EXPECT_EQ(count(*database), 0);
}

TEST_P(StoreTest, SortsByBytes) {
    support::TestDatabase database(GetParam(), steps);
    Status done = database->write<void>([](Transaction& transaction) -> Status {
        int id = 0;
        for (const char* words : {"b", "B", "a", "中", "é", "Z"}) {
            insert(transaction, ++id, words, nullptr);
        }
        std::string order;
        for (const store::Row& row : transaction.query("select words from sample order by words")) {
            order += row.text(0);
        }
        EXPECT_EQ(order, "BZabé中");
        return {};
    });
    EXPECT_TRUE(done);
}

TEST_P(StoreTest, ReaderSeesOneSnapshot) {
    support::TestDatabase database(GetParam(), steps);
    Status read = database->read<void>([&](Reader& reader) -> Status {
        EXPECT_EQ(reader.number("select count(*) from sample"), 0);
        std::thread other([&] {
            EXPECT_TRUE(database->write<void>([](Transaction& transaction) -> Status {
                insert(transaction, 1, "new", 1);
                return {};
            }));
        });
        other.join();
        EXPECT_EQ(reader.number("select count(*) from sample"), 0);
        // A read inside a read has the same snapshot.
        EXPECT_EQ(count(*database), 0);
        return {};
    });
    EXPECT_TRUE(read);
    EXPECT_EQ(count(*database), 1);
}

TEST_P(StoreTest, ReaderCannotWrite) {
    support::TestDatabase database(GetParam(), steps);
    Status read = database->read<void>([&](Reader& reader) -> Status {
        reader.query("insert into sample (id) values (1) returning id");
        return {};
    });
    EXPECT_FALSE(read);
    EXPECT_EQ(count(*database), 0);
}

TEST_P(StoreTest, SurvivesReopening) {
    support::TestDatabase database(GetParam(), steps);
    EXPECT_TRUE(database->write<void>([](Transaction& transaction) -> Status {
        insert(transaction, 1, "kept", 1);
        return {};
    }));
    database.reopen();
    EXPECT_EQ(count(*database), 1);
}

TEST_P(StoreTest, EightThreadsLoseNothing) {
    support::TestDatabase database(GetParam(), steps);
    ASSERT_TRUE(database->write<void>([](Transaction& transaction) -> Status {
        insert(transaction, 1, "counter", 0);
        return {};
    }));
    constexpr int threads = 8;
    constexpr int rounds = 25;
    std::atomic<int> done = 0;
    std::vector<std::thread> crowd;
    for (int thread = 0; thread < threads; ++thread) {
        crowd.emplace_back([&, thread] {
            for (int round = 0; round < rounds; ++round) {
                Status added = database->write<void>([&](Transaction& transaction) -> Status {
                    std::int64_t now = transaction.number("select number from sample where id = 1");
                    transaction.execute("update sample set number = :n where id = 1",
                                        {{"n", now + 1}});
                    insert(transaction, 100 + thread * rounds + round, "row", thread);
                    return {};
                });
                if (added) ++done;
            }
        });
    }
    for (std::thread& thread : crowd)
        thread.join();
    EXPECT_EQ(done, threads * rounds);
    std::int64_t total = *database->read<std::int64_t>([](Reader& reader) -> Result<std::int64_t> {
        return reader.number("select number from sample where id = 1");
    });
    EXPECT_EQ(total, threads * rounds);
    EXPECT_EQ(count(*database), 1 + threads * rounds);
    if (GetParam() == store::Dialect::postgresql) {
        EXPECT_GT(database->statistics().retries, 0);
    }
}

TEST_P(StoreTest, SeriesHasNoGapsUnderConcurrencyAndRefusals) {
    support::TestDatabase database(GetParam(), steps);
    std::mutex mutex;
    std::vector<std::int64_t> numbers;
    std::vector<std::thread> crowd;
    for (int thread = 0; thread < 8; ++thread) {
        crowd.emplace_back([&, thread] {
            for (int round = 0; round < 20; ++round) {
                Result<std::int64_t> number = database->write<std::int64_t>(
                    [&](Transaction& transaction) -> Result<std::int64_t> {
                        std::int64_t next = transaction.next_number("登记 2026");
                        if ((thread + round) % 3 == 0) {
                            return base::refuse(base::conflict("changed_mind"));
                        }
                        return next;
                    });
                if (!number) {
                    EXPECT_EQ(number.error().code, "changed_mind");
                    continue;
                }
                std::lock_guard lock(mutex);
                numbers.push_back(*number);
            }
        });
    }
    for (std::thread& thread : crowd)
        thread.join();
    std::sort(numbers.begin(), numbers.end());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        ASSERT_EQ(numbers[i], static_cast<std::int64_t>(i) + 1);
    }
    EXPECT_GT(numbers.size(), 100u);
}

TEST_P(StoreTest, TellsListenersAfterTheCommit) {
    support::TestDatabase database(GetParam(), steps);
    std::atomic<std::int64_t> told = 0;
    database->on_commit([&](std::int64_t seq) { told = seq; });
    EXPECT_TRUE(database->write<void>([](Transaction& transaction) -> Status {
        insert(transaction, 1, "no change", 1);
        return {};
    }));
    EXPECT_EQ(told, 0);
    EXPECT_TRUE(database->write<void>([](Transaction& transaction) -> Status {
        transaction.append({"system", "", "a", "sample.made", "{}"});
        transaction.append({"system", "", "b", "sample.made", "{}"});
        return {};
    }));
    EXPECT_EQ(told, 2);
}

TEST(GroupCommit, PutsWaitingWritesIntoOneCommit) {
    support::TestDatabase database(store::Dialect::sqlite, steps);
    store::DatabaseStatistics before = database->statistics();
    std::latch started(1);
    std::latch release(1);
    // While the first work holds the writer, twenty others queue up behind it.
    std::thread first([&] {
        EXPECT_TRUE(database->write<void>([&](Transaction&) -> Status {
            started.count_down();
            release.wait();
            return {};
        }));
    });
    started.wait();
    std::vector<std::thread> crowd;
    std::atomic<int> refused = 0;
    for (int id = 1; id <= 20; ++id) {
        crowd.emplace_back([&, id] {
            Status done = database->write<void>([&](Transaction& transaction) -> Status {
                insert(transaction, id, "grouped", id);
                if (id % 5 == 0) return base::refuse(base::conflict("every_fifth"));
                return {};
            });
            if (!done) ++refused;
        });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    release.count_down();
    first.join();
    for (std::thread& thread : crowd)
        thread.join();
    store::DatabaseStatistics after = database->statistics();
    EXPECT_EQ(refused, 4);
    EXPECT_EQ(count(*database), 16);
    EXPECT_EQ(after.writes - before.writes, 17);
    EXPECT_LE(after.commits - before.commits, 3);
}

TEST(GroupCommit, ChecksEachWorkByItself) {
    support::TestDatabase database(store::Dialect::sqlite, steps);
    std::latch started(1);
    std::latch release(1);
    std::thread first([&] {
        (void)database->write<void>([&](Transaction& transaction) -> Status {
            insert(transaction, 1, "first", 1);
            started.count_down();
            release.wait();
            return {};
        });
    });
    started.wait();
    Status outcome;
    std::thread second([&] {
        outcome = database->write<void>([&](Transaction& transaction) -> Status {
            insert(transaction, 2, "second", 1);
            insert(transaction, 1, "again", 1);
            return {};
        });
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    release.count_down();
    first.join();
    second.join();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, "constraint_violated");
    EXPECT_EQ(count(*database), 1);
}

TEST(GroupCommit, AFailedCommitFailsTheWholeGroupAndNothingStays) {
    // A deferred constraint is the one way to make COMMIT itself fail on purpose.
    std::vector<store::Migration> deferred{{"late", 1, "table", R"(
create table late (
    id {bigint} primary key,
    parent {bigint} references late (id) deferrable initially deferred
))"}};
    support::TestDatabase database(store::Dialect::sqlite, deferred);
    std::latch started(1);
    std::latch release(1);
    auto insert_late = [&](int id, store::Value parent, bool wait) {
        return database->write<void>([&, wait](Transaction& transaction) -> Status {
            if (wait) started.count_down();
            if (wait) release.wait();
            transaction.append({"system", "", "late", "late.made", "{}"});
            transaction.execute("insert into late (id, parent) values (:id, :parent)",
                                {{"id", id}, {"parent", parent}});
            return {};
        });
    };
    Status good;
    Status bad;
    std::thread first([&] { good = insert_late(1, nullptr, true); });
    started.wait();
    std::thread second([&] { bad = insert_late(2, 77, false); });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    release.count_down();
    first.join();
    second.join();
    ASSERT_FALSE(good);
    ASSERT_FALSE(bad);
    EXPECT_EQ(good.error().code, "storage_unavailable");
    EXPECT_EQ(bad.error().code, "storage_unavailable");
    EXPECT_TRUE(insert_late(3, nullptr, false));
    std::int64_t rows = *database->read<std::int64_t>([](Reader& reader) -> Result<std::int64_t> {
        EXPECT_EQ(reader.number("select max(seq) from change_log"), 1);
        return reader.number("select count(*) from late");
    });
    EXPECT_EQ(rows, 1);
}

TEST(Postgresql, WriteSkewIsTriedAgainAndSeesTheOther) {
    support::TestDatabase database(store::Dialect::postgresql, steps);
    // Each may insert only if there is nothing yet; both have looked before either has written.
    std::atomic<int> looked = 0;
    std::atomic<int> runs = 0;
    auto work = [&](int id) {
        return database->write<void>([&, id](Transaction& transaction) -> Status {
            ++runs;
            std::int64_t there = transaction.number("select count(*) from sample");
            ++looked;
            while (looked < 2)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            if (there > 0) return base::refuse(base::conflict("somebody_was_first"));
            insert(transaction, id, "only one", 1);
            return {};
        });
    };
    Status one;
    Status two;
    std::thread first([&] { one = work(1); });
    std::thread second([&] { two = work(2); });
    first.join();
    second.join();
    EXPECT_NE(one.has_value(), two.has_value());
    EXPECT_EQ((one ? two : one).error().code, "somebody_was_first");
    EXPECT_EQ(runs, 3);
    EXPECT_EQ(count(*database), 1);
    EXPECT_EQ(database->statistics().retries, 1);
}

TEST(Postgresql, LostConnectionsAreReplaced) {
    support::TestDatabase database(store::Dialect::postgresql, steps);
    auto write_and_read = [&](int id) {
        Status done = database->write<void>([&](Transaction& transaction) -> Status {
            insert(transaction, id, "w", 1);
            transaction.append({"system", "", "s", "sample.made", "{}"});
            return {};
        });
        EXPECT_TRUE(done) << base::describe(done.error());
        EXPECT_EQ(count(*database), id);
    };
    write_and_read(1);
    for (int id = 2; id <= 4; ++id) {
        database.tamper(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()");
        write_and_read(id);
    }
}

TEST(Postgresql, LocksTakenInOppositeOrderDoNotStopAnybody) {
    support::TestDatabase database(store::Dialect::postgresql, steps);
    ASSERT_TRUE(database->write<void>([](Transaction& transaction) -> Status {
        insert(transaction, 1, "shared", 0);
        return {};
    }));
    std::atomic<int> done = 0;
    std::vector<std::thread> crowd;
    for (int thread = 0; thread < 6; ++thread) {
        crowd.emplace_back([&, thread] {
            for (int round = 0; round < 10; ++round) {
                Status written = database->write<void>([&](Transaction& transaction) -> Status {
                    auto update = [&] {
                        transaction.execute("update sample set number = number + 1 where id = 1");
                    };
                    if (thread % 2 == 0) update();
                    transaction.append({"system", "", "s", "sample.changed", "{}"});
                    if (thread % 2 == 1) update();
                    return {};
                });
                EXPECT_TRUE(written) << base::describe(written.error());
                if (written) ++done;
            }
        });
    }
    for (std::thread& thread : crowd)
        thread.join();
    EXPECT_EQ(done, 60);
    EXPECT_EQ(*database->read<std::int64_t>([](Reader& reader) -> Result<std::int64_t> {
        return reader.number("select number from sample where id = 1");
    }),
              60);
}

TEST(Postgresql, RefusesADatabaseThatSortsOtherwise) {
    support::TestDatabase database(store::Dialect::postgresql);
    std::string name = "unsuitable_" + std::to_string(::getpid());
    auto administer = [](const std::string& sql) {
        store::Connection::open(store::Dialect::postgresql, support::postgresql_admin_url())
            ->run(sql);
    };
    administer("create database " + name + " template template0 encoding 'SQL_ASCII' locale 'C'");
    store::DatabaseOptions options;
    options.url = support::postgresql_url(name);
    base::SecureRandom random;
    auto opened = store::Database::open(options, database.clock(), random);
    administer("drop database " + name + " with (force)");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, "database_unsuitable");
}

using StoreDeathTest = StoreTest;

TEST_P(StoreDeathTest, AWriteInsideAWriteAborts) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            support::TestDatabase database(GetParam(), steps);
            (void)database->write<void>([&](Transaction&) -> Status {
                return database->write<void>([](Transaction&) -> Status { return {}; });
            });
        },
        "inside its own write");
    EXPECT_DEATH(
        {
            support::TestDatabase database(GetParam(), steps);
            (void)database->write<void>([&](Transaction&) -> Status {
                return database->read<void>([](Reader&) -> Status { return {}; });
            });
        },
        "inside its own write");
}

TEST_P(StoreDeathTest, AMissingValueAborts) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            support::TestDatabase database(GetParam(), steps);
            (void)database->read<void>([&](Reader& reader) -> Status {
                reader.query("select * from sample where id = :id", {{"ident", 1}});
                return {};
            });
        },
        "no value for the parameter :id");
}

TEST(DatabaseUrl, IsChecked) {
    base::ManualClock clock({0});
    base::SecureRandom random;
    for (const char* url : {"", "sqlite:", "mysql://x", "/tmp/x.db"}) {
        store::DatabaseOptions options;
        options.url = url;
        auto opened = store::Database::open(options, clock, random);
        ASSERT_FALSE(opened) << url;
        EXPECT_EQ(opened.error().code, "database_url_malformed");
    }
    for (const char* url : {"sqlite:/nowhere/at/all.db", "postgresql://nobody@127.0.0.1:1/none"}) {
        store::DatabaseOptions options;
        options.url = url;
        auto opened = store::Database::open(options, clock, random);
        ASSERT_FALSE(opened) << url;
        EXPECT_EQ(opened.error().code, "storage_unavailable");
    }
}

ON_BOTH_DATABASES(StoreTest);
ON_BOTH_DATABASES(StoreDeathTest);

}  // namespace
