#include "party/organisation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/json.h"
#include "base/text.h"
#include "party/account.h"
#include "party/inbox.h"
#include "store/write_row.h"

namespace party {

namespace {

constexpr std::array<std::pair<std::string_view, OrganisationKind>, 12> kind_names{{
    {"university", OrganisationKind::university},
    {"institute", OrganisationKind::institute},
    {"enterprise", OrganisationKind::enterprise},
    {"transfer_institution", OrganisationKind::transfer_institution},
    {"registration_point", OrganisationKind::registration_point},
    {"government", OrganisationKind::government},
    {"market_operator", OrganisationKind::market_operator},
    {"hospital", OrganisationKind::hospital},
    {"association", OrganisationKind::association},
    {"financial", OrganisationKind::financial},
    {"foreign", OrganisationKind::foreign},
    {"other", OrganisationKind::other},
}};

constexpr std::array<std::pair<std::string_view, OrganisationState>, 4> state_names{{
    {"pending", OrganisationState::pending},
    {"verified", OrganisationState::verified},
    {"refused", OrganisationState::refused},
    {"suspended", OrganisationState::suspended},
}};

constexpr std::string_view select_organisation =
    "select id, credit_code, name, name_en, kind, is_public_body, place, address, introduction, "
    "state, decision_reason, is_sample, version, created_at from party_organisation ";

Organisation read_row(const store::Row& row) {
    Organisation organisation;
    organisation.id = row.id<Organisation>(0);
    organisation.credit_code = row.text(1);
    organisation.name = row.text(2);
    organisation.name_en = row.text(3);
    const auto kind = parse_organisation_kind(row.text(4));
    const auto state = parse_organisation_state(row.text(9));
    CHECK_WITH(kind && state, "organisation row " + row.text(0));
    organisation.kind = *kind;
    organisation.is_public_body = row.flag(5);
    organisation.place = row.text(6);
    organisation.address = row.text(7);
    organisation.introduction = row.text(8);
    organisation.state = *state;
    organisation.decision_reason = row.text(10);
    organisation.is_sample = row.flag(11);
    organisation.version = row.integer(12);
    organisation.created_at = row.time(13);
    return organisation;
}

std::string select(std::string_view rest) {
    return std::string(select_organisation) + std::string(rest);
}

/// Keeps `value` trimmed and notes what is wrong with it.
void check_text(std::vector<base::Error>& defects, std::string_view field, std::string& value,
                std::size_t length_min, std::size_t length_max) {
    if (!base::is_valid_utf8(value)) {
        defects.push_back(base::invalid("text_not_utf8").at(field));
        return;
    }
    value = base::trim(value);
    const std::size_t length = base::count_characters(value);
    if (length < length_min)
        defects.push_back(base::invalid("field_missing").at(field));
    else if (length > length_max)
        defects.push_back(
            base::invalid("field_too_long").with("max", std::to_string(length_max)).at(field));
    if (base::has_control_characters(value))
        defects.push_back(base::invalid("field_control_characters").at(field));
}

/// A GB/T 2260 code of another province: the region's own table does not have it.
bool is_code_elsewhere(std::string_view code, std::string_view region) {
    return code.size() == 6 &&
           std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; }) &&
           code >= "110000" && code < "830000" && !Places::contains(region, code);
}

bool can_be_public(OrganisationKind kind) {
    switch (kind) {
        case OrganisationKind::university:
        case OrganisationKind::institute:
        case OrganisationKind::hospital:
        case OrganisationKind::government:
        case OrganisationKind::association:
        case OrganisationKind::registration_point:
        case OrganisationKind::transfer_institution:
        case OrganisationKind::other:
            return true;
        default:
            return false;
    }
}

base::Status refuse_taken(store::Reader& reader, std::string_view credit_code,
                          const base::Id<Organisation>& self) {
    if (credit_code.empty()) return {};
    const auto other = Organisations::find_by_credit_code(reader, credit_code);
    if (other && other->id != self)
        return base::refuse(
            base::conflict("organisation_exists").with("name", other->name).at("credit_code"));
    return {};
}

void append_change(store::Transaction& transaction, const Actor& actor,
                   const Organisation& organisation, std::string_view action) {
    base::json::object payload{{"name", organisation.name},
                               {"credit_code", organisation.credit_code},
                               {"kind", to_string(organisation.kind)},
                               {"is_public_body", organisation.is_public_body},
                               {"state", to_string(organisation.state)},
                               {"version", organisation.version}};
    if (!organisation.decision_reason.empty()) payload["reason"] = organisation.decision_reason;
    transaction.append({.actor = actor.log_name(),
                        .place = organisation.place,
                        .subject = organisation.id.text(),
                        .action = std::string(action),
                        .payload = base::canonical_json(payload)});
}

void assign(Organisation& organisation, const OrganisationDraft& draft) {
    organisation.credit_code = draft.credit_code;
    organisation.name = draft.name;
    organisation.name_en = draft.name_en;
    organisation.kind = draft.kind;
    organisation.is_public_body = draft.is_public_body;
    organisation.place = draft.place;
    organisation.address = draft.address;
    organisation.introduction = draft.introduction;
}

/// What an officer has confirmed and nobody else may change quietly.
bool identity_differs(const Organisation& organisation, const OrganisationDraft& draft) {
    return draft.name != organisation.name || draft.credit_code != organisation.credit_code ||
           draft.kind != organisation.kind || draft.is_public_body != organisation.is_public_body ||
           draft.place != organisation.place;
}

store::Bindings bindings_of(const Organisation& organisation) {
    return {{"id", organisation.id},
            {"credit_code", organisation.credit_code},
            {"name", organisation.name},
            {"name_folded", base::fold(organisation.name)},
            {"name_en", organisation.name_en},
            {"kind", to_string(organisation.kind)},
            {"is_public_body", organisation.is_public_body},
            {"place", organisation.place},
            {"address", organisation.address},
            {"introduction", organisation.introduction},
            {"state", to_string(organisation.state)},
            {"decision_reason", organisation.decision_reason},
            {"is_sample", organisation.is_sample},
            {"version", organisation.version},
            {"created_at", organisation.created_at}};
}

void save(store::Transaction& transaction, const Organisation& organisation) {
    store::update_row(transaction, "party_organisation", bindings_of(organisation));
}

/// The members hear of a decision.
base::Status tell_members(store::Transaction& transaction, const Organisation& organisation) {
    for (const Account& member :
         Accounts::members_of(transaction, organisation.id, transaction.now())) {
        Notice notice;
        notice.account = member.id;
        notice.text_key = "notify.organisation_" + std::string(to_string(organisation.state));
        notice.parameters = {{"organisation", organisation.name},
                             {"reason", organisation.decision_reason}};
        notice.link = "/desk/organisations/" + organisation.id.text();
        TRY(Inbox::deliver(
            transaction, notice,
            "decided:" + organisation.id.text() + ":" + std::to_string(organisation.version)));
    }
    return {};
}

bool may_follow(OrganisationState from, OrganisationState to) {
    switch (to) {
        case OrganisationState::pending:
            return false;
        case OrganisationState::verified:
            return from != OrganisationState::verified;
        case OrganisationState::refused:
            return from == OrganisationState::pending;
        case OrganisationState::suspended:
            return from == OrganisationState::verified;
    }
    return false;
}

}  // namespace

base::Result<OrganisationKind> parse_organisation_kind(std::string_view code) {
    for (const auto& [text, kind] : kind_names)
        if (text == code) return kind;
    return base::refuse(
        base::invalid("organisation_kind_unknown").with("value", code.substr(0, 40)).at("kind"));
}

std::string_view to_string(OrganisationKind kind) {
    for (const auto& [text, value] : kind_names)
        if (value == kind) return text;
    CHECK_WITH(false, "organisation kind without a name");
    return {};
}

base::Result<OrganisationState> parse_organisation_state(std::string_view code) {
    for (const auto& [text, state] : state_names)
        if (text == code) return state;
    return base::refuse(
        base::invalid("organisation_state_unknown").with("value", code.substr(0, 40)).at("state"));
}

std::string_view to_string(OrganisationState state) {
    for (const auto& [text, value] : state_names)
        if (value == state) return text;
    CHECK_WITH(false, "organisation state without a name");
    return {};
}

Standing Organisations::standing_of(const Organisation& organisation) const {
    Standing standing;
    standing.owner = organisation.id;
    const std::string& region = places_->region().code;
    standing.place = Places::contains(region, organisation.place) ? organisation.place : region;
    return standing;
}

base::Result<OrganisationDraft> Organisations::checked(OrganisationDraft draft) const {
    std::vector<base::Error> defects;
    check_text(defects, "name", draft.name, 2, 100);
    check_text(defects, "name_en", draft.name_en, 0, 200);
    check_text(defects, "address", draft.address, 0, 200);
    check_text(defects, "introduction", draft.introduction, 0, 2000);
    const bool is_foreign = draft.kind == OrganisationKind::foreign;
    std::string code = base::trim(draft.credit_code);
    std::ranges::transform(code, code.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    draft.credit_code = code;
    if (code.empty() && !is_foreign)
        defects.push_back(base::invalid("field_missing").at("credit_code"));
    else if (!code.empty() && !is_valid_credit_code(code))
        defects.push_back(
            base::invalid("credit_code_invalid").at("credit_code").under("GB 32100-2015"));
    const bool place_known = places_->find(draft.place) != nullptr;
    if (draft.place.empty() && !is_foreign)
        defects.push_back(base::invalid("field_missing").at("place"));
    else if (!draft.place.empty() && !place_known &&
             !is_code_elsewhere(draft.place, places_->region().code))
        defects.push_back(
            base::invalid("place_unknown").with("code", draft.place.substr(0, 20)).at("place"));
    if (draft.is_public_body && !can_be_public(draft.kind))
        defects.push_back(base::invalid("public_body_wrong_kind")
                              .with("kind", to_string(draft.kind))
                              .at("is_public_body"));
    if (defects.empty()) return draft;
    return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
}

base::Result<Organisation> Organisations::insert(store::Transaction& transaction,
                                                 const Actor& actor, const OrganisationDraft& draft,
                                                 OrganisationState state) const {
    TRY(refuse_taken(transaction, draft.credit_code, {}));
    Organisation organisation;
    organisation.id = transaction.new_id<Organisation>();
    assign(organisation, draft);
    organisation.state = state;
    organisation.is_sample = draft.is_sample;
    organisation.created_at = transaction.now();
    store::insert_row(transaction, "party_organisation", bindings_of(organisation));
    append_change(transaction, actor, organisation, "organisation.created");
    TRY(tell(transaction, actor, organisation));
    return organisation;
}

base::Result<Organisation> Organisations::create(store::Transaction& transaction,
                                                 const Actor& actor,
                                                 const OrganisationDraft& draft) const {
    const std::string& region = places_->region().code;
    Standing standing;
    standing.place = Places::contains(region, draft.place) ? draft.place : region;
    TRY(permissions_->require(actor, "organisation.create", standing));
    const OrganisationDraft clean = TRY(checked(draft));
    return insert(transaction, actor, clean, OrganisationState::verified);
}

base::Result<Organisation> Organisations::create_pending(store::Transaction& transaction,
                                                         const Actor& actor,
                                                         const OrganisationDraft& draft) const {
    const OrganisationDraft clean = TRY(checked(draft));
    return insert(transaction, actor, clean, OrganisationState::pending);
}

base::Result<Organisation> Organisations::update(store::Transaction& transaction,
                                                 const Actor& actor,
                                                 const base::Id<Organisation>& id,
                                                 const OrganisationDraft& draft,
                                                 std::int64_t expected_version) const {
    Organisation organisation = TRY(require(transaction, id));
    const Standing standing = standing_of(organisation);
    TRY(permissions_->require(actor, "organisation.update", standing));
    if (organisation.version != expected_version)
        return base::refuse(base::error(base::ErrorKind::stale, "version_stale")
                                .with("version", std::to_string(organisation.version)));
    const OrganisationDraft clean = TRY(checked(draft));
    TRY(refuse_taken(transaction, clean.credit_code, id));
    const bool identity_changed = identity_differs(organisation, clean);
    const bool may_verify = permissions_->may(actor, "organisation.verify", standing);
    // Moving out of the officer's own area is not his to confirm.
    Organisation moved = organisation;
    moved.place = clean.place;
    const bool may_verify_there =
        may_verify && permissions_->may(actor, "organisation.verify", standing_of(moved));
    const bool was_suspended = organisation.state == OrganisationState::suspended;
    if (!was_suspended && !may_verify_there &&
        (identity_changed || organisation.state == OrganisationState::refused))
        organisation.state = OrganisationState::pending;
    assign(organisation, clean);
    organisation.version += 1;
    save(transaction, organisation);
    append_change(transaction, actor, organisation, "organisation.updated");
    TRY(tell(transaction, actor, organisation));
    return organisation;
}

base::Result<Organisation> Organisations::verify(store::Transaction& transaction,
                                                 const Actor& actor,
                                                 const base::Id<Organisation>& id,
                                                 OrganisationState decision,
                                                 std::string_view reason) const {
    Organisation organisation = TRY(require(transaction, id));
    TRY(permissions_->require(actor, "organisation.verify", standing_of(organisation)));
    if (!may_follow(organisation.state, decision))
        return base::refuse(base::conflict("already_decided")
                                .with("state", to_string(organisation.state))
                                .at("decision"));
    if (!base::is_valid_utf8(reason) || base::has_control_characters(reason))
        return base::refuse(base::invalid("field_control_characters").at("reason"));
    const std::string words = base::trim(reason);
    const std::size_t length = base::count_characters(words);
    if (decision != OrganisationState::verified && length < 5)
        return base::refuse(base::invalid("reason_missing").at("reason"));
    if (length > 500)
        return base::refuse(base::invalid("field_too_long").with("max", "500").at("reason"));
    organisation.state = decision;
    organisation.decision_reason = words;
    organisation.version += 1;
    save(transaction, organisation);
    append_change(transaction, actor, organisation,
                  "organisation." + std::string(to_string(decision)));
    TRY(tell(transaction, actor, organisation));
    TRY(tell_members(transaction, organisation));
    return organisation;
}

base::Status Organisations::tell(store::Transaction& transaction, const Actor& actor,
                                 const Organisation& organisation) const {
    if (!follower_) return {};
    return follower_(transaction, actor, organisation, standing_of(organisation));
}

std::optional<Organisation> Organisations::find(store::Reader& reader,
                                                const base::Id<Organisation>& id) {
    const auto row = reader.first(select("where id = :id"), {{"id", id}});
    if (!row) return std::nullopt;
    return read_row(*row);
}

base::Result<Organisation> Organisations::require(store::Reader& reader,
                                                  const base::Id<Organisation>& id) {
    auto organisation = find(reader, id);
    if (!organisation) return base::refuse(base::not_found("organisation_unknown"));
    return std::move(*organisation);
}

std::optional<Organisation> Organisations::find_by_credit_code(store::Reader& reader,
                                                               std::string_view code) {
    if (code.empty()) return std::nullopt;
    const auto row =
        reader.first(select("where credit_code = :code and credit_code <> ''"), {{"code", code}});
    if (!row) return std::nullopt;
    return read_row(*row);
}

std::vector<Organisation> Organisations::list(store::Reader& reader, const Filter& filter) {
    std::string where = "where id > :after";
    store::Bindings bindings{{"after", filter.after}};
    if (!filter.place.empty()) {
        const PlaceRange range = Places::range(filter.place);
        where += " and place between :low and :high";
        bindings.push_back({"low", range.low});
        bindings.push_back({"high", range.high});
    }
    if (filter.kind) {
        where += " and kind = :kind";
        bindings.push_back({"kind", to_string(*filter.kind)});
    }
    if (filter.state) {
        where += " and state = :state";
        bindings.push_back({"state", to_string(*filter.state)});
    }
    if (!filter.name_part.empty()) {
        std::string pattern = base::fold(filter.name_part);
        for (const std::string_view special : {"!", "%", "_"})
            pattern = base::replace_all(pattern, special, "!" + std::string(special));
        where += " and name_folded like :pattern escape '!'";
        bindings.push_back({"pattern", "%" + pattern + "%"});
    }
    where += " order by id limit :limit";
    bindings.push_back({"limit", static_cast<std::int64_t>(filter.limit)});
    std::vector<Organisation> result;
    for (const store::Row& row : reader.query(select(where), bindings))
        result.push_back(read_row(row));
    return result;
}

std::optional<Organisation> Organisations::registration_point_for(store::Reader& reader,
                                                                  std::string_view place) {
    if (place.size() != 6) return std::nullopt;
    const std::string county(place);
    const std::string city = county.substr(0, 4) + "00";
    const std::string region = county.substr(0, 2) + "0000";
    // The longest code that is not all zeros at its end is the nearest: county, city, region.
    const auto row = reader.first(
        select("where kind = 'registration_point' and state = 'verified' and (place = :county or "
               "place = :city or place = :region) order by place desc, id limit 1"),
        {{"county", county}, {"city", city}, {"region", region}});
    if (!row) return std::nullopt;
    return read_row(*row);
}

}  // namespace party
