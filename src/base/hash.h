#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace base {

enum class HashAlgorithm { sm3, sha256 };

/// "sm3" or "sha256"; `algorithm_unknown` otherwise.
Result<HashAlgorithm> parse_hash_algorithm(std::string_view name);
std::string_view to_string(HashAlgorithm algorithm);

using Digest = std::array<std::uint8_t, 32>;

Digest digest(HashAlgorithm algorithm, std::string_view bytes);
inline Digest sha256(std::string_view bytes) {
    return digest(HashAlgorithm::sha256, bytes);
}
/// Hash of a whole file without reading it into memory at once; `file_unreadable`.
Result<Digest> digest_file(HashAlgorithm algorithm, const std::string& path);
Digest hmac_sha256(std::string_view key, std::string_view bytes);

std::string to_hex(std::span<const std::uint8_t> bytes);
Result<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);
/// Standard alphabet with padding; `base64_malformed`.
Result<std::string> from_base64(std::string_view text);
/// URL-safe random text of `bytes` × 8 bits, for session tokens, tracking codes and the like.
std::string random_token(Random& random, std::size_t bytes);
/// Compares without leaking by time where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace base
