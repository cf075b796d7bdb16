#pragma once

#include <cstdint>
#include <span>

namespace base {

/// Where chance comes from. Passed in, so that a simulation with a seed repeats byte for byte.
class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> bytes) = 0;

    std::uint64_t next();
    /// Uniform in [0, bound), bound > 0, without modulo bias.
    std::uint64_t below(std::uint64_t bound);
};

/// The operating system's generator (libsodium). Thread-safe. For keys, tokens, ids.
class SecureRandom final : public Random {
  public:
    void fill(std::span<std::uint8_t> bytes) override;
};

/// SplitMix64 from a seed. Not thread-safe, not secret: tests and simulation only.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    void fill(std::span<std::uint8_t> bytes) override;

  private:
    std::uint64_t state_;
};

}  // namespace base
