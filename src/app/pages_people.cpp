// Organisations, signing in, registering, setting up: pages whose forms work without scripts. The
// posts themselves are in party/form_api.cpp.
#include "app/pages_people.h"
#include "base/text.h"
#include "catalog/search_feed.h"
#include "party/session_api.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;

class PeoplePages {
  public:
    explicit PeoplePages(const PageView& view) : view_(view) {}

    base::Result<http::Reply> organisations(const http::Request& request) const {
        party::Organisations::Filter filter{.place = request.query_or("place"),
                                            .name_part = request.query_or("q"),
                                            .after = request.query_or("after"),
                                            .limit = 30};
        filter.state = party::OrganisationState::verified;
        std::string kind = request.query_or("kind");
        if (!kind.empty()) filter.kind = TRY(party::parse_organisation_kind(kind));
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            array rows;
            std::string last;
            auto found = party::Organisations::list(reader, filter);
            for (const party::Organisation& organisation : found) {
                rows.push_back(object{
                    {"id", organisation.id.text()},
                    {"name", name_of(request, organisation)},
                    {"kind", kind_name(request, organisation.kind)},
                    {"place", view_.region().places.name(organisation.place, request.language)},
                    {"sample", organisation.is_sample}});
                last = organisation.id.text();
            }
            object content{{"title", view_.text(request, "page.organisations_title")},
                           {"query", filter.name_part}};
            if (found.size() == filter.limit) content["next"] = with_query(request, "after", last);
            content["has_rows"] = !rows.empty();
            content["rows"] = std::move(rows);
            add_selects(request, kind, content);
            return content;
        }));
        return view_.render(request, "organisations", std::move(page));
    }

    base::Result<http::Reply> organisation(const http::Request& request) const {
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            auto id =
                TRY(party::path_id<party::Organisation>(request, "id", "organisation_unknown"));
            auto organisation = TRY(party::Organisations::require(reader, id));
            if (organisation.state != party::OrganisationState::verified) {
                return base::refuse(base::not_found("not_found"));
            }
            object content{{"title", name_of(request, organisation)},
                           {"name", name_of(request, organisation)},
                           {"introduction", organisation.introduction}};
            array pairs;
            auto add = [&](std::string_view key, const std::string& text) {
                if (!text.empty())
                    pairs.push_back(object{{"label", view_.text(request, key)}, {"text", text}});
            };
            add("page.organisation_kind", kind_name(request, organisation.kind));
            add("page.place", view_.region().places.name(organisation.place, request.language));
            add("page.credit_code", organisation.credit_code);
            content["pairs"] = std::move(pairs);
            add_entries(reader, request, organisation, content);
            return content;
        }));
        return view_.render(request, "organisation", std::move(page));
    }

    base::Result<http::Reply> sign_in(const http::Request& request) const {
        object page{{"title", view_.text(request, "page.sign_in_title")},
                    {"next", request.query_or("next", "/desk/")},
                    {"form", object{{"login", request.query_or("login")}}}};
        std::string fault = request.query_or("error");
        if (!fault.empty() && view_.region().texts.has(request.language, "error." + fault)) {
            page["fault"] =
                view_.text(request, "error." + fault, {{"until", request.query_or("until")}});
            page["needs_totp"] = fault.starts_with("totp");
        }
        if (view_.has_sample()) page["samples"] = object{{"rows", sample_accounts(request)}};
        return view_.render(request, "sign_in", std::move(page));
    }

    base::Result<http::Reply> registration(const http::Request& request,
                                           const base::Error* refusal = nullptr) const {
        return form_page(
            request, "/register", "page.register_title", "page.register_lead", "page.register",
            {"name", "credit_code", "kind", "place", "person_name", "login", "email", "password"},
            refusal);
    }

    /// Where the link in an invitation leads. Whether the code is good is told when it is used.
    base::Result<http::Reply> invitation(const http::Request& request,
                                         const base::Error* refusal = nullptr) const {
        return form_page(request, "/invitations/" + encode_query(request.value("code")),
                         "page.invitation_title", "page.invitation_lead", "page.invitation_accept",
                         {"person_name", "login", "email", "password"}, refusal);
    }

    base::Result<http::Reply> setup(const http::Request& request,
                                    const base::Error* refusal = nullptr) const {
        return form_page(request, "/setup", "page.setup_title", "page.setup_lead",
                         "page.setup_title", {"code", "person_name", "login", "email", "password"},
                         refusal);
    }

  private:
    using Typed = std::map<std::string, std::string>;

    std::string name_of(const http::Request& request,
                        const party::Organisation& organisation) const {
        bool chinese = text_key(request.language) == "zh";
        return chinese || organisation.name_en.empty() ? organisation.name : organisation.name_en;
    }

    std::string kind_name(const http::Request& request, party::OrganisationKind kind) const {
        return view_.text(request, "organisation_kind." + std::string(party::to_string(kind)));
    }

    void add_selects(const http::Request& request, std::string_view kind, object& page) const {
        array kinds, cities;
        for (int i = 0; i <= static_cast<int>(party::OrganisationKind::other); ++i) {
            auto value = static_cast<party::OrganisationKind>(i);
            kinds.push_back(option(party::to_string(value), kind_name(request, value), kind));
        }
        for (const party::Place& place : view_.region().places.all()) {
            if (place.level == party::PlaceLevel::city)
                cities.push_back(
                    option(place.code, place.name.in(request.language), request.query_or("place")));
        }
        std::string any = view_.text(request, "page.any");
        page["selects"] = array{object{{"name", "kind"},
                                       {"label", view_.text(request, "page.organisation_kind")},
                                       {"any", any},
                                       {"options", std::move(kinds)}},
                                object{{"name", "place"},
                                       {"label", view_.text(request, "page.city")},
                                       {"any", any},
                                       {"options", std::move(cities)}}};
    }

    void add_entries(store::Reader& reader, const http::Request& request,
                     const party::Organisation& organisation, object& page) const {
        array cards;
        for (const char* state : {"published", "matched"}) {
            for (const catalog::Entry& entry : catalog::Entries::list(
                     reader, {.owner = organisation.id, .state = state, .limit = 30})) {
                party::Actor actor = party::actor_of(request);
                if (!view_.site().entries->may_read(actor, entry) ||
                    !view_.site().entries->may_see_owner(actor, entry))
                    continue;
                cards.push_back(view_.card(reader, request, entry));
            }
        }
        page["has_entries"] = !cards.empty();
        page["entries"] = std::move(cards);
    }

    array sample_accounts(const http::Request& request) const {
        array rows;
        auto file = base::Yaml::load(view_.region().folder / "sample" / "accounts.yaml");
        if (!file) return rows;
        std::string password = (*file)["password"].text_or("");
        for (const base::Yaml& person : (*file)["accounts"].items()) {
            if (!person["shown"].is_defined() && rows.size() >= 8) continue;
            std::string role = person["role"].text_or("");
            for (const base::Yaml& membership : person["memberships"].items())
                role = membership["role"].text_or(role);
            rows.push_back(object{
                {"role", view_.text(request, "role." + role) + " · " + person["name"].text_or("")},
                {"login", person["login"].text_or("")},
                {"password", password}});
        }
        return rows;
    }

    /// Empty, or after a refusal with what was typed and what is wrong with it.
    base::Result<http::Reply> form_page(const http::Request& request, std::string_view action,
                                        std::string_view title, std::string_view lead,
                                        std::string_view submit,
                                        const std::vector<std::string>& names,
                                        const base::Error* refusal) const {
        object page{{"title", view_.text(request, title)},
                    {"heading", view_.text(request, title)},
                    {"lead", view_.text(request, lead)},
                    {"action", action},
                    {"submit", view_.text(request, submit)}};
        Typed typed;
        if (refusal != nullptr) typed = request.form().value_or(Typed());
        array fields;
        for (const std::string& name : names)
            fields.push_back(form_field(request, name, typed));
        page["fields"] = std::move(fields);
        array faults;
        if (refusal != nullptr) add_faults(request, *refusal, faults);
        page["has_faults"] = !faults.empty();
        page["faults"] = std::move(faults);
        return view_.render(request, "register", std::move(page),
                            refusal == nullptr ? 200 : http::status_of(*refusal));
    }

    /// The defects one by one; the refusal itself where it names none.
    void add_faults(const http::Request& request, const base::Error& error, array& faults) const {
        for (const base::Error& cause : error.causes)
            add_faults(request, cause, faults);
        if (!error.causes.empty()) return;
        std::string words = view_.region().texts.explain(request.language, error);
        const std::string label = "form_label." + error.field;
        if (!error.field.empty() && view_.region().texts.has(request.language, label))
            words = view_.text(request, label) + "：" + words;
        faults.push_back(object{{"text", words}, {"field", error.field}});
    }

    object form_field(const http::Request& request, const std::string& name,
                      const Typed& typed) const {
        // A secret never goes back: not a password, and not the code that makes an administrator.
        const bool is_secret = name == "password" || name == "code";
        const auto found = typed.find(name);
        const std::string value = is_secret              ? std::string()
                                  : found != typed.end() ? found->second
                                                         : request.query_or(name);
        object field{{"name", name},
                     {"label", view_.text(request, "form_label." + name)},
                     {"required", name != "email"},
                     {"type", name == "password" ? "password"
                              : name == "email"  ? "email"
                                                 : "text"},
                     {"autocomplete", name == "password" ? "new-password"
                                      : name == "login"  ? "username"
                                      : name == "email"  ? "email"
                                                         : "off"},
                     {"length", 200},
                     {"value", value}};
        std::string help = "form_help." + name;
        if (view_.region().texts.has(request.language, help))
            field["help"] = view_.text(request, help);
        if (name == "kind") {
            array options;
            for (const party::Role& role : view_.region().roles.all()) {
                for (party::OrganisationKind kind : role.first_member_of) {
                    options.push_back(
                        option(party::to_string(kind), kind_name(request, kind), value));
                }
            }
            field["is_select"] = true;
            field["options"] = std::move(options);
        } else if (name == "place") {
            array options;
            for (const party::Place& place : view_.region().places.all()) {
                std::string indent = place.level == party::PlaceLevel::county ? "\u3000" : "";
                options.push_back(
                    option(place.code, indent + place.name.in(request.language), value));
            }
            field["is_select"] = true;
            field["options"] = std::move(options);
        }
        return field;
    }

    const PageView& view_;
};

}  // namespace

void mount_people_pages(http::Router& router, const PageView& view) {
    auto pages = std::make_shared<PeoplePages>(view);
    http::RouteInfo info{.hidden = true};
    router.get("/organisations", info,
               [pages](const http::Request& request) { return pages->organisations(request); });
    router.get("/organisations/{id}", info,
               [pages](const http::Request& request) { return pages->organisation(request); });
    router.get("/sign-in", info,
               [pages](const http::Request& request) { return pages->sign_in(request); });
    router.get("/register", info,
               [pages](const http::Request& request) { return pages->registration(request); });
    router.get("/invitations/{code}", info,
               [pages](const http::Request& request) { return pages->invitation(request); });
    router.get("/setup", info,
               [pages](const http::Request& request) { return pages->setup(request); });
}

std::optional<http::Reply> refused_form(const PageView& view, const http::Request& request,
                                        const base::Error& error) {
    if (request.method != http::Method::post) return {};
    const PeoplePages pages(view);
    base::Result<http::Reply> page = base::refuse(error);
    if (request.path == "/register") page = pages.registration(request, &error);
    if (request.path == "/setup") page = pages.setup(request, &error);
    if (request.path.starts_with("/invitations/")) page = pages.invitation(request, &error);
    if (!page) return {};
    return std::move(*page);
}

}  // namespace app
