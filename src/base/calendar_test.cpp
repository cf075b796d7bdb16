#include "base/calendar.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/test_folder.h"

namespace base {
namespace {

/// 2026 with a week off in October and a working Saturday before it; 2027 without exceptions.
WorkCalendar sample_calendar() {
    WorkCalendar calendar;
    std::set<Date> holidays;
    for (int day = 1; day <= 7; ++day)
        holidays.insert({2026, 10, day});
    calendar.add_year(2026, holidays, {{2026, 10, 10}});
    calendar.add_year(2027, {}, {});
    return calendar;
}

TEST(WorkCalendar, MakeUpSaturdaysCountAndHolidaysDoNot) {
    WorkCalendar calendar = sample_calendar();
    EXPECT_EQ(calendar.is_working_day({2026, 10, 10}), true);   // Saturday, made up
    EXPECT_EQ(calendar.is_working_day({2026, 10, 11}), false);  // Sunday
    EXPECT_EQ(calendar.is_working_day({2026, 10, 7}), false);   // Wednesday, holiday
    EXPECT_EQ(calendar.is_working_day({2026, 10, 8}), true);
}

TEST(WorkCalendar, TheFirstDayIsNotCounted) {
    WorkCalendar calendar = sample_calendar();
    EXPECT_EQ(calendar.add_working_days({2026, 9, 30}, 1), (Date{2026, 10, 8}));
    EXPECT_EQ(calendar.add_working_days({2026, 9, 30}, 3), (Date{2026, 10, 10}));
    EXPECT_EQ(calendar.add_working_days({2026, 9, 30}, 0), (Date{2026, 9, 30}));
    EXPECT_EQ(calendar.next_working_day({2026, 10, 1}), (Date{2026, 10, 8}));
    EXPECT_EQ(calendar.next_working_day({2026, 10, 8}), (Date{2026, 10, 8}));
    EXPECT_EQ(calendar.working_days_between({2026, 9, 30}, {2026, 10, 10}), 3);
    EXPECT_EQ(calendar.working_days_between({2026, 10, 10}, {2026, 9, 30}), -3);
}

// A term that reaches a year whose holidays are announced only in November must still run.
TEST(WorkCalendar, AYearWithoutATableFollowsTheLawAndIsProvisional) {
    WorkCalendar calendar = sample_calendar();
    calendar.set_statutory({{2000, 1, 1}, {2000, 10, 1}}, {{2028, 1, 26}});
    EXPECT_FALSE(calendar.is_provisional({2027, 12, 31}));
    EXPECT_TRUE(calendar.is_provisional({2028, 1, 1}));
    EXPECT_EQ(calendar.add_working_days({2027, 12, 30}, 3), (Date{2028, 1, 4}));  // a weekend
    EXPECT_FALSE(calendar.is_working_day({2029, 1, 1}));                          // a Monday
    EXPECT_FALSE(calendar.is_working_day({2028, 1, 26}));  // a Wednesday, by the lunar calendar
    EXPECT_TRUE(calendar.is_working_day({2027, 10, 1}));   // announced: the table alone counts
}

// What was reckoned before an announcement comes out the same again on replay.
TEST(WorkCalendar, AnAnnouncementChangesNothingThatWasReckonedBeforeIt) {
    WorkCalendar calendar;
    calendar.set_statutory({{2000, 1, 1}}, {});
    calendar.add_year(2027, {{2027, 1, 1}, {2027, 1, 4}}, {}, {2026, 12, 10});
    EXPECT_TRUE(calendar.as_of({2026, 12, 9}).is_provisional({2027, 1, 4}));
    EXPECT_TRUE(calendar.as_of({2026, 12, 9}).is_working_day({2027, 1, 4}));
    EXPECT_FALSE(calendar.as_of({2026, 12, 10}).is_working_day({2027, 1, 4}));
    EXPECT_FALSE(calendar.is_working_day({2027, 1, 4}));
}

// I20: moving by a and then by b working days is moving by a + b.
RC_GTEST_PROP(WorkCalendar, DeadlinesAdd, ()) {
    WorkCalendar calendar = sample_calendar();
    Date from = Date{2026, 1, 1}.plus_days(*rc::gen::inRange(0, 500));
    int a = *rc::gen::inRange(0, 60);
    int b = *rc::gen::inRange(0, 60);
    Date in_steps = calendar.add_working_days(calendar.add_working_days(from, a), b);
    RC_ASSERT(in_steps == calendar.add_working_days(from, a + b));
    RC_ASSERT(calendar.working_days_between(from, in_steps) == a + b);
    RC_ASSERT(calendar.working_days_between(in_steps, from) == -(a + b));
}

TEST(WorkCalendar, LoadsTheRegion) {
    auto calendar = WorkCalendar::load(GUIQIAO_SOURCE_DIR "/regions/guangxi/calendar");
    ASSERT_TRUE(calendar) << describe(calendar.error());
    EXPECT_TRUE(calendar->knows(2026));
    EXPECT_EQ(calendar->is_working_day({2026, 10, 1}), false);
    EXPECT_EQ(calendar->is_working_day({2024, 9, 14}), true);   // a Saturday, made up
    EXPECT_EQ(calendar->is_working_day({2024, 4, 11}), false);  // 三月三
    // 2027 is not announced: the law's own days hold, 1 January (Friday) and Spring Festival.
    EXPECT_FALSE(calendar->knows(2027));
    EXPECT_FALSE(calendar->is_working_day({2027, 1, 1}));
    EXPECT_FALSE(calendar->is_working_day({2027, 2, 5}));  // 除夕, a Friday
    EXPECT_EQ(calendar->add_working_days({2026, 12, 31}, 1), (Date{2027, 1, 4}));
}

std::string load_refusal(std::string_view text) {
    TestFolder folder;
    folder.write("2026.yaml", text);
    auto calendar = WorkCalendar::load(folder.path());
    return calendar ? "accepted" : describe(calendar.error());
}

TEST(WorkCalendar, RefusesBrokenTablesWithTheirLine) {
    EXPECT_EQ(WorkCalendar::load("/nonexistent/calendar").error().code, "calendar_unreadable");
    EXPECT_NE(load_refusal("year: 2026\nholidays: [\"02-30\"]\n").find("2026.yaml:2"),
              std::string::npos);
    EXPECT_TRUE(load_refusal("year: 2026\nholidays: 01-01\n").starts_with("value_not_list"));
    EXPECT_TRUE(load_refusal("holidays: []\n").starts_with("key_missing"));
    EXPECT_TRUE(load_refusal("year: 2026\nholiday: []\n").starts_with("key_unknown"));
    EXPECT_TRUE(load_refusal("year: 2026\nholidays: [\"01-01\"]\nworkdays: [\"01-01\"]\n")
                    .starts_with("calendar_day_twice"));
    EXPECT_TRUE(load_refusal("year: 99999999999\n").starts_with("calendar_year_wrong"));
    EXPECT_TRUE(load_refusal("year: 2026\nknown_from: soon\n").starts_with("date_malformed"));
}

}  // namespace
}  // namespace base
