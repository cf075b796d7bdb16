#include "base/clock.h"

#include <charconv>
#include <chrono>

#include <fmt/format.h>

namespace base {
namespace {

constexpr std::int64_t microseconds_per_day = 86'400'000'000;

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
    return value / by - (value % by < 0 ? 1 : 0);
}

/// Reads exactly `count` digits at `at` and moves on; -1 if they are not there.
int read_digits(std::string_view text, std::size_t& at, std::size_t count) {
    if (at + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        char c = text[at + i];
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    at += count;
    return value;
}

bool read_char(std::string_view text, std::size_t& at, char expected) {
    if (at >= text.size() || text[at] != expected) return false;
    ++at;
    return true;
}

struct DayTime {
    int hour = -1;
    int minute = -1;
    int second = 0;
    bool valid() const {
        return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
    }
};

DayTime read_day_time(std::string_view text, std::size_t& at) {
    DayTime time;
    time.hour = read_digits(text, at, 2);
    if (!read_char(text, at, ':')) return {};
    time.minute = read_digits(text, at, 2);
    if (read_char(text, at, ':')) time.second = read_digits(text, at, 2);
    return time;
}

Time moment_of(Date date, DayTime time) {
    return Time{date.days_since_epoch() * microseconds_per_day} + hours(time.hour) +
           minutes(time.minute) + seconds(time.second);
}

Error malformed_time(std::string_view text) {
    return invalid("time_malformed").with("value", text.substr(0, 40));
}

}  // namespace

std::int64_t Date::days_since_epoch() const {
    using namespace std::chrono;
    return sys_days(std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month)) /
                    std::chrono::day(static_cast<unsigned>(day)))
        .time_since_epoch()
        .count();
}

Date Date::from_days(std::int64_t days_since_epoch) {
    using namespace std::chrono;
    year_month_day ymd{sys_days(std::chrono::days(days_since_epoch))};
    return {static_cast<int>(ymd.year()), static_cast<int>(static_cast<unsigned>(ymd.month())),
            static_cast<int>(static_cast<unsigned>(ymd.day()))};
}

int Date::weekday() const {
    return static_cast<int>((days_since_epoch() % 7 + 7 + 4) % 7);  // 1970-01-01 was a Thursday
}

bool Date::exists() const {
    using namespace std::chrono;
    if (month < 1 || month > 12 || day < 1 || day > 31) return false;  // chrono keeps 8 bits
    if (year < 1 || year > 9999) return false;
    return (std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month)) /
            std::chrono::day(static_cast<unsigned>(day)))
        .ok();
}

std::string Date::to_string() const {
    return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

Result<Date> Date::parse(std::string_view text) {
    std::size_t at = 0;
    Date date;
    date.year = read_digits(text, at, 4);
    bool dash1 = read_char(text, at, '-');
    date.month = read_digits(text, at, 2);
    bool dash2 = read_char(text, at, '-');
    date.day = read_digits(text, at, 2);
    if (!dash1 || !dash2 || at != text.size() || !date.exists()) {
        return refuse(invalid("date_malformed").with("value", text.substr(0, 40)));
    }
    return date;
}

Date date_in_shanghai(Time moment) {
    return Date::from_days(
        floor_divide((moment + shanghai_offset).microseconds, microseconds_per_day));
}

LocalTime local_time(Time moment) {
    std::int64_t local = (moment + shanghai_offset).microseconds;
    std::int64_t day = floor_divide(local, microseconds_per_day);
    std::int64_t second = (local - day * microseconds_per_day) / 1'000'000;
    return {Date::from_days(day), static_cast<int>(second / 3600),
            static_cast<int>(second / 60 % 60), static_cast<int>(second % 60)};
}

Time start_of_day(Date date) {
    return Time{date.days_since_epoch() * microseconds_per_day} - shanghai_offset;
}

Time end_of_day(Date date) {
    return start_of_day(date.plus_days(1));
}

std::string to_iso(Time moment) {
    std::int64_t day = floor_divide(moment.microseconds, microseconds_per_day);
    std::int64_t rest = moment.microseconds - day * microseconds_per_day;
    std::int64_t second = rest / 1'000'000;
    return fmt::format("{}T{:02}:{:02}:{:02}.{:06}Z", Date::from_days(day).to_string(),
                       second / 3600, second / 60 % 60, second % 60, rest % 1'000'000);
}

Result<Time> parse_iso(std::string_view text) {
    if (text.size() < 11 || (text[10] != 'T' && text[10] != ' '))
        return refuse(malformed_time(text));
    auto date = Date::parse(text.substr(0, 10));
    std::size_t at = 11;
    DayTime day_time = read_day_time(text, at);
    if (!date || !day_time.valid()) return refuse(malformed_time(text));
    Time moment = moment_of(*date, day_time);
    if (read_char(text, at, '.')) {
        std::int64_t scale = 100'000;
        std::size_t first = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
            moment = moment + microseconds((text[at] - '0') * scale);
            scale /= 10;
            ++at;
        }
        if (at == first) return refuse(malformed_time(text));
    }
    if (read_char(text, at, 'Z') && at == text.size()) return moment;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
        bool ahead = text[at++] == '+';
        DayTime offset = read_day_time(text, at);
        if (offset.valid() && at == text.size()) {
            Duration length = hours(offset.hour) + minutes(offset.minute);
            return ahead ? moment - length : moment + length;
        }
    }
    return refuse(malformed_time(text));
}

std::string to_local_string(Time moment) {
    LocalTime local = local_time(moment);
    return fmt::format("{} {:02}:{:02}", local.date.to_string(), local.hour, local.minute);
}

Result<Time> parse_local(std::string_view text) {
    if (text.size() < 16 || (text[10] != ' ' && text[10] != 'T'))
        return refuse(malformed_time(text));
    auto date = Date::parse(text.substr(0, 10));
    std::size_t at = 11;
    DayTime day_time = read_day_time(text, at);
    if (!date || !day_time.valid() || at != text.size()) return refuse(malformed_time(text));
    return moment_of(*date, day_time) - shanghai_offset;
}

Time SystemClock::now() const {
    using namespace std::chrono;
    Time moment{
        duration_cast<std::chrono::microseconds>(system_clock::now().time_since_epoch()).count()};
    std::lock_guard lock(mutex_);
    if (moment > last_) last_ = moment;
    return last_;
}

Time ManualClock::now() const {
    std::lock_guard lock(mutex_);
    return now_;
}

void ManualClock::set(Time moment) {
    std::lock_guard lock(mutex_);
    now_ = moment;
}

void ManualClock::advance(Duration length) {
    std::lock_guard lock(mutex_);
    now_ = now_ + length;
}

Duration elapsed_since_start() {
    using namespace std::chrono;
    static const auto start = steady_clock::now();
    return {duration_cast<std::chrono::microseconds>(steady_clock::now() - start).count()};
}

}  // namespace base
