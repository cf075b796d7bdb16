#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "trade/auction.h"

namespace trade {

/// A scenario file: auctions as text that a domain expert can read and a judge can run.
///
///   ## T01 goal: words
///   auction english start=1000 step=100 open=09:00:00 close=10:00:00 … bidders=A,B
///   09:10:00 A bid 1000 -> accepted lead=A
///   10:00:00 - closed winner=A price=1000
///   settle winner=A price=1000
///
/// A line is: time (`HH:MM[:SS[.f]]`, or `+1d` after the last clock time), who (`-` is the platform,
/// `anonymous` nobody signed in), action words and options, and after `->` the outcome expected.
struct ScenarioLine {
    enum class Kind {
        command,      ///< an event for the core
        observation,  ///< what must be true at that moment
        settle,       ///< what must be true when every timer has run out
    };
    int line = 0;
    std::string text;
    Kind kind = Kind::command;
    base::Time at;
    /// "+1d": counted from the last clock time or, when the sale closed later, from its close.
    std::optional<base::Duration> later;
    base::Time anchor;
    Event event;
    std::string expected;  ///< code, or the state observed; empty = any success
    std::vector<std::pair<std::string, std::string>> values;
};

struct Scenario {
    std::string name;  ///< "T01"
    std::string goal;
    int line = 0;
    AuctionRules rules;
    std::vector<ScenarioLine> lines;
};

/// Reads a whole file. `scenario_malformed` with "file:line: words" for anything that is not
/// understood: an unknown action, option, parameter or expectation is never passed over.
base::Result<std::vector<Scenario>> parse_scenarios(std::string_view text, std::string_view file);

struct LineReport {
    int line = 0;
    std::string text;
    std::string expected;
    std::string got;
    std::string difference;  ///< empty when the line holds
};

struct ScenarioReport {
    std::string name;
    std::string goal;
    std::vector<LineReport> lines;
    std::vector<LogEntry> entries;
    std::vector<Effect> effects;
    AuctionState state;
    bool holds() const { return lines.empty() || lines.back().difference.empty(); }
};

/// Runs a scenario to its end or to its first difference.
ScenarioReport run_scenario(const Scenario& scenario);

/// The day on which the clock times of a scenario lie.
base::Time scenario_day();

}  // namespace trade
