#pragma once

#include <cstdint>
#include <string_view>

#include "base/id.h"
#include "party/organisation.h"
#include "store/database.h"

namespace catalog {

/// How many entries of an organisation are published now; of one kind, or of all when it is empty.
std::int64_t published_count(store::Reader& reader, const base::Id<party::Organisation>& owner,
                             std::string_view kind);

}  // namespace catalog
