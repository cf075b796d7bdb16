#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/money.h"
#include "base/result.h"

namespace trade {

/// Where a deposit can be. `outside` is the world: what came from it is what the rest must sum to.
enum class Account {
    outside,      ///< the bidder's own bank account
    unallocated,  ///< a payment that nobody could be matched with
    held,
    released,  ///< owed back, not yet paid out
    refunded,  ///< paid out and confirmed by the bank statement
    forfeited,
    applied,  ///< counted towards the price
    bonded,   ///< became a performance bond
    fee,
};
inline constexpr int account_count = 9;
std::string_view name_of(Account account);

/// The only reasons for which a deposit may be forfeited.
enum class ForfeitGround {
    winner_refused,
    false_documents,
    collusion,
    withdrew_after_accept,
    payment_default,
};
std::string_view name_of(ForfeitGround ground);
/// `forfeit_ground_unknown` for anything else.
base::Result<ForfeitGround> parse_forfeit_ground(std::string_view name);

/// One movement: the same amount leaves one account of an owner and enters another.
struct Posting {
    std::string owner;
    Account from = Account::outside;
    Account to = Account::outside;
    base::Money amount;
    std::string reason;
    bool operator==(const Posting&) const = default;
};

/// The deposits of one procedure in double entry. Guarantees after every posting: no balance below
/// zero, and in = held + released + refunded + forfeited + applied + bonded + fee + unallocated.
/// The platform does not own this money; the ledger says what is owed to whom. Not thread-safe.
class Ledger {
  public:
    explicit Ledger(base::Currency currency = {}) : currency_(currency) { totals_ = zeros(); }
    /// Moves money along an allowed road. Errors: `ledger_amount_invalid` (zero or below, of another
    /// currency, or more than a book can hold),
    /// `ledger_road_unknown` (e.g. forfeited → held), `ledger_insufficient`.
    base::Status post(Posting posting);

    base::Money balance(std::string_view owner, Account account) const;
    base::Money total(Account account) const { return totals_[static_cast<std::size_t>(account)]; }
    /// All that ever came in from outside.
    base::Money received() const { return -total(Account::outside); }
    /// Owed back or paid back.
    base::Money returned() const { return total(Account::released) + total(Account::refunded); }
    /// The invariant; false would be our own mistake.
    bool balanced() const;
    std::vector<std::string> owners_with(Account account) const;
    const std::vector<Posting>& postings() const { return postings_; }
    base::json::object to_json() const;

  private:
    using Balances = std::array<base::Money, account_count>;
    Balances zeros() const;
    base::Currency currency_;
    std::map<std::string, Balances, std::less<>> owners_;
    Balances totals_{};
    std::vector<Posting> postings_;
};

}  // namespace trade
