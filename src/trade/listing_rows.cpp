// Listings in the store: rows, the fold of events, lists.
#include <algorithm>

#include <spdlog/spdlog.h>

#include "store/write_row.h"
#include "trade/listing_office.h"
#include "trade/listing_rows.h"

namespace trade {
namespace {

constexpr std::string_view select_listing =
    "select id, entry, place, seller, host, title, body, rules, rule_set, previous, certificate, "
    "is_sample, created_at, version from trade_listing ";

std::unexpected<base::Error> damaged(const std::string& id, std::string_view words) {
    return base::refuse(base::conflict("listing_damaged").with("listing", id).saying(words));
}

base::Result<base::json::object> object_of(const std::string& text) {
    return base::require_object(TRY(base::parse_json(text)));
}

Parameters parameters_of(const base::json::object& stored) {
    Parameters parameters;
    for (const auto& [name, value] : stored)
        parameters[std::string(name)] = base::text_at(stored, name);
    return parameters;
}

base::Result<Listing> read_row(const store::Row& row) {
    Listing listing;
    listing.id = row.id<Listing>(0);
    listing.entry = row.id<catalog::Entry>(1);
    listing.place = row.text(2);
    listing.seller = row.id<party::Organisation>(3);
    listing.host = row.id<party::Organisation>(4);
    listing.title = row.text(5);
    listing.body = TRY(object_of(row.text(6)));
    listing.rules = TRY(read_listing_rules(parameters_of(TRY(object_of(row.text(7))))));
    listing.rule_set = row.text(8);
    listing.previous = row.text(9);
    listing.certificate = row.text(10);
    listing.is_sample = row.flag(11);
    listing.created_at = row.time(12);
    listing.version = row.integer(13);
    return listing;
}

std::string rules_text(const ListingRules& rules) {
    base::json::object stored;
    for (const auto& [name, value] : write_listing_rules(rules))
        stored[name] = value;
    return base::canonical_json(stored);
}

/// A row and the fold of its events. What does not read back or follow is named, never guessed: the
/// tables or the calendar changed under the listing.
base::Result<Listing> read_listing(store::Reader& reader, const base::WorkCalendar& calendar,
                                   const store::Row& row) {
    auto read = read_row(row);
    if (!read) return damaged(row.text(0), base::describe(read.error()));
    Listing listing = std::move(*read);
    listing.state = begin_listing(listing.rules);
    for (const ListingRecord& record : Listings::records(reader, listing.id)) {
        const auto done = apply(calendar, listing.state, record.event, record.at);
        if (!done) {
            return damaged(row.text(0), "event " + std::to_string(record.seq) + " " +
                                            record.event.action + ": " +
                                            base::describe(done.error()));
        }
    }
    return listing;
}

}  // namespace

namespace listing_rows {

void insert(store::Transaction& transaction, const Listing& listing) {
    store::insert_row(transaction, "trade_listing",
                      {{"id", listing.id},
                       {"entry", listing.entry},
                       {"place", listing.place},
                       {"seller", listing.seller},
                       {"host", listing.host},
                       {"title", listing.title},
                       {"body", base::canonical_json(listing.body)},
                       {"rules", rules_text(listing.rules)},
                       {"rule_set", listing.rule_set},
                       {"previous", listing.previous},
                       {"stage", name_of(listing.state.stage)},
                       {"price", listing.rules.price.minor},
                       {"currency", listing.rules.price.currency.code()},
                       {"due_at", nullptr},
                       {"published_at", nullptr},
                       {"certificate", listing.certificate},
                       {"is_sample", listing.is_sample},
                       {"created_at", listing.created_at},
                       {"version", listing.version}});
}

void update(store::Transaction& transaction, const Listing& listing) {
    store::update_row(transaction, "trade_listing",
                      {{"stage", name_of(listing.state.stage)},
                       {"price", listing.state.rules.price.minor},
                       {"due_at", next_due(listing.state)},
                       {"published_at", listing.state.published_at},
                       {"certificate", listing.certificate},
                       {"version", listing.version},
                       {"id", listing.id}});
}

void add_event(store::Transaction& transaction, const Listing& listing, const ListingEvent& event) {
    store::insert_row(transaction, "trade_listing_event",
                      {{"listing", listing.id},
                       {"seq", listing.version - 1},
                       {"at", transaction.now()},
                       {"event", base::canonical_json(to_json(event))}});
}

}  // namespace listing_rows

std::vector<ListingRecord> Listings::records(store::Reader& reader, const base::Id<Listing>& id) {
    std::vector<ListingRecord> found;
    const auto rows = reader.query(
        "select seq, at, event from trade_listing_event where listing = :id order by seq",
        {{"id", id}});
    for (const store::Row& row : rows) {
        // An event that is none is refused by the core, with its number.
        const auto stored = object_of(row.text(2));
        found.push_back({row.integer(0), row.time(1),
                         listing_event_from(stored ? *stored : base::json::object{})});
    }
    return found;
}

base::Result<Listing> Listings::require(store::Reader& reader, const base::Id<Listing>& id) const {
    const auto row = reader.first(std::string(select_listing) + "where id = :id", {{"id", id}});
    if (!row) return base::refuse(base::not_found("listing_unknown"));
    return read_listing(reader, parts_.calendar, *row);
}

std::vector<Listing> Listings::list(store::Reader& reader, const Filter& filter) const {
    std::string where = "where 1 = 1";
    store::Bindings bindings{{"limit", static_cast<std::int64_t>(filter.limit)}};
    constexpr std::string_view ends =
        "('certified', 'failed', 'withdrawn', 'terminated', 'annulled', 'relisted')";
    const bool own = !filter.seller.empty() || !filter.host.empty() || !filter.party.empty();
    if (!own) where += " and published_at is not null";
    if (!filter.seller.empty()) {
        where += " and seller = :seller";
        bindings.push_back({"seller", filter.seller});
    }
    if (!filter.host.empty()) {
        where += " and host = :host and stage <> 'draft'";
        bindings.push_back({"host", filter.host});
    }
    if (!filter.party.empty()) {
        where += " and id in (select listing from trade_deposit_reference where party = :party)";
        bindings.push_back({"party", filter.party});
    }
    if (filter.group == Filter::Group::open) where += " and stage = 'published'";
    if (filter.group == Filter::Group::over) where += " and stage in " + std::string(ends);
    if (filter.group == Filter::Group::running) {
        where += " and stage <> 'published' and stage not in " + std::string(ends);
    }
    if (!filter.after.empty()) {
        where += " and id < :after";
        bindings.push_back({"after", filter.after});
    }
    std::vector<Listing> found;
    const auto rows = reader.query(
        std::string(select_listing) + where + " order by id desc limit :limit", bindings);
    for (const store::Row& row : rows) {
        auto listing = read_listing(reader, parts_.calendar, row);
        // A damaged one is for its operator to look into; it does not take the others with it.
        if (listing) found.push_back(std::move(*listing));
        if (!listing) spdlog::error("{}", base::describe(listing.error()));
    }
    return found;
}

base::Result<Listing> Listings::by_certificate(store::Reader& reader, std::string_view code) const {
    const auto row = code.empty()
                         ? std::nullopt
                         : reader.first(std::string(select_listing) + "where certificate = :code",
                                        {{"code", code}});
    if (!row) return base::refuse(base::not_found("deal_certificate_unknown"));
    return read_listing(reader, parts_.calendar, *row);
}

std::string Listings::reference_of(store::Reader& reader, const base::Id<Listing>& id,
                                   std::string_view party) {
    const auto row = reader.first(
        "select reference from trade_deposit_reference where listing = :id and party = :party",
        {{"id", id}, {"party", party}});
    return row ? row->text(0) : std::string();
}

}  // namespace trade
