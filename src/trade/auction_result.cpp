#include <algorithm>

#include "trade/auction.h"

namespace trade {
namespace {

base::json::array names(const std::vector<std::string>& list) {
    base::json::array made;
    for (const std::string& name : list)
        made.push_back(base::json::value(name));
    return made;
}

base::json::object deposits_json(const Ledger& ledger) {
    base::json::object object = ledger.to_json();
    std::vector<std::string> returned = ledger.owners_with(Account::released);
    for (const std::string& owner : ledger.owners_with(Account::refunded)) {
        if (std::ranges::find(returned, owner) == returned.end()) returned.push_back(owner);
    }
    std::ranges::sort(returned);
    object["deposits_returned"] = names(returned);
    object["deposits_held"] = names(ledger.owners_with(Account::held));
    object["deposits_forfeited"] = names(ledger.owners_with(Account::forfeited));
    return object;
}

}  // namespace

base::json::object result_json(const AuctionRules& rules, const AuctionState& state) {
    base::json::object object;
    object["phase"] = name_of(state.phase);
    if (!state.failure.empty()) object["reason"] = state.failure;
    base::json::array winners;
    for (const Award& award : state.awards) {
        winners.push_back(base::json::object{
            {"bidder", award.bidder}, {"price", award.price.to_string()}, {"units", award.units}});
    }
    object["winners"] = std::move(winners);
    object["bids"] = state.bids_accepted;
    if (state.bids_are_open(rules) && state.bidding_ended) {
        base::json::array ranking;
        for (const Bid& bid : state.ranking) {
            base::json::object row{{"bidder", bid.bidder}, {"amount", bid.amount.to_string()}};
            if (rules.type == AuctionType::scored) {
                auto points = state.quality.find(bid.bidder);
                // A holder who came in by his right was not scored.
                if (points != state.quality.end()) {
                    row["score"] = score_of(rules.score, bid.amount, points->second).to_string();
                }
            }
            ranking.push_back(std::move(row));
        }
        object["ranking"] = std::move(ranking);
    }
    object["deposits"] = deposits_json(state.ledger);
    return object;
}

}  // namespace trade
