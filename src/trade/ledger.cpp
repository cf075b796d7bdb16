#include "trade/ledger.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.h"

namespace trade {
namespace {

constexpr std::array<std::string_view, account_count> account_names = {
    "outside",   "unallocated", "held",   "released", "refunded",
    "forfeited", "applied",     "bonded", "fee"};
constexpr std::array<std::string_view, 5> ground_names = {
    "winner_refused", "false_documents", "collusion", "withdrew_after_accept", "payment_default"};

struct Road {
    Account from;
    Account to;
};

/// Every road a deposit may take (5.6). What is not here does not happen.
constexpr Road roads[] = {
    {Account::outside, Account::held},
    {Account::outside, Account::unallocated},
    {Account::outside, Account::applied},   ///< paid towards the price
    {Account::applied, Account::released},  ///< of a deal that does not hold
    {Account::unallocated, Account::held},
    {Account::unallocated, Account::released},
    {Account::unallocated, Account::outside},  ///< to the books of the sale it was meant for
    {Account::held, Account::released},
    {Account::held, Account::forfeited},
    {Account::held, Account::applied},
    {Account::held, Account::bonded},
    {Account::held, Account::fee},
    {Account::bonded, Account::applied},
    {Account::bonded, Account::released},
    {Account::bonded, Account::forfeited},
    {Account::released,
     Account::held},  ///< a runner-up who takes the offer before his refund went out
    {Account::released, Account::refunded},
};

std::size_t index_of(Account account) {
    return static_cast<std::size_t>(account);
}

}  // namespace

std::string_view name_of(Account account) {
    return account_names[index_of(account)];
}

std::string_view name_of(ForfeitGround ground) {
    return ground_names[static_cast<std::size_t>(ground)];
}

base::Result<ForfeitGround> parse_forfeit_ground(std::string_view name) {
    auto found = std::ranges::find(ground_names, name);
    if (found == ground_names.end()) {
        return base::refuse(base::invalid("forfeit_ground_unknown").with("ground", name));
    }
    return static_cast<ForfeitGround>(found - ground_names.begin());
}

base::Status Ledger::post(Posting posting) {
    if (posting.amount.minor <= 0 || posting.amount.currency != currency_)
        return base::refuse(base::invalid("ledger_amount_invalid"));
    auto known = std::ranges::any_of(roads, [&](const Road& road) {
        return road.from == posting.from && road.to == posting.to;
    });
    if (!known) {
        return base::refuse(base::conflict("ledger_road_unknown")
                                .with("from", name_of(posting.from))
                                .with("to", name_of(posting.to)));
    }
    // Far below what would overflow, far above what a bank statement can say.
    const std::int64_t most = std::numeric_limits<std::int64_t>::max() / 2;
    if (posting.from == Account::outside && posting.amount.minor > most - received().minor)
        return base::refuse(base::invalid("ledger_amount_invalid"));
    Balances& balances = owners_.try_emplace(posting.owner, zeros()).first->second;
    base::Money& source = balances[index_of(posting.from)];
    if (posting.from != Account::outside && source < posting.amount) {
        return base::refuse(base::conflict("ledger_insufficient")
                                .with("owner", posting.owner)
                                .with("account", name_of(posting.from)));
    }
    source = source - posting.amount;
    balances[index_of(posting.to)] += posting.amount;
    totals_[index_of(posting.from)] = totals_[index_of(posting.from)] - posting.amount;
    totals_[index_of(posting.to)] += posting.amount;
    postings_.push_back(std::move(posting));
    return {};
}

base::Money Ledger::balance(std::string_view owner, Account account) const {
    auto found = owners_.find(owner);
    return found == owners_.end() ? base::Money{0, currency_} : found->second[index_of(account)];
}

Ledger::Balances Ledger::zeros() const {
    Balances made;
    made.fill({0, currency_});
    return made;
}

bool Ledger::balanced() const {
    Balances sums = zeros();
    for (const auto& [owner, balances] : owners_) {
        base::Money sum{0, currency_};
        for (int account = 0; account < account_count; ++account) {
            base::Money balance = balances[static_cast<std::size_t>(account)];
            if (account != 0 && balance.is_negative()) return false;
            sums[static_cast<std::size_t>(account)] += balance;
            sum += balance;
        }
        if (!sum.is_zero()) return false;
    }
    return sums == totals_;
}

std::vector<std::string> Ledger::owners_with(Account account) const {
    std::vector<std::string> found;
    for (const auto& [owner, balances] : owners_) {
        if (balances[index_of(account)].minor > 0) found.push_back(owner);
    }
    return found;
}

base::json::object Ledger::to_json() const {
    base::json::object sums;
    sums["in"] = received().to_string();
    for (int account = 1; account < account_count; ++account) {
        auto kind = static_cast<Account>(account);
        if (!total(kind).is_zero()) sums[name_of(kind)] = total(kind).to_string();
    }
    return sums;
}

}  // namespace trade
