#pragma once

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
    /// The item as it is now, also of a draft (for the coach and one's own preview).
    std::optional<Item> item(store::Reader&, const catalog::Entry& entry) const;

  private:
    std::optional<Item> offered(std::string_view id) const;

    store::Database& database_;
    const catalog::Entries& entries_;
    Pairing pairing_;
};

}  // namespace match
