// One demand of about 60 words against a million achievements, through the candidate list and the full
// scorer of match::Pairing, in processor time of the one thread that works.
//
//     bench_match         BENCH_MATCH_ENTRIES (1,000,000), BENCH_DEMANDS (200); from the root

#include <ctime>

#include "base/check.h"
#include "bench/support/figures.h"
#include "bench/support/words.h"
#include "match/lexicon.h"
#include "match/pairing.h"

namespace {

using bench::must;

/// Processor time of this thread in seconds: other programs on the machine do not blur it.
double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

match::Item item_of(search::Document document, match::ItemKind kind) {
    match::Item item;
    item.id = std::move(document.id);
    item.kind = kind;
    item.title = std::move(document.texts["title"]);
    item.abstract = std::move(document.texts["body"]);
    item.cards = std::move(document.keywords["card"]);
    return item;
}

match::Item demand_of(bench::Entries& entries, std::size_t number) {
    match::Item item;
    item.id = "D" + std::to_string(number);
    item.kind = match::ItemKind::demand;
    item.abstract = entries.demand();
    item.title = item.abstract.substr(0, item.abstract.find("，"));
    return item;
}

}  // namespace

int main() {
    auto count = static_cast<std::size_t>(bench::setting("BENCH_MATCH_ENTRIES", 1e6));
    auto asked = static_cast<std::size_t>(bench::setting("BENCH_DEMANDS", 200));
    auto lexicon =
        std::make_shared<match::Lexicon>(must(match::Lexicon::load("regions/guangxi/lexicon")));
    bench::Entries entries(7);
    std::vector<match::Item> items;
    items.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
        items.push_back(item_of(entries.next(), match::ItemKind::achievement));
    match::Pairing pairing(lexicon, [&](std::string_view id) -> std::optional<match::Item> {
        return items.at(std::stoul(std::string(id)));
    });
    constexpr std::size_t batch = 16'384;
    double started = now();
    for (std::size_t i = 0; i < count; i += batch) {
        pairing.put_all(std::span(items).subspan(i, std::min(batch, count - i)));
        if (i / batch % 8 == 7) std::cerr << i + batch << " items\n";
    }
    double build_seconds = now() - started;
    pairing.index().wait_for_merges();
    pairing.index().optimize();
    std::string what = "match against " + std::to_string(count) + " entries";
    bench::report({what + ": read and index (CPU)", static_cast<double>(count) / build_seconds,
                   "items/s", "", 0, bench::Better::higher, 0, 0,
                   std::to_string(pairing.index().byte_count() / 1'000'000) + " MB"});
    std::vector<double> times;
    std::size_t partners = 0;
    std::size_t words = 0;
    for (std::size_t i = 0; i < asked; ++i) {
        match::Item demand = demand_of(entries, i);
        words += pairing.profiler().read(demand).terms.size();
        double begin = now();
        partners += pairing.partners_of(demand, base::Date{2026, 11, 24}).size();
        times.push_back((now() - begin) * 1e3);
    }
    CHECK_WITH(partners > asked, "hardly any demand found a partner");
    std::string note = std::to_string(words / asked) + " terms a demand, " +
                       std::to_string(partners / asked) + " partners";
    bool at_scale = count >= 1'000'000;
    bench::report({what + ": one demand (CPU)", bench::quantile(times, 0.5), "ms p50", "", 0,
                   bench::Better::lower, 0, at_scale ? 25.0 : 0, note});
    bench::report({what + ": one demand (CPU)", bench::quantile(times, 0.99), "ms p99", "", 0,
                   bench::Better::lower});
}
