#include "trade/sealed_bid.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <sodium.h>

#include "base/check.h"
#include "base/hash.h"

namespace trade {
namespace {

constexpr std::size_t text_bytes_max = 200;
constexpr std::size_t salt_bytes_max = 60;
using Key = std::array<unsigned char, crypto_box_PUBLICKEYBYTES>;
static_assert(crypto_box_PUBLICKEYBYTES == crypto_box_SECRETKEYBYTES);

void start_sodium() {
    static const bool started = sodium_init() >= 0;
    CHECK(started);
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_of(std::span<const unsigned char> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool read_key(std::string_view base64, Key& key) {
    auto bytes = base::from_base64(base64);
    if (!bytes || bytes->size() != key.size()) return false;
    std::memcpy(key.data(), bytes->data(), key.size());
    return true;
}

std::unexpected<base::Error> damaged(std::string_view words) {
    return base::refuse(base::conflict("sealed_damaged").saying(words));
}

}  // namespace

BoxKeys make_box_keys() {
    start_sodium();
    Key open, secret;
    crypto_box_keypair(open.data(), secret.data());
    BoxKeys keys{base::to_base64(text_of(open)), base::to_base64(text_of(secret))};
    sodium_memzero(secret.data(), secret.size());
    return keys;
}

bool is_box_key(std::string_view base64) {
    Key key;
    return read_key(base64, key);
}

bool keys_belong(std::string_view public_key, std::string_view secret_key) {
    start_sodium();
    Key open, secret, derived;
    if (!read_key(public_key, open) || !read_key(secret_key, secret)) return false;
    if (crypto_scalarmult_base(derived.data(), secret.data()) != 0) return false;
    return sodium_memcmp(derived.data(), open.data(), open.size()) == 0;
}

std::string seal_under_keys(std::span<const std::string> public_keys, std::string_view text) {
    start_sodium();
    CHECK(text.size() <= text_bytes_max && !public_keys.empty());
    std::string inner(text);
    inner.resize(text_bytes_max, ' ');
    // The last holder's box is the innermost: the first opens first.
    for (std::size_t index = public_keys.size(); index-- > 0;) {
        Key key;
        CHECK_WITH(read_key(public_keys[index], key), "the key of a sale is no key");
        std::string box(inner.size() + crypto_box_SEALBYTES, '\0');
        CHECK(crypto_box_seal(reinterpret_cast<unsigned char*>(box.data()), bytes_of(inner),
                              inner.size(), key.data()) == 0);
        sodium_memzero(inner.data(), inner.size());
        inner = std::move(box);
    }
    return base::to_base64(inner);
}

base::Result<std::string> open_under_keys(std::span<const BoxKeys> keys, std::string_view sealed) {
    start_sodium();
    std::string box = TRY(base::from_base64(sealed));
    for (const BoxKeys& pair : keys) {
        Key open, secret;
        if (!read_key(pair.public_key, open) || !read_key(pair.secret_key, secret)) {
            return damaged("a key is no key");
        }
        if (box.size() < crypto_box_SEALBYTES) return damaged("the box is too short");
        std::string inner(box.size() - crypto_box_SEALBYTES, '\0');
        if (crypto_box_seal_open(reinterpret_cast<unsigned char*>(inner.data()), bytes_of(box),
                                 box.size(), open.data(), secret.data()) != 0) {
            return damaged("the box does not open with this key");
        }
        box = std::move(inner);
    }
    box.erase(box.find_last_not_of(' ') + 1);
    return box;
}

bool is_salt(std::string_view text) {
    return text.size() <= salt_bytes_max && std::ranges::all_of(text, [](char letter) {
               return (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
                      (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
           });
}

std::string SealedContent::to_text() const {
    return base::json::serialize(
        base::json::object{{"amount", amount}, {"salt", salt}, {"units", units}});
}

base::Result<SealedContent> SealedContent::parse(std::string_view text) {
    base::json::object object = TRY(base::require_object(TRY(base::parse_json(text))));
    return SealedContent{TRY(base::require_text(object, "amount")),
                         TRY(base::require_text(object, "salt")),
                         static_cast<int>(TRY(base::require_integer(object, "units")))};
}

}  // namespace trade
