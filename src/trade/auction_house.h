#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/money.h"
#include "base/result.h"
#include "party/actor.h"
#include "party/organisation.h"
#include "party/permission.h"
#include "store/database.h"
#include "trade/auction.h"

namespace trade {

/// One announced sale as stored; what happens in it is in its events (see auction_desk.h for who
/// writes them). `rules` never change after announcement (G6): bidders admitted later are events.
struct Auction {
    base::Id<Auction> id;
    std::string listing;                 ///< id of the listing it was announced by, or empty
    std::string entry;                   ///< id of the achievement, or empty
    base::Id<party::Organisation> host;  ///< the market operator that runs it
    base::Id<party::Organisation> seller;
    std::string place;
    std::string title;
    AuctionRules rules;  ///< a secret reserve is left out until it is opened
    std::string terms_hash;
    std::string phase;  ///< "announced", then a Phase's name
    base::Time announced_at;
    std::optional<base::Time> closes_at;  ///< the running deadline
    std::uint64_t last_seq = 0;
    std::string head;  ///< hex
    bool agent_allowed = false;
    bool is_sample = false;
    std::uint64_t refused = 0;          ///< attempts, for the record
    std::uint64_t missed_in_queue = 0;  ///< arrived before the close, stamped after it
    std::int64_t version = 1;

    party::Standing standing() const { return {place, host, seller, {}, {}}; }
    bool is_over() const { return phase == "closed" || phase == "failed"; }
};

/// Somebody to be admitted. The alias is drawn by chance when he is (never by order of sign-up).
struct Admission {
    base::Id<party::Organisation> organisation;
    std::string name;       ///< as shown by the disclosure table after the sale
    base::Money deposit;    ///< held for him now; zero where none is asked for
    int priority_rank = 0;  ///< 1 is the highest; 0: no priority right
    enum class Seat { bidder, priority_only } seat = Seat::bidder;
};

/// An admitted organisation and the alias it bids under.
struct AuctionSeat {
    std::string alias;
    base::Id<party::Organisation> organisation;
    std::string name;
    base::Money deposit;
    Admission::Seat seat = Admission::Seat::bidder;
};

/// One of the two people without both of whom a sealed bid cannot be read (sealed_bid.h).
struct KeyHolder {
    base::Id<party::Account> account;
    std::string name;        ///< and office, as published
    std::string public_key;  ///< base64 of an X25519 key made on the holder's own machine
};

/// What a listing (or an operator) says when it announces a sale.
struct AuctionDraft {
    std::string listing;
    std::string entry;
    base::Id<party::Organisation> host;
    base::Id<party::Organisation> seller;
    std::string place;
    std::string title;
    /// From rules_from_preset; procedure, bidders and holders are filled in by announce. A secret
    /// reserve is committed to by hash and kept sealed.
    AuctionRules rules;
    std::vector<Admission> bidders;
    std::vector<KeyHolder> key_holders;  ///< two for opening=keys, else none
    bool agent_allowed = false;          ///< proxy bidding by rule
    bool is_sample = false;
};

/// How a sale ended, with the organisations behind the aliases.
struct AuctionEnd {
    base::Id<party::Organisation> winner;  ///< empty: nobody
    base::Money price;
    std::string reason;  ///< why nobody
    /// After the winner by the sale's own ranking, each with his own bid; none below the reserve.
    std::vector<std::pair<base::Id<party::Organisation>, base::Money>> runners;
};

/// Something that a sale makes others do: a core effect with the organisation behind the alias.
struct AuctionNews {
    EffectKind kind = EffectKind::closed;
    base::Id<party::Organisation> organisation;  ///< empty where nobody in particular
    std::string alias;
    base::Time at;
    base::Time due;
    base::Money amount;  ///< closed: the price; deposit_*: how much
    int units = 1;
    std::string reason;
    std::optional<AuctionEnd> end;  ///< with closed and failed
};

/// Announcing sales and asking things of them from within other people's transactions. Stateless
/// over the store; thread-safe after the listeners are set. The one writer of a sale (AuctionDesk)
/// carries out what `request` left behind, in order and exactly once.
class Auctions {
  public:
    Auctions(const party::Permissions& permissions, const base::Vault& vault)
        : permissions_(&permissions), vault_(&vault) {}

    /// Freezes the rules and draws the aliases. Errors: not_permitted (`auction.announce`),
    /// `rules_inconsistent` {field}, `key_holders_wrong` (two different people and keys, neither of
    /// the seller), `bidder_twice`, `auction_opens_in_past`.
    base::Result<Auction> announce(store::Transaction&, const party::Actor&,
                                   const AuctionDraft&) const;
    /// Admits somebody until bidding ends. Returns his alias; he can bid once the writer took it in
    /// (at the latest with his first request). Errors: `auction_unknown`, `bidder_twice`,
    /// `bidding_closed`, `sale_of_listing` (whoever bids there registered with the listing).
    base::Result<std::string> admit(store::Transaction&, const party::Actor&,
                                    const base::Id<Auction>&, const Admission&) const;
    /// Takes the right to bid away; bids that stand are passed over at the close. `document` names
    /// the decision. Errors: `auction_unknown`, `bidder_unknown`, `document_missing`.
    base::Status withdraw_bidder(store::Transaction&, const party::Actor&, const base::Id<Auction>&,
                                 const base::Id<party::Organisation>&,
                                 std::string_view document) const;
    /// Any act of the platform (suspend, resume, outage_begins, outage_ends, annul, withdraw_sale,
    /// quality, declare_default, lapse, refund_confirmed, deposit_received …) as soon as the
    /// transaction is durable. `event.subject` is an alias. What the core refuses is kept with the
    /// request and logged, since nobody waits for it. Errors: `auction_unknown`, forbidden_role for
    /// an act of a bidder.
    base::Status request(store::Transaction&, const party::Actor&, const base::Id<Auction>&,
                         const Event&) const;

    static std::optional<Auction> find(store::Reader&, const base::Id<Auction>&);
    static base::Result<Auction> require(store::Reader&, const base::Id<Auction>&);
    /// Newest first.
    static std::vector<Auction> of_listing(store::Reader&, std::string_view listing);
    struct Filter {
        enum class Stage { all, coming, running, over } stage = Stage::all;
        std::string after;  ///< cursor: id of the last one seen
        std::size_t limit = 30;
    };
    /// By id, newest first. All of them are public.
    static std::vector<Auction> list(store::Reader&, const Filter&);
    static std::vector<AuctionSeat> seats(store::Reader&, const base::Id<Auction>&);
    static std::optional<AuctionSeat> seat_of(store::Reader&, const base::Id<Auction>&,
                                              const base::Id<party::Organisation>&);
    /// The events of the record so far, in order, after `seq`.
    static std::vector<LogEntry> events(store::Reader&, const base::Id<Auction>&,
                                        std::uint64_t after = 0, std::size_t limit = 1'000'000);

    /// Called in the writer's transaction with what the sale makes others do (released, forfeited,
    /// closed, failed, offer_made …), once per news. A refusal undoes the whole step, which is tried
    /// again a moment later: so refuse nothing that will not pass. To be set before the desk starts.
    using Listener =
        std::function<base::Status(store::Transaction&, const Auction&, const AuctionNews&)>;
    void listen(Listener listener) { listeners_.push_back(std::move(listener)); }
    base::Status tell(store::Transaction&, const Auction&, const AuctionNews&) const;

    const base::Vault& vault() const { return *vault_; }
    const party::Permissions& permissions() const { return *permissions_; }

  private:
    const party::Permissions* permissions_;
    const base::Vault* vault_;
    std::vector<Listener> listeners_;
};

}  // namespace trade
