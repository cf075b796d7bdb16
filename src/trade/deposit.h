#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "store/database.h"
#include "trade/ledger.h"

namespace trade {

/// A posting as it was stored.
struct StoredPosting {
    Posting posting;
    std::string procedure;
    std::string source;  ///< statement line or event it rests on
    std::optional<base::Time> due;
    base::Time at;
};

/// The deposits of all sales in double entry: one book per procedure (a listing, or the operator's
/// book of payments that nobody could be matched with). The platform owns none of this money; it
/// says what is owed to whom. Postings are added, never changed, each in the change log too.
/// Guarantees: after every posting the book balances, in = held + released + refunded + forfeited +
/// applied + bonded + fee + unallocated, nothing below zero. Stateless over the store.
class Deposits {
  public:
    /// Errors: those of Ledger::post.
    static base::Status post(store::Transaction&, std::string_view procedure, const Posting&,
                             std::string_view source, std::optional<base::Time> due = {});
    /// `ledger_unbalanced` when a stored posting does not follow from those before it.
    static base::Result<Ledger> book(store::Reader&, std::string_view procedure);
    static std::vector<StoredPosting> postings(store::Reader&, std::string_view procedure);
    /// Where payments without a listing wait.
    static std::string suspense(std::string_view host) { return "suspense:" + std::string(host); }

    /// What is still owed back, with the day until which it has to be back; oldest first.
    struct Owed {
        std::string procedure, party;
        base::Money amount;
        base::Time due;
    };
    static base::Result<std::vector<Owed>> owed(store::Reader&, std::string_view procedure);
    /// A refund that the bank statement shows. `refund_not_due` unless so much is owed.
    static base::Status refunded(store::Transaction&, std::string_view procedure,
                                 std::string_view party, base::Money amount,
                                 std::string_view source);

    struct Check {
        std::size_t books = 0, postings = 0;
        std::vector<std::string> faults;  ///< procedures whose book does not balance, in words
        base::Money received, held, returned, forfeited, applied, unallocated;
    };
    /// The invariant over every book and over all together, recomputed from the postings.
    static Check check(store::Reader&);
};

/// What a bank's interface tells of one payment. The platform asks; nobody pays through it here.
struct ProviderPayment {
    std::string number, payer, reference;
    base::Date day;
    base::Money amount;
};

/// A payment provider or bank interface that lists payments received since a number. Made by
/// whoever connects one; the statement file is the way without.
class PaymentProvider {
  public:
    virtual ~PaymentProvider() = default;
    virtual base::Result<std::vector<ProviderPayment>> payments_after(std::string_view number) = 0;
};

}  // namespace trade
