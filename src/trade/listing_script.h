#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/calendar.h"
#include "base/result.h"
#include "trade/listing.h"

namespace trade {

/// Scenarios of listings and of published agreements, in the manner of auction_script.h:
///
///   ## L01 goal: words
///   listing price=1000000 deposit=100000 disclosure=20wd next=english_window_2m day=2026-03-02
///   2026-03-03 10:00 A register terms=1 -> accepted
///   +20wd - disclosure_ended interested=1
///   settle stage=qualifying
///
/// The first word of a line is a date, a clock time on the day of the line before, or a length after
/// it ("+3d", "+5wd", both with an optional clock time). Who: `S` the seller, `O` the operator, `O2` another
/// one (`by=` names another person in the same role), `V` the supervisor, `T` the treasury, `-` the clock, anybody else a bidder. Without an
/// action that the core knows a `-` line says what must have happened (an effect) or what holds.
/// `holidays=` and `workdays=` in the head add to plain weeks; by itself the day is published on
/// `day`, 09:00; `start=draft` begins before that.
struct ListingLine {
    int line = 0;
    std::string text;
    enum class Kind { command, observation, settle } kind = Kind::command;
    base::Time at;
    ListingEvent event;
    std::string expected;  ///< code, effect or stage; empty = any success
    std::vector<std::pair<std::string, std::string>> values;
};

struct ListingScenario {
    std::string name, goal;
    int line = 0;
    ListingRules rules;
    base::WorkCalendar calendar;
    base::Time published;
    enum class Start { published, draft } start = Start::published;
    std::string buyer;
    std::vector<ListingLine> lines;
};

struct ListingLineReport {
    int line = 0;
    std::string text, expected, got;
    std::string difference;  ///< empty when the line holds
};

struct ListingReport {
    std::string name, goal;
    std::vector<ListingLineReport> lines;
    std::vector<std::string> codes;  ///< refusals met
    std::vector<ListingEffect> effects;
    ListingState state;
    bool holds() const { return lines.empty() || lines.back().difference.empty(); }
};

/// True if the first statement of the text is about a listing or an agreement.
bool is_listing_file(std::string_view text);
/// `scenario_malformed` with "file:line: words" for whatever is not understood.
base::Result<std::vector<ListingScenario>> parse_listing_scenarios(std::string_view text,
                                                                   std::string_view file);
ListingReport run_listing_scenario(const ListingScenario& scenario);

}  // namespace trade
