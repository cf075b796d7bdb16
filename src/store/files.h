#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.h"

namespace store {

/// Files by the hash of their bytes, under `<root>/ab/cd/<sha256 in hex>`. A file that is there never
/// changes; the same bytes are kept once. What `put` returned survives power loss: it is written
/// beside, synced, renamed, and its folder synced. Knows nothing of types or owners. Thread-safe,
/// also between processes.
class Files {
  public:
    static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

    explicit Files(std::filesystem::path root) : root_(std::move(root)) {}

    /// The address (hash in hex). Errors: `stored_file_too_large` (more than `bytes_max`),
    /// `storage_unavailable`.
    base::Result<std::string> put(std::string_view bytes, std::size_t bytes_max = no_limit) const;
    /// The bytes, checked against the address. Errors: `stored_file_missing`, `stored_file_damaged`,
    /// `storage_unavailable`.
    base::Result<std::string> read(std::string_view address) const;
    bool exists(std::string_view address) const;
    /// Where the bytes are, for sending without reading. Empty if `address` is not one.
    std::filesystem::path path_of(std::string_view address) const;
    const std::filesystem::path& root() const { return root_; }

    static bool is_address(std::string_view text);

  private:
    std::filesystem::path root_;
};

/// Copies a file, synced, under a name that appears only when it is complete. `storage_unavailable`.
base::Status copy_durably(const std::filesystem::path& from, const std::filesystem::path& to);
/// Writes a whole file the same way.
base::Status write_durably(const std::filesystem::path& to, std::string_view bytes);
/// Makes a folder with its parents, each synced into the one above.
base::Status make_folder_durably(const std::filesystem::path& folder);
/// Syncs what a file or folder holds to the disk.
base::Status sync_path(const std::filesystem::path& path);

}  // namespace store
