#include "party/outbox.h"

#include "base/hash.h"
#include "base/id.h"
#include "base/json.h"

namespace party {
namespace {

std::string context_of(std::string_view id) {
    return "letter:" + std::string(id);
}

}  // namespace

void Outbox::post(store::Transaction& transaction, const base::Vault& vault, const Letter& letter) {
    base::json::object parameters;
    for (const auto& [key, value] : letter.parameters)
        parameters[key] = value;
    const base::json::object content{{"to", letter.to},
                                     {"kind", letter.kind},
                                     {"language", base::tag_of(letter.language)},
                                     {"parameters", std::move(parameters)}};
    const std::string id = base::new_ulid(transaction.now(), transaction.random());
    transaction.execute(
        "insert into party_letter (id, sealed, expires_at) values (:id, :sealed, :expires_at)",
        {{"id", id},
         {"sealed", base::to_base64(vault.seal(base::canonical_json(content), context_of(id),
                                               transaction.random()))},
         {"expires_at", letter.expires_at}});
}

std::vector<Letter> Outbox::waiting(store::Reader& reader, const base::Vault& vault, base::Time now,
                                    std::size_t limit) {
    std::vector<Letter> letters;
    for (const store::Row& row : reader.query(
             "select id, sealed, expires_at from party_letter where expires_at > :now order by id "
             "limit :limit",
             {{"now", now}, {"limit", static_cast<std::int64_t>(limit)}})) {
        const auto sealed = base::from_base64(row.text(1));
        if (!sealed) continue;
        const auto opened = vault.open(*sealed, context_of(row.text(0)));
        if (!opened) continue;
        const auto content = base::parse_json(*opened);
        if (!content || !content->is_object()) continue;
        const base::json::object& fields = content->get_object();
        Letter letter;
        letter.id = row.text(0);
        letter.to = base::text_at(fields, "to");
        letter.kind = base::text_at(fields, "kind");
        letter.language =
            base::parse_language(base::text_at(fields, "language")).value_or(letter.language);
        for (const auto& [key, value] : base::object_at(fields, "parameters"))
            if (value.is_string()) letter.parameters[key] = std::string(value.get_string());
        letter.expires_at = row.time(2);
        letters.push_back(std::move(letter));
    }
    return letters;
}

void Outbox::remove(store::Transaction& transaction, std::string_view id) {
    transaction.execute("delete from party_letter where id = :id", {{"id", id}});
}

std::int64_t Outbox::sweep(store::Transaction& transaction) {
    return transaction.execute("delete from party_letter where expires_at <= :now",
                               {{"now", transaction.now()}});
}

}  // namespace party
