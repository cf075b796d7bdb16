#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "base/texts.h"
#include "store/database.h"

namespace contract {

/// Something that a registration can be used for, from benefits.yaml. Numbers that a row does not
/// need are absent.
struct Benefit {
    std::string id;
    base::LocalText name;
    std::string law, sure;
    base::Date from;
    std::optional<base::Date> to;
    std::vector<std::string> classes, excludes;  ///< classes, or front parts of them
    std::string buyer_place;                     ///< only for buyers in it
    std::optional<base::Money> minimum, free_limit;
    int rate = 0, share = 0, per_ten_thousand = 0;
    bool of_net_income = false;  ///< the share is taken of what is left after cost and related tax
    std::vector<base::LocalText> conditions;
};

base::Result<std::vector<Benefit>> load_benefits(const std::filesystem::path& file);

struct Contract;

/// What an estimate is made from.
struct BenefitBasis {
    std::string class_code;
    base::Date day;  ///< of the income or the payment
    std::string buyer_place;
    base::Money technical;          ///< of this contract
    base::Money technical_paid;     ///< actually paid so far
    base::Money income_of_year;     ///< all transfer income of the seller in that tax year
    base::Money cost, related_tax;  ///< that belong to it
    bool amounts_pending = false;   ///< royalties open: no relief before they are settled
};

/// Takes over what the registration says. Errors: `certificate_not_issued`, `registration_ended`: from
/// a cancelled or revoked one nothing follows.
base::Status take_registration(store::Reader&, const Contract&, BenefitBasis&);

enum class BenefitStanding {
    estimated,  ///< an amount can be named
    supported,  ///< the registration is a proof for it; no amount is computed
    not_this_class,
    not_this_day,  ///< outside the dates of the rule: nothing is estimated
    not_this_place,
    below_minimum,
    pending,  ///< the technical amount must be settled first (2001 rules art. 51)
};
std::string_view name_of(BenefitStanding standing);

struct BenefitEstimate {
    const Benefit* benefit = nullptr;
    BenefitStanding standing = BenefitStanding::supported;
    std::optional<base::Money> amount;  ///< with `estimated`
    base::Money base_amount;            ///< what it was computed from
};

/// One estimate per benefit, in their order. Pure.
std::vector<BenefitEstimate> estimate_benefits(const std::vector<Benefit>& benefits,
                                               const BenefitBasis& basis);

/// Income tax on transfer income: up to the limit free, above it half the rate. Taxable income is
/// rounded half up to 分, then the tax. Losses give zero.
struct IncomeTaxRelief {
    base::Money income;  ///< net of cost and related tax
    base::Money taxable;
    base::Money tax;     ///< still due
    base::Money relief;  ///< against tax on all of it
};
IncomeTaxRelief income_tax_relief(const base::Money& income_of_year, const base::Money& cost,
                                  const base::Money& related_tax, const base::Money& free_limit,
                                  int rate_percent);

}  // namespace contract
