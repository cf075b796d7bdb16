#include "party/actor.h"

#include <algorithm>

namespace party {

bool Actor::holds(std::string_view role) const {
    return std::ranges::any_of(grants, [&](const Grant& grant) { return grant.role == role; });
}

std::string Actor::log_name() const {
    if (is_system) return "system";
    return account.empty() ? "visitor" : account.text();
}

}  // namespace party
