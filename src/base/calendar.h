#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace base {

/// Working days of a region: the national table with its make-up days, and the region's own
/// holidays (in Guangxi 三月三). Immutable after loading; safe to share between threads.
///
/// A year without a table is never guessed: deadlines that reach it are refused with
/// `calendar_year_missing`, so that the page can say "provisional" and nobody relies on it.
class WorkCalendar {
  public:
    /// Reads every `<year>.yaml` in `folder`: {year, source, holidays: [MM-DD…], workdays: [MM-DD…]}.
    static Result<WorkCalendar> load(const std::filesystem::path& folder);

    /// Adds one year's exceptions; days not named follow the week. For tests and loading.
    void add_year(int year, std::set<Date> holidays, std::set<Date> extra_workdays);

    bool knows(int year) const { return years_.contains(year); }
    Result<bool> is_working_day(Date date) const;
    /// The day `count` ≥ 0 working days after `from`; the first day is not counted (民法典 201).
    Result<Date> add_working_days(Date from, int count) const;
    /// `date` itself if it is a working day, else the next one (民法典 203).
    Result<Date> next_working_day(Date date) const;
    /// Working days in (from, to]; negative when `to` is before `from`.
    Result<int> working_days_between(Date from, Date to) const;

  private:
    struct Year {
        std::set<Date> holidays;
        std::set<Date> extra_workdays;
    };
    std::map<int, Year> years_;
};

}  // namespace base
