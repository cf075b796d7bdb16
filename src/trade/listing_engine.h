#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trade/listing.h"

/// Inside of the listing core; nobody else includes it.
namespace trade::engine {

using Effects = std::vector<ListingEffect>;

/// A refusal of the core: CHECKs that its code is in the table of codes.
base::Error fault(base::ErrorKind kind, std::string_view code);
inline std::unexpected<base::Error> invalid(std::string_view code, std::string_view field = "") {
    return base::refuse(fault(base::ErrorKind::invalid, code).at(field));
}
inline std::unexpected<base::Error> conflict(std::string_view code) {
    return base::refuse(fault(base::ErrorKind::conflict, code));
}
inline std::unexpected<base::Error> forbidden(std::string_view code) {
    return base::refuse(fault(base::ErrorKind::forbidden, code));
}

/// One event being applied: the state as it changes and what follows from it.
struct Turn {
    const base::WorkCalendar& calendar;
    ListingState& state;
    const ListingEvent& event;
    base::Time now;
    Effects effects;

    void tell(std::string_view kind, std::string_view party = {}, base::Money amount = {},
              std::string_view reason = {});
    /// A term that follows on one that ran out at 24:00 counts from the day that ended.
    base::Time after(const Term& term) const {
        return term_end(calendar, now - base::microseconds(1), term);
    }
    /// Enters a stage whose clock runs for `term`.
    base::Status enter(Stage stage, const Term& term);
    void enter(Stage stage);
    /// Starts a disclosure of that length today.
    base::Status disclose(const Term& term);
    /// Gives a held deposit free, to be back within the rule's days.
    base::Status release(ListingParty& party, std::string_view reason);
    /// Every deposit, and what was paid towards a price that does not hold.
    base::Status release_all(std::string_view reason);
    base::Status release_paid(std::string_view reason);
    base::Status end(Stage stage, std::string_view reason);
    /// Nobody is left to sell to: extended as announced, else the owner decides.
    base::Status nobody(std::string_view reason);
    base::Status begin_notice();
    /// After all were judged.
    base::Status choose_way();
    /// A buyer and a price stand: losers go free, priority holders are asked, or the notice begins.
    base::Status chosen(std::string_view winner, base::Money price);
    base::Status answer_priorities();
    /// The entry of a holder of a priority right, made when there is none.
    ListingParty& holder_party(const std::string& key);
    base::Status next_runner();
    /// What the auction came to: a winner and those after him, or nobody.
    base::Status auction_over(const ListingEvent& result);
    bool is_listing() const { return state.rules.mode == SaleMode::listing; }
};

using Handler = base::Status (*)(Turn&);

struct Row {
    std::string_view action;
    std::vector<std::string_view> roles;
    std::vector<Stage> stages;
    std::string_view late;  ///< the code when it comes in another stage
    Handler handler;
};
/// Before, during and after the choice of the buyer; the parts of one table.
std::vector<Row> opening_rows();
std::vector<Row> bidder_rows();
std::vector<Row> closing_rows();

/// A running timer that is due at `turn.now`.
base::Status fire(Turn& turn);

base::Status need(const Turn& turn, std::string_view field, std::string_view code);
/// `deposit_not_held`, `deposit_insufficient`.
base::Status check_deposit(const Turn& turn, const ListingParty* party);
base::Result<base::Money> read_money(const Turn& turn, std::string_view field);

}  // namespace trade::engine
