#pragma once

#include "app/page_view.h"
#include "http/router.h"
#include "trade/auction_api.h"

namespace app {

/// /auctions (with iCal and Atom), /auctions/{id} the live room and its bid pad, /roots. They work
/// without scripts, by reload. `auctions` outlives the router.
void mount_auction_pages(http::Router& router, const PageView& view,
                         const trade::AuctionApi& auctions);

}  // namespace app
