#include "base/hash.h"

#include <fstream>
#include <memory>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include "base/check.h"

namespace base {
namespace {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const EVP_MD* method_of(HashAlgorithm algorithm) {
    return algorithm == HashAlgorithm::sm3 ? EVP_sm3() : EVP_sha256();
}

Context start(HashAlgorithm algorithm) {
    Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    CHECK(context && EVP_DigestInit_ex(context.get(), method_of(algorithm), nullptr) == 1);
    return context;
}

Digest finish(const Context& context) {
    Digest result;
    unsigned length = 0;
    CHECK(EVP_DigestFinal_ex(context.get(), result.data(), &length) == 1 &&
          length == result.size());
    return result;
}

std::string encode(std::string_view bytes, int variant) {
    std::string text(sodium_base64_ENCODED_LEN(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(),
                      reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), variant);
    text.resize(text.find('\0'));
    return text;
}

}  // namespace

Result<HashAlgorithm> parse_hash_algorithm(std::string_view name) {
    if (name == "sm3") return HashAlgorithm::sm3;
    if (name == "sha256") return HashAlgorithm::sha256;
    return refuse(invalid("algorithm_unknown").with("value", name));
}

std::string_view to_string(HashAlgorithm algorithm) {
    return algorithm == HashAlgorithm::sm3 ? "sm3" : "sha256";
}

Digest digest(HashAlgorithm algorithm, std::string_view bytes) {
    Context context = start(algorithm);
    CHECK(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
    return finish(context);
}

Result<Digest> digest_file(HashAlgorithm algorithm, const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return refuse(error(ErrorKind::unavailable, "file_unreadable").with("path", path));
    Context context = start(algorithm);
    std::string buffer(1 << 16, '\0');
    while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), in.gcount() > 0) {
        CHECK(EVP_DigestUpdate(context.get(), buffer.data(),
                               static_cast<std::size_t>(in.gcount())) == 1);
    }
    if (in.bad())
        return refuse(error(ErrorKind::unavailable, "file_unreadable").with("path", path));
    return finish(context);
}

Digest hmac_sha256(std::string_view key, std::string_view bytes) {
    Digest result;
    unsigned length = 0;
    CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
               reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), result.data(),
               &length) != nullptr);
    return result;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
    std::string text(bytes.size() * 2 + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
    text.pop_back();
    return text;
}

Result<std::string> from_hex(std::string_view text) {
    std::string bytes(text.size() / 2, '\0');
    std::size_t length = 0;
    const char* end = nullptr;
    int status = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                text.data(), text.size(), nullptr, &length, &end);
    if (status != 0 || end != text.data() + text.size()) return refuse(invalid("hex_malformed"));
    return bytes;
}

std::string to_base64(std::string_view bytes) {
    return encode(bytes, sodium_base64_VARIANT_ORIGINAL);
}

Result<std::string> from_base64(std::string_view text) {
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    std::size_t length = 0;
    int status =
        sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), nullptr, &length, nullptr, sodium_base64_VARIANT_ORIGINAL);
    if (status != 0) return refuse(invalid("base64_malformed"));
    bytes.resize(length);
    return bytes;
}

std::string random_token(Random& random, std::size_t bytes) {
    std::string raw(bytes, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(raw.data()), raw.size()});
    return encode(raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace base
