#include <array>
#include <string_view>

#include "base/check.h"
#include "party/organisation.h"

namespace party {

namespace {

/// GB 32100-2015: digits and capitals without I, O, S, V, Z.
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
constexpr int modulus = 31;
static_assert(alphabet.size() == modulus);

int value_of(char letter) {
    const std::size_t at = alphabet.find(letter);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

char credit_code_check(std::string_view first_17) {
    CHECK(first_17.size() == 17);
    int sum = 0;
    int weight = 1;  // 3^(i-1) mod 31
    for (const char letter : first_17) {
        const int value = value_of(letter);
        CHECK_WITH(value >= 0, "not a letter of GB 32100");
        sum += value * weight;
        weight = weight * 3 % modulus;
    }
    // The outer modulus turns 31 into 0: forgetting it is the usual mistake.
    return alphabet[static_cast<std::size_t>((modulus - sum % modulus) % modulus)];
}

bool is_valid_credit_code(std::string_view code) {
    if (code.size() != 18) return false;
    for (const char letter : code)
        if (value_of(letter) < 0) return false;
    return credit_code_check(code.substr(0, 17)) == code.back();
}

}  // namespace party
