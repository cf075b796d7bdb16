// From the buyer and the price to the certificate: auction, notice, objections, contract, payment,
// and what happens when the winner does not keep his word.
#include <algorithm>

#include "base/text.h"
#include "trade/ledger.h"
#include "trade/listing_engine.h"

namespace trade::engine {
namespace {

base::Status auction_announced(Turn& turn) {
    // One sale for one competition: a second could have another winner.
    if (!turn.state.auction.empty()) return conflict("auction_announced_already");
    turn.state.auction = turn.event.value("auction");
    turn.state.deadline.reset();
    turn.tell("auction_announced", {}, {}, turn.state.auction);
    return {};
}

/// "B:100000;C:90000": those after the winner, best first.
base::Result<std::vector<std::pair<std::string, base::Money>>> read_runners(
    const Turn& turn, const ListingEvent& result) {
    std::vector<std::pair<std::string, base::Money>> runners;
    for (const std::string& word : base::split(result.value("runners"), ';')) {
        if (word.empty()) continue;
        const std::size_t at = word.find(':');
        if (at == std::string::npos || turn.state.party(word.substr(0, at)) == nullptr)
            return conflict("not_registered");
        auto price = base::Money::parse(word.substr(at + 1), turn.state.rules.price.currency);
        if (!price) return invalid("amount_malformed", "runners");
        runners.emplace_back(word.substr(0, at), *price);
    }
    return runners;
}

base::Status auction_closed(Turn& turn, const ListingEvent& result) {
    const std::string winner = result.value("winner");
    const auto right = turn.state.priorities.find(winner);
    const bool exercised =
        right != turn.state.priorities.end() && right->second == PriorityAnswer::declared;
    if (exercised) turn.holder_party(winner);
    const ListingParty* party = turn.state.party(winner);
    const bool may = party && (party->standing == ListingParty::Standing::qualified ||
                               party->standing == ListingParty::Standing::holder);
    if (!may) return conflict("not_registered");
    const auto price = base::Money::parse(result.value("price"), turn.state.rules.price.currency);
    if (!price || price->minor <= 0) return invalid("amount_malformed", "price");
    turn.state.runners = TRY(read_runners(turn, result));
    return turn.chosen(winner, *price);
}

base::Status auction_failed(Turn& turn, const ListingEvent& result) {
    TRY(turn.release_all("auction_failed"));
    for (ListingParty& party : turn.state.parties)
        party.standing = ListingParty::Standing::lapsed;
    turn.state.end_reason = result.value("reason");
    if (turn.state.end_reason.empty()) turn.state.end_reason = "no_bids";
    TRY(turn.enter(Stage::unsold, turn.state.rules.decide));
    turn.tell("owner_needed", {}, {}, turn.state.end_reason);
    return {};
}

base::Status take_result(Turn& turn) {
    ListingState& state = turn.state;
    if (state.stage == Stage::competition) return turn.auction_over(turn.event);
    if (state.stage_before != Stage::competition || state.auction_result)
        return conflict("wrong_stage");
    state.auction_result = turn.event;
    return {};
}

base::Status objection_admitted(Turn& turn) {
    ListingState& state = turn.state;
    if (state.objections_open == 0 && state.stage == Stage::result_notice)
        state.notice_left = *state.deadline - turn.now;
    ++state.objections_open;
    turn.enter(Stage::contested);
    turn.tell("notice_paused");
    return {};
}

base::Status objection_decided(Turn& turn) {
    ListingState& state = turn.state;
    TRY(need(turn, "document", "decision_missing"));
    if (turn.event.actor == state.submitted_by || turn.event.value("deal_team") == "yes")
        return forbidden("decider_in_deal_team");
    const std::string verdict = turn.event.value("verdict");
    if (verdict == "upheld") {
        state.objections_open = 0;
        return turn.end(Stage::failed, "objection_upheld");
    }
    if (verdict == "corrected") {
        // What was published was wrong in part: the whole period runs again for what is right.
        state.objections_open = 0;
        return turn.begin_notice();
    }
    if (verdict != "rejected") return invalid("verdict_unknown", "verdict");
    if (--state.objections_open > 0) return {};
    const base::Duration left =
        std::max(*state.notice_left, base::days(state.rules.objection_rest));
    state.stage = Stage::result_notice;
    state.deadline = base::end_of_day(base::date_in_shanghai(turn.now + left));
    state.notice_left.reset();
    turn.tell("notice_resumed");
    return {};
}

base::Status sign(Turn& turn) {
    ListingState& state = turn.state;
    TRY(need(turn, "contract", "contract_missing"));
    const base::Money total = TRY(read_money(turn, "total"));
    // A plan is signed as it was offered: its promises are what the price was valued from.
    const base::Money least = state.plan ? state.plan->money() : *state.price;
    if (total < least) {
        return base::refuse(fault(base::ErrorKind::invalid, "price_below_notice")
                                .with("published", least.to_grouped_string())
                                .with("total", total.to_grouped_string())
                                .at("total"));
    }
    state.contract = turn.event.value("contract");
    TRY(turn.enter(Stage::payment_pending, state.rules.pay));
    turn.tell("signed", state.winner, total);
    return {};
}

/// What must be there before the deal counts as settled; the rest of a plan follows its days.
base::Money due_now(const ListingState& state) {
    return state.plan ? state.plan->due_at_once() : *state.price;
}

base::Money whole_price(const ListingState& state) {
    return state.plan ? state.plan->money() : *state.price;
}

base::Status settle_if_paid(Turn& turn) {
    ListingState& state = turn.state;
    if (state.stage != Stage::payment_pending) return {};
    ListingParty* buyer = state.party(state.winner);
    const base::Money held = buyer ? buyer->deposit : base::Money{0, state.rules.price.currency};
    if (state.paid + held < due_now(state)) return {};
    if (buyer != nullptr && !held.is_zero()) {
        // What is left of a deposit when less is due at once goes back.
        const base::Money used = std::min(held, due_now(state) - state.paid);
        if (used.minor > 0) {
            turn.tell("deposit_apply", buyer->key, used);
            state.paid += used;
            buyer->deposit = held - used;
        }
        TRY(turn.release(*buyer, "not_needed"));
    }
    turn.enter(Stage::settled);
    turn.tell("settled", state.winner, state.paid);
    return {};
}

base::Status pay(Turn& turn) {
    ListingState& state = turn.state;
    const base::Money amount = TRY(read_money(turn, "amount"));
    if (state.paid + amount > whole_price(state)) return invalid("payment_exceeds_price", "amount");
    state.paid += amount;
    turn.tell("paid", state.winner, amount);
    return settle_if_paid(turn);
}

base::Status settle(Turn& turn) {
    TRY(settle_if_paid(turn));
    if (turn.state.stage != Stage::settled) return conflict("price_not_paid");
    return {};
}

base::Status trigger_reached(Turn& turn) {
    TRY(need(turn, "document", "document_missing"));
    const std::string trigger = turn.event.value("trigger");
    const ListingState& state = turn.state;
    if (state.plan) {
        for (const PaymentPart& part : state.plan->parts) {
            if (part.form != PaymentPart::Form::deferred || part.trigger != trigger) continue;
            turn.effects.push_back(
                {"payment_due", state.winner, turn.after(state.rules.pay), part.amount, trigger});
            return {};
        }
    }
    return invalid("plan_trigger_unknown", "trigger");
}

base::Status register_contract(Turn& turn) {
    TRY(need(turn, "number", "contract_missing"));
    turn.state.contract_number = turn.event.value("number");
    return {};
}

base::Status certify(Turn& turn) {
    ListingState& state = turn.state;
    if (state.contract_number.empty()) return conflict("contract_not_registered");
    state.certificate = turn.event.value("certificate");
    turn.enter(Stage::certified);
    turn.tell("certified", state.winner, *state.price, state.certificate);
    return {};
}

base::Status declare_default(Turn& turn) {
    ListingState& state = turn.state;
    const std::string ground = turn.event.value("ground");
    const auto known = parse_forfeit_ground(ground);
    if (!known) return invalid("forfeit_ground_unknown", "ground");
    TRY(need(turn, "document", "document_missing"));
    // Silence is a default only when the term is over; the others are acts that a document proves.
    const bool by_silence =
        *known == ForfeitGround::payment_default || *known == ForfeitGround::withdrew_after_accept;
    if (by_silence && state.deadline) return conflict("default_before_term");
    state.stage_before = state.stage;
    state.default_ground = ground;
    TRY(turn.enter(Stage::hearing, state.rules.hearing));
    turn.tell("hearing", state.winner, {}, ground);
    return {};
}

base::Status dismiss_default(Turn& turn) {
    TRY(need(turn, "document", "decision_missing"));
    ListingState& state = turn.state;
    state.default_ground.clear();
    const bool paying = state.stage_before == Stage::payment_pending;
    return turn.enter(state.stage_before, paying ? state.rules.pay : state.rules.sign);
}

base::Status confirm_default(Turn& turn) {
    ListingState& state = turn.state;
    if (state.deadline) return conflict("hearing_not_over");
    TRY(need(turn, "document", "decision_missing"));
    if (ListingParty* party = state.party(state.winner)) {
        if (!party->deposit.is_zero()) {
            turn.tell("deposit_forfeit", party->key, party->deposit, state.default_ground);
            party->deposit.minor = 0;
        }
        party->standing = ListingParty::Standing::refused;
        party->refusal = state.default_ground;
    }
    turn.tell("barred", state.winner, {}, state.default_ground);
    state.defaulted.push_back(state.winner);
    state.contract.clear();
    state.price.reset();
    state.plan.reset();
    // Only the deposit is forfeited; what he paid of the price is his.
    TRY(turn.release_paid("default"));
    return turn.next_runner();
}

base::Status offer_second(Turn& turn) {
    ListingState& state = turn.state;
    const bool none = state.runners.empty() || state.offers_made >= state.rules.runner_up_depth;
    if (none || state.runners.front().second < state.rules.price) return conflict("no_runner_up");
    // A ring could default high and buy low: no step up for somebody related to the defaulter.
    if (turn.event.value("related") == "yes") return forbidden("runner_up_related");
    ++state.offers_made;
    state.offer_by = state.runners.front().first;
    state.price = state.runners.front().second;
    state.runners.erase(state.runners.begin());
    TRY(turn.enter(Stage::offered, state.rules.answer));
    turn.tell("offer_made", state.offer_by, *state.price);
    return {};
}

base::Status accept_offer(Turn& turn) {
    ListingState& state = turn.state;
    if (turn.event.actor != state.offer_by) return forbidden("not_your_turn");
    const ListingParty* party = state.party(state.offer_by);
    TRY(check_deposit(turn, party));
    state.winner = state.offer_by;
    return turn.begin_notice();
}

base::Status decline_offer(Turn& turn) {
    ListingState& state = turn.state;
    if (turn.event.actor != state.offer_by) return forbidden("not_your_turn");
    turn.tell("offer_declined", state.offer_by);
    if (ListingParty* party = state.party(state.offer_by)) TRY(turn.release(*party, "declined"));
    return turn.next_runner();
}

}  // namespace

base::Status Turn::auction_over(const ListingEvent& result) {
    return result.action == "auction_closed" ? auction_closed(*this, result)
                                             : auction_failed(*this, result);
}

std::vector<Row> closing_rows() {
    using S = Stage;
    return {
        {"auction_announced", {"clock"}, {S::competition}, "wrong_stage", auction_announced},
        {"auction_closed", {"clock"}, {S::competition, S::suspended}, "wrong_stage", take_result},
        {"auction_failed", {"clock"}, {S::competition, S::suspended}, "wrong_stage", take_result},
        {"objection_admitted",
         {"operator", "supervisor"},
         {S::result_notice, S::contested},
         "objection_out_of_time",
         objection_admitted},
        {"objection_decided",
         {"operator", "supervisor"},
         {S::contested},
         "wrong_stage",
         objection_decided},
        {"sign", {"seller", "operator"}, {S::contract_pending}, "notice_incomplete", sign},
        {"pay", {"treasury"}, {S::payment_pending, S::settled}, "wrong_stage", pay},
        {"settle", {"operator"}, {S::payment_pending}, "wrong_stage", settle},
        {"trigger_reached",
         {"operator", "seller"},
         {S::payment_pending, S::settled},
         "wrong_stage",
         trigger_reached},
        {"register_contract",
         {"operator", "clock"},
         {S::payment_pending, S::settled},
         "wrong_stage",
         register_contract},
        {"certify", {"operator"}, {S::settled}, "price_not_paid", certify},
        {"default",
         {"operator", "seller"},
         {S::contract_pending, S::payment_pending},
         "wrong_stage",
         declare_default},
        {"dismiss_default",
         {"operator", "supervisor"},
         {S::hearing},
         "wrong_stage",
         dismiss_default},
        {"confirm_default",
         {"operator", "supervisor"},
         {S::hearing},
         "wrong_stage",
         confirm_default},
        {"offer_second", {"seller"}, {S::choosing}, "wrong_stage", offer_second},
        {"accept_offer", {"bidder"}, {S::offered}, "wrong_stage", accept_offer},
        {"decline_offer", {"bidder"}, {S::offered}, "wrong_stage", decline_offer},
    };
}

}  // namespace trade::engine
