#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "match/entry_items.h"

namespace match {

/// Demands for which nothing on the site fits: by card and city, with what they have in common.
struct Gap {
    std::string card;
    std::string city;                    ///< GB/T 2260 code of the city, or empty
    std::optional<std::uint32_t> topic;  ///< number of the concept that most of them name
    std::vector<std::string> demands;
    double best_score = 0;  ///< the nearest that any achievement comes
};

/// How many entries of a year are about a concept.
struct TopicYear {
    std::uint32_t topic = 0;
    int year = 0;
    std::int64_t demands = 0;
    std::int64_t achievements = 0;
};

struct SurveyFigures {
    base::Time made_at;
    std::vector<Gap> gaps;  ///< largest first
    std::vector<TopicYear> topics;
};

/// What planners see of matching as a whole: gaps and topics by year. To count them takes long, so
/// one thread does it at most every quarter of an hour, from what every visitor may read, and all
/// readers get the same figures. Thread-safe.
class Survey {
  public:
    Survey(store::Database& database, const catalog::Entries& entries, const EntryPairing& pairing)
        : database_(database), entries_(entries), pairing_(pairing) {}

    /// The latest figures; older ones while new ones are made. Errors: `survey_in_the_making` when
    /// somebody else is counting for the first time.
    base::Result<std::shared_ptr<const SurveyFigures>> latest();
    /// A concept's name in a language, else in Chinese or English.
    std::string label(std::uint32_t topic, std::string_view language) const;

  private:
    base::Result<SurveyFigures> make() const;
    std::vector<std::uint32_t> leading_concepts(Item item) const;

    store::Database& database_;
    const catalog::Entries& entries_;
    const EntryPairing& pairing_;
    std::mutex mutex_;
    std::shared_ptr<const SurveyFigures> figures_;  // guarded by mutex_
    bool is_making_ = false;                        // guarded by mutex_
};

}  // namespace match
