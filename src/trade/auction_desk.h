#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "store/database.h"
#include "trade/auction_house.h"
#include "trade/auction_room.h"

namespace trade {

/// What a bidder hears. `outcome.code` is the answer; nothing is said before it is durable.
struct DeskAnswer {
    Outcome outcome;
    base::Time stamp;  ///< when the writer took it in: this moment counts
    std::string salt;  ///< of a sealed bid's commitment
    std::string hash;  ///< hex, of the event in the chain; empty for a repeated answer
};

/// The one writer of the sales that this node holds. A thread takes what waits, stamps and judges
/// it, stores it all in one durable commit, answers, and only then tells those who watch. A sale is
/// held by a lease in the database whose epoch stands in every write (a fence): a node that lost it
/// cannot write. Another node takes over when the lease ran out, after `lease_length` at most.
/// Deadlines are data: a late look, a restart or a step of the clock changes no result. Thread-safe.
class AuctionDesk {
  public:
    struct Options {
        std::string node;  ///< names this process in the leases; empty: drawn by chance
        base::Duration lease_length = base::seconds(6);
        base::Duration heartbeat = base::seconds(2);
        /// An interruption as long as this, or any within the last minutes of a sale, is an outage.
        base::Duration outage_length = base::seconds(30);
    };
    AuctionDesk(store::Database& database, const Auctions& auctions, Options options);
    AuctionDesk(store::Database& database, const Auctions& auctions)
        : AuctionDesk(database, auctions, Options{}) {}
    /// Answers what waits with `storage_unavailable` and gives its leases back.
    ~AuctionDesk();
    AuctionDesk(const AuctionDesk&) = delete;
    AuctionDesk& operator=(const AuctionDesk&) = delete;

    /// An act of a bidder or of the platform; waits for the durable answer. `arrived` is when the
    /// request reached this node. Refusals of the core come as outcome codes; errors are
    /// `procedure_not_found` and `storage_unavailable` (also when another node holds the sale).
    base::Result<DeskAnswer> act(const base::Id<Auction>&, const Event&, std::string_view key = {},
                                 std::optional<base::Time> arrived = {});
    /// The same without waiting, for who has many hands.
    std::future<base::Result<DeskAnswer>> act_later(const base::Id<Auction>&, const Event&,
                                                    std::string_view key = {});
    /// See AuctionRoom::set_agent and give_key.
    base::Status set_agent(const base::Id<Auction>&, const std::string& alias,
                           std::optional<base::Money> maximum);
    base::Status give_key(const base::Id<Auction>&, const party::Actor&,
                          const std::string& secret_key);
    base::Result<std::optional<base::Money>> agent_maximum(const base::Id<Auction>&,
                                                           const std::string& alias);

    /// The sale as it stands after the last durable event; `auction_unknown`.
    base::Result<std::shared_ptr<const AuctionView>> view(const base::Id<Auction>&);
    /// The public record; `auction_unknown`, or what fold finds wrong in the tables.
    base::Result<std::string> record(const base::Id<Auction>&);

    /// Fires what is due and carries out what was asked; returns when it is durable.
    base::Status run_due();
    /// Called on the writer's thread after the answers were given, in order of the events; also with
    /// events that another node wrote (as soon as `follow` hears of them). Must be quick.
    void on_update(std::function<void(const AuctionUpdate&)> listener);
    /// No listener is called any more, nor being called, when this returns.
    void stop_updates();
    /// The change log has news of this sale by whatever node.
    void follow(const base::Id<Auction>&);
    base::Time now();
    const Auctions& auctions() const { return auctions_; }

  private:
    struct Job;
    struct Held;
    using Queue = std::vector<std::unique_ptr<Job>>;

    std::unique_ptr<Job> make_job(const base::Id<Auction>&) const;
    void submit(std::unique_ptr<Job> job);
    void run();
    void work_off(Queue queue, base::Time present);
    base::Result<Held*> hold(const base::Id<Auction>&);
    struct Taken;
    base::Result<Taken> take_lease(const base::Id<Auction>&);
    void make_up_for_outage(AuctionRoom&, const Taken&);
    void take_commands(AuctionRoom& room, base::Time stamp);
    void carry_out(AuctionRoom& room, Job& job);
    void store_all(Queue& queue, const std::vector<Held*>& dirty);
    void answer(Queue& queue);
    void publish(const AuctionUpdate& update);
    enum class Look { when_due, forced };
    std::vector<base::Id<Auction>> due_sales(Look look);
    static base::Time lease_time(store::Reader& reader, base::Time local);
    void beat();
    void give_back_leases();
    base::Duration until_next_due();

    store::Database& database_;
    const Auctions& auctions_;
    Options options_;
    base::Time up_since_;
    std::map<std::string, std::unique_ptr<Held>> held_;  ///< the writer's own
    base::Duration last_look_ = base::seconds(-1);
    std::atomic<bool> look_wanted_ = false;
    bool storage_down_ = false;
    base::Duration last_beat_;

    std::mutex mutex_;
    std::condition_variable wake_;
    Queue queue_;
    base::Time last_stamp_;
    bool stopping_ = false;

    std::mutex views_mutex_;
    struct Seen {
        std::shared_ptr<const AuctionView> view;
        std::uint64_t told = 0;  ///< up to this event the listeners were told
    };
    std::map<std::string, Seen> views_;
    struct Kept {
        std::uint64_t seq = 0;
        std::string record;
    };
    std::map<std::string, Kept> records_;
    std::mutex tell_mutex_;
    std::vector<std::function<void(const AuctionUpdate&)>> listeners_;
    std::thread thread_;
};

}  // namespace trade
