// One search over all kinds: the doors, their kinds, and each kind's own filters.
#include <algorithm>
#include <set>

#include "app/page_view.h"
#include "base/text.h"
#include "catalog/body.h"
#include "catalog/search_feed.h"
#include "exchange/feed.h"
#include "party/session_api.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;

constexpr std::size_t selects_max = 3;  // the other filters stand beside the list, with counts
constexpr std::size_t facet_values_max = 12;

/// What one page of the search looks at: everything, a door, or one kind.
struct Scope {
    const catalog::Door* door = nullptr;
    const catalog::Kind* kind = nullptr;
    std::vector<const catalog::Kind*> kinds;
    std::vector<std::string> filters;  ///< offered here, in the order of the kinds

    const base::FieldSpec* field(std::string_view filter) const {
        for (const catalog::Kind* one : kinds) {
            if (std::ranges::find(one->filters, filter) == one->filters.end()) continue;
            return one->form.field(filter);
        }
        return nullptr;
    }
};

class SearchPages {
  public:
    explicit SearchPages(const PageView& view) : view_(view) {
        for (const catalog::Kind& kind : view.region().kinds.all())
            all_filters_.insert(kind.filters.begin(), kind.filters.end());
    }

    base::Result<http::Reply> search(const http::Request& request) const {
        catalog::EntrySearch wanted = TRY(wanted_of(request));
        Scope scope = TRY(scope_of(request));
        object page{{"title", heading(request, scope)},
                    {"heading", heading(request, scope)},
                    {"query", wanted.text},
                    {"feed", "/feeds/search.atom" + with_query(request, "lang", "").substr(7)}};
        add_tabs(request, scope, page);
        add_selects(request, scope, wanted, page);
        auto query = catalog::query_of(view_.region().kinds, wanted);
        if (query) query->facets = facets_of(scope);
        auto hits = query ? run(std::move(*query))
                          : base::Result<search::Hits>(std::unexpect, query.error());
        if (!hits) {
            page["fault"] = view_.region().texts.explain(request.language, hits.error());
            page["total_text"] = view_.text(request, "page.total", {{"count", "0"}});
            return view_.render(request, "search", std::move(page), http::status_of(hits.error()));
        }
        object shown = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            object result = page;
            add_hits(reader, request, *hits, result);
            add_facets(request, scope, *hits, result);
            return result;
        }));
        return view_.render(request, "search", std::move(shown));
    }

    base::Result<http::Reply> feed(const http::Request& request) const {
        catalog::EntrySearch wanted = TRY(wanted_of(request));
        Scope scope = TRY(scope_of(request));
        wanted.newest_first = true;
        wanted.with_platform = false;
        wanted.limit = 30;
        search::Hits hits = TRY(run(TRY(catalog::query_of(view_.region().kinds, wanted))));
        const std::string& site = view_.site().options.site_url;
        std::string query = with_query(request, "cursor", "").substr(request.path.size());
        exchange::Feed feed{.id = site + request.path + query,
                            .title = view_.text(request, "app.name") + " " +
                                     heading(request, scope) + " " + wanted.text,
                            .link = site + "/search" + query,
                            .updated = view_.site().clock().now()};
        TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            for (const search::Hit& hit : hits.hits) {
                auto entry = catalog::Entries::find(reader, base::Id<catalog::Entry>(hit.id));
                if (!entry || !view_.site().entries->may_read(party::actor_of(request), *entry))
                    continue;
                object card = view_.card(reader, request, *entry);
                feed.entries.push_back({entry->id.text(), base::text_at(card, "title"),
                                        base::text_at(card, "line"),
                                        site + "/entries/" + entry->id.text(),
                                        entry->published_at.value_or(entry->created_at),
                                        entry->updated_at, base::text_at(card, "owner")});
            }
            return object{};
        }));
        return http::text(exchange::to_atom(feed), "application/atom+xml; charset=utf-8");
    }

  private:
    base::Result<search::Hits> run(search::Query query) const {
        const Site& site = view_.site();
        query.text_of = [&site](std::string_view id) {
            auto text = site.database->read<std::string>(
                [&](store::Reader& reader) -> base::Result<std::string> {
                    auto entry =
                        catalog::Entries::find(reader, base::Id<catalog::Entry>(std::string(id)));
                    if (!entry) return std::string();
                    const base::FieldSpec* field =
                        site.entries->kind_of(*entry).form.field("summary");
                    return field == nullptr ? std::string()
                                            : catalog::plain_text(entry->body, *field);
                });
            return text ? *text : std::string();
        };
        return view_.live().index().search(query);
    }

    base::Result<Scope> scope_of(const http::Request& request) const {
        const Region& region = view_.region();
        Scope scope;
        std::string kind = request.query_or("kind"), door = request.query_or("door");
        if (!kind.empty()) scope.kind = TRY(region.kinds.require(kind));
        scope.door = scope.kind == nullptr ? region.doors.find(door)
                                           : region.doors.of_kind(scope.kind->code());
        if (scope.kind != nullptr) {
            scope.kinds = {scope.kind};
        } else if (scope.door != nullptr) {
            for (const std::string& code : scope.door->kinds)
                scope.kinds.push_back(region.kinds.find(code));
        } else {
            for (const catalog::Kind& one : region.kinds.all())
                scope.kinds.push_back(&one);
        }
        for (const catalog::Kind* one : scope.kinds) {
            for (const std::string& filter : one->filters) {
                bool known = std::ranges::find(scope.filters, filter) != scope.filters.end();
                if (!known) scope.filters.push_back(filter);
            }
        }
        // Without a door only what most kinds share: the card of the region.
        if (scope.kind == nullptr && scope.door == nullptr)
            std::erase_if(scope.filters, [](const std::string& name) { return name != "card"; });
        return scope;
    }

    std::string heading(const http::Request& request, const Scope& scope) const {
        if (scope.kind != nullptr) return scope.kind->plural.in(request.language);
        if (scope.door != nullptr) return scope.door->name.in(request.language);
        return view_.text(request, "page.search_label");
    }

    base::Result<catalog::EntrySearch> wanted_of(const http::Request& request) const {
        catalog::EntrySearch wanted;
        wanted.text = request.query_or("q");
        wanted.kind = request.query_or("kind");
        wanted.place = request.query_or("place");
        for (const std::string& filter : all_filters_) {
            std::string code = request.query_or(filter);
            if (!code.empty()) wanted.any_of.push_back({filter, {code}});
        }
        const catalog::Door* door = view_.region().doors.find(request.query_or("door"));
        if (wanted.kind.empty() && door != nullptr) wanted.any_of.push_back({"kind", door->kinds});
        std::int64_t level = TRY(request.query_integer("level", 0, 0, 9));
        if (level > 0) wanted.level_min = level;
        wanted.newest_first = request.query_or("sort") == "date" || wanted.text.empty();
        wanted.with_platform = party::actor_of(request).signed_in();
        wanted.cursor = request.query_or("cursor");
        return wanted;
    }

    static std::vector<std::string> facets_of(const Scope& scope) {
        std::vector<std::string> facets = scope.filters;
        if (scope.kind == nullptr) facets.insert(facets.begin(), "kind");
        return facets;
    }

    /// The doors as a row of links; words and place go along, filters of another kind do not.
    void add_tabs(const http::Request& request, const Scope& scope, object& page) const {
        std::string kept;
        for (std::string_view name : {"q", "place"}) {
            std::string value = request.query_or(name);
            if (!value.empty()) kept += "&" + std::string(name) + "=" + encode_query(value);
        }
        array tabs;
        tabs.push_back(object{{"name", view_.text(request, "page.all_kinds")},
                              {"link", "/search" + (kept.empty() ? "" : "?" + kept.substr(1))},
                              {"current", scope.door == nullptr && scope.kind == nullptr}});
        for (const catalog::Door& door : view_.region().doors.all()) {
            tabs.push_back(object{{"name", door.name.in(request.language)},
                                  {"link", "/search?door=" + door.code + kept},
                                  {"current", scope.door == &door}});
        }
        page["tabs"] = std::move(tabs);
        if (scope.door != nullptr && scope.door->kinds.size() < 2) return;
        array kinds;
        for (const std::string& code :
             scope.door == nullptr ? std::vector<std::string>() : scope.door->kinds) {
            const catalog::Kind* kind = view_.region().kinds.find(code);
            kinds.push_back(object{{"name", kind->plural.in(request.language)},
                                   {"link", "/search?kind=" + code + kept},
                                   {"current", scope.kind == kind}});
        }
        page["has_kinds"] = !kinds.empty();
        page["kinds"] = std::move(kinds);
    }

    object select(const http::Request& request, std::string_view name, std::string label,
                  array options) const {
        return {{"name", name},
                {"label", std::move(label)},
                {"any", view_.text(request, "page.any")},
                {"options", std::move(options)}};
    }

    void add_selects(const http::Request& request, const Scope& scope,
                     const catalog::EntrySearch& wanted, object& page) const {
        array selects, hidden;
        for (std::string_view name : {"kind", "door"}) {
            std::string value = request.query_or(name);
            if (!value.empty()) hidden.push_back(object{{"name", name}, {"value", value}});
        }
        std::size_t count = 0;
        for (const std::string& filter : scope.filters) {
            std::string chosen = request.query_or(filter);
            const base::FieldSpec* field = scope.field(filter);
            if (++count > selects_max) {
                if (!chosen.empty()) hidden.push_back(object{{"name", filter}, {"value", chosen}});
                continue;
            }
            array options;
            for (const base::FieldOption& one : field->options)
                options.push_back(option(one.code, one.label.in(request.language), chosen));
            selects.push_back(
                select(request, filter, field->label.in(request.language), std::move(options)));
        }
        array cities;
        for (const party::Place& place : view_.region().places.all()) {
            if (place.level != party::PlaceLevel::city) continue;
            cities.push_back(option(place.code, place.name.in(request.language), wanted.place));
        }
        selects.push_back(
            select(request, "place", view_.text(request, "page.city"), std::move(cities)));
        array orders;
        for (std::string_view order : {"relevance", "date"}) {
            orders.push_back(option(order, view_.text(request, "page.sort_" + std::string(order)),
                                    request.query_or("sort")));
        }
        selects.push_back(
            select(request, "sort", view_.text(request, "page.sort"), std::move(orders)));
        page["selects"] = std::move(selects);
        page["hidden"] = std::move(hidden);
    }

    void add_hits(store::Reader& reader, const http::Request& request, const search::Hits& hits,
                  object& page) const {
        array cards;
        for (const search::Hit& hit : hits.hits) {
            auto entry = catalog::Entries::find(reader, base::Id<catalog::Entry>(hit.id));
            if (!entry || !view_.site().entries->may_read(party::actor_of(request), *entry))
                continue;
            object card = view_.card(reader, request, *entry);
            bool highlighted = std::ranges::any_of(hit.snippet, &search::SnippetPart::highlighted);
            if (highlighted) {
                array parts;
                for (const search::SnippetPart& part : hit.snippet) {
                    parts.push_back(object{{"text", part.text}, {"hit", part.highlighted}});
                }
                card["snippet"] = object{{"parts", std::move(parts)}};
                card["line"] = "";
            }
            cards.push_back(std::move(card));
        }
        page["has_hits"] = !cards.empty();
        page["hits"] = std::move(cards);
        page["total_text"] =
            view_.text(request, "page.total", {{"count", std::to_string(hits.total)}});
        if (!hits.next_cursor.empty())
            page["next"] = with_query(request, "cursor", hits.next_cursor);
        if (!hits.suggestion.empty()) {
            page["suggestion"] = hits.suggestion;
            page["suggestion_link"] = with_query(request, "q", hits.suggestion);
        }
    }

    std::string value_label(const http::Request& request, const Scope& scope,
                            const std::string& attribute, const std::string& value) const {
        if (attribute == "kind") {
            const catalog::Kind* kind = view_.region().kinds.find(value);
            return kind == nullptr ? value : kind->plural.in(request.language);
        }
        const base::FieldSpec* field = scope.field(attribute);
        if (field == nullptr) return value;
        auto found = std::ranges::find(field->options, value, &base::FieldOption::code);
        return found == field->options.end() ? value : found->label.in(request.language);
    }

    void add_facets(const http::Request& request, const Scope& scope, const search::Hits& hits,
                    object& page) const {
        http::Request first_page = request;  // another choice begins at the first page again
        std::erase_if(first_page.query, [](const auto& item) { return item.first == "cursor"; });
        array facets;
        for (const std::string& attribute : facets_of(scope)) {
            auto facet = hits.facets.find(attribute);
            if (facet == hits.facets.end() || facet->second.empty()) continue;
            std::string chosen = request.query_or(attribute);
            array values;
            for (const search::FacetValue& value : facet->second) {
                if (values.size() == facet_values_max) break;
                bool is_chosen = value.value == chosen;
                values.push_back(object{
                    {"text", value_label(request, scope, attribute, value.value)},
                    {"count", value.count},
                    {"chosen", is_chosen},
                    {"link", with_query(first_page, attribute, is_chosen ? "" : value.value)}});
            }
            std::string label = attribute == "kind"
                                    ? view_.text(request, "page.kind")
                                    : scope.field(attribute)->label.in(request.language);
            facets.push_back(object{{"label", label}, {"values", std::move(values)}});
        }
        page["facets"] = std::move(facets);
    }

    const PageView& view_;
    std::set<std::string> all_filters_;
};

}  // namespace

void mount_search_pages(http::Router& router, const PageView& view) {
    auto pages = std::make_shared<SearchPages>(view);
    http::RouteInfo info{.hidden = true};
    router.get("/search", info,
               [pages](const http::Request& request) { return pages->search(request); });
    router.get("/feeds/search.atom", info,
               [pages](const http::Request& request) { return pages->feed(request); });
}

}  // namespace app
