#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/entry.h"
#include "match/pairing.h"
#include "store/change_log.h"
#include "store/database.h"

namespace match {

/// What scoring looks at, taken from an entry. Nothing for kinds that are no side of a match and for
/// entries that are not offered now (state other than published or matched).
std::optional<Item> item_of(const catalog::Kind& kind, const catalog::Entry& entry,
                            std::string_view owner_type);

/// A Pairing fed by the catalog: reads items when it needs them and follows the change log.
/// Thread-safe. A cache: rebuilt at start.
class EntryPairing {
  public:
    EntryPairing(store::Database& database, const catalog::Entries& entries,
                 std::shared_ptr<const Lexicon> lexicon);

    /// Puts every offered entry. Returns how many.
    base::Result<std::int64_t> rebuild();
    /// Applies rows of the change log; safe to repeat.
    base::Status follow(const std::vector<store::LogRow>& rows);
    const Pairing& pairing() const { return pairing_; }
    /// Other weights from now on. Safe while it is searched.
    void use_weights(const Weights& weights) { pairing_.use_weights(weights); }
    /// To be called before `rebuild`, which gives every item its vector.
    void use_vectors(std::shared_ptr<const WordVectors> vectors) {
        pairing_.use_vectors(std::move(vectors));
    }
    /// Every offered item, read; what word vectors are trained on.
    base::Result<std::vector<Profile>> profiles() const;
    /// The item as it is now, also of a draft (for the coach and one's own preview).
    std::optional<Item> item(store::Reader&, const catalog::Entry& entry) const;

  private:
    std::optional<Item> offered(std::string_view id) const;
    base::Status each_page(const std::function<void(const std::vector<Item>&)>& take) const;

    store::Database& database_;
    const catalog::Entries& entries_;
    Pairing pairing_;
};

}  // namespace match
