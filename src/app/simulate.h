#pragma once

#include <cstdint>
#include <iosfwd>

namespace app {

/// What `guiqiao simulate --seed N --days D [--seeds K] [--json]` was asked to do.
struct SimulateOptions {
    std::uint64_t seed = 1;
    std::uint64_t seeds = 1;  ///< so many seeds from `seed` on
    int days = 1;
    enum class Output { text, json } output = Output::text;
};

/// Simulates sales over the pure auction core and prints one line per sale and a digest; the same
/// seed and days print the same bytes. Exit status: 0, or 1 when an invariant broke (named).
int simulate(const SimulateOptions& options, std::ostream& out, std::ostream& err);

}  // namespace app
