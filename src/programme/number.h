#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/money.h"
#include "base/result.h"

namespace programme {

/// An exact decimal with four digits behind the point: what conditions, scores and rates count in.
/// Never a floating number. Results beyond ±9 × 10^14 are absent, not wrong.
class Number {
  public:
    static constexpr std::int64_t scale = 10'000;

    constexpr Number() = default;
    static constexpr Number whole(std::int64_t value) { return Number(value * scale); }
    static constexpr Number scaled(std::int64_t ten_thousandths) { return Number(ten_thousandths); }
    /// In yuan.
    static Number of(const base::Money& money) { return Number(money.minor * (scale / 100)); }
    /// "12", "-0.5", "1,050,000.00"; `number_malformed`, `number_too_precise`, `number_out_of_range`.
    static base::Result<Number> parse(std::string_view text);

    std::int64_t ten_thousandths() const { return value_; }
    bool is_zero() const { return value_ == 0; }
    bool is_whole() const { return value_ % scale == 0; }
    /// Without zeros at the end: "12", "0.5".
    std::string to_string() const;
    /// As an amount in yuan, rounded half up to the fen.
    base::Money to_money() const;
    /// Rounded half away from zero to so many digits behind the point (0 to 4).
    Number rounded(int digits) const;

    static std::optional<Number> sum(Number left, Number right);
    static std::optional<Number> difference(Number left, Number right);
    static std::optional<Number> product(Number left, Number right);
    /// Rounded half away from zero; absent when dividing by zero.
    static std::optional<Number> quotient(Number left, Number right);

    auto operator<=>(const Number&) const = default;

  private:
    constexpr explicit Number(std::int64_t value) : value_(value) {}
    static std::optional<Number> fitting(__int128 value);

    std::int64_t value_ = 0;
};

}  // namespace programme
