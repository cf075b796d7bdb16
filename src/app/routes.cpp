#include "app/routes.h"

#include <array>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

#include "app/pages_auction.h"
#include "app/pages_listing.h"
#include "app/pages_notice.h"
#include "app/pages_people.h"
#include "app/pages_programme.h"
#include "app/pages_self_check.h"
#include "base/hash.h"
#include "contract/contract_api.h"
#include "contract/quality.h"
#include "contract/registry_api.h"
#include "match/desk_api.h"
#include "match/match_api.h"
#include "party/session_api.h"
#include "programme/programme_api.h"
#include "trade/listing_api.h"
#include "trade/notice_api.h"

namespace app {
namespace {

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
}

struct AssetType {
    std::string_view extension;
    std::string_view type;
};
constexpr std::array asset_types{
    AssetType{".css", "text/css; charset=utf-8"},
    AssetType{".js", "text/javascript; charset=utf-8"},
    AssetType{".svg", "image/svg+xml"},
    AssetType{".png", "image/png"},
    AssetType{".woff2", "font/woff2"},
    AssetType{".json", "application/json"},
    AssetType{".html", "text/html; charset=utf-8"},
    AssetType{".map", "application/json"},
};

std::string_view type_of(const std::filesystem::path& file) {
    for (const AssetType& row : asset_types) {
        if (file.extension() == row.extension) return row.type;
    }
    return {};
}

/// A file below `root`, read at start; only what is in the table is ever served.
using Assets = std::map<std::string, http::Reply>;

void load_assets(Assets& assets, const std::filesystem::path& root, const std::string& prefix,
                 std::string_view caching) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root, ignored)) {
        if (!entry.is_regular_file() || type_of(entry.path()).empty()) continue;
        std::string path = prefix + std::filesystem::relative(entry.path(), root).generic_string();
        http::Reply reply = http::text(read_file(entry.path()), std::string(type_of(entry.path())));
        reply.headers["Cache-Control"] = caching;
        assets.emplace(std::move(path), std::move(reply));
    }
}

/// A form by its code: of a kind, or of the region's other forms.
const workflow::Form* form_of(const Region& region, std::string_view code) {
    if (const catalog::Kind* kind = region.kinds.find(code)) return &kind->form;
    auto found = region.forms.find(code);
    return found == region.forms.end() ? nullptr : &found->second;
}

/// Whether the record behind a case may be seen: each module answers for its own.
bool may_see(const Site& site, store::Reader& reader, const party::Actor& actor,
             const workflow::Case& item) {
    if (auto entry = catalog::Entries::find(reader, base::Id<catalog::Entry>(item.subject))) {
        return site.entries->may_read(actor, *entry);
    }
    if (item.process == contract::Contracts::process) {
        return site.contracts->read(reader, actor, base::Id<contract::Contract>(item.subject))
            .has_value();
    }
    if (item.process == contract::Contacts::process) {
        return site.contacts->read(reader, actor, base::Id<contract::Contact>(item.subject))
            .has_value();
    }
    if (item.process == contract::Agreements::process) {
        return site.agreements->read(reader, actor, base::Id<contract::Agreement>(item.subject))
            .has_value();
    }
    const party::Standing& standing = item.current.standing;
    return party::allows({"*", party::Relation::member}, actor, standing) ||
           party::allows({"*", party::Relation::point}, actor, standing) ||
           party::allows({"officer", party::Relation::place}, actor, standing);
}

}  // namespace

/// Adapts the store's table to what the server asks for.
class Routes::Memory final : public http::IdempotencyMemory {
  public:
    Memory(store::Database& database, const base::Vault& vault)
        : vault_(&vault), table_(database, vault_) {}

    const base::Vault* vault() const override { return vault_; }

    std::optional<Remembered> recall(std::string_view scope, std::string_view key) override {
        auto found = table_.recall(scope, key);
        if (!found || !*found) return {};
        return Remembered{(*found)->request_hash, (*found)->status,   (*found)->content_type,
                          (*found)->body,         (*found)->location, (*found)->etag};
    }
    void remember(std::string_view scope, std::string_view key, const Remembered& answer) override {
        (void)table_.remember(scope, key,
                              {answer.request_hash, answer.status, answer.content_type, answer.body,
                               answer.location, answer.etag});
    }

  private:
    const base::Vault* vault_;
    store::IdempotencyTable table_;
};

struct Routes::Channels {
    std::mutex mutex;
    std::map<std::string, std::unique_ptr<http::Channel>> by_account;
};

Routes::Routes(Site& site, Live& live, std::filesystem::path web)
    : site_(site),
      live_(live),
      web_(std::move(web)),
      has_sample_(std::filesystem::exists(site.options.data / ".sample-loaded")),
      memory_(std::make_unique<Memory>(*site.database, *site.vault)),
      channels_(std::make_unique<Channels>()) {
}

Routes::~Routes() = default;

base::Result<std::unique_ptr<Routes>> Routes::mount(http::Router& router, Site& site, Live& live,
                                                    const std::filesystem::path& web) {
    std::unique_ptr<Routes> routes(new Routes(site, live, web));
    routes->pages_ = TRY(http::Pages::load(web / "pages", site.region->texts));
    std::string styles = read_file(web / "pages/style/tokens.css") +
                         read_file(web / "pages/style/site.css") +
                         read_file(web / "pages/script/site.js");
    std::string build = base::to_hex(base::sha256(styles)).substr(0, 10);
    routes->view_ =
        std::make_unique<PageView>(site, live, *routes->pages_, build, routes->has_sample_);
    routes->party_.reset(
        new party::PartyApi{*site.database, site.region->places, site.region->permissions,
                            site.region->roles, *site.accounts, *site.organisations,
                            site.region->texts, site.options.site_url.starts_with("https:"), ""});
    std::filesystem::create_directories(site.options.data / "scratch");
    routes->negotiation_.reset(new contract::NegotiationApi{
        *site.database, *site.contacts, *site.rooms, *site.agreements, *site.entries,
        site.region->places, site.options.data / "scratch"});
    Live* cache = &live;
    routes->catalog_.reset(new catalog::CatalogApi{
        *site.database, *site.entries, *site.imports, *site.subscriptions, *site.attachments,
        site.region->codes, site.region->places, site.region->texts,
        [cache](const search::Query& query) { return cache->index().search(query); },
        site.options.data / "scratch"});
    Site* root = &site;
    routes->workflow_.reset(new workflow::WorkflowApi{
        *site.database, *site.cases, site.region->codes, site.region->places, site.region->texts,
        [root](std::string_view code) { return form_of(*root->region, code); },
        [root](store::Reader& reader, const party::Actor& actor, const workflow::Case& item) {
            return may_see(*root, reader, actor, item);
        },
        [](store::Reader& reader, const party::Actor& actor,
           const workflow::Case& item) -> base::Status {
            if (item.process != contract::Contracts::process) return {};
            auto contract =
                contract::find_contract(reader, base::Id<contract::Contract>(item.subject));
            return contract ? contract::check_not_blind(reader, actor, *contract) : base::Status();
        }});
    routes->auctions_ = std::make_unique<trade::AuctionApi>(
        trade::AuctionApi::Parts{site.database.get(), &site.region->texts, &live.auction_desk(),
                                 &site.auction_presets, site.signer.get()});
    routes->mount_modules(router);
    routes->mount_files(router);
    return routes;
}

void Routes::mount_modules(http::Router& router) {
    party_->mount(router);
    workflow_->mount(router);
    catalog_->mount(router);
    negotiation_->mount(router);
    contract::mount_contracts(
        router, {site_.database.get(), &site_.region->texts, site_.contracts.get(),
                 site_.registration.get(), site_.certificates.get(), site_.cases.get(),
                 site_.attachments.get()});
    contract::mount_registry(
        router, {site_.database.get(), &site_.region->texts, site_.contracts.get(),
                 site_.registration.get(), site_.cases.get(), site_.attachments.get(),
                 &site_.region->places, &site_.region->codes, &site_.region->clauses,
                 &site_.region->benefits, &site_.region->quality, &site_.region->published});
    trade::mount_notices(router,
                         {site_.database.get(),
                          &site_.region->texts,
                          site_.notices.get(),
                          site_.objections.get(),
                          {site_.database.get(), &site_.region->texts, &site_.region->codes,
                           site_.diligence.get(), site_.attachments.get(), site_.signer.get()}});
    trade::mount_listings(router,
                          {site_.database.get(), &site_.region->texts, site_.listings.get(),
                           site_.statements.get(), site_.contracts.get(), site_.signer.get(),
                           site_.options.site_url, site_.options.data / "scratch"});
    mount_listing_pages(router, *view_);
    auctions_->mount(router);
    mount_auction_pages(router, *view_, *auctions_);
    match::MatchApi matching{site_.database.get(), &site_.region->texts, site_.entries.get(),
                             &live_.pairing()};
    match::mount_matches(router, matching);
    match::mount_match_desk(
        router, {matching, &site_.region->permissions,
                 match::Tuners(site_.region->permissions, site_.region->places.region().code),
                 &site_.region->places, site_.options.data / "scratch"});
    const ProgrammeSite& own = *site_.programmes;
    programme::ProgrammeApi{site_.database.get(),   &site_.region->texts, &site_.region->codes,
                            own.applications.get(), own.reviews.get(),    own.outcomes.get(),
                            own.follow_ups.get(),   own.lists.get(),      site_.attachments.get()}
        .mount(router);
    mount_catalog_pages(router, *view_);
    mount_programme_pages(router, *view_);
    mount_search_pages(router, *view_);
    mount_plan_pages(router, *view_);
    mount_figure_pages(router, *view_);
    mount_people_pages(router, *view_);
    mount_contract_pages(router, *view_);
    mount_self_check(router, *view_);
    mount_notice_pages(router, *view_, *site_.notices, *site_.objections);
    router.get(
        "/api/events", {.summary = "Live events of the signed-in account", .signed_in = true},
        [this](const http::Request& request) -> base::Result<http::Reply> {
            auto session = TRY(party::require_session(request));
            http::Channel& channel = channel_of(session->actor.account.text());
            return http::stream(http::EventStream::watch(channel, request.header("last-event-id")));
        });
    router.get("/api/openapi.json", {.hidden = true},
               [&router](const http::Request&) -> base::Result<http::Reply> {
                   return http::ok(router.openapi("Guiqiao", "0.1.0"));
               });
    router.get("/health", {.hidden = true},
               [this](const http::Request&) -> base::Result<http::Reply> {
                   TRY(site_.database->read<void>([](store::Reader& reader) -> base::Status {
                       reader.number("select 1");
                       return {};
                   }));
                   return http::ok(base::json::object{{"status", "ok"}});
               });
}

void Routes::mount_files(http::Router& router) {
    auto assets = std::make_shared<Assets>();
    constexpr std::string_view by_name = "public, max-age=31536000, immutable";
    constexpr std::string_view by_query = "public, max-age=86400";
    load_assets(*assets, web_ / "pages/style", "/assets/style/", by_query);
    load_assets(*assets, web_ / "pages/script", "/assets/script/", by_query);
    load_assets(*assets, web_ / "dist/desk/assets", "/desk/assets/", by_name);
    if (std::filesystem::exists(web_ / "pages/icon.svg")) {
        http::Reply icon = http::text(read_file(web_ / "pages/icon.svg"), "image/svg+xml");
        icon.headers["Cache-Control"] = by_query;
        assets->emplace("/assets/icon.svg", std::move(icon));
    }
    auto serve = [assets](const http::Request& request) -> base::Result<http::Reply> {
        auto found = assets->find(request.path);
        if (found == assets->end()) return base::refuse(base::not_found("not_found"));
        return found->second;
    };
    router.get("/assets/{rest*}", {.hidden = true}, serve);
    router.get("/desk/assets/{rest*}", {.hidden = true}, serve);
    std::string desk = read_file(web_ / "dist/desk/index.html");
    auto index = [desk](const http::Request&) -> base::Result<http::Reply> {
        if (desk.empty())
            return base::refuse(base::error(base::ErrorKind::unavailable, "desk_not_built"));
        http::Reply reply = http::html(desk);
        // As strict as the public pages; pictures that are about to be uploaded are shown as blobs.
        // Vue and Element Plus set styles property by property, which needs no 'unsafe-inline': the
        // browser test fails for whatever the policy stops.
        reply.headers["Content-Security-Policy"] =
            "default-src 'self'; script-src 'self'; style-src 'self'; "
            "img-src 'self' data: blob:; "
            "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
        return reply;
    };
    router.get("/desk", {.hidden = true}, [](const http::Request&) -> base::Result<http::Reply> {
        return http::see_other("/desk/");
    });
    router.get("/desk/", {.hidden = true}, index);
    router.get("/desk/{rest*}", {.hidden = true}, index);
    router.get("/robots.txt", {.hidden = true},
               [this](const http::Request&) -> base::Result<http::Reply> {
                   return http::text("User-agent: *\nDisallow: /desk/\nDisallow: /api/\nSitemap: " +
                                         site_.options.site_url + "/sitemap.xml\n",
                                     "text/plain; charset=utf-8");
               });
}

http::Hooks Routes::hooks() {
    http::Hooks hooks;
    hooks.authenticate = [this](http::Request& request) { party_->authenticate(request); };
    hooks.admit = [this](const http::Request& request) { return party_->admit(request); };
    hooks.scope_of = [](const http::Request& request) {
        return party::PartyApi::scope_of(request);
    };
    hooks.render_error = [this](const base::Error& error, const http::Request& request) {
        return render_error(error, request);
    };
    hooks.ready = [this](const http::Request& request) { return view_->ready(request); };
    hooks.idempotency = memory_.get();
    return hooks;
}

http::Reply Routes::render_error(const base::Error& error, const http::Request& request) const {
    const base::Texts& texts = site_.region->texts;
    if (!request.wants_html || request.path.starts_with("/api/"))
        return http::problem(error, request.language, texts);
    if (error.kind == base::ErrorKind::unauthenticated) {
        return http::see_other("/sign-in?next=" + encode_query(request.path));
    }
    if (auto form = refused_form(*view_, request, error)) return std::move(*form);
    base::json::object page{{"title", texts.get(request.language, "page.error_title")},
                            {"heading", texts.get(request.language, "page.error_title")},
                            {"text", texts.explain(request.language, error)},
                            {"code", error.code},
                            {"link", "/"},
                            {"link_text", texts.get(request.language, "page.to_home")}};
    base::json::array causes;
    for (const base::Error& cause : error.causes)
        causes.push_back(base::json::object{{"text", texts.explain(request.language, cause)}});
    page["causes"] = std::move(causes);
    return view_->render(request, "message", std::move(page), http::status_of(error));
}

http::Channel& Routes::channel_of(const std::string& account) {
    std::lock_guard lock(channels_->mutex);
    auto& channel = channels_->by_account[account];
    if (!channel) channel = std::make_unique<http::Channel>(64);
    return *channel;
}

}  // namespace app
