#pragma once

#include <string_view>

#include "store/database.h"
#include "store/statement.h"

namespace store {

/// Writes one row whose columns are the names of the bindings, so that a record's columns stand in
/// one place of its module. Table and column names are ours, never a user's.
void insert_row(Transaction& transaction, std::string_view table, const Bindings& columns);

/// Writes these columns of the row whose `id` they name; the other columns stay. Returns how many
/// rows there were: 0 when the id is unknown.
std::int64_t update_row(Transaction& transaction, std::string_view table, const Bindings& columns);

}  // namespace store
