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
    std::string place;  ///< prefix of the demand's place code, e.g. "4501"; empty: everywhere
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

/// Demands for which nothing on the site fits: by card and city, with what they have in common.
struct Gap {
    std::string card;
    std::string city;   ///< GB/T 2260 code of the city, or empty
    std::string topic;  ///< concept that most of them name, in the reader's language
    std::vector<std::string> demands;
    double best_score = 0;  ///< the nearest that any achievement comes
};

/// How many entries of a year are about a concept.
struct TopicYear {
    std::string topic;
    int year = 0;
    std::int64_t demands = 0;
    std::int64_t achievements = 0;
};

/// What brokers and planners see of matching as a whole. Reads the catalog and the pairing; keeps
/// nothing. Thread-safe.
class Desk {
  public:
    Desk(store::Database& database, const catalog::Entries& entries, const EntryPairing& pairing)
        : database_(&database), entries_(&entries), pairing_(&pairing) {}

    /// Pairs of the newest offered demands, best first, without those on which the actor's
    /// organisation has given a verdict and without what the actor may not read.
    base::Result<std::vector<SuggestedPair>> today(const party::Actor& actor,
                                                   const DeskFilter& filter) const;
    /// Clusters of demands whose best partner stays below `score_max`, largest first.
    base::Result<std::vector<Gap>> gaps(const party::Actor& actor, std::string_view language,
                                        double score_max) const;
    /// Concepts by year, the most frequent `topics_max` of them.
    base::Result<std::vector<TopicYear>> trend(std::string_view language,
                                               std::size_t topics_max) const;

  private:
    base::Result<std::vector<catalog::Entry>> offered(std::string_view place,
                                                      std::size_t limit) const;

    store::Database* database_;
    const catalog::Entries* entries_;
    const EntryPairing* pairing_;
};

}  // namespace match
