#pragma once

#include "base/json.h"
#include "trade/auction_room.h"

namespace trade {

/// What everybody may know of a sale now: prices, ends and aliases as the disclosure table allows.
/// `now` is the server's; countdowns start from it, never from the reader's clock.
base::json::object to_json(const AuctionView& view, base::Time now);
/// A line of the calendar.
base::json::object summary_json(const Auction& auction);
/// One event of the public record.
base::json::object to_json(const LogEntry& entry);

/// What a bidder sees besides: his alias, whether he leads, may bid, and what he has under seal.
base::json::object own_json(const AuctionView& view, const AuctionSeat& seat);

}  // namespace trade
