#include "store/write_row.h"

#include <algorithm>
#include <string>

#include "base/check.h"

namespace store {

void insert_row(Transaction& transaction, std::string_view table, const Bindings& columns) {
    CHECK(!columns.empty());
    std::string names;
    std::string values;
    for (const Binding& column : columns) {
        names.append(names.empty() ? "" : ", ").append(column.name);
        values.append(values.empty() ? ":" : ", :").append(column.name);
    }
    transaction.execute(
        "insert into " + std::string(table) + " (" + names + ") values (" + values + ")", columns);
}

std::int64_t update_row(Transaction& transaction, std::string_view table, const Bindings& columns) {
    CHECK(std::ranges::any_of(columns, [](const Binding& column) { return column.name == "id"; }));
    std::string changes;
    for (const Binding& column : columns) {
        if (column.name == "id") continue;
        changes.append(changes.empty() ? "" : ", ").append(column.name);
        changes.append(" = :").append(column.name);
    }
    return transaction.execute(
        "update " + std::string(table) + " set " + changes + " where id = :id", columns);
}

}  // namespace store
