#pragma once

#include "app/page_view.h"

namespace app {

/// /contracts/self-check: anybody answers a few questions and hears how the registrar's own rules
/// would judge. Nothing is stored; the answers so far travel in the address. Works without scripts.
void mount_self_check(http::Router& router, const PageView& view);

}  // namespace app
