#include "trade/listing_view.h"

#include <algorithm>
#include <map>

#include "trade/deposit.h"

namespace trade {
namespace {

using base::json::array;
using base::json::object;

constexpr std::string_view standing_names[] = {"registered", "lapsed",  "left",
                                               "qualified",  "refused", "holder"};
/// Steps that would tell who is there, or how many.
constexpr std::string_view steps_of_bidders[] = {
    "register", "confirm", "leave",   "deposit",      "declare_priority", "waive_priority",
    "match",    "offer",   "qualify", "clear_export", "undertake"};

std::string name_of_party(store::Reader& reader, const std::string& key) {
    const auto found = party::Organisations::find(reader, base::Id<party::Organisation>(key));
    return found ? found->name : key;
}

bool disclosure_is_over(const ListingState& state) {
    return state.stage > Stage::unsold || (state.published_at && is_end(state.stage));
}

bool buyer_is_public(const ListingState& state) {
    switch (state.stage) {
        case Stage::result_notice:
        case Stage::contested:
        case Stage::contract_pending:
        case Stage::payment_pending:
        case Stage::settled:
        case Stage::certified:
            return true;
        default:
            return false;
    }
}

object money_json(const base::Money& money) {
    return {{"amount", money.to_string()}, {"currency", money.currency.code()}};
}

array parties_json(store::Reader& reader, const Listing& listing, const ListingViewer& viewer) {
    const bool sees_all = viewer.is("operator") || viewer.is("supervisor");
    array list;
    for (const ListingParty& party : listing.state.parties) {
        const bool is_own = party.key == viewer.organisation;
        const bool owner_sees =
            viewer.is("seller") && party.standing == ListingParty::Standing::qualified;
        if (!sees_all && !is_own && !owner_sees) continue;
        object shown{{"party", party.key},
                     {"name", name_of_party(reader, party.key)},
                     {"standing", standing_names[static_cast<std::size_t>(party.standing)]},
                     {"own", is_own}};
        if (sees_all || is_own) {
            array members;
            for (const std::string& member : party.members)
                members.push_back(base::json::value(name_of_party(reader, member)));
            shown["members"] = std::move(members);
            shown["deposit"] = party.deposit.to_string();
            shown["reference"] = Listings::reference_of(reader, listing.id, party.key);
            shown["confirmed"] = party.revision == listing.state.revision;
            shown["refusal"] = party.refusal;
            shown["relation"] = party.relation;
            shown["undertaken"] = !party.undertaking.empty();
            shown["export_gate"] = party.export_gate == ListingParty::Gate::open;
            shown["at"] = base::to_iso(party.at);
            // A book that does not balance is nobody's to read from.
            const Ledger book = Deposits::book(reader, listing.id.text()).value_or(Ledger());
            object accounts;
            for (int index = 1; index < account_count; ++index) {
                const auto account = static_cast<Account>(index);
                const base::Money balance = book.balance(party.key, account);
                if (!balance.is_zero()) accounts[name_of(account)] = balance.to_string();
            }
            shown["accounts"] = std::move(accounts);
        }
        list.push_back(std::move(shown));
    }
    return list;
}

}  // namespace

bool ListingViewer::is(std::string_view role) const {
    return std::ranges::find(roles, role) != roles.end();
}

base::json::object listing_json(store::Reader& reader, const Listings& listings,
                                const Listing& listing, const ListingViewer& viewer) {
    const ListingState& state = listing.state;
    object rules;
    for (const auto& [name, value] : write_listing_rules(state.rules))
        rules[name] = value;
    const auto set = listings.rule_sets().find(listing.rule_set);
    object shown{{"id", listing.id.text()},
                 {"title", listing.title},
                 {"entry", listing.entry.text()},
                 {"place", listing.place},
                 {"seller", listing.seller.text()},
                 {"seller_name", name_of_party(reader, listing.seller.text())},
                 {"host", listing.host.text()},
                 {"host_name", name_of_party(reader, listing.host.text())},
                 {"stage", name_of(state.stage)},
                 {"over", state.is_over()},
                 {"price", money_json(state.rules.price)},
                 {"deposit", money_json(state.rules.deposit)},
                 {"revision", state.revision},
                 {"terms_hash", terms_hash(state.rules)},
                 {"rules", std::move(rules)},
                 {"rule_set", listing.rule_set},
                 {"rule_source", set == listings.rule_sets().end() ? "" : set->second.source},
                 {"body", listing.body},
                 {"previous", listing.previous},
                 {"end_reason", state.end_reason},
                 {"certificate", listing.certificate},
                 {"sample", listing.is_sample},
                 {"version", listing.version}};
    if (state.published_at) shown["published_at"] = base::to_iso(*state.published_at);
    if (state.deadline) shown["deadline"] = base::to_iso(*state.deadline);
    const bool counts =
        viewer.is("operator") || viewer.is("supervisor") || disclosure_is_over(state);
    if (counts) shown["interested"] = static_cast<std::int64_t>(state.parties.size());
    if (buyer_is_public(state) && state.price) {
        shown["deal_price"] = money_json(*state.price);
        shown["winner"] = state.winner;
        shown["winner_name"] = name_of_party(reader, state.winner);
    }
    if (!state.winner.empty() && viewer.organisation == state.winner) shown["chosen"] = true;
    const bool in_deal =
        viewer.is("seller") || viewer.is("operator") || viewer.organisation == state.winner;
    if (in_deal && state.plan) {
        shown["plan"] = state.plan->to_text();
        shown["plan_value"] = present_value(state.rules.payment, *state.plan).to_string();
        shown["paid"] = state.paid.to_string();
    }
    if (in_deal) shown["contract"] = state.contract;
    shown["parties"] = parties_json(reader, listing, viewer);
    const ListingParty* own = state.party(viewer.organisation);
    if (own && own->is_interested() && own->undertaking.empty()) {
        const contract::Terms& terms = listings.confidence();
        shown["confidence"] =
            object{{"version", terms.version}, {"text", terms.text}, {"hash", terms.hash}};
    }
    array roles;
    for (const std::string& role : viewer.roles)
        roles.push_back(base::json::value(role));
    shown["roles"] = std::move(roles);
    array auctions;
    for (const Auction& auction : Auctions::of_listing(reader, listing.id.text())) {
        auctions.push_back(object{{"id", auction.id.text()}, {"phase", auction.phase}});
    }
    shown["auctions"] = std::move(auctions);
    return shown;
}

base::json::array listing_course(store::Reader& reader, const Listing& listing,
                                 const ListingViewer& viewer) {
    const bool sees_all = viewer.is("operator") || viewer.is("supervisor");
    array list;
    for (const ListingRecord& record : Listings::records(reader, listing.id)) {
        const std::string& action = record.event.action;
        const bool hidden =
            std::ranges::find(steps_of_bidders, action) != std::end(steps_of_bidders) ||
            action == "submit" || action == "return" || action == "tick" || action == "settle";
        const bool own =
            record.event.actor == viewer.organisation ||
            (!viewer.organisation.empty() && record.event.party == viewer.organisation);
        if (hidden && !sees_all && !own) continue;
        if (action == "ask" || action == "answer") continue;
        object shown{{"at", base::to_iso(record.at)}, {"action", action}};
        for (std::string_view name : {"reason", "document", "text", "verdict", "ground", "price",
                                      "decision", "approval", "contract", "number"}) {
            const std::string value = record.event.value(name);
            if (!value.empty()) shown[name] = value;
        }
        list.push_back(std::move(shown));
    }
    return list;
}

base::json::array listing_questions(store::Reader& reader, const Listing& listing) {
    array list;
    std::map<std::string, std::size_t> index;
    for (const ListingRecord& record : Listings::records(reader, listing.id)) {
        const std::string& action = record.event.action;
        if (action == "ask") {
            std::string id = record.event.value("question");
            if (id.empty()) id = std::to_string(list.size() + 1);
            index.try_emplace(id, list.size());
            list.push_back(object{{"question", id},
                                  {"at", base::to_iso(record.at)},
                                  {"text", record.event.value("text")}});
        }
        const auto found = index.find(record.event.value("question"));
        if (action != "answer" || found == index.end()) continue;
        object& asked = list[found->second].as_object();
        asked["answer"] = record.event.value("text");
        asked["answered_at"] = base::to_iso(record.at);
    }
    return list;
}

std::vector<SaleStatistics> sale_statistics(store::Reader& reader, const Listings& listings) {
    std::map<int, SaleStatistics, std::greater<>> years;
    Listings::Filter filter{.limit = 500};
    while (true) {
        const auto found = listings.list(reader, filter);
        for (const Listing& listing : found) {
            const int year = base::date_in_shanghai(*listing.state.published_at).year;
            SaleStatistics& row = years[year];
            row.year = year;
            ++row.listings;
            row.bidders += static_cast<std::int64_t>(listing.state.parties.size());
            const bool sold =
                listing.state.stage == Stage::settled || listing.state.stage == Stage::certified;
            const bool home = listing.rules.price.currency == base::Currency();
            if (!sold || !listing.state.price || !home) continue;
            ++row.sold;
            row.asked += listing.state.first_price;
            row.amount += *listing.state.price;
            for (const ListingRecord& record : Listings::records(reader, listing.id)) {
                if (record.event.action != "sign") continue;
                row.days += base::date_in_shanghai(record.at).days_since_epoch() -
                            base::date_in_shanghai(*listing.state.published_at).days_since_epoch();
                break;
            }
        }
        if (found.size() < filter.limit) break;
        filter.after = found.back().id.text();
    }
    std::vector<SaleStatistics> list;
    for (const auto& [year, row] : years)
        list.push_back(row);
    return list;
}

}  // namespace trade
