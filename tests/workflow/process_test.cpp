#include "workflow/process.h"

#include <gtest/gtest.h>

#include "base/yaml.h"
#include "people.h"

namespace workflow {
namespace {

const std::filesystem::path region = std::filesystem::path(GUIQIAO_SOURCE_DIR) / "regions/guangxi";

const base::WorkCalendar& calendar() {
    static const base::WorkCalendar loaded = *base::WorkCalendar::load(region / "calendar");
    return loaded;
}

const Process& entry() {
    static const Process loaded = [] {
        auto process = Process::load(region / "processes/entry.yaml");
        EXPECT_TRUE(process) << (process ? "" : base::describe(process.error()));
        return *process;
    }();
    return loaded;
}

base::Time at(std::string_view local) {
    return *base::parse_local(local);
}

CaseState in(std::string state) {
    return {.state = std::move(state),
            .standing = test::standing(),
            .since = at("2026-03-02 09:00"),
            .due = {},
            .paused_remaining = {},
            .attachment_kinds = {}};
}

Event event(std::string transition, std::string reason = {}, std::string text = {}) {
    return {std::move(transition), std::move(reason), std::move(text), {}};
}

const std::vector<std::string> reasons{"unclear", "incomplete"};

std::string outcome(const CaseState& state, const Event& wish, const party::Actor& actor) {
    auto step = entry().step(state, wish, actor, at("2026-03-02 09:00"), calendar(), reasons);
    return step ? "-> " + step->to : step.error().code;
}

TEST(Process, TheFileOfTheRegionIsSound) {
    EXPECT_EQ(entry().code(), "entry");
    EXPECT_EQ(entry().initial(), "draft");
    EXPECT_EQ(entry().faults(), std::vector<std::string>{});
}

TEST(Process, StepTable) {
    struct Row {
        std::string state;
        Event event;
        party::Actor actor;
        std::string expected;
    };
    const party::Actor nanning = test::officer("450100");
    const std::vector<Row> table{
        {"draft", event("submit"), test::owner(), "-> submitted"},
        {"returned", event("submit"), test::owner(), "-> submitted"},
        {"draft", event("submit"), test::other_owner(), "not_permitted"},
        {"draft", event("submit"), nanning, "not_permitted"},
        {"draft", event("submit"), party::Actor::visitor(), "not_signed_in"},
        {"submitted", event("submit"), test::owner(), "wrong_state"},
        {"draft", event("fly"), test::owner(), "transition_unknown"},
        {"submitted", event("publish"), nanning, "-> published"},
        {"submitted", event("publish"), test::officer("450000"), "-> published"},
        {"submitted", event("publish"), test::officer("450102"), "-> published"},
        {"submitted", event("publish"), test::officer("450200"), "not_permitted"},
        {"submitted", event("publish"), test::officer("450103"), "not_permitted"},
        {"submitted", event("publish"), test::owner(), "not_permitted"},
        {"submitted", event("return", "unclear", "看不出解决什么问题"), nanning, "-> returned"},
        {"submitted", event("return", "", "看不出解决什么问题"), nanning, "reason_missing"},
        {"submitted", event("return", "weather", "看不出解决什么问题"), nanning, "reason_unknown"},
        {"submitted", event("return", "unclear", ""), nanning, "text_missing"},
        {"submitted", event("return", "unclear", " 不清楚 "), nanning, "text_missing"},
        {"submitted", event("return", "unclear", std::string(2001, 'x')), nanning, "text_too_long"},
        {"submitted", event("return", "unclear", std::string("four\0five", 9)), nanning,
         "field_control_characters"},
        {"submitted", event("publish", "unclear"), nanning, "reason_unknown"},
        {"published", event("expire"), party::Actor::system(), "-> expired"},
        {"published", event("expire"), test::owner(), "not_permitted"},
        {"expired", event("renew"), test::owner(), "-> published"},
        {"withdrawn", event("renew"), test::owner(), "wrong_state"},
        {"closed", event("close"), test::owner(), "wrong_state"},
    };
    for (const Row& row : table) {
        EXPECT_EQ(outcome(in(row.state), row.event, row.actor), row.expected)
            << row.state << " " << row.event.transition << " by " << row.actor.name;
    }
}

TEST(Process, ReviewEndsWithTheTenthWorkingDay) {
    // 2026-03-02 is a Monday; no holidays in the two weeks after it.
    auto step = entry().enter("submitted", at("2026-03-02 09:00"), calendar());
    EXPECT_EQ(base::to_local_string(*step.due), "2026-03-17 00:00");
    EXPECT_EQ(base::to_local_string(*step.remind_at), "2026-03-12 00:00");
}

TEST(Process, HolidaysAndMakeUpDaysCount) {
    // National Day 2026: 1–7 October off; 20 September (Sunday) and 10 October (Saturday) worked.
    auto step = entry().enter("submitted", at("2026-09-28 23:59"), calendar());
    EXPECT_EQ(base::to_local_string(*step.due), "2026-10-17 00:00");
}

// 2027 is not announced yet: ten working days after 28 December, 1 January off by law, by the week.
TEST(Process, ADeadlineInAYearWithoutCalendarFollowsTheLaw) {
    auto step = entry().enter("submitted", at("2026-12-28 09:00"), calendar());
    EXPECT_EQ(base::to_local_string(*step.due), "2027-01-13 00:00");
}

TEST(Process, ButtonsFollowPermissionAndState) {
    auto codes = [](const CaseState& state, const party::Actor& actor) {
        std::string result;
        for (const Transition* item : entry().available(state, actor))
            result += item->code + " ";
        return result;
    };
    EXPECT_EQ(codes(in("draft"), test::owner()), "submit discard ");
    EXPECT_EQ(codes(in("submitted"), test::owner()), "retract ");
    EXPECT_EQ(codes(in("submitted"), test::officer("450100")), "return publish ");
    EXPECT_EQ(codes(in("submitted"), test::officer("450200")), "");
    EXPECT_EQ(codes(in("withdrawn"), test::owner()), "");
}

// A notice of 15 days whose clock stops while an objection is decided.
constexpr std::string_view notice_yaml = R"(
process: notice
version: 3
title: {zh: 公示, en: Notice}
initial: running
states:
  running:
    title: {zh: 公示中, en: Running}
    public: yes
    clock:
      calendar_days: 15
      ends_on_working_day: yes
      resume_days_min: 3
      on_due: {transition: finish}
      source: "test"
  objected:
    title: {zh: 异议处理, en: Objection}
    waits_for: [officer@place]
    clock: {working_days: 15, on_due: {escalate_to: officer}, source: "test"}
  done: {title: {zh: 完成, en: Done}, final: yes}
transitions:
  object: {title: {zh: 异议, en: Object}, from: running, to: objected, who: anyone, clock: pause}
  again: {title: {zh: 再次异议, en: Again}, from: objected, to: objected, who: anyone, clock: keep}
  overrule:
    title: {zh: 驳回, en: Overrule}
    from: objected
    to: running
    who: officer@place
    clock: resume
    needs_files: [minutes]
  finish: {title: {zh: 期满, en: Finish}, from: running, to: done, who: clock}
)";

Process notice() {
    return *Process::from(*base::Yaml::parse(notice_yaml, "notice.yaml"));
}

TEST(Process, CalendarDaysEndOnAWorkingDay) {
    // 2026-03-06 + 15 days = Saturday 21 March: moved to Monday 23 March, ends at its midnight.
    auto step = notice().enter("running", at("2026-03-06 10:00"), calendar());
    EXPECT_EQ(base::to_local_string(*step.due), "2026-03-24 00:00");
}

TEST(Process, AnObjectionStopsTheClockAndGivesBackWhatWasLeft) {
    Process process = notice();
    CaseState state = in("running");
    state.due = process.enter("running", at("2026-03-02 10:00"), calendar()).due;
    ASSERT_EQ(base::to_local_string(*state.due), "2026-03-18 00:00");

    auto paused = process.step(state, event("object"), party::Actor::visitor(),
                               at("2026-03-09 00:00"), calendar(), {});
    ASSERT_TRUE(paused);
    EXPECT_EQ(paused->paused_remaining, base::days(9));
    EXPECT_EQ(base::to_local_string(*paused->due),
              "2026-03-31 00:00");  // the objection's own clock

    state.state = "objected";
    state.due = paused->due;
    state.paused_remaining = paused->paused_remaining;
    auto kept = process.step(state, event("again"), party::Actor::visitor(), at("2026-03-10 00:00"),
                             calendar(), {});
    EXPECT_EQ(kept->due, state.due);
    EXPECT_EQ(kept->paused_remaining, base::days(9));

    auto without_file = process.step(state, event("overrule"), test::officer("450100"),
                                     at("2026-03-19 15:00"), calendar(), {});
    EXPECT_EQ(without_file.error().code, "attachment_missing");
    EXPECT_EQ(without_file.error().parameters.at("kind"), "minutes");

    state.attachment_kinds = {"minutes"};
    auto resumed = process.step(state, event("overrule"), test::officer("450100"),
                                at("2026-03-19 15:00"), calendar(), {});
    ASSERT_TRUE(resumed);
    // 9 days after 19 March 15:00 is Saturday 28 March; to the end of Monday 30 March.
    EXPECT_EQ(base::to_local_string(*resumed->due), "2026-03-31 00:00");
    EXPECT_FALSE(resumed->paused_remaining);
}

TEST(Process, ResumingLeavesAtLeastTheMinimum) {
    Process process = notice();
    CaseState state = in("objected");
    state.paused_remaining = base::minutes(5);
    state.attachment_kinds = {"minutes"};
    auto resumed = process.step(state, event("overrule"), test::officer("450102"),
                                at("2026-03-09 15:00"), calendar(), {});
    EXPECT_EQ(base::to_local_string(*resumed->due), "2026-03-13 00:00");
}

struct Broken {
    std::string from;
    std::string to;
    std::string code;
};

TEST(Process, FilesWithMistakesAreRefusedWithTheirLine) {
    const std::vector<Broken> table{
        {"initial: running", "initial: walking", "state_unknown"},
        {"version: 3", "verison: 3", "key_unknown"},
        {"from: running, to: objected", "from: nowhere, to: objected", "state_unknown"},
        {"from: objected, to: objected", "from: objected, to: nowhere", "state_unknown"},
        {"from: objected, to: objected", "from: done, to: objected", "state_final"},
        {"who: clock", "who: \"*@own\"", "due_transition_unfit"},
        {"who: clock", "who: martians@place@x", "who_unknown"},
        {"calendar_days: 15", "calendar_days: 15\n      working_days: 3", "clock_unclear"},
        {"calendar_days: 15", "calendar_days: -1", "value_out_of_range"},
        {"on_due: {transition: finish}", "on_due: {transition: end}", "transition_unknown"},
        {"final: yes", "final: maybe", "value_not_boolean"},
        {"clock: pause", "clock: stop", "clock_action_unknown"},
    };
    for (const Broken& row : table) {
        std::string text(notice_yaml);
        std::size_t place = text.find(row.from);
        ASSERT_NE(place, text.npos) << row.from;
        text.replace(place, row.from.size(), row.to);
        auto root = base::Yaml::parse(text, "broken.yaml");
        ASSERT_TRUE(root) << row.to << " " << base::describe(root.error());
        auto process = Process::from(*root);
        ASSERT_FALSE(process) << row.to;
        EXPECT_EQ(process.error().code, row.code) << row.to << " " << process.error().detail;
        EXPECT_NE(process.error().detail.find("broken.yaml:"), std::string::npos) << row.to;
    }
}

TEST(Process, ChecksNameDeadAndUnreachableStates) {
    auto process = Process::from(*base::Yaml::parse(R"(
process: odd
version: 1
title: odd
initial: one
states:
  one: {title: one, waits_for: [anyone]}
  two: {title: two}
  three: {title: three, clock: {working_days: 2, source: x}}
transitions:
  go: {title: go, from: one, to: two, who: signed_in}
)",
                                                    "odd.yaml"));
    ASSERT_TRUE(process) << base::describe(process.error());
    EXPECT_EQ(process->faults(),
              (std::vector<std::string>{"odd: state 'one' waits for 'anyone', which is no queue",
                                        "odd: state 'three' cannot be reached",
                                        "odd: state 'three' has no way out and is not final",
                                        "odd: state 'three' has a clock that ends in nothing",
                                        "odd: state 'two' has no way out and is not final",
                                        "odd: state 'two' waits for nobody and has no clock"}));
}

}  // namespace
}  // namespace workflow
