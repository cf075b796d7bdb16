// Reading scenario files.
#include "trade/auction_script.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace trade {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;

/// What may stand after `->`, in an observation or in a settle line; bidders' names may too.
const std::set<std::string, std::less<>> known_values = {"lead",
                                                         "close",
                                                         "end",
                                                         "until",
                                                         "sealed",
                                                         "replaces",
                                                         "price",
                                                         "best",
                                                         "min_next",
                                                         "round",
                                                         "units_left",
                                                         "repeated",
                                                         "seq",
                                                         "offered",
                                                         "winner",
                                                         "winners",
                                                         "second",
                                                         "runner_up",
                                                         "reason",
                                                         "standing",
                                                         "step",
                                                         "tied",
                                                         "asked",
                                                         "phase",
                                                         "state",
                                                         "bids",
                                                         "scores",
                                                         "prices",
                                                         "units",
                                                         "refused",
                                                         "rejected",
                                                         "forfeited",
                                                         "returned",
                                                         "held",
                                                         "released",
                                                         "applied",
                                                         "refunded",
                                                         "in",
                                                         "waived",
                                                         "missed",
                                                         "dropped",
                                                         "final_price",
                                                         "deposits_returned",
                                                         "deposit_returned",
                                                         "deposits_held",
                                                         "deposit_held",
                                                         "deposits_forfeited",
                                                         "deposit_forfeited",
                                                         "displaced",
                                                         "bidders"};

struct PlatformWord {
    std::string_view word;
    Action action;
};
constexpr PlatformWord platform_words[] = {
    {"tick", Action::tick},
    {"suspend", Action::suspend},
    {"suspended", Action::suspend},
    {"suspension_begins", Action::suspend},
    {"resume", Action::resume},
    {"resumed", Action::resume},
    {"suspension_ends", Action::resume},
    {"outage_begins", Action::outage_begins},
    {"outage_begin", Action::outage_begins},
    {"outage_start", Action::outage_begins},
    {"outage_ends", Action::outage_ends},
    {"outage_end", Action::outage_ends},
    {"quality", Action::quality},
    {"read", Action::read_bids},
    {"scores", Action::quality},
    {"points", Action::quality},
    {"default", Action::declare_default},
    {"lapse", Action::lapse},
    {"lapsed", Action::lapse},
    {"offer_lapsed", Action::lapse},
    {"refund_confirmed", Action::refund_confirmed},
    {"withdraw", Action::withdraw_sale},
    {"withdraw_sale", Action::withdraw_sale},
    {"annul", Action::annul},
    {"cancel", Action::annul},
    {"terminate", Action::annul},
    {"suspend_bidder", Action::suspend_bidder},
    {"bar", Action::suspend_bidder},
    {"deposit", Action::deposit_received},
    {"deposit_received", Action::deposit_received},
};

constexpr PlatformWord bidder_words[] = {
    {"bid", Action::bid},
    {"accept", Action::accept},
    {"match", Action::match},
    {"waive", Action::waive},
    {"decline_match", Action::waive},
    {"withdraw", Action::withdraw},
    {"withdraw_bid", Action::withdraw},
    {"cancel", Action::withdraw},
    {"read", Action::read_bids},
    {"accept_offer", Action::accept_offer},
    {"decline_offer", Action::decline_offer},
};

/// States that a `-` line may name.
const std::set<std::string, std::less<>> observations = {"standing",
                                                         "closed",
                                                         "failed",
                                                         "unsold",
                                                         "no_sale",
                                                         "closed_pending_priority",
                                                         "closed_pending_quality",
                                                         "closed_pending_tie",
                                                         "closed_pending_rebid",
                                                         "pending_priority",
                                                         "pending_quality",
                                                         "tied",
                                                         "rebid",
                                                         "round",
                                                         "round_closed",
                                                         "opened",
                                                         "best",
                                                         "lead",
                                                         "state",
                                                         "phase",
                                                         "offered",
                                                         "final_sealed",
                                                         "taker_sealed",
                                                         "taker_answer",
                                                         "tie_round",
                                                         "awaiting_quality",
                                                         "priority_window",
                                                         "priority_round",
                                                         "bidding",
                                                         "open",
                                                         "ledger",
                                                         "deposits"};

bool looks_like_time(std::string_view token) {
    return token.size() >= 4 && token[0] >= '0' && token[0] <= '9' &&
           token.find(':') != std::string_view::npos;
}

class Reader {
  public:
    Reader(std::string_view text, std::string_view file) : text_(text), file_(file) {}

    base::Result<std::vector<Scenario>> read();

  private:
    std::unexpected<base::Error> fault(std::string_view words) const;
    base::Status read_line(std::string_view line);
    base::Status heading(std::string_view line);
    base::Status head(const std::vector<std::string>& tokens);
    base::Status settle(std::string_view line, const std::vector<std::string>& tokens);
    base::Status event(std::string_view line, std::vector<std::string> tokens);
    base::Status moment(std::vector<std::string>& tokens, ScenarioLine& made);
    base::Status platform(ScenarioLine& made, const std::vector<std::string>& words,
                          const Options& options, bool has_outcome);
    base::Status bidder(ScenarioLine& made, const std::vector<std::string>& words,
                        const Options& options);
    base::Status option(Event& made, const std::string& key, const std::string& value) const;
    base::Status expectation(ScenarioLine& made, const std::vector<std::string>& tokens);
    base::Status add_value(ScenarioLine& made, const std::string& key, const std::string& value);
    base::Status split_words(const std::vector<std::string>& tokens,
                             std::vector<std::string>& words, Options& options) const;
    bool is_person(std::string_view alias) const;

    std::string_view text_;
    std::string file_;
    int line_ = 0;
    std::vector<Scenario> scenarios_;
    enum class Place { before, titled, running, settled } place_ = Place::before;
    std::string name_, goal_;
    int heading_line_ = 0;
    base::Time anchor_;    ///< the last clock time
    base::Time previous_;  ///< the moment of the last line
};

std::unexpected<base::Error> Reader::fault(std::string_view words) const {
    std::string where = file_ + ":" + std::to_string(line_) + ": ";
    return base::refuse(base::malformed("scenario_malformed")
                            .at(file_ + ":" + std::to_string(line_))
                            .saying(where + std::string(words)));
}

base::Result<std::vector<Scenario>> Reader::read() {
    if (text_.size() > (8U << 20)) return fault("a scenario file has at most 8 MB");
    if (!base::is_valid_utf8(text_)) return fault("not UTF-8");
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    while (!text_.empty()) {
        ++line_;
        std::size_t end = std::min(text_.find('\n'), text_.size());
        std::string_view line = text_.substr(0, end);
        text_.remove_prefix(std::min(end + 1, text_.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (auto done = read_line(line); !done) return base::refuse(done.error());
    }
    if (place_ == Place::titled) return fault("scenario " + name_ + " has no `auction` line");
    if (scenarios_.empty()) return fault("no scenario in this file");
    return std::move(scenarios_);
}

base::Status Reader::read_line(std::string_view raw) {
    std::string line = base::trim(raw);
    if (line.starts_with("##")) return heading(line);
    // A comment, also at the end of a line.
    for (std::size_t at = line.find('#'); at != std::string::npos; at = line.find('#', at + 1)) {
        if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') {
            line = base::trim(line.substr(0, at));
            break;
        }
    }
    if (line.empty()) return {};
    std::vector<std::string> tokens;
    for (const std::string& token : base::split(base::replace_all(line, "\t", " "), ' ')) {
        if (!token.empty()) tokens.push_back(token);
    }
    if (tokens.front() == "auction") return head(tokens);
    if (tokens.front() == "settle") return settle(line, tokens);
    return event(line, std::move(tokens));
}

base::Status Reader::heading(std::string_view line) {
    if (place_ == Place::titled) return fault("scenario " + name_ + " has no `auction` line");
    std::string title = base::trim(line.substr(line.find_first_not_of('#') == std::string_view::npos
                                                   ? line.size()
                                                   : line.find_first_not_of('#')));
    name_ = title.substr(0, title.find(' '));
    std::size_t goal = title.find("goal:");
    goal_ =
        base::trim(goal == std::string::npos ? title.substr(name_.size()) : title.substr(goal + 5));
    if (name_.ends_with(':')) name_.pop_back();
    heading_line_ = line_;
    place_ = Place::titled;
    return {};
}

base::Status Reader::head(const std::vector<std::string>& tokens) {
    if (place_ == Place::running) return fault("a second `auction` line in scenario " + name_);
    if (tokens.size() < 2) return fault("which type of auction?");
    auto type = parse_auction_type(tokens[1]);
    if (!type) return fault("no auction type is called '" + tokens[1] + "'");
    Parameters parameters;
    for (std::size_t index = 2; index < tokens.size(); ++index) {
        std::size_t sign = tokens[index].find('=');
        if (sign == std::string::npos || sign == 0) {
            return fault("'" + tokens[index] + "' is not key=value");
        }
        if (!parameters.emplace(tokens[index].substr(0, sign), tokens[index].substr(sign + 1))
                 .second) {
            return fault("'" + tokens[index].substr(0, sign) + "' stands twice");
        }
    }
    auto rules = read_rules(*type, parameters, scenario_day());
    if (!rules) {
        return fault(rules.error().field + ": " + rules.error().code + ": " + rules.error().detail);
    }
    if (place_ != Place::titled) {
        name_ = "line " + std::to_string(line_);
        goal_.clear();
        heading_line_ = line_;
    }
    anchor_ = previous_ = rules->open;
    scenarios_.push_back({name_, goal_, heading_line_, std::move(*rules), {}});
    place_ = Place::running;
    return {};
}

bool Reader::is_person(std::string_view alias) const {
    const AuctionRules& rules = scenarios_.back().rules;
    return rules.bidder(alias) || rules.holder(alias);
}

base::Status Reader::add_value(ScenarioLine& made, const std::string& key,
                               const std::string& value) {
    if (!known_values.contains(key) && !is_person(key)) {
        return fault("nothing is known as '" + key + "' in an outcome");
    }
    made.values.emplace_back(key, value);
    return {};
}

base::Status Reader::settle(std::string_view line, const std::vector<std::string>& tokens) {
    if (place_ != Place::running && place_ != Place::settled)
        return fault("`settle` before `auction`");
    ScenarioLine made;
    made.line = line_;
    made.text = line;
    made.kind = ScenarioLine::Kind::settle;
    for (std::size_t index = 1; index < tokens.size(); ++index) {
        std::size_t sign = tokens[index].find('=');
        if (sign == std::string::npos) return fault("'" + tokens[index] + "' is not key=value");
        auto added = add_value(made, tokens[index].substr(0, sign), tokens[index].substr(sign + 1));
        if (!added) return added;
    }
    if (made.values.empty()) return fault("`settle` says nothing");
    scenarios_.back().lines.push_back(std::move(made));
    place_ = Place::settled;
    return {};
}

/// Takes the time off the front: "10:00:00", "+1d", "+1d 09:30".
base::Status Reader::moment(std::vector<std::string>& tokens, ScenarioLine& made) {
    base::Time& at = made.at;
    std::string token = tokens.front();
    tokens.erase(tokens.begin());
    if (token.starts_with('+')) {
        auto length = read_duration(std::string_view(token).substr(1));
        if (!length) return fault("'" + token + "' is no length of time");
        at = anchor_ + *length;
        if (!tokens.empty() && looks_like_time(tokens.front())) {
            auto clock =
                read_moment(tokens.front(), base::start_of_day(base::date_in_shanghai(at)));
            if (!clock) return fault("'" + tokens.front() + "' is no time of day");
            at = *clock;
            tokens.erase(tokens.begin());
        } else {
            made.later = length;
            made.anchor = anchor_;
        }
        previous_ = at;
        return {};
    }
    auto clock = read_moment(token, scenario_day());
    if (!clock || !looks_like_time(token)) {
        return fault("'" + token + "' is neither a time, `auction` nor `settle`");
    }
    at = *clock;
    base::Time reached = base::start_of_day(base::date_in_shanghai(previous_));
    if (at < previous_ && reached > scenario_day()) at = *read_moment(token, reached);
    anchor_ = previous_ = at;
    return {};
}

base::Status Reader::split_words(const std::vector<std::string>& tokens,
                                 std::vector<std::string>& words, Options& options) const {
    for (const std::string& token : tokens) {
        std::size_t sign = token.find('=');
        if (sign == std::string::npos) {
            if (!options.empty()) return fault("'" + token + "' after the options");
            words.push_back(token);
        } else {
            options.emplace_back(token.substr(0, sign), token.substr(sign + 1));
        }
    }
    return {};
}

base::Status Reader::event(std::string_view line, std::vector<std::string> tokens) {
    if (place_ == Place::settled) return fault("an event after `settle`");
    if (place_ != Place::running) return fault("an event before `auction`");
    ScenarioLine made;
    made.line = line_;
    made.text = line;
    if (auto read = moment(tokens, made); !read) return read;
    auto arrow = std::ranges::find(tokens, "->");
    std::vector<std::string> act(tokens.begin(), arrow);
    bool has_outcome = arrow != tokens.end();
    if (act.size() < 2) return fault("a line is: time, who, action");
    if (has_outcome && std::find(arrow + 1, tokens.end(), "->") != tokens.end()) {
        return fault("two arrows in one line");
    }
    std::string who = act.front();
    std::vector<std::string> words;
    Options options;
    act.erase(act.begin());
    if (auto split = split_words(act, words, options); !split) return split;
    if (words.empty()) return fault("no action");
    if (who == "-") {
        if (auto done = platform(made, words, options, has_outcome); !done) return done;
    } else {
        bool anonymous = who == "anonymous" || who == "?";
        made.event.session = anonymous ? Event::Session::anonymous : Event::Session::signed_in;
        made.event.actor = anonymous ? std::string() : who;
        if (auto done = bidder(made, words, options); !done) return done;
    }
    if (has_outcome) {
        auto done = expectation(made, std::vector<std::string>(arrow + 1, tokens.end()));
        if (!done) return done;
    }
    scenarios_.back().lines.push_back(std::move(made));
    return {};
}

base::Status Reader::expectation(ScenarioLine& made, const std::vector<std::string>& tokens) {
    if (tokens.empty()) return fault("nothing after the arrow");
    std::size_t first = 0;
    if (tokens.front().find('=') == std::string::npos) {
        made.expected = tokens.front();
        first = 1;
        bool known = std::ranges::any_of(
            code_table(), [&](const CodeRow& row) { return row.name == made.expected; });
        bool observed = made.kind == ScenarioLine::Kind::observation;
        if (made.kind == ScenarioLine::Kind::command && made.event.action == Action::tick &&
            observations.contains(made.expected)) {
            made.kind = ScenarioLine::Kind::observation;
            observed = true;
        }
        if (!known && !(observed && observations.contains(made.expected))) {
            return fault("no outcome has the code '" + made.expected + "'");
        }
    }
    for (std::size_t index = first; index < tokens.size(); ++index) {
        std::size_t sign = tokens[index].find('=');
        if (sign == std::string::npos) return fault("'" + tokens[index] + "' is not key=value");
        auto added = add_value(made, tokens[index].substr(0, sign), tokens[index].substr(sign + 1));
        if (!added) return added;
    }
    return {};
}

base::Status Reader::option(Event& made, const std::string& key, const std::string& value) const {
    auto is = [&](std::initializer_list<std::string_view> names) {
        return std::ranges::find(names, key) != names.end();
    };
    auto number = [&]() -> std::optional<int> {
        if (value.empty() || value.size() > 6) return std::nullopt;
        if (!std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; })) return {};
        return std::stoi(value);
    };
    if (is({"key", "idempotency_key"})) {
        made.key = value;
    } else if (is({"units", "quantity"})) {
        made.units = number().value_or(0);
    } else if (is({"currency"})) {
        made.currency = value;
    } else if (is({"amount", "price"})) {
        made.amount = value;
    } else if (is({"expect_best", "expect", "seen", "price_seen", "best_seen"})) {
        made.expect_best = value;
    } else if (is({"terms", "terms_hash"})) {
        made.confirmed_terms = value == "current" ? terms_hash(scenarios_.back().rules) : value;
    } else if (is({"confirm_large", "confirm"})) {
        made.jump =
            value == "yes" || value == "true" ? Event::Jump::confirmed : Event::Jump::unconfirmed;
    } else if (is({"step", "step_no", "step_seen"})) {
        auto step = number();
        if (!step) return fault("step=" + value + " is no number");
        made.step_seen = *step;
    } else if (is({"arrived", "received", "sent"})) {
        made.arrived = read_moment(value, base::start_of_day(base::date_in_shanghai(previous_)));
        if (!made.arrived) return fault("arrived=" + value + " is no time");
    } else if (is({"procedure", "auction", "id"})) {
        made.procedure = value;
    } else if (is({"salt"})) {
        made.salt = value;
    } else if (is({"commitment", "commit"})) {
        made.commitment = value;
    } else if (is({"document", "reason", "ground", "by"})) {
        made.document = value;
    } else {
        return fault("no option is called '" + key + "'");
    }
    return {};
}

base::Status Reader::bidder(ScenarioLine& made, const std::vector<std::string>& words,
                            const Options& options) {
    std::string_view word = words.front();
    Event& event = made.event;
    auto found = std::ranges::find(bidder_words, word, &PlatformWord::word);
    if (found == std::end(bidder_words)) {
        // A person who tries what only the platform may do is refused by the core, not by the reader.
        found = std::ranges::find(platform_words, word, &PlatformWord::word);
        if (found == std::end(platform_words)) {
            return fault("no bidder's action is called '" + std::string(word) + "'");
        }
        event.action = found->action;
        if (words.size() > 1) event.subject = words[1];
        return {};
    }
    event.action = found->action;
    std::size_t words_max = 1;
    if (event.action == Action::bid || event.action == Action::accept ||
        event.action == Action::match) {
        words_max = 3;
        if (words.size() > 1) event.amount = words[1];
        if (words.size() == 3) event.currency = words[2];
    } else if (event.action == Action::read_bids || event.action == Action::withdraw) {
        words_max = 3;
    }
    if (words.size() > words_max) return fault("too many words after '" + std::string(word) + "'");
    for (const auto& [key, value] : options) {
        if (auto done = option(event, key, value); !done) return done;
    }
    return {};
}

base::Status Reader::platform(ScenarioLine& made, const std::vector<std::string>& words,
                              const Options& options, bool has_outcome) {
    const std::string& word = words.front();
    auto found = std::ranges::find(platform_words, word, &PlatformWord::word);
    if (found == std::end(platform_words)) {
        if (!observations.contains(word)) {
            return fault("no act or state of the platform is called '" + word + "'");
        }
        if (words.size() > 2) return fault("too many words after '" + word + "'");
        made.kind = ScenarioLine::Kind::observation;
        made.expected = word;
        if (words.size() == 2) made.values.emplace_back("", words[1]);
        for (const auto& [key, value] : options) {
            if (auto added = add_value(made, key, value); !added) return added;
        }
        return {};
    }
    Event& event = made.event;
    event.action = found->action;
    if (event.action == Action::suspend && words.size() == 2 && is_person(words[1])) {
        event.action = Action::suspend_bidder;
    }
    const bool reads = event.action == Action::read_bids;  // "read bids"
    if (words.size() > 1 && !reads) event.subject = words[1];
    if (words.size() > 2) event.amount = words[2];
    if (words.size() > 3) return fault("too many words after '" + word + "'");
    for (const auto& [key, value] : options) {
        const bool of_decision =
            event.action == Action::suspend || event.action == Action::resume ||
            event.action == Action::outage_begins || event.action == Action::withdraw_sale ||
            event.action == Action::annul;
        bool given = key == "document" || key == "ground" || key == "by" ||
                     (key == "reason" && (of_decision || !event.subject.empty()));
        if (event.action == Action::quality) {
            event.points[key] = value;
        } else if (given || (key == "amount" && event.action == Action::deposit_received)) {
            if (auto done = option(event, key, value); !done) return done;
        } else if (has_outcome) {
            return fault("no option of '" + word + "' is called '" + key + "'");
        } else if (auto added = add_value(made, key, value); !added) {
            return added;
        }
    }
    return {};
}

}  // namespace

base::Time scenario_day() {
    return base::start_of_day({2026, 1, 5});
}

base::Result<std::vector<Scenario>> parse_scenarios(std::string_view text, std::string_view file) {
    return Reader(text, file).read();
}

}  // namespace trade
