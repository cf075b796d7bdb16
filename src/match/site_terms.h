#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/entry.h"
#include "match/tuners.h"
#include "match/vectors.h"
#include "store/database.h"

namespace match {

/// A term that may belong to a concept, with where the thought comes from.
struct TermProposal {
    std::string id;
    std::string concept_id;
    std::string language;
    std::string term;
    std::string relation = "related";
    std::string card;
    std::string origin;         ///< company (word vectors), two_languages, verdicts
    std::int64_t strength = 0;  ///< of 1000
    std::string state = "proposed";
};

/// Words of the corpus that keep the same company as a concept and that the thesaurus lacks.
std::vector<TermProposal> terms_from_company(std::span<const Profile> items, const Lexicon& lexicon,
                                             const WordVectors& vectors, double nearness_min,
                                             std::size_t count_max);
/// Keywords given in two languages, place by place, of which the thesaurus knows one.
std::vector<TermProposal> terms_from_languages(std::span<const catalog::Entry> entries,
                                               const Lexicon& lexicon);
/// Words in the titles of demands that stood again and again, in pairs people called good, against
/// a concept that only the achievement names.
std::vector<TermProposal> terms_from_verdicts(
    std::span<const std::pair<Profile, Profile>> good_pairs, const Lexicon& lexicon,
    std::int64_t times_min);

/// The site's own layer of the thesaurus: proposals, and what an editor took of them. The region's
/// files stay as they are. Stateless; thread-safe.
class SiteTerms {
  public:
    explicit SiteTerms(Tuners tuners) : tuners_(std::move(tuners)) {}

    /// Puts proposals on the table; those already there, whatever their state, are left. Returns how
    /// many are new. Called by a job or the command line.
    static std::int64_t propose(store::Transaction&, const std::vector<TermProposal>&);
    /// By state, strongest first.
    static std::vector<TermProposal> list(store::Reader&, std::string_view state,
                                          std::size_t limit);
    /// Errors: not_permitted (match.tune), `term_unknown`, `term_already_decided`, those of
    /// Lexicon::add_term for what the thesaurus cannot take. `relation` replaces the proposed one unless empty.
    base::Result<TermProposal> decide(store::Transaction&, const party::Actor&, std::string_view id,
                                      bool take, std::string_view relation) const;
    /// Adds what was taken to the thesaurus. Returns the refusals of what it cannot take (any more):
    /// a term never keeps the site from starting.
    static std::vector<base::Error> add_accepted(store::Reader&, Lexicon& lexicon);

  private:
    Tuners tuners_;
};

}  // namespace match
