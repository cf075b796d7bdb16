// A listing and the auction of its competition: announcing it, steering it, taking its result.
#include <algorithm>
#include <array>

#include <spdlog/spdlog.h>

#include "base/text.h"
#include "trade/auction_room.h"
#include "trade/deposit.h"
#include "trade/listing_office.h"

namespace trade {
namespace {

/// What the operator says when he announces; everything else the listing has fixed.
constexpr std::array<std::string_view, 15> open_parameters = {
    "open",      "close",     "free_end", "free_required", "hard_stop",
    "step",      "max_jump",  "rounds",   "round_length",  "interval",
    "decrement", "reference", "beacon",   "opening",       "commitment"};

base::Status check_sale(const Parameters& sale, bool by_clock) {
    for (const auto& [name, value] : sale) {
        const bool starts = by_clock && name == "start";
        if (starts || std::ranges::find(open_parameters, name) != open_parameters.end()) continue;
        return base::refuse(base::invalid("parameter_not_open").with("name", name).at(name));
    }
    return {};
}

ListingEvent event_of(const AuctionEnd& end) {
    if (end.winner.empty())
        return {"auction_failed", "clock", "system", "", {{"reason", end.reason}}};
    std::vector<std::string> runners;
    for (const auto& [organisation, amount] : end.runners)
        runners.push_back(organisation.text() + ":" + amount.to_string());
    return {"auction_closed",
            "clock",
            "system",
            "",
            {{"winner", end.winner.text()},
             {"price", end.price.to_string()},
             {"runners", base::join(runners, ";")}}};
}

bool competes(const ListingState& state) {
    return state.stage == Stage::competition ||
           (state.stage == Stage::suspended && state.stage_before == Stage::competition);
}

}  // namespace

base::Result<AuctionDraft> Listings::draft_auction(store::Reader& reader, const Listing& listing,
                                                   const Parameters& sale, base::Time now) const {
    const ListingRules& rules = listing.state.rules;
    const auto preset = parts_.presets.find(rules.next_type);
    const bool by_clock =
        preset != parts_.presets.end() && row_of(preset->second.type).timing == Timing::price_clock;
    TRY(check_sale(sale, by_clock));
    Parameters given = sale;
    // Nothing is sold below the asked price: a price clock falls to it, others begin with it.
    given[by_clock ? "floor" : "start"] = rules.price.to_string();
    if (!rules.deposit.is_zero()) given["deposit"] = rules.deposit.to_string();
    AuctionDraft draft{.listing = listing.id.text(),
                       .entry = listing.entry.text(),
                       .host = listing.host,
                       .seller = listing.seller,
                       .place = listing.place,
                       .title = listing.title};
    draft.is_sample = listing.is_sample;
    draft.rules = TRY(rules_from_preset(parts_.presets, rules.next_type, given,
                                        base::start_of_day(base::date_in_shanghai(now))));
    draft.agent_allowed =
        rules.agents == BidAgents::allowed && draft.rules.type == AuctionType::english;
    const auto add = [&](const std::string& key, base::Money deposit,
                         Admission::Seat seat) -> base::Status {
        const base::Id<party::Organisation> organisation(key);
        const auto bidder = TRY(party::Organisations::require(reader, organisation));
        const auto right = std::ranges::find(rules.priorities, key, &PriorityBasis::party);
        const int rank = right == rules.priorities.end() ? 0 : right->rank;
        draft.bidders.push_back({organisation, bidder.name, deposit, rank, seat});
        return {};
    };
    bool has_holder = false;
    for (const ListingParty& party : listing.state.parties) {
        if (party.standing != ListingParty::Standing::qualified) continue;
        TRY(add(party.key, party.deposit, Admission::Seat::bidder));
        has_holder = has_holder || draft.bidders.back().priority_rank > 0;
    }
    for (const auto& [holder, answer] : listing.state.priorities) {
        const ListingParty* party = listing.state.party(holder);
        const bool bids = party && party->standing == ListingParty::Standing::qualified;
        if (bids || answer != PriorityAnswer::declared) continue;
        TRY(add(holder, party ? party->deposit : base::Money{0, rules.price.currency},
                Admission::Seat::priority_only));
        has_holder = true;
    }
    if (!has_holder) return draft;
    // The right is asked for at the price that the competition found, within the listing's own term.
    AuctionRules& made = draft.rules;
    if (made.priority_mode == PriorityMode::none) made.priority_mode = PriorityMode::after_close;
    made.priority_term = term_end(parts_.calendar, made.close, rules.priority) - made.close;
    made.priority_deposit = PriorityDeposit::required;
    return draft;
}

base::Result<Auction> Listings::announce(store::Transaction& transaction, const party::Actor& actor,
                                         const base::Id<Listing>& id, const Parameters& sale,
                                         std::vector<KeyHolder> key_holders) const {
    Listing listing = TRY(read(transaction, actor, id));
    TRY(parts_.permissions.require(actor, "listing.operate", listing.standing()));
    if (listing.state.stage != Stage::competition)
        return base::refuse(base::conflict("wrong_stage"));
    if (!listing.state.auction.empty())
        return base::refuse(base::conflict("auction_announced_already"));
    AuctionDraft draft = TRY(draft_auction(transaction, listing, sale, transaction.now()));
    draft.key_holders = std::move(key_holders);
    const Auction auction =
        TRY(parts_.auctions.announce(transaction, party::Actor::system(), draft));
    TRY(write(transaction, actor, std::move(listing),
              {"auction_announced",
               "clock",
               actor.account.text(),
               "",
               {{"auction", auction.id.text()}}}));
    return auction;
}

/// What is done to a listing in competition is done to its sale, once this transaction is durable.
base::Status Listings::steer_auction(store::Transaction& transaction, Stage before,
                                     const Listing& listing, const ListingEvent& event) const {
    const ListingState& state = listing.state;
    if (state.auction.empty()) return {};
    const base::Id<Auction> id(state.auction);
    const auto auction = Auctions::find(transaction, id);
    if (!auction || auction->is_over()) return {};
    Event act{.document = event.value("document")};
    if (before == Stage::competition && state.stage == Stage::suspended) {
        act.action = Action::suspend;
    } else if (before == Stage::suspended && state.stage == Stage::competition) {
        act.action = Action::resume;
    } else if ((before == Stage::competition || before == Stage::suspended) && state.is_over()) {
        act.action = Action::annul;
        if (act.document.empty()) act.document = state.end_reason;
    } else if (event.action == "deposit" && state.stage == Stage::competition) {
        const auto seat =
            Auctions::seat_of(transaction, id, base::Id<party::Organisation>(event.party));
        if (!seat) return {};
        act = {.action = Action::deposit_received,
               .subject = seat->alias,
               .amount = event.value("amount")};
    } else {
        return {};
    }
    return parts_.auctions.request(transaction, party::Actor::system(), id, act);
}

/// Judged before anything is written, so that a refusal leaves the transaction as it was.
base::Status Listings::take_end(store::Transaction& transaction, const base::Id<Listing>& id,
                                const AuctionEnd& end) const {
    const Listing listing = TRY(require(transaction, id));
    if (!competes(listing.state) || listing.state.auction_result) return {};
    const ListingEvent event = event_of(end);
    ListingState ahead = listing.state;
    Ledger book = TRY(Deposits::book(transaction, id.text()));
    const auto effects = TRY(apply(parts_.calendar, ahead, event, transaction.now()));
    for (const ListingEffect& effect : effects) {
        if (auto posting = posting_of(effect)) TRY(book.post(std::move(*posting)));
    }
    TRY(record(transaction, id, event));
    return {};
}

base::Status Listings::on_auction(store::Transaction& transaction, const Auction& auction,
                                  const AuctionNews& news) const {
    if (auction.listing.empty() || !news.end) return {};
    const base::Status taken = take_end(transaction, base::Id<Listing>(auction.listing), *news.end);
    if (!taken) {
        spdlog::warn("listing {}: the result of sale {} waits: {}", auction.listing,
                     auction.id.text(), base::describe(taken.error()));
    }
    return {};
}

base::Status Listings::settle_auction(store::Transaction& transaction,
                                      const base::Id<Listing>& id) const {
    const Listing listing = TRY(require(transaction, id));
    if (!competes(listing.state) || listing.state.auction.empty()) return {};
    const auto room = TRY(
        AuctionRoom::load(transaction, parts_.auctions, base::Id<Auction>(listing.state.auction)));
    const auto end = room->end();
    return end ? take_end(transaction, id, *end) : base::Status();
}

base::Result<int> Listings::fire_due(store::Database& database) const {
    struct Due {
        std::vector<std::string> timers, sales;
    };
    const auto due = TRY(database.read<Due>([&](store::Reader& reader) -> base::Result<Due> {
        Due found;
        for (const store::Row& row : reader.query(
                 "select id from trade_listing where due_at <= :now order by due_at limit 200",
                 {{"now", database.clock().now()}}))
            found.timers.push_back(row.text(0));
        for (const store::Row& row :
             reader.query("select distinct l.id from trade_listing l join trade_auction a on "
                          "a.listing = l.id where l.stage in ('competition', 'suspended') and "
                          "a.phase in ('closed', 'failed') limit 200"))
            found.sales.push_back(row.text(0));
        return found;
    }));
    int moved = 0;
    const auto attempt = [&](const std::string& id, auto&& work) {
        const base::Status done = database.write<void>(work);
        if (done) ++moved;
        if (!done) spdlog::error("listing {}: {}", id, base::describe(done.error()));
    };
    for (const std::string& id : due.timers) {
        attempt(id, [&](store::Transaction& transaction) -> base::Status {
            TRY(record(transaction, base::Id<Listing>(id), {"tick", "clock", "system", "", {}}));
            return {};
        });
    }
    for (const std::string& id : due.sales) {
        attempt(id, [&](store::Transaction& transaction) {
            return settle_auction(transaction, base::Id<Listing>(id));
        });
    }
    return moved;
}

}  // namespace trade
