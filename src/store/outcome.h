#pragma once

#include <functional>

#include "store/database.h"

namespace store {

/// What a caller wants done with a rule's result inside the rule's own transaction. A rule that
/// opens its transaction itself takes one and calls it last, so that, for instance, the answer to
/// the request is kept together with the effect without the rule knowing of requests.
template <class T>
using Outcome = std::function<base::Status(Transaction&, const T&)>;

/// `result` if there is no outcome or it agrees; otherwise its refusal, which undoes the work.
template <class T>
base::Result<T> concluded(const Outcome<T>& outcome, Transaction& transaction, T result) {
    if (outcome) TRY(outcome(transaction, result));
    return result;
}

}  // namespace store
