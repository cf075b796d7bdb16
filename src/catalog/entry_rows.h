#pragma once

#include <string>
#include <string_view>

#include "catalog/entry.h"
#include "store/database.h"

/// The rows of entries, shared by the entry*.cpp files of this module only.
namespace catalog::rows {

/// The column list that `read` expects.
#define CATALOG_ENTRY_COLUMNS                                                               \
    "id, kind, version, state, owner, place, author, language, title, body, confidential, " \
    "visibility, created_at, updated_at, first_published_at, published_at, valid_until, "   \
    "is_sample"

Entry read(const store::Row& row);
/// `sealed` is the confidential part as it is stored: base64, or empty.
void insert(store::Transaction&, const Kind&, const Entry&, const std::string& sealed,
            std::string_view import);
/// Writes body, title and the columns drawn from it over version `entry.version - 1`.
void update_body(store::Transaction&, const Kind&, const Entry&, const std::string& sealed);
std::string sealed_of(store::Reader&, const base::Id<Entry>&);

}  // namespace catalog::rows
