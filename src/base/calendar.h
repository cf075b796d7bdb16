#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace base {

/// Working days of a region: the national table with its make-up days, and the region's own
/// holidays (in Guangxi 三月三). Immutable after loading; safe to share between threads; cheap to copy.
///
/// A year whose table is not announced yet follows the week and the holidays that the law itself
/// fixes (全国年节及纪念日放假办法). Such days are provisional: make-up days are missing. Whoever shows
/// a deadline says so (`is_provisional`), and whoever stores one sets it anew once the table is there.
class WorkCalendar {
  public:
    /// Reads every `<year>.yaml` in `folder`: {year, source, known_from, holidays: [MM-DD…],
    /// workdays: [MM-DD…]}, and `statutory.yaml`: {source, days: [MM-DD…], dated: [YYYY-MM-DD…]}.
    static Result<WorkCalendar> load(const std::filesystem::path& folder);

    /// Adds one year's exceptions; days not named follow the week. For tests and loading.
    void add_year(int year, std::set<Date> holidays, std::set<Date> extra_workdays,
                  Date known_from = {});
    /// The holidays of years without a table: those of every year (of which only month and day
    /// count) and those, by the lunar calendar, of one year.
    void set_statutory(const std::set<Date>& every_year, std::set<Date> dated);

    /// As it was known on that day: a year whose `known_from` lies later has no table yet. What was
    /// reckoned then comes out the same again, whatever was announced since.
    WorkCalendar as_of(Date day) const;

    bool knows(int year) const;
    bool is_provisional(Date date) const { return !knows(date.year); }
    bool is_working_day(Date date) const;
    /// The day `count` ≥ 0 working days after `from`; the first day is not counted (民法典 201).
    Date add_working_days(Date from, int count) const;
    /// `date` itself if it is a working day, else the next one (民法典 203).
    Date next_working_day(Date date) const;
    /// Working days in (from, to]; negative when `to` is before `from`.
    int working_days_between(Date from, Date to) const;

  private:
    struct Year {
        std::set<Date> holidays;
        std::set<Date> extra_workdays;
        Date known_from;
    };
    struct Tables {
        std::map<int, Year> years;
        std::set<std::pair<int, int>> every_year;  ///< month and day
        std::set<Date> dated;
    };
    const Year* year(int year) const;

    std::shared_ptr<const Tables> tables_ = std::make_shared<const Tables>();
    std::optional<Date> seen_on_;
};

}  // namespace base
