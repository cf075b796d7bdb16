#include "store/follower.h"

#include "store/idempotency.h"
#include "support/database_fixture.h"

namespace {

using base::Status;
using store::Follower;
using store::LogRow;
using store::Transaction;

class FollowerTest : public support::DatabaseTest {};

void append_rows(store::Database& database, int count) {
    ASSERT_TRUE(database.write<void>([&](Transaction& transaction) -> Status {
        for (int i = 0; i < count; ++i) {
            transaction.append({"system", "", "s", "sample.made", "{}"});
        }
        return {};
    }));
}

/// Remembers what it was handed. Thread-safe.
class Consumer {
  public:
    Status take(const std::vector<LogRow>& rows) {
        std::lock_guard lock(mutex_);
        if (failures_ > 0) {
            --failures_;
            return base::refuse(base::error(base::ErrorKind::unavailable, "not_now"));
        }
        for (const LogRow& row : rows)
            seen_.push_back(row.seq);
        largest_ = std::max(largest_, rows.size());
        return {};
    }
    std::vector<std::int64_t> seen() {
        std::lock_guard lock(mutex_);
        return seen_;
    }
    std::size_t largest() {
        std::lock_guard lock(mutex_);
        return largest_;
    }
    void fail_next(int times) {
        std::lock_guard lock(mutex_);
        failures_ = times;
    }
    Follower::Consumer function() {
        return [this](const std::vector<LogRow>& rows) { return take(rows); };
    }

  private:
    std::mutex mutex_;
    std::vector<std::int64_t> seen_;
    std::size_t largest_ = 0;
    int failures_ = 0;
};

std::vector<std::int64_t> numbers(std::int64_t first, std::int64_t last) {
    std::vector<std::int64_t> list;
    for (std::int64_t i = first; i <= last; ++i)
        list.push_back(i);
    return list;
}

TEST_P(FollowerTest, SeesOldAndNewRowsInOrderAndInBatches) {
    support::TestDatabase database(GetParam());
    append_rows(*database, 25);
    Consumer consumer;
    Follower follower(*database, {.batch = 10}, consumer.function());
    ASSERT_TRUE(follower.wait_for(25, base::seconds(10)));
    append_rows(*database, 5);
    ASSERT_TRUE(follower.wait_for(30, base::seconds(10)));
    EXPECT_EQ(consumer.seen(), numbers(1, 30));
    EXPECT_EQ(consumer.largest(), 10u);
    EXPECT_EQ(follower.position(), 30);
    EXPECT_FALSE(follower.wait_for(31, base::milliseconds(20)));
}

TEST_P(FollowerTest, WakesOnCommitWithoutWaitingForThePause) {
    support::TestDatabase database(GetParam());
    Consumer consumer;
    Follower follower(*database, {.pause = base::minutes(10)}, consumer.function());
    append_rows(*database, 1);
    ASSERT_TRUE(follower.wait_for(1, base::seconds(10)));
    append_rows(*database, 1);
    ASSERT_TRUE(follower.wait_for(2, base::seconds(10)));
}

TEST_P(FollowerTest, ResumesWhereItStopped) {
    support::TestDatabase database(GetParam());
    append_rows(*database, 3);
    Consumer consumer;
    {
        Follower follower(*database, {.name = "index"}, consumer.function());
        ASSERT_TRUE(follower.wait_for(3, base::seconds(10)));
    }
    append_rows(*database, 2);
    database.reopen();
    {
        Follower follower(*database, {.name = "index"}, consumer.function());
        ASSERT_TRUE(follower.wait_for(5, base::seconds(10)));
    }
    EXPECT_EQ(consumer.seen(), numbers(1, 5));
    Consumer given;
    Follower follower(*database, {.after = 4}, given.function());
    ASSERT_TRUE(follower.wait_for(5, base::seconds(10)));
    EXPECT_EQ(given.seen(), numbers(5, 5));
}

TEST_P(FollowerTest, OffersRefusedRowsAgain) {
    support::TestDatabase database(GetParam());
    append_rows(*database, 3);
    Consumer consumer;
    consumer.fail_next(2);
    Follower follower(*database, {.name = "mail", .pause = base::milliseconds(10)},
                      consumer.function());
    ASSERT_TRUE(follower.wait_for(3, base::seconds(10)));
    EXPECT_EQ(consumer.seen(), numbers(1, 3));
}

TEST_P(FollowerTest, SeesWhatOtherNodesCommit) {
    support::TestDatabase database(GetParam());
    Consumer consumer;
    Follower follower(*database, {.pause = base::milliseconds(50)}, consumer.function());
    std::unique_ptr<store::Database> other = database.open_again();
    append_rows(*other, 4);
    ASSERT_TRUE(follower.wait_for(4, base::seconds(10)));
    EXPECT_EQ(consumer.seen(), numbers(1, 4));
}

TEST_P(FollowerTest, AnswersAreRememberedUntilTheyExpire) {
    support::TestDatabase database(GetParam());
    store::IdempotencyTable table(*database, nullptr, base::hours(1));
    store::RememberedAnswer answer{"hash", 201, "application/json", "{\"名\":1}", "/entries/1"};
    store::RememberedAnswer other = answer;
    other.body = "other";
    EXPECT_EQ(*table.recall("account-1", "key"), std::nullopt);
    ASSERT_TRUE(table.remember("account-1", "key", answer));
    ASSERT_TRUE(table.remember("account-1", "key", other));
    EXPECT_EQ(*table.recall("account-1", "key"), answer);
    EXPECT_EQ(*table.recall("account-2", "key"), std::nullopt);
    database.clock().advance(base::hours(1));
    EXPECT_EQ(*table.recall("account-1", "key"), std::nullopt);
    ASSERT_TRUE(table.remember("account-1", "key", other));
    EXPECT_EQ(*table.recall("account-1", "key"), other);
    EXPECT_EQ(*table.sweep(), 0);
    database.clock().advance(base::hours(2));
    EXPECT_EQ(*table.sweep(), 1);
    // Refused together with the effect it belongs to.
    Status refused = database->write<void>([&](Transaction& transaction) -> Status {
        table.remember(transaction, "account-1", "key", answer);
        return base::refuse(base::conflict("no"));
    });
    EXPECT_FALSE(refused);
    EXPECT_EQ(*table.recall("account-1", "key"), std::nullopt);
}

ON_BOTH_DATABASES(FollowerTest);

}  // namespace
