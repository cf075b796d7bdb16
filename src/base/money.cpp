#include "base/money.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"

namespace base {
namespace {

std::int64_t power_of_ten(int exponent) {
    std::int64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

std::string group_by_thousands(std::string digits) {
    for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) {
        digits.insert(static_cast<std::size_t>(at), ",");
    }
    return digits;
}

struct Parts {
    std::string sign, whole, fraction;
};

Parts parts_of(const Money& money) {
    std::int64_t scale = power_of_ten(money.currency.decimals());
    std::uint64_t magnitude = money.minor < 0 ? 0 - static_cast<std::uint64_t>(money.minor)
                                              : static_cast<std::uint64_t>(money.minor);
    auto unsigned_scale = static_cast<std::uint64_t>(scale);
    Parts parts{money.minor < 0 ? "-" : "", std::to_string(magnitude / unsigned_scale), ""};
    if (scale > 1) {
        parts.fraction =
            fmt::format(".{:0{}}", magnitude % unsigned_scale, money.currency.decimals());
    }
    return parts;
}

/// Four digits as 仟佰拾: "1050" → 壹仟零伍拾. Empty for zero.
std::string capitals_of_group(int value) {
    static constexpr const char* digit[] = {"零", "壹", "贰", "叁", "肆",
                                            "伍", "陆", "柒", "捌", "玖"};
    static constexpr const char* unit[] = {"仟", "佰", "拾", ""};
    std::string text;
    bool zero_pending = false;
    int divisor = 1000;
    for (int i = 0; i < 4; ++i, divisor /= 10) {
        int d = value / divisor % 10;
        if (d == 0) {
            zero_pending = !text.empty();
            continue;
        }
        if (zero_pending) text += "零";
        zero_pending = false;
        text += std::string(digit[d]) + unit[i];
    }
    return text;
}

/// Whole yuan in capitals, "零" for none.
std::string capitals_of_whole(std::uint64_t yuan) {
    static constexpr const char* section[] = {"", "万", "亿", "万亿", "亿亿"};
    if (yuan == 0) return "零";
    std::vector<int> groups;
    for (; yuan > 0; yuan /= 10000)
        groups.push_back(static_cast<int>(yuan % 10000));
    std::string text;
    bool zero_pending = false;
    for (std::size_t i = groups.size(); i-- > 0;) {
        if (groups[i] == 0) {
            zero_pending = !text.empty();
            continue;
        }
        if (!text.empty() && (zero_pending || groups[i] < 1000)) text += "零";
        zero_pending = false;
        // 壹万贰仟亿: within 万亿 the 亿 is said once, by the last group that has it.
        bool hundred_million_follows = i == 3 && groups[2] != 0;
        text += capitals_of_group(groups[i]) + (hundred_million_follows ? section[1] : section[i]);
    }
    return text;
}

}  // namespace

Result<Currency> Currency::parse(std::string_view code) {
    bool letters = code.size() == 3 && std::all_of(code.begin(), code.end(),
                                                   [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!letters) return refuse(invalid("currency_malformed").with("value", code.substr(0, 10)));
    Currency currency;
    std::copy(code.begin(), code.end(), currency.code_.begin());
    return currency;
}

int Currency::decimals() const {
    // ISO 4217, the codes whose minor unit is not a hundredth.
    static constexpr std::string_view none[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
                                                "VUV", "XAF", "XOF", "XPF"};
    static constexpr std::string_view thousandths[] = {"BHD", "IQD", "JOD", "KWD",
                                                       "LYD", "OMR", "TND"};
    if (std::find(std::begin(none), std::end(none), code()) != std::end(none)) return 0;
    bool three =
        std::find(std::begin(thousandths), std::end(thousandths), code()) != std::end(thousandths);
    return three ? 3 : 2;
}

Result<Money> Money::parse(std::string_view text, Currency currency) {
    auto fail = [&](std::string_view code) {
        return refuse(invalid(code).with("value", text.substr(0, 40)));
    };
    std::string_view rest = text;
    bool negative = !rest.empty() && rest.front() == '-';
    if (negative) rest.remove_prefix(1);
    std::size_t point = rest.find('.');
    std::string_view whole = rest.substr(0, point);
    std::string_view fraction = point == rest.npos ? std::string_view{} : rest.substr(point + 1);
    if (whole.empty() || (point != rest.npos && fraction.empty())) return fail("amount_malformed");
    if (whole.find(',') != whole.npos) {  // grouped: every comma stands before three digits
        for (std::size_t i = 0; i < whole.size(); ++i) {
            bool comma_here = (whole.size() - i) % 4 == 0;
            if ((whole[i] == ',') != comma_here) return fail("amount_malformed");
        }
        if (whole.front() == ',') return fail("amount_malformed");
    }
    std::int64_t minor = 0;
    auto take = [&](char c) {
        if (minor <= minor_max) minor = minor * 10 + (c - '0');
    };
    for (char c : whole) {
        if (c == ',') continue;
        if (c < '0' || c > '9') return fail("amount_malformed");
        take(c);
    }
    for (char c : fraction) {
        if (c < '0' || c > '9') return fail("amount_malformed");
    }
    int decimals = currency.decimals();
    if (fraction.size() > static_cast<std::size_t>(decimals)) return fail("amount_too_precise");
    for (int i = 0; i < decimals; ++i) {
        take(static_cast<std::size_t>(i) < fraction.size() ? fraction[static_cast<std::size_t>(i)]
                                                           : '0');
    }
    if (minor > minor_max) return fail("amount_out_of_range");
    return Money{negative ? -minor : minor, currency};
}

std::string Money::to_string() const {
    Parts parts = parts_of(*this);
    return parts.sign + parts.whole + parts.fraction;
}

std::string Money::to_grouped_string() const {
    Parts parts = parts_of(*this);
    return parts.sign + group_by_thousands(parts.whole) + parts.fraction;
}

std::string Money::to_wan_string() const {
    Money hundredths = scaled(1, power_of_ten(currency.decimals()) * 100);
    std::string text = Money{hundredths.minor, {}}.to_grouped_string();
    while (text.back() == '0')
        text.pop_back();
    if (text.back() == '.') text.pop_back();
    return text;
}

std::string Money::to_chinese_capitals() const {
    CHECK(minor >= 0 && currency == Currency());
    static constexpr const char* digit[] = {"零", "壹", "贰", "叁", "肆",
                                            "伍", "陆", "柒", "捌", "玖"};
    auto jiao = static_cast<int>(minor / 10 % 10);
    auto fen = static_cast<int>(minor % 10);
    auto yuan = static_cast<std::uint64_t>(minor / 100);
    std::string text = yuan == 0 && minor > 0 ? "" : capitals_of_whole(yuan) + "元";
    if (jiao == 0 && fen == 0) return text + "整";
    if (jiao > 0) text += std::string(digit[jiao]) + "角";
    if (fen > 0) text += (jiao == 0 && yuan > 0 ? "零" : "") + std::string(digit[fen]) + "分";
    return text;
}

std::strong_ordering Money::operator<=>(const Money& other) const {
    CHECK(currency == other.currency);
    return minor <=> other.minor;
}

Money Money::operator+(const Money& other) const {
    CHECK(currency == other.currency);
    std::int64_t sum = 0;
    CHECK(!__builtin_add_overflow(minor, other.minor, &sum));
    return {sum, currency};
}

Money Money::operator-(const Money& other) const {
    return *this + -other;
}

Money Money::scaled(std::int64_t numerator, std::int64_t denominator) const {
    CHECK(denominator > 0);
    __int128 product = static_cast<__int128>(minor) * numerator;
    bool negative = product < 0;
    if (negative) product = -product;
    __int128 rounded = (product * 2 + denominator) / (static_cast<__int128>(denominator) * 2);
    CHECK(rounded <= INT64_MAX);
    auto value = static_cast<std::int64_t>(rounded);
    return {negative ? -value : value, currency};
}

}  // namespace base
