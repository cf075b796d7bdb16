#include "catalog/catalog_api.h"

#include <algorithm>
#include <charconv>

#include "base/money.h"
#include "base/text.h"
#include "catalog/body.h"
#include "catalog/coach.h"
#include "party/session_api.h"
#include "workflow/history.h"
#include "workflow/workflow_api.h"

namespace catalog {
namespace {

namespace json = base::json;

json::value moment_or_null(const std::optional<base::Time>& moment) {
    if (!moment) return nullptr;
    return json::value(base::to_iso(*moment));
}

std::string state_title(const CatalogApi& api, const Entry& entry, base::Language language) {
    const workflow::Process* process =
        api.entries.cases().process(api.entries.kind_of(entry).process);
    const workflow::State* state = process->state(entry.state);
    return state == nullptr ? entry.state : state->title.in(language);
}

json::array show_duplicates(const CatalogApi& api, store::Reader& reader, const Entry& entry,
                            base::Language language) {
    json::array list;
    for (const Duplicate& found : api.entries.duplicates(reader, entry)) {
        std::string reason(to_string(found.reason));
        list.push_back(json::object{{"entry", found.entry},
                                    {"title", found.title},
                                    {"reason", reason},
                                    {"reason_text", api.texts.get(language, "duplicate." + reason)},
                                    {"similarity", found.similarity}});
    }
    return list;
}

/// The member as object, or `field_wrong_type` / `field_missing`.
base::Result<json::object> object_member(const json::object& body, std::string_view key) {
    const json::value* value = body.if_contains(key);
    if (value == nullptr) return base::refuse(base::invalid("field_missing").at(key));
    if (!value->is_object()) {
        return base::refuse(base::invalid("field_wrong_type").with("expected", "object").at(key));
    }
    return value->get_object();
}

base::Result<http::Reply> create(const CatalogApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    json::object body = TRY(request.json());
    EntryDraft draft;
    draft.kind = TRY(base::require_text(body, "kind"));
    draft.body = TRY(object_member(body, "body"));
    draft.language = base::text_at(body, "language", "zh");
    return party::write_once(
        api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            Entry entry = TRY(api.entries.create(transaction, session->actor, draft));
            json::object shown =
                TRY(show_entry(api, transaction, entry, session->actor, request.language));
            return http::created(shown, "/api/entries/" + entry.id.text())
                .with_version(shown.at("version").as_int64());
        });
}

base::Result<http::Reply> read(const CatalogApi& api, const http::Request& request) {
    party::Actor actor = party::actor_of(request);
    auto id = TRY(entry_id(request));
    json::object shown = TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            Entry entry = TRY(api.entries.read(reader, actor, id));
            return show_entry(api, reader, entry, actor, request.language);
        }));
    return http::ok(shown).with_version(shown.at("version").as_int64());
}

base::Result<http::Reply> update(const CatalogApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    auto id = TRY(entry_id(request));
    std::int64_t version = TRY(request.if_match());
    json::object body = TRY(object_member(TRY(request.json()), "body"));
    json::object shown = TRY(api.database.write<json::object>(
        [&](store::Transaction& transaction) -> base::Result<json::object> {
            Entry entry = TRY(api.entries.update(transaction, session->actor, id, body, version));
            return show_entry(api, transaction, entry, session->actor, request.language);
        }));
    return http::ok(shown).with_version(shown.at("version").as_int64());
}

base::Result<http::Reply> advance(const CatalogApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    auto id = TRY(entry_id(request));
    std::int64_t version = TRY(request.if_match());
    workflow::Event event = TRY(workflow::read_event(request, request.value("transition")));
    json::object shown = TRY(api.database.write<json::object>(
        [&](store::Transaction& transaction) -> base::Result<json::object> {
            Entry entry = TRY(api.entries.advance(transaction, session->actor, id, event, version));
            return show_entry(api, transaction, entry, session->actor, request.language);
        }));
    return http::ok(shown).with_version(shown.at("version").as_int64());
}

base::Result<http::Reply> history(const CatalogApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    auto id = TRY(entry_id(request));
    return http::ok(TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            Entry entry = TRY(api.entries.read(reader, session->actor, id));
            if (!api.entries.may(session->actor, "entry.read_private", entry)) {
                return base::refuse(base::forbidden("not_permitted"));
            }
            const workflow::Form& form = api.entries.kind_of(entry).form;
            json::array list;
            for (const auto& item : workflow::history_of(reader, id.text())) {
                json::array changes;
                for (const base::FieldChange& change : item.changes) {
                    const base::FieldSpec* field = form.field(change.field);
                    json::object shown{{"field", change.field},
                                       {"before", change.before},
                                       {"after", change.after}};
                    if (field != nullptr) {
                        shown["label"] = field->label.in(request.language);
                        shown["confidential"] = field->confidential;
                    }
                    changes.push_back(std::move(shown));
                }
                list.push_back(json::object{{"version", item.version},
                                            {"at", base::to_iso(item.at)},
                                            {"actor_name", item.actor_name},
                                            {"changes", std::move(changes)}});
            }
            return json::object{{"history", std::move(list)}};
        })));
}

base::Result<http::Reply> advise(const CatalogApi& api, const http::Request& request) {
    json::object body = TRY(request.json());
    const Kind& kind = *TRY(api.entries.kinds().require(TRY(base::require_text(body, "kind"))));
    json::object values = normalise(TRY(object_member(body, "body")), kind.form,
                                    base::text_at(body, "language", "zh"));
    CoachAdvice advice = coach(kind, values, base::date_in_shanghai(api.database.clock().now()));
    std::string code(to_string(advice.coach_class));
    auto text = [&](const std::string& key) { return api.texts.get(request.language, key); };
    json::object answer{{"class", code},
                        {"class_text", text("coach.name_" + code)},
                        {"rule", advice.rule},
                        {"rule_text", text(advice.rule)},
                        {"answered", advice.answered},
                        {"total", advice.total}};
    json::array& asks = answer["asks"].emplace_array();
    for (const CoachAsk& ask : advice.asks) {
        json::array fields;
        for (const std::string& field : ask.fields)
            fields.push_back(json::value(field));
        asks.push_back(json::object{{"group", ask.group},
                                    {"fields", std::move(fields)},
                                    {"reason", ask.reason},
                                    {"text", text(ask.reason)},
                                    {"essential", ask.essential}});
    }
    return http::ok(answer);
}

/// ?q= and filters from the index: what is offered to the public (and to the signed in).
base::Result<EntrySearch> search_from(const http::Request& request) {
    EntrySearch wanted;
    json::object said;
    json::object filters;
    for (const auto& [key, value] : request.query_all) {
        if (value.empty() || key == "after" || key == "limit" || key == "sort" || key == "lang" ||
            key == "scope" || key == "mine") {
            continue;
        }
        if (key == "q") {
            said["text"] = value;
        } else if (key == "kind" || key == "place" || key == "amount_max") {
            said[key] = value;
        } else if (key != "level_min") {
            json::value& codes = filters[key];
            if (!codes.is_array()) codes.emplace_array();
            codes.get_array().push_back(json::value(value));
        }
    }
    if (!filters.empty()) said["filters"] = std::move(filters);
    if (!request.query_or("level_min").empty()) {
        said["level_min"] = TRY(request.query_integer("level_min", 1, 1, 9));
    }
    wanted = TRY(entry_search_from(said));
    wanted.newest_first = request.query_or("sort") == "newest";
    wanted.cursor = request.query_or("after");
    wanted.limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 20, 1, 100)));
    return wanted;
}

json::object show_facets(const search::Hits& hits) {
    json::object facets;
    for (const auto& [name, values] : hits.facets) {
        json::array list;
        for (const search::FacetValue& value : values) {
            list.push_back(json::object{{"code", value.value}, {"count", value.count}});
        }
        facets[name] = std::move(list);
    }
    return facets;
}

base::Result<http::Reply> find(const CatalogApi& api, const http::Request& request) {
    party::Actor actor = party::actor_of(request);
    EntrySearch wanted = TRY(search_from(request));
    wanted.with_platform = actor.signed_in();
    search::Query query = TRY(query_of(api.entries.kinds(), wanted));
    const Kind* kind = api.entries.kinds().find(wanted.kind);
    query.facets =
        kind == nullptr ? std::vector<std::string>{"kind", "city", "card"} : kind->filters;
    if (kind != nullptr) query.facets.push_back("city");
    search::Hits hits = TRY(api.search(query));
    return http::ok(TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            json::array items;
            for (const search::Hit& hit : hits.hits) {
                // The index may be a moment behind: what was just taken down is left out.
                auto entry = Entries::find(reader, base::Id<Entry>(hit.id));
                if (!entry || !api.entries.may_read(actor, *entry)) continue;
                items.push_back(show_entry_row(api, reader, *entry, actor, request.language));
            }
            return json::object{{"items", std::move(items)},
                                {"total", hits.total},
                                {"relaxed", hits.relaxed},
                                {"suggestion", hits.suggestion},
                                {"facets", show_facets(hits)},
                                {"next", hits.next_cursor.empty() ? json::value(nullptr)
                                                                  : json::value(hits.next_cursor)}};
        })));
}

base::Result<http::Reply> list(const CatalogApi& api, const http::Request& request) {
    bool own = !request.query_or("mine").empty() || !request.query_or("scope").empty();
    if (!own) return find(api, request);
    auto session = TRY(party::require_session(request));
    auto limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 50, 1, 200)));
    return http::ok(TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            auto entries = TRY(own_entries(api, reader, request, session->actor, limit));
            json::object answer{{"next", nullptr}};
            json::array& items = answer["items"].emplace_array();
            for (const Entry& entry : entries) {
                items.push_back(
                    show_entry_row(api, reader, entry, session->actor, request.language));
            }
            if (entries.size() == limit) answer["next"] = entries.back().id.text();
            return answer;
        })));
}

}  // namespace

base::Result<base::Id<Entry>> entry_id(const http::Request& request) {
    auto id = base::Id<Entry>::parse(request.value("id"));
    if (!id) return base::refuse(base::not_found("entry_not_found"));
    return *id;
}

base::Result<std::vector<Entry>> own_entries(const CatalogApi& api, store::Reader& reader,
                                             const http::Request& request,
                                             const party::Actor& actor, std::size_t limit) {
    EntryFilter filter;
    filter.kind = request.query_or("kind");
    filter.state = request.query_or("state");
    filter.title_part = base::shorten(request.query_or("q"), 100);
    filter.before = request.query_or("after");
    filter.limit = limit;
    if (!filter.before.empty() && !base::is_ulid(filter.before)) {
        return base::refuse(base::malformed("cursor_malformed").at("after"));
    }
    if (request.query_or("scope") != "place") {
        if (actor.organisation.empty()) return std::vector<Entry>{};
        filter.owner = actor.organisation;
        return Entries::list(reader, filter);
    }
    // The places of the actor's offices; a place asked for must lie in one of them.
    std::string wanted = request.query_or("place");
    std::vector<Entry> result;
    for (const party::Grant& grant : actor.grants) {
        bool inside = wanted.empty() || party::Places::contains(grant.place, wanted);
        if (grant.place.empty() || !inside) continue;
        filter.place = wanted.empty() ? grant.place : wanted;
        for (Entry& entry : Entries::list(reader, filter)) {
            bool known = std::any_of(result.begin(), result.end(),
                                     [&](const Entry& item) { return item.id == entry.id; });
            if (!known && api.entries.may(actor, "entry.read_private", entry)) {
                result.push_back(std::move(entry));
            }
        }
    }
    std::sort(result.begin(), result.end(),
              [](const Entry& a, const Entry& b) { return a.id > b.id; });
    if (result.size() > limit) result.resize(limit);
    return result;
}

json::object show_entry_row(const CatalogApi& api, store::Reader& reader, const Entry& entry,
                            const party::Actor& actor, base::Language language) {
    const Kind& kind = api.entries.kind_of(entry);
    json::object row{
        {"id", entry.id.text()},
        {"kind", entry.kind},
        {"kind_title", kind.form.title.in(language)},
        {"state", entry.state},
        {"state_title", state_title(api, entry, language)},
        {"title", plain_text(entry.body, *kind.form.field("title"),
                             language == base::Language::zh_cn ? std::string_view("zh")
                                                               : base::tag_of(language))},
        {"updated_at", base::to_iso(entry.updated_at)},
        {"published_at", moment_or_null(entry.published_at)},
        {"valid_until", moment_or_null(entry.valid_until)},
        {"place", entry.place},
        {"place_name", api.places.name(entry.place, language)},
        {"is_sample", entry.is_sample},
        {"version", entry.version}};
    if (const base::FieldSpec* summary = kind.form.field("summary")) {
        row["summary"] = base::shorten(plain_text(entry.body, *summary), 200);
    }
    if (api.entries.may_see_owner(actor, entry)) {
        auto owner = party::Organisations::find(reader, entry.owner);
        row["owner_name"] = owner ? owner->name : std::string();
    }
    json::array& stale = row["stale"].emplace_array();
    for (const std::string& field : stale_fields(entry.body, kind.form)) {
        stale.push_back(json::value(field));
    }
    return row;
}

base::Result<json::object> show_entry(const CatalogApi& api, store::Reader& reader,
                                      const Entry& entry, const party::Actor& actor,
                                      base::Language language) {
    json::object shown = show_entry_row(api, reader, entry, actor, language);
    shown["title"] = entry.title;
    shown["language"] = entry.language;
    shown["visibility"] = entry.visibility;
    shown["has_confidential"] = entry.has_confidential;
    shown["created_at"] = base::to_iso(entry.created_at);
    shown["body"] = entry.body;
    if (api.entries.may_see_owner(actor, entry)) {
        shown["owner"] = json::object{{"id", entry.owner.text()}, {"name", shown["owner_name"]}};
    }
    bool mine = !actor.organisation.empty() && actor.organisation == entry.owner;
    bool may_edit = api.entries.may(actor, "entry.edit", entry);
    bool is_open = entry.state == "draft" || entry.state == "returned";
    shown["mine"] = mine;
    shown["may_edit"] = may_edit && is_open;
    shown["may_translate"] = may_edit && !is_open;
    if (api.entries.may(actor, "entry.read_confidential", entry)) {
        shown["confidential"] = TRY(api.entries.confidential(reader, entry));
    }
    if (api.entries.may(actor, "entry.read_private", entry)) {
        shown["duplicates"] = show_duplicates(api, reader, entry, language);
    }
    return shown;
}

/// The kinds of this region, each with the labels of what its form must have.
http::Reply list_kinds(const CatalogApi& api, const http::Request& request) {
    json::array kinds;
    for (const Kind& kind : api.entries.kinds().all()) {
        json::array required;
        for (const base::FieldSpec& field : kind.form.fields) {
            if (field.required) required.push_back(json::value(field.label.in(request.language)));
        }
        kinds.push_back(json::object{{"code", kind.code()},
                                     {"title", kind.form.title.in(request.language)},
                                     {"plural", kind.plural.in(request.language)},
                                     {"summary", std::move(required)}});
    }
    return http::ok(json::object{{"kinds", std::move(kinds)}});
}

void CatalogApi::mount_entries(http::Router& router) const {
    const CatalogApi api = *this;
    router.get("/api/kinds", {.summary = "The kinds of entries of this region"},
               [api](const http::Request& request) -> base::Result<http::Reply> {
                   return list_kinds(api, request);
               });
    router.get("/api/entries",
               {.summary = "Search what is offered, or (mine=1, scope=place) list one's own"},
               [api](const http::Request& request) { return list(api, request); });
    router.post("/api/entries",
                {.summary = "A new entry as draft", .signed_in = true, .creates = true},
                [api](const http::Request& request) { return create(api, request); });
    router.post("/api/entries/coach", {.summary = "What a demand still lacks, and its class"},
                [api](const http::Request& request) { return advise(api, request); });
    router.get("/api/entries/{id}", {.summary = "An entry as far as one may see it"},
               [api](const http::Request& request) { return read(api, request); });
    router.put("/api/entries/{id}", {.summary = "Replace the body (If-Match)", .signed_in = true},
               [api](const http::Request& request) { return update(api, request); });
    router.get("/api/entries/{id}/history",
               {.summary = "Field by field, oldest first", .signed_in = true},
               [api](const http::Request& request) { return history(api, request); });
    router.post("/api/entries/{id}/{transition}",
                {.summary = "Take a step of the process (If-Match)", .signed_in = true},
                [api](const http::Request& request) { return advance(api, request); });
}

void CatalogApi::mount(http::Router& router) const {
    mount_entries(router);
    mount_files(router);
    mount_imports(router);
    mount_subscriptions(router);
}

}  // namespace catalog
