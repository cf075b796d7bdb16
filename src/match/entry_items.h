#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/entry.h"
#include "match/owners.h"
#include "match/pairing.h"
#include "store/change_log.h"
#include "store/database.h"

namespace match {

/// What scoring looks at, taken from an entry, without what is known of its owner. Nothing for kinds
/// that are no side of a match.
std::optional<Item> item_of(const catalog::Kind& kind, const catalog::Entry& entry);

/// Which offered entries (published, or matched already) to go through.
struct OfferedFilter {
    std::optional<catalog::Pairing> pairing;  ///< wanted or offered; both when absent
    std::string place;                        ///< subtree; empty: everywhere
};

/// Entries with their items, one beside the other.
struct OfferedPage {
    std::vector<catalog::Entry> entries;
    std::vector<Item> items;
};

/// A Pairing fed by the catalog: reads items when it needs them and follows the change log.
/// Thread-safe. A cache: rebuilt at start.
class EntryPairing {
  public:
    EntryPairing(store::Database& database, const catalog::Entries& entries,
                 std::shared_ptr<const Lexicon> lexicon);

    /// Puts every offered entry. Returns how many.
    base::Result<std::int64_t> rebuild();
    /// Applies rows of the change log: of entries, of organisations, of whom they do not want to
    /// be matched with, and of weights that were taken. Safe to repeat.
    base::Status follow(const std::vector<store::LogRow>& rows);
    /// To be called once something is kept about an owner that the log does not tell (answers to
    /// requests).
    void forget_owner(std::string_view owner) { pairing_.forget_owner(owner); }
    const Pairing& pairing() const { return pairing_; }
    /// The weights that the site has decided on; `follow` takes later ones. Safe while it is searched.
    base::Status use_weights_in_force();
    /// To be called before `rebuild`, which gives every item its vector.
    void use_vectors(std::shared_ptr<const WordVectors> vectors) {
        pairing_.use_vectors(std::move(vectors));
    }
    void use_embeddings(std::shared_ptr<const WordVectors> embeddings) {
        pairing_.use_embeddings(std::move(embeddings));
    }
    /// Every offered item, read; what word vectors are trained on.
    base::Result<std::vector<Profile>> profiles() const;
    /// The item as it is now, also of a draft (for the coach and one's own preview).
    std::optional<Item> item(store::Reader&, const catalog::Entry& entry) const;
    /// Makes an organisation the owner of an item.
    static void set_owner(Item& item, std::string_view owner, const OwnerFacts& facts);
    /// Goes through the offered entries of each kind and state in pages, newest first, reading each
    /// page in a transaction of its own. `take` returning false ends that kind and state.
    base::Status each_offered(const OfferedFilter& wanted,
                              const std::function<bool(const OfferedPage&)>& take) const;

  private:
    std::optional<Item> offered(std::string_view id) const;
    base::Result<OfferedPage> page_of(const catalog::EntryFilter& filter) const;

    store::Database& database_;
    const catalog::Entries& entries_;
    Pairing pairing_;
};

}  // namespace match
