#include "catalog/entry_rows.h"

#include "base/check.h"
#include "catalog/body.h"

namespace catalog::rows {
namespace {

store::Bindings body_bindings(const Kind& kind, const Entry& entry, const std::string& sealed) {
    std::optional<std::int64_t> level;
    if (auto found = level_of(kind, entry.body)) level = *found;
    return {{"id", entry.id},
            {"version", entry.version},
            {"title", entry.title},
            {"body", base::json::serialize(entry.body)},
            {"confidential", sealed},
            {"card", base::text_at(entry.body, kind.columns.card)},
            {"level", level},
            {"amount", amount_of(kind, entry.body)},
            {"deadline", base::text_at(entry.body, kind.columns.deadline)},
            {"visibility", entry.visibility},
            {"updated_at", entry.updated_at}};
}

}  // namespace

Entry read(const store::Row& row) {
    Entry entry;
    entry.id = row.id<Entry>(0);
    entry.kind = row.text(1);
    entry.version = row.integer(2);
    entry.state = row.text(3);
    entry.owner = row.id<party::Organisation>(4);
    entry.place = row.text(5);
    entry.author = row.id<party::Account>(6);
    entry.language = row.text(7);
    entry.title = row.text(8);
    auto body = base::parse_json(row.text(9));
    CHECK_WITH(body && body->is_object(), entry.id.text());
    entry.body = std::move(body->get_object());
    entry.has_confidential = !row.text(10).empty();
    entry.visibility = row.text(11);
    entry.created_at = row.time(12);
    entry.updated_at = row.time(13);
    entry.first_published_at = row.time_if(14);
    entry.published_at = row.time_if(15);
    entry.valid_until = row.time_if(16);
    entry.is_sample = row.flag(17);
    return entry;
}

void insert(store::Transaction& transaction, const Kind& kind, const Entry& entry,
            const std::string& sealed, std::string_view import) {
    store::Bindings bindings = body_bindings(kind, entry, sealed);
    for (store::Binding& binding : std::vector<store::Binding>{{"kind", entry.kind},
                                                               {"state", entry.state},
                                                               {"owner", entry.owner},
                                                               {"place", entry.place},
                                                               {"author", entry.author},
                                                               {"language", entry.language},
                                                               {"created_at", entry.created_at},
                                                               {"is_sample", entry.is_sample},
                                                               {"import", import}}) {
        bindings.push_back(std::move(binding));
    }
    transaction.execute(
        "INSERT INTO catalog_entry (id, kind, version, state, owner, place, author, language,"
        " title, body, confidential, card, level, amount, deadline, visibility, created_at,"
        " updated_at, is_sample, import) VALUES (:id, :kind, :version, :state, :owner, :place,"
        " :author, :language, :title, :body, :confidential, :card, :level, :amount, :deadline,"
        " :visibility, :created_at, :updated_at, :is_sample, :import)",
        bindings);
}

void update_body(store::Transaction& transaction, const Kind& kind, const Entry& entry,
                 const std::string& sealed) {
    store::Bindings bindings = body_bindings(kind, entry, sealed);
    bindings.push_back({"before", entry.version - 1});
    std::int64_t changed = transaction.execute(
        "UPDATE catalog_entry SET version = :version, title = :title, body = :body,"
        " confidential = :confidential, card = :card, level = :level, amount = :amount,"
        " deadline = :deadline, visibility = :visibility, updated_at = :updated_at"
        " WHERE id = :id AND version = :before",
        bindings);
    CHECK(changed == 1);
}

std::string sealed_of(store::Reader& reader, const base::Id<Entry>& id) {
    auto row = reader.first("SELECT confidential FROM catalog_entry WHERE id = :id", {{"id", id}});
    return row ? row->text(0) : std::string();
}

}  // namespace catalog::rows
