#include "base/calendar.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/yaml.h"

namespace base {
namespace {

Result<std::set<Date>> read_days(int year, const Yaml& list) {
    std::set<Date> days;
    for (const Yaml& item : list.items()) {
        auto date = Date::parse(fmt::format("{:04}-{}", year, TRY(item.text())));
        if (!date) return refuse(item.fault("date_malformed", "expected MM-DD"));
        days.insert(*date);
    }
    return days;
}

}  // namespace

Result<WorkCalendar> WorkCalendar::load(const std::filesystem::path& folder) {
    WorkCalendar calendar;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        if (entry.path().extension() != ".yaml") continue;
        Yaml file = TRY(Yaml::load(entry.path()));
        TRY(file.only_keys({"year", "source", "holidays", "workdays"}));
        int year = static_cast<int>(TRY(TRY(file.required("year")).integer()));
        calendar.add_year(year, TRY(read_days(year, file["holidays"])),
                          TRY(read_days(year, file["workdays"])));
    }
    return calendar;
}

void WorkCalendar::add_year(int year, std::set<Date> holidays, std::set<Date> extra_workdays) {
    years_[year] = Year{std::move(holidays), std::move(extra_workdays)};
}

Result<bool> WorkCalendar::is_working_day(Date date) const {
    auto year = years_.find(date.year);
    if (year == years_.end()) {
        return refuse(conflict("calendar_year_missing").with("year", std::to_string(date.year)));
    }
    if (year->second.extra_workdays.contains(date)) return true;
    if (year->second.holidays.contains(date)) return false;
    int weekday = date.weekday();
    return weekday != 0 && weekday != 6;
}

Result<Date> WorkCalendar::add_working_days(Date from, int count) const {
    Date day = from;
    while (count > 0) {
        day = day.plus_days(1);
        if (TRY(is_working_day(day))) --count;
    }
    return day;
}

Result<Date> WorkCalendar::next_working_day(Date date) const {
    while (!TRY(is_working_day(date))) date = date.plus_days(1);
    return date;
}

Result<int> WorkCalendar::working_days_between(Date from, Date to) const {
    if (to < from) return -TRY(working_days_between(to, from));
    int count = 0;
    for (Date day = from.plus_days(1); day <= to; day = day.plus_days(1)) {
        if (TRY(is_working_day(day))) ++count;
    }
    return count;
}

}  // namespace base
