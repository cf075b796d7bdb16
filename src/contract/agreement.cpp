#include "contract/agreement.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "store/write_row.h"

namespace contract {

namespace {

constexpr std::string_view select_agreement =
    "select id, contact, entry, seller, buyer, proposer, place, body, revision, "
    "seller_confirmed_by, seller_confirmed_at, buyer_confirmed_by, buyer_confirmed_at, "
    "needs_notice, state, contract, version, created_at, agreed_at from negotiation_agreement ";

Agreement read_row(const store::Row& row) {
    Agreement agreement;
    agreement.id = row.id<Agreement>(0);
    agreement.contact = row.id<Contact>(1);
    agreement.entry = row.id<catalog::Entry>(2);
    agreement.seller = row.id<party::Organisation>(3);
    agreement.buyer = row.id<party::Organisation>(4);
    agreement.proposer = row.id<party::Organisation>(5);
    agreement.place = row.text(6);
    const auto body = base::parse_json(row.text(7));
    CHECK_WITH(body && body->is_object(), "agreement " + agreement.id.text());
    agreement.body = body->as_object();
    agreement.revision = static_cast<int>(row.integer(8));
    agreement.by_seller = {row.text(9), row.time_if(10)};
    agreement.by_buyer = {row.text(11), row.time_if(12)};
    agreement.needs_notice = row.flag(13);
    agreement.state = row.text(14);
    agreement.contract = row.text(15);
    agreement.version = row.integer(16);
    agreement.created_at = row.time(17);
    agreement.agreed_at = row.time_if(18);
    return agreement;
}

std::string select(std::string_view rest) {
    return std::string(select_agreement) + std::string(rest);
}

store::Bindings bindings_of(const Agreement& agreement) {
    return {{"id", agreement.id},
            {"contact", agreement.contact},
            {"entry", agreement.entry},
            {"seller", agreement.seller},
            {"buyer", agreement.buyer},
            {"proposer", agreement.proposer},
            {"place", agreement.place},
            {"body", base::canonical_json(agreement.body)},
            {"revision", agreement.revision},
            {"seller_confirmed_by", agreement.by_seller.account_name},
            {"seller_confirmed_at", agreement.by_seller.at},
            {"buyer_confirmed_by", agreement.by_buyer.account_name},
            {"buyer_confirmed_at", agreement.by_buyer.at},
            {"needs_notice", agreement.needs_notice},
            {"state", agreement.state},
            {"contract", agreement.contract},
            {"version", agreement.version},
            {"created_at", agreement.created_at},
            {"agreed_at", agreement.agreed_at}};
}

void insert(store::Transaction& transaction, const Agreement& agreement) {
    store::insert_row(transaction, "negotiation_agreement", bindings_of(agreement));
}

/// Raises the version.
void save(store::Transaction& transaction, Agreement& agreement) {
    agreement.version += 1;
    store::update_row(transaction, "negotiation_agreement", bindings_of(agreement));
}

bool is_over(const Agreement& agreement) {
    return agreement.state == "contracted" || agreement.state == "abandoned";
}

/// A price found by listing or auction was public already; every other one is agreed.
bool is_agreed_price(const base::json::object& body) {
    const std::string mode = base::text_at(body, "price_mode");
    return mode != "listing" && mode != "auction";
}

base::Error stale(const Agreement& agreement) {
    return base::error(base::ErrorKind::stale, "version_stale")
        .with("version", std::to_string(agreement.version));
}

void confirm_for(Agreement& agreement, const party::Actor& actor, base::Time now) {
    Confirmation& side =
        actor.organisation == agreement.seller ? agreement.by_seller : agreement.by_buyer;
    side = {actor.name, now};
}

std::string link_to(const Agreement& agreement) {
    return "/desk/agreements/" + agreement.id.text();
}

workflow::Event event_of(std::string_view transition) {
    workflow::Event event;
    event.transition = transition;
    return event;
}

}  // namespace

std::optional<base::Money> Agreement::price() const {
    const std::string amount = base::text_at(body, "price");
    if (amount.empty()) return std::nullopt;
    const auto currency = base::Currency::parse(base::text_at(body, "price_currency", "CNY"));
    CHECK_WITH(currency, id.text());
    const auto money = base::Money::parse(amount, *currency);
    CHECK_WITH(money, id.text());
    return *money;
}

std::vector<base::Error> check_terms(const base::json::object& body) {
    std::vector<base::Error> defects;
    const auto is_empty = [&](std::string_view field) {
        return base::trim(base::text_at(body, field)).empty();
    };
    if (is_empty("price") && is_empty("price_formula"))
        defects.push_back(base::invalid("price_missing").at("price"));
    const std::string currency = base::text_at(body, "price_currency", "CNY");
    if (!base::Currency::parse(currency))
        defects.push_back(base::invalid("currency_malformed").at("price_currency"));
    if (!is_agreed_price(body) && is_empty("market_reference"))
        defects.push_back(base::invalid("market_reference_missing").at("market_reference"));
    if (base::text_at(body, "related_party") == "related" && is_empty("related_explanation"))
        defects.push_back(base::invalid("related_explanation_missing").at("related_explanation"));
    return defects;
}

void Agreements::attach(workflow::Cases& cases) {
    cases_ = &cases;
    cases.follow(std::string(process),
                 [this](store::Transaction& transaction, const party::Actor& actor,
                        const workflow::Case& item, const workflow::Event& event) {
                     return follow(transaction, actor, item, event);
                 });
}

void Agreements::log(store::Transaction& transaction, const party::Actor& actor,
                     const Agreement& agreement, std::string_view what) const {
    transaction.append({.actor = actor.log_name(),
                        .place = agreement.place,
                        .subject = agreement.id.text(),
                        .action = "agreement." + std::string(what),
                        .payload = base::canonical_json(base::json::object{
                            {"contact", agreement.contact.text()},
                            {"seller", agreement.seller.text()},
                            {"buyer", agreement.buyer.text()},
                            {"revision", agreement.revision},
                            {"terms", vault_->commit(base::canonical_json(agreement.body))},
                            {"version", agreement.version}})});
}

base::Status Agreements::set_sides(store::Reader& reader, Agreement& agreement,
                                   const Contact& contact) const {
    const bool owner_sells = base::text_at(agreement.body, "seller_side") == "entry_owner";
    agreement.seller = owner_sells ? contact.owner : contact.requester;
    agreement.buyer = owner_sells ? contact.requester : contact.owner;
    const auto seller = TRY(party::Organisations::require(reader, agreement.seller));
    for (const auto& side : {agreement.seller, agreement.buyer}) {
        const auto organisation = TRY(party::Organisations::require(reader, side));
        if (organisation.state != party::OrganisationState::verified)
            return base::refuse(base::conflict("organisation_not_verified")
                                    .with("organisation", organisation.name));
    }
    const std::string& region = places_->region().code;
    agreement.place = party::Places::contains(region, seller.place) ? seller.place : region;
    agreement.needs_notice = seller.is_public_body && is_agreed_price(agreement.body);
    return {};
}

base::Result<Contact> Agreements::room_for(store::Reader& reader, const party::Actor& actor,
                                           const base::Id<Contact>& id) const {
    Contact contact = TRY(contacts_->read(reader, actor, id));
    TRY(permissions_->require(actor, "agreement.propose", contact.standing()));
    if (contact.state == "closed") return base::refuse(base::conflict("room_closed"));
    if (contact.state != "accepted")
        return base::refuse(base::conflict("room_not_open").with("state", contact.state));
    return contact;
}

base::Result<Agreement> Agreements::propose(store::Transaction& transaction,
                                            const party::Actor& actor,
                                            const base::Id<Contact>& contact_id,
                                            const base::json::object& body,
                                            std::int64_t expected_version) const {
    const Contact contact = TRY(room_for(transaction, actor, contact_id));
    std::vector<base::Error> defects =
        base::check_fields(body, form_->fields, base::Completeness::complete);
    if (defects.empty()) defects = check_terms(body);
    if (!defects.empty())
        return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
    const auto earlier = of_room(transaction, contact_id);
    if (earlier.empty() || earlier.front().state == "abandoned")
        return first_terms(transaction, actor, contact, body);
    return replace_terms(transaction, actor, earlier.front(), contact, body, expected_version);
}

base::Result<Agreement> Agreements::first_terms(store::Transaction& transaction,
                                                const party::Actor& actor, const Contact& contact,
                                                const base::json::object& body) const {
    Agreement agreement;
    agreement.id = transaction.new_id<Agreement>();
    agreement.contact = contact.id;
    agreement.entry = contact.entry;
    agreement.proposer = actor.organisation;
    agreement.body = body;
    agreement.state = "proposed";
    agreement.created_at = transaction.now();
    TRY(set_sides(transaction, agreement, contact));
    confirm_for(agreement, actor, transaction.now());
    insert(transaction, agreement);
    TRY(cases_->open(transaction, actor,
                     {.process = std::string(process),
                      .subject = agreement.id.text(),
                      .title = agreement.result_name(),
                      .standing = agreement.standing()}));
    log(transaction, actor, agreement, "proposed");
    TRY(tell_organisation(transaction, contact.other_side(actor.organisation),
                          "notify.agreement_proposed", {{"title", agreement.result_name()}},
                          link_to(agreement), "agreement:" + agreement.id.text() + ":1"));
    return agreement;
}

base::Result<Agreement> Agreements::replace_terms(store::Transaction& transaction,
                                                  const party::Actor& actor, Agreement agreement,
                                                  const Contact& contact,
                                                  const base::json::object& body,
                                                  std::int64_t expected_version) const {
    if (is_over(agreement)) return base::refuse(base::conflict("agreement_concluded"));
    if (agreement.version != expected_version) return base::refuse(stale(agreement));
    // First the step, so that a running notice ends under the terms it published.
    if (agreement.state != "proposed")
        agreement = TRY(step(transaction, agreement.id, "change_terms"));
    agreement.body = body;
    agreement.revision += 1;
    agreement.proposer = actor.organisation;
    agreement.by_seller = {};
    agreement.by_buyer = {};
    agreement.agreed_at.reset();
    TRY(set_sides(transaction, agreement, contact));
    confirm_for(agreement, actor, transaction.now());
    save(transaction, agreement);
    TRY(cases_->restate(transaction, process, agreement.id.text(), agreement.result_name(),
                        agreement.standing()));
    log(transaction, actor, agreement, "revised");
    TRY(tell_organisation(
        transaction, contact.other_side(actor.organisation), "notify.agreement_proposed",
        {{"title", agreement.result_name()}}, link_to(agreement),
        "agreement:" + agreement.id.text() + ":" + std::to_string(agreement.revision)));
    return agreement;
}

base::Result<Agreement> Agreements::confirm(store::Transaction& transaction,
                                            const party::Actor& actor,
                                            const base::Id<Agreement>& id,
                                            std::int64_t expected_version) const {
    Agreement agreement = TRY(read(transaction, actor, id));
    TRY(permissions_->require(actor, "agreement.propose", agreement.standing()));
    if (agreement.version != expected_version) return base::refuse(stale(agreement));
    if (agreement.state != "proposed")
        return base::refuse(base::conflict("wrong_state").with("state", agreement.state));
    const Confirmation& mine =
        actor.organisation == agreement.seller ? agreement.by_seller : agreement.by_buyer;
    if (mine.given()) return base::refuse(base::conflict("already_confirmed"));
    confirm_for(agreement, actor, transaction.now());
    if (agreement.by_seller.given() && agreement.by_buyer.given())
        agreement.agreed_at = transaction.now();
    save(transaction, agreement);
    log(transaction, actor, agreement, "confirmed");
    TRY(settle(transaction, agreement));
    return require(transaction, id);
}

/// Both have confirmed: agreed, and for a public body's agreed price a notice is needed. Its
/// decision must be on file by then (集体决策, 促进科技成果转化法 18 and its diligence rules).
base::Status Agreements::settle(store::Transaction& transaction, const Agreement& agreement) const {
    if (!agreement.agreed_at) return {};
    if (agreement.needs_notice) {
        const auto files = workflow::Attachments::of(transaction, agreement.contact.text());
        const bool has_minutes = std::ranges::any_of(files, [](const workflow::Attachment& file) {
            return file.kind == minutes_kind && !file.removed;
        });
        if (!has_minutes)
            return base::refuse(
                base::conflict("decision_minutes_missing").under("促进科技成果转化法 18"));
    }
    TRY(step(transaction, agreement.id, "agree"));
    if (agreement.needs_notice) TRY(step(transaction, agreement.id, "require_notice"));
    return {};
}

base::Result<Agreement> Agreements::abandon(store::Transaction& transaction,
                                            const party::Actor& actor,
                                            const base::Id<Agreement>& id, std::string_view text,
                                            std::int64_t expected_version) const {
    const Agreement agreement = TRY(read(transaction, actor, id));
    // Who may not take the step is told so, not that the record has changed.
    TRY(permissions_->require(actor, "agreement.propose", agreement.standing()));
    if (expected_version != 0 && agreement.version != expected_version)
        return base::refuse(stale(agreement));
    workflow::Event event = event_of("abandon");
    event.text = text;
    TRY(cases_->advance(transaction, actor, process, id.text(), event));
    return require(transaction, id);
}

base::Result<Agreement> Agreements::step(store::Transaction& transaction,
                                         const base::Id<Agreement>& id,
                                         std::string_view transition) const {
    TRY(require(transaction, id));
    TRY(cases_->advance(transaction, party::Actor::system(), process, id.text(),
                        event_of(transition)));
    return require(transaction, id);
}

base::Result<Agreement> Agreements::begin_notice(store::Transaction& transaction,
                                                 const base::Id<Agreement>& id) const {
    return step(transaction, id, "begin_notice");
}

base::Result<Agreement> Agreements::clear(store::Transaction& transaction,
                                          const base::Id<Agreement>& id) const {
    return step(transaction, id, "clear");
}

base::Result<Agreement> Agreements::uphold(store::Transaction& transaction,
                                           const base::Id<Agreement>& id) const {
    return step(transaction, id, "uphold");
}

base::Result<Agreement> Agreements::restart_notice(store::Transaction& transaction,
                                                   const base::Id<Agreement>& id) const {
    return step(transaction, id, "restart_notice");
}

base::Result<Agreement> Agreements::conclude(store::Transaction& transaction,
                                             const base::Id<Agreement>& id,
                                             std::string_view contract) const {
    Agreement agreement = TRY(require(transaction, id));
    agreement.contract = contract;
    save(transaction, agreement);
    agreement = TRY(step(transaction, id, "contract"));
    const auto entry = catalog::Entries::find(transaction, agreement.entry);
    const bool can_follow = entry && (entry->state == "published" || entry->state == "matched" ||
                                      entry->state == "expired");
    if (can_follow)
        TRY(entries_->follow_up(transaction, agreement.entry, catalog::Outcome::contracted));
    return agreement;
}

base::Status Agreements::follow(store::Transaction& transaction, const party::Actor& actor,
                                const workflow::Case& item, const workflow::Event&) const {
    Agreement agreement = TRY(require(transaction, base::Id<Agreement>(item.subject)));
    const std::string before = agreement.state;
    agreement.state = item.current.state;
    save(transaction, agreement);
    for (const Listener& listener : listeners_)
        TRY(listener(transaction, actor, agreement, before));
    if (agreement.state == "proposed") return {};  // told with the new terms
    const std::string key =
        "agreement:" + agreement.id.text() + ":" + std::to_string(agreement.version);
    for (const auto& side : {agreement.seller, agreement.buyer})
        if (side != actor.organisation)
            TRY(tell_organisation(transaction, side, "notify.agreement_" + agreement.state,
                                  {{"title", agreement.result_name()}}, link_to(agreement), key));
    return {};
}

std::optional<Agreement> Agreements::find(store::Reader& reader, const base::Id<Agreement>& id) {
    const auto row = reader.first(select("where id = :id"), {{"id", id}});
    if (!row) return std::nullopt;
    return read_row(*row);
}

base::Result<Agreement> Agreements::require(store::Reader& reader, const base::Id<Agreement>& id) {
    auto agreement = find(reader, id);
    if (!agreement) return base::refuse(base::not_found("agreement_unknown"));
    return std::move(*agreement);
}

base::Result<Agreement> Agreements::read(store::Reader& reader, const party::Actor& actor,
                                         const base::Id<Agreement>& id) const {
    auto agreement = find(reader, id);
    if (!agreement || !agreement->is_member(actor))
        return base::refuse(base::not_found("agreement_unknown"));
    return std::move(*agreement);
}

std::vector<Agreement> Agreements::of_room(store::Reader& reader,
                                           const base::Id<Contact>& contact) {
    std::vector<Agreement> result;
    for (const store::Row& row :
         reader.query(select("where contact = :contact order by created_at desc, id desc"),
                      {{"contact", contact}}))
        result.push_back(read_row(row));
    return result;
}

std::vector<Agreement> Agreements::list(store::Reader& reader, const party::Actor& actor,
                                        std::string_view before, std::size_t limit) {
    std::vector<Agreement> result;
    if (actor.organisation.empty()) return result;
    std::string where = "where (seller = :organisation or buyer = :organisation)";
    store::Bindings bindings{{"organisation", actor.organisation},
                             {"limit", static_cast<std::int64_t>(limit)}};
    if (!before.empty()) {
        where += " and id < :before";
        bindings.push_back({"before", before});
    }
    for (const store::Row& row :
         reader.query(select(where + " order by id desc limit :limit"), bindings))
        result.push_back(read_row(row));
    return result;
}

}  // namespace contract
