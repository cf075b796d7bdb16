// The order of checks of §5.3: the first failure answers and nothing after it is looked at.
#include <algorithm>

#include "trade/auction_engine.h"

namespace trade {

using std::nullopt;
using std::optional;

/// The checks from "is a bidder" to "not too often", in the published order.
struct AdmissionTable {
    static constexpr Engine::Check bid[] = {
        &Engine::check_bidder,     &Engine::check_bidder_suspended,
        &Engine::check_conflict,   &Engine::check_terms,
        &Engine::check_suspended,  &Engine::check_open,
        &Engine::check_closed,     &Engine::check_phase,
        &Engine::check_deposit,    &Engine::check_currency,
        &Engine::check_amount,     &Engine::check_start_price,
        &Engine::check_leading,    &Engine::check_above_best,
        &Engine::check_step,       &Engine::check_multiple,
        &Engine::check_jump,       &Engine::check_own_previous,
        &Engine::check_stale,      &Engine::check_units,
        &Engine::check_commitment, &Engine::check_rate};
    static constexpr Engine::Check match[] = {
        &Engine::check_holder,       &Engine::check_bidder_suspended, &Engine::check_conflict,
        &Engine::check_terms,        &Engine::check_suspended,        &Engine::check_open,
        &Engine::check_match_window, &Engine::check_deposit,          &Engine::check_currency,
        &Engine::check_amount,       &Engine::check_match_price,      &Engine::check_rate};
};

optional<Code> Engine::admit(const Request& request) const {
    if (request.event.sight == Event::Sight::hidden) return nullopt;  // it was judged before
    if (request.event.action == Action::match) return first_failure(AdmissionTable::match, request);
    return first_failure(AdmissionTable::bid, request);
}

optional<Code> Engine::first_failure(std::span<const Check> checks, const Request& request) const {
    for (Check check : checks) {
        if (auto code = (this->*check)(request)) return code;
    }
    return nullopt;
}

bool Engine::takes_sealed() const {
    switch (state_.phase) {
        case Phase::final_sealed:
        case Phase::taker_sealed:
        case Phase::tie_round:
        case Phase::priority_round:
            return true;
        default:
            return rules_.is_sealed() && !rules_.is_posted();
    }
}

optional<base::Money> Engine::public_base() const {
    bool measured =
        rules_.type == AuctionType::english
            ? state_.phase == Phase::bidding || state_.phase == Phase::final_sealed
            : state_.phase == Phase::taker_sealed || state_.phase == Phase::taker_answer;
    const Bid* best = state_.best();
    return measured && best ? optional(best->amount) : nullopt;
}

optional<base::Money> Engine::min_next() const {
    if (rules_.type != AuctionType::english || state_.phase != Phase::bidding) return nullopt;
    const Bid* best = state_.best();
    if (!best) return rules_.start;
    return best->amount + (rules_.step.is_zero() ? base::Money{1, rules_.currency} : rules_.step);
}

/// A holder who sat outside pays his deposit with the exercise of his right, unless the notice asks
/// for it before.
bool Engine::deposit_comes_with_bid(std::string_view alias) const {
    return rules_.priority_deposit == PriorityDeposit::with_match && rules_.holder(alias) &&
           !rules_.bidder(alias) && !state_.admitted.contains(alias);
}

optional<Code> Engine::check_bidder(const Request& request) const {
    const std::string& actor = request.event.actor;
    if (rules_.bidder(actor) || state_.admitted.contains(actor)) return nullopt;
    bool sits_in = rules_.priority_mode == PriorityMode::inside_equal ||
                   rules_.priority_mode == PriorityMode::as_bidder ||
                   state_.phase == Phase::priority_round;
    if (sits_in && rules_.holder(actor)) return nullopt;
    return Code::not_a_bidder;
}

optional<Code> Engine::check_bidder_suspended(const Request& request) const {
    const std::string& actor = request.event.actor;
    bool suspended = std::ranges::find(rules_.suspended, actor) != rules_.suspended.end() ||
                     state_.suspended_bidders.contains(actor);
    return suspended ? optional(Code::bidder_suspended) : nullopt;
}

optional<Code> Engine::check_conflict(const Request& request) const {
    bool related =
        std::ranges::find(rules_.conflicted, request.event.actor) != rules_.conflicted.end();
    return related ? optional(Code::conflict_of_interest) : nullopt;
}

optional<Code> Engine::check_terms(const Request& request) const {
    const Event& event = request.event;
    if (!event.confirmed_terms.empty()) {
        return event.confirmed_terms == terms_hash(rules_) ? nullopt : optional(Code::stale_terms);
    }
    bool unconfirmed =
        std::ranges::find(rules_.unconfirmed, event.actor) != rules_.unconfirmed.end() &&
        !state_.confirmed.contains(event.actor);
    return unconfirmed ? optional(Code::terms_not_confirmed) : nullopt;
}

optional<Code> Engine::check_suspended(const Request&) const {
    return state_.suspended_since ? optional(Code::procedure_suspended) : nullopt;
}

optional<Code> Engine::check_open(const Request&) const {
    return now_ < state_.open ? optional(Code::not_open_yet) : nullopt;
}

optional<Code> Engine::check_closed(const Request& request) const {
    switch (state_.phase) {
        case Phase::bidding:
        case Phase::final_sealed:
        case Phase::taker_sealed:
        case Phase::taker_answer:
        case Phase::tie_round:
        case Phase::priority_round:
            return nullopt;
        default:
            break;
    }
    const auto& arrived = request.event.arrived;
    bool was_in_time = arrived && state_.bidding_ended && *arrived < *state_.bidding_ended &&
                       *arrived >= state_.open;
    return was_in_time ? Code::deadline_passed_in_queue : Code::bidding_closed;
}

optional<Code> Engine::check_phase(const Request& request) const {
    const std::string& actor = request.event.actor;
    bool clock_runs = rules_.row().timing == Timing::price_clock && state_.phase == Phase::bidding;
    bool accepts = request.event.action == Action::accept;
    if (accepts != clock_runs && !rules_.is_posted()) return Code::wrong_phase;
    if (state_.phase == Phase::taker_sealed) {
        return actor == state_.lead ? optional(Code::not_your_round) : nullopt;
    }
    if (state_.phase != Phase::bidding && !state_.participants.contains(actor)) {
        return Code::not_your_round;
    }
    if (state_.dropped.contains(actor)) return Code::not_your_round;
    bool in_cycles =
        rules_.free_period == FreePeriod::required && state_.free_end && now_ >= *state_.free_end;
    if (in_cycles && !state_.free_bidders.contains(actor)) return Code::free_period_bid_required;
    return nullopt;
}

optional<Code> Engine::check_deposit(const Request& request) const {
    const std::string& actor = request.event.actor;
    if (rules_.deposit.is_zero() || deposit_comes_with_bid(actor)) return nullopt;
    base::Money held = state_.ledger.balance(actor, Account::held);
    if (held.is_zero()) return Code::deposit_not_held;
    return held < rules_.deposit ? optional(Code::deposit_insufficient) : nullopt;
}

optional<Code> Engine::check_currency(const Request& request) const {
    const std::string& named = request.event.currency;
    bool other = request.amount.fault == AmountText::Fault::other_currency ||
                 (!named.empty() && named != rules_.currency.code());
    return other ? optional(Code::currency_mismatch) : nullopt;
}

optional<Code> Engine::check_amount(const Request& request) const {
    if (request.event.amount.empty()) return nullopt;
    switch (request.amount.fault) {
        case AmountText::Fault::not_positive:
            return Code::amount_not_positive;
        case AmountText::Fault::out_of_range:
            return Code::amount_out_of_range;
        default:
            return nullopt;
    }
}

optional<Code> Engine::check_start_price(const Request& request) const {
    if (rules_.row().timing == Timing::price_clock) return nullopt;
    if (request.event.amount.empty()) return nullopt;
    return request.amount.amount < rules_.start ? optional(Code::below_start_price) : nullopt;
}

optional<Code> Engine::check_leading(const Request& request) const {
    bool open_bidding = rules_.type == AuctionType::english && state_.phase == Phase::bidding;
    bool leads = state_.lead == request.event.actor && !state_.lead.empty();
    if (open_bidding && leads && rules_.own_raise == OwnRaise::refused)
        return Code::already_leading;
    return nullopt;
}

optional<Code> Engine::check_above_best(const Request& request) const {
    auto base = public_base();
    if (!base) return nullopt;
    // Who leads at a hard stop may raise himself; the taker of a clock may answer with the same price.
    bool equal_is_enough =
        state_.phase == Phase::taker_answer ||
        (state_.phase == Phase::final_sealed && state_.lead == request.event.actor);
    if (equal_is_enough && request.amount.amount == *base) return nullopt;
    return request.amount.amount <= *base ? optional(Code::not_above_best) : nullopt;
}

optional<Code> Engine::check_step(const Request& request) const {
    auto base = public_base();
    if (!base || request.amount.amount == *base || state_.phase == Phase::taker_answer) {
        return nullopt;
    }
    return request.amount.amount < *base + rules_.step ? optional(Code::below_min_step) : nullopt;
}

optional<Code> Engine::check_multiple(const Request& request) const {
    if (rules_.step_multiple == StepMultiple::any || rules_.step.is_zero()) return nullopt;
    if (rules_.row().timing == Timing::price_clock && state_.phase == Phase::bidding)
        return nullopt;
    base::Money from = public_base().value_or(rules_.start);
    base::Money over = request.amount.amount - from;
    return over.minor % rules_.step.minor != 0 ? optional(Code::not_step_multiple) : nullopt;
}

optional<Code> Engine::check_jump(const Request& request) const {
    if (!rules_.max_jump || request.event.jump == Event::Jump::confirmed) return nullopt;
    if (rules_.row().timing == Timing::price_clock && state_.phase == Phase::bidding)
        return nullopt;
    if (request.event.amount.empty()) return nullopt;
    // Sealed bids are measured against the public start price only.
    base::Money from = public_base().value_or(rules_.start);
    return request.amount.amount - from > *rules_.max_jump ? optional(Code::jump_too_large)
                                                           : nullopt;
}

optional<Code> Engine::check_own_previous(const Request& request) const {
    bool keeps_own = rules_.row().timing == Timing::rounds || state_.phase == Phase::tie_round ||
                     state_.phase == Phase::final_sealed;
    const Bid* own = state_.own(request.event.actor);
    if (rules_.opening == Opening::by_keys) {
        // Nobody knows what is still sealed; what was opened before counts.
        auto opened = state_.bids.find(request.event.actor);
        own = opened == state_.bids.end() ? nullptr : &opened->second;
    }
    if (keeps_own && own && request.amount.amount < own->amount) return Code::below_own_previous;
    if (state_.phase == Phase::priority_round &&
        request.amount.amount < state_.awards.front().price) {
        return Code::below_own_previous;
    }
    return nullopt;
}

optional<Code> Engine::check_stale(const Request& request) const {
    const Event& event = request.event;
    if (event.action == Action::accept && rules_.row().timing == Timing::price_clock) {
        Standing standing = standing_at(rules_, state_, now_);
        bool other_step = event.step_seen && *event.step_seen != standing.step;
        bool other_price = !event.amount.empty() && request.amount.amount != standing.price;
        return other_step || other_price ? optional(Code::stale_step) : nullopt;
    }
    if (rules_.is_posted() && event.action == Action::accept && !event.amount.empty()) {
        return request.amount.amount != rules_.start ? optional(Code::stale_price_seen) : nullopt;
    }
    if (event.expect_best.empty() || takes_sealed()) return nullopt;
    const Bid* best = state_.best();
    AmountText seen = read_amount(event.expect_best, rules_.currency);
    bool none_seen = event.expect_best == "none" || event.expect_best == "0";
    bool same =
        best ? seen.fault == AmountText::Fault::none && seen.amount == best->amount
             : none_seen || (seen.fault == AmountText::Fault::none && seen.amount == rules_.start);
    return same ? nullopt : optional(Code::stale_price_seen);
}

optional<Code> Engine::check_units(const Request& request) const {
    int cap = rules_.type == AuctionType::multi_unit ? rules_.unit_cap : 1;
    int wanted = request.event.units;
    if (rules_.is_posted()) {
        for (const Award& award : state_.awards) {
            if (award.bidder == request.event.actor) wanted += award.units;
        }
        int left = rules_.units - state_.units_sold();
        if (rules_.units != 0 && request.event.units > left) return Code::unit_cap_exceeded;
    }
    bool too_many = wanted > cap || (rules_.units != 0 && request.event.units > rules_.units);
    return too_many ? optional(Code::unit_cap_exceeded) : nullopt;
}

optional<Code> Engine::check_commitment(const Request& request) const {
    if (!takes_sealed()) return nullopt;
    const Event& event = request.event;
    bool needed = rules_.commitment == Commitment::by_bidder;
    if (needed && (event.commitment.empty() || event.salt.empty())) return Code::reveal_missing;
    if (event.commitment.empty()) return nullopt;
    std::string made = commitment_of(event.salt, request.amount.amount, event.units, event.actor);
    return made == event.commitment ? nullopt : optional(Code::commitment_mismatch);
}

optional<Code> Engine::check_rate(const Request& request) const {
    if (rules_.rate_limit == 0) return nullopt;
    const std::string& actor = request.event.actor;
    auto attempts = state_.attempts.find(actor);
    if (attempts == state_.attempts.end() ||
        attempts->second.size() <= static_cast<std::size_t>(rules_.rate_limit)) {
        return nullopt;
    }
    // Never against a first valid bid in the last window.
    base::Duration window = rules_.window.microseconds > 0 ? rules_.window : rules_.cycle;
    bool in_last_window = state_.deadline && *state_.deadline - now_ <= window;
    const Bid* own = state_.own(actor);
    bool first_in_window = in_last_window && (!own || *state_.deadline - own->stamp > window);
    return first_in_window ? nullopt : optional(Code::rate_limited);
}

optional<Code> Engine::check_holder(const Request& request) const {
    return rules_.holder(request.event.actor) ? nullopt : optional(Code::priority_not_holder);
}

optional<Code> Engine::check_match_window(const Request& request) const {
    switch (rules_.priority_mode) {
        case PriorityMode::inside_equal:
            if (rules_.type != AuctionType::english) return Code::wrong_phase;
            if (state_.phase != Phase::bidding) return Code::priority_window_closed;
            return nullopt;
        case PriorityMode::after_close: {
            if (state_.phase != Phase::priority_window) {
                return state_.bidding_ended && state_.phase != Phase::awaiting_quality &&
                               state_.phase != Phase::tie_round
                           ? Code::priority_window_closed
                           : Code::wrong_phase;
            }
            const std::string& actor = request.event.actor;
            if (!state_.priority_asked.contains(actor)) return Code::wrong_phase;
            auto answered = state_.priority_answers.find(actor);
            if (answered == state_.priority_answers.end()) return nullopt;
            return answered->second ? Code::already_leading : Code::priority_window_closed;
        }
        default:
            return Code::wrong_phase;
    }
}

optional<Code> Engine::check_match_price(const Request& request) const {
    bool inside = rules_.priority_mode == PriorityMode::inside_equal;
    const Bid* best = state_.best();
    if (inside && best && best->bidder == request.event.actor) return Code::already_leading;
    if (inside && !best) return Code::priority_price_mismatch;
    base::Money price = inside ? best->amount : state_.awards.front().price;
    // `match` without an amount takes the price as it stands.
    if (request.event.amount.empty()) return nullopt;
    return request.amount.amount == price ? nullopt : optional(Code::priority_price_mismatch);
}

}  // namespace trade
