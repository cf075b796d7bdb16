#include "store/backup.h"

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"
#include "store/backup_form.h"
#include "store/change_log.h"
#include "store/connection.h"
#include "store/files.h"

namespace store {
namespace {

namespace fs = std::filesystem;

base::Status dump_sqlite(const std::string& url, const fs::path& to) {
    std::string quoted = base::replace_all(to.string(), "'", "''");
    try {
        // A connection of its own: VACUUM must not run inside a transaction. It reads one snapshot
        // and does not hold up the writer.
        std::unique_ptr<Connection> connection =
            Connection::open(Dialect::sqlite, url.substr(std::string_view("sqlite:").size()));
        connection->run("VACUUM INTO '" + quoted + "'");
    } catch (const StorageFailure& failure) {
        return base::refuse(
            base::error(base::ErrorKind::unavailable, "backup_failed").saying(failure.what()));
    }
    return sync_path(to);
}

base::Status dump(Database& database, const fs::path& folder) {
    fs::path to = folder / database_file_name(database.dialect());
    if (database.dialect() == Dialect::sqlite) return dump_sqlite(database.options().url, to);
    TRY(run_postgresql_tool(
        {"pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file=" + to.string()},
        database.options().url, folder, "backup_failed"));
    return sync_path(to);
}

/// Regular files below `folder`, relative to it, sorted. Leaves out what is still being written.
std::vector<fs::path> files_below(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code fault;
    fs::recursive_directory_iterator walk(folder, fault);
    for (fs::recursive_directory_iterator end; !fault && walk != end; walk.increment(fault)) {
        if (!walk->is_regular_file(fault)) continue;
        if (!Files::is_address(walk->path().filename().string())) continue;
        found.push_back(walk->path().lexically_relative(folder));
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// Adds a line to the list; returns the hash.
base::Result<std::string> list_file(const fs::path& folder, const fs::path& path, std::string& list,
                                    BackupReport& report) {
    base::Result<base::Digest> hash =
        base::digest_file(base::HashAlgorithm::sha256, (folder / path).string());
    if (!hash) return base::refuse(hash.error());
    std::string text = base::to_hex(*hash);
    list += text + "  " + path.generic_string() + "\n";
    std::error_code fault;
    report.bytes += static_cast<std::int64_t>(fs::file_size(folder / path, fault));
    return text;
}

base::Result<BackupReport> fill(Database& database, const fs::path& files_folder,
                                const fs::path& folder) {
    BackupReport report;
    BackupManifest manifest;
    manifest.dialect = database.dialect();
    manifest.made_at = database.clock().now();
    // Before the dump: what the dump holds is this row or a later one.
    manifest.last_seq = TRY(database.read<std::int64_t>(
        [](Reader& reader) -> base::Result<std::int64_t> { return last_seq(reader); }));
    report.last_seq = manifest.last_seq;

    // The database first: files are stored before the record that names them, and never removed, so
    // every file that the copy names is still found afterwards.
    TRY(dump(database, folder));
    std::string list;
    TRY(list_file(folder, database_file_name(manifest.dialect), list, report));
    for (const fs::path& path : files_below(files_folder)) {
        fs::path to = fs::path("files") / path;
        TRY(make_folder_durably((folder / to).parent_path()));
        TRY(copy_durably(files_folder / path, folder / to));
        std::string listed = TRY(list_file(folder, to, list, report));
        if (listed != path.filename().string()) {
            return base::refuse(base::error(base::ErrorKind::internal, "stored_file_damaged")
                                    .with("address", path.filename().string()));
        }
        ++report.files;
    }
    TRY(write_durably(folder / list_name, list));
    manifest.list_sha256 = base::to_hex(base::sha256(list));
    TRY(write_durably(folder / manifest_name, to_json_text(manifest)));
    return report;
}

}  // namespace

base::Result<BackupReport> backup(Database& database, const fs::path& files_folder,
                                  const fs::path& folder) {
    std::error_code fault;
    if (fs::exists(folder, fault)) {
        return base::refuse(base::conflict("backup_exists").with("path", folder.string()));
    }
    fs::path target = fs::absolute(folder).lexically_normal();
    if (target.filename().empty()) target = target.parent_path();
    fs::path partial = target;
    partial += ".partial";
    fs::remove_all(partial, fault);
    TRY(make_folder_durably(partial));
    base::Result<BackupReport> report = fill(database, files_folder, partial);
    if (report) {
        fs::rename(partial, target, fault);
        if (fault) {
            report = base::refuse(base::error(base::ErrorKind::unavailable, "storage_unavailable")
                                      .saying(target.string() + ": " + fault.message()));
        } else if (base::Status synced = sync_path(target.parent_path()); !synced) {
            report = base::refuse(synced.error());
        }
    }
    if (!report) fs::remove_all(partial, fault);
    return report;
}

}  // namespace store
