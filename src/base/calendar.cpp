#include "base/calendar.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/yaml.h"

namespace base {
namespace {

/// Days of one year, written MM-DD.
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

Result<Date> read_date(const Yaml& item) {
    auto date = Date::parse(TRY(item.text()));
    if (!date) return refuse(item.fault("date_malformed", "expected YYYY-MM-DD"));
    return *date;
}

Status read_statutory(WorkCalendar& calendar, const Yaml& file) {
    TRY(file.only_keys({"source", "days", "dated"}));
    constexpr int leap_year = 2000;
    auto every_year = TRY(read_days(leap_year, TRY(file.required("days"))));
    std::set<Date> dated;
    for (const Yaml& item : file["dated"].items())
        dated.insert(TRY(read_date(item)));
    calendar.set_statutory(every_year, std::move(dated));
    return {};
}

Status read_year(WorkCalendar& calendar, const Yaml& file) {
    TRY(file.only_keys({"year", "source", "known_from", "holidays", "workdays"}));
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
    Date known_from;
    if (file["known_from"].is_defined()) known_from = TRY(read_date(file["known_from"]));
    calendar.add_year(static_cast<int>(year), std::move(holidays), std::move(workdays), known_from);
    return {};
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
        const Yaml file = TRY(Yaml::load(entry.path()));
        const bool is_statutory = entry.path().stem() == "statutory";
        TRY(is_statutory ? read_statutory(calendar, file) : read_year(calendar, file));
    }
    return calendar;
}

void WorkCalendar::add_year(int year, std::set<Date> holidays, std::set<Date> extra_workdays,
                            Date known_from) {
    auto next = std::make_shared<Tables>(*tables_);
    next->years[year] = Year{std::move(holidays), std::move(extra_workdays), known_from};
    tables_ = std::move(next);
}

void WorkCalendar::set_statutory(const std::set<Date>& every_year, std::set<Date> dated) {
    auto next = std::make_shared<Tables>(*tables_);
    next->every_year.clear();
    for (Date day : every_year)
        next->every_year.emplace(day.month, day.day);
    next->dated = std::move(dated);
    tables_ = std::move(next);
}

WorkCalendar WorkCalendar::as_of(Date day) const {
    WorkCalendar then = *this;
    then.seen_on_ = day;
    return then;
}

const WorkCalendar::Year* WorkCalendar::year(int year) const {
    const auto found = tables_->years.find(year);
    if (found == tables_->years.end()) return nullptr;
    if (seen_on_ && found->second.known_from > *seen_on_) return nullptr;
    return &found->second;
}

bool WorkCalendar::knows(int year) const {
    return this->year(year) != nullptr;
}

bool WorkCalendar::is_working_day(Date date) const {
    const int weekday = date.weekday();
    const bool is_weekday = weekday != 0 && weekday != 6;
    if (const Year* table = year(date.year)) {
        if (table->extra_workdays.contains(date)) return true;
        return is_weekday && !table->holidays.contains(date);
    }
    return is_weekday && !tables_->every_year.contains({date.month, date.day}) &&
           !tables_->dated.contains(date);
}

Date WorkCalendar::add_working_days(Date from, int count) const {
    CHECK(count >= 0);
    Date day = from;
    while (count > 0) {
        day = day.plus_days(1);
        if (is_working_day(day)) --count;
    }
    return day;
}

Date WorkCalendar::next_working_day(Date date) const {
    while (!is_working_day(date))
        date = date.plus_days(1);
    return date;
}

int WorkCalendar::working_days_between(Date from, Date to) const {
    if (to < from) return -working_days_between(to, from);
    int count = 0;
    for (Date day = from.plus_days(1); day <= to; day = day.plus_days(1)) {
        if (is_working_day(day)) ++count;
    }
    return count;
}

}  // namespace base
