#pragma once

#include <optional>

#include "app/page_view.h"

namespace app {

/// The form that was refused, with what was typed (never a secret) and what is wrong with it;
/// nothing if the request did not come from one of those forms.
std::optional<http::Reply> refused_form(const PageView& view, const http::Request& request,
                                        const base::Error& error);

}  // namespace app
