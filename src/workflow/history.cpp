#include "workflow/history.h"

#include <algorithm>

#include "base/check.h"

namespace workflow {
namespace {

bool is_confidential(std::span<const base::FieldSpec> fields, std::string_view name) {
    return std::any_of(fields.begin(), fields.end(), [&](const base::FieldSpec& field) {
        return field.name == name && field.confidential;
    });
}

base::FieldChange read_change(const base::json::object& item) {
    base::FieldChange change;
    change.field = base::text_at(item, "field");
    if (const auto* before = item.if_contains("before")) change.before = *before;
    if (const auto* after = item.if_contains("after")) change.after = *after;
    return change;
}

}  // namespace

void record_history(store::Transaction& transaction, const party::Actor& actor,
                    std::string_view subject, std::int64_t version,
                    const base::json::object& before, const base::json::object& after,
                    std::span<const base::FieldSpec> fields) {
    base::json::array changes;
    for (const base::FieldChange& change : base::difference(before, after, fields)) {
        base::json::object item{{"field", change.field}};
        if (!is_confidential(fields, change.field)) {
            item["before"] = change.before;
            item["after"] = change.after;
        }
        changes.push_back(std::move(item));
    }
    if (changes.empty()) return;
    transaction.execute(
        "INSERT INTO workflow_history (subject, version, at, actor, actor_name, changes)"
        " VALUES (:subject, :version, :at, :actor, :actor_name, :changes)",
        {{"subject", subject},
         {"version", version},
         {"at", transaction.now()},
         {"actor", actor.log_name()},
         {"actor_name", actor.name},
         {"changes", base::json::serialize(changes)}});
}

std::vector<HistoryEntry> history_of(store::Reader& reader, std::string_view subject) {
    std::vector<HistoryEntry> result;
    for (const store::Row& row :
         reader.query("SELECT version, at, actor_name, changes FROM workflow_history"
                      " WHERE subject = :subject ORDER BY version",
                      {{"subject", subject}})) {
        HistoryEntry entry{row.integer(0), row.time(1), row.text(2), {}};
        auto changes = base::parse_json(row.text(3));
        CHECK(changes && changes->is_array());
        for (const base::json::value& item : changes->get_array()) {
            entry.changes.push_back(read_change(item.as_object()));
        }
        result.push_back(std::move(entry));
    }
    return result;
}

}  // namespace workflow
