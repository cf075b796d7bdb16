#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace http {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
  public:
    void add(std::int64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
    std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_{0};
};

class Gauge {
  public:
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t count) { value_.fetch_add(count, std::memory_order_relaxed); }
    std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_{0};
};

/// Counts of durations per bucket, exposed in seconds.
class Histogram {
  public:
    void observe(base::Duration length);

  private:
    friend class Metrics;
    static constexpr std::array<std::int64_t, 13> bounds_microseconds{
        500,     1'000,   2'500,   5'000,     10'000,    25'000,    50'000,
        100'000, 250'000, 500'000, 1'000'000, 2'500'000, 10'000'000};
    std::array<std::atomic<std::int64_t>, 14> counts_{};
    std::atomic<std::int64_t> sum_microseconds_{0};
};

/// The figures a monitoring system reads (Prometheus text format 0.0.4). A name has one kind and
/// one help text; the same name and labels give the same figure, which lives as long as the
/// registry. A bad name or a second kind under one name is our own mistake (CHECK). Thread-safe;
/// updating a figure takes no lock, so keep the reference rather than asking for it each time.
class Metrics {
  public:
    Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
    Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels = {});
    /// A gauge that is asked when somebody reads: `read` must be quick and thread-safe.
    void gauge_from(std::string_view name, std::string_view help, const Labels& labels,
                    std::function<std::int64_t()> read);
    /// Everything, each family with its HELP and TYPE lines.
    std::string render() const;

  private:
    enum class Kind { counter, gauge, histogram };
    struct Family {
        Kind kind;
        std::string help;
        std::map<std::string, Counter*> counters;  ///< by label text
        std::map<std::string, Gauge*> gauges;
        std::map<std::string, Histogram*> histograms;
        std::map<std::string, std::function<std::int64_t()>> read;
    };
    Family& family(std::string_view name, std::string_view help, Kind kind);

    mutable std::mutex mutex_;
    std::map<std::string, Family, std::less<>> families_;
    std::deque<Counter> counters_;
    std::deque<Gauge> gauges_;
    std::deque<Histogram> histograms_;
};

}  // namespace http
