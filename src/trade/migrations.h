#pragma once

#include <span>

#include "store/migrate.h"

namespace trade {

/// The schema steps of this module, in order.
std::span<const store::Migration> migrations();
/// Those of online bidding, numbered on their own ("auction").
std::span<const store::Migration> auction_migrations();
/// Those of listings, deposits and bank statements, numbered on their own ("listing").
std::span<const store::Migration> listing_migrations();

}  // namespace trade
