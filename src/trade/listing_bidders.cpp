// What those who want to buy do, and how the operator judges them.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "trade/listing_engine.h"

namespace trade::engine {
namespace {

constexpr std::array<std::string_view, 4> standing_criteria = {
    "conflict_of_interest", "deposit_not_held", "export_refused", "false_documents"};

/// Somebody who is in, by the event's actor.
base::Result<ListingParty*> own(Turn& turn) {
    ListingParty* party = turn.state.party(turn.event.actor);
    if (party == nullptr || !party->is_interested()) return forbidden("not_registered");
    return party;
}

base::Status check_terms(const Turn& turn) {
    const std::string terms = turn.event.value("terms");
    if (terms.empty()) return conflict("terms_not_confirmed");
    if (terms == terms_hash(turn.state.rules) || terms == std::to_string(turn.state.revision))
        return {};
    return conflict("stale_terms");
}

bool is_member_anywhere(const ListingState& state, const std::string& key) {
    return std::ranges::any_of(state.parties, [&](const ListingParty& party) {
        return party.is_interested() &&
               (party.key == key || std::ranges::find(party.members, key) != party.members.end());
    });
}

base::Result<std::vector<std::string>> read_members(const Turn& turn) {
    std::vector<std::string> members;
    for (const std::string& word : base::split(turn.event.value("members"), ',')) {
        const std::string member = base::trim(word);
        if (member.empty()) continue;
        if (turn.state.rules.joint == JointBidders::refused)
            return invalid("joint_not_allowed", "members");
        const bool twice = member == turn.event.actor ||
                           std::ranges::find(members, member) != members.end() ||
                           is_member_anywhere(turn.state, member);
        if (twice) return invalid("joint_member_twice", "members");
        members.push_back(member);
    }
    return members;
}

base::Status enrol(Turn& turn) {
    ListingState& state = turn.state;
    if (is_member_anywhere(state, turn.event.actor)) return conflict("already_registered");
    if (turn.event.value("conflict") == "yes") return forbidden("conflict_of_interest");
    if (turn.event.value("barred") == "yes") return forbidden("bidder_barred");
    std::vector<std::string> members = TRY(read_members(turn));
    TRY(check_terms(turn));
    ListingParty* party = state.party(turn.event.actor);
    if (party == nullptr) {
        state.parties.push_back({.key = turn.event.actor});
        party = &state.parties.back();
        party->deposit.currency = state.rules.price.currency;
    }
    party->members = std::move(members);
    party->standing = ListingParty::Standing::registered;
    party->revision = state.revision;
    party->refusal.clear();
    party->relation = turn.event.value("relation");
    // ASEAN and other foreign buyers: the export of technology is cleared before, not after the sale.
    party->export_gate =
        turn.event.value("foreign") == "yes" ? ListingParty::Gate::open : ListingParty::Gate::none;
    party->at = turn.now;
    turn.tell("registered", party->key, state.rules.deposit);
    return {};
}

base::Status confirm(Turn& turn) {
    ListingParty* party = turn.state.party(turn.event.actor);
    if (party == nullptr) return forbidden("not_registered");
    if (party->standing == ListingParty::Standing::lapsed) return conflict("confirmation_over");
    if (!party->is_interested()) return forbidden("not_registered");
    if (party->revision == turn.state.revision) return conflict("already_confirmed");
    TRY(check_terms(turn));
    party->revision = turn.state.revision;
    return {};
}

base::Status leave(Turn& turn) {
    ListingParty* party = TRY(own(turn));
    party->standing = ListingParty::Standing::left;
    turn.tell("left", party->key);
    TRY(turn.release(*party, "left"));
    // He may have been the last who was waited for.
    return turn.state.stage == Stage::qualifying ? turn.choose_way() : base::Status();
}

/// Bound to confidence: the office has checked that these are the terms of the house.
base::Status undertake(Turn& turn) {
    ListingParty* party = TRY(own(turn));
    TRY(need(turn, "undertaking", "undertaking_missing"));
    party->undertaking = turn.event.value("undertaking");
    return {};
}

/// A fact of the ledger: so much more of this bidder is held.
base::Status deposit(Turn& turn) {
    const base::Money amount = TRY(read_money(turn, "amount"));
    ListingState& state = turn.state;
    ListingParty* party = state.party(turn.event.party);
    const bool is_holder = state.priorities.contains(turn.event.party);
    const bool is_runner = state.stage == Stage::offered && state.offer_by == turn.event.party;
    if (party == nullptr && is_holder) party = &turn.holder_party(turn.event.party);
    const bool may = party != nullptr && (party->is_interested() || is_runner ||
                                          party->standing == ListingParty::Standing::holder);
    if (!may) return conflict("not_registered");
    // Bidders came to the competition with theirs; a holder waits outside until he is asked.
    const bool waits = party->standing == ListingParty::Standing::holder;
    if (state.stage == Stage::competition && !waits) return conflict("registration_closed");
    party->deposit += amount;
    turn.tell("deposit_held", party->key, amount);
    return {};
}

base::Status ask(Turn& turn) {
    TRY(need(turn, "text", "text_missing"));
    ListingState& state = turn.state;
    std::string id = turn.event.value("question");
    if (id.empty()) id = std::to_string(state.questions.size() + 1);
    state.questions.push_back({id, turn.event.actor, turn.now, {}});
    turn.tell("question_asked", turn.event.actor, {}, id);
    return {};
}

base::Status clear_export(Turn& turn) {
    TRY(need(turn, "document", "document_missing"));
    ListingParty* party = turn.state.party(turn.event.party);
    if (party == nullptr || !party->is_interested()) return conflict("not_registered");
    party->export_gate = ListingParty::Gate::passed;
    return {};
}

base::Status accept_party(Turn& turn, ListingParty& party) {
    TRY(check_deposit(turn, &party));
    if (party.export_gate == ListingParty::Gate::open) return conflict("export_gate_open");
    party.standing = ListingParty::Standing::qualified;
    turn.tell("qualified", party.key);
    return {};
}

base::Status refuse_party(Turn& turn, ListingParty& party) {
    const std::string reason = turn.event.value("reason");
    const auto& published = turn.state.rules.criteria;
    const bool known = std::ranges::find(standing_criteria, reason) != standing_criteria.end() ||
                       std::ranges::find(published, reason) != published.end();
    // L17: what was not published cannot be used to refuse anybody.
    if (!known) return invalid("criterion_not_published", "reason");
    TRY(need(turn, "text", "reason_missing"));
    party.standing = ListingParty::Standing::refused;
    party.refusal = reason;
    turn.tell("refused", party.key, {}, reason);
    return turn.release(party, "not_qualified");
}

base::Status qualify(Turn& turn) {
    ListingParty* party = turn.state.party(turn.event.party);
    if (party == nullptr) return conflict("not_registered");
    if (party->standing != ListingParty::Standing::registered) return conflict("already_judged");
    const std::string verdict = turn.event.value("verdict");
    if (verdict == "accept") {
        TRY(accept_party(turn, *party));
    } else if (verdict == "refuse") {
        TRY(refuse_party(turn, *party));
    } else {
        return invalid("verdict_unknown", "verdict");
    }
    return turn.choose_way();
}

base::Status declare_priority(Turn& turn) {
    const auto found = turn.state.priorities.find(turn.event.actor);
    if (found == turn.state.priorities.end()) return forbidden("priority_not_holder");
    found->second = PriorityAnswer::declared;
    turn.tell("priority_declared", turn.event.actor);
    return {};
}

bool all_answered(const ListingState& state) {
    return std::ranges::none_of(state.priorities, [&](const auto& holder) {
        return holder.second == PriorityAnswer::declared && holder.first != state.winner;
    });
}

base::Status waive_priority(Turn& turn) {
    const auto found = turn.state.priorities.find(turn.event.actor);
    if (found == turn.state.priorities.end()) return forbidden("priority_not_holder");
    found->second = PriorityAnswer::waived;
    turn.tell("priority_waived", turn.event.actor);
    if (turn.state.stage == Stage::priority_window && all_answered(turn.state))
        return turn.answer_priorities();
    return {};
}

base::Status match(Turn& turn) {
    const auto found = turn.state.priorities.find(turn.event.actor);
    if (found == turn.state.priorities.end() || found->second != PriorityAnswer::declared)
        return forbidden("priority_not_holder");
    if (TRY(read_money(turn, "price")) != *turn.state.price)
        return conflict("priority_price_mismatch");
    const ListingParty* party = turn.state.party(turn.event.actor);
    TRY(check_deposit(turn, party));
    found->second = PriorityAnswer::exercised;
    turn.tell("priority_exercised", turn.event.actor, *turn.state.price);
    if (all_answered(turn.state)) return turn.answer_priorities();
    return {};
}

/// The one buyer says what he pays; a promise is valued by the listing's own rule.
base::Status offer(Turn& turn) {
    ListingState& state = turn.state;
    if (turn.event.actor != state.winner) return forbidden("not_your_turn");
    PaymentPlan plan;
    if (turn.event.value("plan").empty()) {
        plan.parts.push_back({.amount = TRY(read_money(turn, "price"))});
    } else {
        plan = TRY(read_plan(turn.event.value("plan"), state.rules.price.currency));
    }
    const std::string security = turn.event.value("security");
    TRY(check_plan(state.rules.payment, plan, security.empty() ? Security::none : Security::given));
    const base::Money value = present_value(state.rules.payment, plan);
    if (value < state.rules.price) {
        return base::refuse(fault(base::ErrorKind::invalid, "below_asked_price")
                                .with("value", value.to_grouped_string())
                                .with("asked", state.rules.price.to_grouped_string())
                                .at("price"));
    }
    state.offer_by = turn.event.actor;
    state.security = security;
    state.plan = std::move(plan);
    turn.tell("offer_received", turn.event.actor, value);
    return {};
}

base::Status accept(Turn& turn) {
    if (!turn.state.plan) return conflict("no_offer");
    return turn.chosen(turn.state.winner,
                       present_value(turn.state.rules.payment, *turn.state.plan));
}

base::Status break_off(Turn& turn) {
    if (turn.event.role == "bidder" && turn.event.actor != turn.state.winner)
        return forbidden("not_your_turn");
    TRY(need(turn, "reason", "reason_missing"));
    return turn.end(Stage::failed, "no_agreement");
}

}  // namespace

ListingParty& Turn::holder_party(const std::string& key) {
    if (ListingParty* known = state.party(key)) return *known;
    state.parties.push_back({.key = key, .standing = ListingParty::Standing::holder, .at = now});
    state.parties.back().deposit.currency = state.rules.price.currency;
    return state.parties.back();
}

std::vector<Row> bidder_rows() {
    using S = Stage;
    return {
        {"register", {"bidder"}, {S::published}, "registration_closed", enrol},
        {"confirm", {"bidder"}, {S::published}, "registration_closed", confirm},
        {"leave", {"bidder"}, {S::published, S::qualifying}, "leave_not_allowed", leave},
        {"undertake",
         {"bidder"},
         {S::published, S::qualifying, S::agreement, S::competition},
         "wrong_stage",
         undertake},
        {"deposit",
         {"treasury"},
         {S::published, S::suspended, S::qualifying, S::agreement, S::competition,
          S::priority_window, S::offered},
         "registration_closed",
         deposit},
        {"ask", {"bidder", "public"}, {S::published}, "questions_closed", ask},
        {"clear_export",
         {"operator", "supervisor"},
         {S::published, S::qualifying},
         "wrong_stage",
         clear_export},
        {"qualify", {"operator"}, {S::qualifying}, "wrong_stage", qualify},
        {"declare_priority",
         {"bidder"},
         {S::published},
         "priority_declaration_over",
         declare_priority},
        {"waive_priority",
         {"bidder"},
         {S::published, S::qualifying, S::agreement, S::competition, S::priority_window},
         "priority_window_closed",
         waive_priority},
        {"match", {"bidder"}, {S::priority_window}, "priority_window_closed", match},
        {"offer", {"bidder"}, {S::agreement}, "wrong_stage", offer},
        {"accept", {"seller"}, {S::agreement}, "wrong_stage", accept},
        {"break_off", {"seller", "bidder"}, {S::agreement}, "wrong_stage", break_off},
    };
}

}  // namespace trade::engine
