#pragma once

#include <span>
#include <string_view>

#include "store/database.h"

namespace store {

/// One step of a module's schema. SQL in the common subset; `{json}` is replaced by the type of JSON
/// text (text on both), `{bigint}` by BIGINT, which every whole number must be declared as. Statements are separated by ";\n". Never edited once landed.
struct Migration {
    std::string_view module;  ///< "catalog"
    int number;               ///< 1, 2, 3 … within the module
    std::string_view title;
    std::string_view sql;
};

/// Whether the steps given are all that the program knows, or those of some modules only.
enum class Extent { these_modules, whole_program };

/// Applies, in the order given, what the database does not have yet; each step in a transaction.
/// Refuses (`schema_newer`) a database that holds steps this program does not know: of the modules
/// named in `migrations`, or of any module with Extent::whole_program. Refuses (`schema_changed`) a
/// step that was edited after it had been applied.
base::Status migrate(Database& database, std::span<const Migration> migrations,
                     Extent extent = Extent::these_modules);

/// The store's own tables (change log, series, idempotency): always the first to apply.
std::span<const Migration> store_migrations();

}  // namespace store
