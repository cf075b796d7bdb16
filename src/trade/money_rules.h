#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"

namespace trade {

/// What a bidder typed as an amount, taken apart. Nothing here is decided by others' bids.
struct AmountText {
    enum class Fault {
        none,
        malformed,       ///< not decimal digits, or more decimals than the currency has
        other_currency,  ///< well formed, but of another currency
        not_positive,    ///< zero or below
        out_of_range,    ///< beyond base::Money::minor_max
    };
    Fault fault = Fault::none;
    base::Money amount;  ///< only when there is no fault
};

/// Reads "1000", "1000.5", "1000.50", also with a currency before or after ("USD 5", "1000CNY").
/// ASCII digits only: no exponent, no grouping, no sign but a leading minus, any length.
AmountText read_amount(std::string_view text, base::Currency expected);

/// The currency a sale is announced in. Books and the sums over them are kept in the home currency,
/// so only that one is offered. Errors: `parameter_invalid`, `currency_not_offered`, at "currency".
base::Result<base::Currency> read_sale_currency(std::string_view code);

/// A whole number of hundredths ("82.5" → 8250), for quality points and weights; 0 or more.
std::optional<std::int64_t> read_hundredths(std::string_view text);
std::string hundredths_text(std::int64_t value);

/// How an offer is scored: points = price_weight × price / reference + quality_weight × quality / 100.
/// The reference is published before bids, so a third offer never turns the order of two others.
struct ScoreRule {
    std::int64_t price_weight_hundredths = 0;
    std::int64_t quality_weight_hundredths = 0;
    base::Money reference;
    std::optional<std::int64_t> pass_mark_hundredths;  ///< quality below it is out before comparing
    bool operator==(const ScoreRule&) const = default;
};

/// An exact rational number of points, compared by cross-multiplication; never a floating number.
struct Score {
    __int128 numerator = 0;
    __int128 denominator = 1;  ///< > 0

    std::strong_ordering operator<=>(const Score& other) const;
    bool operator==(const Score& other) const { return (*this <=> other) == 0; }
    /// Two decimals, half up: "85.00".
    std::string to_string() const;
};

Score score_of(const ScoreRule& rule, base::Money price, std::int64_t quality_hundredths);

/// The demand of one bidder in a sale of several equal licences, best first in a list.
struct UnitDemand {
    base::Money amount;
    int units = 1;
};

/// Whole units for each demand in the given order until `units` are gone (0 = without limit).
std::vector<int> allot_units(const std::vector<UnitDemand>& best_first, int units);

/// Uniform price: the first unit that went without, never less than `least`; `least` if there is none.
base::Money uniform_price(const std::vector<UnitDemand>& best_first, int units, base::Money least);

}  // namespace trade
