#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "store/connection.h"
#include "store/database.h"

namespace store {

/// Connections that are made when needed, at most `size`, and used by one thread at a time.
/// Thread-safe. Throws StorageFailure when none is free within half a minute.
class ConnectionPool {
  public:
    using Factory = std::function<std::unique_ptr<Connection>()>;
    ConnectionPool(std::size_t size, Factory factory) : size_(size), factory_(std::move(factory)) {}

    /// A connection on loan; goes back when destroyed, unless it is broken.
    class Lease {
      public:
        Lease(ConnectionPool& pool, std::unique_ptr<Connection> connection)
            : pool_(&pool), connection_(std::move(connection)) {}
        Lease(Lease&& other) = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease();
        Connection& operator*() const { return *connection_; }
        Connection* operator->() const { return connection_.get(); }
        /// The connection is closed instead of given back.
        void discard() { discarded_ = true; }

      private:
        ConnectionPool* pool_;
        std::unique_ptr<Connection> connection_;
        bool discarded_ = false;
    };

    Lease lease();
    std::size_t size() const { return size_; }

  private:
    void give_back(std::unique_ptr<Connection> connection);

    std::size_t size_;
    Factory factory_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::size_t made_ = 0;
};

/// The head of the log as the next row needs it.
struct LogHead {
    std::int64_t last_seq = 0;
    std::string subject_hash;  ///< hash of the subject's newest row, empty if none
};

class DatabaseBase;

/// A transaction on one connection. What differs between the two databases is only where the head
/// of the log is read from.
class ConnectionTransaction final : public Transaction {
  public:
    using FindHead = std::function<LogHead(std::string_view subject)>;
    ConnectionTransaction(DatabaseBase& database, Connection& connection, FindHead find_head);

    Rows query(std::string_view sql, const Bindings& bindings) override;
    std::int64_t execute(std::string_view sql, const Bindings& bindings) override;
    std::int64_t append(const Change& change) override;
    Dialect dialect() const override;

    /// The highest sequence number appended, 0 if none.
    std::int64_t appended_seq() const { return appended_seq_; }

  private:
    DatabaseBase* database_;
    Connection* connection_;
    FindHead find_head_;
    std::map<std::string, std::string, std::less<>> own_heads_;  ///< subject → hash
    std::int64_t appended_seq_ = 0;
};

/// Reads on one connection that is inside a transaction.
class ConnectionReader final : public Reader {
  public:
    ConnectionReader(Connection& connection, Dialect dialect)
        : connection_(&connection), dialect_(dialect) {}
    Rows query(std::string_view sql, const Bindings& bindings) override {
        return connection_->query(sql, bindings);
    }
    Dialect dialect() const override { return dialect_; }

  private:
    Connection* connection_;
    Dialect dialect_;
};

/// What both databases share: clock, chance, listeners, counts, the reading side.
class DatabaseBase : public Database {
  public:
    DatabaseBase(DatabaseOptions options, const base::Clock& clock, base::Random& random)
        : options_(std::move(options)), clock_(&clock), random_(&random) {}

    void on_commit(std::function<void(std::int64_t)> listener) override;
    const base::Clock& clock() const override { return *clock_; }
    base::Random& random() const override { return *random_; }
    const DatabaseOptions& options() const override { return options_; }
    DatabaseStatistics statistics() const override;

    /// The algorithm of this database's log, read once.
    base::HashAlgorithm log_algorithm(Reader& reader);

  protected:
    /// Runs `work` on a connection of `pool` between `begin` and a rollback. A read within a read
    /// of the same database on the same thread sees the same snapshot.
    base::Status read_on(ConnectionPool& pool, std::string_view begin,
                         const std::function<base::Status(Reader&)>& work);
    void announce(std::int64_t seq);
    /// CHECKs that this thread is not inside a write of this database.
    void check_not_writing() const;

    /// Marks the thread as inside a write while it lives.
    class WritingMark {
      public:
        explicit WritingMark(const DatabaseBase& database);
        ~WritingMark();
        WritingMark(const WritingMark&) = delete;
        WritingMark& operator=(const WritingMark&) = delete;

      private:
        const DatabaseBase* before_;
    };

    std::atomic<std::int64_t> writes_ = 0;
    std::atomic<std::int64_t> commits_ = 0;
    std::atomic<std::int64_t> refusals_ = 0;
    std::atomic<std::int64_t> retries_ = 0;

  private:
    DatabaseOptions options_;
    const base::Clock* clock_;
    base::Random* random_;
    std::mutex listeners_mutex_;
    std::vector<std::function<void(std::int64_t)>> listeners_;
    std::atomic<int> log_algorithm_ = -1;
};

/// The two kinds of database; `place` is the URL without the scheme for SQLite, whole for PostgreSQL.
base::Result<std::unique_ptr<Database>> open_sqlite(DatabaseOptions options, std::string place,
                                                    const base::Clock& clock, base::Random& random);
base::Result<std::unique_ptr<Database>> open_postgresql(DatabaseOptions options,
                                                        const base::Clock& clock,
                                                        base::Random& random);

}  // namespace store
