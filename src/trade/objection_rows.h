#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/database.h"
#include "trade/objection.h"

/// The table of objections: read and written only here and in objection_rows.cpp.
namespace trade::rows {

/// What stands beside an objection and is never shown.
struct Secrets {
    std::string sealed;    ///< base64
    std::string person;    ///< commitment
    std::string tracking;  ///< hash of the code
};

void insert(store::Transaction& transaction, const Objection& objection, const Secrets& secrets);
void update(store::Transaction& transaction, const Objection& objection);
/// Whether this person objected to this notice on this ground before.
bool is_taken(store::Reader& reader, const Objection& objection, std::string_view person);
std::string sealed_of(store::Reader& reader, const base::Id<Objection>& id);
std::optional<Objection> find_by_tracking(store::Reader& reader, std::string_view tracking);

}  // namespace trade::rows
