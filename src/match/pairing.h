#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "match/scorer.h"
#include "match/vectors.h"
#include "search/index.h"

namespace match {

/// Gives the item of an id as it is now, or nothing when it may not be matched (not published,
/// withdrawn). The site makes one from catalog entries; tests from a map.
using Provider = std::function<std::optional<Item>(std::string_view id)>;

struct Partner {
    std::string id;
    Score score;
};

struct PairingOptions {
    std::size_t partners_max = 20;
    std::size_t candidates = 120;  ///< scored in full; the rest only competes in the index
    double score_min = 0.08;       ///< below this nothing is worth showing
};

/// Finds and ranks the other side of an item. A first list comes from an index over the words and
/// the concepts of all items (concepts make it cross languages); each item on it is then read and
/// scored with reasons. Thread-safe.
class Pairing {
  public:
    Pairing(std::shared_ptr<const Lexicon> lexicon, Provider provider, Weights weights = {});

    /// To be called whenever an item is published or changed; the index then follows.
    void put(const Item& item) { put_all({&item, 1}); }
    void put_all(std::span<const Item> items);
    void remove(std::string_view id);
    /// What was read of this owner's items is read again when next needed: something that matching
    /// knows of the owner has changed, not what the items say.
    void forget_owner(std::string_view owner);

    /// Best first; equal scores in order of id. Stopped pairs are left out. `item_unknown` when
    /// the provider does not give the item.
    base::Result<std::vector<Partner>> partners(std::string_view id, base::Date today,
                                                const PairingOptions& options = {}) const;
    /// The same for an item that is not (yet) in the index, e.g. a draft.
    std::vector<Partner> partners_of(const Item& item, base::Date today,
                                     const PairingOptions& options = {}) const;
    /// Items of the same kind that say much the same: similar ones and possible duplicates.
    std::vector<Partner> similar_to(const Item& item, std::size_t count_max) const;
    /// One pair, in full. `item_unknown`.
    base::Result<Score> explain(std::string_view one, std::string_view other,
                                base::Date today) const;

    /// Other weights from now on; searches under way finish with those they began with.
    void use_weights(const Weights& weights);
    /// Learned vectors add candidates that share no word and no concept; null: none. Items put before
    /// are found by them once they are put again.
    void use_vectors(std::shared_ptr<const WordVectors> vectors);
    /// The same with vectors of whole texts from a service (embeddings.h).
    void use_embeddings(std::shared_ptr<const WordVectors> embeddings);
    /// A score of this item with another, whatever its state.
    Score score(const Item& one, const Item& other, base::Date today) const;

    search::Index& index() { return *index_; }
    const Profiler& profiler() const { return *profiler_; }

  private:
    std::shared_ptr<const Profile> profile_of(std::string_view id) const;
    std::vector<std::string> candidates(const Profile& profile, ItemKind kind,
                                        std::size_t count) const;
    std::vector<std::string> found_by_words(const Profile& profile, ItemKind kind,
                                            std::size_t count) const;
    void put_vector(const Profile& profile);
    /// Needs cache_mutex_.
    void forget(const std::string& id);

    std::shared_ptr<const Profiler> profiler_;
    std::shared_ptr<search::Index> index_;
    std::shared_ptr<const Statistics> statistics_;
    std::atomic<std::shared_ptr<const Scorer>> scorer_;
    Provider provider_;

    mutable std::shared_mutex vectors_mutex_;
    std::shared_ptr<const WordVectors> vectors_;  // guarded, like the tables
    VectorTable demand_vectors_;
    VectorTable achievement_vectors_;
    std::shared_ptr<const WordVectors> embeddings_;
    VectorTable demand_embeddings_;
    VectorTable achievement_embeddings_;

    // Profiles of items lately compared, least recently used last. Whoever reads an item from the
    // provider keeps it only if no change was told meanwhile: it may have read what was before.
    mutable std::mutex cache_mutex_;
    std::uint64_t changes_ = 0;
    mutable std::list<std::string> cache_order_;
    mutable std::unordered_map<
        std::string, std::pair<std::shared_ptr<const Profile>, std::list<std::string>::iterator>>
        cache_;
};

}  // namespace match
