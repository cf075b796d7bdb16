#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trade/auction.h"

namespace trade {

/// What a seeded simulation did. The same seed and days give the same bytes of `text`.
struct SimulationReport {
    std::uint64_t auctions = 0;
    std::uint64_t events = 0;
    std::uint64_t accepted = 0;
    std::uint64_t sold = 0;
    std::string text;                     ///< one line per auction, and the digest at the end
    std::vector<std::string> violations;  ///< broken invariants, each with its auction
};

/// Auctions of every type over so many days, with bidders who compete, retry, mistype, come late and
/// default, operators who suspend and annul, outages, a clock that jumps both ways, and a writer that
/// dies and is rebuilt from the record or from its tables, sealed bids in their boxes. After every event the invariants of docs/trading.md are
/// checked; at the end the record must replay to the same state. Pure: chance comes from the seed.
SimulationReport simulate_auctions(std::uint64_t seed, int days);

}  // namespace trade
