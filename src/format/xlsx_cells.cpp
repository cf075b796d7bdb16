#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "format/xlsx.h"

namespace format {
namespace {

constexpr std::size_t shown_digits = 15;  // what Excel shows of a number
constexpr int exponent_max = 40;

/// ±digits × 10^exponent, digits without leading zeros.
struct Scientific {
    bool negative = false;
    std::string digits;
    int exponent = 0;
};

bool take_digits(std::string_view& text, std::string& digits) {
    std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    digits += text.substr(0, count);
    text.remove_prefix(count);
    return count > 0;
}

std::optional<Scientific> read_number(std::string_view text) {
    Scientific number;
    number.negative = text.starts_with('-');
    if (number.negative) text.remove_prefix(1);
    if (!take_digits(text, number.digits)) return {};
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        std::size_t before = number.digits.size();
        if (!take_digits(text, number.digits)) return {};
        number.exponent = -static_cast<int>(number.digits.size() - before);
    }
    if (text.starts_with('E') || text.starts_with('e')) {
        text.remove_prefix(1);
        if (text.starts_with('+')) text.remove_prefix(1);
        int exponent = 0;
        auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), exponent);
        if (problem != std::errc() || std::abs(exponent) > 400) return {};
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        number.exponent += exponent;
    }
    if (!text.empty()) return {};
    number.digits.erase(0, std::min(number.digits.find_first_not_of('0'), number.digits.size()));
    return number;
}

/// Half up at the digit after `count`.
void round_to(Scientific& number, std::size_t count) {
    if (number.digits.size() <= count) return;
    bool up = number.digits[count] >= '5';
    number.exponent += static_cast<int>(number.digits.size() - count);
    number.digits.resize(count);
    for (std::size_t i = count; up && i-- > 0;) {
        up = number.digits[i] == '9';
        number.digits[i] = up ? '0' : static_cast<char>(number.digits[i] + 1);
    }
    if (up) number.digits.insert(0, "1");
}

std::string write_number(Scientific number) {
    while (number.exponent < 0 && number.digits.ends_with('0')) {
        number.digits.pop_back();
        ++number.exponent;
    }
    if (number.digits.empty()) return "0";
    std::string text = number.digits;
    if (number.exponent >= 0) {
        text.append(static_cast<std::size_t>(number.exponent), '0');
    } else {
        auto fraction = static_cast<std::size_t>(-number.exponent);
        if (text.size() <= fraction) text.insert(0, fraction + 1 - text.size(), '0');
        text.insert(text.size() - fraction, ".");
    }
    return (number.negative ? "-" : "") + text;
}

/// "0.5" of a day → seconds, rounded; `fraction` are the digits after the point.
std::int64_t seconds_of_fraction(std::string_view fraction) {
    std::int64_t value = 0;
    std::int64_t scale = 1;
    for (std::size_t i = 0; i < fraction.size() && i < 12; ++i) {
        value = value * 10 + (fraction[i] - '0');
        scale *= 10;
    }
    return (value * 86'400 + scale / 2) / scale;
}

}  // namespace

std::string plain_number(std::string_view text) {
    auto number = read_number(text);
    if (!number || std::abs(number->exponent) > exponent_max + 20) return std::string(text);
    bool scientific = text.find_first_of("eE") != text.npos;
    bool fraction = text.find('.') != text.npos;
    if (!scientific && (!fraction || number->digits.size() <= shown_digits)) {
        return std::string(text);
    }
    round_to(*number, shown_digits);
    if (std::abs(number->exponent) > exponent_max) return std::string(text);
    return write_number(*number);
}

std::string date_of_serial(std::string_view serial, DateSystem system) {
    std::string plain = plain_number(serial);
    std::string_view whole(plain);
    std::string_view fraction;
    if (std::size_t point = whole.find('.'); point != whole.npos) {
        fraction = whole.substr(point + 1);
        whole = whole.substr(0, point);
    }
    std::int64_t days = 0;
    auto [end, problem] = std::from_chars(whole.data(), whole.data() + whole.size(), days);
    bool number = problem == std::errc() && end == whole.data() + whole.size() &&
                  fraction.find_first_not_of("0123456789") == fraction.npos;
    if (!number || days < 0 || days > 2'958'465) return plain;  // up to 9999-12-31
    std::int64_t second = seconds_of_fraction(fraction);
    if (second == 86'400) {
        second = 0;
        ++days;
    }
    std::string time =
        fmt::format("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    bool only_time = days == 0 && second > 0;
    if (only_time) return time;
    base::Date start{1899, 12, 30};
    if (system == DateSystem::from_1904) {
        start = {1904, 1, 1};
    } else if (days == 60 || days == 0) {
        return plain;  // Excel's 29 February 1900, which never was
    } else if (days < 60) {
        start = {1899, 12, 31};
    }
    std::string date = start.plus_days(days).to_string();
    return second == 0 ? date : date + " " + time;
}

bool is_date_format(std::string_view code) {
    for (std::size_t i = 0; i < code.size(); ++i) {
        switch (code[i]) {
            case '"':
                i = std::min(code.find('"', i + 1), code.size());
                break;
            case '\\':
            case '_':
            case '*':
                ++i;
                break;
            case ';':
                return false;  // the first section decides
            case '[': {
                std::size_t close = code.find(']', i);
                if (close == code.npos) return false;
                char first = i + 1 < close ? code[i + 1] : ' ';
                bool elapsed = std::string_view("hHmMsS").find(first) != std::string_view::npos &&
                               code.find_first_not_of(first, i + 1) == close;
                if (elapsed) return true;
                i = close;
                break;
            }
            case 'y':
            case 'Y':
            case 'm':
            case 'M':
            case 'd':
            case 'D':
            case 'h':
            case 'H':
            case 's':
            case 'S':
                return true;
            case 'G':
            case 'g':  // "General"
                if (code.substr(i, 7) == "General") i += 6;
                break;
            default:
                break;
        }
    }
    return false;
}

}  // namespace format
