// Decisions of the recognition evaluator per second on one core, over all case files of
// tests/contract/recognition. Budget: at least 100,000 per second with the whole path.
//
//     bench_recognition [--benchmark_filter=…] run from the repository's root

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <vector>

#include <benchmark/benchmark.h>

#include "contract/recognition.h"
#include "contract/recognition_case.h"
#include "contract/recognition_questions.h"

namespace {

using contract::Case;
using contract::Profile;
using contract::RuleSets;

template <class T>
T must(base::Result<T> result) {
    if (result) return std::move(*result);
    std::cerr << base::describe(result.error()) << '\n';
    std::exit(2);
}

const Profile& rule_set() {
    static const RuleSets sets = must(RuleSets::load("regions/guangxi/contract"));
    return sets.preferred();
}

const std::vector<Case>& cases() {
    static const std::vector<Case> all = [] {
        std::vector<Case> read;
        for (const auto& file : std::filesystem::directory_iterator("tests/contract/recognition")) {
            for (auto& entry : must(contract::load_cases(file.path()))) {
                read.push_back(std::move(entry.facts));
            }
        }
        return read;
    }();
    return all;
}

void decide(benchmark::State& state) {
    const Profile& profile = rule_set();
    const std::vector<Case>& all = cases();
    std::size_t next = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(contract::evaluate(profile, all[next]));
        if (++next == all.size()) next = 0;
    }
    state.counters["decisions/s"] =
        benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(decide)->Name("recognition/decide");

/// The first screen of the guided list: nothing answered but the kind.
void ask(benchmark::State& state) {
    Case facts;
    if (!facts.add_part("P1", "use")) std::exit(2);
    contract::Answered answered;
    answered.parts.resize(1);
    answered.set(0, contract::Fact::kind);
    for (auto _ : state) {
        benchmark::DoNotOptimize(contract::next_questions(rule_set(), facts, answered));
    }
}
BENCHMARK(ask)->Name("recognition/next_questions")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
