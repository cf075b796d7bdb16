#pragma once

#include "app/page_view.h"
#include "http/router.h"

namespace app {

/// /programmes with its guides and self-checks, /programmes/lists/{id} with objections and
/// differences, /titles with the register. They work without scripts.
void mount_programme_pages(http::Router& router, const PageView& view);

}  // namespace app
