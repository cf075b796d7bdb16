#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace base {

/// ISO 4217 code of three capital letters.
class Currency {
  public:
    constexpr Currency() = default;  ///< CNY
    static Result<Currency> parse(std::string_view code);
    std::string_view code() const { return {code_.data(), code_.size()}; }
    /// Digits after the point: 2 for most, 0 for VND, KRW, JPY and the like.
    int decimals() const;
    auto operator<=>(const Currency&) const = default;

  private:
    std::array<char, 3> code_{'C', 'N', 'Y'};
};

/// An amount of money: whole minor units (分) and a currency. Never a floating number; parsed and
/// printed only here. In JSON it is a text such as "1050000.00" beside its currency code.
struct Money {
    std::int64_t minor = 0;
    Currency currency;

    /// Limit on either side: 10^16 minor units, so that sums of a few hundred never overflow.
    static constexpr std::int64_t minor_max = 10'000'000'000'000'000;

    /// Reads "1050000", "1050000.5", "1,050,000.00", with an optional leading minus. ASCII digits
    /// only; no exponent, no more decimals than the currency has. Errors: `amount_malformed`,
    /// `amount_too_precise`, `amount_out_of_range`.
    static Result<Money> parse(std::string_view text, Currency currency = {});
    static Money yuan(std::int64_t whole_yuan) { return {whole_yuan * 100, {}}; }
    static Money fen(std::int64_t minor_units) { return {minor_units, {}}; }

    /// "1050000.00": the stored and exchanged form.
    std::string to_string() const;
    /// "1,050,000.00": for people, without the currency's name.
    std::string to_grouped_string() const;
    /// "105" for 1,050,000.00 (万, at most two decimals, half up), for small spaces; full value beside it.
    std::string to_wan_string() const;
    /// 壹佰零伍万元整: the form contracts and certificates carry. CNY and ≥ 0 only.
    std::string to_chinese_capitals() const;

    bool operator==(const Money&) const = default;
    /// Comparing different currencies is our own mistake and aborts.
    std::strong_ordering operator<=>(const Money& other) const;
    Money operator+(const Money& other) const;
    Money operator-(const Money& other) const;
    Money& operator+=(const Money& other) { return *this = *this + other; }
    Money operator-() const { return {-minor, currency}; }
    /// this × numerator / denominator, rounded half up (half away from zero), in 128 bits.
    Money scaled(std::int64_t numerator, std::int64_t denominator) const;
    bool is_negative() const { return minor < 0; }
    bool is_zero() const { return minor == 0; }
};

}  // namespace base
