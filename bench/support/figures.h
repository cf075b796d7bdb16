#pragma once

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bench {

/// Which side of a budget is the good one.
enum class Better { higher, lower };

/// One line of the table that bench/run prints: what was measured, beside what, against which budget.
/// `budget_ratio` judges value ÷ yardstick, `budget_value` the value itself; zero means no such budget.
struct Figure {
    std::string what;
    double value = 0;
    std::string unit;
    std::string yardstick;  ///< empty: measured alone
    double yardstick_value = 0;
    Better better = Better::higher;
    double budget_ratio = 0;
    double budget_value = 0;
    std::string note;
};

/// Prints the figure as one line of JSON, which bench/support/table.py reads.
void report(const Figure& figure);

/// Seconds since it was made.
class Stopwatch {
  public:
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

  private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The value below which `share` (0…1) of the values lie; they are sorted in place. 0 if none.
double quantile(std::vector<double>& values, double share);
inline double median(std::vector<double> values) {
    return quantile(values, 0.5);
}

/// The value, or the end of the program with the refusal in words.
template <class T>
T must(base::Result<T> result) {
    if (!result) {
        std::cerr << "bench: " << base::describe(result.error()) << '\n';
        std::exit(2);
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The value of an environment variable as number, or `fallback`.
double setting(const char* name, double fallback);
/// An empty folder for the data of this run, on the disk that is measured (BENCH_DATA).
std::string fresh_folder(std::string_view name);
/// Resident memory of this process in megabytes.
double resident_megabytes();

}  // namespace bench
