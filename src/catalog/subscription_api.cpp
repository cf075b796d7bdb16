// HTTP face of saved searches (struct CatalogApi).

#include "catalog/catalog_api.h"
#include "party/session_api.h"

namespace catalog {
namespace {

namespace json = base::json;

json::object show(const Subscription& item) {
    json::object search = to_json(item.search);
    search["q"] = item.search.text;
    return {{"id", item.id},
            {"name", item.name},
            {"rhythm", to_string(item.rhythm)},
            {"created_at", base::to_iso(item.created_at)},
            {"search", std::move(search)}};
}

/// The search as pages say it: `q` and `words` are other names for `text`, empty members say nothing.
base::Result<EntrySearch> read_search(const json::object& body) {
    json::object said;
    for (const auto& [key, value] : base::object_at(body, "search")) {
        if (value.is_null() || (value.is_string() && value.get_string().empty())) continue;
        said[key == "q" || key == "words" ? json::string_view("text") : key] = value;
    }
    if (said.empty()) return base::refuse(base::invalid("field_missing").at("search"));
    return entry_search_from(said);
}

base::Result<http::Reply> create(const CatalogApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    json::object body = TRY(request.json());
    std::string name = TRY(base::require_text(body, "name"));
    Rhythm rhythm = TRY(parse_rhythm(base::text_at(body, "rhythm", "daily")));
    EntrySearch search = TRY(read_search(body));
    return party::write_once(
        api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            auto made =
                TRY(api.subscriptions.create(transaction, session->actor, name, search, rhythm));
            return http::created(show(made), "/api/subscriptions/" + made.id);
        });
}

base::Result<http::Reply> list(const CatalogApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    return http::ok(TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            json::array items;
            for (const auto& item : Subscriptions::list(reader, session->actor.account)) {
                items.push_back(show(item));
            }
            return json::object{{"subscriptions", std::move(items)}};
        })));
}

base::Result<http::Reply> remove(const CatalogApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    TRY(api.database.write<void>([&](store::Transaction& transaction) {
        return api.subscriptions.remove(transaction, session->actor, request.value("id"));
    }));
    return http::no_content();
}

}  // namespace

void CatalogApi::mount_subscriptions(http::Router& router) const {
    const CatalogApi api = *this;
    router.get("/api/subscriptions", {.summary = "My saved searches", .signed_in = true},
               [api](const http::Request& request) { return list(api, request); });
    router.post("/api/subscriptions",
                {.summary = "Save a search", .signed_in = true, .creates = true},
                [api](const http::Request& request) { return create(api, request); });
    router.del("/api/subscriptions/{id}", {.summary = "Forget a saved search", .signed_in = true},
               [api](const http::Request& request) { return remove(api, request); });
}

}  // namespace catalog
