// Acts of the platform: pauses, blind scores, default of a winner, facts of the deposits.
#include <algorithm>

#include "base/check.h"
#include "trade/auction_engine.h"

namespace trade {
namespace {

/// After this long a gap an officer decides, with a published reason, whether the sale goes on.
constexpr base::Duration long_gap = base::hours(4);
/// A price clock that starts again stands still at least this long first.
constexpr base::Duration clock_notice = base::seconds(120);
/// What bidders get after a recovery where no window is announced.
constexpr base::Duration recovery_default = base::seconds(300);

}  // namespace

Outcome Engine::pause(const Request& request) {
    bool outage = request.event.action == Action::outage_begins;
    auto& since = outage ? state_.outage_since : state_.suspended_since;
    if (since || state_.is_final()) return refusal(Code::wrong_phase);
    since = now_;
    if (!state_.paused_since) state_.paused_since = now_;
    base::json::object payload;
    if (!request.event.document.empty()) payload["document"] = request.event.document;
    log(name_of(request.event.action), std::move(payload), now_);
    return success();
}

Outcome Engine::resume(const Request& request) {
    bool outage = request.event.action == Action::outage_ends;
    auto& since = outage ? state_.outage_since : state_.suspended_since;
    if (!since) return refusal(Code::wrong_phase);
    if (outage && now_ - *since > long_gap) effect(EffectKind::officer_needed);
    since.reset();
    if (!state_.outage_since && !state_.suspended_since) {
        base::Time from = *state_.paused_since;
        state_.paused_since.reset();
        make_up_for_pause(from);
    }
    base::json::object payload;
    if (state_.deadline) payload["close"] = base::to_iso(*state_.deadline);
    log(name_of(request.event.action), std::move(payload), now_);
    return success();
}

/// Every open end moves by the time that was lost, and leaves at least a window after the recovery.
void Engine::make_up_for_pause(base::Time since) {
    if (!state_.deadline || now_ <= state_.open) return;
    base::Duration lost = now_ - std::max(since, state_.open);
    if (lost.microseconds <= 0) return;
    base::Time end = *state_.deadline;
    base::Time moved = end + lost;
    bool clock_runs = rules_.row().timing == Timing::price_clock && state_.phase == Phase::bidding;
    if (clock_runs) {
        state_.clock_held = state_.clock_held + lost;
        // The step that stood when the clock stopped stands on, and is announced before it falls.
        base::Duration elapsed = now_ - (state_.open + state_.clock_held);
        base::Duration left = {rules_.interval.microseconds -
                               elapsed.microseconds % rules_.interval.microseconds};
        base::Duration notice = std::min(clock_notice, rules_.interval);
        if (left < notice) {
            base::Duration more{notice.microseconds - left.microseconds};
            state_.clock_held = state_.clock_held + more;
            moved = moved + more;
        }
    } else {
        base::Duration least =
            rules_.outage_minimum.value_or(rules_.window.microseconds > 0  ? rules_.window
                                           : rules_.cycle.microseconds > 0 ? rules_.cycle
                                                                           : recovery_default);
        moved = std::max(moved, now_ + least);
    }
    base::Duration shift = moved - end;
    if (state_.phase == Phase::bidding) {
        if (state_.free_end && *state_.free_end > since) state_.free_end = *state_.free_end + shift;
        if (state_.hard_stop) state_.hard_stop = *state_.hard_stop + shift;
        for (base::Time& round_end : state_.round_ends) {
            if (round_end >= end) round_end = round_end + shift;
        }
    }
    move_deadline(moved);
}

Outcome Engine::quality(const Request& request) {
    bool expected = rules_.type == AuctionType::scored &&
                    (state_.phase == Phase::bidding || state_.phase == Phase::awaiting_quality);
    if (!expected) return refusal(Code::wrong_phase);
    if (request.event.points.empty()) return refusal(Code::malformed_request);
    std::map<std::string, std::int64_t> read;
    for (const auto& [alias, text] : request.event.points) {
        if (!is_known(alias)) return refusal(Code::not_a_bidder);
        auto points = read_hundredths(text);
        if (!points) {
            bool negative = text.starts_with('-') && read_hundredths(text.substr(1));
            return refusal(negative ? Code::quality_out_of_range : Code::malformed_request);
        }
        if (*points > 10'000) return refusal(Code::quality_out_of_range);
        read[alias] = *points;
    }
    base::json::object payload;
    for (const auto& [alias, points] : read) {
        state_.quality[alias] = points;
        payload[alias] = hundredths_text(points);
    }
    log("quality", std::move(payload), now_);
    Outcome outcome = success();
    if (state_.phase == Phase::awaiting_quality && quality_is_complete()) end_bidding(now_);
    return outcome;
}

Outcome Engine::declare_default(const Request& request) {
    const std::string& winner = request.event.subject;
    auto award = std::ranges::find(state_.awards, winner, &Award::bidder);
    if (state_.phase != Phase::closed || award == state_.awards.end()) {
        return refusal(Code::wrong_phase);
    }
    // Silence is a default only after the term to sign; an express refusal is one at once.
    bool express = !request.event.document.empty();
    if (!express && rules_.sign_term && now_ < *state_.closed_at + *rules_.sign_term) {
        return refusal(Code::default_before_term);
    }
    base::Money held = state_.ledger.balance(winner, Account::held);
    base::json::object payload{{"bidder", winner}, {"amount", held.to_string()}};
    if (express) payload["document"] = request.event.document;
    if (held.minor > 0) {
        CHECK(state_.ledger
                  .post({winner, Account::held, Account::forfeited, held,
                         std::string(name_of(ForfeitGround::winner_refused))})
                  .has_value());
        effect(EffectKind::deposit_forfeited, winner, held, "winner_refused");
    }
    std::erase_if(state_.awards, [&](const Award& kept) { return kept.bidder == winner; });
    state_.passed_over.insert(winner);
    log("default", std::move(payload), now_);
    offer_next(now_, "winner_defaulted");
    Outcome outcome = success(Code::forfeited);
    outcome.lead.clear();
    outcome.price.reset();
    outcome.forfeited.emplace_back(winner, held);
    outcome.offered = state_.offered;
    if (!state_.offered.empty()) {
        outcome.price = std::ranges::find(state_.ranking, state_.offered, &Bid::bidder)->amount;
    }
    return outcome;
}

/// `entry` tells a term that ran out from a lapse the platform noted: replay repeats only the latter.
Outcome Engine::lapse_offer(std::string_view entry) {
    std::string silent = state_.offered;
    log(entry, {{"bidder", silent}}, now_);
    state_.passed_over.insert(silent);
    state_.offered.clear();
    Outcome outcome = success(Code::lapsed);
    outcome.close.reset();
    offer_next(now_, "offer_lapsed");
    outcome.offered = state_.offered;
    return outcome;
}

Outcome Engine::end_by_decision(const Request& request) {
    bool withdrawn = request.event.action == Action::withdraw_sale;
    if (state_.phase == Phase::failed) return refusal(Code::wrong_phase);
    // A seller never takes the sale back under bidders' hands; an authority may annul it.
    if (withdrawn && now_ >= state_.open) return refusal(Code::withdraw_not_allowed);
    base::json::object payload;
    if (!request.event.document.empty()) payload["document"] = request.event.document;
    log(name_of(request.event.action), std::move(payload), now_);
    Outcome outcome = success();
    outcome.close.reset();
    state_.paused_since.reset();
    state_.outage_since.reset();
    state_.suspended_since.reset();
    state_.awards.clear();
    state_.offered.clear();
    fail(withdrawn ? "withdrawn" : "annulled", now_);
    return outcome;
}

Outcome Engine::ledger_fact(const Request& request) {
    const Event& event = request.event;
    bool received = event.action == Action::deposit_received;
    if (event.subject.empty()) return refusal(Code::malformed_request);
    if (!is_known(event.subject)) return refusal(Code::not_a_bidder);
    base::Money amount = state_.ledger.balance(event.subject, Account::released);
    if (received) {
        if (request.amount.fault == AmountText::Fault::other_currency) {
            return refusal(Code::currency_mismatch);
        }
        if (event.amount.empty()) amount = rules_.deposit;
        if (!event.amount.empty()) {
            if (auto code = check_amount(request)) return refusal(*code);
            amount = request.amount.amount;
        }
    }
    if (amount.minor <= 0) return refusal(Code::deposit_not_held);
    auto posted = state_.ledger.post(
        {event.subject, received ? Account::outside : Account::released,
         received ? Account::held : Account::refunded, amount, std::string(name_of(event.action))});
    if (!posted) return refusal(Code::amount_out_of_range);
    log(name_of(event.action), {{"bidder", event.subject}, {"amount", amount.to_string()}}, now_);
    return success();
}

Outcome Engine::suspend_bidder(const Request& request) {
    const Event& event = request.event;
    if (!is_known(event.subject)) return refusal(Code::not_a_bidder);
    state_.suspended_bidders.insert(event.subject);
    base::json::object payload{{"bidder", event.subject}};
    if (!event.document.empty()) payload["document"] = event.document;
    log("suspend_bidder", std::move(payload), now_);
    return success();
}

bool Engine::is_known(std::string_view alias) const {
    return rules_.bidder(alias) || rules_.holder(alias) || state_.admitted.contains(alias);
}

/// Whoever is admitted after the announcement enters by an event, so that the rules stay frozen.
Outcome Engine::admit_bidder(const Request& request) {
    const Event& event = request.event;
    if (event.subject.empty() || is_known(event.subject)) return refusal(Code::malformed_request);
    if (state_.bidding_ended || state_.is_final()) return refusal(Code::bidding_closed);
    base::json::object payload{{"bidder", event.subject}};
    if (!event.amount.empty()) {
        if (request.amount.fault == AmountText::Fault::other_currency) {
            return refusal(Code::currency_mismatch);
        }
        if (auto code = check_amount(request)) return refusal(*code);
        auto posted = state_.ledger.post(
            {event.subject, Account::outside, Account::held, request.amount.amount, "deposit"});
        if (!posted) return refusal(Code::amount_out_of_range);
        payload["amount"] = request.amount.amount.to_string();
    }
    state_.admitted.insert(event.subject);
    log(name_of(event.action), std::move(payload), now_);
    return success();
}

/// The shell has folded the sale anew with the amounts that the two keys opened.
Outcome Engine::open_by_keys() {
    bool may = state_.phase == Phase::awaiting_opening && state_.opening_of &&
               state_.sight == AuctionState::Sight::seeing;
    if (!may) return refusal(Code::wrong_phase);
    Phase sealed_phase = *state_.opening_of;
    state_.opening_of.reset();
    log(name_of(Action::open_bids), {}, now_);
    if (sealed_phase == Phase::priority_round) {
        state_.phase = sealed_phase;
        opened_by_keys_ = true;
        settle_priority(now_);
    } else {
        open_bids(now_);
        conclude(now_);
    }
    return success();
}

}  // namespace trade
