#pragma once

#include <functional>

#include "http/reply.h"
#include "http/request.h"
#include "store/database.h"
#include "store/outcome.h"

namespace party {

/// Runs `work` in a transaction and, for a request with an Idempotency-Key, keeps its answer in the
/// same one: either effect and answer are durable, or neither, so a retry after a crash gets the
/// first answer and never acts twice. A key that another node answered meanwhile gives that answer
/// (`idempotency_conflict` for another request under it). For every POST that creates or pays.
base::Result<http::Reply> write_once(
    store::Database& database, const http::Request& request,
    std::function<base::Result<http::Reply>(store::Transaction&)> work);

/// Keeps the answer inside a transaction that somebody else opened; refuses `request_in_progress`
/// when another node answered the same key in the meantime.
base::Status keep_answer(store::Database& database, store::Transaction& transaction,
                         const http::Request& request, const http::Reply& reply);

/// The same as outcome of a rule that opens its transaction itself; `reply` makes the answer.
template <class T, class MakeReply>
store::Outcome<T> outcome_once(store::Database& database, const http::Request& request,
                               MakeReply reply) {
    if (!request.once) return {};
    return [&database, &request, reply](store::Transaction& transaction, const T& result) {
        return keep_answer(database, transaction, request, reply(result));
    };
}

}  // namespace party
