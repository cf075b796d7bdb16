#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

namespace store {

inline constexpr std::string_view manifest_name = "manifest.json";
inline constexpr std::string_view list_name = "files.txt";

/// The name of the database's copy inside a backup.
std::string_view database_file_name(Dialect dialect);

/// manifest.json
struct BackupManifest {
    Dialect dialect = Dialect::sqlite;
    base::Time made_at;
    std::int64_t last_seq = 0;
    std::string list_sha256;
};
std::string to_json_text(const BackupManifest& manifest);
/// `backup_unreadable`.
base::Result<BackupManifest> read_manifest(const std::filesystem::path& folder);

/// A line of files.txt. Paths are relative, with '/'.
struct BackupFile {
    std::string sha256;
    std::string path;
};
/// `backup_damaged` if the list is not the one that the manifest names or leads out of the folder.
base::Result<std::vector<BackupFile>> read_list(const std::filesystem::path& folder,
                                                const BackupManifest& manifest);

/// Runs pg_dump or pg_restore for the database at `url`. The password, if the URL has one, is handed
/// over in a file in `folder` that nobody else can read and that is gone afterwards: arguments are
/// visible to every user of the machine. Errors: `code` with what the program said.
base::Status run_postgresql_tool(std::vector<std::string> command, const std::string& url,
                                 const std::filesystem::path& folder, std::string_view code);

}  // namespace store
