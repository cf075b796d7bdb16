#include "store/idempotency.h"

namespace store {

base::Result<std::optional<RememberedAnswer>> IdempotencyTable::recall(std::string_view scope,
                                                                       std::string_view key) {
    using Found = std::optional<RememberedAnswer>;
    return database_.read<Found>([&](Reader& reader) -> base::Result<Found> {
        std::optional<Row> row = reader.first(
            "select request_hash, status, content_type, body, location from store_idempotency "
            "where scope = :scope and request_key = :key and expires_at > :now",
            {{"scope", scope}, {"key", key}, {"now", database_.clock().now()}});
        if (!row) return Found();
        return RememberedAnswer{row->text(0), static_cast<int>(row->integer(1)), row->text(2),
                                row->text(3), row->text(4)};
    });
}

base::Status IdempotencyTable::remember(std::string_view scope, std::string_view key,
                                        const RememberedAnswer& answer) {
    return database_.write<void>([&](Transaction& transaction) -> base::Status {
        remember(transaction, scope, key, answer);
        return {};
    });
}

void IdempotencyTable::remember(Transaction& transaction, std::string_view scope,
                                std::string_view key, const RememberedAnswer& answer) {
    transaction.execute(
        "insert into store_idempotency (scope, request_key, request_hash, status, content_type, "
        "body, location, expires_at) values (:scope, :key, :request_hash, :status, "
        ":content_type, :body, :location, :expires_at) "
        "on conflict (scope, request_key) do update set request_hash = excluded.request_hash, "
        "status = excluded.status, content_type = excluded.content_type, body = excluded.body, "
        "location = excluded.location, expires_at = excluded.expires_at "
        "where store_idempotency.expires_at <= :now",
        {{"scope", scope},
         {"key", key},
         {"request_hash", answer.request_hash},
         {"status", answer.status},
         {"content_type", answer.content_type},
         {"body", answer.body},
         {"location", answer.location},
         {"expires_at", transaction.now() + kept_for_},
         {"now", transaction.now()}});
}

base::Result<std::int64_t> IdempotencyTable::sweep() {
    return database_.write<std::int64_t>([&](Transaction& transaction) {
        return base::Result<std::int64_t>(
            transaction.execute("delete from store_idempotency where expires_at <= :now",
                                {{"now", transaction.now()}}));
    });
}

}  // namespace store
