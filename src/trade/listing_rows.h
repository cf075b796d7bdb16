#pragma once

#include "store/database.h"
#include "trade/listing_office.h"

/// Writing listings; only the office includes it.
namespace trade::listing_rows {

void insert(store::Transaction&, const Listing&);
/// Columns that follow the state, and the version.
void update(store::Transaction&, const Listing&);
/// The event that made this version.
void add_event(store::Transaction&, const Listing&, const ListingEvent&);

}  // namespace trade::listing_rows
