#pragma once

#include "app/page_view.h"
#include "http/router.h"

namespace app {

/// /listings with filters and /listings.atom, /listings/{id}, /listings/{id}/files/{file} for open
/// files, and /deals/verify. Work without scripts.
void mount_listing_pages(http::Router& router, const PageView& view);

}  // namespace app
