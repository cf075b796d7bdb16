// The running writer of a sale on both databases: durable answers, retries, restarts, two nodes,
// sealed bids under keys, agents, a reserve that nobody reads before its time.
#include "trade/auction_desk.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <gmock/gmock.h>

#include "base/yaml.h"
#include "support/database_fixture.h"
#include "trade/auction_record.h"
#include "trade/migrations.h"

namespace {

using namespace trade;
using store::Dialect;

template <class T>
T must(base::Result<T> result) {
    CHECK_WITH(result.has_value(), base::describe(result.error()));
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

base::Id<party::Organisation> organisation(int number) {
    std::string digits = std::to_string(number);
    return base::Id<party::Organisation>("01J" + std::string(23 - digits.size(), '0') + digits);
}

std::vector<store::Migration> steps() {
    return {auction_migrations().begin(), auction_migrations().end()};
}

/// A database with the desk of one node over it; the clock stands at 09:00 of the sale's day.
struct World {
    explicit World(Dialect dialect)
        : database(dialect, steps()),
          permissions(must(party::Permissions::from(
              must(base::Yaml::parse("auction.announce: [clock]\nauction.operate: [clock]\n"
                                     "auction.bid: [clock]\n",
                                     "permissions.yaml"))))),
          vault(must(base::Vault::open_or_create(database.folder() / "master.key"))),
          auctions(permissions, *vault) {
        start();
    }
    void start(AuctionDesk::Options options = {}) {
        desk.reset();
        desk = std::make_unique<AuctionDesk>(*database, auctions, options);
    }
    /// As after a kill, once the lease has run out; an embedded database does not wait for that.
    void die() {
        desk.reset();
        bool alone = database.dialect() == Dialect::sqlite;
        database.tamper("update trade_auction set lease_until = " +
                        std::string(alone ? "9000000000000000" : "1"));
        database.reopen();
    }
    base::Time at(std::string_view time) { return *read_moment(time, day); }
    void clock(std::string_view time) { database.clock().set(at(time)); }

    Auction announce(AuctionType type, Parameters parameters, AuctionDraft draft = {}) {
        parameters.insert({{"open", "09:10:00"}, {"close", "10:00:00"}, {"deposit", "200"}});
        draft.rules = must(read_rules(type, parameters, day));
        draft.title = "固废制砖";
        draft.host = organisation(90);
        draft.seller = organisation(91);
        for (int number = 1; number <= 3; ++number) {
            draft.bidders.push_back(
                {organisation(number), "单位" + std::to_string(number), base::Money::yuan(200)});
        }
        auto made = must(database->write<Auction>([&](store::Transaction& transaction) {
            return auctions.announce(transaction, party::Actor::system(), draft);
        }));
        for (int number = 1; number <= 3; ++number)
            alias.push_back(alias_of(made.id, number));
        return made;
    }
    std::string alias_of(const base::Id<Auction>& id, int number) {
        return must(database->read<std::string>([&](store::Reader& reader) {
            return base::Result<std::string>(
                Auctions::seat_of(reader, id, organisation(number))->alias);
        }));
    }
    DeskAnswer bid(const Auction& sale, int who, std::string amount, std::string_view key = {}) {
        Event event{.action = Action::bid, .actor = alias[static_cast<std::size_t>(who - 1)]};
        event.amount = std::move(amount);
        return must(desk->act(sale.id, event, key));
    }
    std::string code(const Auction& sale, int who, std::string amount, std::string_view key = {}) {
        return std::string(name_of(bid(sale, who, std::move(amount), key).outcome.code));
    }
    std::shared_ptr<const AuctionView> view(const Auction& sale) {
        return must(desk->view(sale.id));
    }
    /// What the public can recompute must be what is stored.
    Replayed replayed(const Auction& sale) {
        auto made = replay(must(base::parse_json(must(desk->record(sale.id)))));
        CHECK_WITH(made.has_value(), base::describe(made.error()));
        auto stored = view(sale);
        EXPECT_EQ(made->head, stored->auction.head);
        EXPECT_EQ(made->state.phase, stored->state.phase);
        EXPECT_EQ(made->state.bids, stored->state.bids);
        EXPECT_EQ(made->state.awards, stored->state.awards);
        return std::move(*made);
    }
    std::vector<std::string> types(const Auction& sale) {
        std::vector<std::string> list;
        for (const LogEntry& entry : events(sale))
            list.push_back(entry.type);
        return list;
    }
    std::vector<LogEntry> events(const Auction& sale) {
        return must(database->read<std::vector<LogEntry>>([&](store::Reader& reader) {
            return base::Result<std::vector<LogEntry>>(Auctions::events(reader, sale.id));
        }));
    }
    /// Every text of the tables, to look for what must not be there.
    std::string all_text() {
        return must(database->read<std::string>([&](store::Reader& reader) {
            std::string all;
            for (const char* sql : {"select rules, reserve, head, title from trade_auction",
                                    "select type, payload, sealed from trade_auction_event",
                                    "select digest, outcome, key_hash from trade_auction_answer",
                                    "select maximum, alias from trade_auction_agent",
                                    "select payload, action from change_log"}) {
                for (const store::Row& row : reader.query(sql)) {
                    for (std::size_t column = 0; column < row.size(); ++column)
                        all += row.text(column) + "\n";
                }
            }
            return base::Result<std::string>(all);
        }));
    }

    support::TestDatabase database;
    base::Time day = base::start_of_day(base::Date{2026, 3, 2});
    party::Permissions permissions;
    std::unique_ptr<base::Vault> vault;
    Auctions auctions;
    std::vector<std::string> alias;
    std::unique_ptr<AuctionDesk> desk;
};

class AuctionDeskTest : public support::DatabaseTest {};

const Parameters english{{"start", "1000"}, {"step", "100"}, {"window", "2m"}};

TEST_P(AuctionDeskTest, KeepsWhatItAnswered) {
    World world(GetParam());
    Auction sale = world.announce(AuctionType::english, english);
    EXPECT_EQ(sale.phase, "announced");
    EXPECT_EQ(world.code(sale, 1, "1000"), "not_open_yet");
    world.clock("09:20:00");
    DeskAnswer first = world.bid(sale, 1, "1000", "key-1");
    EXPECT_EQ(first.outcome.code, Code::accepted);
    EXPECT_EQ(first.hash, base::to_hex(world.events(sale).at(0).hash));
    EXPECT_EQ(world.code(sale, 2, "1050", "key-2"), "below_min_step");
    EXPECT_EQ(world.code(sale, 2, "1100"), "accepted");
    EXPECT_EQ(world.view(sale)->auction.phase, "bidding");
    world.die();
    world.start();
    // The same key gets the first answer, accepted or refused, and nothing happens twice.
    DeskAnswer again = world.bid(sale, 1, "1000.00", "key-1");
    EXPECT_EQ(again.outcome.repeat, Outcome::Repeat::repeated);
    EXPECT_EQ(again.outcome.seq, first.outcome.seq);
    EXPECT_EQ(world.code(sale, 1, "1200", "key-1"), "idempotency_conflict");
    world.clock("09:30:00");
    EXPECT_EQ(world.bid(sale, 2, "1050", "key-2").outcome.code, Code::below_min_step);
    EXPECT_EQ(world.events(sale).size(), 2U);
    world.clock("10:30:00");
    EXPECT_EQ(world.code(sale, 3, "1300"), "bidding_closed");
    EXPECT_EQ(world.view(sale)->state.closed_at, world.at("10:00:00"));
    Replayed made = world.replayed(sale);
    EXPECT_EQ(made.state.awards.at(0).bidder, world.alias[1]);
}

TEST_P(AuctionDeskTest, TellsOthersInTheSameTransaction) {
    World world(GetParam());
    std::vector<std::string> news;
    world.desk.reset();
    world.auctions.listen([&](store::Transaction&, const Auction&, const AuctionNews& item) {
        if (item.kind == EffectKind::closed) {
            EXPECT_EQ(item.organisation, organisation(2));
            news.push_back("closed " + item.amount.to_string());
        }
        if (item.kind == EffectKind::deposit_released) {
            news.push_back("released " + item.amount.to_string());
        }
        return base::Status();
    });
    world.start();
    Auction sale = world.announce(AuctionType::english, english);
    world.clock("09:20:00");
    EXPECT_EQ(world.code(sale, 2, "1500"), "accepted");
    world.clock("10:00:00");
    must(world.desk->run_due());
    EXPECT_THAT(news, testing::UnorderedElementsAre("closed 1500.00", "released 200.00",
                                                    "released 200.00"));
    EXPECT_EQ(world.view(sale)->auction.phase, "closed");
}

TEST_P(AuctionDeskTest, ARestartInTheLastMinutesIsAnOutage) {
    World world(GetParam());
    Auction sale = world.announce(AuctionType::english, english);
    world.clock("09:58:30");
    EXPECT_EQ(world.code(sale, 1, "1000"), "accepted");
    world.die();
    world.clock("10:01:00");
    world.database.tamper("update trade_auction set lease_until = 0");
    world.start();
    must(world.desk->run_due());
    // The close at 10:00:30 fell into the outage: it does not fire, and time is given back.
    EXPECT_EQ(world.code(sale, 2, "1100"), "accepted");
    EXPECT_THAT(world.types(sale),
                testing::ElementsAre("bid", "outage_begins", "outage_ends", "bid"));
    EXPECT_GE(*world.view(sale)->state.deadline, world.at("10:03:00"));
    world.clock("10:30:00");
    must(world.desk->run_due());
    EXPECT_EQ(world.replayed(sale).state.awards.at(0).bidder, world.alias[1]);
}

TEST_P(AuctionDeskTest, ACloseThatFellBeforeTheStopStands) {
    World world(GetParam());
    Auction sale = world.announce(AuctionType::english, english);
    world.clock("09:20:00");
    EXPECT_EQ(world.code(sale, 1, "1000"), "accepted");
    world.clock("10:05:00");
    world.database.tamper("update trade_auction set alive_at = " +
                          std::to_string(world.at("10:00:01").microseconds));
    world.desk.reset();
    world.database.tamper(
        "update trade_auction set last_seq = 1, phase = 'bidding', lease_until = 1");
    must(world.database->write<void>([&](store::Transaction& transaction) -> base::Status {
        transaction.execute("delete from trade_auction_event where seq > 1");
        return {};
    }));
    world.start();
    must(world.desk->run_due());
    EXPECT_EQ(world.view(sale)->state.closed_at, world.at("10:00:00"));
    EXPECT_THAT(world.types(sale), testing::ElementsAre("bid", "closed"));
}

TEST_P(AuctionDeskTest, ManyHandsMakeOneOrder) {
    World world(GetParam());
    Auction sale = world.announce(AuctionType::english, english);
    world.clock("09:20:00");
    std::atomic<int> accepted = 0;
    std::vector<std::jthread> hands;
    for (int who = 1; who <= 3; ++who) {
        hands.emplace_back([&, who] {
            for (int number = 0; number < 40; ++number) {
                int amount = 1000 + 100 * (3 * number + who);
                if (world.code(sale, who, std::to_string(amount)) == "accepted") ++accepted;
            }
        });
    }
    hands.clear();
    std::vector<LogEntry> events = world.events(sale);
    EXPECT_EQ(events.size(), static_cast<std::size_t>(accepted));
    EXPECT_GT(accepted, 0);
    world.replayed(sale);
}

TEST_P(AuctionDeskTest, BidsUnderTwoKeysAreReadByNobody) {
    World world(GetParam());
    BoxKeys notary = make_box_keys(), officer = make_box_keys();
    AuctionDraft draft;
    base::Id<party::Account> a(base::new_ulid({1}, world.database->random()));
    base::Id<party::Account> b(base::new_ulid({2}, world.database->random()));
    draft.key_holders = {{a, "公证处", notary.public_key}, {b, "监督员", officer.public_key}};
    Auction sale = world.announce(
        AuctionType::sealed_second,
        {{"start", "1000"}, {"opening", "by_keys"}, {"reserve", "1777"}, {"reserve_secret", "yes"}},
        draft);
    world.clock("09:20:00");
    DeskAnswer sealed = world.bid(sale, 1, "23456.78", "a key nobody could guess");
    EXPECT_EQ(sealed.outcome.code, Code::accepted);
    EXPECT_FALSE(sealed.salt.empty());
    EXPECT_EQ(world.code(sale, 2, "34567.89", "another key nobody guesses"), "accepted");
    EXPECT_EQ(world.code(sale, 3, "900"), "below_start_price");
    for (const char* secret : {"23456.78", "34567.89", "1777"}) {
        EXPECT_THAT(world.all_text(), testing::Not(testing::HasSubstr(secret)));
        EXPECT_THAT(must(world.desk->record(sale.id)), testing::Not(testing::HasSubstr(secret)));
    }
    world.die();
    world.start();
    EXPECT_EQ(world.bid(sale, 1, "23456.78", "a key nobody could guess").outcome.repeat,
              Outcome::Repeat::repeated);
    party::Actor first, second;
    first.account = a;
    second.account = b;
    auto refused = [&](const party::Actor& actor, const std::string& key) {
        base::Status given = world.desk->give_key(sale.id, actor, key);
        return given ? "" : given.error().code;
    };
    EXPECT_EQ(refused(first, notary.secret_key), "key_not_needed_yet");
    world.clock("10:00:00");
    must(world.desk->run_due());
    EXPECT_EQ(world.view(sale)->auction.phase, "awaiting_opening");
    EXPECT_EQ(world.code(sale, 3, "99999"), "bidding_closed");
    EXPECT_EQ(refused(first, officer.secret_key), "key_wrong");
    EXPECT_EQ(refused(party::Actor::system(), notary.secret_key), "forbidden_role");
    EXPECT_EQ(refused(first, notary.secret_key), "");
    EXPECT_EQ(refused(first, notary.secret_key), "key_given");
    EXPECT_EQ(world.view(sale)->auction.phase, "awaiting_opening");
    world.die();
    world.start();
    world.clock("10:20:00");
    EXPECT_EQ(refused(second, officer.secret_key), "");
    Replayed made = world.replayed(sale);
    EXPECT_EQ(made.state.awards.at(0).bidder, world.alias[1]);
    EXPECT_EQ(made.state.awards.at(0).price.to_string(), "23456.78");
    std::string record = must(world.desk->record(sale.id));
    EXPECT_THAT(record, testing::HasSubstr("1777.00"));
    EXPECT_THAT(record, testing::HasSubstr(notary.secret_key.substr(0, 20)));
}

TEST_P(AuctionDeskTest, ABoxThatWasChangedIsNamed) {
    World world(GetParam());
    BoxKeys notary = make_box_keys(), officer = make_box_keys();
    AuctionDraft draft;
    base::Id<party::Account> a(base::new_ulid({1}, world.database->random()));
    base::Id<party::Account> b(base::new_ulid({2}, world.database->random()));
    draft.key_holders = {{a, "公证处", notary.public_key}, {b, "监督员", officer.public_key}};
    Auction sale = world.announce(AuctionType::sealed_first,
                                  {{"start", "1000"}, {"opening", "by_keys"}}, draft);
    world.clock("09:20:00");
    EXPECT_EQ(world.code(sale, 1, "2000"), "accepted");
    EXPECT_EQ(world.code(sale, 2, "3000"), "accepted");
    world.die();
    // The boxes of two bidders change places: both open, neither fits its commitment.
    world.database.tamper(
        "update trade_auction_event set sealed = (select other.sealed from trade_auction_event "
        "other where other.auction = trade_auction_event.auction and "
        "other.seq = 3 - trade_auction_event.seq)");
    world.start();
    must(world.desk->run_due());
    world.clock("10:00:00");
    party::Actor first, second;
    first.account = a;
    second.account = b;
    must(world.desk->give_key(sale.id, first, notary.secret_key));
    base::Status opened = world.desk->give_key(sale.id, second, officer.secret_key);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, "record_event_changed");
    EXPECT_EQ(opened.error().parameters["seq"], "1");
}

TEST_P(AuctionDeskTest, ASecretReserveIsCommittedTo) {
    World world(GetParam());
    Parameters rules = english;
    rules.insert({{"reserve", "54321"}, {"reserve_secret", "yes"}});
    Auction sale = world.announce(AuctionType::english, rules);
    world.clock("09:20:00");
    EXPECT_EQ(world.code(sale, 1, "2000"), "accepted");
    EXPECT_THAT(world.all_text(), testing::Not(testing::HasSubstr("54321")));
    EXPECT_THAT(must(world.desk->record(sale.id)), testing::Not(testing::HasSubstr("54321")));
    world.clock("10:00:00");
    must(world.desk->run_due());
    Replayed made = world.replayed(sale);
    EXPECT_EQ(made.state.failure, "reserve_not_met");
    std::string record = must(world.desk->record(sale.id));
    EXPECT_THAT(record, testing::HasSubstr("54321.00"));
    std::string changed = record;
    changed.replace(changed.find("54321.00"), 8, "54322.00");
    auto wrong = replay(must(base::parse_json(changed)));
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(wrong.error().code, "record_reserve_changed");
}

TEST_P(AuctionDeskTest, AgentsBidByRule) {
    World world(GetParam());
    AuctionDraft draft;
    draft.agent_allowed = true;
    Auction sale = world.announce(AuctionType::english, english, draft);
    world.clock("09:20:00");
    auto set = [&](int who, std::int64_t yuan) {
        return world.desk->set_agent(sale.id, world.alias[static_cast<std::size_t>(who - 1)],
                                     base::Money::yuan(yuan));
    };
    must(set(1, 3000));
    EXPECT_EQ(world.view(sale)->state.best()->amount, base::Money::yuan(1000));
    EXPECT_EQ(world.code(sale, 2, "1500"), "accepted");
    EXPECT_EQ(world.view(sale)->state.lead, world.alias[0]);
    EXPECT_EQ(world.view(sale)->state.best()->amount, base::Money::yuan(1600));
    must(set(3, 2500));
    EXPECT_EQ(world.view(sale)->state.lead, world.alias[0]);
    EXPECT_EQ(world.view(sale)->state.best()->amount, base::Money::yuan(2600));
    EXPECT_EQ(set(3, 2000).error().code, "agent_maximum_too_low");
    EXPECT_THAT(world.all_text(), testing::Not(testing::HasSubstr("3000.00")));
    world.die();
    world.start();
    EXPECT_EQ(world.code(sale, 2, "2900"), "accepted");
    EXPECT_EQ(world.view(sale)->state.best()->amount, base::Money::yuan(3000));
    EXPECT_EQ(world.code(sale, 2, "3100"), "accepted");
    EXPECT_EQ(world.view(sale)->state.lead, world.alias[1]);
    world.replayed(sale);
}

TEST_P(AuctionDeskTest, CarriesOutWhatOtherTransactionsAsked) {
    World world(GetParam());
    Auction sale = world.announce(AuctionType::english, english);
    world.clock("09:20:00");
    std::string fourth = must(world.database->write<std::string>([&](auto& transaction) {
        return world.auctions.admit(transaction, party::Actor::system(), sale.id,
                                    {organisation(4), "单位4", base::Money::yuan(200)});
    }));
    Event bid{.action = Action::bid, .actor = fourth, .amount = "1000"};
    EXPECT_EQ(must(world.desk->act(sale.id, bid)).outcome.code, Code::accepted);
    must(world.database->write<void>([&](store::Transaction& transaction) {
        return world.auctions.withdraw_bidder(transaction, party::Actor::system(), sale.id,
                                              organisation(4), "决定书 1 号");
    }));
    must(world.desk->run_due());
    bid.amount = "1200";
    EXPECT_EQ(must(world.desk->act(sale.id, bid)).outcome.code, Code::bidder_suspended);
    auto ask = [&](Action action) {
        must(world.database->write<void>([&](store::Transaction& transaction) {
            return world.auctions.request(transaction, party::Actor::system(), sale.id,
                                          {.action = action});
        }));
        must(world.desk->run_due());
    };
    ask(Action::suspend);
    EXPECT_EQ(world.code(sale, 1, "1200"), "procedure_suspended");
    world.clock("09:40:00");
    ask(Action::resume);
    EXPECT_EQ(world.view(sale)->state.deadline, world.at("10:20:00"));
    EXPECT_EQ(world.code(sale, 1, "1200"), "accepted");
    world.clock("10:20:00");
    must(world.desk->run_due());
    world.replayed(sale);
}

TEST_P(AuctionDeskTest, ATamperedTableIsNamed) {
    World world(GetParam());
    Auction sale = world.announce(AuctionType::english, english);
    world.clock("09:20:00");
    EXPECT_EQ(world.code(sale, 1, "1000"), "accepted");
    EXPECT_EQ(world.code(sale, 2, "1100"), "accepted");
    world.die();
    world.database.tamper(
        "update trade_auction_event set payload = "
        "replace(payload, '1000', '1001') where seq = 1");
    world.start();
    auto record = world.desk->record(sale.id);
    ASSERT_FALSE(record.has_value());
    EXPECT_EQ(record.error().code, "record_event_changed");
    EXPECT_EQ(record.error().parameters["seq"], "1");
}

TEST_P(AuctionDeskTest, RowsThatCannotBeReadStopNobody) {
    World world(GetParam());
    Auction sale = world.announce(AuctionType::english, english);
    Auction other = world.announce(AuctionType::english, english);
    world.clock("09:20:00");
    EXPECT_EQ(world.code(sale, 1, "1000", "key-one"), "accepted");
    must(world.database->write<void>([&](store::Transaction& transaction) -> base::Status {
        return world.auctions.request(transaction, party::Actor::system(), sale.id,
                                      {.action = Action::suspend, .document = "D1"});
    }));
    world.database.tamper("update trade_auction_command set event = '{\"action\":\"explode\"}'");
    world.database.tamper("update trade_auction_answer set outcome = '{\"code\":\"magic\"}'");
    world.die();
    world.start();
    must(world.desk->run_due());
    EXPECT_EQ(world.view(sale)->state.phase, Phase::bidding);
    EXPECT_EQ(world.code(sale, 2, "1100"), "accepted");
    world.die();
    world.database.tamper("update trade_auction set rules = '{}' where id = '" + sale.id.text() +
                          "'");
    world.database.tamper("update trade_auction_event set hash = 'xyz'");
    world.start();
    EXPECT_EQ(world.desk->view(sale.id).error().code, "record_rules_changed");
    world.alias.erase(world.alias.begin(), world.alias.begin() + 3);
    EXPECT_EQ(world.code(other, 1, "1000"), "accepted");
}

ON_BOTH_DATABASES(AuctionDeskTest);

/// The lease: only where several nodes can share a database.
TEST(AuctionLeaseTest, AnotherNodeTakesOverAndTheFirstIsFencedOff) {
    World world(Dialect::postgresql);
    world.start({.lease_length = base::seconds(1), .heartbeat = base::hours(1)});
    Auction sale = world.announce(AuctionType::english, english);
    world.clock("09:20:00");
    EXPECT_EQ(world.code(sale, 1, "1000", "key-of-first"), "accepted");
    auto other_database = world.database.open_again();
    AuctionDesk other(*other_database, world.auctions);
    Event bid{.action = Action::bid, .actor = world.alias[1], .amount = "1100"};
    auto early = other.act(sale.id, bid);
    ASSERT_FALSE(early.has_value());
    EXPECT_EQ(early.error().code, "storage_unavailable");
    // The first node is silent; its lease runs out by the database's clock.
    std::this_thread::sleep_for(std::chrono::milliseconds(1200));
    EXPECT_EQ(must(other.act(sale.id, bid)).outcome.code, Code::accepted);
    // It wakes up believing that it still writes: the fence holds, and nothing is doubled.
    Event late{.action = Action::bid, .actor = world.alias[2], .amount = "1200"};
    auto fenced = world.desk->act(sale.id, late);
    ASSERT_FALSE(fenced.has_value());
    EXPECT_EQ(fenced.error().code, "storage_unavailable");
    Event retry{.action = Action::bid, .actor = world.alias[0], .amount = "1000"};
    auto repeated = must(other.act(sale.id, retry, "key-of-first"));
    EXPECT_EQ(repeated.outcome.repeat, Outcome::Repeat::repeated);
    EXPECT_THAT(world.events(sale), testing::SizeIs(testing::Ge(2U)));
    auto made = replay(must(base::parse_json(must(other.record(sale.id)))));
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(made->state.lead, world.alias[1]);
}

}  // namespace
