#include "trade/auction.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "trade/auction_engine.h"

namespace trade {
namespace {

constexpr std::array<std::string_view, 20> action_names = {
    "bid",    "accept",           "match",         "waive",   "withdraw",
    "read",   "accept_offer",     "decline_offer", "tick",    "suspend",
    "resume", "outage_begins",    "outage_ends",   "quality", "default",
    "lapse",  "refund_confirmed", "withdraw_sale", "annul",   "suspend_bidder"};

bool has_amount(Action action) {
    return action == Action::bid || action == Action::accept || action == Action::match ||
           action == Action::deposit_received || action == Action::admit_bidder;
}

bool is_of_bidder(Action action) {
    return action <= Action::decline_offer;
}

bool is_remembered(Code code) {
    return code != Code::storage_unavailable && code != Code::rate_limited;
}

std::string big_endian(std::uint64_t value) {
    std::string bytes(8, '\0');
    for (int index = 7; index >= 0; --index) {
        bytes[static_cast<std::size_t>(index)] = static_cast<char>(value & 0xff);
        value >>= 8;
    }
    return bytes;
}

}  // namespace

std::string_view name_of(Action action) {
    if (action == Action::deposit_received) return "deposit_received";
    if (action == Action::admit_bidder) return "admit";
    if (action == Action::open_bids) return "open";
    return action_names[static_cast<std::size_t>(action)];
}

std::optional<Action> parse_action(std::string_view name) {
    if (name == "deposit_received") return Action::deposit_received;
    if (name == "admit") return Action::admit_bidder;
    if (name == "open") return Action::open_bids;
    auto found = std::ranges::find(action_names, name);
    if (found == action_names.end()) return std::nullopt;
    return static_cast<Action>(found - action_names.begin());
}

std::string_view name_of(EffectKind kind) {
    constexpr std::array<std::string_view, 13> names = {
        "close_moved", "bids_opened", "tie_round",        "priority_asked",    "round_closed",
        "closed",      "failed",      "deposit_released", "deposit_forfeited", "deposit_held",
        "offer_made",  "keys_needed", "officer_needed"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(Phase phase) {
    constexpr std::array<std::string_view, 12> names = {
        "bidding",   "final_sealed",     "taker_sealed",    "taker_answer",
        "tie_round", "awaiting_quality", "priority_window", "priority_round",
        "closed",    "offered",          "failed",          "awaiting_opening"};
    return names[static_cast<std::size_t>(phase)];
}

bool AuctionState::bids_are_open(const AuctionRules& rules) const {
    if (!sealed.empty()) return false;
    return !rules.is_sealed() || rules.is_posted() ||
           (bidding_ended && phase != Phase::awaiting_quality && phase != Phase::awaiting_opening);
}

const Bid* AuctionState::best() const {
    auto found = bids.find(lead);
    return lead.empty() || found == bids.end() ? nullptr : &found->second;
}

const Bid* AuctionState::own(std::string_view bidder) const {
    if (auto found = sealed.find(bidder); found != sealed.end()) return &found->second;
    auto found = bids.find(bidder);
    return found == bids.end() ? nullptr : &found->second;
}

int AuctionState::units_sold() const {
    int sold = 0;
    for (const Award& award : awards)
        sold += award.units;
    return sold;
}

AuctionState begin_auction(const AuctionRules& rules, AuctionState::Sight sight) {
    AuctionState state;
    if (rules.opening == Opening::by_keys) state.sight = sight;
    state.ledger = Ledger(rules.currency);
    state.open = rules.open;
    state.deadline = rules.close;
    state.free_end = rules.free_end;
    state.hard_stop = rules.hard_stop;
    state.round_ends = rules.round_ends;
    if (!state.round_ends.empty()) state.deadline = state.round_ends.front();
    std::string seed = "gxtx-auction-v1" + rules.procedure + terms_hash(rules);
    state.head = base::sha256(seed);
    for (const Bidder& bidder : rules.bidders) {
        base::Money deposit = bidder.deposit.value_or(rules.deposit);
        if (deposit.minor <= 0) continue;
        CHECK(state.ledger.post({bidder.alias, Account::outside, Account::held, deposit, "deposit"})
                  .has_value());
    }
    return state;
}

std::string request_content(const Event& event, base::Currency currency) {
    AmountText amount = read_amount(event.amount, currency);
    std::string body(name_of(event.action));
    body += '|';
    body += amount.fault == AmountText::Fault::none ? amount.amount.to_string() : event.amount;
    body += '|' + event.currency + '|' + std::to_string(event.units) + '|' + event.expect_best;
    body += '|' + (event.step_seen ? std::to_string(*event.step_seen) : std::string());
    body += event.jump == Event::Jump::confirmed ? "|confirmed" : "|";
    return body;
}

Step apply(const AuctionRules& rules, AuctionState& state, const Event& event, base::Time now) {
    return Engine(rules, state, std::max(now, state.last_stamp)).run(event);
}

std::optional<base::Time> next_due(const AuctionState& state) {
    if (state.is_paused()) return std::nullopt;
    return state.deadline;
}

Standing standing_at(const AuctionRules& rules, const AuctionState& state, base::Time now) {
    base::Time until = state.paused_since ? std::min(now, *state.paused_since) : now;
    std::int64_t elapsed = (until - (state.open + state.clock_held)).microseconds;
    std::int64_t step = elapsed <= 0 ? 0 : elapsed / rules.interval.microseconds;
    std::int64_t steps_max =
        (rules.start.minor - rules.floor.minor + rules.step.minor - 1) / rules.step.minor;
    step = std::min(step, steps_max);
    base::Money price{rules.start.minor - step * rules.step.minor, rules.currency};
    return {std::max(price, rules.floor), step};
}

Step Engine::run(const Event& event) {
    advance();
    state_.last_stamp = now_;
    step_.outcome = answer({event, read_amount(event.amount, rules_.currency)});
    if (!is_success(step_.outcome.code)) ++state_.refused;
    return std::move(step_);
}

void Engine::advance() {
    while (auto due = next_due(state_)) {
        if (*due > now_) return;
        // A timer that was due is judged at its own moment, however late it is looked at.
        base::Time present = now_;
        now_ = *due;
        fire(*due);
        now_ = present;
    }
}

void Engine::fire(base::Time due) {
    switch (state_.phase) {
        case Phase::bidding:
            return end_round(due);
        case Phase::final_sealed:
        case Phase::tie_round:
            if (wait_for_keys(state_.phase, due)) return;
            open_bids(due);
            return conclude(due);
        case Phase::taker_sealed: {
            std::string taker = state_.lead;
            open_bids(due);
            const Bid* best = state_.best();
            if (best->bidder == taker) return conclude(due);
            state_.participants = {taker};
            enter(Phase::taker_answer, due + rules_.taker_answer_term);
            return log("taker_answer", {{"taker", taker}, {"best", best->amount.to_string()}}, due);
        }
        case Phase::taker_answer:
            return conclude(due);
        case Phase::priority_window:
        case Phase::priority_round:
            return settle_priority(due);
        case Phase::offered: {
            lapse_offer("offer_lapsed");
            return;
        }
        case Phase::awaiting_quality:
        case Phase::awaiting_opening:
        case Phase::closed:
        case Phase::failed:
            CHECK_WITH(false, "a phase without a timer has a deadline");
    }
}

Outcome Engine::answer(const Request& request) {
    const Event& event = request.event;
    bool needs_amount = event.action == Action::bid && event.sight == Event::Sight::open;
    if (event.units < 1 || (needs_amount && event.amount.empty())) {
        return refusal(Code::malformed_request);
    }
    if (has_amount(event.action) && !event.amount.empty() &&
        request.amount.fault == AmountText::Fault::malformed) {
        return refusal(Code::malformed_request);
    }
    if (event.action == Action::accept && event.amount.empty() && !event.step_seen &&
        !rules_.is_posted()) {
        return refusal(Code::malformed_request);
    }
    bool of_bidder = is_of_bidder(event.action);
    if (of_bidder && state_.outage_since) return refusal(Code::storage_unavailable);
    if (event.session == Event::Session::anonymous) return refusal(Code::unauthenticated);
    if (!event.procedure.empty() && event.procedure != rules_.procedure) {
        return refusal(Code::procedure_not_found);
    }
    if (event.key.empty() || !of_bidder) return act(request);

    auto& kept = state_.answers[event.actor];
    std::string body =
        event.digest.empty() ? request_content(event, rules_.currency) : event.digest;
    if (auto known = kept.find(event.key); known != kept.end()) {
        if (known->second.body != body) return refusal(Code::idempotency_conflict);
        Outcome original = known->second.outcome;
        original.repeat = Outcome::Repeat::repeated;
        return original;
    }
    Outcome outcome = act(request);
    if (is_remembered(outcome.code)) kept[event.key] = {std::move(body), outcome};
    return outcome;
}

Outcome Engine::act(const Request& request) {
    const Event& event = request.event;
    if (event.action == Action::tick) return success();
    if (event.action == Action::read_bids) return read_bids();
    if (is_of_bidder(event.action)) return act_of_bidder(request);
    return act_of_platform(request);
}

Outcome Engine::act_of_bidder(const Request& request) {
    const Event& event = request.event;
    // Only a bidder bids: an operator's hand in the bids is no act at all (G7).
    if (event.actor.empty()) return refusal(Code::forbidden_role);
    if (event.action == Action::withdraw) {
        if (auto code = check_bidder(request)) return refusal(*code);
        return refusal(Code::withdraw_not_allowed);
    }
    if (event.action == Action::waive) return waive(request);
    if (event.action == Action::accept_offer || event.action == Action::decline_offer) {
        return answer_offer(request);
    }
    if (rules_.rate_limit > 0) {
        auto& attempts = state_.attempts[event.actor];
        while (!attempts.empty() && attempts.front() + rules_.rate_period <= now_) {
            attempts.pop_front();
        }
        attempts.push_back(now_);
    }
    if (auto code = admit(request)) {
        if (*code == Code::deadline_passed_in_queue) ++state_.missed_in_queue;
        return refusal(*code);
    }
    if (event.action == Action::match) return match(request);
    if (rules_.is_posted()) return take_posted(request);
    if (event.action == Action::accept) return take_standing(request);
    return take_bid(request);
}

Outcome Engine::act_of_platform(const Request& request) {
    const Event& event = request.event;
    if (!event.actor.empty()) return refusal(Code::forbidden_role);
    switch (event.action) {
        case Action::suspend:
        case Action::outage_begins:
            return pause(request);
        case Action::resume:
        case Action::outage_ends:
            return resume(request);
        case Action::quality:
            return quality(request);
        case Action::declare_default:
            return declare_default(request);
        case Action::lapse:
            return state_.phase == Phase::offered ? lapse_offer("lapse")
                                                  : refusal(Code::wrong_phase);
        case Action::withdraw_sale:
        case Action::annul:
            return end_by_decision(request);
        case Action::refund_confirmed:
        case Action::deposit_received:
            return ledger_fact(request);
        case Action::suspend_bidder:
            return suspend_bidder(request);
        case Action::admit_bidder:
            return admit_bidder(request);
        case Action::open_bids:
            return open_by_keys();
        default:
            return refusal(Code::wrong_phase);
    }
}

void Engine::log(std::string_view type, base::json::object payload, base::Time stamp) {
    LogEntry entry;
    entry.seq = ++state_.seq;
    entry.stamp = stamp;
    entry.type = type;
    entry.payload = base::canonical_json(payload);
    std::string bytes(reinterpret_cast<const char*>(state_.head.data()), state_.head.size());
    bytes += big_endian(entry.seq);
    bytes += big_endian(static_cast<std::uint64_t>(stamp.microseconds));
    bytes += entry.type;
    bytes += entry.payload;
    entry.hash = base::sha256(bytes);
    state_.head = entry.hash;
    step_.entries.push_back(std::move(entry));
}

void Engine::effect(EffectKind kind, std::string_view bidder, base::Money amount,
                    std::string_view reason) {
    step_.effects.push_back({kind, std::string(bidder), state_.deadline.value_or(base::Time{}),
                             amount, std::string(reason)});
}

Outcome Engine::success(Code code) const {
    Outcome outcome;
    outcome.code = code;
    outcome.seq = state_.seq;
    outcome.close = state_.deadline;
    if (const Bid* best = state_.best(); best && state_.bids_are_open(rules_)) {
        outcome.lead = best->bidder;
        outcome.price = best->amount;
    }
    outcome.min_next = min_next();
    return outcome;
}

Outcome Engine::refusal(Code code) const {
    Outcome outcome = success(code);
    outcome.seq = 0;
    return outcome;
}

void Engine::move_deadline(base::Time to) {
    CHECK_WITH(!state_.deadline || to >= *state_.deadline, "an end never moves earlier");
    if (state_.deadline == to) return;
    state_.deadline = to;
    effect(EffectKind::close_moved);
}

void Engine::enter(Phase phase, base::Time deadline) {
    state_.phase = phase;
    state_.deadline = deadline;
}

}  // namespace trade
