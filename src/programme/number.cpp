#include "programme/number.h"

#include <array>

namespace programme {
namespace {

constexpr std::int64_t limit = 9'000'000'000'000'000'000;
constexpr int digits_max = 4;

__int128 divided_half_up(__int128 numerator, __int128 denominator) {
    const bool is_negative = (numerator < 0) != (denominator < 0);
    const __int128 top = numerator < 0 ? -numerator : numerator;
    const __int128 bottom = denominator < 0 ? -denominator : denominator;
    const __int128 quotient = (top + bottom / 2) / bottom;
    return is_negative ? -quotient : quotient;
}

}  // namespace

base::Result<Number> Number::parse(std::string_view text) {
    const auto malformed = [&] {
        return base::refuse(base::invalid("number_malformed").with("value", text.substr(0, 40)));
    };
    const bool is_negative = text.starts_with('-');
    if (is_negative) text.remove_prefix(1);
    __int128 value = 0;
    int behind_point = -1;
    bool has_digit = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == ',' && has_digit && behind_point < 0 && i + 1 < text.size()) continue;
        if (c == '.' && has_digit && behind_point < 0 && i + 1 < text.size()) {
            behind_point = 0;
            continue;
        }
        if (c < '0' || c > '9') return malformed();
        has_digit = true;
        if (behind_point == digits_max) {
            if (c == '0') continue;
            return base::refuse(base::invalid("number_too_precise"));
        }
        value = value * 10 + (c - '0');
        if (behind_point >= 0) ++behind_point;
        if (value > limit) return base::refuse(base::invalid("number_out_of_range"));
    }
    if (!has_digit) return malformed();
    for (int digit = behind_point < 0 ? 0 : behind_point; digit < digits_max; ++digit)
        value *= 10;
    if (value > limit) return base::refuse(base::invalid("number_out_of_range"));
    return Number(static_cast<std::int64_t>(is_negative ? -value : value));
}

std::string Number::to_string() const {
    const std::int64_t size = value_ < 0 ? -value_ : value_;
    std::string text = (value_ < 0 ? "-" : "") + std::to_string(size / scale);
    std::int64_t rest = size % scale;
    if (rest == 0) return text;
    std::string digits = std::to_string(scale + rest).substr(1);
    while (digits.ends_with('0'))
        digits.pop_back();
    return text + "." + digits;
}

base::Money Number::to_money() const {
    return base::Money::fen(static_cast<std::int64_t>(divided_half_up(value_, scale / 100)));
}

Number Number::rounded(int digits) const {
    constexpr std::array<std::int64_t, 5> steps{10'000, 1'000, 100, 10, 1};
    const std::int64_t step = steps[static_cast<std::size_t>(digits)];
    return Number(static_cast<std::int64_t>(divided_half_up(value_, step) * step));
}

std::optional<Number> Number::fitting(__int128 value) {
    if (value > limit || value < -limit) return {};
    return Number(static_cast<std::int64_t>(value));
}

std::optional<Number> Number::sum(Number left, Number right) {
    return fitting(static_cast<__int128>(left.value_) + right.value_);
}

std::optional<Number> Number::difference(Number left, Number right) {
    return fitting(static_cast<__int128>(left.value_) - right.value_);
}

std::optional<Number> Number::product(Number left, Number right) {
    return fitting(divided_half_up(static_cast<__int128>(left.value_) * right.value_, scale));
}

std::optional<Number> Number::quotient(Number left, Number right) {
    if (right.is_zero()) return {};
    return fitting(divided_half_up(static_cast<__int128>(left.value_) * scale, right.value_));
}

}  // namespace programme
