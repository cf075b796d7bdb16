#include "base/random.h"

#include <algorithm>
#include <cstring>

#include <sodium.h>

#include "base/check.h"

namespace base {

std::uint64_t Random::next() {
    std::uint8_t bytes[8];
    fill(bytes);
    std::uint64_t value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
    CHECK(bound > 0);
    std::uint64_t threshold = (0 - bound) % bound;  // 2^64 mod bound: the biased remainder
    while (true) {
        std::uint64_t value = next();
        if (value >= threshold) return value % bound;
    }
}

void SecureRandom::fill(std::span<std::uint8_t> bytes) {
    static const int initialised = sodium_init();
    CHECK(initialised >= 0);
    randombytes_buf(bytes.data(), bytes.size());
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += 8) {
        state_ += 0x9E3779B97F4A7C15;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        std::memcpy(bytes.data() + at, &z, std::min<std::size_t>(8, bytes.size() - at));
    }
}

}  // namespace base
