#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/json.h"
#include "base/texts.h"
#include "catalog/entry.h"
#include "catalog/import.h"
#include "catalog/search_feed.h"
#include "catalog/subscription.h"
#include "http/router.h"
#include "party/once_api.h"
#include "party/place.h"
#include "store/database.h"
#include "workflow/attachment.h"
#include "workflow/codes.h"

namespace catalog {

/// The HTTP face of the catalog. What is referred to must outlive the router. Thread-safe.
struct CatalogApi {
    store::Database& database;
    const Entries& entries;
    const Imports& imports;
    const Subscriptions& subscriptions;
    const workflow::Attachments& attachments;
    const workflow::Codes& codes;
    const party::Places& places;
    const base::Texts& texts;
    /// The full-text index (followed by app).
    std::function<base::Result<search::Hits>(const search::Query&)> search;
    /// A folder for files that live during one call only.
    std::filesystem::path scratch;

    void mount(http::Router& router) const;

  private:
    void mount_entries(http::Router& router) const;
    void mount_files(http::Router& router) const;
    void mount_imports(http::Router& router) const;
    void mount_subscriptions(http::Router& router) const;
};

/// The id in the path, or `entry_not_found`.
base::Result<base::Id<Entry>> entry_id(const http::Request& request);
/// An entry for this actor: public fields, the confidential ones for those who may read them, the
/// owner unless it is anonymous, duplicates for owner and officer, and what the actor may do.
base::Result<base::json::object> show_entry(const CatalogApi& api, store::Reader& reader,
                                            const Entry& entry, const party::Actor& actor,
                                            base::Language language);
/// The line of a list.
base::json::object show_entry_row(const CatalogApi& api, store::Reader& reader, const Entry& entry,
                                  const party::Actor& actor, base::Language language);
/// What `?kind=&state=&mine=1|scope=&q=&place=&after=&limit=` asks of the entries of one's own
/// organisation or place, as far as this actor may see them.
base::Result<std::vector<Entry>> own_entries(const CatalogApi& api, store::Reader& reader,
                                             const http::Request& request,
                                             const party::Actor& actor, std::size_t limit);

}  // namespace catalog
