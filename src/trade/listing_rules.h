#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "trade/auction_rules.h"
#include "trade/payment_plan.h"

namespace trade {

/// How long: in working days by the region's calendar, or in calendar days whose last, if no working
/// day, gives way to the next one (民法典 203). The day it begins on is never counted (201).
struct Term {
    int count = 0;
    enum class Unit { working_days, calendar_days } unit = Unit::working_days;
    bool operator==(const Term&) const = default;
    /// "20wd", "15d".
    std::string to_text() const;
};
std::optional<Term> read_term(std::string_view text);
/// The first moment after the term that begins on the day of `from`.
base::Time term_end(const base::WorkCalendar&, base::Time from, const Term&);

/// listing: disclosed, sold to whoever comes. agreement: a named buyer and price, on notice.
enum class SaleMode { listing, agreement };
enum class SingleParty { agreement, fail };
enum class JointBidders { refused, allowed };
/// May the platform bid for somebody up to his maximum.
enum class BidAgents { refused, allowed };

/// Who may buy at the same terms before others, and why (民法典 847 inventors of a service
/// achievement, 859 commissioning party, 860 co-developers, co-owners, shareholders).
struct PriorityBasis {
    std::string party;
    std::string basis;  ///< inventors, commissioner, codeveloper, coowner, shareholder
    int rank = 1;
    bool operator==(const PriorityBasis&) const = default;
};

/// Everything a listing announces and is judged by; frozen at publication, changed only by an
/// amendment, which starts the period anew. The numbers come from the region's trade/listing.yaml.
struct ListingRules {
    SaleMode mode = SaleMode::listing;
    base::Money price;  ///< asked, or agreed and published
    std::optional<base::Money>
        appraisal;  ///< filed; the first price is not below it without approval
    base::Money deposit;
    Term disclosure{20, Term::Unit::working_days};
    Term notice{5, Term::Unit::working_days};  ///< of the result; of an agreed price: 15 days
    Term extension{5, Term::Unit::working_days};
    int extensions_max = 0;    ///< how often the listing said it would be extended
    int lowers_max = 1;        ///< how often the price may be lowered
    int lower_free_bp = 9000;  ///< of the first price; lower than that needs an approval
    Term confirm{3, Term::Unit::working_days};
    Term qualify{5, Term::Unit::working_days};
    Term agree{10, Term::Unit::working_days};
    Term announce{5, Term::Unit::working_days};  ///< until the auction is announced
    Term priority{3, Term::Unit::working_days};
    Term decide{10, Term::Unit::working_days};  ///< the owner, when nobody came
    Term sign{5, Term::Unit::working_days};
    Term pay{5, Term::Unit::working_days};
    Term hearing{5, Term::Unit::working_days};
    Term choose{5, Term::Unit::working_days};
    Term answer{3, Term::Unit::working_days};
    Term refund{3, Term::Unit::working_days};
    Term suspension{30, Term::Unit::calendar_days};
    int resume_min = 10;        ///< working days left after a suspension
    int objection_rest = 3;     ///< calendar days left after an objection
    int runner_up_depth = 1;    ///< how many are offered the sale after a default
    int bidders_min = 2;        ///< for a competition
    int deposit_max_bp = 3000;  ///< of the price
    SingleParty single_party = SingleParty::agreement;
    JointBidders joint = JointBidders::allowed;
    BidAgents agents = BidAgents::refused;  ///< in the competition
    std::string next_type;                  ///< preset of the auction, for two and more
    std::vector<std::string> criteria;      ///< published qualifications of a buyer
    std::vector<PriorityBasis> priorities;
    PaymentRules payment;
    bool operator==(const ListingRules&) const = default;
};

/// Reads parameters by name over what `rules` says already. Errors: `parameter_unknown`,
/// `parameter_invalid`, `rules_inconsistent`, each at the parameter.
base::Result<ListingRules> read_listing_rules(const Parameters& parameters,
                                              ListingRules rules = {});
/// A listing may promise its bidders more than the region's rule set asks for, never less: periods not
/// shorter, money back not later, the ladder of prices not steeper. `rule_set_undercut` at the parameter.
base::Status check_within(const ListingRules& set, const ListingRules& rules);
/// Canonical, all of them; read_listing_rules gives them back.
Parameters write_listing_rules(const ListingRules& rules);
/// SHA-256 of the canonical JSON of write_listing_rules, in hex: what a bidder confirms.
std::string terms_hash(const ListingRules& rules);

}  // namespace trade
