// How a desk comes to hold a sale, keeps it and gives it back; and what it shows of sales that
// another node holds.
#include <algorithm>

#include <spdlog/spdlog.h>

#include "base/check.h"
#include "trade/auction_desk_parts.h"

namespace trade {
namespace {

constexpr base::Duration look_pause = base::seconds(1);
/// An interruption this near to an end is an outage however short (trading rules, outage).
constexpr base::Duration last_minutes = base::seconds(300);
constexpr std::size_t records_max = 64;

}  // namespace

/// A lease that was taken, and what it says of those who held it before.
struct AuctionDesk::Taken {
    Lease lease;
    base::Time alive_at;  ///< the last durable sign of life of a writer
    enum class Before { nobody, this_node, another_node } before = Before::nobody;
};

/// The database's own clock where several nodes share it, so that leases need no common time.
base::Time AuctionDesk::lease_time(store::Reader& reader, base::Time local) {
    if (reader.dialect() == store::Dialect::sqlite) return local;
    return {
        reader.number("select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)")};
}

base::Result<AuctionDesk::Taken> AuctionDesk::take_lease(const base::Id<Auction>& id) {
    return database_.write<Taken>([&](store::Transaction& transaction) -> base::Result<Taken> {
        auto row = transaction.first(
            "select lease_owner, lease_epoch, lease_until, alive_at from trade_auction "
            "where id = :id",
            {{"id", id}});
        if (!row) return base::refuse(base::not_found(name_of(Code::procedure_not_found)));
        base::Time present = lease_time(transaction, database_.clock().now());
        bool ours = row->text(0) == options_.node;
        // One process has an embedded database to itself: who held it before is dead.
        bool shared = transaction.dialect() == store::Dialect::postgresql;
        if (!ours && !row->text(0).empty() && shared && row->time(2) > present) {
            return base::refuse(desk_unavailable("another node holds the sale"));
        }
        Taken taken{{options_.node, row->integer(1) + 1}, row->time(3), Taken::Before::nobody};
        if (ours) taken.before = Taken::Before::this_node;
        if (!ours && !row->text(0).empty() && shared) taken.before = Taken::Before::another_node;
        transaction.execute(
            "update trade_auction set lease_owner = :owner, lease_epoch = :epoch, "
            "lease_until = :until where id = :id",
            {{"owner", options_.node},
             {"epoch", taken.lease.epoch},
             {"until", present + options_.lease_length},
             {"id", id}});
        return taken;
    });
}

base::Result<AuctionDesk::Held*> AuctionDesk::hold(const base::Id<Auction>& id) {
    if (auto found = held_.find(id.text()); found != held_.end()) return found->second.get();
    Taken taken = TRY(take_lease(id));
    auto room = TRY(database_.read<std::unique_ptr<AuctionRoom>>(
        [&](store::Reader& reader) { return AuctionRoom::load(reader, auctions_, id); }));
    make_up_for_outage(*room, taken);
    {
        std::lock_guard lock(views_mutex_);
        Seen& seen = views_[id.text()];
        if (!seen.view) seen.told = room->state().seq;
        if (room->is_dirty()) {
            // An outage was noted: it is shown when it is durable.
        } else {
            seen.view = room->view();
        }
    }
    auto held = std::make_unique<Held>(Held{std::move(room), taken.lease});
    return held_.emplace(id.text(), std::move(held)).first->second.get();
}

void AuctionDesk::make_up_for_outage(AuctionRoom& room, const Taken& taken) {
    const AuctionState& state = room.state();
    auto deadline = next_due(state);
    base::Time present = database_.clock().now();
    if (!deadline || present < state.open) return;
    base::Time from = std::max({taken.alive_at, state.open, state.last_stamp});
    base::Time to = taken.before == Taken::Before::another_node ? present : up_since_;
    // What was due while a writer lived is closed, however late it is looked at.
    if (to <= from || from >= *deadline) return;
    base::Duration near = std::max(room.rules().window, last_minutes);
    if (to - from < options_.outage_length && to < *deadline - near) return;
    spdlog::warn("sale {}: nothing could be accepted for {:.1f} s", room.auction().id.text(),
                 (to - from).seconds());
    room.note_outage(from, std::max(to, present));
}

std::vector<base::Id<Auction>> AuctionDesk::due_sales(Look look) {
    std::vector<base::Id<Auction>> due;
    base::Time present = database_.clock().now();
    for (const auto& [id, held] : held_) {
        auto timer = next_due(held->room->state());
        bool opens =
            held->room->auction().phase == "announced" && present >= held->room->state().open;
        if ((timer && *timer <= present) || opens) due.emplace_back(id);
    }
    base::Duration elapsed = base::elapsed_since_start();
    bool wanted = look_wanted_.exchange(false) || look == Look::forced;
    if (!wanted && elapsed - last_look_ < look_pause) return due;
    last_look_ = elapsed;
    auto found = database_.read<std::vector<base::Id<Auction>>>(
        [&](store::Reader& reader) -> base::Result<std::vector<base::Id<Auction>>> {
            std::vector<base::Id<Auction>> ids = rows::with_commands(reader);
            for (const store::Row& row : reader.query(
                     "select id from trade_auction where (lease_owner = '' or lease_owner = :node "
                     "or lease_until <= :present or :alone = 1) and "
                     "((phase = 'announced' and opens_at <= :now) or "
                     "phase not in ('announced', 'closed', 'failed'))",
                     {{"node", options_.node},
                      {"present", lease_time(reader, present)},
                      {"alone", reader.dialect() == store::Dialect::sqlite},
                      {"now", present}})) {
                ids.push_back(row.id<Auction>(0));
            }
            return ids;
        });
    if (!found) {
        storage_down_ = true;
        return due;
    }
    due.insert(due.end(), found->begin(), found->end());
    std::ranges::sort(due);
    due.erase(std::ranges::unique(due).begin(), due.end());
    return due;
}

/// Signs of life and leases of all sales held, in one small commit.
void AuctionDesk::beat() {
    base::Duration elapsed = base::elapsed_since_start();
    if (elapsed - last_beat_ < options_.heartbeat) return;
    last_beat_ = elapsed;
    std::erase_if(held_, [](const auto& item) { return item.second->room->state().is_final(); });
    if (held_.empty() && !storage_down_) return;
    base::Time present = database_.clock().now();
    auto beaten = database_.write<void>([&](store::Transaction& transaction) -> base::Status {
        transaction.execute(
            "update trade_auction set alive_at = :now, lease_until = :until "
            "where lease_owner = :node and phase not in ('closed', 'failed')",
            {{"now", present},
             {"until", lease_time(transaction, present) + options_.lease_length},
             {"node", options_.node}});
        return {};
    });
    if (!beaten) {
        if (!storage_down_) spdlog::error("sales: {}", base::describe(beaten.error()));
        storage_down_ = true;
        return;
    }
    if (storage_down_) {
        // Back again: what was in memory may be behind, and the gap is an outage.
        storage_down_ = false;
        up_since_ = present;
        held_.clear();
    }
}

void AuctionDesk::give_back_leases() {
    base::Time present = database_.clock().now();
    auto done = database_.write<void>([&](store::Transaction& transaction) -> base::Status {
        transaction.execute(
            "update trade_auction set lease_until = 0, alive_at = :now where lease_owner = :node "
            "and lease_until > 0 and phase not in ('closed', 'failed')",
            {{"now", present}, {"node", options_.node}});
        return {};
    });
    if (!done) spdlog::warn("leases not given back: {}", base::describe(done.error()));
}

base::Result<std::shared_ptr<const AuctionView>> AuctionDesk::view(const base::Id<Auction>& id) {
    auto seen_here = [&]() -> std::shared_ptr<const AuctionView> {
        std::lock_guard lock(views_mutex_);
        auto found = views_.find(id.text());
        return found == views_.end() ? nullptr : found->second.view;
    };
    if (auto view = seen_here()) {
        auto due = next_due(view->state);
        if (!due || *due > now()) return view;
        // A deadline has passed and the writer is about to look: nobody is shown what is over as open.
        if (run_due()) return seen_here();
        return view;
    }
    auto room = TRY(database_.read<std::unique_ptr<AuctionRoom>>(
        [&](store::Reader& reader) { return AuctionRoom::load(reader, auctions_, id); }));
    std::shared_ptr<const AuctionView> view = room->view();
    std::lock_guard lock(views_mutex_);
    Seen& seen = views_[id.text()];
    bool newer = !seen.view || seen.view->auction.last_seq < view->auction.last_seq;
    if (newer && !seen.view) seen.told = view->auction.last_seq;
    if (newer) seen.view = view;
    return seen.view;
}

base::Result<std::string> AuctionDesk::record(const base::Id<Auction>& id) {
    (void)view(id);  // fires what is due
    return database_.read<std::string>([&](store::Reader& reader) -> base::Result<std::string> {
        Auction auction = TRY(Auctions::require(reader, id));
        {
            std::lock_guard lock(views_mutex_);
            auto kept = records_.find(id.text());
            bool fits = kept != records_.end() && kept->second.seq == auction.last_seq &&
                        !kept->second.record.empty();
            if (fits) return kept->second.record;
        }
        auto room = TRY(AuctionRoom::load(reader, auctions_, id));
        std::string record = base::json::serialize(room->record(Auctions::events(reader, id)));
        std::lock_guard lock(views_mutex_);
        if (records_.size() >= records_max) records_.clear();
        records_[id.text()] = {auction.last_seq, record};
        return record;
    });
}

void AuctionDesk::follow(const base::Id<Auction>& id) {
    look_wanted_ = true;
    // Nobody else writes to an embedded database.
    if (database_.dialect() == store::Dialect::sqlite) return;
    std::uint64_t told = 0;
    std::uint64_t seen_seq = 0;
    {
        std::lock_guard lock(views_mutex_);
        auto found = views_.find(id.text());
        if (found == views_.end() || !found->second.view) return;  // nobody has looked at it here
        told = found->second.told;
        seen_seq = found->second.view->auction.last_seq;
    }
    auto news =
        database_.read<AuctionUpdate>([&](store::Reader& reader) -> base::Result<AuctionUpdate> {
            AuctionUpdate update;
            Auction auction = TRY(Auctions::require(reader, id));
            if (auction.last_seq <= seen_seq) return update;
            auto room = TRY(AuctionRoom::load(reader, auctions_, id));
            update.view = room->view();
            update.entries = Auctions::events(reader, id, told);
            return update;
        });
    if (!news || !news->view) return;
    {
        std::lock_guard lock(views_mutex_);
        Seen& seen = views_[id.text()];
        if (seen.view && seen.view->auction.last_seq >= news->view->auction.last_seq) return;
        seen.view = news->view;
    }
    publish(*news);
}

}  // namespace trade
