// The parsers under seeded mutation: a few seconds of what libfuzzer.cpp does for hours, in every
// test run, without clang. FUZZ_SEED chooses another walk, FUZZ_SECONDS a longer one.
#include <csignal>
#include <cstdlib>
#include <iostream>

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/random.h"
#include "fuzz/targets.h"

namespace fuzz {
namespace {

constexpr std::size_t bytes_max = 16 << 10;
constexpr int rounds_max = 20'000;

// What is being tried, for the handler of the signal that ends us.
std::string current;

void keep_input(int signal) {
    const int file = ::open("fuzz-crash.bin", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file >= 0) {
        [[maybe_unused]] const auto written = ::write(file, current.data(), current.size());
        ::close(file);
    }
    static constexpr char words[] = "the input is in fuzz-crash.bin\n";
    [[maybe_unused]] const auto said = ::write(2, words, sizeof words - 1);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

std::uint64_t seed() {
    const char* chosen = std::getenv("FUZZ_SEED");
    return chosen == nullptr ? 20171101 : std::strtoull(chosen, nullptr, 10);
}

base::Duration time_of_one() {
    const char* chosen = std::getenv("FUZZ_SECONDS");
    return chosen == nullptr ? base::milliseconds(500) : base::seconds(std::atoi(chosen));
}

/// One change of the kinds that find most: a bit, a byte, a piece cut, doubled, moved, or a phrase.
void mutate(std::string& bytes, const Target& target, base::Random& random) {
    const auto at = [&] { return random.below(bytes.size() + 1); };
    const auto length = [&](std::size_t from) {
        return random.below(std::min<std::size_t>(bytes.size() - from, 64) + 1);
    };
    switch (random.below(8)) {
        case 0:
            if (!bytes.empty()) bytes[random.below(bytes.size())] ^= 1 << random.below(8);
            break;
        case 1:
            if (!bytes.empty())
                bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
            break;
        case 2:
            bytes.insert(at(), 1, static_cast<char>(random.below(256)));
            break;
        case 3: {
            const std::size_t from = at();
            bytes.erase(from, length(from));
            break;
        }
        case 4: {
            const std::size_t from = at();
            bytes.insert(at(), bytes.substr(from, length(from)));
            break;
        }
        case 5:
            bytes.resize(at());
            break;
        case 6: {
            const std::string& other = target.seeds[random.below(target.seeds.size())];
            bytes = bytes.substr(0, at()) + other.substr(random.below(other.size() + 1));
            break;
        }
        default:
            bytes.insert(at(), target.phrases[random.below(target.phrases.size())]);
    }
    if (bytes.size() > bytes_max) bytes.resize(bytes_max);
}

class Fuzz : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Fuzz, NothingFromOutsideBreaksIt) {
    const Target& target = targets()[GetParam()];
    for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS})
        std::signal(signal, keep_input);
    base::SeededRandom random(seed());
    const base::Duration begin = base::elapsed_since_start();
    int rounds = 0;
    for (const std::string& whole : target.seeds) {
        current = whole;
        target.run(current);
    }
    while (rounds < rounds_max || std::getenv("FUZZ_SECONDS") != nullptr) {
        if (base::elapsed_since_start() - begin > time_of_one()) break;
        current = target.seeds[random.below(target.seeds.size())];
        for (std::uint64_t changes = 1 + random.below(6); changes > 0; --changes)
            mutate(current, target, random);
        target.run(current);
        ++rounds;
    }
    std::cout << target.name << ": " << rounds << " inputs\n";
    EXPECT_GT(rounds, 50);
}

INSTANTIATE_TEST_SUITE_P(Parsers, Fuzz, ::testing::Range<std::size_t>(0, 10),
                         [](const auto& info) { return std::string(targets()[info.param].name); });

TEST(FuzzTargets, AllAreWalked) {
    EXPECT_EQ(targets().size(), 10U) << "give the range above the new number";
}

}  // namespace
}  // namespace fuzz
