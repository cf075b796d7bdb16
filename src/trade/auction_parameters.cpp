// The vocabulary of parameters: one row per name, with its reader and its writer.
#include <algorithm>
#include <functional>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "trade/auction_rules.h"

namespace trade {
namespace {

struct Row {
    std::string_view name;
    std::vector<std::string_view> other_names;
    std::function<bool(AuctionRules&, std::string_view, base::Time)> read;
    std::function<std::string(const AuctionRules&)> write;
};

std::string duration_text(base::Duration length) {
    return std::to_string(length.microseconds) + "us";
}

std::optional<int> read_count(std::string_view text, int least, int most) {
    if (text.empty() || text.size() > 6) return std::nullopt;
    int value = 0;
    for (char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        value = value * 10 + (digit - '0');
    }
    if (value < least || value > most) return std::nullopt;
    return value;
}

std::optional<base::Money> read_price(std::string_view text, base::Currency currency) {
    AmountText read = read_amount(text, currency);
    if (read.fault == AmountText::Fault::none) return read.amount;
    bool zero =
        !text.empty() && std::ranges::all_of(text, [](char c) { return c == '0' || c == '.'; });
    if (zero) return base::Money{0, currency};
    return std::nullopt;
}

template <base::Money AuctionRules::* Member>
Row money(std::string_view name, std::vector<std::string_view> other = {}) {
    return {name, std::move(other),
            [](AuctionRules& rules, std::string_view text, base::Time) {
                auto value = read_price(text, rules.currency);
                if (value) rules.*Member = *value;
                return value.has_value();
            },
            [](const AuctionRules& rules) {
                return (rules.*Member).is_zero() ? std::string() : (rules.*Member).to_string();
            }};
}

template <std::optional<base::Money> AuctionRules::* Member>
Row optional_money(std::string_view name, std::vector<std::string_view> other = {}) {
    return {name, std::move(other),
            [](AuctionRules& rules, std::string_view text, base::Time) {
                auto value = read_price(text, rules.currency);
                if (value) rules.*Member = *value;
                return value.has_value();
            },
            [](const AuctionRules& rules) {
                return rules.*Member ? (rules.*Member)->to_string() : std::string();
            }};
}

template <base::Duration AuctionRules::* Member>
Row duration(std::string_view name, std::vector<std::string_view> other = {}) {
    return {name, std::move(other),
            [](AuctionRules& rules, std::string_view text, base::Time) {
                auto value = read_duration(text);
                if (value) rules.*Member = *value;
                return value.has_value();
            },
            [](const AuctionRules& rules) {
                return rules.*Member == AuctionRules().*Member ? std::string()
                                                               : duration_text(rules.*Member);
            }};
}

template <std::optional<base::Duration> AuctionRules::* Member>
Row optional_duration(std::string_view name, std::vector<std::string_view> other = {}) {
    return {name, std::move(other),
            [](AuctionRules& rules, std::string_view text, base::Time) {
                auto value = read_duration(text);
                if (value) rules.*Member = *value;
                return value.has_value();
            },
            [](const AuctionRules& rules) {
                return rules.*Member ? duration_text(*(rules.*Member)) : std::string();
            }};
}

template <std::optional<base::Time> AuctionRules::* Member>
Row optional_time(std::string_view name, std::vector<std::string_view> other = {}) {
    return {name, std::move(other),
            [](AuctionRules& rules, std::string_view text, base::Time day) {
                auto value = read_moment(text, day);
                if (value) rules.*Member = *value;
                return value.has_value();
            },
            [](const AuctionRules& rules) {
                return rules.*Member ? base::to_iso(*(rules.*Member)) : std::string();
            }};
}

template <int AuctionRules::* Member, int Least, int Most>
Row count(std::string_view name, std::vector<std::string_view> other = {}) {
    return {name, std::move(other),
            [](AuctionRules& rules, std::string_view text, base::Time) {
                auto value = read_count(text, Least, Most);
                if (value) rules.*Member = *value;
                return value.has_value();
            },
            [](const AuctionRules& rules) {
                return rules.*Member == AuctionRules().*Member ? std::string()
                                                               : std::to_string(rules.*Member);
            }};
}

/// A choice among words; several words may mean the same value, the first of them is written.
template <auto Member>
Row choice(std::string_view name, std::vector<std::string_view> other,
           std::vector<std::pair<std::string_view, int>> words) {
    using Value = std::remove_cvref_t<decltype(AuctionRules().*Member)>;
    return {name, std::move(other),
            [words](AuctionRules& rules, std::string_view text, base::Time) {
                auto found =
                    std::ranges::find(words, text, &std::pair<std::string_view, int>::first);
                if (found == words.end()) return false;
                rules.*Member = static_cast<Value>(found->second);
                return true;
            },
            [words](const AuctionRules& rules) {
                if (rules.*Member == AuctionRules().*Member) return std::string();
                auto found = std::ranges::find(words, static_cast<int>(rules.*Member),
                                               &std::pair<std::string_view, int>::second);
                return std::string(found->first);
            }};
}

template <std::string AuctionRules::* Member>
Row text(std::string_view name, std::vector<std::string_view> other = {}) {
    return {name, std::move(other),
            [](AuctionRules& rules, std::string_view value, base::Time) {
                rules.*Member = value;
                return true;
            },
            [](const AuctionRules& rules) { return rules.*Member; }};
}

bool is_alias(std::string_view alias) {
    return !alias.empty() && alias != "-" && alias != "none" &&
           alias.find_first_of(" =:,") == std::string_view::npos;
}

template <std::vector<std::string> AuctionRules::* Member>
Row aliases(std::string_view name, std::vector<std::string_view> other = {}) {
    return {name, std::move(other),
            [](AuctionRules& rules, std::string_view value, base::Time) {
                rules.*Member = base::split(value, ',');
                return std::ranges::all_of(rules.*Member, is_alias);
            },
            [](const AuctionRules& rules) { return base::join(rules.*Member, ","); }};
}

/// "A,B,C", or with a deposit of its own "A,B:100,C:0".
bool read_bidders(AuctionRules& rules, std::string_view text, base::Time) {
    for (const std::string& item : base::split(text, ',')) {
        Bidder bidder{item.substr(0, item.find(':')), std::nullopt};
        if (!is_alias(bidder.alias)) return false;
        if (bidder.alias.size() < item.size()) {
            bidder.deposit = read_price(item.substr(bidder.alias.size() + 1), rules.currency);
            if (!bidder.deposit) return false;
        }
        auto known = std::ranges::find(rules.bidders, bidder.alias, &Bidder::alias);
        if (known == rules.bidders.end()) {
            rules.bidders.push_back(bidder);
        } else if (bidder.deposit && !known->deposit) {
            known->deposit = bidder.deposit;
        } else {
            return false;
        }
    }
    return true;
}

std::string write_bidders(const AuctionRules& rules) {
    std::vector<std::string> items;
    for (const Bidder& bidder : rules.bidders) {
        items.push_back(bidder.alias +
                        (bidder.deposit ? ":" + bidder.deposit->to_string() : std::string()));
    }
    return base::join(items, ",");
}

bool read_unpaid(AuctionRules& rules, std::string_view text, base::Time day) {
    std::vector<std::string> items;
    for (const std::string& alias : base::split(text, ','))
        items.push_back(alias + ":0");
    return read_bidders(rules, base::join(items, ","), day);
}

bool read_holders(AuctionRules& rules, std::string_view text, base::Time) {
    if (text == "none") return true;
    for (const std::string& item : base::split(text, ',')) {
        PriorityHolder holder{item.substr(0, item.find(':')), 1};
        if (!is_alias(holder.alias) || rules.holder(holder.alias)) return false;
        if (holder.alias.size() < item.size()) {
            auto rank = read_count(item.substr(holder.alias.size() + 1), 1, 99);
            if (!rank) return false;
            holder.rank = *rank;
        }
        rules.holders.push_back(holder);
    }
    return true;
}

std::string write_holders(const AuctionRules& rules) {
    std::vector<std::string> items;
    for (const PriorityHolder& holder : rules.holders) {
        items.push_back(holder.alias + ":" + std::to_string(holder.rank));
    }
    return base::join(items, ",");
}

/// A number of rounds, or the end of each.
bool read_rounds(AuctionRules& rules, std::string_view text, base::Time day) {
    if (auto number = read_count(text, 1, 100)) {
        rules.rounds = *number;
        return true;
    }
    for (const std::string& item : base::split(text, ',')) {
        auto end = read_moment(item, day);
        if (!end) return false;
        rules.round_ends.push_back(*end);
    }
    rules.rounds = static_cast<int>(rules.round_ends.size());
    return true;
}

std::string write_rounds(const AuctionRules& rules) {
    std::vector<std::string> ends;
    for (base::Time end : rules.round_ends)
        ends.push_back(base::to_iso(end));
    return base::join(ends, ",");
}

bool read_units(AuctionRules& rules, std::string_view text, base::Time) {
    if (text == "unlimited") {
        rules.units = 0;
        return true;
    }
    auto value = read_count(text, 1, 100'000);
    if (value) rules.units = *value;
    return value.has_value();
}

template <std::int64_t ScoreRule::* Member>
Row weight(std::string_view name, std::vector<std::string_view> other) {
    return {name, std::move(other),
            [](AuctionRules& rules, std::string_view text, base::Time) {
                auto value = read_hundredths(text);
                if (value && *value <= 1'000'000) rules.score.*Member = *value;
                return value && *value <= 1'000'000;
            },
            [](const AuctionRules& rules) {
                return rules.score.*Member == 0 ? std::string()
                                                : hundredths_text(rules.score.*Member);
            }};
}

Row reference_row() {
    return {"reference",
            {"reference_price"},
            [](AuctionRules& rules, std::string_view text, base::Time) {
                auto value = read_price(text, rules.currency);
                if (value) rules.score.reference = *value;
                return value.has_value();
            },
            [](const AuctionRules& rules) {
                return rules.score.reference.is_zero() ? std::string()
                                                       : rules.score.reference.to_string();
            }};
}

Row pass_mark_row() {
    return {"pass_mark",
            {"quality_pass", "quality_min", "quality_pass_mark", "min_quality", "pass"},
            [](AuctionRules& rules, std::string_view text, base::Time) {
                rules.score.pass_mark_hundredths = read_hundredths(text);
                return rules.score.pass_mark_hundredths.has_value();
            },
            [](const AuctionRules& rules) {
                return rules.score.pass_mark_hundredths
                           ? hundredths_text(*rules.score.pass_mark_hundredths)
                           : std::string();
            }};
}

Row currency_row() {
    return {"currency",
            {},
            [](AuctionRules& rules, std::string_view value, base::Time) {
                auto currency = base::Currency::parse(value);
                if (!currency) return false;
                rules.currency = *currency;
                // What is not said later is nothing of this currency.
                for (base::Money* amount : {&rules.start, &rules.step, &rules.deposit, &rules.floor,
                                            &rules.score.reference})
                    amount->currency = *currency;
                return true;
            },
            [](const AuctionRules& rules) {
                return rules.currency == base::Currency() ? std::string()
                                                          : std::string(rules.currency.code());
            }};
}

Row open_row() {
    return {"open",
            {"opens", "bid_start"},
            [](AuctionRules& rules, std::string_view value, base::Time day) {
                auto moment = read_moment(value, day);
                if (moment) rules.open = *moment;
                return moment.has_value();
            },
            [](const AuctionRules& rules) { return base::to_iso(rules.open); }};
}

Row close_row() {
    return {"close",
            {"closes", "end", "bid_end"},
            [](AuctionRules& rules, std::string_view value, base::Time day) {
                auto moment = read_moment(value, day);
                if (moment) rules.close = *moment;
                rules.close_given = moment.has_value();
                return moment.has_value();
            },
            [](const AuctionRules& rules) {
                return rules.close_given ? base::to_iso(rules.close) : std::string();
            }};
}

Row max_jump_row() {
    Row row = optional_money<&AuctionRules::max_jump>("max_jump", {"jump_max"});
    row.read = [](AuctionRules& rules, std::string_view value, base::Time) {
        // "10x": so many steps.
        if (value.ends_with('x')) {
            auto steps = read_count(value.substr(0, value.size() - 1), 1, 1'000);
            const bool fits = steps && rules.step.minor <= base::Money::minor_max / *steps;
            if (fits) rules.max_jump = rules.step.scaled(*steps, 1);
            return fits;
        }
        rules.max_jump = read_price(value, rules.currency);
        return rules.max_jump.has_value();
    };
    return row;
}

/// yes and no for a choice of two.
std::vector<std::pair<std::string_view, int>> yes_no(std::string_view no, std::string_view yes) {
    return {{"yes", 1}, {"no", 0}, {yes, 1}, {no, 0}, {"true", 1}, {"false", 0}};
}

/// Order matters where one reader needs another's value: currency, then step, then the rest.
void add_price_rows(std::vector<Row>& rows) {
    rows.push_back(currency_row());
    rows.push_back(money<&AuctionRules::start>("start", {"start_price", "posted_price"}));
    rows.push_back(money<&AuctionRules::step>("step", {"decrement", "min_step"}));
    Row reserve = optional_money<&AuctionRules::reserve>("reserve", {"reserve_price"});
    reserve.write = [write = reserve.write](const AuctionRules& rules) {
        return rules.reserve_commitment.empty() ? write(rules) : std::string();
    };
    rows.push_back(std::move(reserve));
    rows.push_back(text<&AuctionRules::reserve_commitment>("reserve_commitment"));
    rows.push_back(choice<&AuctionRules::reserve_secrecy>("reserve_secret", {},
                                                          yes_no("published", "secret")));
    rows.push_back(
        choice<&AuctionRules::step_multiple>("step_multiple", {}, yes_no("any", "required")));
    rows.push_back(max_jump_row());
    rows.push_back(choice<&AuctionRules::own_raise>("own_raise", {"raise_own", "raise_own_allowed"},
                                                    yes_no("refused", "allowed")));
    rows.push_back(money<&AuctionRules::deposit>("deposit"));
    rows.push_back(money<&AuctionRules::floor>("floor", {"floor_price"}));
    rows.push_back(weight<&ScoreRule::price_weight_hundredths>("price_weight", {"w_p"}));
    rows.push_back(weight<&ScoreRule::quality_weight_hundredths>("quality_weight", {"w_q"}));
    rows.push_back(reference_row());
    rows.push_back(pass_mark_row());
    rows.push_back({"units", {"licences", "k"}, read_units, [](const AuctionRules& rules) {
                        return rules.units == 0 ? std::string("unlimited")
                                                : std::to_string(rules.units);
                    }});
    rows.push_back(count<&AuctionRules::unit_cap, 1, 100'000>("cap", {"unit_cap", "per_bidder"}));
    rows.push_back(choice<&AuctionRules::unit_pricing>(
        "pricing", {},
        {{"uniform", 0}, {"pay_as_bid", 1}, {"posted", 2}, {"own", 1}, {"own_price", 1}}));
}

void add_time_rows(std::vector<Row>& rows) {
    rows.push_back(open_row());
    rows.push_back(close_row());
    rows.push_back(choice<&AuctionRules::form>("form", {}, {{"window", 0}, {"cycle", 1}}));
    rows.push_back(optional_time<&AuctionRules::free_end>("free_end"));
    rows.push_back(choice<&AuctionRules::free_period>("free_required", {"free_bid_required"},
                                                      yes_no("optional", "required")));
    rows.push_back(duration<&AuctionRules::cycle>("cycle", {"cycle_s", "cycle_time"}));
    rows.push_back(duration<&AuctionRules::window>("window", {"window_s"}));
    rows.push_back(duration<&AuctionRules::extension>("extend", {"extension", "extension_s"}));
    rows.push_back(optional_time<&AuctionRules::hard_stop>("hard_stop"));
    rows.push_back(
        optional_duration<&AuctionRules::outage_minimum>("outage_min", {"outage_minimum"}));
    rows.push_back({"rounds", {"round_ends"}, read_rounds, write_rounds});
    rows.push_back(duration<&AuctionRules::round_length>(
        "round_length", {"round", "round_s", "round_term", "round_time", "round_for"}));
    rows.push_back(count<&AuctionRules::dropped_each_round, 0, 100>(
        "drop", {"drop_each_round", "drop_bottom"}));
    rows.push_back(choice<&AuctionRules::round_feedback>("round_feedback", {"feedback"},
                                                         {{"best", 0}, {"rank", 1}, {"none", 2}}));
    rows.push_back(duration<&AuctionRules::interval>("interval", {"interval_s", "step_time"}));
    rows.push_back(duration<&AuctionRules::taker_sealed_term>(
        "sealed_term", {"sealed_s", "sealed", "sealed_time", "sealed_for", "taker_sealed"}));
    rows.push_back(duration<&AuctionRules::taker_answer_term>(
        "best_bid_term", {"best_bid_s", "best_bid", "best_bid_time", "answer_term", "taker_term"}));
}

void add_people_rows(std::vector<Row>& rows) {
    rows.push_back(choice<&AuctionRules::tie>(
        "tie", {"tie_rule"}, {{"earliest", 0}, {"rebid_tied", 1}, {"lottery", 2}, {"rebid", 1}}));
    rows.push_back(duration<&AuctionRules::tie_term>(
        "tie_term",
        {"tie_s", "rebid_term", "tie_window", "rebid_s", "tie_time", "rebid_time", "rebid_for"}));
    rows.push_back(text<&AuctionRules::beacon>("beacon"));
    rows.push_back({"priority", {"priority_holders", "holders"}, read_holders, write_holders});
    rows.push_back(choice<&AuctionRules::priority_mode>(
        "priority_mode", {},
        {{"none", 0}, {"inside_equal", 1}, {"after_close", 2}, {"as_bidder", 3}}));
    rows.push_back(duration<&AuctionRules::priority_term>(
        "priority_term", {"priority_answer_s", "priority_s", "priority_answer", "priority_time"}));
    rows.push_back(choice<&AuctionRules::priority_deposit>("priority_deposit", {},
                                                           {{"with_match", 0}, {"required", 1}}));
    rows.push_back(count<&AuctionRules::bidders_min, 1, 1'000>("min_bidders", {"bidders_min"}));
    rows.push_back(optional_duration<&AuctionRules::sign_term>("sign_term",
                                                               {"sign_s", "sign_time", "sign_by"}));
    rows.push_back(optional_duration<&AuctionRules::offer_term>(
        "offer_term", {"runner_up_term", "second_term", "offer_s", "offer_time", "answer_s"}));
    rows.push_back(count<&AuctionRules::runner_up_depth, 0, 10>("runner_up_depth"));
    rows.push_back(choice<&AuctionRules::second_deposit>(
        "runner_up_deposit", {"second_deposit"}, {{"released", 0}, {"kept", 1}, {"held", 1}}));
    rows.push_back(choice<&AuctionRules::commitment>("commitment", {},
                                                     {{"by_platform", 0}, {"by_bidder", 1}}));
    rows.push_back(
        choice<&AuctionRules::opening>("opening", {}, {{"at_close", 0}, {"by_keys", 1}}));
    rows.push_back(count<&AuctionRules::rate_limit, 0, 10'000>("rate_limit"));
    rows.push_back(duration<&AuctionRules::rate_period>("rate_period", {"rate_s"}));
    rows.push_back({"bidders", {}, read_bidders, write_bidders});
    rows.push_back(
        {"deposits", {"paid"}, read_bidders, [](const AuctionRules&) { return std::string(); }});
    rows.push_back({"unpaid",
                    {"no_deposit", "deposit_missing", "without_deposit"},
                    read_unpaid,
                    [](const AuctionRules&) { return std::string(); }});
    rows.push_back(aliases<&AuctionRules::suspended>(
        "suspended", {"barred", "bidder_suspended", "suspended_bidders"}));
    rows.push_back(
        aliases<&AuctionRules::conflicted>("conflict", {"conflicts", "related", "conflicted"}));
    rows.push_back(
        aliases<&AuctionRules::unconfirmed>("unconfirmed", {"terms_unconfirmed", "not_confirmed"}));
    rows.push_back(text<&AuctionRules::procedure>("procedure", {"id"}));
    rows.push_back(text<&AuctionRules::rule_set>("rule_set", {"rule_set_id", "preset"}));
}

const std::vector<Row>& parameter_rows() {
    static const std::vector<Row> rows = [] {
        std::vector<Row> made;
        add_price_rows(made);
        add_time_rows(made);
        add_people_rows(made);
        return made;
    }();
    return rows;
}

base::Error inconsistent(std::string_view field, std::string_view words) {
    return base::invalid("rules_inconsistent").at(field).saying(words);
}

base::Status check_times(AuctionRules& rules) {
    if (rules.row().timing == Timing::price_clock) {
        if (rules.interval.microseconds <= 0 || rules.step.is_zero()) {
            return base::refuse(inconsistent("interval", "a price clock needs step and interval"));
        }
        if (rules.floor > rules.start) {
            return base::refuse(inconsistent("floor", "the floor is above the start price"));
        }
        if (!rules.close_given) {
            std::int64_t falls = rules.start.minor - rules.floor.minor;
            std::int64_t steps = (falls + rules.step.minor - 1) / rules.step.minor;
            if (steps > 100'000) {
                return base::refuse(inconsistent("floor", "more than 100,000 steps to the floor"));
            }
            if (rules.interval.microseconds > base::days(36'500).microseconds / (steps + 1))
                return base::refuse(inconsistent("interval", "the clock runs for a century"));
            rules.close = rules.open + rules.interval * (steps + 1);
        }
    } else if (rules.form == EnglishForm::cycle && rules.type == AuctionType::english) {
        if (!rules.free_end && rules.close_given) rules.free_end = rules.close;
        if (!rules.free_end || rules.cycle.microseconds <= 0) {
            return base::refuse(inconsistent("cycle", "the cycle form needs free_end and cycle"));
        }
        rules.close = *rules.free_end + rules.cycle;
    } else if (rules.row().timing == Timing::rounds) {
        if (rules.round_ends.empty()) {
            base::Duration length = rules.round_length;
            if (length.microseconds <= 0 && rules.close_given) {
                length = {(rules.close - rules.open).microseconds / rules.rounds};
            }
            if (length.microseconds <= 0) {
                return base::refuse(inconsistent("rounds", "the rounds have no length"));
            }
            for (int round = 1; round <= rules.rounds; ++round) {
                rules.round_ends.push_back(rules.open + length * round);
            }
        }
        rules.close = rules.round_ends.back();
        base::Time earlier = rules.open;
        for (base::Time end : rules.round_ends) {
            if (end <= earlier) return base::refuse(inconsistent("rounds", "rounds out of order"));
            earlier = end;
        }
    } else if (!rules.close_given) {
        return base::refuse(inconsistent("close", "no close is given"));
    }
    if (rules.close <= rules.open) {
        return base::refuse(inconsistent("close", "the close is not after the opening"));
    }
    if (rules.hard_stop && *rules.hard_stop < rules.close) {
        return base::refuse(inconsistent("hard_stop", "the hard stop is before the close"));
    }
    return {};
}

base::Status check_rules(AuctionRules& rules, const Parameters& given) {
    if (!given.contains("open") && rules.open == base::Time{}) {
        return base::refuse(inconsistent("open", "no opening is given"));
    }
    if (auto times = check_times(rules); !times) return times;
    if (rules.type == AuctionType::scored && rules.score.reference.minor <= 0) {
        return base::refuse(inconsistent("reference", "a scored sale needs a reference price"));
    }
    if (rules.type == AuctionType::multi_unit) {
        if (!rules.holders.empty()) {
            return base::refuse(
                inconsistent("priority", "a sale of several licences has no priority right"));
        }
        if (rules.units == 0 && !rules.is_posted()) {
            return base::refuse(inconsistent("units", "only a posted price goes without limit"));
        }
    }
    if (rules.is_posted() && rules.start.is_zero()) {
        return base::refuse(inconsistent("start", "a posted price is needed"));
    }
    if (rules.tie == TieRule::lottery && rules.beacon.empty()) {
        return base::refuse(inconsistent("beacon", "lots need a public beacon named before"));
    }
    bool opened_once =
        rules.is_sealed() && rules.row().timing == Timing::fixed && !rules.is_posted();
    if (rules.opening == Opening::by_keys && !opened_once) {
        return base::refuse(
            inconsistent("opening", "keys open sealed bids after one close, not rounds or prices"));
    }
    std::int64_t deposits = 0;
    for (const Bidder& bidder : rules.bidders) {
        deposits += bidder.deposit.value_or(rules.deposit).minor;
        if (deposits > base::Money::minor_max)
            return base::refuse(inconsistent("deposit", "all deposits together are out of range"));
    }
    if (!rules.holders.empty() && rules.priority_mode == PriorityMode::none) {
        return base::refuse(inconsistent("priority_mode", "how the priority right is exercised"));
    }
    return {};
}

}  // namespace

base::Result<AuctionRules> read_rules(AuctionType type, const Parameters& parameters,
                                      base::Time day) {
    AuctionRules rules;
    rules.type = type;
    rules.tie = row_of(type).tie;
    Parameters left = parameters;
    for (const Row& row : parameter_rows()) {
        std::vector<std::string_view> names = row.other_names;
        names.insert(names.begin(), row.name);
        for (std::string_view name : names) {
            auto found = left.find(std::string(name));
            if (found == left.end()) continue;
            if (!row.read(rules, found->second, day)) {
                return base::refuse(base::invalid("parameter_invalid")
                                        .at(name)
                                        .with("value", found->second)
                                        .saying("cannot be read as " + std::string(row.name)));
            }
            left.erase(found);
        }
    }
    if (!left.empty()) {
        return base::refuse(base::invalid("parameter_unknown")
                                .at(left.begin()->first)
                                .saying("no parameter has this name"));
    }
    // One of the two alone means both: a window without a length extends by itself.
    if (rules.extension.microseconds == 0) rules.extension = rules.window;
    if (rules.window.microseconds == 0) rules.window = rules.extension;
    if (auto fits = check_rules(rules, parameters); !fits) return base::refuse(fits.error());
    return rules;
}

Parameters write_rules(const AuctionRules& rules) {
    Parameters written;
    for (const Row& row : parameter_rows()) {
        std::string value = row.write(rules);
        if (!value.empty()) written[std::string(row.name)] = value;
    }
    // The tie rule's default is its type's, so it is always said.
    constexpr std::string_view ties[] = {"earliest", "rebid_tied", "lottery"};
    written["tie"] = ties[static_cast<std::size_t>(rules.tie)];
    return written;
}

std::string reserve_commitment_of(std::string_view salt, base::Money reserve) {
    return base::to_hex(base::sha256("reserve|" + std::string(salt) + '|' + reserve.to_string()));
}

std::string terms_hash(const AuctionRules& rules) {
    base::json::object object;
    object["type"] = rules.row().name;
    for (const auto& [name, value] : write_rules(rules))
        object[name] = value;
    return base::to_hex(base::sha256(base::canonical_json(object)));
}

std::optional<base::Duration> read_duration(std::string_view text) {
    struct Unit {
        std::string_view name;
        base::Duration length;
    };
    constexpr Unit units[] = {{"us", base::microseconds(1)}, {"ms", base::milliseconds(1)},
                              {"s", base::seconds(1)},       {"min", base::minutes(1)},
                              {"m", base::minutes(1)},       {"h", base::hours(1)},
                              {"d", base::days(1)}};
    base::Duration total;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        std::size_t digits = 0;
        std::int64_t number = 0;
        while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
            if (digits > 15) return std::nullopt;
            number = number * 10 + (text[digits++] - '0');
        }
        if (digits == 0) return std::nullopt;
        text.remove_prefix(digits);
        base::Duration unit = base::seconds(1);
        if (!text.empty()) {
            auto found = std::ranges::find_if(
                units, [&](const Unit& known) { return text.starts_with(known.name); });
            if (found == std::end(units)) return std::nullopt;
            unit = found->length;
            text.remove_prefix(found->name.size());
        }
        if (number > base::days(36'500).microseconds / unit.microseconds) return std::nullopt;
        total = total + unit * number;
    }
    return total;
}

std::optional<base::Time> read_moment(std::string_view text, base::Time day) {
    if (text.find('T') != std::string_view::npos) {
        auto moment = base::parse_iso(text);
        return moment ? std::optional(*moment) : std::nullopt;
    }
    std::vector<std::string> parts = base::split(text, ':');
    if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
    auto hour = read_count(parts[0], 0, 24);
    auto minute = read_count(parts[1], 0, 59);
    if (!hour || !minute || parts[0].size() > 2 || parts[1].size() != 2) return std::nullopt;
    base::Duration since = base::hours(*hour) + base::minutes(*minute);
    if (parts.size() == 3) {
        std::string whole = parts[2].substr(0, parts[2].find('.'));
        auto second = read_count(whole, 0, 59);
        if (!second || whole.size() != 2) return std::nullopt;
        since = since + base::seconds(*second);
        if (whole.size() < parts[2].size()) {
            std::string fraction = parts[2].substr(whole.size() + 1);
            if (fraction.empty() || fraction.size() > 6) return std::nullopt;
            fraction.append(6 - fraction.size(), '0');
            auto micro = read_count(fraction, 0, 999'999);
            if (!micro) return std::nullopt;
            since = since + base::microseconds(*micro);
        }
    }
    if (since > base::days(1)) return std::nullopt;
    return day + since;
}

}  // namespace trade
