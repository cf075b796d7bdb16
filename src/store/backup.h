#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "store/database.h"

namespace store {

/// A backup is a folder:
///     manifest.json   what it is, when it was made, the log's last row, the hash of files.txt
///     files.txt       "<sha256>  <path>" of everything else; `sha256sum -c files.txt` checks it
///     database.sqlite or database.pgdump (pg_dump's custom format)
///     files/          the content-addressed files
/// Keys are not in it: they are kept elsewhere, or whoever finds a backup could open what is sealed.

struct BackupReport {
    std::int64_t last_seq = 0;  ///< of the change log
    std::int64_t files = 0;     ///< besides the database
    std::int64_t bytes = 0;
};

/// Makes a backup in `folder`, which must not exist yet, while the database is in use. It holds one
/// moment of the database and every file that was there at that moment. The folder appears under
/// its name only when it is complete and on disk. Errors: `backup_exists`, `backup_failed`,
/// `storage_unavailable`.
base::Result<BackupReport> backup(Database& database, const std::filesystem::path& files_folder,
                                  const std::filesystem::path& folder);

struct RestoreTarget {
    std::string url;                     ///< of the same kind of database; must be empty or absent
    std::filesystem::path files_folder;  ///< files already there stay
    std::string public_key_pem;          ///< that the batches of the log must be signed with
};

struct RestoreReport {
    std::int64_t rows = 0;     ///< of the change log, each verified
    std::int64_t batches = 0;  ///< each signature verified
    std::int64_t files = 0;
};

/// Checks every hash of the backup, then builds the database beside its place, verifies its log, and
/// only then puts it into place. After a refusal the target is as it was (apart from files, which
/// are harmless). Errors: `backup_unreadable`, `backup_damaged` (with `path` or `fault`),
/// `backup_of_other_kind`, `restore_target_not_empty`, `restore_failed`, `storage_unavailable`.
base::Result<RestoreReport> restore(const std::filesystem::path& folder,
                                    const RestoreTarget& target, const base::Clock& clock,
                                    base::Random& random);

}  // namespace store
