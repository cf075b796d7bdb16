#include "party/once_api.h"

#include "store/idempotency.h"

namespace party {

namespace {

std::string header_or_empty(const http::Reply& reply, std::string_view name) {
    const std::string* value = reply.find_header(name);
    return value == nullptr ? std::string() : *value;
}

/// The answer that stands under the key already; nothing when the request is the first.
base::Result<std::optional<http::Reply>> earlier_answer(store::IdempotencyTable& table,
                                                        store::Reader& reader,
                                                        const http::OnceKey& once) {
    auto known = table.recall(reader, once.scope, once.key);
    if (!known) return std::optional<http::Reply>();
    if (known->request_hash != once.request_hash)
        return base::refuse(base::conflict("idempotency_conflict"));
    return std::optional(http::repeated(known->status, std::move(known->content_type),
                                        std::move(known->body), known->location, known->etag));
}

}  // namespace

base::Status keep_answer(store::Database& database, store::Transaction& transaction,
                         const http::Request& request, const http::Reply& reply) {
    if (!request.once || !http::is_repeatable(reply)) return {};
    http::OnceKey& once = *request.once;
    store::IdempotencyTable table(database, once.vault);
    // The gate looked before the transaction began; another node may have been faster since.
    if (table.recall(transaction, once.scope, once.key))
        return base::refuse(base::conflict("request_in_progress"));
    table.remember(transaction, once.scope, once.key,
                   {.request_hash = once.request_hash,
                    .status = reply.status,
                    .content_type = reply.content_type,
                    .body = reply.body,
                    .location = header_or_empty(reply, "location"),
                    .etag = header_or_empty(reply, "etag")});
    // Should the commit fail, the handler refuses, and a refusal is never kept anyway.
    once.kept = true;
    return {};
}

base::Result<http::Reply> write_once(
    store::Database& database, const http::Request& request,
    std::function<base::Result<http::Reply>(store::Transaction&)> work) {
    return database.write<http::Reply>(
        [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            if (request.once) {
                store::IdempotencyTable table(database, request.once->vault);
                if (auto earlier = TRY(earlier_answer(table, transaction, *request.once)))
                    return std::move(*earlier);
            }
            http::Reply made = TRY(work(transaction));
            TRY(keep_answer(database, transaction, request, made));
            return made;
        });
}

}  // namespace party
