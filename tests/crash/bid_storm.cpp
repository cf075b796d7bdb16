// A bidding storm in one process, until it is killed; then checks that nothing acknowledged was lost
// or doubled, that the right bidder leads, and that the record replays. Driven by kill_nine.py.
//     bid_storm write URL FOLDER ROUND            prints "<auction> <seq> <alias> <amount> <key>"
//     bid_storm check URL FOLDER ACKNOWLEDGED_FILE
#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include <unistd.h>

#include "base/check.h"
#include "base/yaml.h"
#include "party/permission.h"
#include "store/change_log.h"
#include "store/migrate.h"
#include "trade/auction_desk.h"
#include "trade/auction_record.h"
#include "trade/migrations.h"

namespace {

using namespace trade;

constexpr int bidders = 4;
constexpr int sales = 2;

template <class T>
T required(base::Result<T> result) {
    CHECK_WITH(result.has_value(), base::describe(result.error()));
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct Setting {
    Setting(const std::string& url, const std::string& folder)
        : permissions(required(party::Permissions::from(required(base::Yaml::parse(
              "auction.announce: [clock]\nauction.operate: [clock]\nauction.bid: [clock]\n",
              "permissions.yaml"))))),
          vault(required(base::Vault::open_or_create(folder + "/master.key"))),
          auctions(permissions, *vault) {
        database = required(store::Database::open({.url = url}, clock, random));
        required(store::migrate(*database, store::store_migrations()));
        required(store::migrate(*database, auction_migrations()));
        signer = required(base::Signer::open_or_create(folder + "/signing.key", "ed25519"));
    }

    base::SystemClock clock;
    base::SecureRandom random;
    party::Permissions permissions;
    std::unique_ptr<base::Vault> vault;
    Auctions auctions;
    std::unique_ptr<store::Database> database;
    std::unique_ptr<base::Signer> signer;
};

std::vector<Auction> all_sales(Setting& setting) {
    return required(setting.database->read<std::vector<Auction>>([](store::Reader& reader) {
        return base::Result<std::vector<Auction>>(Auctions::list(reader, {}));
    }));
}

/// Sales that stay open for the whole test.
void announce(Setting& setting) {
    for (int number = 0; number < sales; ++number) {
        AuctionDraft draft;
        Parameters parameters{{"start", "1"},
                              {"step", "1"},
                              {"window", "1s"},
                              {"outage_min", "1s"},
                              {"open", base::to_iso(setting.clock.now() + base::seconds(1))},
                              {"close", base::to_iso(setting.clock.now() + base::days(2))}};
        draft.rules = required(read_rules(AuctionType::english, parameters, {}));
        draft.title = "storm";
        for (int who = 0; who < bidders; ++who) {
            base::Id<party::Organisation> id(base::new_ulid(setting.clock.now(), setting.random));
            draft.bidders.push_back({id, "bidder", base::Money::fen(0)});
        }
        required(setting.database->write<Auction>([&](store::Transaction& transaction) {
            return setting.auctions.announce(transaction, party::Actor::system(), draft);
        }));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
}

/// One hand of one bidder: bids above what it sees, retries what was not answered under its key.
void bid_for_ever(AuctionDesk& desk, const Auction& sale, const std::string& alias,
                  const std::string& round, int who) {
    std::string key, amount;
    for (int number = 0;; ++number) {
        if (key.empty()) {
            auto view = desk.view(sale.id);
            if (!view) continue;
            const Bid* best = (*view)->state.best();
            base::Money next =
                best ? best->amount + base::Money::yuan(1 + who) : base::Money::yuan(1);
            amount = next.to_string();
            key = round + "-" + alias + "-" + std::to_string(number);
        }
        Event event{.action = Action::bid, .actor = alias, .amount = amount};
        auto answer = desk.act(sale.id, event, key);
        if (!answer) continue;  // not answered: the same again under the same key
        if (answer->outcome.code == Code::accepted) {
            std::string line = sale.id.text() + ' ' + std::to_string(answer->outcome.seq) + ' ' +
                               alias + ' ' + amount + ' ' + key + '\n';
            // One system call: a line is there whole, or not at all.
            CHECK(::write(STDOUT_FILENO, line.data(), line.size()) ==
                  static_cast<ssize_t>(line.size()));
        }
        key.clear();
    }
}

[[noreturn]] void write_for_ever(Setting& setting, const std::string& round) {
    if (all_sales(setting).empty()) announce(setting);
    AuctionDesk desk(*setting.database, setting.auctions);
    std::vector<std::thread> crowd;
    for (const Auction& sale : all_sales(setting)) {
        for (int who = 0; who < bidders; ++who) {
            std::string alias = sale.rules.bidders.at(static_cast<std::size_t>(who)).alias;
            crowd.emplace_back(
                [&desk, sale, alias, round, who] { bid_for_ever(desk, sale, alias, round, who); });
        }
    }
    for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        (void)store::sign_batch(*setting.database, *setting.signer);
    }
}

struct Acknowledged {
    std::string alias, amount, key;
    std::uint64_t seq = 0;
};

std::map<std::string, std::vector<Acknowledged>> read_acknowledged(const std::string& file) {
    std::map<std::string, std::vector<Acknowledged>> found;
    std::ifstream in(file);
    std::string sale;
    Acknowledged item;
    while (in >> sale >> item.seq >> item.alias >> item.amount >> item.key)
        found[sale].push_back(item);
    return found;
}

int complain(const std::string& words) {
    std::cout << words << '\n';
    return 1;
}

/// The record of one sale against what its bidders were told.
int check_sale(AuctionDesk& desk, const Auction& sale, const std::vector<Acknowledged>& told) {
    auto record = required(desk.record(sale.id));
    auto replayed = replay(required(base::parse_json(record)));
    if (!replayed) return complain("does not replay: " + base::describe(replayed.error()));
    std::map<std::uint64_t, std::pair<std::string, std::string>> bids;
    for (const LogEntry& entry : replayed->entries) {
        if (entry.type != "bid") continue;
        base::json::object payload = required(base::parse_json(entry.payload)).as_object();
        bids[entry.seq] = {base::text_at(payload, "bidder"), base::text_at(payload, "amount")};
    }
    std::map<std::string, std::uint64_t> by_key;
    for (const Acknowledged& item : told) {
        auto found = bids.find(item.seq);
        bool is_there = found != bids.end() && found->second.first == item.alias &&
                        found->second.second == item.amount;
        if (!is_there) return complain("acknowledged bid " + std::to_string(item.seq) + " lost");
        auto [known, is_new] = by_key.emplace(item.key, item.seq);
        if (!is_new && known->second != item.seq) return complain(item.key + " counted twice");
    }
    // The best is what the last bid of the chain says, and no lower one came after a higher.
    base::Money best;
    std::string lead;
    for (const auto& [seq, bid] : bids) {
        base::Money amount = required(base::Money::parse(bid.second));
        if (amount <= best) return complain("bid " + std::to_string(seq) + " does not rise");
        best = amount;
        lead = bid.first;
    }
    if (lead != replayed->state.lead) return complain("the wrong bidder leads");
    return 0;
}

int check(Setting& setting, const std::string& file) {
    AuctionDesk desk(*setting.database, setting.auctions);
    auto told = read_acknowledged(file);
    std::size_t count = 0, outages = 0;
    for (const Auction& sale : all_sales(setting)) {
        if (int wrong = check_sale(desk, sale, told[sale.id.text()])) return wrong;
        count += told[sale.id.text()].size();
        auto events = required(setting.database->read<std::vector<LogEntry>>([&](auto& reader) {
            return base::Result<std::vector<LogEntry>>(Auctions::events(reader, sale.id));
        }));
        outages +=
            static_cast<std::size_t>(std::ranges::count(events, "outage_begins", &LogEntry::type));
    }
    store::VerifyReport report =
        required(store::verify_log(*setting.database, setting.signer->public_key_pem()));
    if (!report.faults.empty()) return complain(report.faults.front());
    std::cout << count << " acknowledged bids, all there once; " << outages
              << " outages; verify passes\n";
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CHECK(argc == 5);
    std::string mode = argv[1];
    Setting setting(argv[2], argv[3]);
    if (mode == "write") write_for_ever(setting, argv[4]);
    return check(setting, argv[4]);
}
