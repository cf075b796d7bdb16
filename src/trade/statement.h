#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "party/actor.h"
#include "store/database.h"
#include "trade/deposit.h"
#include "trade/listing_office.h"

namespace trade {

/// One line of a bank statement and what became of it.
struct StatementLine {
    std::string id;
    base::Id<party::Organisation> host;  ///< whose account it is
    std::string number;                  ///< the bank's own, unique in an account
    std::string day;
    base::Money amount;  ///< above zero: received; below: paid out
    std::string payer;   ///< of a payment out: the payee
    std::string reference;
    /// matched, paid (towards the price), refunded; duplicate: the same line again; superseded: a
    /// corrected line came in its place; unmatched, wrong_payer, wrong_amount, unreadable, differs (a
    /// booked line came again with other content): wait for a person; returned: goes back to where
    /// it came from; set_aside: not of any sale, by a person's decision.
    std::string verdict;
    std::string listing, party;
    std::string file;  ///< hash of the file it came with
    base::Time at;
    bool waits() const {
        return verdict == "unmatched" || verdict == "wrong_payer" || verdict == "wrong_amount" ||
               verdict == "unreadable" || verdict == "differs";
    }
};

/// Cells of a statement file, header first (read by the HTTP face from csv or xlsx).
using StatementRows = std::vector<std::vector<std::string>>;

/// Reconciling: the bank's file is the only thing that makes money "received". A line finds its
/// bidder by the reference he was given; payer name and amount must fit, else a person decides. The
/// same line twice counts once; a corrected one takes the place of a line that still waited. Stateless over the store; listing.operate of the host is asked.
class Statements {
  public:
    explicit Statements(const Listings& listings) : listings_(&listings) {}

    struct Import {
        std::vector<StatementLine> lines;
        std::size_t duplicates = 0;
    };
    /// Errors: not_permitted, `statement_empty`, `statement_unreadable` {column}.
    base::Result<Import> import(store::Transaction&, const party::Actor&,
                                const base::Id<party::Organisation>& host, const StatementRows&,
                                std::string_view file_hash) const;
    /// The same from a provider's interface.
    base::Result<Import> import(store::Transaction&, const party::Actor&,
                                const base::Id<party::Organisation>& host,
                                const std::vector<ProviderPayment>&) const;
    /// A person says whose it is. Errors: `statement_line_unknown`, `statement_line_matched`,
    /// `statement_payer_differs`, those of the listing.
    base::Result<StatementLine> match(store::Transaction&, const party::Actor&,
                                      std::string_view line, const base::Id<Listing>&,
                                      std::string_view party) const;
    /// It goes back to the account it came from.
    base::Result<StatementLine> send_back(store::Transaction&, const party::Actor&,
                                          std::string_view line) const;
    /// It is of no sale (interest, a transfer of the house's own), or a copy: nobody waits for it.
    /// Errors: `statement_line_unknown`, `statement_line_matched`, `reason_missing`.
    base::Result<StatementLine> set_aside(store::Transaction&, const party::Actor&,
                                          std::string_view line, std::string_view reason) const;
    /// What the house owes back over all its sales, the oldest day first; a payment that belonged to no
    /// sale without a listing. `ledger_unbalanced`.
    struct Owed {
        std::string listing, title, party;
        base::Money amount;
        base::Time due;
    };
    base::Result<std::vector<Owed>> owed(store::Reader&, std::string_view host) const;
    struct Filter {
        std::string host, verdict, listing, after;
        std::size_t limit = 200;
    };
    static std::vector<StatementLine> lines(store::Reader&, const Filter&);
    static std::optional<StatementLine> find(store::Reader&, std::string_view id);

  private:
    base::Status may(const party::Actor&, const base::Id<party::Organisation>& host) const;
    base::Result<Import> book_all(store::Transaction&, const party::Actor&,
                                  std::vector<StatementLine>) const;
    /// Duplicate, superseding or differing by what is known under the bank's number.
    base::Status compare(store::Transaction&, StatementLine&) const;
    base::Status book(store::Transaction&, StatementLine&) const;
    base::Status settle_line(store::Transaction&, StatementLine&, const Listing&) const;
    base::Result<StatementLine> open_line(store::Transaction&, const party::Actor&,
                                          std::string_view id) const;

    const Listings* listings_;
};

/// Equal as payers are compared: without spaces, brackets of either width the same.
bool same_payer(std::string_view statement, std::string_view organisation);

}  // namespace trade
