#include "store/backup.h"

#include "base/hash.h"
#include "store/backup_form.h"
#include "store/change_log.h"
#include "store/connection.h"
#include "store/files.h"

namespace store {
namespace {

namespace fs = std::filesystem;

base::Error damaged(std::string_view path) {
    return base::invalid("backup_damaged").with("path", path);
}

base::Status check_files(const fs::path& folder, const std::vector<BackupFile>& files,
                         Dialect dialect) {
    bool has_database = false;
    for (const BackupFile& file : files) {
        base::Result<base::Digest> hash =
            base::digest_file(base::HashAlgorithm::sha256, (folder / file.path).string());
        if (!hash || base::to_hex(*hash) != file.sha256) return base::refuse(damaged(file.path));
        has_database = has_database || file.path == database_file_name(dialect);
    }
    if (!has_database) return base::refuse(damaged(database_file_name(dialect)));
    return {};
}

base::Status copy_files(const fs::path& folder, const std::vector<BackupFile>& files,
                        const fs::path& files_folder, RestoreReport& report) {
    Files store(files_folder);
    for (const BackupFile& file : files) {
        if (!file.path.starts_with("files/")) continue;
        fs::path to = store.path_of(file.sha256);
        std::error_code fault;
        ++report.files;
        if (fs::exists(to, fault)) continue;
        TRY(make_folder_durably(to.parent_path()));
        TRY(copy_durably(folder / file.path, to));
    }
    return {};
}

/// Opens the restored database and verifies its log, which must reach at least as far as the
/// manifest says.
base::Status verify(const std::string& url, const BackupManifest& manifest,
                    std::string_view public_key_pem, const base::Clock& clock, base::Random& random,
                    RestoreReport& report) {
    DatabaseOptions options;
    options.url = url;
    options.readers = options.writers = 1;
    std::unique_ptr<Database> database = TRY(Database::open(options, clock, random));
    VerifyReport verified = TRY(verify_log(*database, public_key_pem));
    if (verified.faults.empty() && verified.rows < manifest.last_seq) {
        verified.faults.push_back("row " + std::to_string(manifest.last_seq) + " is missing");
    }
    if (!verified.faults.empty()) {
        return base::refuse(base::invalid("backup_damaged")
                                .with("path", database_file_name(manifest.dialect))
                                .with("fault", verified.faults.front())
                                .saying(verified.faults.front()));
    }
    report.rows = verified.rows;
    report.batches = verified.batches;
    return {};
}

base::Status check_integrity(const fs::path& file) {
    try {
        std::unique_ptr<Connection> connection = Connection::open(Dialect::sqlite, file.string());
        Rows rows = connection->query("PRAGMA integrity_check", {});
        if (rows.size() == 1 && rows[0].text(0) == "ok") return {};
    } catch (const StorageFailure&) {
        // Not even readable: the same refusal.
    }
    return base::refuse(damaged(database_file_name(Dialect::sqlite)));
}

void remove_sqlite(const fs::path& file) {
    std::error_code fault;
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
        fs::path path = file;
        path += suffix;
        fs::remove(path, fault);
    }
}

base::Status restore_sqlite(const fs::path& folder, const RestoreTarget& target,
                            const BackupManifest& manifest, const base::Clock& clock,
                            base::Random& random, RestoreReport& report) {
    fs::path place = fs::absolute(target.url.substr(std::string_view("sqlite:").size()));
    std::error_code fault;
    if (fs::exists(place, fault)) {
        return base::refuse(
            base::conflict("restore_target_not_empty").with("target", place.string()));
    }
    fs::path beside = place;
    beside += ".restoring";
    remove_sqlite(beside);
    TRY(make_folder_durably(place.parent_path()));
    TRY(copy_durably(folder / database_file_name(Dialect::sqlite), beside));
    base::Status good = check_integrity(beside);
    if (good) {
        good = verify("sqlite:" + beside.string(), manifest, target.public_key_pem, clock, random,
                      report);
    }
    if (good) good = sync_path(beside);
    if (!good) {
        remove_sqlite(beside);
        return good;
    }
    fs::rename(beside, place, fault);
    if (fault) {
        return base::refuse(base::error(base::ErrorKind::unavailable, "storage_unavailable")
                                .saying(place.string() + ": " + fault.message()));
    }
    remove_sqlite(beside);
    return sync_path(place.parent_path());
}

base::Result<std::int64_t> count_tables(const std::string& url) {
    try {
        std::unique_ptr<Connection> connection = Connection::open(Dialect::postgresql, url);
        return connection
            ->query(
                "select count(*) from pg_class c join pg_namespace n on n.oid = "
                "c.relnamespace where n.nspname = 'public'",
                {})
            .at(0)
            .integer(0);
    } catch (...) {
        return base::refuse(error_of_current_exception());
    }
}

base::Status restore_postgresql(const fs::path& folder, const RestoreTarget& target,
                                const BackupManifest& manifest, const base::Clock& clock,
                                base::Random& random, RestoreReport& report) {
    if (TRY(count_tables(target.url)) > 0) {
        return base::refuse(base::conflict("restore_target_not_empty")
                                .with("target", target.url.substr(target.url.rfind('/') + 1)));
    }
    TRY(run_postgresql_tool(
        {"pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges",
         fs::absolute(folder / database_file_name(Dialect::postgresql)).string()},
        target.url, fs::temp_directory_path(), "restore_failed"));
    base::Status good = verify(target.url, manifest, target.public_key_pem, clock, random, report);
    if (good) return good;
    try {
        // It was empty before: make it so again.
        Connection::open(Dialect::postgresql, target.url)
            ->run("drop schema public cascade; create schema public");
    } catch (...) {
        return base::refuse(error_of_current_exception());
    }
    return good;
}

}  // namespace

base::Result<RestoreReport> restore(const fs::path& folder, const RestoreTarget& target,
                                    const base::Clock& clock, base::Random& random) {
    BackupManifest manifest = TRY(read_manifest(folder));
    bool to_sqlite = target.url.starts_with("sqlite:");
    if (to_sqlite != (manifest.dialect == Dialect::sqlite)) {
        return base::refuse(base::conflict("backup_of_other_kind"));
    }
    std::vector<BackupFile> files = TRY(read_list(folder, manifest));
    TRY(check_files(folder, files, manifest.dialect));
    RestoreReport report;
    TRY(copy_files(folder, files, target.files_folder, report));
    TRY(to_sqlite ? restore_sqlite(folder, target, manifest, clock, random, report)
                  : restore_postgresql(folder, target, manifest, clock, random, report));
    return report;
}

}  // namespace store
