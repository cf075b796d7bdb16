#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

/// Sealed bids under two keys: nobody reads one before both holders open it. A bid is judged, put
/// into a box for the second holder, that into a box for the first (libsodium sealed boxes: X25519,
/// XSalsa20-Poly1305), and its amount is forgotten. The secret keys are made on the holders' own
/// machines and reach the platform only when bids are opened; then they are published, so that
/// anybody can open the boxes of the record again. What this does not protect against is in
/// docs/trading.md. Pure but for the fresh keys of each box; thread-safe.
namespace trade {

/// base64 of 32 bytes each.
struct BoxKeys {
    std::string public_key;
    std::string secret_key;
};
BoxKeys make_box_keys();
bool is_box_key(std::string_view base64);
/// Whether the secret key belongs to the public one.
bool keys_belong(std::string_view public_key, std::string_view secret_key);

/// Padded to one length, so that the box does not tell how many digits an amount has. At most 200
/// bytes of text (CHECK). base64.
std::string seal_under_keys(std::span<const std::string> public_keys, std::string_view text);
/// `sealed_damaged` when box and keys do not belong together.
base::Result<std::string> open_under_keys(std::span<const BoxKeys> keys, std::string_view sealed);

/// A salt that a bidder may bring: at most 60 of A-Z, a-z, 0-9, - and _. Anything else could grow in
/// JSON beyond the box, or move the bars between the parts of a commitment.
bool is_salt(std::string_view text);

/// What is in the box of a bid: {"amount", "salt", "units"}.
struct SealedContent {
    std::string amount;
    std::string salt;
    int units = 1;
    std::string to_text() const;
    static base::Result<SealedContent> parse(std::string_view text);
};

}  // namespace trade
