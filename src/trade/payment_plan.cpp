#include "trade/payment_plan.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace trade {
namespace {

constexpr std::array<std::string_view, 4> triggers = {"first_sale", "production", "revenue",
                                                      "financing"};
constexpr int whole_bp = 10'000;

std::unexpected<base::Error> malformed(std::string_view part) {
    return base::refuse(
        base::invalid("plan_malformed").with("part", std::string(part.substr(0, 40))).at("plan"));
}

/// A count without sign, at most `limit`.
std::optional<int> count_of(std::string_view text, int limit) {
    if (text.empty() || text.size() > 6) return std::nullopt;
    int value = 0;
    for (char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    if (value > limit) return std::nullopt;
    return value;
}

std::optional<int> days_of(std::string_view text) {
    if (!text.ends_with('d')) return std::nullopt;
    text.remove_suffix(1);
    return count_of(text, 36'500);
}

std::optional<base::Money> amount_of(std::string_view text, base::Currency currency) {
    auto amount = base::Money::parse(text, currency);
    if (!amount || amount->minor <= 0) return std::nullopt;
    return *amount;
}

base::Result<PaymentPart> read_part(std::string_view text, base::Currency currency) {
    const std::vector<std::string> fields = base::split(text, ':');
    PaymentPart part;
    part.amount.currency = currency;
    if (fields.size() == 1) {
        const std::size_t at = text.find('@');
        const auto amount = amount_of(text.substr(0, at), currency);
        const auto days =
            at == std::string_view::npos ? std::optional(0) : days_of(text.substr(at + 1));
        if (!amount || !days) return malformed(text);
        part.amount = *amount;
        part.days = *days;
        return part;
    }
    if (fields[0] == "royalty" && fields.size() == 3) {
        const auto rate = count_of(fields[1], whole_bp);
        const auto years = count_of(fields[2], 50);
        if (!rate || !years || *rate == 0 || *years == 0) return malformed(text);
        part.form = PaymentPart::Form::royalty;
        part.rate_bp = *rate;
        part.years = *years;
        return part;
    }
    if (fields[0] == "equity" && fields.size() == 2) {
        const auto share = count_of(fields[1], whole_bp);
        if (!share || *share == 0) return malformed(text);
        part.form = PaymentPart::Form::equity;
        part.rate_bp = *share;
        return part;
    }
    if (fields[0] == "later" && fields.size() == 4) {
        const auto amount = amount_of(fields[1], currency);
        const auto days = days_of(fields[3]);
        if (!amount || !days) return malformed(text);
        if (std::ranges::find(triggers, fields[2]) == triggers.end()) {
            return base::refuse(
                base::invalid("plan_trigger_unknown").with("trigger", fields[2]).at("plan"));
        }
        part.form = PaymentPart::Form::deferred;
        part.amount = *amount;
        part.trigger = fields[2];
        part.days = *days;
        return part;
    }
    return malformed(text);
}

/// amount × 365 × 10 000 / (365 × 10 000 + rate × days), rounded down.
base::Money discounted(base::Money amount, int rate_bp, int days) {
    const __int128 year = static_cast<__int128>(365) * whole_bp;
    const __int128 value =
        static_cast<__int128>(amount.minor) * year / (year + static_cast<__int128>(rate_bp) * days);
    return {static_cast<std::int64_t>(value), amount.currency};
}

base::Money share_of(base::Money whole, int bp) {
    const __int128 value = static_cast<__int128>(whole.minor) * bp / whole_bp;
    return {static_cast<std::int64_t>(value), whole.currency};
}

std::string_view form_name(const PaymentPart& part) {
    switch (part.form) {
        case PaymentPart::Form::money:
            return part.days > 0 ? "instalments" : "money";
        case PaymentPart::Form::royalty:
            return "royalty";
        case PaymentPart::Form::equity:
            return "equity";
        case PaymentPart::Form::deferred:
            return "deferred";
    }
    return "money";
}

}  // namespace

bool PaymentRules::takes(std::string_view form) const {
    return std::ranges::find(forms, form) != forms.end();
}

base::Money PaymentPlan::money() const {
    base::Money sum{0, parts.empty() ? base::Currency() : parts.front().amount.currency};
    for (const PaymentPart& part : parts)
        sum += part.amount;
    return sum;
}

base::Money PaymentPlan::due_at_once() const {
    base::Money sum{0, parts.empty() ? base::Currency() : parts.front().amount.currency};
    for (const PaymentPart& part : parts) {
        if (part.form == PaymentPart::Form::money && part.days == 0) sum += part.amount;
    }
    return sum;
}

bool PaymentPlan::is_money_at_once() const {
    return std::ranges::all_of(parts, [](const PaymentPart& part) {
        return part.form == PaymentPart::Form::money && part.days == 0;
    });
}

std::string PaymentPlan::to_text() const {
    std::vector<std::string> texts;
    for (const PaymentPart& part : parts) {
        const std::string days = std::to_string(part.days) + "d";
        switch (part.form) {
            case PaymentPart::Form::money:
                texts.push_back(part.amount.to_string() + "@" + days);
                break;
            case PaymentPart::Form::royalty:
                texts.push_back("royalty:" + std::to_string(part.rate_bp) + ":" +
                                std::to_string(part.years));
                break;
            case PaymentPart::Form::equity:
                texts.push_back("equity:" + std::to_string(part.rate_bp));
                break;
            case PaymentPart::Form::deferred:
                texts.push_back("later:" + part.amount.to_string() + ":" + part.trigger + ":" +
                                days);
                break;
        }
    }
    return base::join(texts, ";");
}

base::Result<PaymentPlan> read_plan(std::string_view text, base::Currency currency) {
    PaymentPlan plan;
    const std::vector<std::string> parts = base::split(text, ';');
    if (parts.size() > 40) return malformed(text);
    base::Money sum{0, currency};
    for (const std::string& part : parts) {
        plan.parts.push_back(TRY(read_part(base::trim(part), currency)));
        if (plan.parts.back().amount.minor > base::Money::minor_max - sum.minor)
            return malformed(part);
        sum += plan.parts.back().amount;
    }
    return plan;
}

base::Money present_value(const PaymentRules& rules, const PaymentPlan& plan) {
    base::Money value{0,
                      plan.parts.empty() ? base::Currency() : plan.parts.front().amount.currency};
    for (const PaymentPart& part : plan.parts) {
        switch (part.form) {
            case PaymentPart::Form::money:
            case PaymentPart::Form::deferred:
                value += discounted(part.amount, rules.discount_bp, part.days);
                break;
            case PaymentPart::Form::royalty: {
                const int years = std::min(part.years, rules.royalty_years_max);
                for (int year = 1; year <= years; ++year) {
                    value += discounted(share_of(rules.royalty_sales, part.rate_bp),
                                        rules.discount_bp, year * 365);
                }
                break;
            }
            case PaymentPart::Form::equity:
                value += share_of(rules.equity_valuation, part.rate_bp);
                break;
        }
    }
    return value;
}

base::Status check_plan(const PaymentRules& rules, const PaymentPlan& plan, Security security) {
    bool needs_security = false;
    bool has_instalments = false;
    for (const PaymentPart& part : plan.parts) {
        const std::string_view form = form_name(part);
        if (!rules.takes(form)) {
            return base::refuse(
                base::invalid("plan_form_not_offered").with("form", form).at("plan"));
        }
        const bool is_deferred = part.form == PaymentPart::Form::deferred;
        const int longest = is_deferred ? rules.deferred_days_max : rules.instalment_days_max;
        if (part.days > longest) {
            return base::refuse(
                base::invalid("plan_too_long").with("days", std::to_string(longest)).at("plan"));
        }
        has_instalments = has_instalments || form == "instalments";
        needs_security = needs_security || form == "instalments" || is_deferred;
    }
    if (has_instalments) {
        const base::Money least = share_of(plan.money(), rules.first_payment_min_bp);
        if (plan.due_at_once() < least) {
            return base::refuse(base::invalid("first_payment_too_small")
                                    .with("min", least.to_grouped_string())
                                    .at("plan"));
        }
    }
    if (needs_security && security == Security::none)
        return base::refuse(base::invalid("security_missing").at("security"));
    return {};
}

}  // namespace trade
