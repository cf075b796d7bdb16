#include "trade/listing_script.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/text.h"

namespace trade {
namespace {

constexpr int first_year = 2020, last_year = 2045;

std::vector<std::string> tokens_of(std::string_view raw) {
    std::string line = base::trim(base::replace_all(std::string(raw), "\t", " "));
    for (std::size_t at = line.find('#'); at != std::string::npos; at = line.find('#', at + 1)) {
        if (at == 0 || line[at - 1] == ' ') {
            line = line.substr(0, at);
            break;
        }
    }
    std::vector<std::string> tokens;
    for (const std::string& token : base::split(line, ' ')) {
        if (!token.empty()) tokens.push_back(token);
    }
    return tokens;
}

bool is_heading(std::string_view line) {
    return base::trim(line).starts_with("##");
}

/// What an outcome, an observation or a settle line may be asked for besides parties' names.
const std::set<std::string, std::less<>> known_values = {
    "stage",      "state",     "reason",     "winner", "price",    "asked",   "ends",
    "interested", "qualified", "extensions", "lowers", "revision", "paid",    "offered",
    "forfeited",  "released",  "held",       "lapsed", "left",     "refused", "contract",
    "open",       "value",     "defaulted",  "due",    "party",    "amount",  "applied",
    "questions",  "answered",  "field",      "room"};

const std::set<std::string, std::less<>> observations = {"listing_published",
                                                         "notice_published",
                                                         "notice_paused",
                                                         "notice_resumed",
                                                         "notice_completed",
                                                         "disclosure_ended",
                                                         "extended",
                                                         "owner_needed",
                                                         "auction_needed",
                                                         "agreement_needed",
                                                         "officer_needed",
                                                         "priority_asked",
                                                         "offer_lapsed",
                                                         "ended",
                                                         "registration_lapsed",
                                                         "deposit_release",
                                                         "deposit_forfeit",
                                                         "deposit_apply",
                                                         "settled",
                                                         "offer_made",
                                                         "barred",
                                                         "payment_due",
                                                         "payment_release",
                                                         "auction_announced",
                                                         "confirmation_asked",
                                                         "relist",
                                                         "state",
                                                         "priority_notified",
                                                         "stage"};

const std::set<std::string, std::less<>> clock_actions = {
    "auction_announced", "auction_closed", "auction_failed", "register_contract", "tick"};

struct Office {
    std::string_view letter, role;
};
constexpr Office offices[] = {{"S", "seller"},     {"O", "operator"}, {"O2", "operator"},
                              {"V", "supervisor"}, {"T", "treasury"}, {"public", "public"},
                              {"-", "clock"}};

class Reader {
  public:
    Reader(std::string_view text, std::string_view file) : text_(text), file_(file) {}
    base::Result<std::vector<ListingScenario>> read();

  private:
    std::unexpected<base::Error> fault(std::string_view words) const {
        const std::string where = file_ + ":" + std::to_string(line_);
        return base::refuse(base::malformed("scenario_malformed")
                                .at(where)
                                .saying(where + ": " + std::string(words)));
    }
    base::Status read_line(std::string_view line);
    void heading(std::string_view line);
    base::Status head(const std::vector<std::string>& tokens);
    base::Status settle(std::string_view text, const std::vector<std::string>& tokens);
    base::Status event(std::string_view text, std::vector<std::string> tokens);
    base::Result<base::Time> moment(std::vector<std::string>& tokens);
    base::Status act(ListingLine& made, const std::vector<std::string>& tokens, bool has_outcome);
    base::Status add_value(ListingLine& made, const std::string& token);

    std::string_view text_;
    std::string file_;
    int line_ = 0;
    std::string name_, goal_;
    std::vector<ListingScenario> scenarios_;
    base::Time previous_;
};

base::Result<std::vector<ListingScenario>> Reader::read() {
    if (text_.size() > (8U << 20)) return fault("a scenario file has at most 8 MB");
    if (!base::is_valid_utf8(text_)) return fault("not UTF-8");
    while (!text_.empty()) {
        ++line_;
        const std::size_t end = std::min(text_.find('\n'), text_.size());
        std::string_view line = text_.substr(0, end);
        text_.remove_prefix(std::min(end + 1, text_.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        TRY(read_line(line));
    }
    if (scenarios_.empty()) return fault("no scenario in this file");
    return std::move(scenarios_);
}

base::Status Reader::read_line(std::string_view raw) {
    if (is_heading(raw)) {
        heading(raw);
        return {};
    }
    const std::vector<std::string> tokens = tokens_of(raw);
    if (tokens.empty()) return {};
    if (tokens.front() == "listing" || tokens.front() == "agreement") return head(tokens);
    if (scenarios_.empty()) return fault("a line before `listing` or `agreement`");
    if (tokens.front() == "settle") return settle(base::trim(raw), tokens);
    return event(base::trim(raw), tokens);
}

void Reader::heading(std::string_view line) {
    const std::string whole(line);
    const std::string title = base::trim(whole.substr(whole.find_first_not_of("# ")));
    name_ = title.substr(0, title.find(' '));
    const std::size_t goal = title.find("goal:");
    goal_ =
        base::trim(goal == std::string::npos ? title.substr(name_.size()) : title.substr(goal + 5));
}

base::Result<std::set<base::Date>> read_days(const std::string& text) {
    std::set<base::Date> days;
    for (const std::string& word : base::split(text, ',')) {
        if (!word.empty()) days.insert(TRY(base::Date::parse(word)));
    }
    return days;
}

base::Status Reader::head(const std::vector<std::string>& tokens) {
    Parameters given;
    for (std::size_t index = 1; index < tokens.size(); ++index) {
        const std::size_t sign = tokens[index].find('=');
        if (sign == std::string::npos || sign == 0)
            return fault("'" + tokens[index] + "' is not key=value");
        if (!given.emplace(tokens[index].substr(0, sign), tokens[index].substr(sign + 1)).second)
            return fault("'" + tokens[index].substr(0, sign) + "' stands twice");
    }
    const auto take = [&](const char* name, const char* otherwise) {
        auto found = given.extract(name);
        return found ? found.mapped() : std::string(otherwise);
    };
    ListingScenario made;
    made.name = name_.empty() ? "line " + std::to_string(line_) : name_;
    made.goal = goal_;
    made.line = line_;
    const auto day = base::Date::parse(take("day", "2026-03-02"));
    const auto holidays = read_days(take("holidays", ""));
    const auto workdays = read_days(take("workdays", ""));
    if (!day || !holidays || !workdays) return fault("a day is written 2026-03-02");
    for (int year = first_year; year <= last_year; ++year)
        made.calendar.add_year(year, *holidays, *workdays);
    made.published = base::start_of_day(*day) + base::hours(9);
    const std::string start = take("start", "published");
    if (start != "published" && start != "draft") return fault("start is published or draft");
    made.start =
        start == "draft" ? ListingScenario::Start::draft : ListingScenario::Start::published;
    made.buyer = take("buyer", "B");
    given["mode"] = tokens.front();
    ListingRules base_rules;
    if (tokens.front() == "agreement")
        base_rules.notice = {15, Term::Unit::calendar_days};
    else if (made.start == ListingScenario::Start::published)
        base_rules.next_type = "english_window_2m";
    auto rules = read_listing_rules(given, base_rules);
    if (!rules) {
        return fault(rules.error().field + ": " + rules.error().code + ": " + rules.error().detail);
    }
    made.rules = std::move(*rules);
    previous_ = made.published;
    scenarios_.push_back(std::move(made));
    name_.clear();
    goal_.clear();
    return {};
}

base::Status Reader::add_value(ListingLine& made, const std::string& token) {
    const std::size_t sign = token.find('=');
    if (sign == std::string::npos) return fault("'" + token + "' is not key=value");
    const std::string key = token.substr(0, sign);
    if (!known_values.contains(key)) return fault("nothing is known as '" + key + "'");
    made.values.emplace_back(key, token.substr(sign + 1));
    return {};
}

base::Status Reader::settle(std::string_view text, const std::vector<std::string>& tokens) {
    ListingLine made{.line = line_,
                     .text = std::string(text),
                     .kind = ListingLine::Kind::settle,
                     .at = previous_};
    for (std::size_t index = 1; index < tokens.size(); ++index)
        TRY(add_value(made, tokens[index]));
    if (made.values.empty()) return fault("`settle` says nothing");
    scenarios_.back().lines.push_back(std::move(made));
    return {};
}

/// Takes the time off the front.
base::Result<base::Time> Reader::moment(std::vector<std::string>& tokens) {
    const std::string token = tokens.front();
    tokens.erase(tokens.begin());
    base::Time at = previous_;
    if (token.starts_with('+')) {
        const auto term = read_term(std::string_view(token).substr(1));
        const auto length = read_duration(std::string_view(token).substr(1));
        if (!term && !length) return fault("'" + token + "' is no length of time");
        if (term && term->unit == Term::Unit::working_days) {
            const base::Date from = base::date_in_shanghai(at);
            const auto day = scenarios_.back().calendar.add_working_days(from, term->count);
            at = base::start_of_day(day) + (at - base::start_of_day(from));
        } else {
            at = at + (term ? base::days(term->count) : *length);
        }
    } else if (const auto day = base::Date::parse(token)) {
        at = base::start_of_day(*day) + base::hours(9);
    } else if (const auto clock =
                   read_moment(token, base::start_of_day(base::date_in_shanghai(previous_)))) {
        return *clock;
    } else {
        return fault("'" + token + "' is no time");
    }
    const bool has_clock = !tokens.empty() && tokens.front().find(':') == 2;
    if (!has_clock) return at;
    const auto clock = read_moment(tokens.front(), base::start_of_day(base::date_in_shanghai(at)));
    if (!clock) return fault("'" + tokens.front() + "' is no time of day");
    tokens.erase(tokens.begin());
    return *clock;
}

base::Status Reader::event(std::string_view text, std::vector<std::string> tokens) {
    ListingLine made{.line = line_, .text = std::string(text)};
    made.at = TRY(moment(tokens));
    if (made.at < previous_) return fault("time goes backwards");
    previous_ = made.at;
    const auto arrow = std::ranges::find(tokens, "->");
    const bool has_outcome = arrow != tokens.end();
    if (has_outcome) {
        if (arrow + 1 == tokens.end()) return fault("nothing behind `->`");
        made.expected = *(arrow + 1);
        for (auto token = arrow + 2; token != tokens.end(); ++token)
            TRY(add_value(made, *token));
    }
    TRY(act(made, {tokens.begin(), arrow}, has_outcome));
    scenarios_.back().lines.push_back(std::move(made));
    return {};
}

base::Status Reader::act(ListingLine& made, const std::vector<std::string>& tokens,
                         bool has_outcome) {
    if (tokens.size() < 2) return fault("who does what?");
    const auto office = std::ranges::find(offices, tokens[0], &Office::letter);
    const bool is_staff = office != std::end(offices);
    made.event.role = is_staff ? office->role : "bidder";
    made.event.actor = tokens[0];
    made.event.action = tokens[1];
    const bool observes = tokens[0] == "-" && !has_outcome && observations.contains(tokens[1]);
    if (observes) {
        made.kind = ListingLine::Kind::observation;
        made.expected = tokens[1];
        for (std::size_t index = 2; index < tokens.size(); ++index)
            TRY(add_value(made, tokens[index]));
        return {};
    }
    if (tokens[0] == "-" && !clock_actions.contains(tokens[1]))
        return fault("the clock neither does nor shows '" + tokens[1] + "'");
    for (std::size_t index = 2; index < tokens.size(); ++index) {
        const std::size_t sign = tokens[index].find('=');
        if (sign == std::string::npos) {
            if (!made.event.party.empty()) return fault("'" + tokens[index] + "' is one too many");
            made.event.party = tokens[index];
            continue;
        }
        const std::string key = tokens[index].substr(0, sign);
        if (key == "by") {
            made.event.actor = tokens[index].substr(sign + 1);
        } else {
            made.event.values[key] = tokens[index].substr(sign + 1);
        }
    }
    return {};
}

/// Names with amounts: "A=100,B=200", or the names alone.
std::string list_effects(const std::vector<ListingEffect>& effects, std::string_view kind) {
    std::set<std::string> names;
    for (const ListingEffect& effect : effects) {
        if (effect.kind == kind) names.insert(effect.party);
    }
    return names.empty() ? "none" : base::join({names.begin(), names.end()}, ",");
}

template <class Keep>
std::string list_parties(const ListingState& state, Keep keep) {
    std::vector<std::string> names;
    for (const ListingParty& party : state.parties) {
        if (keep(party)) names.push_back(party.key);
    }
    std::ranges::sort(names);
    return names.empty() ? "none" : base::join(names, ",");
}

/// Whole amounts are written as whole numbers in a scenario.
std::string amount_text(base::Money amount) {
    std::string text = amount.to_string();
    if (text.ends_with(".00")) text.resize(text.size() - 3);
    return text;
}

/// "2026-03-30" for the end of that day, which is the first moment of the next.
std::string end_text(base::Time end) {
    const base::Time last{end.microseconds - 1};
    return base::date_in_shanghai(last).to_string();
}

class Runner {
  public:
    explicit Runner(const ListingScenario& scenario) : scenario_(scenario) {}
    ListingReport run();

  private:
    bool begin();
    void line(const ListingLine& line);
    std::string look(const std::string& key) const;
    std::string of_effect(const std::string& key, const ListingEffect& effect) const;
    void compare(ListingLineReport& report, const ListingLine& line, const ListingEffect* shown);
    void send(const ListingEvent& event, base::Time at);

    const ListingScenario& scenario_;
    ListingReport report_;
    std::optional<base::Error> refused_;
    std::size_t seen_ = 0;  ///< effects that an observation has spoken of
};

void Runner::send(const ListingEvent& event, base::Time at) {
    refused_.reset();
    auto done = apply(scenario_.calendar, report_.state, event, at);
    if (!done) {
        refused_ = done.error();
        report_.codes.push_back(done.error().code);
        return;
    }
    report_.effects.insert(report_.effects.end(), done->begin(), done->end());
}

bool Runner::begin() {
    report_.name = scenario_.name;
    report_.goal = scenario_.goal;
    report_.state = begin_listing(scenario_.rules);
    if (scenario_.start == ListingScenario::Start::draft) return true;
    ListingEvent submit{"submit", "seller", "S", "", {}};
    for (const char* item : {"rights", "decision", "price_basis", "secrecy", "related"})
        submit.values[item] = "done";
    submit.values["buyer"] = scenario_.buyer;
    send(submit, scenario_.published);
    if (!refused_) send({"publish", "operator", "O", "", {}}, scenario_.published);
    if (!refused_) return true;
    report_.lines.push_back(
        {scenario_.line, "publish", "accepted", refused_->code,
         "the listing cannot be published: " + refused_->code + " " + refused_->field});
    return false;
}

std::string Runner::look(const std::string& key) const {
    const ListingState& state = report_.state;
    using Standing = ListingParty::Standing;
    const auto standing = [&](Standing wanted) {
        return list_parties(state,
                            [&](const ListingParty& party) { return party.standing == wanted; });
    };
    if (key == "stage" || key == "state") return std::string(name_of(state.stage));
    if (key == "reason") return state.end_reason.empty() ? "none" : state.end_reason;
    if (key == "winner") return state.winner.empty() ? "none" : state.winner;
    if (key == "price") return state.price ? amount_text(*state.price) : "none";
    if (key == "asked") return amount_text(state.rules.price);
    if (key == "ends") return state.deadline ? end_text(*state.deadline) : "none";
    if (key == "interested") return std::to_string(state.interested());
    if (key == "extensions") return std::to_string(state.extensions);
    if (key == "lowers") return std::to_string(state.lowers);
    if (key == "revision") return std::to_string(state.revision);
    if (key == "paid") return amount_text(state.paid);
    if (key == "open") return std::to_string(state.objections_open);
    if (key == "offered") return state.stage == Stage::offered ? state.offer_by : "none";
    if (key == "contract") return state.contract.empty() ? "none" : state.contract;
    if (key == "defaulted")
        return state.defaulted.empty() ? "none" : base::join(state.defaulted, ",");
    if (key == "qualified") return standing(Standing::qualified);
    if (key == "lapsed") return standing(Standing::lapsed);
    if (key == "left") return standing(Standing::left);
    if (key == "refused") return standing(Standing::refused);
    if (key == "held") {
        return list_parties(state,
                            [](const ListingParty& party) { return !party.deposit.is_zero(); });
    }
    if (key == "room") {
        return list_parties(
            state, [&](const ListingParty& party) { return state.admits_to_room(party.key); });
    }
    if (key == "questions") return std::to_string(state.questions.size());
    if (key == "answered") {
        return std::to_string(std::ranges::count_if(state.questions, [](const auto& question) {
            return question.answered_at.has_value();
        }));
    }
    if (key == "released") return list_effects(report_.effects, "deposit_release");
    if (key == "forfeited") return list_effects(report_.effects, "deposit_forfeit");
    if (key == "applied") return list_effects(report_.effects, "deposit_apply");
    if (key == "value") {
        return state.plan ? amount_text(present_value(state.rules.payment, *state.plan)) : "none";
    }
    return "unknown";
}

std::string Runner::of_effect(const std::string& key, const ListingEffect& effect) const {
    if (key == "party" || key == "winner" || key == "offered") return effect.party;
    if (key == "amount" || key == "price" || key == "value") return amount_text(effect.amount);
    if (key == "reason" || key == "interested") return effect.reason;
    if (key == "due") return end_text(effect.due);
    return look(key);
}

void Runner::compare(ListingLineReport& report, const ListingLine& line,
                     const ListingEffect* shown) {
    for (const auto& [key, wanted] : line.values) {
        const std::string got = key == "field" ? (refused_ ? refused_->field : std::string())
                                : shown        ? of_effect(key, *shown)
                                               : look(key);
        report.got += " " + key + "=" + got;
        if (got == wanted || !report.difference.empty()) continue;
        report.difference = key + ": expected " + wanted + ", got " + got;
    }
}

void Runner::line(const ListingLine& line) {
    ListingLineReport report{line.line, line.text, line.expected, "", ""};
    for (const auto& [key, wanted] : line.values)
        report.expected += " " + key + "=" + wanted;
    const ListingEffect* shown = nullptr;
    if (line.kind == ListingLine::Kind::command) {
        send(line.event, line.at);
        report.got = refused_ ? refused_->code : "accepted";
        const bool any = line.expected.empty() && !refused_;
        if (!any && report.got != (line.expected.empty() ? "accepted" : line.expected))
            report.difference = "expected " +
                                (line.expected.empty() ? std::string("accepted") : line.expected) +
                                ", got " + report.got;
    } else {
        send({"tick", "clock", "-", "", {}}, line.at);
        report.got = line.expected;
        const bool is_look = line.expected == "state" || line.expected == "stage";
        if (line.kind == ListingLine::Kind::observation && !is_look) {
            const auto from = report_.effects.begin() + static_cast<std::ptrdiff_t>(seen_);
            auto matches = [&](const ListingEffect& effect) {
                return effect.kind == line.expected &&
                       std::ranges::all_of(line.values, [&](const auto& value) {
                           return (value.first != "party" && value.first != "due") ||
                                  of_effect(value.first, effect) == value.second;
                       });
            };
            const auto found = std::find_if(from, report_.effects.end(), matches);
            if (found == report_.effects.end()) {
                report.got = "not seen";
                report.difference = line.expected + " has not happened";
            } else {
                shown = &*found;
            }
        }
    }
    if (report.difference.empty()) compare(report, line, shown);
    report_.lines.push_back(std::move(report));
}

ListingReport Runner::run() {
    if (!begin()) return std::move(report_);
    for (const ListingLine& next : scenario_.lines) {
        if (next.kind == ListingLine::Kind::command) seen_ = report_.effects.size();
        line(next);
        if (!report_.holds()) break;
    }
    return std::move(report_);
}

}  // namespace

bool is_listing_file(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (is_heading(line)) continue;
        const std::vector<std::string> tokens = tokens_of(line);
        if (tokens.empty()) continue;
        return tokens.front() == "listing" || tokens.front() == "agreement";
    }
    return false;
}

base::Result<std::vector<ListingScenario>> parse_listing_scenarios(std::string_view text,
                                                                   std::string_view file) {
    return Reader(text, file).read();
}

ListingReport run_listing_scenario(const ListingScenario& scenario) {
    return Runner(scenario).run();
}

}  // namespace trade
