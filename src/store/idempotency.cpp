#include "store/idempotency.h"

#include "base/hash.h"

namespace store {
namespace {

constexpr std::string_view sealed_mark = "sealed:";

std::string context_of(std::string_view scope, std::string_view key) {
    return "answer:" + std::string(scope) + "\n" + std::string(key);
}

}  // namespace

base::Result<std::optional<RememberedAnswer>> IdempotencyTable::recall(std::string_view scope,
                                                                       std::string_view key) {
    using Found = std::optional<RememberedAnswer>;
    return database_.read<Found>(
        [&](Reader& reader) { return base::Result<Found>(recall(reader, scope, key)); });
}

std::optional<RememberedAnswer> IdempotencyTable::recall(Reader& reader, std::string_view scope,
                                                         std::string_view key) {
    std::optional<Row> row = reader.first(
        "select request_hash, status, content_type, body, location, etag from store_idempotency "
        "where scope = :scope and request_key = :key and expires_at > :now",
        {{"scope", scope}, {"key", key}, {"now", database_.clock().now()}});
    if (!row) return {};
    std::string body = row->text(3);
    if (vault_ != nullptr && body.starts_with(sealed_mark)) {
        auto sealed = base::from_base64(body.substr(sealed_mark.size()));
        auto opened = sealed ? vault_->open(*sealed, context_of(scope, key)) : std::move(sealed);
        // Under another master key nothing of before can be repeated: the key counts as unknown.
        if (!opened) return {};
        body = std::move(*opened);
    }
    return RememberedAnswer{row->text(0), static_cast<int>(row->integer(1)),
                            row->text(2), std::move(body),
                            row->text(4), row->text(5)};
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
    std::string body = answer.body;
    if (vault_ != nullptr)
        body = std::string(sealed_mark) +
               base::to_base64(
                   vault_->seal(answer.body, context_of(scope, key), transaction.random()));
    transaction.execute(
        "insert into store_idempotency (scope, request_key, request_hash, status, content_type, "
        "body, location, etag, expires_at) values (:scope, :key, :request_hash, :status, "
        ":content_type, :body, :location, :etag, :expires_at) "
        "on conflict (scope, request_key) do update set request_hash = excluded.request_hash, "
        "status = excluded.status, content_type = excluded.content_type, body = excluded.body, "
        "location = excluded.location, etag = excluded.etag, expires_at = excluded.expires_at "
        "where store_idempotency.expires_at <= :now",
        {{"scope", scope},
         {"key", key},
         {"request_hash", answer.request_hash},
         {"status", answer.status},
         {"content_type", answer.content_type},
         {"body", body},
         {"location", answer.location},
         {"etag", answer.etag},
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
