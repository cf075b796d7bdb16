#include "trade/money_rules.h"

#include <algorithm>
#include <cstdlib>

#include "base/check.h"
#include "base/text.h"

namespace trade {
namespace {

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char byte) { return byte >= '0' && byte <= '9'; });
}

bool is_capital(char byte) {
    return byte >= 'A' && byte <= 'Z';
}

/// Takes a currency code off the front or the back; the rest stays in `text`.
std::string take_currency(std::string_view& text) {
    auto capitals = [](std::string_view code) {
        return code.size() == 3 && std::ranges::all_of(code, is_capital);
    };
    std::string found;
    if (text.size() > 3 && capitals(text.substr(0, 3))) {
        found = text.substr(0, 3);
        text.remove_prefix(3);
    } else if (text.size() > 3 && capitals(text.substr(text.size() - 3))) {
        found = text.substr(text.size() - 3);
        text.remove_suffix(3);
    }
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return found;
}

std::string decimal_text(unsigned __int128 value) {
    std::string digits;
    do {
        digits.push_back(static_cast<char>('0' + static_cast<int>(value % 10)));
        value /= 10;
    } while (value > 0);
    std::ranges::reverse(digits);
    return digits;
}

}  // namespace

AmountText read_amount(std::string_view text, base::Currency expected) {
    using Fault = AmountText::Fault;
    std::string currency = take_currency(text);
    bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    std::string_view whole = text.substr(0, text.find('.'));
    std::string_view fraction = text.substr(whole.size());
    if (!all_digits(whole)) return {Fault::malformed, {}};
    if (!fraction.empty()) {
        fraction.remove_prefix(1);
        if (!all_digits(fraction)) return {Fault::malformed, {}};
    }
    if (fraction.size() > static_cast<std::size_t>(expected.decimals())) {
        return {Fault::malformed, {}};
    }
    if (!currency.empty() && currency != expected.code()) return {Fault::other_currency, {}};
    if (negative) return {Fault::not_positive, {}};
    while (whole.size() > 1 && whole.front() == '0')
        whole.remove_prefix(1);
    if (whole.size() > 17) return {Fault::out_of_range, {}};
    std::string digits(whole);
    digits += fraction;
    digits.append(static_cast<std::size_t>(expected.decimals()) - fraction.size(), '0');
    __int128 minor = 0;
    for (char digit : digits)
        minor = minor * 10 + (digit - '0');
    if (minor == 0) return {Fault::not_positive, {}};
    if (minor > base::Money::minor_max) return {Fault::out_of_range, {}};
    return {Fault::none, {static_cast<std::int64_t>(minor), expected}};
}

base::Result<base::Currency> read_sale_currency(std::string_view code) {
    const auto currency = base::Currency::parse(code);
    if (!currency)
        return base::refuse(base::invalid("parameter_invalid").with("value", code).at("currency"));
    if (*currency != base::Currency())
        return base::refuse(
            base::invalid("currency_not_offered").with("currency", code).at("currency"));
    return *currency;
}

std::optional<std::int64_t> read_hundredths(std::string_view text) {
    std::string_view whole = text.substr(0, text.find('.'));
    std::string_view fraction = text.substr(whole.size());
    if (!all_digits(whole) || whole.size() > 9) return std::nullopt;
    if (!fraction.empty()) fraction.remove_prefix(1);
    if (text.find('.') != std::string_view::npos &&
        (!all_digits(fraction) || fraction.size() > 2)) {
        return std::nullopt;
    }
    std::string digits = std::string(whole) + std::string(fraction);
    digits.append(2 - fraction.size(), '0');
    return std::atoll(digits.c_str());
}

std::string hundredths_text(std::int64_t value) {
    std::string fraction = std::to_string(value % 100);
    if (fraction.size() < 2) fraction.insert(0, "0");
    return std::to_string(value / 100) + "." + fraction;
}

std::strong_ordering Score::operator<=>(const Score& other) const {
    if (denominator == other.denominator) return numerator <=> other.numerator;
    // Whole parts first, then the remainders by continued fractions: no product overflows.
    __int128 a = numerator, b = denominator, c = other.numerator, d = other.denominator;
    for (bool turned = false;; turned = !turned) {
        __int128 left = a / b, right = c / d;
        if (left != right) return turned ? right <=> left : left <=> right;
        a %= b;
        c %= d;
        if (a == 0 || c == 0) {
            auto order = (a == 0 ? 0 : 1) <=> (c == 0 ? 0 : 1);
            return turned ? 0 <=> order : order;
        }
        std::swap(a, b);
        std::swap(c, d);
    }
}

std::string Score::to_string() const {
    CHECK(denominator > 0 && numerator >= 0);
    __int128 hundredths = (numerator * 100 * 2 + denominator) / (denominator * 2);
    std::string fraction = decimal_text(static_cast<unsigned __int128>(hundredths % 100));
    if (fraction.size() < 2) fraction.insert(0, "0");
    return decimal_text(static_cast<unsigned __int128>(hundredths / 100)) + "." + fraction;
}

Score score_of(const ScoreRule& rule, base::Money price, std::int64_t quality_hundredths) {
    CHECK(rule.reference.minor > 0);
    // weight/100 × price/reference + weight/100 × (quality/100)/100, over reference × 10^6.
    __int128 price_part =
        static_cast<__int128>(rule.price_weight_hundredths) * price.minor * 10'000;
    __int128 quality_part = static_cast<__int128>(rule.quality_weight_hundredths) *
                            quality_hundredths * rule.reference.minor;
    return {price_part + quality_part, static_cast<__int128>(rule.reference.minor) * 1'000'000};
}

std::vector<int> allot_units(const std::vector<UnitDemand>& best_first, int units) {
    std::vector<int> allotted;
    int left = units;
    for (const UnitDemand& demand : best_first) {
        int given = units == 0 ? demand.units : std::min(demand.units, left);
        left -= given;
        allotted.push_back(given);
    }
    return allotted;
}

base::Money uniform_price(const std::vector<UnitDemand>& best_first, int units, base::Money least) {
    std::vector<int> allotted = allot_units(best_first, units);
    for (std::size_t index = 0; index < allotted.size(); ++index) {
        if (allotted[index] < best_first[index].units) {
            return std::max(best_first[index].amount, least);
        }
    }
    return least;
}

}  // namespace trade
