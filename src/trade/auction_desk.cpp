#include <algorithm>
#include <chrono>

#include <spdlog/spdlog.h>

#include "base/check.h"
#include "base/hash.h"
#include "trade/auction_desk_parts.h"

namespace trade {
namespace {

constexpr base::Duration rest_max = base::milliseconds(250);
constexpr std::size_t batch_max = 512;

}  // namespace

AuctionDesk::AuctionDesk(store::Database& database, const Auctions& auctions, Options options)
    : database_(database),
      auctions_(auctions),
      options_(std::move(options)),
      up_since_(database.clock().now()),
      last_beat_(base::elapsed_since_start()) {
    if (options_.node.empty()) options_.node = base::random_token(database.random(), 9);
    thread_ = std::thread([this] { run(); });
}

AuctionDesk::~AuctionDesk() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

base::Time AuctionDesk::now() {
    return database_.clock().now();
}

std::unique_ptr<AuctionDesk::Job> AuctionDesk::make_job(const base::Id<Auction>& id) const {
    auto job = std::make_unique<Job>();
    job->auction = id;
    return job;
}

void AuctionDesk::submit(std::unique_ptr<Job> job) {
    {
        std::lock_guard lock(mutex_);
        if (stopping_) {
            job->promise.set_value(base::refuse(desk_unavailable("the server is stopping")));
            return;
        }
        // Stamp and place in the queue are given in one step, so that their orders agree.
        base::Time present = database_.clock().now();
        job->stamp = std::max(present, last_stamp_);
        last_stamp_ = job->stamp;
        queue_.push_back(std::move(job));
    }
    wake_.notify_one();
}

std::future<base::Result<DeskAnswer>> AuctionDesk::act_later(const base::Id<Auction>& id,
                                                             const Event& event,
                                                             std::string_view key) {
    std::unique_ptr<Job> job = make_job(id);
    job->event = event;
    job->key = key;
    auto answer = job->promise.get_future();
    submit(std::move(job));
    return answer;
}

base::Result<DeskAnswer> AuctionDesk::act(const base::Id<Auction>& id, const Event& event,
                                          std::string_view key, std::optional<base::Time> arrived) {
    Event made = event;
    made.arrived = arrived;
    return act_later(id, made, key).get();
}

base::Status AuctionDesk::set_agent(const base::Id<Auction>& id, const std::string& alias,
                                    std::optional<base::Money> maximum) {
    std::unique_ptr<Job> job = make_job(id);
    job->kind = Job::Kind::agent;
    job->alias = alias;
    job->maximum = maximum;
    auto answer = job->promise.get_future();
    submit(std::move(job));
    TRY(answer.get());
    return {};
}

base::Status AuctionDesk::give_key(const base::Id<Auction>& id, const party::Actor& actor,
                                   const std::string& secret_key) {
    std::unique_ptr<Job> job = make_job(id);
    job->kind = Job::Kind::key;
    job->actor = actor;
    job->secret_key = secret_key;
    auto answer = job->promise.get_future();
    submit(std::move(job));
    TRY(answer.get());
    return {};
}

base::Result<std::optional<base::Money>> AuctionDesk::agent_maximum(const base::Id<Auction>& id,
                                                                    const std::string& alias) {
    std::unique_ptr<Job> job = make_job(id);
    job->kind = Job::Kind::peek_agent;
    job->alias = alias;
    auto answer = job->promise.get_future();
    submit(std::move(job));
    return TRY(answer.get()).outcome.min_next;
}

base::Status AuctionDesk::run_due() {
    std::unique_ptr<Job> job = make_job({});
    job->kind = Job::Kind::sweep;
    auto answer = job->promise.get_future();
    submit(std::move(job));
    TRY(answer.get());
    return {};
}

void AuctionDesk::on_update(std::function<void(const AuctionUpdate&)> listener) {
    std::lock_guard lock(tell_mutex_);
    listeners_.push_back(std::move(listener));
}

void AuctionDesk::stop_updates() {
    std::lock_guard lock(tell_mutex_);
    listeners_.clear();
}

void AuctionDesk::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (queue_.empty()) {
            lock.unlock();
            base::Duration rest = std::min(until_next_due(), rest_max);
            lock.lock();
            wake_.wait_for(lock, std::chrono::microseconds(rest.microseconds),
                           [&] { return stopping_ || !queue_.empty(); });
        }
        if (stopping_) break;
        Queue taken;
        std::size_t count = std::min(queue_.size(), batch_max);
        taken.assign(std::make_move_iterator(queue_.begin()),
                     std::make_move_iterator(queue_.begin() + static_cast<std::ptrdiff_t>(count)));
        queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
        // Whoever comes after this gets a later stamp, so no timer overtakes a bid that was in time.
        base::Time present = std::max(database_.clock().now(), last_stamp_);
        if (taken.empty()) last_stamp_ = present;
        base::Time stamp = taken.empty() ? present : taken.front()->stamp;
        lock.unlock();
        work_off(std::move(taken), stamp);
        beat();
        lock.lock();
    }
    Queue left = std::exchange(queue_, {});
    lock.unlock();
    for (std::unique_ptr<Job>& job : left)
        job->promise.set_value(base::refuse(desk_unavailable("the server is stopping")));
    give_back_leases();
}

base::Duration AuctionDesk::until_next_due() {
    base::Time present = database_.clock().now();
    base::Duration rest = rest_max;
    for (const auto& [id, held] : held_) {
        auto due = next_due(held->room->state());
        if (due) rest = std::min(rest, std::max(*due - present, base::milliseconds(1)));
    }
    return rest;
}

void AuctionDesk::carry_out(AuctionRoom& room, Job& job) {
    base::Random& random = database_.random();
    switch (job.kind) {
        case Job::Kind::event: {
            AuctionRoom::Judged judged = room.judge(job.event, job.key, job.stamp, random);
            job.answer = {std::move(judged.outcome), job.stamp, std::move(judged.salt),
                          std::move(judged.hash)};
            return;
        }
        case Job::Kind::agent:
            job.outcome = room.set_agent(job.alias, job.maximum, job.stamp, random);
            return;
        case Job::Kind::key:
            job.outcome = room.give_key(job.actor, job.secret_key, job.stamp, random);
            return;
        case Job::Kind::peek_agent:
            if (auto agent = room.agent_of(job.alias)) {
                job.answer.outcome.min_next = agent->maximum;
            }
            return;
        case Job::Kind::sweep:
            return;
    }
}

void AuctionDesk::work_off(Queue queue, base::Time present) {
    bool swept =
        std::ranges::any_of(queue, [](const auto& job) { return job->kind == Job::Kind::sweep; });
    std::vector<Held*> touched;
    auto touch = [&](const base::Id<Auction>& id) -> base::Result<Held*> {
        Held* held = TRY(hold(id));
        if (std::ranges::find(touched, held) == touched.end()) touched.push_back(held);
        return held;
    };
    for (const base::Id<Auction>& id : due_sales(swept ? Look::forced : Look::when_due)) {
        auto held = touch(id);
        if (held) take_commands(*(*held)->room, present);
        // Another node's sale is its own business; a sale that cannot be read is everybody's.
        bool is_fault = !held && held.error().code != name_of(Code::storage_unavailable);
        if (is_fault) {
            spdlog::error("sale {}: {}", id.text(), base::describe(held.error()));
        }
    }
    for (std::unique_ptr<Job>& job : queue) {
        if (job->kind == Job::Kind::sweep) continue;
        auto held = touch(job->auction);
        if (!held) {
            job->outcome = base::refuse(held.error());
            continue;
        }
        AuctionRoom& room = *(*held)->room;
        // Somebody who was admitted a moment ago need not wait for the next look.
        if (!job->event.actor.empty() && !room.knows(job->event.actor)) {
            take_commands(room, job->stamp);
        }
        carry_out(room, *job);
    }
    std::vector<Held*> dirty;
    std::ranges::copy_if(touched, std::back_inserter(dirty),
                         [](const Held* held) { return held->room->is_dirty(); });
    store_all(queue, dirty);
}

void AuctionDesk::take_commands(AuctionRoom& room, base::Time stamp) {
    const base::Id<Auction>& id = room.auction().id;
    std::vector<AuctionSeat> seats;
    std::vector<rows::Command> commands;
    base::Status read = database_.read<void>([&](store::Reader& reader) -> base::Status {
        commands = rows::open_commands(reader, id);
        if (!commands.empty()) seats = Auctions::seats(reader, id);
        return {};
    });
    room.tick(stamp, database_.random());
    if (!read || commands.empty()) return;
    room.set_seats(std::move(seats));
    room.take_commands(commands, stamp, database_.random());
}

/// One commit for all; when that fails, each sale by itself, so that one does not hold up others.
void AuctionDesk::store_all(Queue& queue, const std::vector<Held*>& dirty) {
    base::Time stamp = database_.clock().now();
    auto store = [&](const std::vector<Held*>& some) {
        return database_.write<void>([&](store::Transaction& transaction) -> base::Status {
            base::Time present = lease_time(transaction, stamp);
            for (Held* held : some) {
                TRY(held->room->store(transaction, auctions_, held->lease, stamp,
                                      present + options_.lease_length));
            }
            return {};
        });
    };
    std::map<std::string, base::Error> failed;
    if (!dirty.empty()) {
        base::Status together = store(dirty);
        for (Held* held : dirty) {
            base::Status alone = together;
            if (!together && dirty.size() > 1) alone = store({held});
            if (alone) continue;
            const std::string& id = held->room->auction().id.text();
            spdlog::error("sale {} not stored: {}", id, base::describe(alone.error()));
            failed.emplace(id, alone.error());
        }
    }
    std::vector<AuctionUpdate> updates;
    for (Held* held : dirty) {
        const std::string id = held->room->auction().id.text();
        if (failed.contains(id)) {
            held_.erase(id);  // what it thinks did not happen; the tables know
            continue;
        }
        updates.push_back(held->room->stored());
        std::lock_guard lock(views_mutex_);
        views_[id].view = updates.back().view;
    }
    for (std::unique_ptr<Job>& job : queue) {
        if (failed.contains(job->auction.text())) {
            job->outcome = base::refuse(desk_unavailable("not stored"));
        }
    }
    if (!failed.empty()) up_since_ = database_.clock().now();
    answer(queue);
    for (const AuctionUpdate& update : updates)
        publish(update);
}

void AuctionDesk::answer(Queue& queue) {
    for (std::unique_ptr<Job>& job : queue) {
        if (job->outcome) {
            job->promise.set_value(std::move(job->answer));
        } else {
            job->promise.set_value(base::refuse(job->outcome.error()));
        }
    }
}

void AuctionDesk::publish(const AuctionUpdate& update) {
    std::lock_guard lock(tell_mutex_);
    AuctionUpdate news = update;
    {
        std::lock_guard views(views_mutex_);
        Seen& seen = views_[update.view->auction.id.text()];
        std::erase_if(news.entries, [&](const LogEntry& entry) { return entry.seq <= seen.told; });
        seen.told = std::max(seen.told, update.view->auction.last_seq);
    }
    for (const auto& listener : listeners_)
        listener(news);
}

}  // namespace trade
