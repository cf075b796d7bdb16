#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "store/database.h"
#include "trade/listing_office.h"

namespace trade {

/// As whom somebody looks at a listing: what the disclosure table of docs/trading.md lets him see.
struct ListingViewer {
    std::vector<std::string> roles;  ///< as Listings::roles; none for a visitor
    std::string organisation;
    bool is(std::string_view role) const;
};

/// The listing as this viewer may see it. Identities of bidders: the operator and the supervisor at
/// once, the owner when they are qualified, everybody else only the buyer at the notice. The number
/// of those registered is shown to others after the disclosure.
base::json::object listing_json(store::Reader&, const Listings&, const Listing&,
                                const ListingViewer&);
/// Steps taken, oldest first, without what the viewer may not know.
base::json::array listing_course(store::Reader&, const Listing&, const ListingViewer&);
/// Questions with their answers, by order; who asked is nobody's business.
base::json::array listing_questions(store::Reader&, const Listing&);

/// How sales of a year went: premium over the asked price in hundredths of a percent, bidders per
/// sale and days to the deal as hundredths.
struct SaleStatistics {
    int year = 0;
    int listings = 0, sold = 0;
    base::Money asked, amount;
    std::int64_t bidders = 0, days = 0;
};
std::vector<SaleStatistics> sale_statistics(store::Reader&, const Listings&);

}  // namespace trade
