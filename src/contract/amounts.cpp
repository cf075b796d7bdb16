#include "contract/amounts.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace contract {
namespace {

using base::invalid;
using base::Money;
using base::refuse;
using base::Result;

constexpr std::array<std::string_view, 12> line_kinds{
    "technical", "carrier", "equipment",    "instrument",       "component", "material",
    "other",     "goods",   "construction", "own_contribution", "royalty",   "framework"};

constexpr std::array<std::string_view, 4> royalty_bases{"estimate", "minimum", "received",
                                                        "settled"};

template <class Enum, std::size_t count>
std::optional<Enum> find_in(const std::array<std::string_view, count>& names,
                            std::string_view name) {
    auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::optional<LineKind> find_line_kind(std::string_view name) {
    return find_in<LineKind>(line_kinds, name);
}

std::string_view name_of(LineKind kind) {
    return line_kinds[static_cast<std::size_t>(kind)];
}

std::optional<RoyaltyBasis> find_royalty_basis(std::string_view name) {
    return find_in<RoyaltyBasis>(royalty_bases, name);
}

Result<ExchangeRate> ExchangeRate::parse(std::string_view text) {
    auto malformed = [&] {
        return refuse(invalid("rate_malformed").with("value", text.substr(0, 40)));
    };
    std::size_t point = text.find('.');
    std::string_view whole = text.substr(0, point);
    std::string_view fraction = point == text.npos ? std::string_view() : text.substr(point + 1);
    if (whole.empty() || whole.size() > 6 || fraction.size() > 8) return malformed();
    if (point != text.npos && fraction.empty()) return malformed();
    ExchangeRate rate{0, 1};
    for (char digit : whole) {
        if (digit < '0' || digit > '9') return malformed();
        rate.numerator = rate.numerator * 10 + (digit - '0');
    }
    for (char digit : fraction) {
        if (digit < '0' || digit > '9') return malformed();
        rate.numerator = rate.numerator * 10 + (digit - '0');
        rate.denominator *= 10;
    }
    if (rate.numerator == 0) return malformed();
    return rate;
}

Result<Money> to_yuan(const Money& stated, const ExchangeRate& rate) {
    __int128 product = static_cast<__int128>(stated.minor) * rate.numerator;
    __int128 divisor = rate.denominator;
    // Minor units of a currency without decimals are whole units; 分 are hundredths.
    if (stated.currency.decimals() == 0) product *= 100;
    __int128 limit = static_cast<__int128>(Money::minor_max) * divisor;
    if (product > limit || product < -limit) return refuse(invalid("amount_out_of_range"));
    bool negative = product < 0;
    if (negative) product = -product;
    auto minor = static_cast<std::int64_t>((product * 2 + divisor) / (divisor * 2));
    return Money::fen(negative ? -minor : minor);
}

Result<Line> make_line(std::size_t part, LineKind kind, const Money& stated,
                       const std::optional<ExchangeRate>& rate) {
    Line line;
    line.part = part;
    line.kind = kind;
    line.stated = stated;
    if (stated.is_negative()) {
        return refuse(invalid("amount_negative").with("value", stated.to_string()));
    }
    if (line.is_foreign() && !rate) {
        return refuse(invalid("rate_missing").with("currency", stated.currency.code()));
    }
    if (!line.is_foreign() && rate) return refuse(invalid("rate_unexpected"));
    line.yuan = TRY(to_yuan(stated, rate.value_or(ExchangeRate())));
    return line;
}

Money excess_of(const Line& carrier) {
    CHECK(carrier.supplied >= 1 && carrier.needed >= 0);
    if (carrier.needed >= carrier.supplied) return Money();
    return carrier.yuan.scaled(carrier.supplied - carrier.needed, carrier.supplied);
}

void Amounts::add(const Line& line) {
    CHECK(!line.yuan.is_negative());
    foreign |= line.is_foreign();
    Money counted = line.effect == LineEffect::lowers ? -line.yuan : line.yuan;
    Money deducted;
    switch (line.kind) {
        case LineKind::own_contribution:
            own_contribution += counted;
            has_own_contribution = true;
            return;
        case LineKind::royalty:
        case LineKind::framework:
            has_royalty = true;
            pending |= line.basis != RoyaltyBasis::settled;
            if (line.basis == RoyaltyBasis::estimate) return;
            break;
        case LineKind::technical:
            break;
        case LineKind::carrier:
            deducted = excess_of(line);
            break;
        case LineKind::equipment:
        case LineKind::instrument:
        case LineKind::component:
        case LineKind::material:
        case LineKind::other:
        case LineKind::goods:
        case LineKind::construction:
            deducted = counted;
            break;
    }
    total += counted;
    non_technical += deducted;
    technical = total - non_technical;
}

void Amounts::add(const Amounts& other) {
    total += other.total;
    non_technical += other.non_technical;
    technical += other.technical;
    own_contribution += other.own_contribution;
    has_royalty |= other.has_royalty;
    pending |= other.pending;
    foreign |= other.foreign;
    has_own_contribution |= other.has_own_contribution;
}

Money technical_income(const Money& payment, const Amounts& registered) {
    if (registered.total.is_zero()) return Money();
    return payment.scaled(registered.technical.minor, registered.total.minor);
}

Result<TopUp> add_receipt(const Amounts& registered, const Money& receipt,
                          const std::optional<Money>& limit) {
    if (receipt.minor <= 0) {
        return refuse(invalid("amount_negative").with("value", receipt.to_string()));
    }
    if (!registered.pending) return refuse(invalid("nothing_pending"));
    if (registered.total.minor > Money::minor_max - receipt.minor) {
        return refuse(invalid("amount_out_of_range"));
    }
    TopUp result{registered, false};
    result.cumulated.total += receipt;
    result.cumulated.technical += receipt;
    result.needs_expert =
        limit && registered.technical < *limit && result.cumulated.technical >= *limit;
    return result;
}

}  // namespace contract
