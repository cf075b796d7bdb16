#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "trade/money_rules.h"

namespace trade {

enum class AuctionType {
    english,
    sealed_first,
    sealed_second,
    multi_round,
    dutch,
    dutch_hybrid,
    scored,
    multi_unit,
};

/// Who sees a bid when it is accepted.
enum class Visibility { open, sealed, clock };
/// What ends the bidding.
enum class Timing { soft_close, fixed, rounds, price_clock };
/// What the winner pays.
enum class PriceRule { own_bid, second_bid, by_units };
enum class TieRule { earliest, rebid_tied, lottery };

/// One auction type as a row of pricing and timing rules. The engine asks the row, never the name,
/// so a new type is a new row (and a comparator test), not a new engine.
struct TypeRow {
    AuctionType type;
    std::string_view name;
    Visibility visibility;
    Timing timing;
    PriceRule price;
    TieRule tie;  ///< when the notice names none
};
std::span<const TypeRow> auction_types();
const TypeRow& row_of(AuctionType type);

enum class EnglishForm { window, cycle };
enum class UnitPricing { uniform, pay_as_bid, posted };
enum class PriorityMode { none, inside_equal, after_close, as_bidder };
enum class PriorityDeposit { with_match, required };
enum class StepMultiple { any, required };
enum class OwnRaise { refused, allowed };
enum class FreePeriod { optional, required };
enum class RoundFeedback { best, rank, none };
enum class SecondDeposit { released, kept };
enum class ReserveSecrecy { published, secret };
enum class Commitment { by_platform, by_bidder };
/// Who opens sealed bids: the clock at the close, or two key holders together after it.
enum class Opening { at_close, by_keys };

/// Somebody admitted to the sale, named by alias.
struct Bidder {
    std::string alias;
    std::optional<base::Money> deposit;  ///< other than the sale's deposit; zero = none paid
    bool operator==(const Bidder&) const = default;
};

/// A holder of a priority right. Only holders who outrank the leader are asked; 1 is the highest.
struct PriorityHolder {
    std::string alias;
    int rank = 1;
    bool operator==(const PriorityHolder&) const = default;
};

/// The whole parameter block of one sale. Frozen by hash at publication (G6): every page, replay
/// and judge reads the same block. Times are absolute; amounts are of one currency.
struct AuctionRules {
    std::string procedure = "case";
    std::string rule_set;  ///< id of the region's preset it was made from
    AuctionType type = AuctionType::english;

    base::Currency currency;
    base::Money start;
    std::optional<base::Money> reserve;
    ReserveSecrecy reserve_secrecy = ReserveSecrecy::published;
    /// Hex of reserve_commitment_of, published in place of a secret reserve; empty: it is not hidden.
    std::string reserve_commitment;
    base::Money step;
    StepMultiple step_multiple = StepMultiple::any;
    std::optional<base::Money> max_jump;
    OwnRaise own_raise = OwnRaise::refused;
    base::Money deposit;

    base::Time open;
    base::Time close;  ///< of a price clock without an announced close: see dutch_end
    bool close_given = false;
    EnglishForm form = EnglishForm::window;
    std::optional<base::Time> free_end;
    FreePeriod free_period = FreePeriod::optional;
    base::Duration cycle;
    base::Duration window;
    base::Duration extension;
    std::optional<base::Time> hard_stop;
    std::optional<base::Duration> outage_minimum;

    int rounds = 1;
    std::vector<base::Time> round_ends;
    base::Duration round_length;
    int dropped_each_round = 0;
    RoundFeedback round_feedback = RoundFeedback::best;

    base::Duration interval;  ///< of the price clock; `step` is its decrement
    base::Money floor;
    base::Duration taker_sealed_term = base::minutes(5);
    base::Duration taker_answer_term = base::minutes(5);

    ScoreRule score;
    UnitPricing unit_pricing = UnitPricing::uniform;
    int units = 1;  ///< 0 = without limit (posted price only)
    int unit_cap = 1;

    TieRule tie = TieRule::rebid_tied;
    base::Duration tie_term = base::seconds(300);
    std::string beacon;  ///< public value announced before, for lots

    PriorityMode priority_mode = PriorityMode::none;
    std::vector<PriorityHolder> holders;
    base::Duration priority_term = base::days(3);
    PriorityDeposit priority_deposit = PriorityDeposit::with_match;

    int bidders_min = 1;
    std::optional<base::Duration> sign_term;
    std::optional<base::Duration> offer_term;
    int runner_up_depth = 1;
    SecondDeposit second_deposit = SecondDeposit::released;
    Commitment commitment = Commitment::by_platform;
    Opening opening = Opening::at_close;
    int rate_limit = 0;  ///< bids a bidder may try in rate_period; 0 = not limited here
    base::Duration rate_period = base::seconds(10);

    std::vector<Bidder> bidders;
    std::vector<std::string> suspended;
    std::vector<std::string> conflicted;
    std::vector<std::string> unconfirmed;

    bool operator==(const AuctionRules&) const = default;

    const TypeRow& row() const { return row_of(type); }
    bool is_sealed() const { return row().visibility == Visibility::sealed; }
    bool is_posted() const {
        return type == AuctionType::multi_unit && unit_pricing == UnitPricing::posted;
    }
    /// The least a winner ever pays.
    base::Money least_price() const { return reserve && *reserve > start ? *reserve : start; }
    const Bidder* bidder(std::string_view alias) const;
    const PriorityHolder* holder(std::string_view alias) const;
};

using Parameters = std::map<std::string, std::string>;

/// Reads parameters by name ("start", "extend", "bidders" …; also the long names of the rule sets).
/// Clock times ("10:00:00") count from `day`; others are ISO. Refuses unknown names
/// (`parameter_unknown`), wrong values (`parameter_invalid`) and blocks that do not fit together
/// (`rules_inconsistent`); `field` is the parameter.
base::Result<AuctionRules> read_rules(AuctionType type, const Parameters& parameters,
                                      base::Time day);

/// The block under its canonical names, defaults left out; read_rules gives it back. A reserve that
/// is committed to is left out: it is opened beside the record.
Parameters write_rules(const AuctionRules& rules);
/// H(reserve | salt | amount) in hex: a secret reserve before it is opened.
std::string reserve_commitment_of(std::string_view salt, base::Money reserve);
/// SHA-256 of the canonical JSON of write_rules, in hex: what a bidder confirms.
std::string terms_hash(const AuctionRules& rules);

base::Result<AuctionType> parse_auction_type(std::string_view name);
/// "2m", "180s", "1d", "1h30m", "90" (seconds).
std::optional<base::Duration> read_duration(std::string_view text);
/// "09:00", "09:00:00", "09:00:00.5" after `day`, or an ISO moment.
std::optional<base::Time> read_moment(std::string_view text, base::Time day);

}  // namespace trade
