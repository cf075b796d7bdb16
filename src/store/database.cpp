#include "store/database.h"

#include <chrono>

#include "base/check.h"
#include "store/database_base.h"
#include "store/log_form.h"

namespace store {
namespace {

constexpr std::chrono::seconds lease_wait_max{30};

/// The database whose write runs on this thread.
thread_local const DatabaseBase* writing = nullptr;

/// A read that runs on this thread, for reads inside it.
struct Reading {
    const DatabaseBase* database;
    Connection* connection;
    const Reading* outer;
};
thread_local const Reading* reading = nullptr;

/// A connection on which `begin` succeeded. A server that was restarted leaves dead connections in
/// the pool: those are closed and others taken.
ConnectionPool::Lease lease_begun(ConnectionPool& pool, std::string_view begin) {
    for (std::size_t dead = 0;; ++dead) {
        ConnectionPool::Lease connection = pool.lease();
        try {
            connection->run(begin);
            return connection;
        } catch (const StorageFailure&) {
            if (connection->is_alive()) throw;
            connection.discard();
            if (dead > pool.size()) throw;
        }
    }
}

}  // namespace

base::Result<std::unique_ptr<Database>> Database::open(DatabaseOptions options,
                                                       const base::Clock& clock,
                                                       base::Random& random) {
    constexpr std::string_view sqlite = "sqlite:";
    if (options.url.starts_with(sqlite)) {
        std::string place = options.url.substr(sqlite.size());
        if (place.empty() || place.find('"') != std::string::npos) {
            return base::refuse(base::invalid("database_url_malformed"));
        }
        return open_sqlite(std::move(options), std::move(place), clock, random);
    }
    if (options.url.starts_with("postgresql://") || options.url.starts_with("postgres://")) {
        return open_postgresql(std::move(options), clock, random);
    }
    return base::refuse(base::invalid("database_url_malformed"));
}

std::optional<Row> Reader::first(std::string_view sql, const Bindings& bindings) {
    Rows rows = query(sql, bindings);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

std::int64_t Reader::number(std::string_view sql, const Bindings& bindings) {
    std::optional<Row> row = first(sql, bindings);
    return row ? row->integer_if(0).value_or(0) : 0;
}

std::int64_t Transaction::next_number(std::string_view series) {
    return number(
        "insert into store_series (name, last) values (:name, 1) "
        "on conflict (name) do update set last = store_series.last + 1 returning last",
        {{"name", series}});
}

ConnectionPool::Lease::~Lease() {
    if (!connection_) return;  // moved from
    if (discarded_) connection_.reset();
    pool_->give_back(std::move(connection_));
}

ConnectionPool::Lease ConnectionPool::lease() {
    std::unique_lock lock(mutex_);
    bool free =
        freed_.wait_for(lock, lease_wait_max, [&] { return !idle_.empty() || made_ < size_; });
    if (!free) {
        throw StorageFailure(StorageFailure::Kind::unavailable, "no free database connection");
    }
    if (!idle_.empty()) {
        std::unique_ptr<Connection> connection = std::move(idle_.back());
        idle_.pop_back();
        return {*this, std::move(connection)};
    }
    ++made_;
    lock.unlock();
    try {
        return {*this, factory_()};
    } catch (...) {
        give_back(nullptr);
        throw;
    }
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection) {
    {
        std::lock_guard lock(mutex_);
        if (connection) {
            idle_.push_back(std::move(connection));
        } else {
            --made_;
        }
    }
    freed_.notify_one();
}

ConnectionTransaction::ConnectionTransaction(DatabaseBase& database, Connection& connection,
                                             FindHead find_head)
    : Transaction(database.clock().now(), database.random()),
      database_(&database),
      connection_(&connection),
      find_head_(std::move(find_head)) {
}

Rows ConnectionTransaction::query(std::string_view sql, const Bindings& bindings) {
    return connection_->query(sql, bindings);
}

std::int64_t ConnectionTransaction::execute(std::string_view sql, const Bindings& bindings) {
    return connection_->execute(sql, bindings);
}

Dialect ConnectionTransaction::dialect() const {
    return database_->dialect();
}

std::int64_t ConnectionTransaction::append(const Change& change) {
    // One line each, or two different rows could have the same canonical form.
    for (const std::string* line :
         {&change.actor, &change.place, &change.subject, &change.action}) {
        CHECK_WITH(line->find('\n') == std::string::npos, "a line break in a change's " + *line);
    }
    CHECK(!change.subject.empty() && !change.action.empty());
    std::string previous;
    auto own = own_heads_.find(change.subject);
    if (own != own_heads_.end()) {
        previous = own->second;
    } else {
        LogHead head = find_head_(change.subject);
        // Rows of this transaction may not be visible to whoever found the head.
        appended_seq_ = std::max(appended_seq_, head.last_seq);
        previous = head.subject_hash;
    }
    std::string hash = row_hash(database_->log_algorithm(*this), previous, now(), change);
    std::int64_t seq = appended_seq_ + 1;
    execute(
        "insert into change_log (seq, at, actor, place, subject, action, payload, previous, hash) "
        "values (:seq, :at, :actor, :place, :subject, :action, :payload, :previous, :hash)",
        {{"seq", seq},
         {"at", now()},
         {"actor", change.actor},
         {"place", change.place},
         {"subject", change.subject},
         {"action", change.action},
         {"payload", change.payload},
         {"previous", previous},
         {"hash", hash}});
    appended_seq_ = seq;
    own_heads_.insert_or_assign(change.subject, std::move(hash));
    return seq;
}

void DatabaseBase::on_commit(std::function<void(std::int64_t)> listener) {
    std::lock_guard lock(listeners_mutex_);
    listeners_.push_back(std::move(listener));
}

void DatabaseBase::announce(std::int64_t seq) {
    if (seq == 0) return;
    std::lock_guard lock(listeners_mutex_);
    for (const auto& listener : listeners_)
        listener(seq);
}

DatabaseStatistics DatabaseBase::statistics() const {
    return {writes_, commits_, refusals_, retries_};
}

base::HashAlgorithm DatabaseBase::log_algorithm(Reader& reader) {
    int known = log_algorithm_;
    if (known < 0) {
        std::optional<Row> row =
            reader.first("select value from store_setting where name = 'log_algorithm'");
        CHECK_WITH(row.has_value(), "the store's own tables are missing: migrate first");
        base::Result<base::HashAlgorithm> parsed = base::parse_hash_algorithm(row->text(0));
        if (!parsed) {
            throw StorageFailure(StorageFailure::Kind::unavailable, "log_algorithm unknown");
        }
        known = static_cast<int>(*parsed);
        log_algorithm_ = known;
    }
    return static_cast<base::HashAlgorithm>(known);
}

void DatabaseBase::check_not_writing() const {
    CHECK_WITH(writing != this, "a write or read of the database inside its own write");
}

DatabaseBase::WritingMark::WritingMark(const DatabaseBase& database) : before_(writing) {
    writing = &database;
}

DatabaseBase::WritingMark::~WritingMark() {
    writing = before_;
}

base::Status DatabaseBase::read_on(ConnectionPool& pool, std::string_view begin,
                                   const std::function<base::Status(Reader&)>& work) {
    check_not_writing();
    try {
        for (const Reading* outer = reading; outer; outer = outer->outer) {
            if (outer->database != this) continue;
            ConnectionReader reader(*outer->connection, dialect());
            return work(reader);
        }
        ConnectionPool::Lease connection = lease_begun(pool, begin);
        struct Scope {
            ConnectionPool::Lease& lease;
            Reading here;
            ~Scope() {
                reading = here.outer;
                try {
                    lease->run("ROLLBACK");
                } catch (const StorageFailure&) {
                    lease.discard();
                }
            }
        };
        Scope scope{connection, {this, &*connection, reading}};
        reading = &scope.here;
        ConnectionReader reader(*connection, dialect());
        return work(reader);
    } catch (...) {
        return base::refuse(error_of_current_exception());
    }
}

}  // namespace store
