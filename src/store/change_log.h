#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/hash.h"
#include "store/database.h"

namespace store {

/// A row of the change log as stored. hash = H(previous ‖ seq-independent canonical form of the
/// row), previous = the hash of the same subject's row before it (docs/formats/change-log.md).
struct LogRow {
    std::int64_t seq = 0;
    base::Time at;
    Change change;
    std::string previous_hash;  ///< hex; empty for a subject's first row
    std::string hash;           ///< hex
};

/// Rows after `seq`, in order, at most `limit`.
std::vector<LogRow> changes_after(Reader& reader, std::int64_t seq, std::size_t limit);
/// All rows of one subject, oldest first.
std::vector<LogRow> changes_of(Reader& reader, std::string_view subject);
std::int64_t last_seq(Reader& reader);
/// The hash algorithm of this database's log; `algorithm_unknown` if the setting was tampered with.
base::Result<base::HashAlgorithm> log_algorithm(Reader& reader);

/// A signed Merkle root over a batch of consecutive rows.
struct BatchRoot {
    std::int64_t first_seq = 0;
    std::int64_t last_seq = 0;
    base::Time signed_at;
    std::string previous_root;  ///< hex, of the batch before; empty for the first
    std::string root;           ///< hex
    std::string signature;      ///< base64, over signed_text
    std::string algorithm;      ///< of the signature
};

/// Signs a root over the rows since the last batch, if there are any. Called every minute by `app`.
base::Status sign_batch(Database& database, const base::Signer& signer);
/// The batch that covers `seq`, once signed.
std::optional<BatchRoot> batch_of(Reader& reader, std::int64_t seq);
/// Batches that begin after `seq`, in order, at most `limit`.
std::vector<BatchRoot> batches_after(Reader& reader, std::int64_t seq, std::size_t limit);
/// The text under the signature.
std::string signed_text(const BatchRoot& batch, base::HashAlgorithm algorithm);
/// The path of hashes from the row to its batch root (hex, with side), so that a third party can
/// check one record without seeing the others. 'L' or 'R' says where the other hash stands. Empty
/// for the only row of a batch, and while the row has no batch (see batch_of).
std::vector<std::pair<char, std::string>> inclusion_proof(Reader& reader, std::int64_t seq);

struct VerifyReport {
    std::int64_t rows = 0;
    std::int64_t batches = 0;
    std::int64_t unsigned_rows = 0;   ///< since the last batch
    std::vector<std::string> faults;  ///< first broken row first; empty if all is well; 100 at most
};
/// Recomputes every hash, chain, root and signature, in memory that does not grow with the log.
/// `public_key_pem` may hold several keys one after another, when the key was changed over time.
base::Result<VerifyReport> verify_log(Database& database, std::string_view public_key_pem);

}  // namespace store
