// Home and entry: what anyone may see of the catalog. The search page has its own file.
#include <algorithm>

#include <fmt/format.h>

#include "app/city_map.h"
#include "app/figure_words.h"
#include "app/page_view.h"
#include "app/suggestions.h"
#include "base/check.h"
#include "base/text.h"
#include "catalog/body.h"
#include "catalog/search_feed.h"
#include "exchange/feed.h"
#include "indicator/definition.h"
#include "match/match_api.h"
#include "party/session_api.h"
#include "trade/notice.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;

class CatalogPages {
  public:
    explicit CatalogPages(const PageView& view) : view_(view) {
        auto map = CityMap::load(view.region().folder, view.region().places);
        CHECK_WITH(map.has_value(), base::describe(map.error()));  // Region::load has judged it
        map_ = std::move(*map);
    }

    base::Result<http::Reply> home(const http::Request& request) const {
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            object content{{"title", view_.text(request, "page.home_title")},
                           {"hide_search", true}};
            content["description"] = view_.text(request, "app.description");
            add_doors(request, content);
            TRY(add_shelves(reader, request, content));
            add_figures(reader, request, content);
            add_notices(reader, request, content);
            TRY(add_cities(request, content));
            return content;
        }));
        return view_.render(request, "home", std::move(page));
    }

    base::Result<http::Reply> entry(const http::Request& request) const {
        return view_.kept(request, [&] { return draw_entry(request); });
    }

    base::Result<http::Reply> draw_entry(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            auto id = TRY(party::path_id<catalog::Entry>(request, "id", "entry_not_found"));
            catalog::Entry entry = TRY(view_.site().entries->read(reader, actor, id));
            object content = view_.card(reader, request, entry);
            content["summary"] = field_text(entry, "summary", request.language);
            content["description"] =
                base::shorten(field_text(entry, "summary", request.language), 150);
            add_source(request, entry, content);
            add_parts(request, entry, content);
            add_side(reader, request, entry, content);
            add_translation_note(request, entry, content);
            content["json_ld"] = json_ld(request, entry, content);
            content["can_contact"] = entry.state == "published" || entry.state == "matched";
            add_matches(reader, request, entry, content);
            add_suggestions(view_, reader, request, entry, content);
            return content;
        }));
        return view_.render(request, "entry", std::move(page));
    }

    base::Result<http::Reply> sitemap(const http::Request&) const {
        const std::string& site = view_.site().options.site_url;
        std::vector<exchange::SitemapUrl> urls;
        for (std::string_view page : {"/", "/search", "/notices", "/indicators", "/plan",
                                      "/organisations", "/contracts/verify"}) {
            urls.push_back({site + std::string(page), ""});
        }
        TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            catalog::EntryFilter filter{.state = "published", .limit = 1000};
            while (urls.size() < 50'000) {
                auto page = catalog::Entries::list(reader, filter);
                for (const catalog::Entry& entry : page) {
                    filter.before = entry.id.text();
                    if (entry.visibility != "public") continue;
                    urls.push_back({site + "/entries/" + entry.id.text(),
                                    base::date_in_shanghai(entry.updated_at).to_string()});
                }
                if (page.size() < filter.limit) break;
            }
            return object{};
        }));
        return http::text(exchange::to_sitemap(urls), "application/xml; charset=utf-8");
    }

  private:
    std::uint64_t count_of(std::vector<std::string> kinds) const {
        catalog::EntrySearch wanted{.limit = 1};
        wanted.any_of.emplace_back("kind", std::move(kinds));
        auto query = catalog::query_of(view_.region().kinds, wanted);
        auto hits = query ? view_.live().index().search(*query)
                          : base::Result<search::Hits>(std::unexpect, query.error());
        return hits ? hits->total : 0;
    }

    void add_doors(const http::Request& request, object& page) const {
        array doors;
        for (const catalog::Door& door : view_.region().doors.all()) {
            array kinds;
            for (const std::string& code : door.kinds) {
                const catalog::Kind* kind = view_.region().kinds.find(code);
                kinds.push_back(object{{"name", kind->plural.in(request.language)},
                                       {"link", "/search?kind=" + code},
                                       {"count", count_of({code})}});
            }
            doors.push_back(object{{"name", door.name.in(request.language)},
                                   {"hint", door.hint.in(request.language)},
                                   {"link", "/search?door=" + door.code},
                                   {"count", count_of(door.kinds)},
                                   {"has_kinds", kinds.size() > 1},
                                   {"kinds", std::move(kinds)}});
        }
        page["doors"] = std::move(doors);
    }

    /// The newest entries of each kind, under words of the kind's own where the texts have them.
    base::Status add_shelves(store::Reader& reader, const http::Request& request,
                             object& page) const {
        array shelves;
        for (const std::string& code : view_.region().doors.shelves()) {
            const catalog::Kind& kind = *view_.region().kinds.find(code);
            array cards;
            auto query = TRY(catalog::query_of(
                view_.region().kinds, {.kind = kind.code(), .newest_first = true, .limit = 6}));
            search::Hits hits = TRY(view_.live().index().search(query));
            for (const search::Hit& hit : hits.hits) {
                auto entry = catalog::Entries::find(reader, base::Id<catalog::Entry>(hit.id));
                if (entry) cards.push_back(view_.card(reader, request, *entry));
            }
            object shelf{{"link", "/search?kind=" + kind.code() + "&sort=date"},
                         {"has_cards", !cards.empty()}};
            for (std::string_view words : {"title", "all", "none"})
                shelf[words] = shelf_text(request, kind, words);
            shelf["cards"] = std::move(cards);
            shelves.push_back(std::move(shelf));
        }
        page["shelves"] = std::move(shelves);
        return {};
    }

    std::string shelf_text(const http::Request& request, const catalog::Kind& kind,
                           std::string_view words) const {
        std::string own = "page.shelf." + kind.code() + "." + std::string(words);
        if (view_.region().texts.has(base::Language::zh_cn, own)) return view_.text(request, own);
        return view_.text(request, "page.shelf.other." + std::string(words),
                          {{"kind", kind.plural.in(request.language)}});
    }

    void add_figures(store::Reader& reader, const http::Request& request, object& page) const {
        array figures;
        std::string year = std::to_string(base::date_in_shanghai(view_.site().clock().now()).year);
        for (const std::string& code : view_.region().doors.figures()) {
            const indicator::Definition* definition = view_.region().indicators.find(code);
            if (definition == nullptr) continue;
            indicator::Slice slice{.from_month = year + "-01", .to_month = year + "-12"};
            indicator::Value value = view_.region().indicators.value(reader, *definition, slice);
            if (!value.has_data) continue;
            figures.push_back(object{
                {"name", definition->title.in(request.language)},
                {"value",
                 figure_text(view_.region().texts, request.language, value, Amounts::brief)},
                {"unit",
                 value.unit == indicator::Unit::count ? view_.text(request, "unit.count") : ""},
                {"caliber", definition->caliber.in(request.language)},
                {"link", "/indicators?year=" + year}});
        }
        page["figures"] = std::move(figures);
    }

    void add_notices(store::Reader& reader, const http::Request& request, object& page) const {
        array notices;
        for (const trade::Notice& notice :
             trade::Notices::list(reader, {.state = "running", .limit = 5})) {
            auto price = notice.price();
            object row{{"id", notice.id.text()},
                       {"title", notice.title},
                       {"price", price ? view_.yuan(request, *price)
                                       : view_.text(request, "notice.by_formula")}};
            if (notice.ends_at) {
                row["ends_iso"] = base::to_iso(*notice.ends_at);
                row["remaining"] = view_.remaining(request, *notice.ends_at);
            }
            notices.push_back(std::move(row));
        }
        page["has_notices"] = !notices.empty();
        page["notices"] = std::move(notices);
    }

    base::Status add_cities(const http::Request& request, object& page) const {
        array cities;
        for (const CityMap::Tile& tile : map_.tiles()) {
            auto query =
                TRY(catalog::query_of(view_.region().kinds, {.place = tile.place, .limit = 1}));
            search::Hits hits = TRY(view_.live().index().search(query));
            int x = tile.column * 80 + 2, y = tile.row * 59 + 2;
            std::string name = view_.region().places.name(tile.place, request.language);
            cities.push_back(object{{"name", name},
                                    {"count", hits.total},
                                    {"link", "/search?place=" + tile.place},
                                    {"x", x},
                                    {"y", y},
                                    {"tx", x + 38},
                                    {"ty", y + 25},
                                    {"cy", y + 43}});
        }
        page["cities"] = std::move(cities);
        page["map_width"] = map_.columns() * 80;
        page["map_height"] = map_.rows() * 59 + 5;
        return {};
    }

    std::string field_text(const catalog::Entry& entry, std::string_view name,
                           base::Language language) const {
        const base::FieldSpec* field = view_.site().entries->kind_of(entry).form.field(name);
        return field == nullptr ? "" : catalog::plain_text(entry.body, *field, text_key(language));
    }

    /// Where a reported entry comes from: what kind of source, and the source itself.
    void add_source(const http::Request& request, const catalog::Entry& entry, object& page) const {
        const workflow::Form& form = view_.site().entries->kind_of(entry).form;
        const base::FieldSpec* source = form.field("source");
        std::string note = field_text(entry, "source_note", request.language);
        if (source == nullptr || note.empty()) return;
        page["source"] = view_.cell(request, *source, entry.body) + "\n" + note;
    }

    void add_parts(const http::Request& request, const catalog::Entry& entry, object& page) const {
        array parts;
        const catalog::Kind& kind = view_.site().entries->kind_of(entry);
        for (const std::string& name : kind.page) {
            const base::FieldSpec* field = kind.form.field(name);
            if (field == nullptr || name == "title" || name == "summary" || name == "source" ||
                name == "source_note")
                continue;
            object part{{"label", field->label.in(request.language)}};
            if (field->type == base::FieldType::table) {
                if (!add_table(request, *field, entry.body, part)) continue;
            } else if (field->type == base::FieldType::words) {
                array words;
                for (const std::string& word : base::split(
                         catalog::plain_text(entry.body, *field, text_key(request.language)),
                         ' ')) {
                    if (!word.empty())
                        words.push_back(object{{"text", word}, {"encoded", encode_query(word)}});
                }
                if (words.empty()) continue;
                part["is_words"] = true;
                part["words"] = std::move(words);
            } else {
                std::string text = view_.cell(request, *field, entry.body);
                if (text.empty()) continue;
                part["is_text"] = true;
                part["short"] = field->type != base::FieldType::long_text;
                part["text"] = text;
            }
            parts.push_back(std::move(part));
        }
        page["parts"] = std::move(parts);
    }

    bool add_table(const http::Request& request, const base::FieldSpec& field, const object& body,
                   object& part) const {
        array columns, rows;
        for (const base::FieldSpec& column : field.columns)
            columns.push_back(object{{"label", column.label.in(request.language)}});
        for (const base::json::value& row : base::array_at(body, field.name)) {
            if (!row.is_object()) continue;
            array cells;
            for (const base::FieldSpec& column : field.columns) {
                cells.push_back(object{{"label", column.label.in(request.language)},
                                       {"text", view_.cell(request, column, row.get_object())}});
            }
            rows.push_back(object{{"cells", std::move(cells)}});
        }
        if (rows.empty()) return false;
        part["is_table"] = true;
        part["columns"] = std::move(columns);
        part["rows"] = std::move(rows);
        return true;
    }

    void add_side(store::Reader& reader, const http::Request& request, const catalog::Entry& entry,
                  object& page) const {
        array side;
        auto add = [&](std::string_view key, std::string value, std::string link = {}) {
            if (value.empty()) return;
            side.push_back(
                object{{"label", view_.text(request, key)}, {"text", value}, {"link", link}});
        };
        const workflow::Process* process =
            view_.site().cases->process(view_.site().entries->kind_of(entry).process);
        const workflow::State* state = process == nullptr ? nullptr : process->state(entry.state);
        add("page.entry_state", state == nullptr ? entry.state : state->title.in(request.language));
        std::string owner = base::text_at(page, "owner");
        add("page.owner", owner, owner.empty() ? "" : "/organisations/" + entry.owner.text());
        add("page.place", view_.region().places.name(entry.place, request.language));
        if (entry.published_at)
            add("page.published_on",
                view_.day(request, base::date_in_shanghai(*entry.published_at)));
        if (entry.valid_until)
            add("page.valid_until", view_.day(request, base::date_in_shanghai(*entry.valid_until)));
        add_answer_term(request, entry, add);
        add("page.number", entry.id.text());
        page["side"] = std::move(side);
        array history;
        for (const auto& decision :
             view_.site().cases->decisions(reader, "entry", entry.id.text())) {
            static constexpr std::pair<std::string_view, std::string_view> shown[] = {
                {"publish", "page.entry_event_published"},
                {"renew", "page.entry_event_renewed"},
                {"supersede", "page.entry_event_superseded"},
                {"withdraw", "page.entry_event_withdrawn"}};
            if (decision.transition == "supersede") page["superseded_by"] = decision.text;
            for (const auto& [transition, key] : shown) {
                if (decision.transition != transition) continue;
                history.push_back(object{{"iso", base::to_iso(decision.at)},
                                         {"at", view_.moment(request, decision.at)},
                                         {"text", view_.text(request, key)}});
            }
        }
        page["history"] = std::move(history);
    }

    /// The owner's duty to answer, as the process of contacts has it.
    void add_answer_term(const http::Request& request, const catalog::Entry& entry,
                         const auto& add) const {
        const workflow::Process* contact = view_.site().cases->process("contact");
        bool is_offered = entry.state == "published" || entry.state == "matched";
        if (contact == nullptr || !is_offered) return;
        const workflow::State* asked = contact->state(contact->initial());
        if (asked == nullptr || !asked->clock) return;
        add("page.answers_within",
            view_.text(request, "page.working_days",
                       {{"days", std::to_string(asked->clock->working_days)}}));
    }

    void add_translation_note(const http::Request& request, const catalog::Entry& entry,
                              object& page) const {
        std::string language(text_key(request.language));
        if (language == entry.language) return;
        const base::json::value* title = entry.body.if_contains("title");
        bool has = title != nullptr && title->is_object() && title->get_object().contains(language);
        const workflow::Form& form = view_.site().entries->kind_of(entry).form;
        if (!has) {
            page["translation_note"] = view_.text(request, "page.translation_missing");
        } else if (!catalog::stale_fields(entry.body, form).empty()) {
            page["translation_note"] = view_.text(request, "page.translation_stale");
        }
    }

    void add_matches(store::Reader& reader, const http::Request& request,
                     const catalog::Entry& entry, object& page) const;

    std::string json_ld(const http::Request& request, const catalog::Entry& entry,
                        const object& page) const {
        object data{{"@context", "https://schema.org"},
                    {"@type", view_.site().entries->kind_of(entry).schema_type},
                    {"identifier", entry.id.text()},
                    {"name", base::text_at(page, "title")},
                    {"description", base::text_at(page, "description")},
                    {"inLanguage", base::tag_of(request.language)},
                    {"url", view_.site().options.site_url + "/entries/" + entry.id.text()}};
        // "</" would end the script element; JSON allows the slash to be escaped.
        return "<script type=\"application/ld+json\">" +
               base::replace_all(base::json::serialize(data), "</", "<\\/") + "</script>";
    }

    object match_view(const http::Request& request, const catalog::Entry& other,
                      const match::Score& score) const;

    const PageView& view_;
    CityMap map_;
};

void CatalogPages::add_matches(store::Reader& reader, const http::Request& request,
                               const catalog::Entry& entry, object& page) const {
    catalog::Pairing pairing = view_.site().entries->kind_of(entry).pairing;
    page["is_paired"] = pairing != catalog::Pairing::none;
    if (pairing == catalog::Pairing::none) return;
    page["matches_title"] =
        view_.text(request, pairing == catalog::Pairing::wanted ? "page.matches_for_demand"
                                                                : "page.matches_for_achievement");
    array matches;
    party::Actor actor = party::actor_of(request);
    base::Date today = base::date_in_shanghai(view_.site().clock().now());
    auto item = view_.live().pairing().item(reader, entry);
    if (item) {
        for (const match::Partner& partner :
             view_.live().pairing().pairing().partners_of(*item, today, {.partners_max = 5})) {
            auto other = catalog::Entries::find(reader, base::Id<catalog::Entry>(partner.id));
            if (!other || !view_.site().entries->may_read(actor, *other)) continue;
            matches.push_back(match_view(request, *other, partner.score));
        }
    }
    page["has_matches"] = !matches.empty();
    page["matches"] = std::move(matches);
}

object CatalogPages::match_view(const http::Request& request, const catalog::Entry& other,
                                const match::Score& score) const {
    object explained = match::explain(score, view_.region().texts, request.language);
    array reasons;
    for (const base::json::value& value : base::array_at(explained, "reasons")) {
        const object& reason = value.get_object();
        if (base::integer_at(reason, "share").value_or(0) < 1) continue;
        std::vector<std::string> words;
        for (const base::json::value& ground : base::array_at(reason, "common")) {
            std::string one = base::text_at(ground.get_object(), "demand");
            std::string two = base::text_at(ground.get_object(), "achievement");
            if (words.size() < 4) words.push_back(one == two ? one : one + " = " + two);
        }
        std::string text = base::text_at(reason, "title");
        if (!words.empty()) text += ": " + base::join(words, ", ");
        reasons.push_back(object{{"text", text}});
    }
    std::vector<std::string> missing;
    for (const base::json::value& value : base::array_at(explained, "missing")) {
        missing.push_back(base::text_at(value.get_object(), "text"));
    }
    const base::FieldSpec* title = view_.site().entries->kind_of(other).form.field("title");
    return {{"id", other.id.text()},
            {"title", catalog::plain_text(other.body, *title, text_key(request.language))},
            {"score", explained["score"]},
            {"reasons", std::move(reasons)},
            {"missing", base::join(missing, "; ")}};
}

}  // namespace

void mount_catalog_pages(http::Router& router, const PageView& view) {
    auto pages = std::make_shared<CatalogPages>(view);
    http::RouteInfo info{.hidden = true};
    router.get("/", info, [pages](const http::Request& request) { return pages->home(request); });
    router.get("/sitemap.xml", info,
               [pages](const http::Request& request) { return pages->sitemap(request); });
    router.get("/entries/{id}", info,
               [pages](const http::Request& request) { return pages->entry(request); });
}

}  // namespace app
