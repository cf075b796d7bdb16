// Properties I1–I21 of the auction core, and the seeded simulation.
#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "trade/auction_record.h"
#include "trade/auction_script.h"
#include "trade/auction_simulate.h"

namespace {

using trade::AuctionRules;
using trade::AuctionState;
using trade::AuctionType;
using trade::Code;
using trade::Event;

AuctionRules rules_of(AuctionType type, trade::Parameters more) {
    trade::Parameters made{{"open", "09:00"},   {"close", "10:00"},     {"deposit", "200"},
                           {"tie", "earliest"}, {"bidders", "A,B,C,D"}, {"start", "100"}};
    for (auto& [name, value] : more)
        made[name] = value;
    auto rules = trade::read_rules(type, made, trade::scenario_day());
    if (!rules) throw std::runtime_error(base::describe(rules.error()));
    return *rules;
}

Event bid(std::string who, std::int64_t fen) {
    Event event;
    event.action = trade::Action::bid;
    event.actor = std::move(who);
    event.amount = base::Money::fen(fen).to_string();
    event.salt = "salt";
    return event;
}

void run_out(const AuctionRules& rules, AuctionState& state) {
    while (auto due = trade::next_due(state))
        trade::apply(rules, state, {}, *due);
}

const char* const names[] = {"A", "B", "C", "D"};

/// Bids of A, B, C, D in yuan × scale, in the given order.
AuctionState sealed_sale(const AuctionRules& rules, const std::vector<std::int64_t>& yuan,
                         const std::vector<std::size_t>& order, std::int64_t scale = 1) {
    AuctionState state = trade::begin_auction(rules);
    base::Time at = rules.open;
    for (std::size_t index : order) {
        at = at + base::seconds(1);
        auto step = trade::apply(rules, state, bid(names[index], yuan[index] * 100 * scale), at);
        RC_ASSERT(step.outcome.code == Code::accepted);
    }
    run_out(rules, state);
    return state;
}

std::vector<std::int64_t> distinct_amounts() {
    return *rc::gen::unique<std::vector<std::int64_t>>(4,
                                                       rc::gen::inRange<std::int64_t>(100, 9999));
}

RC_GTEST_PROP(AuctionProperties, I4ArrivalOfUnequalSealedBidsChangesNothing, ()) {
    std::vector<std::int64_t> amounts = distinct_amounts();
    std::vector<std::size_t> order{0, 1, 2, 3};
    auto type = *rc::gen::element(AuctionType::sealed_first, AuctionType::sealed_second);
    AuctionRules rules = rules_of(type, {});
    AuctionState first = sealed_sale(rules, amounts, order);
    std::next_permutation(order.begin(), order.end());
    std::reverse(order.begin(), order.begin() + 2);
    AuctionState second = sealed_sale(rules, amounts, order);
    RC_ASSERT(first.awards == second.awards);
    std::vector<std::int64_t> sorted = amounts;
    std::ranges::sort(sorted, std::greater<>());
    auto best = std::ranges::max_element(amounts) - amounts.begin();
    RC_ASSERT(first.awards.front().bidder == names[best]);
    std::int64_t pays = type == AuctionType::sealed_first ? sorted[0] : sorted[1];
    RC_ASSERT(first.awards.front().price == base::Money::yuan(pays));
}

RC_GTEST_PROP(AuctionProperties, I5SecondPriceDoesNotDependOnTheWinnersOwnBid, ()) {
    std::vector<std::int64_t> amounts = distinct_amounts();
    AuctionRules rules = rules_of(AuctionType::sealed_second, {{"reserve", "500"}});
    AuctionState first = sealed_sale(rules, amounts, {0, 1, 2, 3});
    RC_PRE(!first.awards.empty());
    auto best = static_cast<std::size_t>(std::ranges::max_element(amounts) - amounts.begin());
    amounts[best] += *rc::gen::inRange<std::int64_t>(1, 5000);
    AuctionState second = sealed_sale(rules, amounts, {0, 1, 2, 3});
    RC_ASSERT(first.awards == second.awards);
    RC_ASSERT(first.awards.front().price >= base::Money::yuan(500));
}

RC_GTEST_PROP(AuctionProperties, I13OneMoreSealedBidNeverLowersThePrice, ()) {
    std::vector<std::int64_t> amounts = distinct_amounts();
    bool units = *rc::gen::arbitrary<bool>();
    AuctionRules rules =
        units ? rules_of(AuctionType::multi_unit, {{"units", "2"}, {"pricing", "uniform"}})
              : rules_of(AuctionType::sealed_second, {});
    AuctionState fewer = sealed_sale(rules, amounts, {0, 1, 2});
    AuctionState more = sealed_sale(rules, amounts, {0, 1, 2, 3});
    RC_ASSERT(more.awards.front().price >= fewer.awards.front().price);
    for (const trade::Award& award : more.awards) {
        auto index = static_cast<std::size_t>(award.bidder[0] - 'A');
        RC_ASSERT(award.price <= base::Money::yuan(amounts[index]));
    }
}

RC_GTEST_PROP(AuctionProperties, I14ScalingMoneyScalesTheResult, ()) {
    std::vector<std::int64_t> amounts = distinct_amounts();
    std::int64_t scale = *rc::gen::inRange<std::int64_t>(2, 1000);
    auto scored = [&](std::int64_t factor) {
        AuctionRules rules =
            rules_of(AuctionType::scored, {{"start", std::to_string(100 * factor)},
                                           {"reference", std::to_string(5000 * factor)},
                                           {"price_weight", "60"},
                                           {"quality_weight", "40"}});
        AuctionState state = trade::begin_auction(rules);
        Event points;
        points.action = trade::Action::quality;
        points.points = {{"A", "70"}, {"B", "20"}, {"C", "55.5"}, {"D", "90"}};
        trade::apply(rules, state, points, rules.open);
        for (std::size_t index = 0; index < 4; ++index) {
            trade::apply(rules, state, bid(names[index], amounts[index] * 100 * factor),
                         rules.open);
        }
        run_out(rules, state);
        return state.awards.front();
    };
    trade::Award one = scored(1), many = scored(scale);
    RC_ASSERT(one.bidder == many.bidder);
    RC_ASSERT(one.price.minor * scale == many.price.minor);
}

RC_GTEST_PROP(AuctionProperties, I21CloseAndBidAreJudgedByStampAndOrderAlone, ()) {
    std::int64_t offset = *rc::gen::inRange<std::int64_t>(-3, 4);
    std::int64_t late_by = *rc::gen::inRange<std::int64_t>(0, 5);
    AuctionRules rules = rules_of(AuctionType::english, {{"step", "1"}});
    AuctionState on_time = trade::begin_auction(rules), late = trade::begin_auction(rules);
    base::Time stamp = rules.close + base::microseconds(offset);
    // One writer's timer fires at the close, the other's only when the bid comes, or later.
    if (offset >= 0) trade::apply(rules, on_time, {}, rules.close);
    auto first = trade::apply(rules, on_time, bid("A", 10'000), stamp);
    auto second = trade::apply(rules, late, bid("A", 10'000), stamp);
    trade::apply(rules, on_time, {}, rules.close + base::seconds(late_by));
    trade::apply(rules, late, {}, rules.close + base::seconds(late_by));
    RC_ASSERT(first.outcome.code == second.outcome.code);
    RC_ASSERT((first.outcome.code == Code::accepted) == (offset < 0));
    RC_ASSERT(on_time.head == late.head);
}

RC_GTEST_PROP(AuctionProperties, SealedAnswersDoNotDependOnHiddenBids, ()) {
    // Non-interference: what A is told must be the same whatever B has bid.
    AuctionRules rules =
        rules_of(AuctionType::sealed_first, {{"step", "10"}, {"step_multiple", "yes"}});
    std::int64_t own = *rc::gen::inRange<std::int64_t>(1, 3000);
    auto answer = [&](std::int64_t hidden) {
        AuctionState state = trade::begin_auction(rules);
        trade::apply(rules, state, bid("B", hidden * 1'000), rules.open);
        return trade::apply(rules, state, bid("A", own * 100), rules.open).outcome;
    };
    std::int64_t low = *rc::gen::inRange<std::int64_t>(10, 100);
    std::int64_t high = *rc::gen::inRange<std::int64_t>(100, 1000);
    RC_ASSERT(answer(low) == answer(high));
}

RC_GTEST_PROP(AuctionProperties, LedgerNeverLosesAFen, ()) {
    trade::Ledger ledger;
    base::Money in;
    for (int round = 0; round < 40; ++round) {
        trade::Posting posting;
        posting.owner = std::string(1, static_cast<char>('A' + *rc::gen::inRange(0, 3)));
        posting.from = static_cast<trade::Account>(*rc::gen::inRange(0, trade::account_count));
        posting.to = static_cast<trade::Account>(*rc::gen::inRange(0, trade::account_count));
        posting.amount = base::Money::fen(*rc::gen::inRange<std::int64_t>(-5, 500));
        const trade::Account from = posting.from, to = posting.to;
        base::Money amount = posting.amount;
        if (ledger.post(posting)) {
            if (from == trade::Account::outside) in += amount;
            // Money of another sale goes back out, to the books it was meant for.
            if (to == trade::Account::outside) in = in - amount;
        }
        RC_ASSERT(ledger.balanced());
        RC_ASSERT(ledger.received() == in);
    }
}

RC_GTEST_PROP(AuctionProperties, ScoresAreATotalOrder, ()) {
    auto score = [] {
        return trade::Score{*rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000),
                            *rc::gen::inRange<std::int64_t>(1, 1'000'000'000'000)};
    };
    trade::Score a = score(), b = score();
    __int128 left = a.numerator * b.denominator, right = b.numerator * a.denominator;
    RC_ASSERT((a < b) == (left < right));
    RC_ASSERT((a == b) == (left == right));
    RC_ASSERT((a > b) == (b < a));
}

TEST(AuctionSimulation, SeedsKeepTheInvariantsAndRepeatByteForByte) {
    std::uint64_t accepted = 0, sold = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        trade::SimulationReport report = trade::simulate_auctions(seed, 2);
        for (const std::string& violation : report.violations)
            ADD_FAILURE() << seed << ": " << violation;
        accepted += report.accepted;
        sold += report.sold;
    }
    EXPECT_GT(accepted, 5'000U);
    EXPECT_GT(sold, 500U);
    EXPECT_EQ(trade::simulate_auctions(7, 3).text, trade::simulate_auctions(7, 3).text);
    EXPECT_NE(trade::simulate_auctions(7, 3).text, trade::simulate_auctions(8, 3).text);
}

}  // namespace
