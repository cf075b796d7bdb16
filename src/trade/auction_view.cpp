#include "trade/auction_view.h"

#include <algorithm>

#include "trade/auction_agent.h"

namespace trade {
namespace {

using base::json::array;
using base::json::object;

constexpr std::size_t amounts_shown = 5;

void add_time(object& made, std::string_view key, const std::optional<base::Time>& time) {
    if (time) made[key] = base::to_iso(*time);
}

void add_clock(object& made, const AuctionRules& rules, const AuctionState& state, base::Time now) {
    if (rules.row().timing != Timing::price_clock || state.phase != Phase::bidding) return;
    if (now < state.open) return;
    Standing standing = standing_at(rules, state, now);
    object clock{{"price", standing.price.to_string()}, {"step", standing.step}};
    if (!state.is_paused()) {
        base::Time begun = state.open + state.clock_held;
        clock["next_at"] = base::to_iso(begun + rules.interval * (standing.step + 1));
    }
    made["standing"] = std::move(clock);
}

void add_result(object& made, const AuctionState& state) {
    if (!state.failure.empty()) made["failure"] = state.failure;
    if (!state.is_final() && state.phase != Phase::offered) return;
    array winners;
    for (const Award& award : state.awards) {
        winners.push_back(object{
            {"alias", award.bidder}, {"price", award.price.to_string()}, {"units", award.units}});
    }
    made["winners"] = std::move(winners);
    if (!state.offered.empty()) made["offered"] = state.offered;
}

void add_rules(object& made, const AuctionRules& rules) {
    made["type"] = rules.row().name;
    made["currency"] = rules.currency.code();
    made["start"] = rules.start.to_string();
    made["step"] = rules.step.to_string();
    made["deposit"] = rules.deposit.to_string();
    made["step_multiple"] = rules.step_multiple == StepMultiple::required;
    if (rules.max_jump) made["max_jump"] = rules.max_jump->to_string();
    if (rules.type == AuctionType::multi_unit) {
        made["units"] = rules.units;
        made["unit_cap"] = rules.unit_cap;
    }
    if (rules.type == AuctionType::english && rules.form == EnglishForm::window) {
        made["window_seconds"] = rules.window.microseconds / 1'000'000;
        made["extend_seconds"] = rules.extension.microseconds / 1'000'000;
    }
    if (rules.form == EnglishForm::cycle) {
        made["cycle_seconds"] = rules.cycle.microseconds / 1'000'000;
    }
    made["sealed"] = rules.is_sealed() && !rules.is_posted();
    made["posted"] = rules.is_posted();
    made["opening"] = rules.opening == Opening::by_keys ? "by_keys" : "at_close";
    bool secret = rules.reserve_secrecy == ReserveSecrecy::secret;
    made["reserve_secret"] = secret;
    if (rules.reserve && !secret) made["reserve"] = rules.reserve->to_string();
    if (!rules.reserve_commitment.empty()) made["reserve_commitment"] = rules.reserve_commitment;
    if (rules.type == AuctionType::scored) {
        made["price_weight"] = hundredths_text(rules.score.price_weight_hundredths);
        made["quality_weight"] = hundredths_text(rules.score.quality_weight_hundredths);
        made["reference"] = rules.score.reference.to_string();
    }
}

void add_bidding(object& made, const AuctionRules& rules, const AuctionState& state) {
    bool open = state.bids_are_open(rules);
    if (const Bid* best = state.best(); best && open) {
        made["best"] = best->amount.to_string();
        made["lead"] = best->bidder;
    }
    array next;
    for (const base::Money& amount : next_amounts(rules, state, amounts_shown))
        next.push_back(base::json::value(amount.to_string()));
    if (!next.empty()) made["min_next"] = next.front();
    made["next"] = std::move(next);
    std::set<std::string_view> active;
    for (const auto& [alias, bid] : state.bids)
        active.insert(alias);
    for (const auto& [alias, bid] : state.sealed)
        active.insert(alias);
    // How many have bid in a sealed sale would tell the last one what he is up against.
    if (open) {
        made["bids"] = state.bids_accepted;
        made["bidding"] = active.size();
    }
    if (rules.row().timing == Timing::rounds) {
        made["round"] = state.round;
        made["rounds"] = rules.rounds;
    }
    if (rules.is_posted() && rules.units != 0) {
        made["units_left"] = rules.units - state.units_sold();
    }
    array among;
    for (const std::string& alias : state.participants)
        among.push_back(base::json::value(alias));
    if (!among.empty()) made["among"] = std::move(among);
}

}  // namespace

object to_json(const AuctionView& view, base::Time now) {
    const AuctionRules& rules = view.auction.rules;
    const AuctionState& state = view.state;
    object made{
        {"id", view.auction.id.text()},
        {"title", view.auction.title},
        {"phase", now < state.open && state.phase == Phase::bidding ? std::string_view("announced")
                                                                    : name_of(state.phase)},
        {"server_time", base::to_iso(now)},
        {"open", base::to_iso(state.open)},
        {"seq", view.auction.last_seq},
        {"head", view.auction.head},
        {"terms_hash", view.auction.terms_hash},
        {"bidders", view.bidders},
        {"refused", view.auction.refused},
        {"missed_in_queue", view.auction.missed_in_queue},
        {"agent_allowed", view.auction.agent_allowed},
        {"sample", view.auction.is_sample}};
    if (!view.auction.listing.empty()) made["listing"] = view.auction.listing;
    if (!view.auction.entry.empty()) made["entry"] = view.auction.entry;
    add_time(made, "close", state.deadline);
    add_time(made, "closed_at", state.closed_at);
    add_time(made, "free_end", state.free_end);
    add_time(made, "hard_stop", state.hard_stop);
    add_time(made, "paused_since", state.paused_since);
    if (state.suspended_since) made["pause"] = "suspended";
    if (state.outage_since) made["pause"] = "outage";
    add_rules(made, rules);
    add_bidding(made, rules, state);
    add_clock(made, rules, state, now);
    add_result(made, state);
    return made;
}

object summary_json(const Auction& auction) {
    object made{{"id", auction.id.text()},
                {"title", auction.title},
                {"type", auction.rules.row().name},
                {"phase", auction.phase},
                {"open", base::to_iso(auction.rules.open)},
                {"start", auction.rules.start.to_string()},
                {"currency", auction.rules.currency.code()},
                {"place", auction.place},
                {"sample", auction.is_sample}};
    base::Time end = auction.closes_at.value_or(auction.rules.close);
    made["close"] = base::to_iso(end);
    if (!auction.listing.empty()) made["listing"] = auction.listing;
    if (!auction.entry.empty()) made["entry"] = auction.entry;
    return made;
}

object to_json(const LogEntry& entry) {
    auto payload = base::parse_json(entry.payload);
    return {{"seq", entry.seq},
            {"stamp", entry.stamp.microseconds},
            {"at", base::to_iso(entry.stamp)},
            {"type", entry.type},
            {"payload", payload ? *payload : base::json::value()},
            {"hash", base::to_hex(entry.hash)}};
}

object own_json(const AuctionView& view, const AuctionSeat& seat) {
    const AuctionState& state = view.state;
    const std::string& alias = seat.alias;
    object made{{"alias", alias},
                {"leads", state.lead == alias && state.bids_are_open(view.auction.rules)},
                {"suspended", state.suspended_bidders.contains(alias)},
                {"deposit_held", state.ledger.balance(alias, Account::held).to_string()},
                {"priority", view.auction.rules.holder(alias) != nullptr},
                {"offered", state.offered == alias}};
    if (auto bid = state.bids.find(alias); bid != state.bids.end()) {
        made["amount"] = bid->second.amount.to_string();
    }
    if (auto bid = state.sealed.find(alias); bid != state.sealed.end()) {
        made["sealed_at"] = base::to_iso(bid->second.stamp);
        made["sealed_seq"] = bid->second.seq;
    }
    if (state.priority_asked.contains(alias) && !state.priority_answers.contains(alias)) {
        made["priority_asked"] = true;
    }
    for (const Award& award : state.awards) {
        if (award.bidder == alias) made["won"] = award.price.to_string();
    }
    return made;
}

}  // namespace trade
