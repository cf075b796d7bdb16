#include "base/clock.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace base {
namespace {

TEST(Date, ReadsOnlyDaysThatExist) {
    EXPECT_EQ(Date::parse("2026-11-24").value(), (Date{2026, 11, 24}));
    EXPECT_EQ(Date::parse("2024-02-29").value().to_string(), "2024-02-29");
    for (const char* text : {"", "2026-11-2", "2026-1-24", "2026/11/24", "2026-04-31", "2025-02-29",
                             "2026-13-01", "2026-00-10", "2026-11-24 ", " 2026-11-24", "0000-01-01",
                             "26-11-24", "2026-11-24T00:00", "２０２６-11-24", "-026-11-24"}) {
        EXPECT_EQ(Date::parse(text).error().code, "date_malformed") << text;
    }
    EXPECT_FALSE((Date{2026, 257, 1}).exists());
    EXPECT_FALSE((Date{2026, 1, 260}).exists());
}

TEST(Date, KnowsTheWeekday) {
    EXPECT_EQ((Date{1970, 1, 1}).weekday(), 4);
    EXPECT_EQ((Date{2026, 11, 24}).weekday(), 2);
    EXPECT_EQ((Date{1969, 12, 28}).weekday(), 0);
}

TEST(Time, TheDayTurnsAtMidnightInShanghai) {
    Time before = parse_iso("2026-11-23T15:59:59.999999Z").value();
    Time after = parse_iso("2026-11-23T16:00:00Z").value();
    EXPECT_EQ(date_in_shanghai(before), (Date{2026, 11, 23}));
    EXPECT_EQ(date_in_shanghai(after), (Date{2026, 11, 24}));
    EXPECT_EQ(start_of_day({2026, 11, 24}), after);
    EXPECT_EQ(end_of_day({2026, 11, 23}), after);
    LocalTime local = local_time(before);
    EXPECT_EQ(local.hour, 23);
    EXPECT_EQ(local.second, 59);
    EXPECT_EQ(date_in_shanghai(Time{-1}), (Date{1970, 1, 1}));
    EXPECT_EQ(date_in_shanghai(Time{0} - hours(9)), (Date{1969, 12, 31}));
}

TEST(Time, ReadsIsoWithOffsetsAndFractions) {
    Time expected = parse_iso("2026-11-24T07:30:00.000000Z").value();
    EXPECT_EQ(parse_iso("2026-11-24T15:30:00+08:00").value(), expected);
    EXPECT_EQ(parse_iso("2026-11-24T02:00:00-05:30").value(), expected);
    EXPECT_EQ(parse_iso("2026-11-24T07:30Z").value(), expected);
    EXPECT_EQ(parse_iso("2026-11-24T07:30:00.25Z").value(), expected + milliseconds(250));
    EXPECT_EQ(parse_iso("2026-11-24T07:30:00.0000009Z").value(), expected);
    EXPECT_EQ(to_iso(expected), "2026-11-24T07:30:00.000000Z");
    for (const char* text :
         {"", "2026-11-24", "2026-11-24T07:30:00", "2026-11-24T24:00:00Z", "2026-11-24T07:60:00Z",
          "2026-11-24T07:30:00.Z", "2026-04-31T00:00:00Z", "2026-11-24T07:30:00Zx",
          "2026-11-24T07:30:00+25:00", "2026-11-24T07:30:0Z"}) {
        EXPECT_EQ(parse_iso(text).error().code, "time_malformed") << text;
    }
}

TEST(Time, ReadsLocalTimeOfTestFiles) {
    EXPECT_EQ(to_iso(parse_local("2026-11-24 15:30").value()), "2026-11-24T07:30:00.000000Z");
    EXPECT_EQ(to_local_string(parse_local("2026-11-24 15:30:59").value()), "2026-11-24 15:30");
    EXPECT_EQ(parse_local("2026-11-24 15").error().code, "time_malformed");
    EXPECT_EQ(parse_local("2026-11-24 15:30Z").error().code, "time_malformed");
}

TEST(Clock, StandsStillOrNeverGoesBack) {
    ManualClock manual(parse_local("2026-03-02 09:00").value());
    Time first = manual.now();
    manual.advance(minutes(5));
    EXPECT_EQ((manual.now() - first).microseconds, minutes(5).microseconds);
    manual.set(first);
    EXPECT_EQ(manual.now(), first);
    SystemClock system;
    Time earlier = system.now();
    for (int i = 0; i < 100; ++i)
        EXPECT_GE(system.now(), earlier);
    EXPECT_GE(elapsed_since_start().microseconds, 0);
}

RC_GTEST_PROP(Time, IsoRoundTrip, ()) {
    Time moment{*rc::gen::inRange<std::int64_t>(-62'135'000'000'000'000, 253'402'000'000'000'000)};
    RC_ASSERT(parse_iso(to_iso(moment)).value() == moment);
}

RC_GTEST_PROP(Date, DaysRoundTrip, ()) {
    auto days = *rc::gen::inRange<std::int64_t>(-100'000, 1'000'000);
    Date date = Date::from_days(days);
    RC_ASSERT(date.days_since_epoch() == days);
    RC_ASSERT(Date::parse(date.to_string()).value() == date);
    RC_ASSERT(date_in_shanghai(start_of_day(date)) == date);
    RC_ASSERT(date_in_shanghai(end_of_day(date) - microseconds(1)) == date);
}

}  // namespace
}  // namespace base
