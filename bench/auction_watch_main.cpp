// One live sale watched by BENCH_WATCHERS (2000) readers over the real HTTP server, BENCH_BIDS_PER_SECOND
// (50) bids a second for BENCH_SECONDS (2): from the durable commit (the acknowledgement) until the last
// watcher has the event, and memory for each connection, both ends included.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/yaml.h"
#include "bench/support/figures.h"
#include "http/server.h"
#include "store/migrate.h"
#include "trade/auction_api.h"
#include "trade/migrations.h"

namespace {

using namespace trade;
using bench::must;
using Clock = std::chrono::steady_clock;

/// Reads all streams on one thread and notes when the last of them had each event.
class Watchers {
  public:
    Watchers(std::uint16_t port, const std::string& path, std::size_t count)
        : epoll_(::epoll_create1(0)), count_(count) {
        std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        for (std::size_t index = 0; index < count; ++index) {
            int socket = ::socket(AF_INET, SOCK_STREAM, 0);
            sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port)};
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            CHECK(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
            CHECK(::write(socket, request.data(), request.size()) ==
                  static_cast<ssize_t>(request.size()));
            CHECK(::fcntl(socket, F_SETFL, O_NONBLOCK) == 0);
            epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
            sockets_.push_back(socket);
            CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0);
        }
        rests_.resize(count);
        thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
    }
    ~Watchers() {
        thread_.request_stop();
        thread_.join();
        for (int socket : sockets_)
            ::close(socket);
        ::close(epoll_);
    }

    bool has(std::uint64_t seq) {
        std::lock_guard lock(mutex_);
        return arrivals_[seq].count == count_;
    }
    Clock::time_point last_of(std::uint64_t seq) {
        std::lock_guard lock(mutex_);
        return arrivals_[seq].last;
    }

  private:
    struct Arrival {
        std::size_t count = 0;
        Clock::time_point last;
    };

    void run(const std::stop_token& stop) {
        std::vector<epoll_event> ready(256);
        std::vector<char> buffer(64 << 10);
        while (!stop.stop_requested()) {
            int found = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 100);
            for (int index = 0; index < found; ++index)
                read(ready[static_cast<std::size_t>(index)].data.u64, buffer);
        }
    }

    void read(std::size_t watcher, std::vector<char>& buffer) {
        ssize_t size = ::read(sockets_[watcher], buffer.data(), buffer.size());
        if (size <= 0) return;
        Clock::time_point now = Clock::now();
        std::string& text = rests_[watcher];
        text.append(buffer.data(), static_cast<std::size_t>(size));
        for (std::size_t at; (at = text.find("id: ")) != std::string::npos;) {
            std::size_t end = text.find('\n', at);
            if (end == std::string::npos) return;
            std::uint64_t seq = std::stoull(text.substr(at + 4, end - at - 4));
            text.erase(0, end);
            std::lock_guard lock(mutex_);
            Arrival& arrival = arrivals_[seq];
            ++arrival.count;
            arrival.last = now;
        }
        if (text.size() > 4096) text.erase(0, text.size() - 16);
    }

    int epoll_;
    std::size_t count_;
    std::vector<int> sockets_;
    std::vector<std::string> rests_;
    std::mutex mutex_;
    std::map<std::uint64_t, Arrival> arrivals_;
    std::jthread thread_;
};

Auction announce(store::Database& database, const Auctions& auctions, const base::Clock& clock,
                 base::Random& random) {
    AuctionDraft draft;
    draft.rules = must(read_rules(AuctionType::english,
                                  {{"start", "1"},
                                   {"step", "0.01"},
                                   {"window", "1s"},
                                   {"open", base::to_iso(clock.now() + base::milliseconds(300))},
                                   {"close", base::to_iso(clock.now() + base::days(2))}},
                                  {}));
    for (int who = 0; who < 2; ++who) {
        draft.bidders.push_back({base::Id<party::Organisation>(base::new_ulid(clock.now(), random)),
                                 "bidder", base::Money::fen(0)});
    }
    return must(database.write<Auction>([&](store::Transaction& transaction) {
        return auctions.announce(transaction, party::Actor::system(), draft);
    }));
}

}  // namespace

int main() {
    rlimit files{65'536, 65'536};
    ::setrlimit(RLIMIT_NOFILE, &files);
    std::string folder = bench::fresh_folder("auction_watch");
    base::SystemClock clock;
    base::SecureRandom random;
    auto permissions = must(party::Permissions::from(must(base::Yaml::parse(
        "auction.announce: [clock]\nauction.operate: [clock]\nauction.bid: [clock]\n", "p.yaml"))));
    auto vault = must(base::Vault::open_or_create(folder + "/master.key"));
    auto signer = must(base::Signer::open_or_create(folder + "/signing.key", "ed25519"));
    auto texts = must(base::Texts::load("regions/guangxi/texts"));
    Auctions auctions(permissions, *vault);
    auto database =
        must(store::Database::open({.url = "sqlite:" + folder + "/sales.db"}, clock, random));
    must(store::migrate(*database, store::store_migrations()));
    must(store::migrate(*database, auction_migrations()));
    AuctionDesk desk(*database, auctions);
    AuctionPresets presets;
    AuctionApi api({database.get(), &texts, &desk, &presets, signer.get()});
    http::Router router;
    api.mount(router);
    http::Hooks hooks;
    hooks.rate_per_minute = 0;
    auto server = must(http::Server::start({.port = 0}, router, texts, hooks));
    Auction sale = announce(*database, auctions, clock, random);
    ::usleep(400'000);

    auto count = static_cast<std::size_t>(bench::setting("BENCH_WATCHERS", 2000));
    double before = bench::resident_megabytes();
    Watchers watchers(server->port(), "/api/auctions/" + sale.id.text() + "/stream", count);
    ::sleep(2);
    double grown = bench::resident_megabytes() - before;
    std::vector<double> last_ms;
    double seconds = bench::setting("BENCH_SECONDS", 2);
    double pause_us = 1e6 / bench::setting("BENCH_BIDS_PER_SECOND", 50);
    std::vector<std::pair<std::uint64_t, Clock::time_point>> sent;
    bench::Stopwatch whole;
    for (std::int64_t amount = 101; whole.seconds() < seconds; ++amount) {
        Event event{.action = Action::bid,
                    .actor = sale.rules.bidders[static_cast<std::size_t>(amount % 2)].alias,
                    .amount = base::Money::fen(amount).to_string()};
        DeskAnswer answer = must(desk.act(sale.id, event));
        CHECK(answer.outcome.code == Code::accepted);
        sent.emplace_back(answer.outcome.seq, Clock::now());
        ::usleep(static_cast<useconds_t>(pause_us));
    }
    for (const auto& [seq, acknowledged] : sent) {
        for (int wait = 0; !watchers.has(seq) && wait < 5000; ++wait)
            ::usleep(1000);
        CHECK_WITH(watchers.has(seq), "a watcher missed an event");
        last_ms.push_back(
            std::chrono::duration<double, std::milli>(watchers.last_of(seq) - acknowledged)
                .count());
    }
    std::string of = std::to_string(count) + " watchers";
    bench::Figure figure{"last of " + of + " has the bid", bench::quantile(last_ms, 0.5), "ms p50"};
    figure.better = bench::Better::lower;
    if (count <= 2000) figure.budget_value = 60;
    figure.note = "p99 " + std::to_string(static_cast<int>(bench::quantile(last_ms, 0.99))) +
                  " ms, " + std::to_string(last_ms.size()) + " bids";
    bench::report(figure);
    bench::report({"memory for each of " + of, grown * 1000 / static_cast<double>(count), "KB", "",
                   0, bench::Better::lower});
    server->stop(base::seconds(2));
}
