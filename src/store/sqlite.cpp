#include <condition_variable>
#include <deque>
#include <filesystem>
#include <future>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "base/check.h"
#include "store/database_base.h"

namespace store {
namespace {

/// A write that waits for its turn; lives on the stack of the caller, who waits for `answered`.
struct Job {
    const std::function<base::Status(Transaction&)>* work;
    base::Status outcome;
    std::promise<void> answered;
};

LogHead find_head(Connection& connection, std::string_view subject) {
    Rows rows = connection.query(
        "select (select max(seq) from change_log), "
        "(select hash from change_log where subject = :subject order by seq desc limit 1)",
        {{"subject", subject}});
    return {rows.at(0).integer_if(0).value_or(0), rows.at(0).text_or(1, {})};
}

/// SQLite: one thread writes. It opens a transaction, runs waiting works one after another, each in
/// a savepoint, commits once, and only then answers. So the cost of the durable commit is shared by
/// all who wait, and a refusal undoes its own work only. Readers use connections of their own.
class SqliteDatabase final : public DatabaseBase {
  public:
    SqliteDatabase(DatabaseOptions options, const std::string& place, const base::Clock& clock,
                   base::Random& random)
        : DatabaseBase(std::move(options), clock, random),
          writer_(connect(place)),
          readers_(DatabaseBase::options().readers, [place] {
              auto connection = connect(place);
              connection->run("PRAGMA query_only = ON");
              return connection;
          }) {
        // A transaction that outgrows the cache writes its pages twice; what an import of thousands
        // of rows took is given back after its commit.
        writer_->run("PRAGMA cache_size = -65536");
        thread_ = std::thread([this] { run(); });
    }

    ~SqliteDatabase() override {
        {
            std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        waiting_.notify_all();
        thread_.join();
    }

    Dialect dialect() const override { return Dialect::sqlite; }

  protected:
    base::Status write_erased(const std::function<base::Status(Transaction&)>& work) override {
        check_not_writing();
        Job job{&work, {}, {}};
        std::future<void> answered = job.answered.get_future();
        {
            std::lock_guard lock(mutex_);
            CHECK(!stopping_);
            queue_.push_back(&job);
        }
        waiting_.notify_one();
        answered.wait();
        return std::move(job.outcome);
    }

    base::Status read_erased(const std::function<base::Status(Reader&)>& work) override {
        return read_on(readers_, "BEGIN", work);
    }

  private:
    static std::unique_ptr<Connection> connect(const std::string& place) {
        std::unique_ptr<Connection> connection = Connection::open(Dialect::sqlite, place);
        connection->query("PRAGMA busy_timeout = 10000", {});
        connection->query("PRAGMA journal_mode = WAL", {});
        connection->run("PRAGMA synchronous = FULL");
        connection->run("PRAGMA foreign_keys = ON");
        connection->run("PRAGMA cache_size = -16384");
        return connection;
    }

    Job* next_job() {
        std::lock_guard lock(mutex_);
        if (queue_.empty()) return nullptr;
        Job* job = queue_.front();
        queue_.pop_front();
        return job;
    }

    void run() {
        WritingMark mark(*this);
        while (true) {
            {
                std::unique_lock lock(mutex_);
                waiting_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
                if (queue_.empty()) return;
            }
            run_group();
        }
    }

    /// One durable commit. A failure that concerns the whole transaction fails all of the group,
    /// because nothing of it is durable.
    void run_group() {
        std::vector<Job*> group;
        std::int64_t appended = 0;
        std::int64_t succeeded = 0;
        bool committing = false;
        try {
            writer_->execute("BEGIN IMMEDIATE", {});
            while (group.size() < options().group_max) {
                Job* job = next_job();
                if (job == nullptr) break;
                group.push_back(job);
                std::int64_t seq = run_in_savepoint(*job);
                appended = std::max(appended, seq);
                if (job->outcome) ++succeeded;
            }
            committing = true;
            writer_->execute("COMMIT", {});
            if (succeeded > 0) ++commits_;
            writes_ += succeeded;
            refusals_ += static_cast<std::int64_t>(group.size()) - succeeded;
        } catch (...) {
            base::Error error = error_of_current_exception();
            // Whatever it was, it concerns all of the group alike: none of it is durable.
            if (committing) {
                error = base::error(base::ErrorKind::unavailable, "storage_unavailable")
                            .saying(error.detail);
            }
            fail(group, error);
            appended = 0;
        }
        announce(appended);
        for (Job* job : group)
            job->answered.set_value();
        give_memory_back(appended);
    }

    void give_memory_back(std::int64_t appended) {
        constexpr std::int64_t large_group_rows = 4'000;
        if (appended == 0) return;
        bool large = appended_before_ > 0 && appended - appended_before_ > large_group_rows;
        appended_before_ = appended;
        if (!large) return;
        try {
            writer_->query("PRAGMA shrink_memory", {});
        } catch (const StorageFailure&) {
            // Memory only; the commit stands.
        }
    }

    /// The highest sequence number the job appended. Throws only when the transaction as a whole
    /// cannot go on.
    std::int64_t run_in_savepoint(Job& job) {
        writer_->execute("SAVEPOINT work", {});
        ConnectionTransaction transaction(*this, *writer_, [&](std::string_view subject) {
            return find_head(*writer_, subject);
        });
        try {
            job.outcome = (*job.work)(transaction);
        } catch (...) {
            job.outcome = base::refuse(error_of_current_exception());
        }
        if (!job.outcome) writer_->execute("ROLLBACK TO work", {});
        writer_->execute("RELEASE work", {});
        return job.outcome ? transaction.appended_seq() : 0;
    }

    void fail(std::vector<Job*>& group, const base::Error& error) {
        try {
            writer_->run("ROLLBACK");
        } catch (const StorageFailure&) {
            // SQLite had already undone the transaction.
        }
        // BEGIN itself failed: whoever waits must hear of it, or they would wait for ever.
        if (group.empty()) {
            while (Job* job = next_job())
                group.push_back(job);
        }
        for (Job* job : group)
            job->outcome = base::refuse(error);
    }

    std::unique_ptr<Connection> writer_;
    ConnectionPool readers_;
    std::mutex mutex_;
    std::condition_variable waiting_;
    std::deque<Job*> queue_;
    bool stopping_ = false;
    std::int64_t appended_before_ = 0;  ///< highest row of the log; the writer's thread only
    std::thread thread_;
};

/// A file that was just made survives power loss only once its folder is on the disk as well.
void sync_folder_of(const std::string& place) {
    std::filesystem::path folder = std::filesystem::absolute(place).parent_path();
    int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

}  // namespace

base::Result<std::unique_ptr<Database>> open_sqlite(DatabaseOptions options, std::string place,
                                                    const base::Clock& clock,
                                                    base::Random& random) {
    try {
        auto database = std::make_unique<SqliteDatabase>(std::move(options), place, clock, random);
        sync_folder_of(place);
        return database;
    } catch (...) {
        return base::refuse(error_of_current_exception());
    }
}

}  // namespace store
