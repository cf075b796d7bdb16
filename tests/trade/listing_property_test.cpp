// Properties of the listing core over chance courses: time, money and ends.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "trade/listing.h"

namespace {

using trade::ListingEvent;
using trade::ListingState;
using trade::Stage;

base::WorkCalendar plain_calendar() {
    base::WorkCalendar calendar;
    for (int year = 2025; year <= 2035; ++year)
        calendar.add_year(year, {}, {});
    return calendar;
}

const base::Time start = base::start_of_day({2026, 3, 2}) + base::hours(9);

trade::ListingRules chance_rules() {
    trade::Parameters given{{"price", "1000"}, {"deposit", "100"}, {"next", "english_window_2m"}};
    given["extensions"] = std::to_string(*rc::gen::inRange(0, 3));
    given["priority"] = *rc::gen::element<std::string>("", "C:inventors:1", "C:coowner:2");
    given["runner_up_depth"] = std::to_string(*rc::gen::inRange(0, 3));
    given["criteria"] = "licence";
    auto rules = trade::read_listing_rules(given);
    if (!rules) throw std::runtime_error(base::describe(rules.error()));
    return *rules;
}

ListingState published(const base::WorkCalendar& calendar, const trade::ListingRules& rules) {
    ListingState state = trade::begin_listing(rules);
    ListingEvent submit{"submit", "seller", "S", "", {}};
    for (const char* item : {"rights", "decision", "price_basis", "secrecy", "related"})
        submit.values[item] = "done";
    RC_ASSERT(trade::apply(calendar, state, submit, start).has_value());
    RC_ASSERT(
        trade::apply(calendar, state, {"publish", "operator", "O", "", {}}, start).has_value());
    return state;
}

struct Try {
    const char* action;
    const char* role;
    const char* actor;
    std::map<std::string, std::string> values;
    bool has_party = false;
};

ListingEvent chance_event(const ListingState& state) {
    static const std::vector<Try> all = {
        {"register", "bidder", "", {{"terms", "now"}}},
        {"confirm", "bidder", "", {{"terms", "now"}}},
        {"leave", "bidder", "", {}},
        {"deposit", "treasury", "T", {{"amount", "100"}}, true},
        {"deposit", "treasury", "T", {{"amount", "60.01"}}, true},
        {"qualify", "operator", "O", {{"verdict", "accept"}}, true},
        {"qualify",
         "operator",
         "O",
         {{"verdict", "refuse"}, {"reason", "licence"}, {"text", "x"}},
         true},
        {"declare_priority", "bidder", "C", {}},
        {"waive_priority", "bidder", "C", {}},
        {"match", "bidder", "C", {{"price", "1000"}}},
        {"offer", "bidder", "", {{"price", "1000"}}},
        {"accept", "seller", "S", {}},
        {"auction_closed",
         "clock",
         "-",
         {{"winner", "A"}, {"price", "1500"}, {"runners", "B:1200"}}},
        {"auction_failed", "clock", "-", {{"reason", "no_bids"}}},
        {"objection_admitted", "operator", "O", {}},
        {"objection_decided", "operator", "O", {{"verdict", "rejected"}, {"document", "D"}}},
        {"objection_decided", "operator", "O", {{"verdict", "upheld"}, {"document", "D"}}},
        {"amend", "seller", "S", {{"document", "D"}, {"price", "1100"}}},
        {"suspend", "operator", "O", {{"reason", "court"}, {"document", "D"}}},
        {"resume", "operator", "O", {{"document", "D"}}},
        {"lower", "seller", "S", {{"decision", "D"}, {"price", "950"}}},
        {"sign", "seller", "S", {{"contract", "K"}, {"total", "1500"}}},
        {"pay", "treasury", "T", {{"amount", "900"}}},
        {"default", "operator", "O", {{"ground", "winner_refused"}, {"document", "D"}}},
        {"confirm_default", "operator", "O", {{"document", "D"}}},
        {"offer_second", "seller", "S", {}},
        {"accept_offer", "bidder", "", {}},
        {"decline_offer", "bidder", "", {}},
        {"annul", "supervisor", "V", {{"document", "D"}}},
        {"tick", "clock", "-", {}},
    };
    const Try& chosen = all[*rc::gen::inRange<std::size_t>(0, all.size())];
    const std::string name = *rc::gen::element<std::string>("A", "B", "C");
    ListingEvent event{chosen.action, chosen.role, chosen.actor, "", chosen.values};
    if (event.actor.empty()) event.actor = name;
    if (chosen.has_party) event.party = name;
    if (event.values.contains("terms")) event.values["terms"] = std::to_string(state.revision);
    return event;
}

struct Course {
    std::vector<std::pair<ListingEvent, base::Time>> events;
    ListingState state;
    std::vector<trade::ListingEffect> effects;
    base::Money in{};
};

Course chance_course(const base::WorkCalendar& calendar, const trade::ListingRules& rules) {
    Course course;
    course.state = published(calendar, rules);
    base::Time now = start;
    const int steps = *rc::gen::inRange(1, 90);
    for (int step = 0; step < steps; ++step) {
        now = now + base::hours(*rc::gen::element(0, 0, 0, 1, 5, 24, 72, 200));
        const ListingEvent event = chance_event(course.state);
        ListingState before = course.state;
        auto done = trade::apply(calendar, course.state, event, now);
        if (!done) {
            course.state = std::move(before);
            continue;
        }
        course.events.emplace_back(event, now);
        if (event.action == "deposit") course.in += *base::Money::parse(event.values.at("amount"));
        course.effects.insert(course.effects.end(), done->begin(), done->end());
    }
    return course;
}

RC_GTEST_PROP(ListingProperties, ReplayOfTheEventsIsTheState, ()) {
    const base::WorkCalendar calendar = plain_calendar();
    const trade::ListingRules rules = chance_rules();
    const Course course = chance_course(calendar, rules);
    ListingState again = published(calendar, rules);
    for (const auto& [event, at] : course.events) {
        const ListingEvent stored = trade::listing_event_from(trade::to_json(event));
        RC_ASSERT(stored == event);
        RC_ASSERT(trade::apply(calendar, again, stored, at).has_value());
    }
    RC_ASSERT(again == course.state);
}

RC_GTEST_PROP(ListingProperties, EveryDepositIsHeldOrWentExactlyOnce, ()) {
    const base::WorkCalendar calendar = plain_calendar();
    const Course course = chance_course(calendar, chance_rules());
    base::Money gone{};
    for (const trade::ListingEffect& effect : course.effects) {
        const bool leaves = effect.kind == "deposit_release" || effect.kind == "deposit_forfeit" ||
                            effect.kind == "deposit_apply";
        if (!leaves) continue;
        RC_ASSERT(effect.amount.minor > 0);
        gone += effect.amount;
    }
    base::Money held{};
    for (const trade::ListingParty& party : course.state.parties) {
        RC_ASSERT(!party.deposit.is_negative());
        held += party.deposit;
    }
    RC_ASSERT(course.in == held + gone);
}

RC_GTEST_PROP(ListingProperties, AtAnEndNothingIsHeldAndNothingIsDue, ()) {
    const base::WorkCalendar calendar = plain_calendar();
    const Course course = chance_course(calendar, chance_rules());
    if (!course.state.is_over()) return;
    RC_ASSERT(!trade::next_due(course.state).has_value());
    for (const trade::ListingParty& party : course.state.parties)
        RC_ASSERT(party.deposit.is_zero());
}

RC_GTEST_PROP(ListingProperties, ALateJobChangesNothing, ()) {
    const base::WorkCalendar calendar = plain_calendar();
    const Course course = chance_course(calendar, chance_rules());
    const base::Time later = course.state.last + base::days(*rc::gen::inRange(1, 120));
    ListingState by_day = course.state;
    for (base::Time at = course.state.last; at < later; at = at + base::hours(7))
        RC_ASSERT(trade::apply(calendar, by_day, {"tick", "clock", "-", "", {}}, at).has_value());
    RC_ASSERT(trade::apply(calendar, by_day, {"tick", "clock", "-", "", {}}, later).has_value());
    ListingState at_once = course.state;
    RC_ASSERT(trade::apply(calendar, at_once, {"tick", "clock", "-", "", {}}, later).has_value());
    RC_ASSERT(by_day == at_once);
}

RC_GTEST_PROP(ListingProperties, NobodyPaysLessThanAskedAndALoserWaitsAtMostTheRulesDays, ()) {
    const base::WorkCalendar calendar = plain_calendar();
    const Course course = chance_course(calendar, chance_rules());
    if (course.state.price) RC_ASSERT(*course.state.price >= base::Money::yuan(950));
    for (const trade::ListingEffect& effect : course.effects) {
        if (effect.kind != "deposit_release") continue;
        RC_ASSERT(effect.due <= course.state.last + base::days(7));
    }
}

RC_GTEST_PROP(ListingProperties, ASuspensionOfAnyLengthLeavesTheLeastRest, ()) {
    const base::WorkCalendar calendar = plain_calendar();
    ListingState state = published(calendar, chance_rules());
    const base::Time halt = start + base::hours(*rc::gen::inRange(0, 27 * 24));
    const base::Time on = halt + base::hours(*rc::gen::inRange(0, 28 * 24));
    RC_ASSERT(trade::apply(calendar, state,
                           {"suspend", "operator", "O", "", {{"reason", "x"}, {"document", "D"}}},
                           halt)
                  .has_value());
    RC_ASSERT(trade::apply(calendar, state, {"resume", "operator", "O", "", {}}, on).has_value());
    const auto left = calendar.working_days_between(
        base::date_in_shanghai(on),
        base::date_in_shanghai(*state.deadline - base::microseconds(1)));
    RC_ASSERT(left >= state.rules.resume_min);
}

RC_GTEST_PROP(ListingProperties, TheRulesReadBackAsTheyWereWritten, ()) {
    const trade::ListingRules rules = chance_rules();
    const auto again = trade::read_listing_rules(trade::write_listing_rules(rules));
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == rules);
    RC_ASSERT(trade::terms_hash(*again) == trade::terms_hash(rules));
}

RC_GTEST_PROP(ListingProperties, LaterMoneyIsNeverWorthMore, ()) {
    trade::PaymentRules rules;
    rules.discount_bp = *rc::gen::inRange(0, 10'000);
    const auto amount = base::Money::fen(*rc::gen::inRange<std::int64_t>(1, 1'000'000'000'000));
    const int sooner = *rc::gen::inRange(0, 5000), later = sooner + *rc::gen::inRange(0, 5000);
    const auto value = [&](int days) {
        trade::PaymentPart part;
        part.amount = amount;
        part.days = days;
        return trade::present_value(rules, {{part}});
    };
    RC_ASSERT(value(later) <= value(sooner));
    RC_ASSERT(value(0) == amount);
}

}  // namespace
