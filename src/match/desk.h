#pragma once

#include <map>
#include <string>
#include <vector>

#include "catalog/entry.h"
#include "match/entry_items.h"
#include "match/evidence.h"
#include "party/actor.h"

namespace match {

struct DeskFilter {
    std::string place;  ///< the demand's, subtree; empty: everywhere
    std::string card;   ///< of the demand; empty: all
    std::size_t demands_max = 60;
    std::size_t partners_per_demand = 3;
    double score_min = 0.2;
};

/// A pair that a broker should look at.
struct SuggestedPair {
    catalog::Entry demand;
    catalog::Entry achievement;
    Score score;
};

struct OfferedPartner {
    catalog::Entry entry;
    Score score;
};

/// What brokers see of matching. Reads the catalog and the pairing; keeps
/// nothing. Thread-safe.
class Desk {
  public:
    Desk(store::Database& database, const catalog::Entries& entries, const EntryPairing& pairing)
        : database_(&database), entries_(&entries), pairing_(&pairing) {}

    /// Pairs of the newest offered demands, best first, without those on which the actor's
    /// organisation has given a verdict and without what the actor may not read.
    base::Result<std::vector<SuggestedPair>> today(const party::Actor& actor,
                                                   const DeskFilter& filter) const;
    /// The partners of each item of a list that the actor brings along, best first, at most
    /// `count_max` and without what he may not read. The items count as his organisation's.
    base::Result<std::vector<std::vector<OfferedPartner>>> partners_of_list(
        const party::Actor& actor, std::vector<Item> items, std::size_t count_max) const;

  private:
    /// Those that the actor may read, at most filter.demands_max.
    base::Result<std::vector<catalog::Entry>> newest_demands(const party::Actor& actor,
                                                             const DeskFilter& filter) const;

    store::Database* database_;
    const catalog::Entries* entries_;
    const EntryPairing* pairing_;
};

}  // namespace match
