#include "catalog/entry_count.h"

namespace catalog {

std::int64_t published_count(store::Reader& reader, const base::Id<party::Organisation>& owner,
                             std::string_view kind) {
    if (kind.empty())
        return reader.number(
            "select count(*) from catalog_entry where owner = :owner and state = 'published'",
            {{"owner", owner.text()}});
    return reader.number(
        "select count(*) from catalog_entry where owner = :owner"
        " and state = 'published' and kind = :kind",
        {{"owner", owner.text()}, {"kind", kind}});
}

}  // namespace catalog
