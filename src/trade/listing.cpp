// The listing core: one event at a time, due timers first. Handlers are in listing_opening.cpp,
// listing_bidders.cpp and listing_closing.cpp.
#include "trade/listing.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "trade/listing_engine.h"
#include "trade/money_rules.h"

namespace trade {
namespace {

constexpr std::array<std::string_view, 23> stage_names = {
    "draft",      "review",           "published",       "suspended",       "unsold",
    "qualifying", "agreement",        "competition",     "priority_window", "result_notice",
    "contested",  "contract_pending", "payment_pending", "settled",         "certified",
    "hearing",    "choosing",         "offered",         "failed",          "withdrawn",
    "terminated", "annulled",         "relisted"};

constexpr std::array<std::string_view, 8> grounds = {
    "ownership_dispute", "rights_lapsed", "decision_changed", "price_basis_changed",
    "own_use",           "secrecy_found", "export_refused",   "other"};

constexpr std::array<std::string_view, 71> refusals = {"action_unknown",
                                                       "already_answered",
                                                       "already_confirmed",
                                                       "already_judged",
                                                       "already_registered",
                                                       "amount_malformed",
                                                       "amount_not_positive",
                                                       "approval_missing",
                                                       "auction_announced_already",
                                                       "below_asked_price",
                                                       "bidder_barred",
                                                       "buyer_missing",
                                                       "compensation_missing",
                                                       "confirmation_over",
                                                       "conflict_of_interest",
                                                       "contract_missing",
                                                       "contract_not_registered",
                                                       "criterion_not_published",
                                                       "currency_mismatch",
                                                       "decider_in_deal_team",
                                                       "decision_missing",
                                                       "default_before_term",
                                                       "deposit_insufficient",
                                                       "deposit_not_held",
                                                       "diligence_missing",
                                                       "document_missing",
                                                       "export_gate_open",
                                                       "extension_not_announced",
                                                       "forbidden_role",
                                                       "forfeit_ground_unknown",
                                                       "hearing_not_over",
                                                       "joint_member_twice",
                                                       "joint_not_allowed",
                                                       "leave_not_allowed",
                                                       "listing_over",
                                                       "listing_suspended",
                                                       "lowered_already",
                                                       "next_type_missing",
                                                       "no_offer",
                                                       "no_runner_up",
                                                       "not_amendable",
                                                       "not_lower",
                                                       "not_open_yet",
                                                       "not_registered",
                                                       "not_your_turn",
                                                       "nothing_changed",
                                                       "notice_incomplete",
                                                       "objection_out_of_time",
                                                       "payment_exceeds_price",
                                                       "plan_trigger_unknown",
                                                       "price_below_appraisal",
                                                       "price_below_notice",
                                                       "price_not_paid",
                                                       "priority_declaration_over",
                                                       "priority_not_holder",
                                                       "priority_price_mismatch",
                                                       "priority_window_closed",
                                                       "question_unknown",
                                                       "questions_closed",
                                                       "reason_missing",
                                                       "reason_unknown",
                                                       "registration_closed",
                                                       "runner_up_related",
                                                       "same_person",
                                                       "stale_terms",
                                                       "terms_not_confirmed",
                                                       "text_missing",
                                                       "undertaking_missing",
                                                       "verdict_unknown",
                                                       "withdraw_not_allowed",
                                                       "wrong_stage"};
static_assert(std::ranges::is_sorted(refusals));

const std::vector<engine::Row>& rows() {
    static const std::vector<engine::Row> all = [] {
        std::vector<engine::Row> table = engine::opening_rows();
        for (auto part : {engine::bidder_rows(), engine::closing_rows()})
            table.insert(table.end(), part.begin(), part.end());
        return table;
    }();
    return all;
}

bool has(const std::vector<Stage>& stages, Stage stage) {
    return std::ranges::find(stages, stage) != stages.end();
}

base::Status judge(engine::Turn& turn) {
    if (turn.event.action == "tick") return {};
    const auto row = std::ranges::find(rows(), turn.event.action, &engine::Row::action);
    if (row == rows().end())
        return base::refuse(engine::fault(base::ErrorKind::malformed, "action_unknown"));
    if (std::ranges::find(row->roles, turn.event.role) == row->roles.end())
        return engine::forbidden("forbidden_role");
    const Stage stage = turn.state.stage;
    if (!has(row->stages, stage)) {
        if (is_end(stage)) return engine::conflict("listing_over");
        if (stage == Stage::suspended) return engine::conflict("listing_suspended");
        if (row->late == "registration_closed" && stage < Stage::published)
            return engine::conflict("not_open_yet");
        return engine::conflict(row->late);
    }
    return row->handler(turn);
}

}  // namespace

std::vector<std::string_view> roles_of_action(std::string_view action) {
    const auto row = std::ranges::find(rows(), action, &engine::Row::action);
    return row == rows().end() ? std::vector<std::string_view>{} : row->roles;
}

std::string_view name_of(Stage stage) {
    return stage_names[static_cast<std::size_t>(stage)];
}

std::optional<Stage> parse_stage(std::string_view name) {
    const auto found = std::ranges::find(stage_names, name);
    if (found == stage_names.end()) return std::nullopt;
    return static_cast<Stage>(found - stage_names.begin());
}

bool is_end(Stage stage) {
    return stage >= Stage::failed || stage == Stage::certified;
}

std::string ListingEvent::value(std::string_view name) const {
    const auto found = values.find(std::string(name));
    return found == values.end() ? std::string() : found->second;
}

base::json::object to_json(const ListingEvent& event) {
    base::json::object values;
    for (const auto& [name, value] : event.values)
        values[name] = value;
    return {{"action", event.action},
            {"role", event.role},
            {"actor", event.actor},
            {"party", event.party},
            {"values", std::move(values)}};
}

ListingEvent listing_event_from(const base::json::object& stored) {
    ListingEvent event{base::text_at(stored, "action"),
                       base::text_at(stored, "role"),
                       base::text_at(stored, "actor"),
                       base::text_at(stored, "party"),
                       {}};
    const base::json::object& values = base::object_at(stored, "values");
    for (const auto& [name, value] : values)
        event.values[std::string(name)] = base::text_at(values, name);
    return event;
}

ListingParty* ListingState::party(std::string_view key) {
    const auto found = std::ranges::find(parties, key, &ListingParty::key);
    return found == parties.end() ? nullptr : &*found;
}

const ListingParty* ListingState::party(std::string_view key) const {
    return const_cast<ListingState*>(this)->party(key);
}

bool ListingState::admits_to_room(std::string_view key) const {
    const ListingParty* found = party(key);
    return found != nullptr && found->is_interested() && found->deposit >= rules.deposit &&
           found->export_gate != ListingParty::Gate::open && !found->undertaking.empty();
}

int ListingState::interested() const {
    return static_cast<int>(std::ranges::count_if(parties, &ListingParty::is_interested));
}

std::span<const std::string_view> withdrawal_grounds() {
    return grounds;
}

std::span<const std::string_view> listing_refusals() {
    return refusals;
}

ListingState begin_listing(const ListingRules& rules) {
    ListingState state;
    state.rules = rules;
    state.first_price = rules.price;
    state.paid.currency = rules.price.currency;
    for (const PriorityBasis& holder : rules.priorities)
        state.priorities[holder.party] = PriorityAnswer::silent;
    return state;
}

std::optional<base::Time> next_due(const ListingState& state) {
    // After an amendment that is put to a halt the bidders have time to confirm until it goes on.
    const auto confirm =
        state.stage == Stage::suspended ? std::optional<base::Time>() : state.confirm_by;
    if (!state.deadline) return confirm;
    if (!confirm) return state.deadline;
    return std::min(*state.deadline, *confirm);
}

base::Result<std::vector<ListingEffect>> apply(const base::WorkCalendar& calendar,
                                               ListingState& state, const ListingEvent& event,
                                               base::Time now) {
    now = std::max(now, state.last);
    // By the tables known then: an announcement since changes no term that was set, also on replay.
    const base::WorkCalendar known = calendar.as_of(base::date_in_shanghai(now));
    engine::Turn turn{known, state, event, now, {}};
    while (const auto due = next_due(state)) {
        if (*due > now) break;
        turn.now = std::max(*due, state.last);
        state.last = turn.now;
        TRY(engine::fire(turn));
    }
    turn.now = now;
    ListingState before = state;
    if (auto judged = judge(turn); !judged) {
        state = std::move(before);
        return base::refuse(judged.error());
    }
    state.last = now;
    return std::move(turn.effects);
}

namespace engine {

base::Error fault(base::ErrorKind kind, std::string_view code) {
    CHECK_WITH(std::ranges::binary_search(refusals, code), std::string(code));
    return base::error(kind, code);
}

void Turn::tell(std::string_view kind, std::string_view party, base::Money amount,
                std::string_view reason) {
    effects.push_back({std::string(kind), std::string(party), now, amount, std::string(reason)});
}

base::Status Turn::enter(Stage stage, const Term& term) {
    state.deadline = after(term);
    state.stage = stage;
    return {};
}

void Turn::enter(Stage stage) {
    state.deadline.reset();
    state.stage = stage;
}

base::Status Turn::disclose(const Term& term) {
    state.period = term;
    state.period_from = now;
    return enter(Stage::published, term);
}

base::Status Turn::release(ListingParty& party, std::string_view reason) {
    if (party.deposit.is_zero()) return {};
    ListingEffect effect{"deposit_release", party.key, after(state.rules.refund), party.deposit,
                         std::string(reason)};
    effects.push_back(std::move(effect));
    party.deposit.minor = 0;
    return {};
}

base::Status Turn::release_all(std::string_view reason) {
    for (ListingParty& party : state.parties)
        TRY(release(party, reason));
    return release_paid(reason);
}

base::Status Turn::release_paid(std::string_view reason) {
    if (state.paid.is_zero()) return {};
    ListingEffect effect{"payment_release", state.winner, after(state.rules.refund), state.paid,
                         std::string(reason)};
    effects.push_back(std::move(effect));
    state.paid.minor = 0;
    return {};
}

base::Status Turn::end(Stage stage, std::string_view reason) {
    enter(stage);
    state.confirm_by.reset();
    state.end_reason = reason;
    TRY(release_all(reason));
    tell("ended", {}, {}, reason);
    return {};
}

base::Status Turn::nobody(std::string_view reason) {
    if (state.extensions < state.rules.extensions_max) {
        ++state.extensions;
        tell("extended", {}, {}, reason);
        return disclose(state.rules.extension);
    }
    state.end_reason = reason;
    TRY(enter(Stage::unsold, state.rules.decide));
    tell("owner_needed", {}, {}, reason);
    return {};
}

base::Status Turn::begin_notice() {
    state.notice_left.reset();
    TRY(enter(Stage::result_notice, state.rules.notice));
    tell("notice_published", state.winner, *state.price);
    return {};
}

base::Status Turn::choose_way() {
    int qualified = 0;
    std::string only;
    for (const ListingParty& party : state.parties) {
        if (party.standing == ListingParty::Standing::registered) return {};
        if (party.standing != ListingParty::Standing::qualified) continue;
        ++qualified;
        only = party.key;
    }
    if (qualified == 0) return nobody("nobody_qualified");
    if (qualified >= state.rules.bidders_min) {
        state.auction.clear();
        TRY(enter(Stage::competition, state.rules.announce));
        tell("auction_needed", {}, {}, state.rules.next_type);
        return {};
    }
    // An agreement is for one alone: of several too few for a competition nobody is picked.
    if (qualified > 1 || state.rules.single_party == SingleParty::fail) {
        TRY(release_all("too_few_bidders"));
        for (ListingParty& party : state.parties)
            party.standing = ListingParty::Standing::lapsed;
        return nobody("too_few_bidders");
    }
    state.winner = only;
    TRY(enter(Stage::agreement, state.rules.agree));
    tell("agreement_needed", only, state.rules.price);
    return {};
}

base::Status Turn::chosen(std::string_view winner, base::Money price) {
    state.winner = winner;
    state.price = price;
    for (ListingParty& party : state.parties) {
        const bool waits = party.standing == ListingParty::Standing::holder;
        if (party.key != winner && !waits) TRY(release(party, "not_chosen"));
    }
    const bool asks =
        state.stage == Stage::agreement &&
        std::ranges::any_of(state.priorities, [&](const auto& holder) {
            return holder.second == PriorityAnswer::declared && holder.first != winner;
        });
    if (!asks) {
        for (ListingParty& party : state.parties) {
            if (party.key != winner) TRY(release(party, "not_chosen"));
        }
        return begin_notice();
    }
    TRY(enter(Stage::priority_window, state.rules.priority));
    for (const auto& [holder, answer] : state.priorities) {
        if (answer == PriorityAnswer::declared && holder != winner)
            tell("priority_asked", holder, price);
    }
    return {};
}

base::Status Turn::answer_priorities() {
    const PriorityBasis* first = nullptr;
    for (const PriorityBasis& holder : state.rules.priorities) {
        if (state.priorities[holder.party] != PriorityAnswer::exercised) continue;
        // Of equal rank the list of the notice decides, which is public before anybody answers.
        if (first == nullptr || holder.rank < first->rank) first = &holder;
    }
    if (first != nullptr) {
        if (ListingParty* displaced = state.party(state.winner))
            TRY(release(*displaced, "displaced_by_priority"));
        state.winner = first->party;
    }
    for (ListingParty& party : state.parties) {
        if (party.key != state.winner) TRY(release(party, "priority_not_exercised"));
    }
    return begin_notice();
}

base::Status Turn::next_runner() {
    state.winner.clear();
    TRY(enter(Stage::choosing, state.rules.choose));
    tell("owner_needed", {}, {}, "default");
    return {};
}

namespace {

base::Status disclosure_over(Turn& turn) {
    ListingState& state = turn.state;
    for (ListingParty& party : state.parties) {
        if (party.standing != ListingParty::Standing::registered) continue;
        const bool confirmed = party.revision == state.revision;
        if (confirmed && party.deposit >= state.rules.deposit) continue;
        party.standing = ListingParty::Standing::lapsed;
        turn.tell("registration_lapsed", party.key, {},
                  confirmed ? "deposit_not_held" : "not_confirmed");
        TRY(turn.release(party, "registration_lapsed"));
    }
    state.confirm_by.reset();
    for (auto& [holder, answer] : state.priorities) {
        if (answer == PriorityAnswer::silent) answer = PriorityAnswer::waived;
    }
    const int interested = state.interested();
    turn.tell("disclosure_ended", {}, {}, std::to_string(interested));
    if (interested == 0) return turn.nobody("no_interest");
    return turn.enter(Stage::qualifying, state.rules.qualify);
}

base::Status confirm_over(Turn& turn) {
    turn.state.confirm_by.reset();
    for (ListingParty& party : turn.state.parties) {
        if (!party.is_interested() || party.revision == turn.state.revision) continue;
        party.standing = ListingParty::Standing::lapsed;
        turn.tell("registration_lapsed", party.key, {}, "not_confirmed");
        TRY(turn.release(party, "registration_lapsed"));
    }
    return {};
}

}  // namespace

base::Status fire(Turn& turn) {
    ListingState& state = turn.state;
    if (state.stage != Stage::suspended && state.confirm_by && *state.confirm_by <= turn.now)
        return confirm_over(turn);
    state.deadline.reset();
    switch (state.stage) {
        case Stage::published:
            return disclosure_over(turn);
        case Stage::suspended:
            return turn.end(Stage::terminated, "suspension_expired");
        case Stage::unsold:
            return turn.end(Stage::failed, state.end_reason);
        case Stage::agreement:
            return turn.end(Stage::failed, "no_agreement");
        case Stage::priority_window:
            for (auto& [holder, answer] : state.priorities) {
                if (answer == PriorityAnswer::declared) answer = PriorityAnswer::waived;
            }
            return turn.answer_priorities();
        case Stage::result_notice:
            turn.tell("notice_completed", state.winner, *state.price);
            return turn.enter(Stage::contract_pending, state.rules.sign);
        case Stage::choosing:
            return turn.end(Stage::failed, "default");
        case Stage::offered:
            turn.tell("offer_lapsed", state.offer_by);
            if (ListingParty* silent = state.party(state.offer_by))
                TRY(turn.release(*silent, "offer_lapsed"));
            return turn.next_runner();
        default:
            // People are late: silence never decides for them, somebody is told instead.
            turn.tell("officer_needed", {}, {}, name_of(state.stage));
            return {};
    }
}

base::Status need(const Turn& turn, std::string_view field, std::string_view code) {
    if (turn.event.value(field).empty()) return invalid(code, field);
    return {};
}

base::Status check_deposit(const Turn& turn, const ListingParty* party) {
    const base::Money& asked = turn.state.rules.deposit;
    if (asked.is_zero()) return {};
    if (party == nullptr || party->deposit.is_zero()) return conflict("deposit_not_held");
    if (party->deposit < asked) return conflict("deposit_insufficient");
    return {};
}

base::Result<base::Money> read_money(const Turn& turn, std::string_view field) {
    const AmountText read = read_amount(turn.event.value(field), turn.state.rules.price.currency);
    switch (read.fault) {
        case AmountText::Fault::none:
            return read.amount;
        case AmountText::Fault::not_positive:
            return invalid("amount_not_positive", field);
        case AmountText::Fault::other_currency:
            return invalid("currency_mismatch", field);
        default:
            return invalid("amount_malformed", field);
    }
}

}  // namespace engine
}  // namespace trade
