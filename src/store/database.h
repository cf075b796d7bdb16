#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/result.h"
#include "store/statement.h"

namespace store {

enum class Dialect { sqlite, postgresql };

/// Reads within one consistent snapshot. Obtained from Database::read or as a Transaction.
/// Storage failures (not refusals) surface as `storage_unavailable` from the enclosing call.
class Reader {
  public:
    virtual ~Reader() = default;
    /// All rows. SQL is the common subset of SQLite and PostgreSQL with `:name` parameters, a
    /// literal of the caller's (never built from input), prepared once per connection.
    virtual Rows query(std::string_view sql, const Bindings& bindings = {}) = 0;
    virtual Dialect dialect() const = 0;

    /// The first row, if any.
    std::optional<Row> first(std::string_view sql, const Bindings& bindings = {});
    /// The first column of the first row as number; 0 if there is no row or it is NULL.
    std::int64_t number(std::string_view sql, const Bindings& bindings = {});
};

/// One thing that happened, as a module appends it (see change_log.h for what is stored).
struct Change {
    std::string actor;    ///< account id, or "system"
    std::string place;    ///< GB/T 2260 code concerned, or empty
    std::string subject;  ///< id of the record concerned: each subject has its own hash chain
    std::string action;   ///< "entry.published": module noun and past participle
    std::string payload;  ///< canonical JSON; personal data only as commitments
};

/// A writing transaction: everything in it becomes durable together or not at all.
class Transaction : public Reader {
  public:
    /// Rows affected. A broken uniqueness or reference constraint throws inside and becomes
    /// `constraint_violated` from Database::write, so check first where a user can cause it.
    virtual std::int64_t execute(std::string_view sql, const Bindings& bindings = {}) = 0;
    /// Appends to the change log in this transaction; returns its sequence number.
    virtual std::int64_t append(const Change& change) = 0;
    /// Next number of a named gapless series, starting at 1 (业务编号). Gapless because it is part
    /// of this transaction: rolled back with it.
    std::int64_t next_number(std::string_view series);

    base::Time now() const { return now_; }
    base::Random& random() const { return *random_; }
    template <class Record>
    base::Id<Record> new_id() const {
        return base::Id<Record>::make(now_, *random_);
    }

  protected:
    Transaction(base::Time now, base::Random& random) : now_(now), random_(&random) {}

  private:
    base::Time now_;
    base::Random* random_;
};

struct DatabaseOptions {
    std::string url;             ///< "sqlite:/path/file.db" or "postgresql://…"
    std::size_t readers = 4;     ///< pooled read connections
    std::size_t writers = 4;     ///< PostgreSQL only; SQLite has one writer with group commit
    std::size_t group_max = 64;  ///< writes in one durable commit at most
    /// Of the change log; fixed when the store's own tables are made, ignored afterwards.
    base::HashAlgorithm log_algorithm = base::HashAlgorithm::sm3;
};

/// Counts since the start, for metrics and tests.
struct DatabaseStatistics {
    std::int64_t writes = 0;   ///< works that became durable
    std::int64_t commits = 0;  ///< durable commits; fewer than writes where they are grouped
    std::int64_t refusals = 0;
    std::int64_t retries = 0;  ///< after a serialization failure
};

/// The one database of a node. Thread-safe. SQLite: WAL, synchronous=FULL, one writer thread that
/// puts waiting writes into one durable commit, each in a savepoint of its own. PostgreSQL:
/// serializable transactions on a pool, retried on 40001/40P01.
class Database {
  public:
    static base::Result<std::unique_ptr<Database>> open(DatabaseOptions options,
                                                        const base::Clock& clock,
                                                        base::Random& random);
    virtual ~Database() = default;

    /// Runs `work` in a transaction. When it returns a refusal everything it wrote is undone and the
    /// refusal is returned; when it succeeds, the answer is given only after the durable commit.
    /// `work` may run more than once (retry), so it must not touch anything outside but its result.
    /// Called from within a `work` of a write it would deadlock: CHECKed.
    template <class T>
    base::Result<T> write(std::function<base::Result<T>(Transaction&)> work);

    /// Runs `work` against a snapshot on a pooled connection. Within another read on the same thread
    /// it sees that one's snapshot; within a write it would miss what that wrote: CHECKed.
    template <class T>
    base::Result<T> read(std::function<base::Result<T>(Reader&)> work);

    /// Calls `listener` (on an unspecified thread, must be quick) after each durable commit that
    /// appended to the change log, with the highest sequence number seen by this node.
    virtual void on_commit(std::function<void(std::int64_t)> listener) = 0;
    virtual Dialect dialect() const = 0;
    virtual const base::Clock& clock() const = 0;
    virtual base::Random& random() const = 0;
    virtual const DatabaseOptions& options() const = 0;
    virtual DatabaseStatistics statistics() const = 0;

  protected:
    virtual base::Status write_erased(const std::function<base::Status(Transaction&)>& work) = 0;
    virtual base::Status read_erased(const std::function<base::Status(Reader&)>& work) = 0;
};

template <class T>
base::Result<T> Database::write(std::function<base::Result<T>(Transaction&)> work) {
    if constexpr (std::is_void_v<T>) {
        return write_erased(work);
    } else {
        std::optional<T> value;
        base::Status status = write_erased([&](Transaction& transaction) -> base::Status {
            value.emplace(TRY(work(transaction)));
            return {};
        });
        if (!status) return base::refuse(std::move(status).error());
        return std::move(*value);
    }
}

template <class T>
base::Result<T> Database::read(std::function<base::Result<T>(Reader&)> work) {
    if constexpr (std::is_void_v<T>) {
        return read_erased(work);
    } else {
        std::optional<T> value;
        base::Status status = read_erased([&](Reader& reader) -> base::Status {
            value.emplace(TRY(work(reader)));
            return {};
        });
        if (!status) return base::refuse(std::move(status).error());
        return std::move(*value);
    }
}

}  // namespace store
