#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "trade/auction_house.h"

namespace app {

/// The calendar of sales as iCalendar (RFC 5545): one event from opening to announced close.
std::string to_ical(const std::vector<trade::Auction>& auctions, const std::string& site_url,
                    base::Time now);
/// The same as an Atom feed.
std::string to_atom(const std::vector<trade::Auction>& auctions, const std::string& site_url,
                    const std::string& title, base::Time now);

}  // namespace app
