// Running scenarios: what came is compared with what was expected, value by value.
#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "trade/auction_script.h"

namespace trade {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

std::string clock_text(base::Time moment) {
    base::LocalTime local = base::local_time(moment);
    char text[64];
    std::snprintf(text, sizeof text, "%02d:%02d:%02d", local.hour, local.minute, local.second);
    std::string made = text;
    if (std::int64_t fraction = moment.microseconds % 1'000'000; fraction != 0) {
        std::snprintf(text, sizeof text, ".%06lld", static_cast<long long>(fraction));
        made += text;
    }
    std::int64_t day =
        local.date.days_since_epoch() - base::date_in_shanghai(scenario_day()).days_since_epoch();
    return day == 0 ? made : "+" + std::to_string(day) + "d" + made;
}

/// "1500" for whole yuan, "1500.50" otherwise.
std::string short_money(base::Money amount) {
    std::string text = amount.to_string();
    return text.ends_with(".00") ? text.substr(0, text.size() - 3) : text;
}

std::string or_none(std::string text) {
    return text.empty() ? "none" : text;
}

template <class Items, class Text>
std::string joined(const Items& items, Text text) {
    std::vector<std::string> parts;
    for (const auto& item : items)
        parts.push_back(text(item));
    return or_none(base::join(parts, ","));
}

std::string joined(const std::vector<std::string>& items) {
    return or_none(base::join(items, ","));
}

class Run {
  public:
    explicit Run(const Scenario& scenario) : scenario_(scenario), rules_(scenario.rules) {
        report_.name = scenario.name;
        report_.goal = scenario.goal;
        report_.state = begin_auction(rules_);
    }

    ScenarioReport run();

  private:
    Outcome apply_at(Event event, base::Time at);
    base::Time moment_of(const ScenarioLine& line);
    std::string why_not(const ScenarioLine& line);
    std::string why_not_state(const ScenarioLine& line);
    std::string compare(const ScenarioLine& line, const Values& got) const;
    std::string text_of(std::string_view code, const ScenarioLine& line, const Values& got) const;
    bool same(std::string_view key, const std::string& expected, const std::string& got) const;
    bool same_item(const std::string& expected, const std::string& got) const;
    bool same_owners(std::string_view key, const std::string& expected,
                     const std::string& got) const;
    void add_awards(Values& values) const;
    void add_deposits(Values& values) const;
    void add_round(Values& values) const;
    Values state_values(base::Time at) const;
    Values outcome_values(const Outcome& outcome, base::Time at) const;
    bool is_state(std::string_view name) const;
    std::string state_name() const;

    const Scenario& scenario_;
    const AuctionRules& rules_;
    ScenarioReport report_;
    LineReport line_;
    base::Time now_;
    std::optional<base::Time> anchor_;  ///< of the lines "+1d" since the last clock time
};

Outcome Run::apply_at(Event event, base::Time at) {
    // Salts come from outside the core; a scenario makes its own, so that it repeats.
    if (event.action == Action::bid && event.salt.empty()) {
        event.salt = base::to_hex(base::sha256(scenario_.name + event.actor +
                                               std::to_string(report_.state.seq)))
                         .substr(0, 32);
    }
    Step step = apply(rules_, report_.state, event, at);
    for (LogEntry& entry : step.entries)
        report_.entries.push_back(std::move(entry));
    for (Effect& effect : step.effects)
        report_.effects.push_back(std::move(effect));
    CHECK_WITH(report_.state.ledger.balanced(), "deposits out of balance");
    return step.outcome;
}

ScenarioReport Run::run() {
    now_ = rules_.open;
    for (const ScenarioLine& line : scenario_.lines) {
        line_ = {line.line, line.text, {}, {}, {}};
        line_.difference =
            line.kind == ScenarioLine::Kind::command ? why_not(line) : why_not_state(line);
        report_.lines.push_back(line_);
        if (!line_.difference.empty()) break;
    }
    return std::move(report_);
}

void Run::add_awards(Values& values) const {
    const AuctionState& state = report_.state;
    const std::vector<Award>& awards = state.awards;
    values["winner"] = values["winners"] = joined(awards, [](const Award& a) { return a.bidder; });
    values["prices"] =
        joined(awards, [](const Award& a) { return a.bidder + ":" + short_money(a.price); });
    values["units"] =
        joined(awards, [](const Award& a) { return a.bidder + ":" + std::to_string(a.units); });
    bool one_price = !awards.empty() && std::ranges::all_of(awards, [&](const Award& award) {
        return award.price == awards.front().price;
    });
    values["price"] = one_price
                          ? short_money(awards.front().price)
                          : joined(awards, [](const Award& a) { return short_money(a.price); });
    values["final_price"] = values["price"];
    std::string second;
    for (const Bid& bid : state.ranking) {
        bool won = std::ranges::find(awards, bid.bidder, &Award::bidder) != awards.end();
        if (won || state.passed_over.contains(bid.bidder)) continue;
        second = bid.bidder;
        break;
    }
    values["second"] = values["runner_up"] = or_none(second);
    if (rules_.type != AuctionType::scored || !state.bids_are_open(rules_)) return;
    std::vector<std::string> scores;
    for (const auto& [bidder, bid] : state.bids) {
        auto points = state.quality.find(bidder);
        if (points == state.quality.end()) continue;
        scores.push_back(bidder + ":" +
                         score_of(rules_.score, bid.amount, points->second).to_string());
    }
    values["scores"] = joined(scores);
}

void Run::add_deposits(Values& values) const {
    const Ledger& ledger = report_.state.ledger;
    std::vector<std::string> returned = ledger.owners_with(Account::released);
    for (const std::string& owner : ledger.owners_with(Account::refunded))
        returned.push_back(owner);
    std::ranges::sort(returned);
    returned.erase(std::ranges::unique(returned).begin(), returned.end());
    values["deposits_returned"] = values["deposit_returned"] = joined(returned);
    values["deposits_held"] = values["deposit_held"] = joined(ledger.owners_with(Account::held));
    values["deposits_forfeited"] = values["deposit_forfeited"] = values["forfeited"] =
        joined(ledger.owners_with(Account::forfeited));
    values["in"] = short_money(ledger.received());
    values["held"] = short_money(ledger.total(Account::held));
    values["returned"] = short_money(ledger.returned());
    values["released"] = short_money(ledger.total(Account::released));
    values["refunded"] = short_money(ledger.total(Account::refunded));
    values["applied"] = short_money(ledger.total(Account::applied));
}

/// The last round that was closed, as the record tells it.
void Run::add_round(Values& values) const {
    const auto last =
        std::find_if(report_.entries.rbegin(), report_.entries.rend(),
                     [](const LogEntry& entry) { return entry.type == "round_closed"; });
    if (last == report_.entries.rend()) return;
    const auto payload = base::parse_json(last->payload);
    if (!payload || !payload->is_object()) return;
    const base::json::object& said = payload->get_object();
    if (const auto round = base::integer_at(said, "round"))
        values["round"] = std::to_string(*round);
    const auto best = base::Money::parse(base::text_at(said, "best"), rules_.currency);
    if (best) values["best"] = values["price"] = short_money(*best);
}

std::string Run::state_name() const {
    const AuctionState& state = report_.state;
    if (state.outage_since) return "outage";
    if (state.suspended_since) return "suspended";
    switch (state.phase) {
        case Phase::priority_window:
            return "closed_pending_priority";
        case Phase::awaiting_quality:
            return "closed_pending_quality";
        case Phase::tie_round:
            return "closed_pending_rebid";
        default:
            return std::string(name_of(state.phase));
    }
}

Values Run::state_values(base::Time at) const {
    const AuctionState& state = report_.state;
    Values values;
    add_deposits(values);
    values["phase"] = name_of(state.phase);
    values["state"] = state_name();
    values["bids"] = std::to_string(state.bids_accepted);
    values["refused"] = values["rejected"] = std::to_string(state.refused);
    values["missed"] = std::to_string(state.missed_in_queue);
    values["round"] = std::to_string(state.round);
    values["offered"] = or_none(state.offered);
    std::vector<std::string> displaced;
    for (const Effect& effect : report_.effects) {
        if (effect.reason == "displaced_by_priority") displaced.push_back(effect.bidder);
    }
    values["displaced"] = joined(displaced);
    values["dropped"] = joined(state.dropped, [](const std::string& name) { return name; });
    values["tied"] = joined(state.participants, [](const std::string& name) { return name; });
    values["asked"] = joined(state.priority_asked, [](const std::string& name) { return name; });
    std::vector<std::string> waived;
    if (state.closed_at) {
        for (const std::string& holder : state.priority_asked) {
            auto answer = state.priority_answers.find(holder);
            if (answer == state.priority_answers.end() || !answer->second) waived.push_back(holder);
        }
    }
    values["waived"] = joined(waived);
    if (state.deadline) {
        values["close"] = values["until"] = values["end"] = clock_text(*state.deadline);
    } else if (state.bidding_ended) {
        values["close"] = values["end"] = clock_text(*state.bidding_ended);
    }
    if (rules_.row().timing == Timing::price_clock && state.phase == Phase::bidding) {
        Standing standing = standing_at(rules_, state, at);
        values["standing"] = values["price"] = short_money(standing.price);
        values["step"] = std::to_string(standing.step);
    }
    if (!state.bids_are_open(rules_)) {
        // The feedback of a round is the best of the rounds before, never of the one that runs.
        return values;
    }
    for (const auto& [bidder, bid] : state.bids)
        values[bidder] = short_money(bid.amount);
    if (const Bid* best = state.best()) {
        values["lead"] = best->bidder;
        values["best"] = values["price"] = values["standing"] = short_money(best->amount);
    }
    if (state.bidding_ended && !(state.phase == Phase::tie_round)) add_awards(values);
    if (!state.offered.empty()) {
        auto own = std::ranges::find(state.ranking, state.offered, &Bid::bidder);
        values["price"] = short_money(own->amount);
    }
    if (state.phase == Phase::tie_round) {
        values["price"] = short_money(state.bids.at(*state.participants.begin()).amount);
    }
    return values;
}

Values Run::outcome_values(const Outcome& outcome, base::Time at) const {
    Values values;
    values["repeated"] = outcome.repeat == Outcome::Repeat::repeated ? "yes" : "no";
    values["sealed"] = outcome.seal == Outcome::Seal::sealed ? "yes" : "no";
    values["seq"] = std::to_string(outcome.seq);
    values["offered"] = or_none(outcome.offered);
    if (!outcome.lead.empty()) values["lead"] = outcome.lead;
    if (outcome.close) values["close"] = values["end"] = clock_text(*outcome.close);
    if (outcome.price) values["price"] = values["best"] = short_money(*outcome.price);
    if (outcome.min_next) values["min_next"] = short_money(*outcome.min_next);
    if (outcome.replaces) values["replaces"] = short_money(*outcome.replaces);
    if (outcome.round) values["round"] = std::to_string(*outcome.round);
    if (outcome.units_left) values["units_left"] = std::to_string(*outcome.units_left);
    for (const auto& [bidder, amount] : outcome.forfeited)
        values[bidder] = short_money(amount);
    // What else is true after the event, where the answer itself does not say it.
    Values state = state_values(at);
    for (std::string_view key : {"phase",
                                 "state",
                                 "winner",
                                 "winners",
                                 "reason",
                                 "deposits_returned",
                                 "deposit_returned",
                                 "deposits_held",
                                 "deposit_held",
                                 "forfeited",
                                 "deposits_forfeited",
                                 "deposit_forfeited",
                                 "bids",
                                 "refused",
                                 "rejected",
                                 "until",
                                 "round",
                                 "second",
                                 "scores",
                                 "missed",
                                 "in",
                                 "held",
                                 "returned",
                                 "tied",
                                 "asked",
                                 "standing",
                                 "step"}) {
        auto found = state.find(key);
        if (found != state.end()) values.emplace(found->first, found->second);
    }
    return values;
}

bool Run::same_item(const std::string& expected, const std::string& got) const {
    if (expected == got) return true;
    auto parts = [](const std::string& text) {
        std::size_t sign = text.find(':');
        bool named = sign != std::string::npos && !(text[0] >= '0' && text[0] <= '9');
        return named ? std::pair(text.substr(0, sign), text.substr(sign + 1))
                     : std::pair(std::string(), text);
    };
    auto [name_a, value_a] = parts(expected);
    auto [name_b, value_b] = parts(got);
    if (name_a != name_b) return false;
    AmountText a = read_amount(value_a, rules_.currency), b = read_amount(value_b, rules_.currency);
    if (a.fault == AmountText::Fault::none && b.fault == AmountText::Fault::none) {
        return a.amount == b.amount;
    }
    auto moment_a = read_moment(value_a, scenario_day()),
         moment_b = read_moment(value_b, scenario_day());
    if (moment_a && moment_b) return *moment_a == *moment_b;
    auto zero = [](const std::string& text) {
        return !text.empty() && text.find_first_not_of("0.") == std::string::npos;
    };
    return zero(value_a) && zero(value_b);
}

/// Lists of owners are sets; "B:200" also says how much, and a bare amount is the sum.
bool Run::same_owners(std::string_view key, const std::string& expected,
                      const std::string& got) const {
    bool forfeited = key.find("forfeited") != std::string_view::npos;
    bool held = key.find("held") != std::string_view::npos;
    const Ledger& ledger = report_.state.ledger;
    AmountText sum = read_amount(expected, rules_.currency);
    if (sum.fault == AmountText::Fault::none || expected == "0") {
        base::Money total = forfeited ? ledger.total(Account::forfeited)
                            : held    ? ledger.total(Account::held)
                                      : ledger.returned();
        return total == sum.amount;
    }
    std::vector<std::string> wanted;
    for (const std::string& item : base::split(expected, ',')) {
        std::string owner = item.substr(0, item.find(':'));
        wanted.push_back(owner);
        if (owner.size() == item.size()) continue;
        base::Money has = forfeited ? ledger.balance(owner, Account::forfeited)
                          : held    ? ledger.balance(owner, Account::held)
                                    : ledger.balance(owner, Account::released) +
                                       ledger.balance(owner, Account::refunded);
        if (!same_item(item.substr(owner.size() + 1), short_money(has))) return false;
    }
    std::vector<std::string> had = base::split(got, ',');
    std::ranges::sort(wanted);
    std::ranges::sort(had);
    return wanted == had;
}

bool Run::same(std::string_view key, const std::string& raw, const std::string& got) const {
    std::string expected = raw.empty() || raw == "-" ? "none" : raw;
    if (key.starts_with("deposit") || key == "forfeited") return same_owners(key, expected, got);
    std::vector<std::string> a = base::split(expected, ','), b = base::split(got, ',');
    bool ordered = key == "winners" || key == "winner" || key == "price";
    if (!ordered) {
        std::ranges::sort(a);
        std::ranges::sort(b);
    }
    if (a.size() != b.size()) return false;
    for (std::size_t index = 0; index < a.size(); ++index) {
        if (!same_item(a[index], b[index])) return false;
    }
    return true;
}

std::string Run::compare(const ScenarioLine& line, const Values& got) const {
    for (const auto& [key, expected] : line.values) {
        auto found = got.find(key);
        std::string came = found == got.end() ? "none" : found->second;
        if (same(key, expected, came)) continue;
        return "expected " + (key.empty() ? std::string(line.expected) : key) +
               (key.empty() ? " " : "=") + expected + ", got " + came;
    }
    return {};
}

std::string Run::text_of(std::string_view code, const ScenarioLine& line, const Values& got) const {
    std::string text(code);
    for (const auto& [key, expected] : line.values) {
        auto found = got.find(key);
        if (!text.empty()) text += ' ';
        if (!key.empty()) text += key + "=";
        text += found == got.end() ? "none" : found->second;
    }
    return text;
}

base::Time Run::moment_of(const ScenarioLine& line) {
    if (!line.later) {
        anchor_.reset();
        return line.at;
    }
    if (!anchor_) {
        AuctionState ahead = report_.state;
        apply(rules_, ahead, {}, line.at);
        anchor_ = std::max(line.anchor, ahead.closed_at.value_or(line.anchor));
    }
    return *anchor_ + *line.later;
}

std::string Run::why_not(const ScenarioLine& line) {
    base::Time at = moment_of(line);
    now_ = std::max(now_, at);
    Outcome outcome = apply_at(line.event, at);
    Values got = outcome_values(outcome, now_);
    std::string code(name_of(outcome.code));
    line_.expected = line.expected.empty() ? "any success" : line.expected;
    for (const auto& [key, value] : line.values)
        line_.expected += " " + key + "=" + value;
    line_.got = text_of(code, line, got);
    bool success = is_success(outcome.code);
    bool code_holds = line.expected.empty()
                          ? success
                          : line.expected == code || (line.expected == "accepted" && success);
    if (!code_holds) {
        return "expected " + (line.expected.empty() ? std::string("a success") : line.expected) +
               ", got " + code;
    }
    return compare(line, got);
}

bool Run::is_state(std::string_view name) const {
    const AuctionState& state = report_.state;
    if (name == "closed" || name == "opened") {
        return state.phase == Phase::closed || state.phase == Phase::failed ||
               state.phase == Phase::offered ||
               (name == "opened" && state.bidding_ended && state.bids_are_open(rules_));
    }
    if (name == "closed_pending_tie" || name == "tied" || name == "rebid") {
        return state.phase == Phase::tie_round;
    }
    if (name == "unsold" || name == "no_sale") return state.phase == Phase::failed;
    if (name == "pending_priority") return state.phase == Phase::priority_window;
    if (name == "pending_quality") return state.phase == Phase::awaiting_quality;
    if (name == "round_closed") return state.round > 1 || state.bidding_ended;
    if (name == "open") return state.phase == Phase::bidding && now_ >= state.open;
    for (std::string_view any :
         {"standing", "round", "best", "lead", "state", "phase", "ledger", "deposits"}) {
        if (name == any) return true;
    }
    return state_name() == name || name_of(state.phase) == name;
}

std::string Run::why_not_state(const ScenarioLine& line) {
    bool settles = line.kind == ScenarioLine::Kind::settle;
    if (settles) {
        // Every term runs out: silence of those who were asked is an answer too.
        while (auto due = next_due(report_.state)) {
            apply_at({}, *due);
            now_ = std::max(now_, *due);
        }
    } else {
        base::Time at = moment_of(line);
        now_ = std::max(now_, at);
        apply_at({}, at);
    }
    Values got = state_values(now_);
    if (line.expected == "round_closed") add_round(got);
    if (settles) {
        const AuctionState& state = report_.state;
        std::string reason = state.failure;
        if (state.phase == Phase::awaiting_quality) reason = "quality_missing";
        if (state.is_paused()) reason = state.outage_since ? "outage" : "suspended";
        got["reason"] = or_none(reason);
        for (std::string_view key : {"winner", "winners", "price"}) {
            got.emplace(key, "none");
        }
        if (state.phase == Phase::failed) got["price"] = "none";
    } else {
        got["reason"] = or_none(report_.state.failure);
        got.emplace("winner", "none");
        got.emplace("winners", "none");
        auto own = got.find(line.expected);
        if (own != got.end()) got[""] = own->second;
    }
    std::string name = settles ? std::string("settle") : line.expected;
    line_.expected = name;
    for (const auto& [key, value] : line.values) {
        line_.expected += " " + (key.empty() ? value : key + "=" + value);
    }
    bool holds = settles || is_state(line.expected);
    line_.got = text_of(holds ? name : state_name(), line, got);
    if (!holds) return "expected " + line.expected + ", got " + state_name();
    return compare(line, got);
}

}  // namespace

ScenarioReport run_scenario(const Scenario& scenario) {
    return Run(scenario).run();
}

}  // namespace trade
