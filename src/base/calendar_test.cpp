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
    EXPECT_EQ(calendar.is_working_day({2026, 10, 10}).value(), true);   // Saturday, made up
    EXPECT_EQ(calendar.is_working_day({2026, 10, 11}).value(), false);  // Sunday
    EXPECT_EQ(calendar.is_working_day({2026, 10, 7}).value(), false);   // Wednesday, holiday
    EXPECT_EQ(calendar.is_working_day({2026, 10, 8}).value(), true);
}

TEST(WorkCalendar, TheFirstDayIsNotCounted) {
    WorkCalendar calendar = sample_calendar();
    EXPECT_EQ(calendar.add_working_days({2026, 9, 30}, 1).value(), (Date{2026, 10, 8}));
    EXPECT_EQ(calendar.add_working_days({2026, 9, 30}, 3).value(), (Date{2026, 10, 10}));
    EXPECT_EQ(calendar.add_working_days({2026, 9, 30}, 0).value(), (Date{2026, 9, 30}));
    EXPECT_EQ(calendar.next_working_day({2026, 10, 1}).value(), (Date{2026, 10, 8}));
    EXPECT_EQ(calendar.next_working_day({2026, 10, 8}).value(), (Date{2026, 10, 8}));
    EXPECT_EQ(calendar.working_days_between({2026, 9, 30}, {2026, 10, 10}).value(), 3);
    EXPECT_EQ(calendar.working_days_between({2026, 10, 10}, {2026, 9, 30}).value(), -3);
}

TEST(WorkCalendar, AYearWithoutATableIsNotGuessed) {
    WorkCalendar calendar = sample_calendar();
    Error reason = calendar.add_working_days({2027, 12, 30}, 3).error();
    EXPECT_EQ(reason.code, "calendar_year_missing");
    EXPECT_EQ(reason.parameters.at("year"), "2028");
    EXPECT_EQ(calendar.is_working_day({2025, 1, 6}).error().code, "calendar_year_missing");
    EXPECT_EQ(calendar.add_working_days({2027, 12, 30}, 1).value(), (Date{2027, 12, 31}));
}

// I20: moving by a and then by b working days is moving by a + b.
RC_GTEST_PROP(WorkCalendar, DeadlinesAdd, ()) {
    WorkCalendar calendar = sample_calendar();
    Date from = Date{2026, 1, 1}.plus_days(*rc::gen::inRange(0, 500));
    int a = *rc::gen::inRange(0, 60);
    int b = *rc::gen::inRange(0, 60);
    Date in_steps =
        calendar.add_working_days(calendar.add_working_days(from, a).value(), b).value();
    RC_ASSERT(in_steps == calendar.add_working_days(from, a + b).value());
    RC_ASSERT(calendar.working_days_between(from, in_steps).value() == a + b);
    RC_ASSERT(calendar.working_days_between(in_steps, from).value() == -(a + b));
}

TEST(WorkCalendar, LoadsTheRegion) {
    auto calendar = WorkCalendar::load(GUIQIAO_SOURCE_DIR "/regions/guangxi/calendar");
    ASSERT_TRUE(calendar) << describe(calendar.error());
    EXPECT_TRUE(calendar->knows(2026));
    EXPECT_EQ(calendar->is_working_day({2026, 10, 1}).value(), false);
    EXPECT_EQ(calendar->is_working_day({2024, 9, 14}).value(), true);   // a Saturday, made up
    EXPECT_EQ(calendar->is_working_day({2024, 4, 11}).value(), false);  // 三月三
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
}

}  // namespace
}  // namespace base
