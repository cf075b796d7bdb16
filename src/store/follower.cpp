#include "store/follower.h"

#include <chrono>

#include <spdlog/spdlog.h>

namespace store {

struct Follower::Wake {
    std::mutex mutex;
    std::condition_variable changed;
    std::int64_t committed = 0;  ///< the highest row that a commit of this node told of
    std::int64_t position = 0;
    bool stopping = false;
};

Follower::Follower(Database& database, Options options, Consumer consumer)
    : database_(database),
      options_(std::move(options)),
      consumer_(std::move(consumer)),
      wake_(std::make_shared<Wake>()) {
    wake_->position = options_.after;
    database_.on_commit([wake = wake_](std::int64_t seq) {
        {
            std::lock_guard lock(wake->mutex);
            wake->committed = std::max(wake->committed, seq);
        }
        wake->changed.notify_all();
    });
    thread_ = std::thread([this] { run(); });
}

Follower::~Follower() {
    {
        std::lock_guard lock(wake_->mutex);
        wake_->stopping = true;
    }
    wake_->changed.notify_all();
    thread_.join();
}

std::int64_t Follower::position() const {
    std::lock_guard lock(wake_->mutex);
    return wake_->position;
}

bool Follower::wait_for(std::int64_t seq, base::Duration wait) {
    std::unique_lock lock(wake_->mutex);
    return wake_->changed.wait_for(lock, std::chrono::microseconds(wait.microseconds),
                                   [&] { return wake_->position >= seq; });
}

std::int64_t Follower::kept_position(Reader& reader, std::string_view name) {
    return reader.number("select seq from store_follower where name = :name", {{"name", name}});
}

void Follower::run() {
    bool started = false;
    while (true) {
        base::Result<bool> more = false;
        if (!started) {
            base::Status begun = start();
            started = begun.has_value();
            if (!started) more = base::refuse(begun.error());
        }
        if (started) more = step();
        if (!more) {
            spdlog::warn("follower {}: {}", options_.name, base::describe(more.error()));
        }
        std::unique_lock lock(wake_->mutex);
        auto due = [&] { return wake_->stopping || (more && wake_->committed > wake_->position); };
        if (!(more && *more)) {
            wake_->changed.wait_for(lock, std::chrono::microseconds(options_.pause.microseconds),
                                    due);
        }
        if (wake_->stopping) return;
    }
}

base::Status Follower::start() {
    if (options_.name.empty()) return {};
    std::int64_t kept =
        TRY(database_.read<std::int64_t>([&](Reader& reader) -> base::Result<std::int64_t> {
            return kept_position(reader, options_.name);
        }));
    std::lock_guard lock(wake_->mutex);
    wake_->position = std::max(wake_->position, kept);
    return {};
}

base::Result<bool> Follower::step() {
    std::int64_t after = position();
    std::vector<LogRow> rows = TRY(database_.read<std::vector<LogRow>>(
        [&](Reader& reader) -> base::Result<std::vector<LogRow>> {
            return changes_after(reader, after, options_.batch);
        }));
    if (rows.empty()) return false;
    TRY(consumer_(rows));
    std::int64_t seq = rows.back().seq;
    if (!options_.name.empty()) {
        TRY(database_.write<void>([&](Transaction& transaction) -> base::Status {
            transaction.execute(
                "insert into store_follower (name, seq) values (:name, :seq) "
                "on conflict (name) do update set seq = excluded.seq",
                {{"name", options_.name}, {"seq", seq}});
            return {};
        }));
    }
    {
        std::lock_guard lock(wake_->mutex);
        wake_->position = seq;
    }
    wake_->changed.notify_all();
    return rows.size() == options_.batch;
}

}  // namespace store
