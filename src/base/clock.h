#pragma once

#include <compare>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace base {

/// A length of time in microseconds. A type of its own so that a count of days is never taken for one.
struct Duration {
    std::int64_t microseconds = 0;

    auto operator<=>(const Duration&) const = default;
    Duration operator+(Duration other) const { return {microseconds + other.microseconds}; }
    Duration operator-(Duration other) const { return {microseconds - other.microseconds}; }
    Duration operator*(std::int64_t factor) const { return {microseconds * factor}; }
    double seconds() const { return static_cast<double>(microseconds) / 1e6; }
};

constexpr Duration microseconds(std::int64_t count) {
    return {count};
}
constexpr Duration milliseconds(std::int64_t count) {
    return {count * 1'000};
}
constexpr Duration seconds(std::int64_t count) {
    return {count * 1'000'000};
}
constexpr Duration minutes(std::int64_t count) {
    return seconds(count * 60);
}
constexpr Duration hours(std::int64_t count) {
    return minutes(count * 60);
}
constexpr Duration days(std::int64_t count) {
    return hours(count * 24);
}

/// A moment: microseconds since 1970-01-01T00:00:00Z. This is what is stored; people see
/// Asia/Shanghai (see Date and LocalTime), which has had no clock changes since 1991.
struct Time {
    std::int64_t microseconds = 0;

    auto operator<=>(const Time&) const = default;
    Time operator+(Duration length) const { return {microseconds + length.microseconds}; }
    Time operator-(Duration length) const { return {microseconds - length.microseconds}; }
    Duration operator-(Time earlier) const { return {microseconds - earlier.microseconds}; }
};

/// A calendar day in Asia/Shanghai.
struct Date {
    int year = 1970;
    int month = 1;
    int day = 1;

    auto operator<=>(const Date&) const = default;
    std::int64_t days_since_epoch() const;
    static Date from_days(std::int64_t days_since_epoch);
    Date plus_days(std::int64_t count) const { return from_days(days_since_epoch() + count); }
    /// 0 = Sunday … 6 = Saturday.
    int weekday() const;
    bool exists() const;
    /// "2026-11-24"
    std::string to_string() const;
    /// Strict ISO form only; `date_malformed` otherwise, also for 31 April.
    static Result<Date> parse(std::string_view text);
};

struct LocalTime {
    Date date;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

inline constexpr Duration shanghai_offset = hours(8);

Date date_in_shanghai(Time moment);
LocalTime local_time(Time moment);
/// 00:00 in Asia/Shanghai of that day.
Time start_of_day(Date date);
/// The first moment after that day: a period "to the end of 16 September" ends here, exclusive.
Time end_of_day(Date date);

/// "2026-11-24T07:30:00.000000Z"; the only stored and exchanged form of a moment.
std::string to_iso(Time moment);
/// Reads to_iso's form, also with fewer fraction digits or an offset such as +08:00.
Result<Time> parse_iso(std::string_view text);
/// "2026-11-24 15:30" in Asia/Shanghai, for logs and test files.
std::string to_local_string(Time moment);
/// Reads "2026-11-24 15:30[:05]" as Asia/Shanghai.
Result<Time> parse_local(std::string_view text);

/// Where the present comes from. Passed in everywhere: nothing else may ask the system.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Time now() const = 0;
};

/// The machine's clock, made monotonic: never earlier than a moment already given. Thread-safe.
class SystemClock final : public Clock {
  public:
    Time now() const override;

  private:
    mutable std::mutex mutex_;
    mutable Time last_;
};

/// A clock that stands still until told otherwise, for tests and simulation. Thread-safe.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(Time start) : now_(start) {}
    Time now() const override;
    void set(Time moment);
    void advance(Duration length);

  private:
    mutable std::mutex mutex_;
    Time now_;
};

/// Time for measuring how long something took (never for stored facts).
Duration elapsed_since_start();

}  // namespace base
