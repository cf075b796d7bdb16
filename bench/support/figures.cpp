#include "bench/support/figures.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "base/json.h"

namespace bench {

void report(const Figure& figure) {
    base::json::object line{{"what", figure.what},
                            {"value", figure.value},
                            {"unit", figure.unit},
                            {"better", figure.better == Better::higher ? "higher" : "lower"}};
    if (!figure.yardstick.empty()) {
        line["yardstick"] = figure.yardstick;
        line["yardstick_value"] = figure.yardstick_value;
    }
    if (figure.budget_ratio > 0) line["budget_ratio"] = figure.budget_ratio;
    if (figure.budget_value > 0) line["budget_value"] = figure.budget_value;
    if (!figure.note.empty()) line["note"] = figure.note;
    std::cout << base::json::serialize(line) << std::endl;
}

double quantile(std::vector<double>& values, double share) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    double rank = share * static_cast<double>(values.size() - 1);
    return values[static_cast<std::size_t>(std::llround(rank))];
}

double setting(const char* name, double fallback) {
    const char* text = std::getenv(name);
    return text == nullptr || *text == '\0' ? fallback : std::strtod(text, nullptr);
}

std::string fresh_folder(std::string_view name) {
    const char* root = std::getenv("BENCH_DATA");
    std::filesystem::path folder = root == nullptr ? "build/bench-data" : root;
    folder /= name;
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    return std::filesystem::absolute(folder).string();
}

double resident_megabytes() {
    std::ifstream file("/proc/self/statm");
    double total_pages = 0, resident_pages = 0;
    file >> total_pages >> resident_pages;
    return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

}  // namespace bench
