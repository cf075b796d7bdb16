#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"
#include "store/database.h"

namespace store {

/// The bytes that a row's hash is made over (docs/formats/change-log.md):
/// "guiqiao-change-1" LF previous LF at LF actor LF place LF subject LF action LF payload
/// Every field but the payload is one line, which makes the form unambiguous: CHECKed.
std::string canonical_form(std::string_view previous_hash, base::Time at, const Change& change);
/// Hex of the hash over the canonical form.
std::string row_hash(base::HashAlgorithm algorithm, std::string_view previous_hash, base::Time at,
                     const Change& change);

/// The text that a batch signature is made over.
struct BatchText {
    base::HashAlgorithm algorithm;
    std::int64_t first_seq;
    std::int64_t last_seq;
    base::Time signed_at;
    std::string_view previous_root;  ///< hex, empty for the first batch
    std::string_view root;           ///< hex
};
std::string batch_form(const BatchText& batch);

}  // namespace store
