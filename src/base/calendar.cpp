#include "base/calendar.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/yaml.h"

namespace base {
namespace {

Result<std::set<Date>> read_days(int year, const Yaml& list) {
    std::set<Date> days;
    if (list.is_defined() && !list.is_list()) {
        return refuse(list.fault("value_not_list", "expected a list of days"));
    }
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
    std::error_code problem;
    std::filesystem::directory_iterator entries(folder, problem);
    if (problem) {
        return refuse(invalid("calendar_unreadable").saying(folder.string() + ": cannot be read"));
    }
    for (const auto& entry : entries) {
        if (entry.path().extension() != ".yaml") continue;
        Yaml file = TRY(Yaml::load(entry.path()));
        TRY(file.only_keys({"year", "source", "holidays", "workdays"}));
        Yaml year_node = TRY(file.required("year"));
        long long year = TRY(year_node.integer());
        if (year < 1 || year > 9999 || calendar.knows(static_cast<int>(year))) {
            return refuse(year_node.fault("calendar_year_wrong", "no such year, or there twice"));
        }
        auto holidays = TRY(read_days(static_cast<int>(year), file["holidays"]));
        auto workdays = TRY(read_days(static_cast<int>(year), file["workdays"]));
        for (Date day : workdays) {
            if (!holidays.contains(day)) continue;
            return refuse(file["workdays"].fault("calendar_day_twice",
                                                 day.to_string() + " is a holiday and a workday"));
        }
        calendar.add_year(static_cast<int>(year), std::move(holidays), std::move(workdays));
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
    CHECK(count >= 0);
    Date day = from;
    while (count > 0) {
        day = day.plus_days(1);
        if (TRY(is_working_day(day))) --count;
    }
    return day;
}

Result<Date> WorkCalendar::next_working_day(Date date) const {
    while (!TRY(is_working_day(date)))
        date = date.plus_days(1);
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
