#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "party/actor.h"
#include "store/database.h"
#include "trade/auction_desk.h"

namespace trade {

/// From a signed-in person to a seat in a sale: who may bid, in whose name, and the acts of the host.
/// Stateless; thread-safe.
class AuctionBidding {
  public:
    AuctionBidding(store::Database& database, AuctionDesk& desk)
        : database_(&database), desk_(&desk) {}

    struct Request {
        Event event;         ///< action and what was typed; who acts is found here
        std::string key;     ///< Idempotency-Key
        std::string bidder;  ///< an alias the request names, or empty: must be the own one
        base::Time arrived;
    };
    struct Answer {
        DeskAnswer desk;
        std::string alias;
        std::shared_ptr<const AuctionView>
            view;  ///< after the act; null when there is no such sale
        base::Time now;
    };
    /// Judged in the published order of checks; a refusal is an outcome with its code. Errors only
    /// where nobody could judge: `storage_unavailable`; `idempotency_key_weak` for a sealed bid.
    base::Result<Answer> act(const party::Actor&, std::string_view auction, Request) const;

    /// The seat the actor may bid from (permission `auction.bid` for its organisation), if any.
    base::Result<std::optional<AuctionSeat>> seat(const party::Actor&,
                                                  const base::Id<Auction>&) const;
    /// The same or not_a_bidder (`not_signed_in` for a visitor).
    base::Result<AuctionSeat> require_seat(const party::Actor&, const base::Id<Auction>&) const;

    /// A standing order of the bidder; none ends it. Errors: as AuctionRoom::set_agent,
    /// malformed_request, not_a_bidder.
    base::Status set_agent(const party::Actor&, const base::Id<Auction>&,
                           std::optional<std::string> maximum) const;
    /// Suspend, resume, outage_begins, outage_ends, annul, withdraw_sale, suspend_bidder, quality,
    /// declare_default, lapse by the host. Each needs a ground of the code list and a document.
    /// Errors: `auction_unknown`, not_permitted (`auction.operate`), `ground_missing`,
    /// `document_missing`, `sale_of_listing` for what its listing decides, and the codes of the core.
    base::Result<Outcome> operate(const party::Actor&, const base::Id<Auction>&, Event,
                                  std::string_view ground) const;

    AuctionDesk& desk() const { return *desk_; }

  private:
    store::Database* database_;
    AuctionDesk* desk_;
};

/// A code of the core as a refusal with the status of its kind.
base::Error refusal_of(Code code);

/// An act that a bidder may post, by its name. To look at bids is none: a taken act is answered with a
/// signed receipt, which must name the asker's own.
std::optional<Action> parse_posted_act(std::string_view name);

}  // namespace trade
