#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trade/auction.h"

namespace trade {

/// A standing order of a bidder: bid for me, never above this. Nobody else sees the maximum.
struct BidAgent {
    std::string alias;
    base::Money maximum;
    base::Time set_at;
};

/// The next bid that an agent makes in an open ascending sale, or nothing when all are content. By
/// rule: the strongest agent (highest maximum, the earlier order where equal) that does not lead bids
/// the least valid amount that no other agent can answer, or its own limit; so agents raise no
/// further than the next-strongest forces them to. Pure; to be asked again after each bid.
struct AgentBid {
    std::string alias;
    base::Money amount;
};
std::optional<AgentBid> next_agent_bid(const AuctionRules& rules, const AuctionState& state,
                                       const std::vector<BidAgent>& agents, base::Time now);

/// The least valid next bid, and the `count` amounts after it that are valid too.
std::vector<base::Money> next_amounts(const AuctionRules& rules, const AuctionState& state,
                                      std::size_t count);

}  // namespace trade
