// From the draft to the end of the disclosure: what owner, operator and supervisor do.
#include <algorithm>
#include <array>
#include <utility>

#include "trade/listing_engine.h"

namespace trade::engine {
namespace {

constexpr int whole_bp = 10'000;

/// What the law asks before something is offered; a public body's owner must have agreed too.
constexpr std::array<std::string_view, 5> diligence = {"rights", "decision", "price_basis",
                                                       "secrecy", "related"};

bool below_ladder(const ListingState& state, base::Money first, base::Money price) {
    return static_cast<__int128>(price.minor) * whole_bp <
           static_cast<__int128>(first.minor) * state.rules.lower_free_bp;
}

/// L12: the first price not below the filed appraisal, later ones not below 90 % without approval.
base::Status check_price(const Turn& turn, base::Money price,
                         const std::optional<base::Money>& appraisal) {
    const ListingState& state = turn.state;
    const bool approved = !turn.event.value("approval").empty();
    if (approved) return {};
    const bool is_first = state.lowers == 0 && !state.is_relisting;
    if (is_first && appraisal && price < *appraisal)
        return invalid("price_below_appraisal", "price");
    if (below_ladder(state, state.first_price, price))
        return invalid("approval_missing", "approval");
    return {};
}

base::Status submit(Turn& turn) {
    ListingState& state = turn.state;
    for (std::string_view item : diligence) {
        if (turn.event.value(item).empty()) {
            return base::refuse(
                fault(base::ErrorKind::invalid, "diligence_missing").with("item", item).at(item));
        }
    }
    if (turn.event.value("public_body") == "yes" && turn.event.value("authorisation").empty()) {
        return base::refuse(fault(base::ErrorKind::invalid, "diligence_missing")
                                .with("item", "authorisation")
                                .at("authorisation"));
    }
    if (turn.is_listing() && state.rules.next_type.empty())
        return invalid("next_type_missing", "next");
    if (!turn.is_listing()) TRY(need(turn, "buyer", "buyer_missing"));
    // A listing anew is measured by the first price of the chain.
    state.is_relisting = !turn.event.value("first_price").empty();
    state.first_price =
        state.is_relisting ? TRY(read_money(turn, "first_price")) : state.rules.price;
    TRY(check_price(turn, state.rules.price, state.rules.appraisal));
    state.submitted_by = turn.event.actor;
    state.winner = turn.is_listing() ? std::string() : turn.event.value("buyer");
    turn.enter(Stage::review);
    return {};
}

base::Status send_back(Turn& turn) {
    TRY(need(turn, "reason", "reason_missing"));
    turn.enter(Stage::draft);
    return {};
}

base::Status publish(Turn& turn) {
    ListingState& state = turn.state;
    if (turn.event.actor == state.submitted_by) return forbidden("same_person");
    state.published_at = turn.now;
    if (turn.is_listing()) {
        TRY(turn.disclose(state.rules.disclosure));
        turn.tell("listing_published", {}, state.rules.price);
        for (const auto& [holder, answer] : state.priorities)
            turn.tell("priority_notified", holder);
        return {};
    }
    state.price = state.rules.price;
    return turn.begin_notice();
}

base::Status amend(Turn& turn) {
    ListingState& state = turn.state;
    TRY(need(turn, "document", "document_missing"));
    Parameters wanted;
    for (const auto& [name, value] : turn.event.values) {
        if (name != "document" && name != "text" && name != "approval") wanted[name] = value;
    }
    if (wanted.empty() && turn.event.value("text").empty())
        return invalid("nothing_changed", "text");
    // How the sale goes and by what its price is measured stands since the publication.
    for (std::string_view name : {"mode", "lower_free_bp"}) {
        if (wanted.contains(std::string(name))) return invalid("not_amendable", name);
    }
    const ListingRules changed = TRY(read_listing_rules(wanted, state.rules));
    const std::optional<base::Money>& filed = state.rules.appraisal;
    const bool lowers_appraisal = filed && (!changed.appraisal || *changed.appraisal < *filed) &&
                                  wanted.contains("appraisal");
    if (lowers_appraisal) TRY(need(turn, "approval", "approval_missing"));
    TRY(check_price(turn, changed.price, changed.appraisal));
    state.rules = changed;
    ++state.revision;
    for (const PriorityBasis& holder : changed.priorities)
        state.priorities.try_emplace(holder.party, PriorityAnswer::silent);
    turn.tell("amended", {}, changed.price, turn.event.value("document"));
    if (!turn.is_listing()) {
        // A changed notice is a new notice; what was objected to is not what stands now.
        state.objections_open = 0;
        state.price = changed.price;
        return turn.begin_notice();
    }
    state.confirm_by = turn.after(changed.confirm);
    for (const ListingParty& party : state.parties) {
        if (party.is_interested()) turn.tell("confirmation_asked", party.key);
    }
    return turn.disclose(changed.disclosure);
}

base::Status suspend(Turn& turn) {
    TRY(need(turn, "reason", "reason_missing"));
    TRY(need(turn, "document", "document_missing"));
    ListingState& state = turn.state;
    state.stage_before = state.stage;
    state.suspended_since = turn.now;
    state.suspension_reason = turn.event.value("reason");
    // The running deadline is kept beside, to see at the end how much of it was left.
    const std::optional<base::Time> running = state.deadline;
    TRY(turn.enter(Stage::suspended, state.rules.suspension));
    state.notice_left.reset();
    if (running) state.notice_left = *running - turn.now;
    turn.tell("suspended", {}, {}, state.suspension_reason);
    return {};
}

/// How many whole days of the running period were used; the day of the halt was not a whole one.
int days_used(const Turn& turn) {
    const ListingState& state = turn.state;
    const base::Date from = base::date_in_shanghai(*state.period_from);
    const base::Date to = base::date_in_shanghai(*state.suspended_since).plus_days(-1);
    if (to <= from) return 0;
    if (state.period.unit == Term::Unit::calendar_days)
        return static_cast<int>(to.days_since_epoch() - from.days_since_epoch());
    return turn.calendar.working_days_between(from, to);
}

base::Status resume(Turn& turn) {
    ListingState& state = turn.state;
    if (state.suspension_reason == "complaint") TRY(need(turn, "document", "decision_missing"));
    const Stage back = state.stage_before;
    const base::Time since = *state.suspended_since;
    const std::optional<base::Duration> left = state.notice_left;
    if (back == Stage::published) {
        const int rest = state.period.count - days_used(turn);
        const base::Date today = base::date_in_shanghai(turn.now);
        // Never less than the rest in its own unit, nor than the least in working days.
        const base::Time by_rest =
            term_end(turn.calendar, turn.now, {std::max(rest, 1), state.period.unit});
        const base::Time by_least =
            base::end_of_day(turn.calendar.add_working_days(today, state.rules.resume_min));
        state.deadline = std::max(by_rest, by_least);
        if (state.confirm_by) {
            state.confirm_by =
                base::end_of_day(base::date_in_shanghai(turn.now + (*state.confirm_by - since)));
        }
    } else if (left) {
        state.deadline = base::end_of_day(base::date_in_shanghai(turn.now + *left));
    } else {
        state.deadline.reset();
    }
    state.stage = back;
    state.suspended_since.reset();
    state.notice_left.reset();
    turn.tell("resumed");
    // The auction was over before its own halt: its result waited for this.
    if (auto result = std::exchange(state.auction_result, std::nullopt))
        return turn.auction_over(*result);
    return {};
}

base::Status lower(Turn& turn) {
    ListingState& state = turn.state;
    TRY(need(turn, "decision", "decision_missing"));
    const base::Money price = TRY(read_money(turn, "price"));
    if (state.lowers >= state.rules.lowers_max) return conflict("lowered_already");
    if (price >= state.rules.price) return invalid("not_lower", "price");
    if (below_ladder(state, state.first_price, price) && turn.event.value("approval").empty())
        return invalid("approval_missing", "approval");
    ++state.lowers;
    ++state.revision;
    state.rules.price = price;
    state.end_reason.clear();
    turn.tell("lowered", {}, price, turn.event.value("decision"));
    return turn.disclose(state.rules.disclosure);
}

base::Status extend(Turn& turn) {
    ListingState& state = turn.state;
    if (state.extensions >= state.rules.extensions_max) return conflict("extension_not_announced");
    ++state.extensions;
    turn.tell("extended", {}, {}, "owner");
    return turn.disclose(state.rules.extension);
}

base::Status give_up(Turn& turn) {
    return turn.end(Stage::failed, turn.state.end_reason);
}

base::Status relist(Turn& turn) {
    TRY(turn.end(Stage::relisted, "relisted"));
    turn.tell("relist", {}, turn.state.rules.price);
    return {};
}

base::Status withdraw(Turn& turn) {
    const std::string reason = turn.event.value("reason");
    if (std::ranges::find(withdrawal_grounds(), reason) == withdrawal_grounds().end())
        return invalid("reason_unknown", "reason");
    TRY(need(turn, "text", "reason_missing"));
    const bool competes =
        turn.state.stage == Stage::suspended && turn.state.stage_before == Stage::competition;
    if (competes) return conflict("withdraw_not_allowed");
    if (turn.state.interested() > 0) {
        TRY(need(turn, "approval", "approval_missing"));
        TRY(need(turn, "compensation", "compensation_missing"));
    }
    return turn.end(Stage::withdrawn, reason);
}

base::Status annul(Turn& turn) {
    TRY(need(turn, "document", "document_missing"));
    return turn.end(Stage::annulled, "by_decision");
}

base::Status terminate(Turn& turn) {
    TRY(need(turn, "document", "document_missing"));
    return turn.end(Stage::terminated, "by_decision");
}

base::Status answer(Turn& turn) {
    auto& questions = turn.state.questions;
    const auto found =
        std::ranges::find(questions, turn.event.value("question"), &ListingQuestion::id);
    if (found == questions.end())
        return base::refuse(fault(base::ErrorKind::not_found, "question_unknown"));
    if (found->answered_at) return conflict("already_answered");
    TRY(need(turn, "text", "text_missing"));
    found->answered_at = turn.now;
    turn.tell("question_answered", found->party, {}, found->id);
    return {};
}

}  // namespace

std::vector<Row> opening_rows() {
    using S = Stage;
    const std::vector<S> any = {S::draft,           S::review,      S::published,
                                S::suspended,       S::unsold,      S::qualifying,
                                S::agreement,       S::competition, S::priority_window,
                                S::result_notice,   S::contested,   S::contract_pending,
                                S::payment_pending, S::settled,     S::hearing,
                                S::choosing,        S::offered};
    return {
        {"submit", {"seller"}, {S::draft}, "wrong_stage", submit},
        {"return", {"operator"}, {S::review}, "wrong_stage", send_back},
        {"publish", {"operator"}, {S::review}, "wrong_stage", publish},
        {"amend",
         {"seller", "operator"},
         {S::published, S::result_notice, S::contested},
         "wrong_stage",
         [](Turn& turn) -> base::Status {
             // Of a listing only what is on offer can change; a result is a result.
             if (turn.is_listing() != (turn.state.stage == Stage::published))
                 return conflict("wrong_stage");
             return amend(turn);
         }},
        {"suspend",
         {"operator", "supervisor"},
         {S::published, S::unsold, S::qualifying, S::agreement, S::competition},
         "wrong_stage",
         suspend},
        {"resume", {"operator", "supervisor"}, {S::suspended}, "wrong_stage", resume},
        {"lower", {"seller"}, {S::unsold}, "wrong_stage", lower},
        {"extend", {"seller"}, {S::unsold}, "wrong_stage", extend},
        {"give_up", {"seller"}, {S::unsold, S::choosing}, "wrong_stage", give_up},
        {"relist", {"seller"}, {S::unsold, S::choosing, S::failed}, "wrong_stage", relist},
        {"withdraw",
         {"seller"},
         {S::draft, S::review, S::published, S::suspended, S::unsold, S::qualifying, S::agreement},
         "withdraw_not_allowed",
         withdraw},
        {"annul", {"supervisor"}, any, "wrong_stage", annul},
        {"terminate", {"supervisor"}, any, "wrong_stage", terminate},
        {"answer",
         {"seller", "operator"},
         {S::published, S::qualifying, S::agreement, S::competition},
         "questions_closed",
         answer},
    };
}

}  // namespace trade::engine
