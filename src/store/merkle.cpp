#include "store/merkle.h"

#include "base/check.h"

namespace store {
namespace {

/// One level up: pairs become their node, an odd one at the end goes up as it is. This gives the
/// same tree as the recursive definition of RFC 9162.
std::vector<base::Digest> level_above(base::HashAlgorithm algorithm,
                                      const std::vector<base::Digest>& level) {
    std::vector<base::Digest> above;
    above.reserve((level.size() + 1) / 2);
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) {
        above.push_back(merkle_node(algorithm, level[i], level[i + 1]));
    }
    if (level.size() % 2 == 1) above.push_back(level.back());
    return above;
}

std::string_view bytes_of(const base::Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

base::Digest merkle_leaf(base::HashAlgorithm algorithm, std::string_view text) {
    std::string bytes(1, '\x00');
    bytes += text;
    return base::digest(algorithm, bytes);
}

base::Digest merkle_node(base::HashAlgorithm algorithm, const base::Digest& left,
                         const base::Digest& right) {
    std::string bytes(1, '\x01');
    bytes += bytes_of(left);
    bytes += bytes_of(right);
    return base::digest(algorithm, bytes);
}

base::Digest merkle_root(base::HashAlgorithm algorithm, std::vector<base::Digest> leaves) {
    CHECK(!leaves.empty());
    while (leaves.size() > 1)
        leaves = level_above(algorithm, leaves);
    return leaves.front();
}

std::vector<MerkleStep> merkle_path(base::HashAlgorithm algorithm, std::vector<base::Digest> leaves,
                                    std::size_t index) {
    CHECK(index < leaves.size());
    std::vector<MerkleStep> path;
    while (leaves.size() > 1) {
        std::size_t sibling = index ^ 1;
        if (sibling < leaves.size()) {
            path.push_back({sibling < index ? Side::left : Side::right, leaves[sibling]});
        }
        leaves = level_above(algorithm, leaves);
        index /= 2;
    }
    return path;
}

std::string leaf_text(std::int64_t seq, std::string_view row_hash) {
    return std::to_string(seq) + " " + std::string(row_hash);
}

}  // namespace store
