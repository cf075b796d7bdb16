// What an accepted act of a bidder does to the state.
#include <algorithm>

#include "base/check.h"
#include "trade/auction_engine.h"

namespace trade {

std::string commitment_of(std::string_view salt, base::Money amount, int units,
                          std::string_view bidder) {
    std::string bytes(salt);
    bytes += '|' + amount.to_string() + '|' + std::to_string(units) + '|';
    bytes += bidder;
    return base::to_hex(base::sha256(bytes));
}

void Engine::receive_deposit(std::string_view alias, std::string_view reason) {
    std::string owner(alias);
    base::Money held = state_.ledger.balance(owner, Account::held);
    if (held >= rules_.deposit) return;
    base::Money missing = rules_.deposit - held;
    base::Money released = std::min(state_.ledger.balance(owner, Account::released), missing);
    auto post = [&](Account from, base::Money amount) {
        if (amount.minor <= 0) return;
        CHECK(state_.ledger.post({owner, from, Account::held, amount, std::string(reason)})
                  .has_value());
    };
    post(Account::released, released);
    post(Account::outside, missing - released);
    effect(EffectKind::deposit_held, alias, missing, reason);
}

void Engine::extend_for_bid() {
    if (rules_.row().timing != Timing::soft_close || state_.phase != Phase::bidding) return;
    base::Time end = *state_.deadline;
    base::Time wanted = end;
    if (rules_.form == EnglishForm::cycle) {
        if (now_ >= *state_.free_end) wanted = std::max(end, now_ + rules_.cycle);
    } else if (end - now_ <= rules_.window) {
        wanted = std::max(end, now_ + rules_.extension);
    }
    if (state_.hard_stop && wanted > *state_.hard_stop) {
        wanted = std::max(end, *state_.hard_stop);
        state_.cut = AuctionState::Cut::by_hard_stop;
    }
    move_deadline(wanted);
}

/// What the bidder declared with his bid is part of the record: without it the bid would be refused.
void Engine::add_confirmations(const Request& request, base::json::object& payload) {
    const Event& event = request.event;
    if (event.jump == Event::Jump::confirmed) payload["confirmed"] = true;
    if (event.confirmed_terms.empty()) return;
    payload["terms"] = event.confirmed_terms;
    state_.confirmed.insert(event.actor);
}

Outcome Engine::take_bid(const Request& request) {
    Bid bid{request.event.actor, request.amount.amount, request.event.units, state_.seq + 1, now_,
            request.event.salt,  Bid::Kind::offer};
    if (deposit_comes_with_bid(bid.bidder)) receive_deposit(bid.bidder, "priority_holder");
    ++state_.bids_accepted;
    return takes_sealed() ? take_sealed(std::move(bid), request)
                          : take_open(std::move(bid), request);
}

Outcome Engine::take_open(Bid bid, const Request& request) {
    std::string bidder = bid.bidder;
    bid.salt.clear();  // nothing is hidden, so nothing is committed to
    base::json::object payload{{"bidder", bidder}, {"amount", bid.amount.to_string()}};
    add_confirmations(request, payload);
    // The taker of a price clock wins at an equal price, as a match does.
    if (state_.phase == Phase::taker_answer) bid.kind = Bid::Kind::match;
    state_.bids.insert_or_assign(bidder, std::move(bid));
    state_.lead = bidder;
    if (state_.free_end && now_ < *state_.free_end) state_.free_bidders.insert(bidder);
    extend_for_bid();
    payload["lead"] = bidder;
    payload["close"] = base::to_iso(*state_.deadline);
    log("bid", std::move(payload), now_);
    Outcome outcome = success();
    if (state_.phase == Phase::taker_answer) conclude(now_);
    return outcome;
}

Outcome Engine::take_sealed(Bid bid, const Request& request) {
    std::string bidder = bid.bidder;
    bool hidden = request.event.sight == Event::Sight::hidden;
    base::json::object payload{
        {"bidder", bidder},
        {"commitment", hidden ? request.event.commitment
                              : commitment_of(bid.salt, bid.amount, bid.units, bidder)}};
    add_confirmations(request, payload);
    if (state_.sight == AuctionState::Sight::blind) {
        bid.amount = {0, rules_.currency};
        bid.salt.clear();
    }
    state_.sealed_history.push_back(bid);
    auto earlier = state_.sealed.find(bidder);
    Outcome outcome;
    if (earlier == state_.sealed.end()) {
        state_.sealed.emplace(bidder, std::move(bid));
    } else {
        if (rules_.opening == Opening::at_close) outcome.replaces = earlier->second.amount;
        // The same amount again keeps its place in time; another amount takes the new one.
        bool same = earlier->second.amount == bid.amount && earlier->second.units == bid.units;
        if (!same) earlier->second = std::move(bid);
    }
    log("bid", std::move(payload), now_);
    std::optional<base::Money> replaces = outcome.replaces;
    outcome = success();
    outcome.replaces = replaces;
    outcome.seal = Outcome::Seal::sealed;
    outcome.lead.clear();
    outcome.price.reset();
    outcome.min_next.reset();
    if (rules_.row().timing == Timing::rounds) outcome.round = state_.round;
    return outcome;
}

Outcome Engine::take_posted(const Request& request) {
    const Event& event = request.event;
    state_.awards.push_back({event.actor, rules_.start, event.units});
    ++state_.bids_accepted;
    base::json::object payload{{"bidder", event.actor}, {"amount", rules_.start.to_string()}};
    if (event.units > 1) payload["units"] = event.units;
    add_confirmations(request, payload);
    log("accept", std::move(payload), now_);
    Outcome outcome = success();
    outcome.price = rules_.start;
    if (rules_.units != 0) {
        outcome.units_left = rules_.units - state_.units_sold();
        if (*outcome.units_left == 0) end_bidding(now_);
    }
    return outcome;
}

Outcome Engine::take_standing(const Request& request) {
    Standing standing = standing_at(rules_, state_, now_);
    const std::string& taker = request.event.actor;
    if (deposit_comes_with_bid(taker)) receive_deposit(taker, "priority_holder");
    state_.bids[taker] = {taker, standing.price, 1, state_.seq + 1, now_, {}, Bid::Kind::match};
    state_.lead = taker;
    ++state_.bids_accepted;
    base::json::object payload{
        {"bidder", taker}, {"amount", standing.price.to_string()}, {"step", standing.step}};
    add_confirmations(request, payload);
    log("accept", std::move(payload), now_);
    bool others_may_answer = rules_.type == AuctionType::dutch_hybrid;
    if (others_may_answer) enter(Phase::taker_sealed, now_ + rules_.taker_sealed_term);
    Outcome outcome = success();
    outcome.lead = taker;
    outcome.price = standing.price;
    if (others_may_answer) {
        log("taker_sealed", {{"taker", taker}, {"until", base::to_iso(*state_.deadline)}}, now_);
    } else {
        outcome.close = now_;
        end_bidding(now_);
    }
    return outcome;
}

Outcome Engine::match(const Request& request) {
    const std::string& holder = request.event.actor;
    bool inside = rules_.priority_mode == PriorityMode::inside_equal;
    base::Money price = inside ? state_.best()->amount : state_.awards.front().price;
    if (deposit_comes_with_bid(holder)) receive_deposit(holder, "priority_holder");
    if (inside) {
        state_.bids[holder] = {holder, price, 1, state_.seq + 1, now_, {}, Bid::Kind::match};
        state_.lead = holder;
        extend_for_bid();
    } else {
        state_.priority_answers[holder] = true;
        state_.priority_bids[holder] = {holder, price,           1, state_.seq + 1, now_,
                                        {},     Bid::Kind::match};
    }
    base::json::object payload{{"bidder", holder}, {"amount", price.to_string()}};
    add_confirmations(request, payload);
    log("match", std::move(payload), now_);
    Outcome outcome = success();
    outcome.lead = holder;
    outcome.price = price;
    if (!inside && state_.priority_answers.size() == state_.priority_asked.size()) {
        settle_priority(now_);
    }
    return outcome;
}

Outcome Engine::waive(const Request& request) {
    const std::string& holder = request.event.actor;
    if (!rules_.holder(holder)) return refusal(Code::priority_not_holder);
    if (state_.suspended_since) return refusal(Code::procedure_suspended);
    if (state_.phase != Phase::priority_window) {
        return refusal(state_.closed_at ? Code::priority_window_closed : Code::wrong_phase);
    }
    if (!state_.priority_asked.contains(holder)) return refusal(Code::wrong_phase);
    if (state_.priority_answers.contains(holder)) return refusal(Code::priority_window_closed);
    state_.priority_answers[holder] = false;
    log("waive", {{"bidder", holder}}, now_);
    Outcome outcome = success(Code::waived);
    if (state_.priority_answers.size() == state_.priority_asked.size()) settle_priority(now_);
    return outcome;
}

Outcome Engine::read_bids() const {
    if (!state_.bids_are_open(rules_)) return refusal(Code::sealed_until_close);
    return success();
}

Outcome Engine::answer_offer(const Request& request) {
    const std::string& actor = request.event.actor;
    if (auto code = check_bidder(request)) return refusal(*code);
    if (auto code = check_bidder_suspended(request)) return refusal(*code);
    if (auto code = check_suspended(request)) return refusal(*code);
    if (state_.phase != Phase::offered) return refusal(Code::wrong_phase);
    if (state_.offered != actor) return refusal(Code::not_your_round);
    if (request.event.action == Action::decline_offer) {
        log("decline_offer", {{"bidder", actor}}, now_);
        state_.passed_over.insert(actor);
        state_.offered.clear();
        Outcome outcome = success(Code::declined);
        outcome.close.reset();
        offer_next(now_, "offer_declined");
        outcome.offered = state_.offered;
        return outcome;
    }
    auto own = std::ranges::find(state_.ranking, actor, &Bid::bidder);
    CHECK(own != state_.ranking.end());
    receive_deposit(actor, "offer_accepted");
    // He takes what the defaulter leaves, never more than is for sale.
    int units = std::min(own->units, rules_.units - state_.units_sold());
    state_.awards.push_back({actor, own->amount, units});
    state_.offered.clear();
    log("accept_offer", {{"bidder", actor}, {"price", own->amount.to_string()}}, now_);
    Outcome outcome = success();
    outcome.price = own->amount;
    outcome.lead = actor;
    outcome.close.reset();
    finish(now_);
    return outcome;
}

}  // namespace trade
