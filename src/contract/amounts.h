#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/result.h"

namespace contract {

/// What a line of a contract's price pays for (2001 Rules ch. 7; the case format's `kind`).
enum class LineKind : std::uint8_t {
    technical,  ///< the technology itself: kept
    carrier,    ///< discs, samples, rigs that carry it: kept up to the quantity needed
    equipment,  ///< bought in: deducted, as are the next six kinds
    instrument,
    component,
    material,
    other,
    goods,
    construction,
    own_contribution,  ///< a partner's own money: outside the contract's total
    royalty,           ///< by formula: counts nothing until it is known
    framework,         ///< frame for later call-offs: counts what is guaranteed or called off
};

/// Whether a line adds to the price or, in a change agreement, takes from what was agreed.
enum class LineEffect : std::uint8_t { raises, lowers };

std::optional<LineKind> find_line_kind(std::string_view name);
std::string_view name_of(LineKind kind);

/// What the amount of a royalty or framework line is. An estimate (or the ceiling of a frame) never
/// counts; a minimum counts as fixed at signing; receipts and call-offs count as they come; settled
/// means that nothing further is expected.
enum class RoyaltyBasis : std::uint8_t { estimate, minimum, received, settled };

std::optional<RoyaltyBasis> find_royalty_basis(std::string_view name);

/// Yuan for one whole unit of a foreign currency, as an exact fraction (at most 8 decimals).
struct ExchangeRate {
    std::int64_t numerator = 1;
    std::int64_t denominator = 1;

    /// Reads "7.1234". Errors: `rate_malformed` (not a positive decimal below 1,000,000).
    static base::Result<ExchangeRate> parse(std::string_view text);
};

/// The stated amount in yuan, rounded half up to 分 per line (DD-2 in docs/recognition.md).
/// Error: `amount_out_of_range`.
base::Result<base::Money> to_yuan(const base::Money& stated, const ExchangeRate& rate);

/// One line of the price. `yuan` is never negative; make() guarantees it.
struct Line {
    std::size_t part = 0;  ///< index of the part that the line pays for
    LineKind kind = LineKind::technical;
    RoyaltyBasis basis = RoyaltyBasis::estimate;
    LineEffect effect = LineEffect::raises;
    int supplied = 1;    ///< carriers: how many are delivered, ≥ 1
    int needed = 1;      ///< carriers: how many mastering the technology takes, ≥ 0
    base::Money stated;  ///< as written in the contract
    base::Money yuan;    ///< the same in yuan at the rate of the signing day

    /// Kinds whose amount may be open; only these have a basis.
    bool is_open_ended() const { return kind == LineKind::royalty || kind == LineKind::framework; }
    bool is_foreign() const { return stated.currency != base::Currency(); }
};

/// A line with its value in yuan. Errors: `amount_negative`, `amount_out_of_range`,
/// `rate_missing` (foreign currency without a rate), `rate_unexpected` (yuan with a rate).
base::Result<Line> make_line(std::size_t part, LineKind kind, const base::Money& stated,
                             const std::optional<ExchangeRate>& rate);

/// Sums of the lines of one part or of a whole registration, all in yuan. Always
/// total = technical + non_technical, and none of them is negative.
struct Amounts {
    base::Money total;             ///< 合同成交额: the money between the parties
    base::Money non_technical;     ///< bought-in things and carriers beyond the needed quantity
    base::Money technical;         ///< 技术交易额
    base::Money own_contribution;  ///< outside the total
    bool has_royalty = false;      ///< or a framework
    bool pending = false;          ///< some royalty or call-off is not known yet
    bool foreign = false;          ///< some line is in a foreign currency
    bool has_own_contribution = false;

    void add(const Line& line);
    void add(const Amounts& other);
    bool operator==(const Amounts&) const = default;
};

/// Carriers: the share beyond the needed quantity, by units, rounded half up to 分.
base::Money excess_of(const Line& carrier);

/// Technical income in a payment that does not name what it pays for: pro rata technical / total
/// (DD-4), rounded half up. Nothing when the total is zero.
base::Money technical_income(const base::Money& payment, const Amounts& registered);

/// Royalties received after registration, without a new application.
struct TopUp {
    Amounts cumulated;          ///< registered amounts with every receipt so far
    bool needs_expert = false;  ///< this receipt lifts the technical amount over the limit: the
                                ///< expert lane opens again for the receipt only
};

/// Adds one receipt (yuan, > 0). `limit` is nothing when the rule set knows no large contracts.
/// Errors: `amount_negative`, `amount_out_of_range`, `nothing_pending` (no royalty agreed).
base::Result<TopUp> add_receipt(const Amounts& registered, const base::Money& receipt,
                                const std::optional<base::Money>& limit);

}  // namespace contract
