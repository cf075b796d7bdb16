#include "trade/auction_agent.h"

#include <algorithm>

namespace trade {
namespace {

/// Which amounts are valid next: from `least` on, every `grid` (one minor unit where any may be bid).
struct Ladder {
    std::int64_t least = 0;
    std::int64_t grid = 1;

    std::int64_t at_least(std::int64_t amount) const {
        if (amount <= least) return least;
        return least + (amount - least + grid - 1) / grid * grid;
    }
    /// The highest valid amount not above; below `least` when there is none.
    std::int64_t at_most(std::int64_t amount) const {
        if (amount < least) return amount;
        return least + (amount - least) / grid * grid;
    }
};

Ladder ladder_of(const AuctionRules& rules, const AuctionState& state) {
    std::int64_t step = std::max<std::int64_t>(rules.step.minor, 1);
    const Bid* best = state.best();
    Ladder ladder;
    ladder.least = best ? best->amount.minor + step : std::max<std::int64_t>(rules.start.minor, 1);
    if (rules.step_multiple == StepMultiple::required) ladder.grid = step;
    return ladder;
}

bool stronger(const BidAgent& left, const BidAgent& right) {
    if (left.maximum != right.maximum) return left.maximum > right.maximum;
    return left.set_at < right.set_at;
}

bool may_bid(const AuctionRules& rules, const AuctionState& state, const std::string& alias,
             base::Time now) {
    if (state.suspended_bidders.contains(alias)) return false;
    bool needs_free_bid =
        rules.free_period == FreePeriod::required && state.free_end && now >= *state.free_end;
    return !needs_free_bid || state.free_bidders.contains(alias);
}

}  // namespace

std::optional<AgentBid> next_agent_bid(const AuctionRules& rules, const AuctionState& state,
                                       const std::vector<BidAgent>& agents, base::Time now) {
    bool bidding = rules.type == AuctionType::english && state.phase == Phase::bidding &&
                   !state.is_paused() && now >= state.open && state.deadline &&
                   now < *state.deadline;
    if (!bidding) return std::nullopt;
    Ladder ladder = ladder_of(rules, state);
    const BidAgent* challenger = nullptr;
    for (const BidAgent& agent : agents) {
        bool content = agent.alias == state.lead || agent.maximum.minor < ladder.least ||
                       !may_bid(rules, state, agent.alias, now);
        if (!content && (!challenger || stronger(agent, *challenger))) challenger = &agent;
    }
    if (!challenger) return std::nullopt;
    const BidAgent* rival = nullptr;
    for (const BidAgent& agent : agents) {
        if (&agent == challenger || !may_bid(rules, state, agent.alias, now)) continue;
        if (!rival || stronger(agent, *rival)) rival = &agent;
    }
    std::int64_t limit = ladder.at_most(challenger->maximum.minor);
    std::int64_t amount = ladder.least;
    if (rival && rival->maximum.minor >= ladder.least) {
        bool wins = stronger(*challenger, *rival);
        std::int64_t step = std::max<std::int64_t>(rules.step.minor, 1);
        amount = wins ? std::min(limit, ladder.at_least(rival->maximum.minor + step)) : limit;
    }
    return AgentBid{challenger->alias, {amount, rules.currency}};
}

std::vector<base::Money> next_amounts(const AuctionRules& rules, const AuctionState& state,
                                      std::size_t count) {
    std::vector<base::Money> amounts;
    if (rules.type != AuctionType::english || state.phase != Phase::bidding) return amounts;
    Ladder ladder = ladder_of(rules, state);
    std::int64_t step = std::max<std::int64_t>(rules.step.minor, 1);
    for (std::size_t index = 0; index < count; ++index) {
        std::int64_t amount = ladder.least + static_cast<std::int64_t>(index) * step;
        if (amount > base::Money::minor_max) break;
        amounts.push_back({amount, rules.currency});
    }
    return amounts;
}

}  // namespace trade
