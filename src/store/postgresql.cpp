#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/database_base.h"

namespace store {
namespace {

using Kind = StorageFailure::Kind;

constexpr int attempts_max = 20;
/// A first attempt waits this long for a lock, then starts over: two transactions that wait for
/// each other are sorted out sooner than by the server's deadlock check (1 s).
constexpr std::string_view begin_first =
    "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL lock_timeout = '300ms'";
constexpr std::string_view begin_in_turn = "BEGIN ISOLATION LEVEL SERIALIZABLE";
constexpr std::string_view begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Held from the first append of a transaction to its end, so that the order of sequence numbers is
/// the order of commits, and whoever follows the log never misses a row that commits late.
constexpr std::string_view lock_log = "select pg_advisory_xact_lock(4728101)";
/// Held by attempts after the second, around the whole transaction: losers of several nodes queue
/// up instead of making each other fail again. Within a node, Gate does that.
constexpr std::string_view lock_turn = "select pg_advisory_lock(4728102)";
constexpr std::string_view unlock_turn = "select pg_advisory_unlock(4728102)";

/// Waits a random time that grows with the attempts.
void back_off(int attempt) {
    base::SecureRandom random;
    std::uint64_t bound = std::uint64_t{500} << std::min(attempt, 6);
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(bound) + 1));
}

/// Lets ordinary attempts through side by side, and those that have lost before alone: without it, a
/// steady stream of first attempts on one hot row (a series, a lot) would make a loser fail until it
/// had no attempts left. Whoever waits to be alone goes before those who come later. Thread-safe.
class Gate {
  public:
    enum class Pass { shared, alone };

    class Hold {
      public:
        Hold(Gate& gate, Pass pass) : gate_(gate), pass_(pass) { gate_.enter(pass_); }
        ~Hold() { gate_.leave(pass_); }
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

      private:
        Gate& gate_;
        Pass pass_;
    };

  private:
    void enter(Pass pass) {
        std::unique_lock lock(mutex_);
        if (pass == Pass::shared) {
            changed_.wait(lock, [&] { return !alone_ && waiting_ == 0; });
            ++shared_;
            return;
        }
        ++waiting_;
        changed_.wait(lock, [&] { return !alone_ && shared_ == 0; });
        --waiting_;
        alone_ = true;
    }

    void leave(Pass pass) {
        {
            std::lock_guard lock(mutex_);
            if (pass == Pass::shared) {
                --shared_;
            } else {
                alone_ = false;
            }
        }
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    int shared_ = 0;
    int waiting_ = 0;
    bool alone_ = false;
};

/// PostgreSQL: serializable transactions on a pool of connections, run again when the server says
/// that they would not be serializable (40001), deadlocked (40P01) or had to wait too long (55P03).
class PostgresqlDatabase final : public DatabaseBase {
  public:
    PostgresqlDatabase(DatabaseOptions options, const base::Clock& clock, base::Random& random)
        : DatabaseBase(std::move(options), clock, random),
          writers_(DatabaseBase::options().writers,
                   [url = DatabaseBase::options().url] { return connect(url); }),
          readers_(DatabaseBase::options().readers,
                   [url = DatabaseBase::options().url] { return connect(url); }),
          heads_(1, [url = DatabaseBase::options().url] { return connect(url); }) {}

    /// UTF-8 and byte order, so that text is kept and sorted as in SQLite and cursors agree.
    base::Status check_suitable() {
        return read_erased([](Reader& reader) -> base::Status {
            std::optional<Row> row = reader.first(
                "select pg_encoding_to_char(encoding), datcollate from pg_database "
                "where datname = current_database()");
            std::string collation = row->text(1);
            if (row->text(0) == "UTF8" && (collation == "C" || collation == "POSIX")) return {};
            return base::refuse(base::error(base::ErrorKind::unavailable, "database_unsuitable")
                                    .with("encoding", row->text(0))
                                    .with("collation", collation));
        });
    }

    Dialect dialect() const override { return Dialect::postgresql; }

  protected:
    base::Status write_erased(const std::function<base::Status(Transaction&)>& work) override {
        check_not_writing();
        WritingMark mark(*this);
        for (int attempt = 1;; ++attempt) {
            try {
                return attempt_write(work, attempt);
            } catch (const StorageFailure& failure) {
                if (!may_retry(failure.kind(), attempt)) return base::refuse(error_of(failure));
                ++retries_;
                back_off(attempt);
            } catch (...) {
                return base::refuse(error_of_current_exception());
            }
        }
    }

    base::Status read_erased(const std::function<base::Status(Reader&)>& work) override {
        return read_on(readers_, begin_read, work);
    }

  private:
    static std::unique_ptr<Connection> connect(const std::string& url) {
        std::unique_ptr<Connection> connection = Connection::open(Dialect::postgresql, url);
        connection->run("SET idle_in_transaction_session_timeout TO '10min'");
        return connection;
    }

    static bool may_retry(Kind kind, int attempt) {
        if (kind == Kind::serialization) return attempt < attempts_max;
        if (kind == Kind::disconnected) return attempt < 4;
        // Two works that check first and then insert the same key: the second attempt sees the
        // other's row and can refuse with words of its own.
        return kind == Kind::constraint && attempt < 2;
    }

    base::Status attempt_write(const std::function<base::Status(Transaction&)>& work, int attempt) {
        bool in_turn = attempt > 2;
        Gate::Hold hold(gate_, in_turn ? Gate::Pass::alone : Gate::Pass::shared);
        ConnectionPool::Lease connection = writers_.lease();
        try {
            if (in_turn) connection->query(lock_turn, {});
            connection->run(in_turn ? begin_in_turn : begin_first);
        } catch (const StorageFailure& failure) {
            // Nothing was begun: whatever is wrong, a new connection is the way on.
            bool alive = connection->is_alive();
            connection.discard();
            if (alive) throw;
            throw StorageFailure(Kind::disconnected, failure.what());
        }
        base::Status outcome = run_and_finish(*connection, connection, work);
        if (in_turn) connection->query(unlock_turn, {});
        return outcome;
    }

    base::Status run_and_finish(Connection& connection, ConnectionPool::Lease& lease,
                                const std::function<base::Status(Transaction&)>& work) {
        bool committing = false;
        bool log_locked = false;
        try {
            ConnectionTransaction transaction(*this, connection, [&](std::string_view subject) {
                if (!log_locked) connection.query(lock_log, {});
                log_locked = true;
                return find_head(subject);
            });
            base::Status outcome = work(transaction);
            if (!outcome) {
                connection.run("ROLLBACK");
                ++refusals_;
                return outcome;
            }
            committing = true;
            connection.run("COMMIT");
            ++commits_;
            ++writes_;
            announce(transaction.appended_seq());
            return outcome;
        } catch (const StorageFailure& failure) {
            bool alive = connection.is_alive();
            abandon(connection, lease);
            if (alive) throw;
            // A commit whose answer was lost may have happened: it must not run again.
            throw StorageFailure(committing ? Kind::unavailable : Kind::disconnected,
                                 failure.what());
        } catch (...) {
            abandon(connection, lease);
            throw;
        }
    }

    /// Undoes what was begun. The turn, if held, ends with the connection.
    static void abandon(Connection& connection, ConnectionPool::Lease& lease) {
        try {
            connection.run("ROLLBACK");
            connection.query("select pg_advisory_unlock_all()", {});
        } catch (const StorageFailure&) {
            lease.discard();
        }
    }

    /// The newest committed head, on a connection outside of the transaction: a serializable
    /// transaction sees the log only as it was when it began. The lock on the log is held, so that
    /// nobody else can move the head meanwhile.
    LogHead find_head(std::string_view subject) {
        ConnectionPool::Lease connection = heads_.lease();
        try {
            Rows rows = connection->query(
                "select (select max(seq) from change_log), "
                "(select hash from change_log where subject = :subject "
                "order by seq desc limit 1)",
                {{"subject", subject}});
            return {rows.at(0).integer_if(0).value_or(0), rows.at(0).text_or(1, {})};
        } catch (const StorageFailure& failure) {
            if (connection->is_alive()) throw;
            connection.discard();
            throw StorageFailure(Kind::serialization, failure.what());
        }
    }

    Gate gate_;
    ConnectionPool writers_;
    ConnectionPool readers_;
    ConnectionPool heads_;
};

}  // namespace

base::Result<std::unique_ptr<Database>> open_postgresql(DatabaseOptions options,
                                                        const base::Clock& clock,
                                                        base::Random& random) {
    auto database = std::make_unique<PostgresqlDatabase>(std::move(options), clock, random);
    TRY(database->check_suitable());
    return database;
}

}  // namespace store
