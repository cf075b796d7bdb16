// HTTP face of listings, deposits and bank statements. Rules are in listing.cpp and its parts,
// listing_office.cpp, deposit.cpp and statement.cpp.
#include "trade/listing_api.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "format/content_type.h"
#include "format/csv.h"
#include "format/watermark.h"
#include "format/xlsx.h"
#include "party/once_api.h"
#include "party/party_api.h"
#include "party/session_api.h"
#include "trade/auction_api.h"
#include "trade/listing_view.h"

namespace trade {
namespace {

using base::json::array;
using base::json::object;
using format::ContentType;

constexpr std::array file_types{ContentType::pdf, ContentType::png, ContentType::jpeg};
constexpr std::int64_t page_max = 100;

object show(const StatementLine& line) {
    return {{"id", line.id},
            {"number", line.number},
            {"day", line.day},
            {"amount", line.amount.to_string()},
            {"payer", line.payer},
            {"reference", line.reference},
            {"verdict", line.verdict},
            {"listing", line.listing},
            {"party", line.party},
            {"waits", line.waits()},
            {"at", base::to_iso(line.at)}};
}

object show(const workflow::Attachment& file) {
    return {{"id", file.id},
            {"kind", file.kind},
            {"name", file.name},
            {"size", file.size},
            {"sha256", file.sha256},
            {"confidential", file.tier == workflow::Tier::confidential},
            {"at", base::to_iso(file.at)}};
}

base::Result<Parameters> read_texts(const object& body, std::string_view name) {
    Parameters values;
    for (const auto& [key, value] : base::object_at(body, name)) {
        if (!value.is_string())
            return base::refuse(base::invalid("field_wrong_type").at(std::string(key)));
        values[std::string(key)] = value.get_string().c_str();
    }
    return values;
}

class Handlers {
  public:
    explicit Handlers(const ListingApi& api) : api_(api) {}

    base::Result<http::Reply> list(const http::Request& request) const {
        const party::Actor actor = party::actor_of(request);
        const std::string box = request.query_or("box");
        const std::string group = request.query_or("group");
        Listings::Filter filter{.after = request.query_or("after")};
        filter.limit =
            static_cast<std::size_t>(TRY(request.query_integer("limit", 30, 1, page_max)));
        using Group = Listings::Filter::Group;
        filter.group = group == "open"      ? Group::open
                       : group == "running" ? Group::running
                       : group == "over"    ? Group::over
                                            : Group::all;
        if (!box.empty() && actor.organisation.empty())
            return base::refuse(base::forbidden("not_permitted"));
        const std::string own = actor.organisation.text();
        if (box == "seller") filter.seller = own;
        if (box == "operator") filter.host = own;
        if (box == "bidder") filter.party = own;
        return answer([&](store::Reader& reader) -> base::Result<object> {
            array items;
            const auto found = api_.listings->list(reader, filter);
            for (const Listing& listing : found)
                items.push_back(json_of(reader, actor, listing));
            object shown{{"items", std::move(items)}};
            if (found.size() == filter.limit) shown["next"] = found.back().id.text();
            return shown;
        });
    }

    base::Result<http::Reply> read(const http::Request& request) const {
        const auto id = TRY(listing_id(request));
        const party::Actor actor = party::actor_of(request);
        std::int64_t version = 0;
        auto reply = TRY(answer([&](store::Reader& reader) -> base::Result<object> {
            const Listing listing = TRY(api_.listings->read(reader, actor, id));
            const ListingViewer viewer = viewer_of(actor, listing);
            version = listing.version;
            object shown = json_of(reader, actor, listing);
            shown["course"] = listing_course(reader, listing, viewer);
            shown["questions"] = listing_questions(reader, listing);
            const bool enters = api_.listings->may_enter_room(actor, listing);
            shown["room"] = enters;
            array files;
            for (const workflow::Attachment& file :
                 workflow::Attachments::of(reader, listing.id.text())) {
                const bool hidden = file.tier == workflow::Tier::confidential && !enters;
                if (!file.removed && !hidden) files.push_back(show(file));
            }
            shown["files"] = std::move(files);
            if (viewer.is("operator") || viewer.is("supervisor"))
                shown["book"] = TRY(Deposits::book(reader, id.text())).to_json();
            return shown;
        }));
        return std::move(reply).with_version(version);
    }

    base::Result<http::Reply> create(const http::Request& request) const {
        const object body = TRY(request.json());
        ListingDraft draft;
        draft.entry = base::Id<catalog::Entry>(TRY(party::text_member(body, "entry")));
        draft.host = base::Id<party::Organisation>(TRY(party::text_member(body, "host")));
        draft.rule_set = TRY(party::text_member(body, "rule_set"));
        draft.previous = TRY(party::text_member(body, "previous"));
        draft.parameters = TRY(read_texts(body, "parameters"));
        for (const auto& [name, value] : TRY(read_texts(body, "body")))
            draft.body[name] = value;
        const party::Actor actor = party::actor_of(request);
        return party::write_once(*api_.database, request,
                                 [&](store::Transaction& transaction) -> base::Result<http::Reply> {
                                     const Listing listing =
                                         TRY(api_.listings->create(transaction, actor, draft));
                                     return http::created(json_of(transaction, actor, listing),
                                                          "/api/listings/" + listing.id.text())
                                         .with_version(listing.version);
                                 });
    }

    base::Result<http::Reply> act(const http::Request& request) const {
        const auto id = TRY(listing_id(request));
        const object body = TRY(request.json());
        ListingEvent event;
        event.action = request.value("action");
        for (const auto& [name, value] : body) {
            if (name == "version") continue;
            if (!value.is_string())
                return base::refuse(base::invalid("field_wrong_type").at(std::string(name)));
            const std::string text = value.get_string().c_str();
            if (name == "party") {
                event.party = text;
            } else {
                event.values[std::string(name)] = text;
            }
        }
        // Registering, paying attention or answering rests on terms that have a hash of their own;
        // steps of the two houses name the version they saw.
        const std::int64_t version =
            base::integer_at(body, "version")
                .value_or(request.header("if-match").empty() ? 0 : TRY(request.if_match()));
        const party::Actor actor = party::actor_of(request);
        return party::write_once(
            *api_.database, request,
            [&](store::Transaction& transaction) -> base::Result<http::Reply> {
                const Listing listing =
                    TRY(api_.listings->act(transaction, actor, id, event, version));
                return http::ok(json_of(transaction, actor, listing)).with_version(listing.version);
            });
    }

    base::Result<http::Reply> announce(const http::Request& request) const {
        const auto id = TRY(listing_id(request));
        const object body = TRY(request.json());
        const Parameters sale = TRY(read_texts(body, "sale"));
        const std::vector<KeyHolder> holders = TRY(read_key_holders(body));
        const party::Actor actor = party::actor_of(request);
        return party::write_once(*api_.database, request,
                                 [&](store::Transaction& transaction) -> base::Result<http::Reply> {
                                     const Auction auction = TRY(api_.listings->announce(
                                         transaction, actor, id, sale, holders));
                                     return http::created(object{{"auction", auction.id.text()}},
                                                          "/api/auctions/" + auction.id.text());
                                 });
    }

    /// A draft of the contract for the seller to complete, in the thread that contracts go.
    base::Result<http::Reply> draft_contract(const http::Request& request) const {
        const auto id = TRY(listing_id(request));
        const party::Actor actor = party::actor_of(request);
        return party::write_once(
            *api_.database, request,
            [&](store::Transaction& transaction) -> base::Result<http::Reply> {
                const Listing listing = TRY(api_.listings->read(transaction, actor, id));
                if (actor.organisation != listing.seller)
                    return base::refuse(base::forbidden("not_permitted"));
                contract::ContractDraft draft;
                draft.counterpart = base::Id<party::Organisation>(listing.state.winner);
                draft.body =
                    TRY(api_.listings->contract_body(transaction, listing, transaction.now()));
                const auto made = TRY(api_.contracts->create(transaction, actor, draft));
                return http::created(object{{"contract", made.id.text()}},
                                     "/api/contracts/" + made.id.text());
            });
    }

    base::Result<http::Reply> add_file(const http::Request& request) const {
        const auto id = TRY(listing_id(request));
        const auto uploads = TRY(request.uploads());
        const auto fields = TRY(request.form());
        if (uploads.empty()) return base::refuse(base::invalid("file_missing").at("file"));
        const http::Upload& upload = uploads.front();
        workflow::Attachment file;
        file.name = upload.file_name;
        file.kind = fields.contains("kind") ? fields.at("kind") : "other";
        const bool is_open = fields.contains("tier") && fields.at("tier") == "open";
        file.tier = is_open ? workflow::Tier::open : workflow::Tier::confidential;
        const ContentType type =
            TRY(format::check_content_type(upload.bytes, upload.file_name, file_types));
        file.content_type = format::media_type(type);
        const party::Actor actor = party::actor_of(request);
        return party::write_once(
            *api_.database, request,
            [&](store::Transaction& transaction) -> base::Result<http::Reply> {
                const auto added =
                    TRY(api_.listings->add_file(transaction, actor, id, file, upload.bytes));
                return http::created(show(added),
                                     "/api/listings/" + id.text() + "/files/" + added.id);
            });
    }

    /// A confidential file never leaves without the mark of whoever takes it.
    base::Result<http::Reply> file(const http::Request& request) const {
        const auto id = TRY(listing_id(request));
        const party::Actor actor = party::actor_of(request);
        format::Watermark mark;
        const auto found = TRY(api_.database->write<workflow::Attachment>(
            [&](store::Transaction& transaction) -> base::Result<workflow::Attachment> {
                auto opened =
                    TRY(api_.listings->open_file(transaction, actor, id, request.value("file")));
                const auto organisation =
                    party::Organisations::find(transaction, actor.organisation);
                mark.viewer = (organisation ? organisation->name + " " : "") + actor.name;
                mark.at = transaction.now();
                return opened;
            }));
        std::string bytes = TRY(api_.listings->attachments().read(found));
        if (found.tier == workflow::Tier::confidential) {
            bytes = found.content_type == "application/pdf"
                        ? TRY(format::watermark_pdf_pages(bytes, mark, api_.scratch))
                        : TRY(format::watermark_image(bytes, mark));
        }
        return http::attachment(std::move(bytes), found.content_type, found.name)
            .with_header("Cache-Control", "no-store");
    }

    base::Result<http::Reply> import(const http::Request& request) const {
        const party::Actor actor = party::actor_of(request);
        const auto uploads = TRY(request.uploads());
        if (uploads.empty()) return base::refuse(base::invalid("file_missing").at("file"));
        const http::Upload& upload = uploads.front();
        const format::Table table =
            TRY(upload.bytes.starts_with("PK") ? format::read_xlsx(upload.bytes)
                                               : format::read_csv(upload.bytes));
        StatementRows rows;
        for (const format::Row& row : table.rows)
            rows.push_back(row.cells);
        return party::write_once(
            *api_.database, request,
            [&](store::Transaction& transaction) -> base::Result<http::Reply> {
                const auto result =
                    TRY(api_.statements->import(transaction, actor, actor.organisation, rows,
                                                base::to_hex(base::sha256(upload.bytes))));
                array lines;
                for (const StatementLine& line : result.lines)
                    lines.push_back(show(line));
                return http::created(
                    object{{"lines", std::move(lines)},
                           {"duplicates", static_cast<std::int64_t>(result.duplicates)}},
                    "/api/statement-lines");
            });
    }

    base::Result<http::Reply> lines(const http::Request& request) const {
        const party::Actor actor = party::actor_of(request);
        TRY(may_operate(actor));
        Statements::Filter filter{.host = actor.organisation.text(),
                                  .verdict = request.query_or("verdict"),
                                  .listing = request.query_or("listing"),
                                  .after = request.query_or("after")};
        return answer([&](store::Reader& reader) -> base::Result<object> {
            array items;
            for (const StatementLine& line : Statements::lines(reader, filter))
                items.push_back(show(line));
            array owed;
            for (const Statements::Owed& item : TRY(api_.statements->owed(reader, filter.host))) {
                owed.push_back(object{{"listing", item.listing},
                                      {"title", item.title},
                                      {"party", item.party},
                                      {"amount", item.amount.to_string()},
                                      {"due", base::to_iso(item.due)}});
            }
            return object{{"items", std::move(items)}, {"owed", std::move(owed)}};
        });
    }

    base::Result<http::Reply> match(const http::Request& request) const {
        const object body = TRY(request.json());
        const base::Id<Listing> listing(TRY(party::text_member(body, "listing")));
        const std::string party = TRY(party::text_member(body, "party"));
        return change_line(request, [&](store::Transaction& transaction) {
            return api_.statements->match(transaction, party::actor_of(request),
                                          request.value("id"), listing, party);
        });
    }

    base::Result<http::Reply> send_back(const http::Request& request) const {
        return change_line(request, [&](store::Transaction& transaction) {
            return api_.statements->send_back(transaction, party::actor_of(request),
                                              request.value("id"));
        });
    }

    base::Result<http::Reply> set_aside(const http::Request& request) const {
        const std::string reason = TRY(party::text_member(TRY(request.json()), "reason"));
        return change_line(request, [&](store::Transaction& transaction) {
            return api_.statements->set_aside(transaction, party::actor_of(request),
                                              request.value("id"), reason);
        });
    }

    base::Result<http::Reply> check(const http::Request& request) const {
        const party::Actor actor = party::actor_of(request);
        TRY(may_operate(actor));
        return answer([&](store::Reader& reader) -> base::Result<object> {
            const Deposits::Check found = Deposits::check(reader);
            array faults;
            for (const std::string& fault : found.faults)
                faults.push_back(base::json::value(fault));
            return object{{"books", static_cast<std::int64_t>(found.books)},
                          {"postings", static_cast<std::int64_t>(found.postings)},
                          {"in", found.received.to_string()},
                          {"held", found.held.to_string()},
                          {"returned", found.returned.to_string()},
                          {"forfeited", found.forfeited.to_string()},
                          {"applied", found.applied.to_string()},
                          {"unallocated", found.unallocated.to_string()},
                          {"balanced", found.faults.empty()},
                          {"faults", std::move(faults)}};
        });
    }

    base::Result<http::Reply> certificate(const http::Request& request) const {
        return answer([&](store::Reader& reader) -> base::Result<object> {
            const Listing listing =
                TRY(api_.listings->by_certificate(reader, request.value("code")));
            object shown = deal_statement(reader, listing);
            const std::string digest = base::to_hex(base::sha256(base::canonical_json(shown)));
            shown["digest"] = digest;
            shown["signature"] = base::to_base64(api_.signer->sign(digest));
            return shown;
        });
    }

    base::Result<http::Reply> certificate_pdf(const http::Request& request) const {
        std::string pdf = TRY(api_.database->read<std::string>(
            [&](store::Reader& reader) -> base::Result<std::string> {
                const Listing listing =
                    TRY(api_.listings->by_certificate(reader, request.value("code")));
                return deal_certificate_pdf(reader, api_, listing, request.language,
                                            api_.database->clock().now());
            }));
        return http::attachment(std::move(pdf), "application/pdf",
                                "deal-" + request.value("code") + ".pdf");
    }

    base::Result<http::Reply> statistics(const http::Request& request) const {
        return answer([&](store::Reader& reader) -> base::Result<object> {
            array rows;
            for (const auto& row : statistics_rows(reader)) {
                object shown;
                for (std::size_t index = 0; index < row.size(); ++index)
                    shown[statistics_columns[index]] = row[index];
                rows.push_back(std::move(shown));
            }
            (void)request;
            return object{{"items", std::move(rows)}};
        });
    }

    base::Result<http::Reply> statistics_xlsx(const http::Request& request) const {
        format::Workbook book;
        book.title = text(request, "statistics.title");
        book.created = api_.database->clock().now();
        book.sheet.name = book.title;
        for (std::string_view column : statistics_columns) {
            const bool is_money = column == "amount";
            book.sheet.columns.push_back(
                {.title = text(request, "statistics." + std::string(column)),
                 .type = is_money ? format::ColumnType::money : format::ColumnType::text});
        }
        book.sheet.rows = TRY(api_.database->read<std::vector<std::vector<std::string>>>(
            [&](store::Reader& reader) -> base::Result<std::vector<std::vector<std::string>>> {
                return statistics_rows(reader);
            }));
        return http::attachment(TRY(format::write_xlsx(book, api_.scratch)),
                                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                                "sales.xlsx");
    }

    base::Result<http::Reply> rule_sets(const http::Request&) const {
        array items;
        for (const auto& [name, set] : api_.listings->rule_sets()) {
            object parameters;
            for (const auto& [key, value] : set.parameters)
                parameters[key] = value;
            items.push_back(object{
                {"name", name}, {"source", set.source}, {"parameters", std::move(parameters)}});
        }
        return http::ok(object{{"items", std::move(items)}});
    }

  private:
    static constexpr std::array<std::string_view, 7> statistics_columns = {
        "year", "listings", "sold", "bidders", "premium", "days", "amount"};

    std::vector<std::vector<std::string>> statistics_rows(store::Reader& reader) const {
        std::vector<std::vector<std::string>> rows;
        for (const SaleStatistics& row : sale_statistics(reader, *api_.listings)) {
            // Hundredths are enough for people; whole numbers all the way.
            const auto ratio = [](std::int64_t part, std::int64_t whole) {
                return whole == 0 ? std::string("–") : hundredths_text(part * 100 / whole);
            };
            const __int128 premium =
                row.asked.is_zero() ? 0
                                    : static_cast<__int128>(row.amount.minor - row.asked.minor) *
                                          10'000 / row.asked.minor;
            const auto whole = static_cast<std::int64_t>(premium);
            rows.push_back({std::to_string(row.year), std::to_string(row.listings),
                            std::to_string(row.sold), ratio(row.bidders, row.listings),
                            row.sold == 0 ? "–"
                                          : (whole < 0 ? "-" : "") +
                                                hundredths_text(whole < 0 ? -whole : whole) + "%",
                            ratio(row.days, row.sold), row.amount.to_string()});
        }
        return rows;
    }

    template <class Work>
    base::Result<http::Reply> answer(Work work) const {
        return http::ok(TRY(api_.database->read<object>(
            [&](store::Reader& reader) -> base::Result<object> { return work(reader); })));
    }

    template <class Work>
    base::Result<http::Reply> change_line(const http::Request& request, Work work) const {
        return party::write_once(*api_.database, request,
                                 [&](store::Transaction& transaction) -> base::Result<http::Reply> {
                                     return http::ok(show(TRY(work(transaction))));
                                 });
    }

    static base::Result<base::Id<Listing>> listing_id(const http::Request& request) {
        return party::path_id<Listing>(request, "id", "listing_unknown");
    }

    base::Status may_operate(const party::Actor& actor) const {
        return api_.listings->permissions().require(actor, "listing.operate",
                                                    {"", {}, {}, actor.organisation, {}});
    }

    ListingViewer viewer_of(const party::Actor& actor, const Listing& listing) const {
        return {api_.listings->roles(actor, listing), actor.organisation.text()};
    }

    object json_of(store::Reader& reader, const party::Actor& actor, const Listing& listing) const {
        return listing_json(reader, *api_.listings, listing, viewer_of(actor, listing));
    }

    std::string text(const http::Request& request, const std::string& key) const {
        return api_.texts->get(request.language, "listing." + key);
    }

    ListingApi api_;
};

http::RouteInfo open_to_all(std::string summary) {
    return {.summary = std::move(summary)};
}

http::RouteInfo for_members(std::string summary) {
    return {.summary = std::move(summary), .signed_in = true};
}

/// Whatever is posted here happens once under its key.
http::RouteInfo once_for_members(std::string summary) {
    http::RouteInfo info = for_members(std::move(summary));
    info.creates = true;
    return info;
}

}  // namespace

void mount_listings(http::Router& router, const ListingApi& api) {
    auto handlers = std::make_shared<Handlers>(api);
    const auto call = [&](auto member) -> http::Handler {
        return [handlers, member](const http::Request& request) {
            return ((*handlers).*member)(request);
        };
    };
    http::RouteInfo upload = once_for_members("Add a file to a listing's data room");
    upload.body_bytes_max = (21 << 20);
    http::RouteInfo statement = once_for_members("Import a bank statement (csv or xlsx)");
    statement.body_bytes_max = (8 << 20);
    router.get("/api/listings", open_to_all("Listings"), call(&Handlers::list));
    router.get("/api/listing-rule-sets", open_to_all("Rule sets of listings"),
               call(&Handlers::rule_sets));
    router.get("/api/listing-statistics", open_to_all("How sales went, by year"),
               call(&Handlers::statistics));
    router.get("/api/listing-statistics.xlsx", open_to_all("The same as a workbook"),
               call(&Handlers::statistics_xlsx));
    router.post("/api/listings", once_for_members("Draft a listing"), call(&Handlers::create));
    router.get("/api/listings/{id}", open_to_all("A listing"), call(&Handlers::read));
    router.post("/api/listings/{id}/auction", once_for_members("Announce the competition"),
                call(&Handlers::announce));
    router.post("/api/listings/{id}/contract", once_for_members("Draft the contract of the deal"),
                call(&Handlers::draft_contract));
    router.post("/api/listings/{id}/files", upload, call(&Handlers::add_file));
    router.get("/api/listings/{id}/files/{file}", open_to_all("A file of a listing"),
               call(&Handlers::file));
    router.post("/api/listings/{id}/steps/{action}", once_for_members("A step of a listing"),
                call(&Handlers::act));
    router.post("/api/statement-lines", statement, call(&Handlers::import));
    router.get("/api/statement-lines", for_members("Lines of bank statements"),
               call(&Handlers::lines));
    router.post("/api/statement-lines/{id}/match", once_for_members("Say whose a line is"),
                call(&Handlers::match));
    router.post("/api/statement-lines/{id}/return", once_for_members("Send a payment back"),
                call(&Handlers::send_back));
    router.post("/api/statement-lines/{id}/set-aside",
                once_for_members("Say that a line is of no sale"), call(&Handlers::set_aside));
    router.get("/api/deposits/check", for_members("The deposit books balance"),
               call(&Handlers::check));
    router.get("/api/deal-certificates/{code}", open_to_all("What a deal certificate attests"),
               call(&Handlers::certificate));
    router.get("/api/deal-certificates/{code}/pdf", open_to_all("A deal certificate"),
               call(&Handlers::certificate_pdf));
}

}  // namespace trade
