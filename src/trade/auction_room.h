#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "store/database.h"
#include "trade/auction_agent.h"
#include "trade/auction_house.h"
#include "trade/auction_rows.h"
#include "trade/sealed_bid.h"

namespace trade {

/// A sale as everybody may see it between two events: a value that never changes. Sealed amounts and
/// an unopened reserve are not in it.
struct AuctionView {
    Auction auction;
    AuctionState state;
    std::size_t bidders = 0;  ///< with a seat
};

/// Who holds the sale, for the fence: the row is written only while both still stand in it.
struct Lease {
    std::string owner;
    std::int64_t epoch = 0;
};

/// What happened in one writing of a sale, for those who watch it.
struct AuctionUpdate {
    std::shared_ptr<const AuctionView> view;
    std::vector<LogEntry> entries;
};

/// The memory of one sale in its writer's hands: applies what is asked, gathers what must be stored,
/// writes it in the caller's transaction. What was applied but not stored is undone by throwing the
/// room away and loading it again. Used by one thread.
class AuctionRoom {
  public:
    /// Folds the stored events. Errors: `auction_unknown`, those of fold (a table was tampered with).
    static base::Result<std::unique_ptr<AuctionRoom>> load(store::Reader&, const Auctions&,
                                                           const base::Id<Auction>&);

    const AuctionState& state() const { return state_; }
    const AuctionRules& rules() const { return rules_; }
    const Auction& auction() const { return auction_; }

    /// Judges an event. `key` is the bidder's idempotency key as sent; `salt` comes back with what a
    /// sealed bid was committed with. Agents answer at once.
    struct Judged {
        Outcome outcome;
        std::string salt;
        std::string hash;
    };
    Judged judge(Event event, std::string_view key, base::Time stamp, base::Random& random);
    void tick(base::Time stamp, base::Random& random);
    /// Carries out what other transactions asked for.
    void take_commands(const std::vector<rows::Command>& commands, base::Time stamp,
                       base::Random& random);
    void set_seats(std::vector<AuctionSeat> seats);
    bool knows(std::string_view alias) const;
    /// Sets or replaces a bidder's standing order (none: ends it). Errors: `agent_not_allowed`,
    /// not_a_bidder, bidding_closed, `agent_maximum_too_low` {least}.
    base::Status set_agent(const std::string& alias, std::optional<base::Money> maximum,
                           base::Time stamp, base::Random& random);
    std::optional<BidAgent> agent_of(std::string_view alias) const;
    /// A holder's secret key, after the close; with the second the bids are opened. Errors:
    /// `key_not_needed_yet`, `key_wrong`, `key_given`, `sealed_damaged` {seq}.
    base::Status give_key(const party::Actor&, const std::string& secret_key, base::Time stamp,
                          base::Random& random);
    /// The writer could not accept between these moments (trading.md 5.10): in the record before any
    /// timer fires.
    void note_outage(base::Time from, base::Time to);

    /// How it ended; none while it runs or an offer to the second waits.
    std::optional<AuctionEnd> end() const;
    bool is_dirty() const;
    /// Everything since the last store; `storage_unavailable` when the lease is not ours any more.
    base::Status store(store::Transaction&, const Auctions&, const Lease&, base::Time stamp,
                       base::Time lease_until) const;
    /// The transaction is durable: forget what was gathered; what watchers see now.
    AuctionUpdate stored();
    std::shared_ptr<const AuctionView> view();
    /// The public record (docs/trading.md) over the events given, which are all of the sale.
    base::json::object record(const std::vector<LogEntry>& entries) const;

  private:
    AuctionRoom(const base::Vault& vault) : vault_(&vault) {}
    base::Status load_state(store::Reader&);
    base::Status open_with_keys(base::Time stamp, base::Random& random);
    Outcome apply_event(const Event& event, base::Time stamp, base::Random& random,
                        const SealedContent* content);
    std::string seal(const SealedContent& content, std::uint64_t seq, base::Random& random) const;
    void run_agents(base::Time stamp, base::Random& random);
    std::string context(std::uint64_t seq) const;
    base::Result<SealedContents> open_boxes(const std::vector<rows::StoredEvent>& events) const;
    std::vector<BoxKeys> box_keys() const;

    const base::Vault* vault_;
    Auction auction_;
    AuctionRules rules_;
    std::string reserve_salt_;
    std::string reserve_box_;  ///< while it is under the keys
    AuctionState state_;
    std::map<std::string, AuctionSeat, std::less<>> seats_;
    std::vector<rows::StoredKey> keys_;
    std::vector<std::string> secret_keys_;  ///< by slot, in clear, once given
    std::vector<BidAgent> agents_;
    std::vector<rows::StoredEvent> events_;  ///< all of a sale under keys, for opening

    struct Gathered {
        std::vector<rows::StoredEvent> events;
        std::vector<rows::StoredAnswer> answers;
        std::vector<std::pair<Effect, base::Time>> effects;
        std::vector<std::pair<std::string, Code>> commands;
        std::vector<std::pair<int, std::string>> keys;  ///< slot, sealed
        std::map<std::string, std::optional<BidAgent>> agents;
        bool counts = false;  ///< of refusals
    };
    Gathered gathered_;
};

}  // namespace trade
