#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "search/plan.h"

namespace search {

struct Snapshot {
    View view;
    std::uint64_t sequence = 0;  ///< of the last change-log row that the index reflects
};

/// Writes the view beside `path` and renames it there once it is on the disk, so that a crash
/// leaves the old snapshot or the new one. Format: docs/formats/search-snapshot.md.
/// Errors: `snapshot_not_written`.
base::Status write_snapshot(const std::filesystem::path& path, const View& view,
                            const Schema& schema, std::uint64_t sequence);

/// Maps the file and checks all of it before anything is trusted. Errors: `snapshot_missing`,
/// `snapshot_damaged`, `snapshot_other_version`, `snapshot_other_schema`; the caller then rebuilds.
base::Result<Snapshot> read_snapshot(const std::filesystem::path& path, const Schema& schema);

}  // namespace search
