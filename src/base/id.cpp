#include "base/id.h"

#include <algorithm>
#include <array>

namespace base {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

}  // namespace

std::string new_ulid(Time now, Random& random) {
    std::string text(26, '0');
    auto milliseconds = static_cast<std::uint64_t>(now.microseconds / 1000);
    for (int i = 9; i >= 0; --i, milliseconds >>= 5) {
        text[static_cast<std::size_t>(i)] = alphabet[milliseconds & 31];
    }
    auto within = static_cast<std::uint64_t>(now.microseconds % 1000);
    text[10] = alphabet[within >> 5];
    text[11] = alphabet[within & 31];
    std::array<std::uint8_t, 14> bytes;
    random.fill(bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        text[12 + i] = alphabet[bytes[i] & 31];
    return text;
}

bool is_ulid(std::string_view text) {
    return text.size() == 26 && text[0] <= '7' && std::all_of(text.begin(), text.end(), [](char c) {
               return alphabet.find(c) != alphabet.npos;
           });
}

}  // namespace base
