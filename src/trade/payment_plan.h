#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/result.h"

namespace trade {

/// What a listing says of payments: which forms are taken, and by which stated rule a promise is
/// compared with money now. Rates are hundredths of a percent ("basis points"), never floating.
struct PaymentRules {
    std::vector<std::string> forms = {"money"};  ///< money, instalments, royalty, equity, deferred
    int discount_bp = 0;                         ///< simple yearly discount of later payments
    int first_payment_min_bp = 3000;             ///< of the price, where money comes in instalments
    int instalment_days_max = 365;
    base::Money royalty_sales;     ///< stated yearly sales on which a royalty is valued
    int royalty_years_max = 0;     ///< longer royalties are valued for so many years
    base::Money equity_valuation;  ///< stated value of the whole company
    int deferred_days_max = 0;     ///< use first, pay later: at the latest after so many days
    bool operator==(const PaymentRules&) const = default;
    bool takes(std::string_view form) const;
};

/// One part of an offer.
struct PaymentPart {
    enum class Form { money, royalty, equity, deferred } form = Form::money;
    base::Money amount;   ///< money, deferred
    int days = 0;         ///< after the contract; deferred: at the latest
    int rate_bp = 0;      ///< royalty on sales; equity: the share
    int years = 0;        ///< royalty
    std::string trigger;  ///< deferred: first_sale, production, revenue, financing
    bool operator==(const PaymentPart&) const = default;
};

/// What somebody offers to pay and when: "300000@0d;700000@180d", "royalty:300:5" (3 % of sales for
/// five years), "equity:2000" (a share of 20 %), "later:500000:first_sale:730d". A bare amount is
/// money now. Parts are joined by ';'.
struct PaymentPlan {
    std::vector<PaymentPart> parts;
    bool operator==(const PaymentPlan&) const = default;

    /// Money that is promised as such (without royalties and equity).
    base::Money money() const;
    base::Money due_at_once() const;
    bool is_money_at_once() const;
    std::string to_text() const;
};

/// `plan_malformed`, `plan_trigger_unknown` {trigger}.
base::Result<PaymentPlan> read_plan(std::string_view text, base::Currency currency);

/// Value today by the listing's stated rule: amount × 365 / (365 + rate × days), a royalty as one
/// payment at the end of each year on the stated sales, equity at the stated valuation. Rounded down
/// to the minor unit, so that nobody wins by rounding.
base::Money present_value(const PaymentRules& rules, const PaymentPlan& plan);

enum class Security { none, given };
/// Whether the listing takes such a plan. Errors: `plan_form_not_offered` {form},
/// `first_payment_too_small` {min}, `plan_too_long` {days}, `security_missing` (money later than at
/// once needs a security; 32号令 28).
base::Status check_plan(const PaymentRules& rules, const PaymentPlan& plan, Security security);

}  // namespace trade
