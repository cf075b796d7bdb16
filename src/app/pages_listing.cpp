// Public pages of listings and the check of deal certificates.
#include "app/pages_listing.h"

#include <array>

#include "base/hash.h"
#include "base/text.h"
#include "exchange/feed.h"
#include "party/session_api.h"
#include "trade/listing_api.h"
#include "trade/listing_view.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;
using trade::Listing;
using trade::Stage;

constexpr std::array<std::string_view, 4> groups = {"all", "open", "running", "over"};

std::string_view state_class(Stage stage) {
    switch (stage) {
        case Stage::settled:
        case Stage::certified:
            return "good";
        case Stage::suspended:
        case Stage::contested:
        case Stage::hearing:
        case Stage::unsold:
            return "warn";
        default:
            return is_end(stage) ? "bad" : "live";
    }
}

class ListingPages {
  public:
    explicit ListingPages(const PageView& view) : view_(view), listings_(*view.site().listings) {}

    base::Result<http::Reply> list(const http::Request& request) const {
        const std::string group = request.query_or("group");
        trade::Listings::Filter filter{.after = request.query_or("after")};
        using Group = trade::Listings::Filter::Group;
        filter.group = group == "open"      ? Group::open
                       : group == "running" ? Group::running
                       : group == "over"    ? Group::over
                                            : Group::all;
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            array cards;
            const auto found = listings_.list(reader, filter);
            for (const Listing& listing : found)
                cards.push_back(card(reader, request, listing));
            object content{{"title", text(request, "page_title")}, {"feed", "/listings.atom"}};
            if (found.size() == filter.limit)
                content["next"] = with_query(request, "after", found.back().id.text());
            content["has_listings"] = !cards.empty();
            content["listings"] = std::move(cards);
            return content;
        }));
        array tabs;
        for (std::string_view name : groups) {
            tabs.push_back(object{
                {"link", name == "all" ? "/listings" : "/listings?group=" + std::string(name)},
                {"text", text(request, "filter_" + std::string(name))},
                {"current", name == "all" ? group.empty() : group == name}});
        }
        page["groups"] = std::move(tabs);
        return view_.render(request, "listings", std::move(page));
    }

    base::Result<http::Reply> atom(const http::Request& request) const {
        exchange::Feed feed{.id = url("/listings.atom"),
                            .title = text(request, "page_title"),
                            .link = url("/listings"),
                            .updated = {},
                            .entries = {}};
        TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            for (const Listing& listing : listings_.list(reader, {.limit = 50})) {
                const std::string link = url("/listings/" + listing.id.text());
                feed.updated = std::max(feed.updated, listing.state.last);
                feed.entries.push_back({.id = link,
                                        .title = listing.title,
                                        .summary = stage(request, listing) + " · " +
                                                   money(request, listing.state.rules.price),
                                        .link = link,
                                        .published = *listing.state.published_at,
                                        .updated = listing.state.last,
                                        .author = {}});
            }
            return object{};
        }));
        return http::text(exchange::to_atom(feed), "application/atom+xml; charset=utf-8");
    }

    base::Result<http::Reply> listing(const http::Request& request) const {
        const auto id = TRY(party::path_id<Listing>(request, "id", "listing_unknown"));
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            const Listing listing = TRY(listings_.read(reader, party::Actor::visitor(), id));
            object content = card(reader, request, listing);
            content["pairs"] = pairs(reader, request, listing);
            content["parts"] = parts(request, listing);
            content["course"] = course(reader, request, listing);
            content["questions"] = questions(reader, request, listing);
            content["has_questions"] = !content["questions"].as_array().empty();
            content["files"] = files(reader, listing);
            content["has_files"] = !content["files"].as_array().empty();
            content["hash"] = terms_hash(listing.state.rules);
            content["open"] = listing.state.stage == Stage::published;
            content["server_time"] = view_.moment(request, view_.site().clock().now());
            content["certificate"] = listing.certificate;
            array auctions;
            for (const trade::Auction& auction : trade::Auctions::of_listing(reader, id.text()))
                auctions.push_back(object{{"id", auction.id.text()}});
            content["auctions"] = std::move(auctions);
            return content;
        }));
        return view_.render(request, "listing", std::move(page));
    }

    base::Result<http::Reply> file(const http::Request& request) const {
        const auto id = TRY(party::path_id<Listing>(request, "id", "listing_unknown"));
        const auto found = TRY(view_.site().database->write<workflow::Attachment>(
            [&](store::Transaction& transaction) {
                return listings_.open_file(transaction, party::Actor::visitor(), id,
                                           request.value("file"));
            }));
        return http::attachment(TRY(listings_.attachments().read(found)), found.content_type,
                                found.name);
    }

    base::Result<http::Reply> verify(const http::Request& request) const {
        const std::string code = request.query_or("code");
        object page{{"title", text(request, "verify_title")}, {"code", code}};
        if (code.empty()) return view_.render(request, "deal_verify", std::move(page));
        page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            const auto listing = listings_.by_certificate(reader, code);
            if (!listing) {
                page["not_found"] = true;
                return page;
            }
            const object statement = deal_statement(reader, *listing);
            array lines;
            for (const auto& [label, value] :
                 trade::deal_certificate_lines(view_.region().texts, statement, request.language))
                lines.push_back(object{{"label", label}, {"text", value}});
            page["found"] =
                object{{"pairs", std::move(lines)},
                       {"listing", listing->id.text()},
                       {"digest", base::to_hex(base::sha256(base::canonical_json(statement)))}};
            return page;
        }));
        return view_.render(request, "deal_verify", std::move(page));
    }

  private:
    std::string text(const http::Request& request, const std::string& key) const {
        return view_.text(request, "listing." + key);
    }
    std::string url(std::string_view path) const {
        return view_.site().options.site_url + std::string(path);
    }
    std::string stage(const http::Request& request, const Listing& listing) const {
        return text(request, "stage." + std::string(name_of(listing.state.stage)));
    }
    std::string money(const http::Request& request, const base::Money& amount) const {
        if (amount.currency == base::Currency()) return view_.yuan(request, amount);
        return amount.to_grouped_string() + " " + std::string(amount.currency.code());
    }
    static std::string name(store::Reader& reader, const std::string& id) {
        const auto found = party::Organisations::find(reader, base::Id<party::Organisation>(id));
        return found ? found->name : id;
    }

    object card(store::Reader& reader, const http::Request& request, const Listing& listing) const {
        const trade::ListingState& state = listing.state;
        object shown{{"id", listing.id.text()},
                     {"title", listing.title},
                     {"seller", name(reader, listing.seller.text())},
                     {"price", money(request, state.rules.price)},
                     {"deposit", money(request, state.rules.deposit)},
                     {"state", stage(request, listing)},
                     {"state_class", state_class(state.stage)},
                     {"sample", listing.is_sample}};
        if (!state.end_reason.empty()) {
            const bool withdrawn = state.stage == Stage::withdrawn;
            shown["reason"] = text(request, (withdrawn ? "ground." : "reason.") + state.end_reason);
        }
        const bool counts = state.deadline && (state.stage == Stage::published ||
                                               state.stage == Stage::result_notice);
        if (counts) {
            shown["ends_iso"] = base::to_iso(*state.deadline);
            const base::Date last = base::date_in_shanghai(*state.deadline - base::microseconds(1));
            shown["ends"] = view_.day(request, last) + " 24:00";
            shown["remaining"] = view_.remaining(request, *state.deadline);
        }
        return shown;
    }

    std::string term(const http::Request& request, const trade::Term& term) const {
        const bool working = term.unit == trade::Term::Unit::working_days;
        return view_.text(request, working ? "listing.taxonomy_wd" : "listing.taxonomy_d",
                          {{"count", std::to_string(term.count)}});
    }

    array pairs(store::Reader& reader, const http::Request& request, const Listing& listing) const {
        array list;
        const trade::ListingState& state = listing.state;
        const auto add = [&](const std::string& key, const std::string& value,
                             const std::string& link = {}) {
            if (value.empty()) return;
            list.push_back(object{{"label", text(request, key)}, {"text", value}, {"link", link}});
        };
        add("asked", money(request, state.rules.price));
        add("deposit", money(request, state.rules.deposit));
        add("seller", name(reader, listing.seller.text()),
            "/organisations/" + listing.seller.text());
        add("operator", name(reader, listing.host.text()), "/organisations/" + listing.host.text());
        add("object", listing.title, "/entries/" + listing.entry.text());
        if (state.published_at) add("published_at", view_.moment(request, *state.published_at));
        add("period", term(request, state.rules.disclosure));
        const auto preset = view_.site().auction_presets.find(state.rules.next_type);
        if (preset != view_.site().auction_presets.end()) {
            add("next", view_.text(request, "auction.type_" +
                                                std::string(row_of(preset->second.type).name)));
        }
        std::vector<std::string> forms;
        for (const std::string& form : state.rules.payment.forms)
            forms.push_back(text(request, "form." + form));
        add("forms", base::join(forms, " · "));
        if (state.rules.payment.discount_bp > 0) {
            add("discount",
                view_.text(request, "listing.discount_text",
                           {{"rate", trade::hundredths_text(state.rules.payment.discount_bp)}}));
        }
        add("criteria", state.rules.criteria.empty() ? text(request, "no_criteria")
                                                     : base::join(state.rules.criteria, " · "));
        add("refund_days", term(request, state.rules.refund));
        add("revision", std::to_string(state.revision));
        const object seen = listing_json(reader, listings_, listing, {});
        const auto* interested = seen.if_contains("interested");
        add("interested",
            interested ? std::to_string(interested->as_int64()) : text(request, "hidden_count"));
        add("winner", base::text_at(seen, "winner_name"));
        if (seen.contains("deal_price") && state.price)
            add("price_result", money(request, *state.price));
        if (!listing.previous.empty())
            add("previous", listing.previous, "/listings/" + listing.previous);
        return list;
    }

    /// What the owner wrote, in his words.
    array parts(const http::Request& request, const Listing& listing) const {
        array list;
        for (std::string_view part : {"scope", "delivery", "conditions"}) {
            const std::string words = base::text_at(listing.body, part);
            if (words.empty()) continue;
            list.push_back(
                object{{"heading", text(request, "part." + std::string(part))}, {"text", words}});
        }
        return list;
    }

    array course(store::Reader& reader, const http::Request& request,
                 const Listing& listing) const {
        array list;
        for (const base::json::value& step : listing_course(reader, listing, {})) {
            const object& shown = step.as_object();
            const auto at = base::parse_iso(base::text_at(shown, "at"));
            std::vector<std::string> words;
            for (std::string_view name : {"text", "document", "decision", "approval"}) {
                const std::string value = base::text_at(shown, name);
                if (!value.empty()) words.push_back(value);
            }
            list.push_back(
                object{{"iso", base::text_at(shown, "at")},
                       {"at", at ? view_.moment(request, *at) : ""},
                       {"text", text(request, "action." + base::text_at(shown, "action"))},
                       {"reason", base::join(words, " · ")}});
        }
        return list;
    }

    array questions(store::Reader& reader, const http::Request& request,
                    const Listing& listing) const {
        array list = listing_questions(reader, listing);
        for (base::json::value& question : list) {
            object& shown = question.as_object();
            const auto at = base::parse_iso(base::text_at(shown, "at"));
            shown["when"] = at ? view_.moment(request, *at) : "";
            if (!shown.contains("answer")) shown["waiting"] = true;
        }
        return list;
    }

    static array files(store::Reader& reader, const Listing& listing) {
        array list;
        for (const workflow::Attachment& file :
             workflow::Attachments::of(reader, listing.id.text())) {
            if (file.removed || file.tier == workflow::Tier::confidential) continue;
            list.push_back(object{{"link", "/listings/" + listing.id.text() + "/files/" + file.id},
                                  {"name", file.name}});
        }
        return list;
    }

    const PageView& view_;
    const trade::Listings& listings_;
};

}  // namespace

void mount_listing_pages(http::Router& router, const PageView& view) {
    auto pages = std::make_shared<ListingPages>(view);
    const auto call = [&](auto member) -> http::Handler {
        return
            [pages, member](const http::Request& request) { return ((*pages).*member)(request); };
    };
    http::RouteInfo page;
    page.hidden = true;
    router.get("/listings", page, call(&ListingPages::list));
    router.get("/listings.atom", page, call(&ListingPages::atom));
    router.get("/listings/{id}", page, call(&ListingPages::listing));
    router.get("/listings/{id}/files/{file}", page, call(&ListingPages::file));
    router.get("/deals/verify", page, call(&ListingPages::verify));
}

}  // namespace app
