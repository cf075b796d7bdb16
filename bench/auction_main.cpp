// Durable bids through the one writer (AuctionDesk) in one sale and over 100, with the time until the
// acknowledgement, beside the disk's fdatasync in the same run.
//
//     bench_auction            BENCH_SECONDS of each measurement (1), BENCH_ROUNDS of them (3)

#include <algorithm>
#include <deque>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

#include "base/check.h"
#include "base/yaml.h"
#include "bench/support/figures.h"
#include "party/permission.h"
#include "store/migrate.h"
#include "trade/auction_desk.h"
#include "trade/migrations.h"

namespace {

using namespace trade;
using bench::must;

const double seconds = bench::setting("BENCH_SECONDS", 1);
constexpr int hands_of_one = 1;
constexpr int hands_of_many = 256;

struct Measured {
    double per_second = 0;
    double p50_us = 0;
    double p99_us = 0;
};

Measured sync_rate(const std::string& folder) {
    std::string page(4096, 'x');
    int file = ::open((folder + "/fdatasync.bin").c_str(), O_RDWR | O_CREAT, 0600);
    CHECK(file >= 0);
    constexpr off_t pages = 1024;
    for (off_t i = 0; i < pages; ++i)
        CHECK(::pwrite(file, page.data(), page.size(), i * 4096) == 4096);
    CHECK(::fsync(file) == 0);
    std::vector<double> times;
    bench::Stopwatch whole;
    for (off_t next = 0; whole.seconds() < seconds; ++next) {
        bench::Stopwatch one;
        CHECK(::pwrite(file, page.data(), page.size(), next % pages * 4096) == 4096);
        CHECK(::fdatasync(file) == 0);
        times.push_back(one.seconds() * 1e6);
    }
    ::close(file);
    double count = static_cast<double>(times.size());
    return {count / whole.seconds(), bench::quantile(times, 0.5), bench::quantile(times, 0.99)};
}

/// A site's database with announced sales, and its desk.
class Hall {
  public:
    explicit Hall(const std::string& url, const std::string& folder)
        : permissions_(must(party::Permissions::from(must(base::Yaml::parse(
              "auction.announce: [clock]\nauction.operate: [clock]\nauction.bid: [clock]\n",
              "permissions.yaml"))))),
          vault_(must(base::Vault::open_or_create(folder + "/master.key"))),
          auctions_(permissions_, *vault_),
          database_(must(store::Database::open({.url = url}, clock_, random_))) {
        must(store::migrate(*database_, store::store_migrations()));
        must(store::migrate(*database_, auction_migrations()));
        desk_ = std::make_unique<AuctionDesk>(*database_, auctions_);
    }

    void announce(int count) {
        base::Time open = clock_.now() + base::milliseconds(200);
        for (int number = 0; number < count; ++number) {
            AuctionDraft draft;
            draft.rules =
                must(read_rules(AuctionType::english,
                                {{"start", "1"},
                                 {"step", "0.01"},
                                 {"window", "1s"},
                                 {"open", base::to_iso(open + base::milliseconds(4 * count))},
                                 {"close", base::to_iso(open + base::days(2))}},
                                {}));
            for (int who = 0; who < 2; ++who) {
                draft.bidders.push_back(
                    {base::Id<party::Organisation>(base::new_ulid(clock_.now(), random_)), "bidder",
                     base::Money::fen(0)});
            }
            sales_.push_back(must(database_->write<Auction>([&](store::Transaction& transaction) {
                return auctions_.announce(transaction, party::Actor::system(), draft);
            })));
        }
        must(desk_->run_due());
        while (clock_.now() < sales_.back().rules.open)
            ::usleep(1000);
        amounts_.assign(sales_.size(), 100);
    }

    /// Keeps `hands` bids on their way, over the first `count` sales in turns, always valid ones.
    Measured bid(std::size_t count, int hands) {
        struct Sent {
            std::future<base::Result<DeskAnswer>> answer;
            bench::Stopwatch since;
        };
        std::deque<Sent> waiting;
        std::vector<double> times;
        std::size_t turn = 0;
        bench::Stopwatch whole;
        auto send = [&] {
            std::size_t sale = turn++ % count;
            std::int64_t amount = ++amounts_[sale];
            Event event{
                .action = Action::bid,
                .actor = sales_[sale].rules.bidders[static_cast<std::size_t>(amount % 2)].alias,
                .amount = base::Money::fen(amount).to_string()};
            waiting.push_back(
                {desk_->act_later(sales_[sale].id, event, "key-" + std::to_string(amount)), {}});
        };
        while (whole.seconds() < seconds || !waiting.empty()) {
            while (whole.seconds() < seconds && waiting.size() < static_cast<std::size_t>(hands))
                send();
            if (waiting.empty()) break;
            DeskAnswer answer = must(waiting.front().answer.get());
            CHECK_WITH(answer.outcome.code == Code::accepted, name_of(answer.outcome.code));
            times.push_back(waiting.front().since.seconds() * 1e6);
            waiting.pop_front();
        }
        double done = static_cast<double>(times.size());
        return {done / whole.seconds(), bench::quantile(times, 0.5), bench::quantile(times, 0.99)};
    }

  private:
    base::SystemClock clock_;
    base::SecureRandom random_;
    party::Permissions permissions_;
    std::unique_ptr<base::Vault> vault_;
    Auctions auctions_;
    std::unique_ptr<store::Database> database_;
    std::vector<Auction> sales_;
    std::vector<std::int64_t> amounts_;
    std::unique_ptr<AuctionDesk> desk_;
};

struct Series {
    std::vector<double> rates, p50, p99;
    void add(const Measured& measured) {
        rates.push_back(measured.per_second);
        p50.push_back(measured.p50_us);
        p99.push_back(measured.p99_us);
    }
    std::string note() const {
        return "ack p50 " + std::to_string(static_cast<int>(bench::median(p50))) + " us, p99 " +
               std::to_string(static_cast<int>(bench::median(p99))) + " us";
    }
};

}  // namespace

int main() {
    std::string folder = bench::fresh_folder("auction");
    Hall hall("sqlite:" + folder + "/sales.db", folder);
    hall.announce(100);
    Series sync, single, one, many;
    int rounds = static_cast<int>(bench::setting("BENCH_ROUNDS", 3));
    for (int round = 0; round < rounds; ++round) {
        sync.add(sync_rate(folder));
        single.add(hall.bid(1, hands_of_one));
        one.add(hall.bid(1, hands_of_many));
        many.add(hall.bid(100, hands_of_many));
    }
    bench::report({"durable bid, acknowledged, one hand", bench::median(single.p50), "us p50",
                   "fdatasync", bench::median(sync.p50), bench::Better::lower, 4, 0,
                   "p99 " + std::to_string(static_cast<int>(bench::median(single.p99))) + " us"});
    bench::report({"durable bids in one sale, 256 on their way", bench::median(one.rates), "bids/s",
                   "fdatasync", bench::median(sync.rates), bench::Better::higher, 0, 20'000,
                   one.note()});
    bench::report({"durable bids over 100 sales, 256 on their way", bench::median(many.rates),
                   "bids/s", "fdatasync", bench::median(sync.rates), bench::Better::higher, 0,
                   20'000, many.note()});
}
