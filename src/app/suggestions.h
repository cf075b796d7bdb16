#pragma once

#include "app/page_view.h"

namespace app {

/// Puts `suggestions` into an entry's page: for each rule of the region that applies, the entries of
/// the other kind that fit, each with the reasons shown (catalog/doors.h).
void add_suggestions(const PageView& view, store::Reader& reader, const http::Request& request,
                     const catalog::Entry& entry, base::json::object& page);

}  // namespace app
