#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/entry.h"
#include "catalog/kind.h"
#include "search/document.h"
#include "search/index.h"
#include "store/change_log.h"

/// From entries to the full-text index. The index follows the change log (wired in app): each row
/// that concerns an entry makes its document anew, so that the order of rows does not matter.
namespace catalog {

/// The schema of the one index of all kinds: their searched fields with weights, "owner" (weight 2),
/// and the attributes
///   keywords: kind, state, card, city, owner, visibility, sample, language, and each kind's filters;
///   numbers: place, level, amount (fen), deadline and published (days since 1970), valid_until.
/// `user_words` are kept whole by the splitter.
search::Schema search_schema(const Kinds& kinds, std::vector<std::string> user_words = {});

/// The document of an entry, or nothing when it is not to be found by search: not in an offered state
/// (published, matched), or open to invited parties only. Anonymous entries carry no owner.
std::optional<search::Document> document_of(const Kinds& kinds, const Entry& entry,
                                            std::string_view owner_name);

/// The entries that rows of the change log are about: those of every process that kinds use.
std::set<std::string> changed_entries(const Kinds& kinds, const std::vector<store::LogRow>& rows);

/// Applies rows of the change log to the index: every entry named in them, and every entry of an
/// organisation named in them, is read again and put or removed. Safe to repeat.
base::Status follow(store::Reader& reader, const Kinds& kinds, search::Index& index,
                    const std::vector<store::LogRow>& rows);
/// Puts every entry that is to be found, in batches: for a first start without a snapshot.
base::Result<std::int64_t> rebuild(store::Database& database, const Kinds& kinds,
                                   search::Index& index);

/// A search as the API and subscriptions say it; codes are checked by the index.
struct EntrySearch {
    std::string text;
    std::string kind;
    std::string place;                                                     ///< subtree
    std::vector<std::pair<std::string, std::vector<std::string>>> any_of;  ///< filter → codes
    std::optional<std::int64_t> level_min;
    std::optional<std::int64_t> amount_max;       ///< fen
    std::optional<std::int64_t> published_since;  ///< day number
    bool newest_first = false;
    bool with_platform = false;  ///< also what only signed-in users may see
    std::string cursor;
    std::size_t limit = 20;
};
/// Errors: `filter_unknown` {filter}.
base::Result<search::Query> query_of(const Kinds& kinds, const EntrySearch& wanted);

/// {text, kind, place, filters: {card: […]}, level_min, amount_max: "…"}: how subscriptions keep it.
base::json::object to_json(const EntrySearch& wanted);
/// Closed keys; `form_invalid` with the defects.
base::Result<EntrySearch> entry_search_from(const base::json::object& object);

}  // namespace catalog
