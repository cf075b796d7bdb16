#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "party/actor.h"
#include "store/database.h"

namespace workflow {

struct HistoryEntry {
    std::int64_t version = 0;
    base::Time at;
    std::string actor_name;
    std::vector<base::FieldChange> changes;
};

/// Field-by-field history of a record. Confidential fields are recorded as changed, without values.
void record_history(store::Transaction&, const party::Actor&, std::string_view subject,
                    std::int64_t version, const base::json::object& before,
                    const base::json::object& after, std::span<const base::FieldSpec> fields);
std::vector<HistoryEntry> history_of(store::Reader&, std::string_view subject);

}  // namespace workflow
