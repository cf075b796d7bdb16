#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "base/yaml.h"
#include "people.h"
#include "workflow/process.h"

namespace workflow {
namespace {

/// A calendar of ten years in which only the week and a few odd days count.
const base::WorkCalendar& calendar() {
    static const base::WorkCalendar made = [] {
        base::WorkCalendar result;
        for (int year = 2024; year < 2040; ++year) {
            result.add_year(year, {{year, 1, 1}, {year, 5, 1}, {year, 10, 1}}, {{year, 10, 11}});
        }
        return result;
    }();
    return made;
}

struct Rule {
    int days;
    bool working;
    bool ends_on_working_day;
    int resume_days_min;
    int remind_before;
};

Process process_with(const Rule& rule) {
    std::string clock = std::string(rule.working ? "working_days: " : "calendar_days: ") +
                        std::to_string(rule.days) +
                        ", ends_on_working_day: " + (rule.ends_on_working_day ? "yes" : "no") +
                        ", resume_days_min: " + std::to_string(rule.resume_days_min) +
                        ", remind_before: " + std::to_string(rule.remind_before);
    std::string text = R"(
process: p
version: 1
title: p
initial: a
states:
  a: {title: a, clock: {)" +
                       clock + R"(, on_due: {escalate_to: officer}, source: x}}
  b: {title: b}
  z: {title: z, final: yes}
transitions:
  stay: {title: t, from: [a, b], to: a, who: anyone}
  pause: {title: t, from: [a, b], to: b, who: anyone, clock: pause}
  resume: {title: t, from: b, to: a, who: anyone, clock: resume}
  keep: {title: t, from: a, to: a, who: anyone, clock: keep}
  end: {title: t, from: [a, b], to: z, who: anyone}
)";
    return *Process::from(*base::Yaml::parse(text, "p.yaml"));
}

rc::Gen<Rule> rules() {
    return rc::gen::build<Rule>(
        rc::gen::set(&Rule::days, rc::gen::inRange(1, 60)),
        rc::gen::set(&Rule::working, rc::gen::arbitrary<bool>()),
        rc::gen::set(&Rule::ends_on_working_day, rc::gen::arbitrary<bool>()),
        rc::gen::set(&Rule::resume_days_min, rc::gen::inRange(0, 20)),
        rc::gen::set(&Rule::remind_before, rc::gen::inRange(0, 10)));
}

base::Time arbitrary_moment() {
    base::Time first = base::start_of_day({2024, 6, 1});
    return first + base::seconds(*rc::gen::inRange<std::int64_t>(0, 86'400LL * 365 * 5));
}

TEST(ProcessProperty, DueIsNeverBeforeNowAndTheReminderLiesBetween) {
    bool passed = rc::check([] {
        Rule rule = *rules();
        base::Time now = arbitrary_moment();
        auto step = process_with(rule).enter("a", now, calendar());
        RC_ASSERT(*step.due > now);
        RC_ASSERT(*step.due - now > base::days(rule.days - 1));
        if (step.remind_at) RC_ASSERT(*step.remind_at > now && *step.remind_at < *step.due);
        bool on_working_day =
            calendar().is_working_day(base::date_in_shanghai(*step.due - base::microseconds(1)));
        RC_ASSERT(on_working_day || (!rule.working && !rule.ends_on_working_day));
    });
    EXPECT_TRUE(passed);
}

TEST(ProcessProperty, NothingLeavesAFinalState) {
    bool passed = rc::check([] {
        Process process = process_with(*rules());
        CaseState state{.state = "z",
                        .standing = test::standing(),
                        .since = {},
                        .due = {},
                        .paused_remaining = {},
                        .attachment_kinds = {}};
        Event event;
        event.transition = *rc::gen::element<std::string>("stay", "pause", "resume", "keep", "end");
        auto actor = *rc::gen::element(party::Actor::visitor(), party::Actor::system(),
                                       test::owner(), test::officer("450000"));
        auto step = process.step(state, event, actor, arbitrary_moment(), calendar(), {});
        RC_ASSERT(!step.has_value());
        RC_ASSERT(step.error().code == "wrong_state");
    });
    EXPECT_TRUE(passed);
}

TEST(ProcessProperty, PauseAndResumeNeverLoseTime) {
    bool passed = rc::check([] {
        Rule rule = *rules();
        Process process = process_with(rule);
        base::Time now = arbitrary_moment();
        CaseState state{.state = "a",
                        .standing = test::standing(),
                        .since = now,
                        .due = process.enter("a", now, calendar()).due,
                        .paused_remaining = {},
                        .attachment_kinds = {}};
        Event event;
        for (int i = 0; i < 6; ++i) {
            now = now + base::minutes(*rc::gen::inRange(0, 60 * 24 * 20));
            event.transition = state.state == "a" ? "pause" : "resume";
            auto before = state;
            auto step = process.step(state, event, party::Actor::visitor(), now, calendar(), {});
            RC_ASSERT(step.has_value());
            state.state = step->to;
            state.due = step->due;
            state.paused_remaining = step->paused_remaining;
            if (event.transition == "pause") {
                RC_ASSERT(!state.due);
                RC_ASSERT(*state.paused_remaining == std::max(*before.due - now, base::Duration{}));
                continue;
            }
            RC_ASSERT(!state.paused_remaining);
            RC_ASSERT(*state.due - now >= *before.paused_remaining);
            RC_ASSERT(*state.due - now >= base::days(rule.resume_days_min));
            RC_ASSERT(*state.due >= now);
        }
    });
    EXPECT_TRUE(passed);
}

}  // namespace
}  // namespace workflow
