#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/kind.h"
#include "store/database.h"

namespace catalog {

struct IndexReplay {
    std::int64_t documents = 0;  ///< that ought to be found
    bool has_snapshot = false;   ///< without one there is nothing to compare, and nothing wrong
    std::int64_t followed = 0;   ///< log rows followed since the snapshot was written
    std::vector<std::string> differences;  ///< in words, the first one only
};

/// Makes the full-text index anew from the entries and compares it, document by document, with the
/// one that a node would start with: the snapshot, brought up to now by the change log. A damaged
/// snapshot is a difference; a node that finds one makes the index anew.
base::Result<IndexReplay> replay_index(store::Database& database, const Kinds& kinds,
                                       const std::filesystem::path& snapshot);
/// Writes the snapshot anew from the entries.
base::Status rebuild_index(store::Database& database, const Kinds& kinds,
                           const std::filesystem::path& snapshot);

}  // namespace catalog
