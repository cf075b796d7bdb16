#pragma once

#include "app/page_view.h"
#include "http/router.h"
#include "trade/notice.h"
#include "trade/objection.h"

namespace app {

/// /notices, /notices/{id} with its objection form (no scripts needed) and /objections, where an
/// objector follows his by its code. `notices` and `objections` outlive the router.
void mount_notice_pages(http::Router& router, const PageView& view, const trade::Notices& notices,
                        const trade::Objections& objections);

}  // namespace app
