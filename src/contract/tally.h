#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/id.h"
#include "base/money.h"
#include "party/organisation.h"
#include "store/database.h"

namespace contract {

/// Which registered contracts of an organisation are added up.
struct TallyQuestion {
    base::Id<party::Organisation> organisation;
    std::string side = "seller";  ///< seller (the registering party), buyer, any
    std::string class_code;       ///< a class or the front part of one (LICENCE); empty: all
    std::optional<int> year;      ///< of registration; absent: all
};

struct Tally {
    std::int64_t count = 0;
    base::Money amount, technical;
};

/// The sum over contracts whose registration stands (stands_registered).
Tally tally(store::Reader& reader, const TallyQuestion& question);

}  // namespace contract
