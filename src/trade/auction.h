#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/money.h"
#include "trade/auction_codes.h"
#include "trade/auction_rules.h"
#include "trade/ledger.h"

namespace trade {

/// What somebody asks of an auction. Commands carry no time: the one writer stamps them.
enum class Action {
    // Bidders.
    bid,     ///< an offer: open, sealed, in a tie round, or a taker's answer
    accept,  ///< take the standing price of a price clock or a posted price
    match,   ///< exercise a priority right
    waive,   ///< renounce it
    withdraw,
    read_bids,
    accept_offer,
    decline_offer,
    // The platform and its operators.
    tick,  ///< only lets due timers fire
    suspend,
    resume,
    outage_begins,
    outage_ends,
    quality,           ///< the jury's blind scores
    declare_default,   ///< of the winner
    lapse,             ///< the offered second did not answer
    refund_confirmed,  ///< by the bank statement
    withdraw_sale,
    annul,  ///< by decision of an authority, with a document
    suspend_bidder,
    deposit_received,
    admit_bidder,  ///< after the announcement; `amount` is the deposit held for him
    open_bids,     ///< by the key holders, after the close
};
std::string_view name_of(Action action);
std::optional<Action> parse_action(std::string_view name);

/// One request as it reached the writer, nothing judged yet.
struct Event {
    Action action = Action::tick;
    std::string actor;    ///< alias; empty = the platform
    std::string subject;  ///< the bidder an act of the platform is about
    std::string amount;   ///< as typed; read and judged by the core
    int units = 1;
    std::string currency;                       ///< when named apart from the amount
    std::string key;                            ///< idempotency key, may be empty
    std::string expect_best;                    ///< the price the bidder saw
    std::string confirmed_terms;                ///< terms_hash he agreed to
    std::string procedure;                      ///< when the request names one
    std::string salt;                           ///< for the commitment of a sealed bid
    std::string commitment;                     ///< made by the bidder himself
    std::string document;                       ///< of a decision
    std::optional<std::int64_t> step_seen;      ///< number of the clock step, 0 first
    std::optional<base::Time> arrived;          ///< first byte, when it came before the stamp
    std::map<std::string, std::string> points;  ///< quality by alias
    enum class Jump { unconfirmed, confirmed } jump = Jump::unconfirmed;
    enum class Session { signed_in, anonymous } session = Session::signed_in;
    /// Of content and key, made by the shell, so that no amount is kept for comparing; empty: the
    /// content itself is kept.
    std::string digest;
    /// hidden: a sealed bid that was judged before, read back without its amount. Never a request.
    enum class Sight { open, hidden } sight = Sight::open;
    bool operator==(const Event&) const = default;
};

/// The answer to one event: a stable code and what the asker may know with it.
struct Outcome {
    Code code = Code::accepted;
    enum class Repeat { first, repeated } repeat = Repeat::first;
    std::uint64_t seq = 0;  ///< of the accepted event
    enum class Seal { open, sealed } seal = Seal::open;
    std::string lead;
    std::optional<base::Time> close;
    std::optional<base::Money> price;     ///< best, standing or offered price
    std::optional<base::Money> min_next;  ///< the least valid next bid
    std::optional<base::Money> replaces;
    std::optional<int> round;
    std::optional<int> units_left;
    std::string offered;
    std::vector<std::pair<std::string, base::Money>> forfeited;
    bool operator==(const Outcome&) const = default;
};

/// What the shell has to do because of an event. The core only names it.
enum class EffectKind {
    close_moved,
    bids_opened,
    tie_round,
    priority_asked,
    round_closed,
    closed,
    failed,
    deposit_released,
    deposit_forfeited,
    deposit_held,
    offer_made,
    keys_needed,     ///< the bidding is over: the two key holders open
    officer_needed,  ///< an outage of hours: somebody decides and publishes the reason
};
std::string_view name_of(EffectKind kind);

struct Effect {
    EffectKind kind = EffectKind::closed;
    std::string bidder;
    base::Time due;
    base::Money amount;
    std::string reason;
};

/// One line of the public record (5.12): h_n = SHA256(h_{n-1} ‖ seq ‖ stamp ‖ type ‖ payload).
struct LogEntry {
    std::uint64_t seq = 0;
    base::Time stamp;
    std::string type;
    std::string payload;  ///< canonical JSON
    base::Digest hash{};
    bool operator==(const LogEntry&) const = default;
};

enum class Phase {
    bidding,
    final_sealed,  ///< hard stop cut an extension: one sealed round of the last active bidders
    taker_sealed,  ///< Dutch hybrid: others may outbid the taker once
    taker_answer,
    tie_round,
    awaiting_quality,
    priority_window,
    priority_round,
    closed,
    offered,
    failed,
    awaiting_opening,  ///< bidding is over, the key holders have not opened the bids yet
};
std::string_view name_of(Phase phase);

struct Bid {
    std::string bidder;
    base::Money amount;
    int units = 1;
    std::uint64_t seq = 0;
    base::Time stamp;
    std::string salt;
    enum class Kind { offer, match } kind = Kind::offer;
    bool operator==(const Bid&) const = default;
};

struct Award {
    std::string bidder;
    base::Money price;
    int units = 1;
    bool operator==(const Award&) const = default;
};

/// Everything an auction knows. A value: copy it to look at "what if".
struct AuctionState {
    Phase phase = Phase::bidding;
    std::uint64_t seq = 0;
    base::Time last_stamp;
    base::Digest head{};

    base::Time open;
    std::optional<base::Time> deadline;  ///< the one timer of the present phase
    std::optional<base::Time> free_end;
    std::optional<base::Time> hard_stop;
    std::vector<base::Time> round_ends;
    int round = 1;
    enum class Cut { none, by_hard_stop } cut = Cut::none;

    std::optional<base::Time> paused_since;
    std::optional<base::Time> outage_since;
    std::optional<base::Time> suspended_since;
    base::Duration clock_held;  ///< how long the price clock stood still

    std::map<std::string, Bid, std::less<>> bids;    ///< public: the current one of each bidder
    std::map<std::string, Bid, std::less<>> sealed;  ///< the same, not opened yet
    std::vector<Bid> sealed_history;                 ///< not opened yet, replaced ones included
    std::set<std::string, std::less<>> free_bidders;
    std::set<std::string, std::less<>> dropped;
    std::string lead;
    std::set<std::string, std::less<>> participants;  ///< of a round for some
    enum class TieRound { not_held, held } tie_round = TieRound::not_held;
    std::map<std::string, std::int64_t, std::less<>> quality;  ///< hundredths of points
    std::map<std::string, base::Digest, std::less<>> lots;

    std::vector<Bid> ranking;  ///< valid bids, best first, known when bids are opened
    std::vector<Award> awards;
    std::map<std::string, bool, std::less<>> priority_answers;  ///< asked: answered yes or no
    std::map<std::string, Bid, std::less<>> priority_bids;      ///< of those who said yes
    std::set<std::string, std::less<>> priority_asked;
    std::optional<base::Time> bidding_ended;
    std::optional<base::Time> closed_at;
    std::string offered;
    int offers_made = 0;
    std::set<std::string, std::less<>> passed_over;  ///< defaulted, or did not take the offer
    std::string failure;                             ///< reason code of a sale without a winner

    Ledger ledger;
    std::set<std::string, std::less<>> suspended_bidders;
    std::set<std::string, std::less<>> admitted;  ///< after the announcement
    /// blind: amounts of sealed bids are judged and forgotten (opening by keys); the state is folded
    /// anew with open eyes when the keys are there.
    enum class Sight { seeing, blind } sight = Sight::seeing;
    std::optional<Phase> opening_of;  ///< the phase whose sealed bids wait for the keys
    std::set<std::string, std::less<>> confirmed;  ///< who agreed to the terms with a bid
    struct Answer {
        std::string body;
        Outcome outcome;
        bool operator==(const Answer&) const = default;
    };
    std::map<std::string, std::map<std::string, Answer>, std::less<>> answers;
    std::map<std::string, std::deque<base::Time>, std::less<>> attempts;
    std::uint64_t bids_accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t missed_in_queue = 0;

    bool is_final() const { return phase == Phase::closed || phase == Phase::failed; }
    bool is_paused() const { return paused_since.has_value(); }
    /// Nothing sealed is waiting to be opened (also true before the first sealed bid of an open type).
    bool bids_are_open(const AuctionRules& rules) const;
    /// The leading public bid.
    const Bid* best() const;
    /// The bidder's own last bid, sealed or not.
    const Bid* own(std::string_view bidder) const;
    int units_sold() const;
};

struct Step {
    Outcome outcome;
    std::vector<Effect> effects;
    std::vector<LogEntry> entries;
};

/// The state before the first event; deposits of the listed bidders are received and held.
AuctionState begin_auction(const AuctionRules& rules,
                           AuctionState::Sight sight = AuctionState::Sight::seeing);

/// What makes two requests under one key the same request; the amount counts by value.
std::string request_content(const Event& event, base::Currency currency);

/// The pure core: (rules, state, event, now) → (state, outcome, effects). No clock, storage or
/// chance inside. Due timers fire before the event (G5); `now` earlier than the last stamp counts
/// as the last stamp, so a clock stepping back changes nothing. A refused event changes only the
/// count of refusals and the answer kept under its key.
Step apply(const AuctionRules& rules, AuctionState& state, const Event& event, base::Time now);

/// When the next timer is due, if one runs. None while suspended or in an outage.
std::optional<base::Time> next_due(const AuctionState& state);

/// The price a clock shows at that moment, and the number of the step (0 first).
struct Standing {
    base::Money price;
    std::int64_t step = 0;
};
Standing standing_at(const AuctionRules& rules, const AuctionState& state, base::Time now);

/// Who won what, or why nobody did; with scores, second and deposits. Shows no bid before opening.
base::json::object result_json(const AuctionRules& rules, const AuctionState& state);

/// H(salt | amount | units | bidder) in hex: a sealed bid in the record before it is opened.
std::string commitment_of(std::string_view salt, base::Money amount, int units,
                          std::string_view bidder);

}  // namespace trade
