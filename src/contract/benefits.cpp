#include "contract/benefits.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/yaml.h"
#include "contract/contract.h"
#include "contract/statistics.h"
#include "party/place.h"

namespace contract {
namespace {

using base::Money;
using base::Result;
using base::Yaml;

constexpr std::array<std::string_view, 7> standings{
    "estimated",      "supported",     "not_this_class", "not_this_day",
    "not_this_place", "below_minimum", "pending"};

Result<std::optional<Money>> optional_money(const Yaml& node) {
    if (!node.is_defined()) return std::optional<Money>{};
    return std::optional<Money>{TRY(Money::parse(TRY(node.text())))};
}

Result<int> optional_number(const Yaml& node) {
    return static_cast<int>(TRY(node.integer_or(0)));
}

Result<Benefit> read_benefit(const Yaml& node) {
    TRY(node.only_keys({"id", "name", "law", "sure", "from", "to", "classes", "excludes", "rate",
                        "share", "of", "per_ten_thousand", "free_limit", "minimum", "buyer_place",
                        "conditions"}));
    Benefit benefit;
    benefit.id = TRY(TRY(node.required("id")).text());
    benefit.name = TRY(base::LocalText::from(TRY(node.required("name"))));
    benefit.law = TRY(TRY(node.required("law")).text());
    benefit.sure = TRY(TRY(node.required("sure")).text());
    benefit.from = TRY(base::Date::parse(TRY(TRY(node.required("from")).text())));
    if (node["to"].is_defined()) benefit.to = TRY(base::Date::parse(TRY(node["to"].text())));
    benefit.classes = TRY(node["classes"].texts());
    benefit.excludes = TRY(node["excludes"].texts());
    benefit.buyer_place = node["buyer_place"].text_or("");
    benefit.minimum = TRY(optional_money(node["minimum"]));
    benefit.free_limit = TRY(optional_money(node["free_limit"]));
    benefit.rate = TRY(optional_number(node["rate"]));
    benefit.share = TRY(optional_number(node["share"]));
    benefit.per_ten_thousand = TRY(optional_number(node["per_ten_thousand"]));
    if (std::string of = node["of"].text_or("paid"); of == "net_income" && benefit.share > 0) {
        benefit.of_net_income = true;
    } else if (of != "paid") {
        return base::refuse(
            node["of"].fault("benefit_malformed", "a share is of paid or net_income"));
    }
    for (const Yaml& condition : node["conditions"].items())
        benefit.conditions.push_back(TRY(base::LocalText::from(condition)));
    return benefit;
}

/// "LICENCE" and "LICENCE.PATENT" take LICENCE.PATENT.SOLE; "TRANSFER.PATENT" does not take
/// TRANSFER.PATENT_APPLICATION.
bool names_class(const std::vector<std::string>& fronts, std::string_view class_code) {
    return std::any_of(fronts.begin(), fronts.end(), [&](const std::string& front) {
        return class_code == front || class_code.starts_with(front + ".");
    });
}

std::optional<BenefitStanding> hindrance(const Benefit& benefit, const BenefitBasis& basis) {
    if (!names_class(benefit.classes, basis.class_code) ||
        names_class(benefit.excludes, basis.class_code)) {
        return BenefitStanding::not_this_class;
    }
    if (basis.day < benefit.from || (benefit.to && basis.day > *benefit.to)) {
        return BenefitStanding::not_this_day;
    }
    if (!benefit.buyer_place.empty() &&
        !party::Places::contains(benefit.buyer_place, basis.buyer_place)) {
        return BenefitStanding::not_this_place;
    }
    if (benefit.minimum && basis.technical_paid < *benefit.minimum) {
        return BenefitStanding::below_minimum;
    }
    return {};
}

void estimate(const Benefit& benefit, const BenefitBasis& basis, BenefitEstimate& result) {
    result.standing = BenefitStanding::estimated;
    if (benefit.free_limit) {
        result.base_amount = basis.income_of_year;
        result.amount = income_tax_relief(basis.income_of_year, basis.cost, basis.related_tax,
                                          *benefit.free_limit, benefit.rate)
                            .relief;
    } else if (benefit.per_ten_thousand > 0) {
        result.base_amount = basis.technical;
        result.amount = basis.technical.scaled(benefit.per_ten_thousand, 10'000);
    } else if (benefit.of_net_income) {
        Money net = basis.technical_paid - basis.cost - basis.related_tax;
        result.base_amount = net.is_negative() ? Money() : net;
        result.amount = result.base_amount.scaled(benefit.share, 100);
    } else if (benefit.share > 0) {
        result.base_amount = basis.technical_paid;
        result.amount = basis.technical_paid.scaled(benefit.share, 100);
    } else if (benefit.rate > 0) {
        // The tax inside a price that contains it.
        result.base_amount = basis.technical;
        result.amount = basis.technical.scaled(benefit.rate, 100 + benefit.rate);
    } else {
        result.standing = BenefitStanding::supported;
    }
}

}  // namespace

std::string_view name_of(BenefitStanding standing) {
    return standings[static_cast<std::size_t>(standing)];
}

Result<std::vector<Benefit>> load_benefits(const std::filesystem::path& file) {
    Yaml root = TRY(Yaml::load(file));
    TRY(root.only_keys({"benefits"}));
    std::vector<Benefit> benefits;
    for (const Yaml& node : TRY(root.required("benefits")).items())
        benefits.push_back(TRY(read_benefit(node)));
    return benefits;
}

base::Status take_registration(store::Reader& reader, const Contract& contract,
                               BenefitBasis& basis) {
    if (!contract.registered_on) return base::refuse(base::conflict("certificate_not_issued"));
    if (!stands_registered(reader, contract.id)) {
        return base::refuse(base::conflict("registration_ended"));
    }
    basis.class_code = contract.class_code;
    basis.buyer_place = base::text_at(contract.body, "buyer_place");
    basis.technical = contract.technical;
    for (const auto& flag : base::array_at(contract.decision, "flags"))
        basis.amounts_pending |= flag.is_string() && flag.get_string() == "AMT-PENDING";
    return {};
}

IncomeTaxRelief income_tax_relief(const Money& income_of_year, const Money& cost,
                                  const Money& related_tax, const Money& free_limit,
                                  int rate_percent) {
    IncomeTaxRelief result;
    result.income = income_of_year - cost - related_tax;
    if (result.income.is_negative()) result.income = Money();
    Money above = result.income > free_limit ? result.income - free_limit : Money();
    result.taxable = above.scaled(1, 2);
    result.tax = result.taxable.scaled(rate_percent, 100);
    result.relief = result.income.scaled(rate_percent, 100) - result.tax;
    return result;
}

std::vector<BenefitEstimate> estimate_benefits(const std::vector<Benefit>& benefits,
                                               const BenefitBasis& basis) {
    std::vector<BenefitEstimate> estimates;
    for (const Benefit& benefit : benefits) {
        BenefitEstimate result{.benefit = &benefit};
        if (auto why = hindrance(benefit, basis)) {
            result.standing = *why;
        } else if (basis.amounts_pending) {
            result.standing = BenefitStanding::pending;
        } else {
            estimate(benefit, basis, result);
        }
        estimates.push_back(std::move(result));
    }
    return estimates;
}

}  // namespace contract
