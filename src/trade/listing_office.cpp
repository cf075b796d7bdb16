#include "trade/listing_office.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/yaml.h"
#include "contract/agreement.h"
#include "indicator/fact.h"
#include "store/write_row.h"
#include "trade/deposit.h"
#include "trade/listing_rows.h"
#include "trade/notice.h"

namespace trade {
namespace {

constexpr std::size_t words_max = 3000;
constexpr base::Duration bar_length = base::days(365);

/// What a request never says itself: the office knows it.
constexpr std::array<std::string_view, 7> known_to_the_office = {
    "conflict", "barred", "foreign", "deal_team", "first_price", "public_body", "certificate"};

/// Permission asked for in each role; the clock and the treasury are the platform itself.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> role_permissions = {{
    {"seller", "listing.offer"},
    {"operator", "listing.operate"},
    {"supervisor", "listing.supervise"},
    {"bidder", "listing.register"},
}};

void check_words(std::vector<base::Error>& defects, std::string_view field, std::string_view text) {
    const bool bad = !base::is_valid_utf8(text) ||
                     base::has_control_characters(base::replace_all(std::string(text), "\n", ""));
    if (bad) {
        defects.push_back(base::invalid("field_control_characters").at(field));
        return;
    }
    if (base::count_characters(text) > words_max) {
        defects.push_back(base::invalid("notice_words_length")
                              .with("min", "0")
                              .with("max", std::to_string(words_max))
                              .at(field));
    }
    if (has_personal_data(text))
        defects.push_back(base::invalid("personal_data_in_notice").at(field));
}

base::Status form_status(std::vector<base::Error> defects) {
    if (defects.empty()) return {};
    return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
}

base::Status check_event(const ListingEvent& event) {
    std::vector<base::Error> defects;
    for (const auto& [name, value] : event.values)
        check_words(defects, name, value);
    return form_status(std::move(defects));
}

base::Result<ListingRuleSet> read_rule_set(const std::string& name, const base::Yaml& node) {
    TRY(node.only_keys({"source", "valid_from", "parameters"}));
    ListingRuleSet set;
    set.name = name;
    set.source = TRY(TRY(node.required("source")).text());
    set.valid_from = TRY(base::Date::parse(TRY(TRY(node.required("valid_from")).text())));
    for (const auto& [key, value] : node["parameters"].pairs())
        set.parameters[key] = TRY(value.text());
    Parameters trial = set.parameters;
    trial["price"] = "1000";
    if (const auto rules = read_listing_rules(trial); !rules)
        return base::refuse(node.fault(rules.error().code, rules.error().field));
    return set;
}

/// A rule set read with the price of a listing that is measured by it.
base::Result<ListingRules> rules_of_set(const ListingRuleSet& set, const ListingRules& listing) {
    Parameters parameters = set.parameters;
    parameters["price"] = listing.price.to_string();
    return read_listing_rules(parameters);
}

std::string make_code(store::Transaction& transaction, std::string_view head, std::size_t length) {
    constexpr std::string_view letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    std::string code(head);
    for (std::size_t index = 0; index < length; ++index)
        code += letters[transaction.random().below(letters.size())];
    return code;
}

}  // namespace

base::Result<ListingRuleSets> load_listing_rule_sets(const std::filesystem::path& folder) {
    ListingRuleSets sets;
    if (!std::filesystem::exists(folder / "listing.yaml")) return sets;
    const base::Yaml file = TRY(base::Yaml::load(folder / "listing.yaml"));
    for (const auto& [name, node] : file.pairs())
        sets[name] = TRY(read_rule_set(name, node));
    return sets;
}

std::vector<std::string> Listings::roles(const party::Actor& actor, const Listing& listing) const {
    if (actor.is_system) return {"clock", "treasury"};
    std::vector<std::string> found;
    for (const auto& [role, permission] : role_permissions) {
        party::Standing standing = listing.standing();
        // A bidder stands to the listing as owner of his own bid.
        if (role == "bidder") standing.owner = actor.organisation;
        if (role == "bidder" && actor.organisation.empty()) continue;
        if (parts_.permissions.may(actor, permission, standing)) found.emplace_back(role);
    }
    return found;
}

base::Result<Listing> Listings::create(store::Transaction& transaction, const party::Actor& actor,
                                       const ListingDraft& draft) const {
    const auto entry = catalog::Entries::find(transaction, draft.entry);
    const catalog::Kind* kind = entry ? parts_.entries.kinds().find(entry->kind) : nullptr;
    const bool fits = kind && kind->pairing == catalog::Pairing::offered &&
                      entry->owner == actor.organisation &&
                      (entry->state == "published" || entry->state == "matched");
    if (!entry || (!actor.is_system && !fits))
        return base::refuse(base::invalid("entry_not_listable").at("entry"));
    Listing listing;
    listing.id = transaction.new_id<Listing>();
    listing.entry = draft.entry;
    listing.place = entry->place;
    listing.seller = entry->owner;
    listing.host = draft.host;
    listing.title = entry->title;
    TRY(parts_.permissions.require(actor, "listing.offer", listing.standing()));
    const auto host = party::Organisations::find(transaction, draft.host);
    const bool runs = host && host->kind == party::OrganisationKind::market_operator &&
                      host->state == party::OrganisationState::verified;
    if (!runs) return base::refuse(base::invalid("operator_unknown").at("host"));
    const auto set = parts_.rule_sets.find(draft.rule_set);
    if (set == parts_.rule_sets.end()) {
        return base::refuse(
            base::invalid("preset_unknown").with("preset", draft.rule_set).at("rule_set"));
    }
    Parameters parameters = set->second.parameters;
    for (const auto& [name, value] : draft.parameters)
        parameters[name] = value;
    listing.rules = TRY(read_listing_rules(parameters));
    TRY(check_within(TRY(rules_of_set(set->second, listing.rules)), listing.rules));
    const auto preset = parts_.presets.find(listing.rules.next_type);
    if (preset == parts_.presets.end()) {
        return base::refuse(
            base::invalid("preset_unknown").with("preset", listing.rules.next_type).at("next"));
    }
    // A listing has one buyer; licences to several are announced as sales of their own.
    if (preset->second.type == AuctionType::multi_unit)
        return base::refuse(base::invalid("rules_inconsistent").at("next"));
    std::vector<base::Error> defects;
    for (const auto& [name, value] : draft.body)
        check_words(defects, name, base::text_at(draft.body, name));
    TRY(form_status(std::move(defects)));
    if (!draft.previous.empty()) {
        const Listing previous = TRY(require(transaction, base::Id<Listing>(draft.previous)));
        const bool follows = previous.entry == draft.entry && previous.state.is_over();
        if (!follows) return base::refuse(base::conflict("listing_open_already").at("previous"));
    }
    listing.body = draft.body;
    listing.rule_set = draft.rule_set;
    listing.previous = draft.previous;
    listing.is_sample = entry->is_sample;
    listing.created_at = transaction.now();
    listing.state = begin_listing(listing.rules);
    listing_rows::insert(transaction, listing);
    transaction.append(
        {.actor = actor.log_name(),
         .place = listing.place,
         .subject = listing.id.text(),
         .action = "listing.drafted",
         .payload = base::canonical_json(base::json::object{
             {"entry", listing.entry.text()}, {"terms", terms_hash(listing.rules)}})});
    return listing;
}

base::Status Listings::check_object(store::Reader& reader, const Listing& listing) const {
    const auto row = reader.first(
        "select id from trade_listing where entry = :entry and id <> :id and stage not in "
        "('draft', 'certified', 'failed', 'withdrawn', 'terminated', 'annulled', 'relisted')",
        {{"entry", listing.entry}, {"id", listing.id}});
    if (row) return base::refuse(base::conflict("listing_open_already"));
    return {};
}

/// What the office knows of the asker and the deal, in place of anything the request says of it.
base::Status Listings::fill_in(store::Transaction& reader, const party::Actor& actor,
                               const Listing& listing, ListingEvent& event) const {
    for (std::string_view name : known_to_the_office)
        event.values.erase(std::string(name));
    const auto yes = [&](std::string_view name, bool holds) {
        if (holds) event.values[std::string(name)] = "yes";
    };
    if (event.action == "submit") {
        const auto seller = TRY(party::Organisations::require(reader, listing.seller));
        yes("public_body", seller.is_public_body);
        if (!listing.previous.empty()) {
            const Listing before = TRY(require(reader, base::Id<Listing>(listing.previous)));
            event.values["first_price"] = before.state.first_price.to_string();
        }
        TRY(check_object(reader, listing));
    }
    if (event.action == "publish") TRY(check_object(reader, listing));
    if (event.action == "register") {
        const auto bidder = TRY(party::Organisations::require(reader, actor.organisation));
        if (bidder.state != party::OrganisationState::verified)
            return base::refuse(base::forbidden("organisation_not_verified"));
        yes("foreign", bidder.kind == party::OrganisationKind::foreign);
        yes("conflict", actor.organisation == listing.seller || actor.organisation == listing.host);
        const auto bar =
            reader.first("select ground from trade_bar where party = :party and until_at > :now",
                         {{"party", actor.organisation}, {"now", reader.now()}});
        yes("barred", bar.has_value());
    }
    if (event.action == "undertake") {
        const std::string agreed = event.value("undertaking");
        if (!agreed.empty() && agreed != parts_.confidence.hash)
            return base::refuse(base::conflict("stale_terms"));
    }
    if (event.action == "amend") TRY(check_amendment(listing, event));
    if (event.action == "offer_second" && !listing.state.runners.empty()) {
        const ListingParty* second = listing.state.party(listing.state.runners.front().first);
        const bool declared =
            second != nullptr && !listing.state.defaulted.empty() &&
            second->relation.find(listing.state.defaulted.back()) != std::string::npos;
        if (declared) event.values["related"] = "yes";
    }
    if (event.action == "objection_decided") {
        bool is_team = false;
        for (const ListingRecord& record : records(reader, listing.id)) {
            const bool acted = record.event.role == "seller" || record.event.action == "publish";
            is_team = is_team || (acted && record.event.actor == actor.account.text());
        }
        yes("deal_team", is_team);
    }
    return {};
}

/// What is amended keeps to the rule set too; what the core refuses anyway is left to it.
base::Status Listings::check_amendment(const Listing& listing, const ListingEvent& event) const {
    const auto set = parts_.rule_sets.find(listing.rule_set);
    if (set == parts_.rule_sets.end()) return {};
    Parameters wanted;
    for (const auto& [name, value] : event.values) {
        if (name != "document" && name != "text" && name != "approval") wanted[name] = value;
    }
    const auto changed = read_listing_rules(wanted, listing.state.rules);
    if (!changed) return {};
    return check_within(TRY(rules_of_set(set->second, *changed)), *changed);
}

base::Result<Listing> Listings::act(store::Transaction& transaction, const party::Actor& actor,
                                    const base::Id<Listing>& id, ListingEvent event,
                                    std::int64_t expected_version) const {
    Listing listing = TRY(read(transaction, actor, id));
    if (expected_version != 0 && expected_version != listing.version)
        return base::refuse(base::error(base::ErrorKind::stale, "listing_version_stale"));
    const std::vector<std::string> mine = roles(actor, listing);
    const std::vector<std::string_view> able = roles_of_action(event.action);
    const auto role = std::ranges::find_if(mine, [&](const std::string& candidate) {
        return std::ranges::find(able, candidate) != able.end();
    });
    if (role == mine.end() && !able.empty()) return base::refuse(base::forbidden("not_permitted"));
    event.role = role == mine.end() ? std::string() : *role;
    event.actor = event.role == "bidder" ? actor.organisation.text() : actor.account.text();
    TRY(check_event(event));
    TRY(fill_in(transaction, actor, listing, event));
    if (event.action == "certify") {
        const auto written = contract::find_contract(
            transaction, base::Id<contract::Contract>(listing.state.contract));
        const bool registered = written && written->registered_on && !written->local_no.empty();
        if (registered && listing.state.contract_number.empty()) {
            listing = TRY(write(
                transaction, party::Actor::system(), std::move(listing),
                {"register_contract", "clock", "system", "", {{"number", written->local_no}}}));
        }
        event.values["certificate"] = make_code(transaction, "D", 11);
    }
    return write(transaction, actor, std::move(listing), event);
}

base::Result<Listing> Listings::record(store::Transaction& transaction, const base::Id<Listing>& id,
                                       const ListingEvent& event) const {
    return write(transaction, party::Actor::system(), TRY(require(transaction, id)), event);
}

base::Result<Listing> Listings::write(store::Transaction& transaction, const party::Actor& actor,
                                      Listing listing, const ListingEvent& event) const {
    const Stage before = listing.state.stage;
    const auto effects = TRY(apply(parts_.calendar, listing.state, event, transaction.now()));
    ++listing.version;
    for (const ListingEffect& effect : effects) {
        if (effect.kind == "certified") listing.certificate = effect.reason;
    }
    listing_rows::add_event(transaction, listing, event);
    listing_rows::update(transaction, listing);
    const std::string digest = base::to_hex(base::sha256(base::canonical_json(to_json(event))));
    transaction.append(
        {.actor = actor.log_name(),
         .place = listing.place,
         .subject = listing.id.text(),
         .action = "listing." + event.action,
         .payload = base::canonical_json(base::json::object{{"stage", name_of(listing.state.stage)},
                                                            {"revision", listing.state.revision},
                                                            {"event", digest}})});
    for (const ListingEffect& effect : effects)
        TRY(carry_out(transaction, listing, effect));
    TRY(steer_auction(transaction, before, listing, event));
    return listing;
}

std::optional<Posting> posting_of(const ListingEffect& effect) {
    struct Row {
        std::string_view kind;
        Account from, to;
    };
    constexpr Row rows[] = {{"deposit_release", Account::held, Account::released},
                            {"deposit_forfeit", Account::held, Account::forfeited},
                            {"deposit_apply", Account::held, Account::applied},
                            {"payment_release", Account::applied, Account::released}};
    const auto row = std::ranges::find(rows, effect.kind, &Row::kind);
    if (row == std::end(rows)) return std::nullopt;
    return Posting{effect.party, row->from, row->to, effect.amount, effect.reason};
}

base::Status Listings::carry_out(store::Transaction& transaction, const Listing& listing,
                                 const ListingEffect& effect) const {
    if (const auto posting = posting_of(effect)) {
        const bool is_owed = posting->to == Account::released;
        return Deposits::post(transaction, listing.id.text(), *posting,
                              "listing:" + std::to_string(listing.version - 1),
                              is_owed ? std::optional(effect.due) : std::nullopt);
    }
    if (effect.kind == "registered") {
        if (!reference_of(transaction, listing.id, effect.party).empty()) return {};
        store::insert_row(transaction, "trade_deposit_reference",
                          {{"reference", make_code(transaction, "GQ", 8)},
                           {"listing", listing.id},
                           {"party", effect.party}});
    }
    if (effect.kind == "barred") {
        store::insert_row(transaction, "trade_bar",
                          {{"party", effect.party},
                           {"listing", listing.id},
                           {"ground", effect.reason},
                           {"until_at", transaction.now() + bar_length}});
    }
    const std::string_view fact = effect.kind == "listing_published" ? "listing.published"
                                  : effect.kind == "settled"         ? "listing.sold"
                                                                     : "";
    if (fact.empty()) return {};
    const base::Money amount = fact == "listing.sold" ? *listing.state.price : effect.amount;
    indicator::record(transaction,
                      {.kind = std::string(fact),
                       .subject = listing.id.text(),
                       .place = listing.place,
                       .day = base::date_in_shanghai(transaction.now()),
                       .amount = amount.currency == base::Currency() ? amount : base::Money(),
                       .is_sample = listing.is_sample});
    return {};
}

base::Result<Listing> Listings::read(store::Reader& reader, const party::Actor& actor,
                                     const base::Id<Listing>& id) const {
    Listing listing = TRY(require(reader, id));
    if (listing.is_public() || actor.is_system) return listing;
    const std::vector<std::string> mine = roles(actor, listing);
    const bool sees = std::ranges::any_of(mine, [&](const std::string& role) {
        return role != "bidder" && (role == "seller" || listing.state.stage != Stage::draft);
    });
    if (!sees) return base::refuse(base::not_found("listing_unknown"));
    return listing;
}

bool Listings::may_enter_room(const party::Actor& actor, const Listing& listing) const {
    if (!actor.signed_in() || actor.organisation.empty()) return false;
    for (const std::string& role : roles(actor, listing)) {
        if (role == "seller" || role == "operator") return true;
    }
    return listing.state.admits_to_room(actor.organisation.text());
}

base::Result<workflow::Attachment> Listings::add_file(store::Transaction& transaction,
                                                      const party::Actor& actor,
                                                      const base::Id<Listing>& id,
                                                      workflow::Attachment file,
                                                      std::string_view bytes) const {
    const Listing listing = TRY(read(transaction, actor, id));
    TRY(parts_.permissions.require(actor, "listing.offer", listing.standing()));
    if (listing.state.is_over()) return base::refuse(base::conflict("listing_over"));
    file.subject = id.text();
    return parts_.attachments.add(transaction, actor, std::move(file), bytes);
}

base::Result<workflow::Attachment> Listings::open_file(store::Transaction& transaction,
                                                       const party::Actor& actor,
                                                       const base::Id<Listing>& id,
                                                       std::string_view file) const {
    const Listing listing = TRY(read(transaction, actor, id));
    const auto found = workflow::Attachments::find(transaction, file);
    if (!found || found->removed || found->subject != id.text())
        return base::refuse(base::not_found("file_not_found"));
    if (found->tier == workflow::Tier::open) return *found;
    if (!may_enter_room(actor, listing)) return base::refuse(base::forbidden("room_not_for_you"));
    transaction.append({.actor = actor.log_name(),
                        .place = listing.place,
                        .subject = id.text(),
                        .action = "listing.file_viewed",
                        .payload = base::canonical_json(base::json::object{
                            {"file", found->id}, {"organisation", actor.organisation.text()}})});
    return *found;
}

base::Result<base::json::object> Listings::contract_body(store::Reader& reader,
                                                         const Listing& listing,
                                                         base::Time now) const {
    if (listing.state.winner.empty() || !listing.state.price)
        return base::refuse(base::conflict("notice_incomplete"));
    contract::Agreement deal;
    deal.entry = listing.entry;
    deal.seller = listing.seller;
    deal.buyer = base::Id<party::Organisation>(listing.state.winner);
    const base::Money total =
        listing.state.plan ? listing.state.plan->money() : *listing.state.price;
    deal.body = {{"result_name", listing.title},
                 {"price", total.to_string()},
                 {"price_currency", total.currency.code()},
                 {"mode", base::text_at(listing.body, "mode")},
                 {"scope", base::text_at(listing.body, "scope")}};
    return contract::body_from(reader, deal, now);
}

base::json::object deal_statement(store::Reader& reader, const Listing& listing) {
    const auto name = [&](const std::string& id) {
        const auto found = party::Organisations::find(reader, base::Id<party::Organisation>(id));
        return found ? found->name : id;
    };
    base::json::object body{{"format", "guiqiao-deal-1"},
                            {"certificate", listing.certificate},
                            {"listing", listing.id.text()},
                            {"object", listing.title},
                            {"seller", name(listing.seller.text())},
                            {"buyer", name(listing.state.winner)},
                            {"host", name(listing.host.text())},
                            {"mode", "listing"},
                            {"price", listing.state.price->to_string()},
                            {"currency", listing.state.price->currency.code()},
                            {"contract_number", listing.state.contract_number},
                            {"terms", terms_hash(listing.state.rules)},
                            {"certified_at", base::to_iso(listing.state.last)}};
    return body;
}

}  // namespace trade
