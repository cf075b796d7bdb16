#pragma once

#include <span>
#include <string_view>

#include "store/database.h"

namespace store {

/// One step of a module's schema. SQL in the common subset; `{json}` is replaced by the dialect's
/// JSON text type, `{bigint}` by BIGINT. Statements are separated by ";\n". Never edited once landed.
struct Migration {
    std::string_view module;  ///< "catalog"
    int number;               ///< 1, 2, 3 … within the module
    std::string_view title;
    std::string_view sql;
};

/// Applies, in the order given, what the database does not have yet; each step in a transaction.
/// Refuses (`schema_newer`) a database that holds steps this program does not know.
base::Status migrate(Database& database, std::span<const Migration> migrations);

/// The store's own tables (change log, series, idempotency): always the first to apply.
std::span<const Migration> store_migrations();

}  // namespace store
