#pragma once

#include <string>

#include "base/money.h"
#include "base/texts.h"
#include "indicator/definition.h"

namespace app {

/// How an amount is written for people.
enum class Amounts {
    exact,  ///< "1,050,000.00 元"
    brief,  ///< "105 万元", "1.05 亿元"; "1.05 million yuan": at most two decimals, half up
};

/// An amount in the home currency, with its unit.
std::string amount_text(const base::Texts& texts, base::Language language,
                        const base::Money& amount, Amounts form);
/// An indicator's value: a count, an amount, a share in per cent with one decimal, or that there are
/// no data.
std::string figure_text(const base::Texts& texts, base::Language language,
                        const indicator::Value& value, Amounts form);

}  // namespace app
