#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "store/database.h"

namespace store {

/// Merkle trees in the shape of RFC 9162 §2.1: leaf = H(0x00 ‖ text), node = H(0x01 ‖ left ‖ right),
/// the left subtree is the largest power of two smaller than the number of leaves. Pure functions.
base::Digest merkle_leaf(base::HashAlgorithm algorithm, std::string_view text);
base::Digest merkle_node(base::HashAlgorithm algorithm, const base::Digest& left,
                         const base::Digest& right);
/// At least one leaf.
base::Digest merkle_root(base::HashAlgorithm algorithm, std::vector<base::Digest> leaves);

/// On which side of the path so far the sibling stands.
enum class Side { left, right };
struct MerkleStep {
    Side side;
    base::Digest hash;
};
/// From the leaf up to the root.
std::vector<MerkleStep> merkle_path(base::HashAlgorithm algorithm, std::vector<base::Digest> leaves,
                                    std::size_t index);

/// "<seq> <hash of the row in hex>": what a leaf is made of.
std::string leaf_text(std::int64_t seq, std::string_view row_hash);
/// The leaves of the rows in [first_seq, last_seq] that are there.
std::vector<base::Digest> read_leaves(Reader& reader, base::HashAlgorithm algorithm,
                                      std::int64_t first_seq, std::int64_t last_seq);

}  // namespace store
