#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/json.h"
#include "base/result.h"
#include "catalog/entry.h"
#include "catalog/sheet.h"
#include "store/database.h"
#include "store/files.h"
#include "store/outcome.h"

namespace catalog {

/// A file that was checked and perhaps applied.
struct Import {
    std::string id;
    std::string kind;
    base::Id<party::Organisation> owner;
    base::Id<party::Account> author;
    std::string file_name;
    std::string file_hash;  ///< SHA-256 of the file, hex
    std::string stored;     ///< address of the sealed file
    std::int64_t rows_total = 0;
    std::int64_t rows_faulty = 0;      ///< something in them is wrong
    std::int64_t rows_incomplete = 0;  ///< nothing wrong, but required fields are missing
    std::int64_t rows_duplicate = 0;   ///< look like another row or entry
    /// {heading: [fault…], rows: [{row, title, faults: [{cell, column, code, parameters}],
    /// duplicates: [{entry, title, reason, similarity}]}], rows_left_out}: rows with something to
    /// say, at most `reported_rows_max`.
    base::json::object report;
    base::Time created_at;
    std::optional<base::Time> committed_at;
    std::int64_t entries_made = 0;
};

enum class AfterImport { keep_drafts, submit };

/// Entries from a spreadsheet: a dry run that stores a report per row and cell, then a commit that
/// applies exactly the file that was checked, in one transaction, once. The file is kept sealed,
/// since it may hold confidential cells. Stateless; thread-safe.
class Imports {
  public:
    Imports(const Entries& entries, const party::Permissions& permissions, store::Files& files,
            const base::Vault& vault)
        : entries_(&entries), permissions_(&permissions), files_(&files), vault_(&vault) {}

    static constexpr std::size_t rows_max = 20'000;
    static constexpr std::size_t reported_rows_max = 2'000;

    /// The dry run. `bytes` is the file, `rows` what it holds, heading first. Errors: not_permitted,
    /// `kind_unknown`, `organisation_missing`, `import_empty`, `import_too_many_rows` {max}.
    /// Whatever is wrong inside the file is not an error but in the report.
    base::Result<Import> check(store::Database&, const party::Actor&, std::string_view kind,
                               std::string_view file_name, std::string_view bytes,
                               const std::vector<SheetRow>& rows,
                               const store::Outcome<Import>& outcome = {}) const;

    /// One's own organisation's imports only; `import_not_found`.
    base::Result<Import> require(store::Reader&, const party::Actor&, std::string_view id) const;
    /// The file as it was checked; `file_damaged`.
    base::Result<std::string> file(const Import&) const;

    /// Makes the entries. `rows` must come from `file`. Errors: `import_already_committed`,
    /// `import_has_faults` {rows}, `import_incomplete` {rows} (only to submit), `import_not_found`,
    /// those of Entries::create and advance.
    base::Result<Import> commit(store::Database&, const party::Actor&, std::string_view id,
                                const std::vector<SheetRow>& rows, AfterImport after,
                                const store::Outcome<Import>& outcome = {}) const;

  private:
    std::string context_of(std::string_view file_hash) const;

    const Entries* entries_;
    const party::Permissions* permissions_;
    store::Files* files_;
    const base::Vault* vault_;
};

}  // namespace catalog
