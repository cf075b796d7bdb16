#include "http/metrics.h"

#include <algorithm>

#include "base/check.h"

namespace http {
namespace {

bool is_name(std::string_view text) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !text.empty() && letter(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '"') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    return out;
}

std::string label_text(const Labels& labels) {
    std::string out;
    for (const auto& [name, value] : labels) {
        CHECK_WITH(is_name(name), name);
        if (!out.empty()) out += ',';
        out += name + "=\"" + escaped(value) + '"';
    }
    return out;
}

/// Microseconds as decimal seconds, without a detour through floating point.
std::string in_seconds(std::int64_t microseconds) {
    std::string fraction = std::to_string(1'000'000 + microseconds % 1'000'000).substr(1);
    while (fraction.size() > 1 && fraction.back() == '0')
        fraction.pop_back();
    return std::to_string(microseconds / 1'000'000) + '.' + fraction;
}

void write_line(std::string& out, std::string_view name, std::string_view labels,
                std::string_view value) {
    out += name;
    if (!labels.empty()) {
        out += '{';
        out += labels;
        out += '}';
    }
    out += ' ';
    out += value;
    out += '\n';
}

}  // namespace

void Histogram::observe(base::Duration length) {
    const auto bound = std::lower_bound(bounds_microseconds.begin(), bounds_microseconds.end(),
                                        length.microseconds);
    const auto bucket = static_cast<std::size_t>(bound - bounds_microseconds.begin());
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_microseconds_.fetch_add(length.microseconds, std::memory_order_relaxed);
}

Metrics::Family& Metrics::family(std::string_view name, std::string_view help, Kind kind) {
    CHECK_WITH(is_name(name), name);
    const auto found = families_.find(name);
    if (found != families_.end()) {
        CHECK_WITH(found->second.kind == kind, name);
        return found->second;
    }
    Family made;
    made.kind = kind;
    made.help = help;
    return families_.emplace(std::string(name), std::move(made)).first->second;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
    const std::scoped_lock lock(mutex_);
    Counter*& slot = family(name, help, Kind::counter).counters[label_text(labels)];
    if (slot == nullptr) slot = &counters_.emplace_back();
    return *slot;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
    const std::scoped_lock lock(mutex_);
    Gauge*& slot = family(name, help, Kind::gauge).gauges[label_text(labels)];
    if (slot == nullptr) slot = &gauges_.emplace_back();
    return *slot;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, const Labels& labels) {
    const std::scoped_lock lock(mutex_);
    Histogram*& slot = family(name, help, Kind::histogram).histograms[label_text(labels)];
    if (slot == nullptr) slot = &histograms_.emplace_back();
    return *slot;
}

void Metrics::gauge_from(std::string_view name, std::string_view help, const Labels& labels,
                         std::function<std::int64_t()> read) {
    const std::scoped_lock lock(mutex_);
    family(name, help, Kind::gauge).read[label_text(labels)] = std::move(read);
}

std::string Metrics::render() const {
    static constexpr std::array kinds{"counter", "gauge", "histogram"};
    const std::scoped_lock lock(mutex_);
    std::string out;
    for (const auto& [name, family] : families_) {
        // In HELP only the backslash and the line end are special, not the quote.
        std::string help = family.help;
        std::replace(help.begin(), help.end(), '\n', ' ');
        out += "# HELP " + name + ' ' + help + '\n';
        out += "# TYPE " + name + ' ' + kinds[static_cast<std::size_t>(family.kind)] + '\n';
        for (const auto& [labels, counter] : family.counters) {
            write_line(out, name, labels, std::to_string(counter->value()));
        }
        for (const auto& [labels, gauge] : family.gauges) {
            write_line(out, name, labels, std::to_string(gauge->value()));
        }
        for (const auto& [labels, read] : family.read) {
            write_line(out, name, labels, std::to_string(read()));
        }
        for (const auto& [labels, histogram] : family.histograms) {
            const std::string prefix = labels.empty() ? "" : labels + ',';
            std::int64_t total = 0;
            for (std::size_t i = 0; i < histogram->counts_.size(); ++i) {
                total += histogram->counts_[i].load(std::memory_order_relaxed);
                const bool last = i == Histogram::bounds_microseconds.size();
                const std::string bound =
                    last ? "+Inf" : in_seconds(Histogram::bounds_microseconds[i]);
                write_line(out, name + "_bucket", prefix + "le=\"" + bound + '"',
                           std::to_string(total));
            }
            write_line(out, name + "_sum", labels,
                       in_seconds(histogram->sum_microseconds_.load(std::memory_order_relaxed)));
            write_line(out, name + "_count", labels, std::to_string(total));
        }
    }
    return out;
}

}  // namespace http
