// From the last bid to the award: opening, one comparator, ties, priority, deposits, second offers.
#include <algorithm>

#include "base/check.h"
#include "trade/auction_engine.h"

namespace trade {

void Engine::end_round(base::Time at) {
    if (rules_.row().timing == Timing::rounds &&
        state_.round < static_cast<int>(state_.round_ends.size())) {
        // The round's feedback is a fact of the record; names stay with the operator.
        const Bid* best = nullptr;
        for (const auto& [bidder, bid] : state_.sealed) {
            if (!best || bid.amount > best->amount) best = &bid;
        }
        base::json::object payload{{"round", state_.round}};
        if (best && rules_.round_feedback == RoundFeedback::best) {
            payload["best"] = best->amount.to_string();
        }
        if (rules_.dropped_each_round > 0) {
            std::vector<Bid> order;
            std::set<std::string, std::less<>> present = state_.admitted;
            for (const Bidder& bidder : rules_.bidders)
                present.insert(bidder.alias);
            for (const std::string& alias : present) {
                if (state_.dropped.contains(alias)) continue;
                const Bid* own = state_.own(alias);
                order.push_back(own ? *own : Bid{alias, {0, rules_.currency}, 1, ~0ULL});
            }
            std::ranges::sort(order,
                              [&](const Bid& a, const Bid& b) { return ranks_before(b, a); });
            auto count = std::min<std::size_t>(static_cast<std::size_t>(rules_.dropped_each_round),
                                               order.empty() ? 0 : order.size() - 1);
            base::json::array dropped;
            for (std::size_t index = 0; index < count; ++index) {
                state_.dropped.insert(order[index].bidder);
                dropped.push_back(base::json::value(order[index].bidder));
            }
            payload["dropped"] = std::move(dropped);
        }
        state_.deadline = state_.round_ends[static_cast<std::size_t>(state_.round)];
        ++state_.round;
        effect(EffectKind::round_closed);
        return log("round_closed", std::move(payload), at);
    }
    bool cut = state_.cut == AuctionState::Cut::by_hard_stop && state_.hard_stop &&
               at >= *state_.hard_stop;
    if (cut) {
        base::Duration last = rules_.form == EnglishForm::cycle ? rules_.cycle : rules_.window;
        for (const auto& [bidder, bid] : state_.bids) {
            if (bid.stamp >= at - last) state_.participants.insert(bidder);
        }
        if (state_.participants.size() > 1) {
            enter(Phase::final_sealed, at + rules_.tie_term);
            base::json::array invited;
            for (const auto& name : state_.participants)
                invited.push_back(base::json::value(name));
            return log("final_sealed",
                       {{"among", std::move(invited)}, {"until", base::to_iso(*state_.deadline)}},
                       at);
        }
    }
    end_bidding(at);
}

void Engine::end_bidding(base::Time at) {
    state_.bidding_ended = at;
    state_.deadline.reset();
    if (rules_.type == AuctionType::scored && !quality_is_complete()) {
        // The jury scores without seeing a price: nothing is opened before its last point is in.
        state_.phase = Phase::awaiting_quality;
        return log("awaiting_quality", {}, at);
    }
    if (wait_for_keys(Phase::bidding, at)) return;
    open_bids(at);
    conclude(at);
}

/// Bids under two keys are not opened by the clock: from here on nobody bids, and the holders open.
bool Engine::wait_for_keys(Phase sealed_phase, base::Time at) {
    if (rules_.opening != Opening::by_keys || state_.sealed_history.empty()) return false;
    if (opened_by_keys_) return false;
    if (!state_.bidding_ended) state_.bidding_ended = at;
    state_.phase = Phase::awaiting_opening;
    state_.opening_of = sealed_phase;
    state_.deadline.reset();
    effect(EffectKind::keys_needed);
    log("awaiting_opening", {}, at);
    return true;
}

bool Engine::quality_is_complete() const {
    return std::ranges::all_of(
        state_.sealed, [&](const auto& item) { return state_.quality.contains(item.first); });
}

void Engine::open_bids(base::Time at) {
    if (state_.sealed_history.empty()) return;
    base::json::array opened;
    for (const Bid& bid : state_.sealed_history) {
        base::json::object opening{{"seq", bid.seq},
                                   {"bidder", bid.bidder},
                                   {"amount", bid.amount.to_string()},
                                   {"salt", bid.salt}};
        if (bid.units != 1) opening["units"] = bid.units;
        opened.push_back(std::move(opening));
    }
    state_.sealed_history.clear();
    for (auto& [bidder, bid] : state_.sealed) {
        auto earlier = state_.bids.find(bidder);
        // The value counts from when it was first given: the same amount again keeps its place.
        if (earlier != state_.bids.end() && earlier->second.amount == bid.amount) continue;
        state_.bids.insert_or_assign(bidder, bid);
    }
    state_.sealed.clear();
    log("opened", {{"bids", std::move(opened)}}, at);
    effect(EffectKind::bids_opened);
    // The public leader follows the one comparator.
    for (const auto& [bidder, bid] : state_.bids) {
        const Bid* best = state_.best();
        if (!best || ranks_before(bid, *best)) state_.lead = bidder;
    }
}

/// The one comparator: a total order over the bids of one sale.
bool Engine::ranks_before(const Bid& left, const Bid& right) const {
    if (rules_.type == AuctionType::scored) {
        auto points = [&](const Bid& bid) {
            auto found = state_.quality.find(bid.bidder);
            return found == state_.quality.end() ? 0 : found->second;
        };
        Score a = score_of(rules_.score, left.amount, points(left));
        Score b = score_of(rules_.score, right.amount, points(right));
        if (a != b) return a > b;
        if (points(left) != points(right)) return points(left) > points(right);
    }
    if (left.amount != right.amount) return left.amount > right.amount;
    auto precedence = [&](const Bid& bid) {
        bool sealed_holder = rules_.is_sealed() && rules_.holder(bid.bidder) &&
                             rules_.priority_mode == PriorityMode::inside_equal;
        return bid.kind == Bid::Kind::match || sealed_holder;
    };
    if (precedence(left) != precedence(right)) return precedence(left);
    if (left.kind == Bid::Kind::match && right.kind == Bid::Kind::match) {
        return left.seq > right.seq;  // the later match took the lead from the earlier
    }
    auto lot_left = state_.lots.find(left.bidder), lot_right = state_.lots.find(right.bidder);
    if (lot_left != state_.lots.end() && lot_right != state_.lots.end()) {
        return lot_left->second < lot_right->second;
    }
    return left.seq < right.seq;
}

/// Fills the ranking with the valid bids; returns why there is none, or nothing.
std::string Engine::rank_bids() {
    state_.ranking.clear();
    bool quality_failed = false;
    for (const auto& [bidder, bid] : state_.bids) {
        if (rules_.reserve && bid.amount < *rules_.reserve) continue;
        // The mark counts before anything is compared (§8.1).
        if (rules_.type == AuctionType::scored && rules_.score.pass_mark_hundredths &&
            state_.quality.at(bidder) < *rules_.score.pass_mark_hundredths) {
            quality_failed = true;
            continue;
        }
        if (state_.suspended_bidders.contains(bidder) || state_.dropped.contains(bidder)) continue;
        state_.ranking.push_back(bid);
    }
    std::ranges::sort(state_.ranking,
                      [&](const Bid& a, const Bid& b) { return ranks_before(a, b); });
    if (state_.bids.empty()) return "no_bids";
    if (state_.bids.size() < static_cast<std::size_t>(rules_.bidders_min)) return "too_few_bidders";
    if (state_.ranking.empty()) return quality_failed ? "quality_below_mark" : "reserve_not_met";
    return {};
}

/// Bidders whose equal amounts stand on both sides of the line between winning and losing.
std::vector<std::string> Engine::tied() const {
    if (rules_.type == AuctionType::scored || state_.ranking.size() < 2) return {};
    if (rules_.row().visibility != Visibility::sealed) return {};
    std::size_t last_winner = 0;
    if (rules_.type == AuctionType::multi_unit) {
        std::vector<UnitDemand> demands;
        for (const Bid& bid : state_.ranking)
            demands.push_back({bid.amount, bid.units});
        std::vector<int> allotted = allot_units(demands, rules_.units);
        bool all_served = true;
        for (std::size_t index = 0; index < allotted.size(); ++index) {
            if (allotted[index] > 0) last_winner = index;
            if (allotted[index] < demands[index].units) all_served = false;
        }
        if (all_served) return {};
        // A margin that cuts through one bidder's own units is no tie with others.
    }
    base::Money margin = state_.ranking[last_winner].amount;
    bool loser_at_margin =
        last_winner + 1 < state_.ranking.size() && state_.ranking[last_winner + 1].amount == margin;
    bool cut_at_margin = rules_.type == AuctionType::multi_unit && last_winner > 0 &&
                         state_.ranking[last_winner - 1].amount == margin &&
                         state_.ranking[last_winner].units > 1 && !loser_at_margin;
    bool holder_decides = rules_.priority_mode == PriorityMode::inside_equal &&
                          rules_.holder(state_.ranking.front().bidder);
    if ((!loser_at_margin && !cut_at_margin) || holder_decides) return {};
    std::vector<std::string> names;
    for (const Bid& bid : state_.ranking) {
        if (bid.amount == margin) names.push_back(bid.bidder);
    }
    return names.size() > 1 ? names : std::vector<std::string>{};
}

/// Lots anyone can recompute: SHA-256(log head at close ‖ beacon ‖ alias), the smallest first.
void Engine::draw_lots(const std::vector<std::string>& among) {
    base::json::array drawn;
    for (const std::string& alias : among) {
        std::string bytes(reinterpret_cast<const char*>(state_.head.data()), state_.head.size());
        state_.lots[alias] = base::sha256(bytes + rules_.beacon + alias);
    }
    for (const auto& [alias, lot] : state_.lots) {
        drawn.push_back(base::json::object{{"bidder", alias}, {"lot", base::to_hex(lot)}});
    }
    std::ranges::sort(state_.ranking,
                      [&](const Bid& a, const Bid& b) { return ranks_before(a, b); });
    log("lots", {{"drawn", std::move(drawn)}}, now_);
}

void Engine::conclude(base::Time at) {
    if (!state_.bidding_ended) state_.bidding_ended = at;
    state_.participants.clear();
    state_.deadline.reset();
    if (rules_.is_posted()) {
        if (state_.awards.empty()) return fail("no_bids", at);
        return finish(at);
    }
    std::string reason = rank_bids();
    if (!reason.empty()) return fail(reason, at);
    std::vector<std::string> equal = tied();
    if (!equal.empty() && rules_.tie == TieRule::lottery) draw_lots(equal);
    if (!equal.empty() && rules_.tie == TieRule::rebid_tied &&
        state_.tie_round == AuctionState::TieRound::not_held) {
        state_.tie_round = AuctionState::TieRound::held;
        state_.participants.insert(equal.begin(), equal.end());
        enter(Phase::tie_round, at + rules_.tie_term);
        base::json::array among;
        for (const auto& name : state_.participants)
            among.push_back(base::json::value(name));
        effect(EffectKind::tie_round);
        return log("tie_round",
                   {{"among", std::move(among)}, {"until", base::to_iso(*state_.deadline)}}, at);
    }
    state_.lead = state_.ranking.front().bidder;
    award();
    if (!ask_priority(at)) finish(at);
}

void Engine::award() {
    const std::vector<Bid>& ranking = state_.ranking;
    const Bid& first = ranking.front();
    switch (rules_.row().price) {
        case PriceRule::own_bid:
            state_.awards = {{first.bidder, first.amount}};
            return;
        case PriceRule::second_bid: {
            base::Money price = rules_.least_price();
            if (ranking.size() > 1) price = std::max(price, ranking[1].amount);
            state_.awards = {{first.bidder, price}};
            return;
        }
        case PriceRule::by_units:
            break;
    }
    std::vector<UnitDemand> demands;
    for (const Bid& bid : ranking)
        demands.push_back({bid.amount, bid.units});
    std::vector<int> allotted = allot_units(demands, rules_.units);
    base::Money uniform = uniform_price(demands, rules_.units, rules_.least_price());
    for (std::size_t index = 0; index < ranking.size(); ++index) {
        if (allotted[index] == 0) continue;
        bool own = rules_.unit_pricing == UnitPricing::pay_as_bid;
        state_.awards.push_back(
            {ranking[index].bidder, own ? ranking[index].amount : uniform, allotted[index]});
    }
}

/// Opens the window for the holders who outrank the winner; false when nobody has to be asked.
bool Engine::ask_priority(base::Time at) {
    if (rules_.priority_mode != PriorityMode::after_close) return false;
    const Award& winner = state_.awards.front();
    const PriorityHolder* own_right = rules_.holder(winner.bidder);
    for (const PriorityHolder& holder : rules_.holders) {
        bool outranks =
            holder.alias != winner.bidder && (!own_right || holder.rank < own_right->rank);
        bool barred = state_.suspended_bidders.contains(holder.alias) ||
                      std::ranges::find(rules_.suspended, holder.alias) != rules_.suspended.end();
        if (outranks && !barred) state_.priority_asked.insert(holder.alias);
    }
    if (state_.priority_asked.empty()) return false;
    enter(Phase::priority_window, at + rules_.priority_term);
    base::json::array asked;
    for (const auto& alias : state_.priority_asked) {
        asked.push_back(base::json::value(alias));
        effect(EffectKind::priority_asked, alias, winner.price);
    }
    log("priority_window",
        {{"asked", std::move(asked)},
         {"price", winner.price.to_string()},
         {"until", base::to_iso(*state_.deadline)}},
        at);
    return true;
}

/// The end of the window or of the round among holders. Silence was waiver.
void Engine::settle_priority(base::Time at) {
    base::Money price = state_.awards.front().price;
    if (state_.phase == Phase::priority_round) {
        if (wait_for_keys(Phase::priority_round, at)) return;
        std::vector<Bid> offers;
        for (const std::string& holder : state_.participants) {
            auto raised = state_.sealed.find(holder);
            const Bid& answered = state_.priority_bids.at(holder);
            bool silent = raised == state_.sealed.end() || raised->second.amount == answered.amount;
            offers.push_back(silent ? answered : raised->second);
        }
        open_bids(at);
        auto best = std::ranges::min_element(offers, [](const Bid& a, const Bid& b) {
            return a.amount != b.amount ? a.amount > b.amount : a.seq < b.seq;
        });
        state_.participants.clear();
        return displace(best->bidder, best->amount, at);
    }
    int highest = 0;
    std::vector<std::string> exercised;
    for (const auto& [alias, yes] : state_.priority_answers) {
        if (!yes) continue;
        int rank = rules_.holder(alias)->rank;
        if (exercised.empty() || rank < highest) exercised.clear();
        if (exercised.empty()) highest = rank;
        if (rank == highest) exercised.push_back(alias);
    }
    if (exercised.empty()) return finish(at);
    if (exercised.size() == 1) return displace(exercised.front(), price, at);
    // Equal holders and no agreed shares: one sealed round from the exercised price.
    enter(Phase::priority_round, at + rules_.tie_term);
    base::json::array among;
    for (const std::string& alias : exercised) {
        state_.participants.insert(alias);
        among.push_back(base::json::value(alias));
    }
    log("priority_round",
        {{"among", std::move(among)},
         {"price", price.to_string()},
         {"until", base::to_iso(*state_.deadline)}},
        at);
}

void Engine::displace(const std::string& holder, base::Money price, base::Time at) {
    state_.awards.front() = {holder, price};
    std::erase_if(state_.ranking, [&](const Bid& bid) { return bid.bidder == holder; });
    state_.ranking.insert(state_.ranking.begin(),
                          Bid{holder, price, 1, state_.seq, at, {}, Bid::Kind::match});
    state_.lead = holder;
    finish(at);
}

void Engine::release(const std::string& alias, std::string_view reason) {
    base::Money held = state_.ledger.balance(alias, Account::held);
    if (held.minor <= 0) return;
    CHECK(state_.ledger.post({alias, Account::held, Account::released, held, std::string(reason)})
              .has_value());
    effect(EffectKind::deposit_released, alias, held, reason);
}

void Engine::finish(base::Time at) {
    state_.phase = Phase::closed;
    state_.deadline.reset();
    state_.closed_at = at;
    std::set<std::string, std::less<>> keep;
    for (const Award& award : state_.awards)
        keep.insert(award.bidder);
    bool displaced =
        rules_.priority_mode == PriorityMode::after_close && rules_.holder(*keep.begin());
    if (rules_.second_deposit == SecondDeposit::kept) {
        int kept = 0;
        for (const Bid& bid : state_.ranking) {
            if (keep.contains(bid.bidder) || state_.passed_over.contains(bid.bidder)) continue;
            if (kept++ == rules_.runner_up_depth - state_.offers_made) break;
            keep.insert(bid.bidder);
        }
    }
    // Whom the holder displaced stood right behind him; the others had not won before.
    const std::string second =
        displaced && state_.ranking.size() > 1 ? state_.ranking[1].bidder : "";
    for (const std::string& alias : state_.ledger.owners_with(Account::held)) {
        if (!keep.contains(alias))
            release(alias, alias == second ? "displaced_by_priority" : "not_winner");
    }
    base::json::array winners;
    for (const Award& award : state_.awards) {
        base::json::object winner{{"bidder", award.bidder}, {"price", award.price.to_string()}};
        if (award.units != 1) winner["units"] = award.units;
        winners.push_back(std::move(winner));
        effect(EffectKind::closed, award.bidder, award.price);
    }
    log("closed", {{"winners", std::move(winners)}}, at);
    CHECK_WITH(state_.ledger.balanced(), "deposits out of balance");
}

void Engine::fail(std::string_view reason, base::Time at) {
    state_.phase = Phase::failed;
    state_.deadline.reset();
    state_.failure = reason;
    if (!state_.bidding_ended) state_.bidding_ended = at;
    if (!state_.closed_at) state_.closed_at = at;
    for (const std::string& alias : state_.ledger.owners_with(Account::held)) {
        release(alias, reason);
    }
    log("failed", {{"reason", reason}}, at);
    effect(EffectKind::failed, {}, {}, reason);
    CHECK_WITH(state_.ledger.balanced(), "deposits out of balance");
}

void Engine::offer_next(base::Time at, std::string_view reason_if_none) {
    if (state_.offers_made < rules_.runner_up_depth) {
        for (const Bid& bid : state_.ranking) {
            bool has_won = std::ranges::any_of(
                state_.awards, [&](const Award& award) { return award.bidder == bid.bidder; });
            if (has_won || state_.passed_over.contains(bid.bidder) ||
                state_.suspended_bidders.contains(bid.bidder)) {
                continue;
            }
            ++state_.offers_made;
            state_.offered = bid.bidder;
            enter(Phase::offered, at + rules_.offer_term.value_or(base::days(3)));
            effect(EffectKind::offer_made, bid.bidder, bid.amount);
            return log("offer",
                       {{"bidder", bid.bidder},
                        {"price", bid.amount.to_string()},
                        {"until", base::to_iso(*state_.deadline)}},
                       at);
        }
    }
    if (state_.awards.empty()) return fail(reason_if_none, at);
    finish(at);
}

}  // namespace trade
