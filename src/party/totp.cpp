#include "party/totp.h"

#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "base/hash.h"

namespace party {

std::int64_t totp_step(base::Time moment) {
    return moment.microseconds / (totp_step_seconds * 1'000'000);
}

std::string totp_code(std::string_view secret, std::int64_t step, int digits) {
    CHECK(digits >= 6 && digits <= 8);
    std::array<unsigned char, 8> counter{};
    auto rest = static_cast<std::uint64_t>(step);
    for (std::size_t i = counter.size(); i-- > 0; rest >>= 8)
        counter[i] = static_cast<unsigned char>(rest & 0xff);
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned int length = 0;
    const auto* done = HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()),
                            counter.data(), counter.size(), mac.data(), &length);
    CHECK(done != nullptr && length == 20);
    // Dynamic truncation, RFC 4226 section 5.3.
    const std::size_t offset = mac[19] & 0xf;
    const std::uint32_t number = (static_cast<std::uint32_t>(mac[offset] & 0x7f) << 24) |
                                 (static_cast<std::uint32_t>(mac[offset + 1]) << 16) |
                                 (static_cast<std::uint32_t>(mac[offset + 2]) << 8) |
                                 static_cast<std::uint32_t>(mac[offset + 3]);
    std::uint32_t modulus = 1;
    for (int i = 0; i < digits; ++i)
        modulus *= 10;
    const std::string text = std::to_string(number % modulus);
    return std::string(static_cast<std::size_t>(digits) - text.size(), '0') + text;
}

std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code,
                                       base::Time now, std::int64_t last_step) {
    const std::int64_t present = totp_step(now);
    std::optional<std::int64_t> found;
    for (std::int64_t step = present - 1; step <= present + 1; ++step) {
        const bool same = base::equal_in_constant_time(totp_code(secret, step), code);
        if (same && step > last_step) found = step;
    }
    return found;
}

std::string to_base32(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string text;
    std::uint32_t buffer = 0;
    int bits = 0;
    for (const char byte : bytes) {
        buffer = (buffer << 8) | static_cast<unsigned char>(byte);
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            text += alphabet[(buffer >> bits) & 31];
        }
    }
    if (bits > 0) text += alphabet[(buffer << (5 - bits)) & 31];
    return text;
}

std::string totp_url(std::string_view secret, std::string_view login) {
    std::string label;
    for (const char letter : login) {
        const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                           (letter >= '0' && letter <= '9') || letter == '.' || letter == '-' ||
                           letter == '_';
        const auto byte = static_cast<unsigned char>(letter);
        if (plain)
            label += letter;
        else
            label += "%" + base::to_hex(std::span(&byte, 1));
    }
    return "otpauth://totp/Guiqiao:" + label + "?secret=" + to_base32(secret) +
           "&issuer=Guiqiao&algorithm=SHA1&digits=6&period=30";
}

}  // namespace party
