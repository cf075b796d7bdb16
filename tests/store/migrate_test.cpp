#include "store/migrate.h"

#include <thread>

#include "support/database_fixture.h"

namespace {

using base::Status;
using store::Migration;
using store::Reader;
using store::Transaction;

class MigrateTest : public support::DatabaseTest {};

constexpr Migration first{"sample", 1, "first", "create table one (id {bigint} primary key)"};
constexpr Migration second{"sample", 2, "second",
                           "create table two (\n    body {json} not null\n);\n"
                           "insert into two (body) values ('{\"a;b\": 1}');\n"
                           "alter table one add column words text;\n"};

std::int64_t number(store::Database& database, const char* sql) {
    return *database.read<std::int64_t>(
        [&](Reader& reader) -> base::Result<std::int64_t> { return reader.number(sql); });
}

TEST_P(MigrateTest, AppliesEachStepOnce) {
    support::TestDatabase database(GetParam());
    std::vector<Migration> steps{first};
    ASSERT_TRUE(store::migrate(*database, steps));
    steps.push_back(second);
    ASSERT_TRUE(store::migrate(*database, steps));
    ASSERT_TRUE(store::migrate(*database, steps));
    EXPECT_EQ(number(*database, "select count(*) from two"), 1);
    EXPECT_EQ(number(*database, "select count(words) from one"), 0);
    EXPECT_EQ(number(*database, "select count(*) from schema_step where module = 'sample'"), 2);
}

TEST_P(MigrateTest, RefusesANewerSchema) {
    support::TestDatabase database(GetParam());
    ASSERT_TRUE(store::migrate(*database, std::vector{first, second}));
    Status refused = store::migrate(*database, std::vector{first});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "schema_newer");
    EXPECT_EQ(refused.error().parameters["module"], "sample");
    EXPECT_EQ(refused.error().parameters["number"], "2");
    // A whole program that does not know the module at all.
    EXPECT_TRUE(store::migrate(*database, store::store_migrations()));
    refused = store::migrate(*database, store::store_migrations(), store::Extent::whole_program);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "schema_newer");
}

TEST_P(MigrateTest, RefusesAnEditedStep) {
    support::TestDatabase database(GetParam());
    ASSERT_TRUE(store::migrate(*database, std::vector{first}));
    Migration edited = first;
    edited.sql = "create table one (id {bigint})";
    Status refused = store::migrate(*database, std::vector{edited});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "schema_changed");
}

TEST_P(MigrateTest, AFailedStepLeavesNothing) {
    support::TestDatabase database(GetParam());
    Migration broken = second;
    broken.sql = "create table two (id {bigint});\ncreate table oops (";
    Status refused = store::migrate(*database, std::vector{first, broken});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "storage_misused");
    EXPECT_EQ(number(*database, "select count(*) from schema_step where module = 'sample'"), 1);
    EXPECT_TRUE(store::migrate(*database, std::vector{first, second}));
}

TEST_P(MigrateTest, NodesThatStartTogetherAgree) {
    support::TestDatabase database(GetParam());
    std::vector<std::unique_ptr<store::Database>> nodes;
    for (int i = 0; i < 4; ++i)
        nodes.push_back(database.open_again());
    std::vector<std::thread> crowd;
    std::atomic<int> done = 0;
    for (auto& node : nodes) {
        crowd.emplace_back([&] {
            Status migrated = store::migrate(*node, std::vector{first, second});
            EXPECT_TRUE(migrated) << base::describe(migrated.error());
            if (migrated) ++done;
        });
    }
    for (std::thread& thread : crowd)
        thread.join();
    EXPECT_EQ(done, 4);
    EXPECT_EQ(number(*database, "select count(*) from two"), 1);
}

ON_BOTH_DATABASES(MigrateTest);

}  // namespace
