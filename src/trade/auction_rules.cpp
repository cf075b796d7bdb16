#include "trade/auction_rules.h"

#include <algorithm>

#include "base/check.h"

namespace trade {
namespace {

using enum AuctionType;

constexpr TypeRow types[] = {
    {english, "english", Visibility::open, Timing::soft_close, PriceRule::own_bid,
     TieRule::earliest},
    {sealed_first, "sealed_first", Visibility::sealed, Timing::fixed, PriceRule::own_bid,
     TieRule::rebid_tied},
    {sealed_second, "sealed_second", Visibility::sealed, Timing::fixed, PriceRule::second_bid,
     TieRule::rebid_tied},
    {multi_round, "multi_round", Visibility::sealed, Timing::rounds, PriceRule::own_bid,
     TieRule::rebid_tied},
    {dutch, "dutch", Visibility::clock, Timing::price_clock, PriceRule::own_bid, TieRule::earliest},
    {dutch_hybrid, "dutch_hybrid", Visibility::clock, Timing::price_clock, PriceRule::own_bid,
     TieRule::earliest},
    {scored, "scored", Visibility::sealed, Timing::fixed, PriceRule::own_bid, TieRule::earliest},
    {multi_unit, "multi_unit", Visibility::sealed, Timing::fixed, PriceRule::by_units,
     TieRule::rebid_tied},
};

}  // namespace

std::span<const TypeRow> auction_types() {
    return types;
}

const TypeRow& row_of(AuctionType type) {
    const TypeRow& row = types[static_cast<std::size_t>(type)];
    CHECK(row.type == type);
    return row;
}

base::Result<AuctionType> parse_auction_type(std::string_view name) {
    // The names of the rule sets and of the procedures that use them.
    if (name == "english_soft") return english;
    if (name == "multi_round_sealed") return multi_round;
    for (const TypeRow& row : types) {
        if (row.name == name) return row.type;
    }
    return base::refuse(base::invalid("auction_type_unknown").with("type", name));
}

const Bidder* AuctionRules::bidder(std::string_view alias) const {
    auto found = std::ranges::find(bidders, alias, &Bidder::alias);
    return found == bidders.end() ? nullptr : &*found;
}

const PriorityHolder* AuctionRules::holder(std::string_view alias) const {
    auto found = std::ranges::find(holders, alias, &PriorityHolder::alias);
    return found == holders.end() ? nullptr : &*found;
}

}  // namespace trade
