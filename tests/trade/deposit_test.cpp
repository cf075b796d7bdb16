// The deposit books: double entry, the invariant at every moment, on both databases.
#include <gtest/gtest.h>

#include "support/database_fixture.h"
#include "trade/deposit.h"
#include "trade/migrations.h"
#include "trade/statement.h"

namespace {

using trade::Account;
using trade::Deposits;

std::vector<store::Migration> steps() {
    const auto part = trade::listing_migrations();
    return {part.begin(), part.end()};
}

std::string code_of(const base::Status& status) {
    return status ? "" : status.error().code;
}

class DepositTest : public support::DatabaseTest {};
ON_BOTH_DATABASES(DepositTest);

base::Status post(store::Database& database, std::string_view procedure, std::string owner,
                  Account from, Account to, base::Money amount,
                  std::optional<base::Time> due = {}) {
    return database.write<void>([&](store::Transaction& transaction) {
        return Deposits::post(transaction, procedure, {std::move(owner), from, to, amount, "test"},
                              "statement:1", due);
    });
}

Deposits::Check check(store::Database& database) {
    return *database.read<Deposits::Check>(
        [](store::Reader& reader) -> base::Result<Deposits::Check> {
            return Deposits::check(reader);
        });
}

TEST_P(DepositTest, WhatCameInIsHeldReturnedOrForfeitedAtEveryMoment) {
    support::TestDatabase database(GetParam(), steps());
    const Account accounts[] = {Account::outside,  Account::unallocated, Account::held,
                                Account::released, Account::refunded,    Account::forfeited,
                                Account::applied,  Account::bonded,      Account::fee};
    base::SeededRandom random(GetParam() == store::Dialect::sqlite ? 7 : 11);
    int taken = 0, refused = 0;
    for (int step = 0; step < 250; ++step) {
        const std::string procedure = "L" + std::to_string(random.below(3));
        const auto amount = base::Money::fen(static_cast<std::int64_t>(random.below(5000)));
        const auto posted =
            post(*database, procedure, "B" + std::to_string(random.below(3)),
                 random.below(3) == 0 ? Account::outside : accounts[random.below(9)],
                 random.below(3) == 0 ? Account::held : accounts[random.below(9)], amount);
        posted ? ++taken : ++refused;
        if (step % 25 != 0) continue;
        const Deposits::Check found = check(*database);
        ASSERT_TRUE(found.faults.empty()) << found.faults.front();
        ASSERT_EQ(found.received, found.held + found.returned + found.forfeited + found.applied +
                                      found.unallocated);
    }
    EXPECT_GT(taken, 20);
    EXPECT_GT(refused, 20);
    EXPECT_EQ(check(*database).postings, static_cast<std::size_t>(taken));
}

TEST_P(DepositTest, NothingLeavesThatIsNotThere) {
    support::TestDatabase database(GetParam(), steps());
    const auto hundred = base::Money::yuan(100);
    EXPECT_EQ(code_of(post(*database, "L", "A", Account::held, Account::released, hundred)),
              "ledger_insufficient");
    EXPECT_EQ(code_of(post(*database, "L", "A", Account::outside, Account::held, {})),
              "ledger_amount_invalid");
    EXPECT_EQ(code_of(post(*database, "L", "A", Account::outside, Account::held, hundred)), "");
    EXPECT_EQ(code_of(post(*database, "L", "A", Account::held, Account::refunded, hundred)),
              "ledger_road_unknown");
    // Another sale's money is no money of this one.
    EXPECT_EQ(code_of(post(*database, "M", "A", Account::held, Account::released, hundred)),
              "ledger_insufficient");
}

TEST_P(DepositTest, ARefundIsOwedUntilTheBankShowsIt) {
    support::TestDatabase database(GetParam(), steps());
    const auto hundred = base::Money::yuan(100);
    const base::Time due = database.clock().now() + base::days(3);
    ASSERT_EQ(code_of(post(*database, "L", "A", Account::outside, Account::held, hundred)), "");
    ASSERT_EQ(code_of(post(*database, "L", "A", Account::held, Account::released, hundred, due)),
              "");
    const auto owed = [&] {
        return *database->read<std::vector<Deposits::Owed>>(
            [](store::Reader& reader) -> base::Result<std::vector<Deposits::Owed>> {
                return Deposits::owed(reader, "L");
            });
    };
    ASSERT_EQ(owed().size(), 1U);
    EXPECT_EQ(owed()[0].due, due);
    EXPECT_EQ(owed()[0].amount, hundred);
    const auto refund = [&](base::Money amount) {
        return code_of(database->write<void>([&](store::Transaction& transaction) {
            return Deposits::refunded(transaction, "L", "A", amount, "statement:2");
        }));
    };
    EXPECT_EQ(refund(hundred + base::Money::fen(1)), "refund_not_due");
    EXPECT_EQ(refund(hundred), "");
    EXPECT_EQ(refund(hundred), "refund_not_due");
    EXPECT_TRUE(owed().empty());
}

TEST_P(DepositTest, ABookChangedBehindTheBackOfTheProgramIsFound) {
    support::TestDatabase database(GetParam(), steps());
    ASSERT_EQ(
        code_of(post(*database, "L", "A", Account::outside, Account::held, base::Money::yuan(100))),
        "");
    ASSERT_EQ(code_of(post(*database, "L", "A", Account::held, Account::forfeited,
                           base::Money::yuan(100))),
              "");
    database.tamper("update trade_deposit_posting set amount = 20000 where seq = 2");
    // The posting that takes more than is held is the fault; what stands before it still balances.
    const std::vector<std::string> faults = check(*database).faults;
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_TRUE(faults[0].starts_with("L: ")) << faults[0];
    // Nothing more is booked into it, and nobody aborts.
    EXPECT_EQ(
        code_of(post(*database, "L", "A", Account::outside, Account::held, base::Money::yuan(1))),
        "ledger_unbalanced");
    EXPECT_EQ(
        code_of(post(*database, "M", "A", Account::outside, Account::held, base::Money::yuan(1))),
        "");
    database.tamper("update trade_deposit_posting set to_account = 'pocket' where seq = 1");
    EXPECT_EQ(check(*database).faults.size(), 2U);
}

TEST(Books, RefuseWhatWouldOverflow) {
    trade::Ledger ledger;
    const base::Money most = base::Money::fen(base::Money::minor_max);
    std::size_t taken = 0;
    while (taken < 2000 &&
           ledger.post({"A", Account::outside, Account::unallocated, most, "statement"}))
        ++taken;
    EXPECT_GT(taken, 400U);
    EXPECT_LT(taken, 500U);
    EXPECT_TRUE(ledger.balanced());
}

TEST(Payers, AreComparedWithoutSpacesAndBrackets) {
    EXPECT_TRUE(trade::same_payer("样例（广西）有限公司", "样例(广西) 有限公司"));
    EXPECT_TRUE(trade::same_payer("SAMPLE Ltd", "Sample ltd"));
    EXPECT_FALSE(trade::same_payer("样例有限公司", "样例股份有限公司"));
}

}  // namespace
