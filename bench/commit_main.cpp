// Durable writes through store::Database (one row and one change-log row each, group commit) beside
// the disk's own fdatasync and bare SQLite, in interleaved rounds on the same disk.
//
//     bench_commit            BENCH_SECONDS of each measurement (1), BENCH_ROUNDS of them (3)

#include <array>
#include <atomic>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "bench/support/figures.h"
#include "store/database.h"
#include "store/migrate.h"

namespace {

using bench::must;

const double seconds = bench::setting("BENCH_SECONDS", 1);

struct Measured {
    double per_second = 0;
    double p50_us = 0;
    double p99_us = 0;
};

/// Repeats `work` on `threads` threads for the time of one measurement.
template <class Work>
Measured measure(int threads, Work work) {
    std::vector<std::vector<double>> times(static_cast<std::size_t>(threads));
    bench::Stopwatch whole;
    {
        std::vector<std::jthread> running;
        for (std::size_t i = 0; i < times.size(); ++i) {
            running.emplace_back([&, i] {
                while (whole.seconds() < seconds) {
                    bench::Stopwatch one;
                    work();
                    times[i].push_back(one.seconds() * 1e6);
                }
            });
        }
    }
    double took = whole.seconds();
    std::vector<double> all;
    for (const auto& part : times)
        all.insert(all.end(), part.begin(), part.end());
    double count = static_cast<double>(all.size());
    return {count / took, bench::quantile(all, 0.5), bench::quantile(all, 0.99)};
}

/// 4 KB written and synced, over and over in 4 MB that are there already: what a log that is reused
/// asks of the disk.
Measured sync_rate(const std::string& folder) {
    std::string path = folder + "/fdatasync.bin";
    std::string page(4096, 'x');
    int file = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
    CHECK(file >= 0);
    constexpr off_t pages = 1024;
    for (off_t i = 0; i < pages; ++i)
        CHECK(::pwrite(file, page.data(), page.size(), i * 4096) == 4096);
    CHECK(::fsync(file) == 0);
    off_t next = 0;
    Measured measured = measure(1, [&] {
        CHECK(::pwrite(file, page.data(), page.size(), next++ % pages * 4096) == 4096);
        CHECK(::fdatasync(file) == 0);
    });
    ::close(file);
    return measured;
}

/// SQLite itself with the same settings and row, without a log or anything of ours around it.
class BareSqlite {
  public:
    explicit BareSqlite(const std::string& folder) {
        CHECK(sqlite3_open((folder + "/bare.db").c_str(), &database_) == SQLITE_OK);
        run("pragma journal_mode = wal");
        run("pragma synchronous = full");
        run("create table bid (id text primary key, lot text not null, amount bigint not null)");
        run("create index bid_by_lot on bid (lot, amount)");
        CHECK(sqlite3_prepare_v2(database_, "insert into bid values (?1, ?2, ?3)", -1, &insert_,
                                 nullptr) == SQLITE_OK);
    }
    BareSqlite(const BareSqlite&) = delete;
    BareSqlite& operator=(const BareSqlite&) = delete;
    ~BareSqlite() {
        sqlite3_finalize(insert_);
        sqlite3_close(database_);
    }
    void commit_one() {
        std::string id = "BID" + std::to_string(++next_);
        std::string lot = "LOT" + std::to_string(next_ % 200);
        sqlite3_bind_text(insert_, 1, id.c_str(), -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(insert_, 2, lot.c_str(), -1, SQLITE_TRANSIENT);
        sqlite3_bind_int64(insert_, 3, next_);
        CHECK(sqlite3_step(insert_) == SQLITE_DONE);
        sqlite3_reset(insert_);
    }

  private:
    void run(const char* sql) {
        CHECK(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    sqlite3* database_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    std::int64_t next_ = 0;
};

constexpr std::array schema{
    store::Migration{"bench", 1, "bids",
                     "create table bid (id text primary key, lot text not null, amount {bigint} "
                     "not null);\ncreate index bid_by_lot on bid (lot, amount)"}};

/// What a durable write of the platform is: the row, and the change log's row with its hash chain.
class Platform {
  public:
    explicit Platform(const std::string& folder)
        : database_(must(
              store::Database::open({.url = "sqlite:" + folder + "/store.db"}, clock_, random_))) {
        must(store::migrate(*database_, store::store_migrations()));
        must(store::migrate(*database_, schema));
    }
    void write(bool with_log) {
        std::int64_t number = ++next_;
        must(database_->write<void>([&](store::Transaction& transaction) -> base::Status {
            std::string id = "BID" + std::to_string(number);
            std::string lot = "LOT" + std::to_string(number % 200);
            transaction.execute("insert into bid values (:id, :lot, :amount)",
                                {{"id", id}, {"lot", lot}, {"amount", number}});
            if (with_log) {
                transaction.append({.actor = "01BENCH",
                                    .place = "450100",
                                    .subject = lot,
                                    .action = "bid.placed",
                                    .payload = R"({"amount":"1050.00","lot":")" + lot + "\"}"});
            }
            return {};
        }));
    }
    double writes_per_commit() const {
        store::DatabaseStatistics now = database_->statistics();
        return static_cast<double>(now.writes) /
               static_cast<double>(std::max<std::int64_t>(now.commits, 1));
    }

  private:
    base::SystemClock clock_;
    base::SecureRandom random_;
    std::unique_ptr<store::Database> database_;
    std::atomic<std::int64_t> next_ = 0;
};

struct Series {
    std::vector<double> rates, p50, p99;
    void add(const Measured& measured) {
        rates.push_back(measured.per_second);
        p50.push_back(measured.p50_us);
        p99.push_back(measured.p99_us);
    }
};

}  // namespace

int main() {
    std::string folder = bench::fresh_folder("commit");
    BareSqlite bare(folder);
    Platform platform(folder);
    constexpr std::array thread_counts{1, 8, 32, 128};
    Series sync, sqlite, row_only;
    std::array<Series, thread_counts.size()> logged;
    int rounds = static_cast<int>(bench::setting("BENCH_ROUNDS", 3));
    for (int round = 0; round < rounds; ++round) {
        sync.add(sync_rate(folder));
        sqlite.add(measure(1, [&] { bare.commit_one(); }));
        row_only.add(measure(1, [&] { platform.write(false); }));
        for (std::size_t i = 0; i < thread_counts.size(); ++i)
            logged[i].add(measure(thread_counts[i], [&] { platform.write(true); }));
    }
    double sync_us = bench::median(sync.p50);
    bench::report({"fdatasync of 4 KB", sync_us, "us p50", "", 0, bench::Better::lower});
    bench::report({"bare SQLite, 1 row per commit", bench::median(sqlite.p50), "us p50",
                   "fdatasync", sync_us, bench::Better::lower});
    bench::report({"durable write, 1 row, 1 thread", bench::median(row_only.p50), "us p50",
                   "fdatasync", sync_us, bench::Better::lower, 4});
    bench::report({"durable write with change log, 1 thread", bench::median(logged[0].p50),
                   "us p50", "fdatasync", sync_us, bench::Better::lower, 4});
    for (std::size_t i = 0; i < thread_counts.size(); ++i) {
        bench::Figure figure{
            "durable writes with change log, " + std::to_string(thread_counts[i]) + " threads",
            bench::median(logged[i].rates), "writes/s", "fdatasync", bench::median(sync.rates)};
        if (i + 1 == thread_counts.size()) figure.budget_value = 20'000;
        figure.note =
            "p99 " + std::to_string(static_cast<int>(bench::median(logged[i].p99))) + " us";
        bench::report(figure);
    }
    std::cerr << "writes per commit over all: " << platform.writes_per_commit() << '\n';
}
