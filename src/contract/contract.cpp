#include "contract/contract.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "contract/agreement.h"
#include "workflow/history.h"

namespace contract {
namespace {

constexpr std::string_view columns =
    "id, owner, counterpart, point, author, place, agreement, body, answers, pending_body, round, "
    "rule_set, accepted_on, registered_on, local_no, national_no, certificate_code, class_code, "
    "total_fen, technical_fen, decision, is_sample, version, created_at";

base::json::object stored_object(const std::string& text) {
    auto value = base::parse_json(text, 64 << 20);
    CHECK(value.has_value() && value->is_object());
    return value->get_object();
}

std::optional<base::Date> stored_date(const store::Row& row, std::size_t column) {
    if (row.is_null(column)) return {};
    auto date = base::Date::parse(row.text(column));
    CHECK(date.has_value());
    return *date;
}

Contract read_row(const store::Row& row) {
    Contract contract;
    contract.id = row.id<Contract>(0);
    contract.owner = row.id<party::Organisation>(1);
    contract.counterpart = row.id<party::Organisation>(2);
    contract.point = row.id<party::Organisation>(3);
    contract.author = row.id<party::Account>(4);
    contract.place = row.text(5);
    contract.agreement = row.text_or(6, {});
    contract.body = stored_object(row.text(7));
    contract.answers = stored_object(row.text(8));
    if (!row.is_null(9)) contract.pending_body = stored_object(row.text(9));
    contract.round = static_cast<int>(row.integer(10));
    contract.rule_set = row.text_or(11, {});
    contract.accepted_on = stored_date(row, 12);
    contract.registered_on = stored_date(row, 13);
    contract.local_no = row.text_or(14, {});
    contract.national_no = row.text_or(15, {});
    contract.certificate_code = row.text_or(16, {});
    contract.class_code = row.text_or(17, {});
    contract.total = base::Money::fen(row.integer(18));
    contract.technical = base::Money::fen(row.integer(19));
    contract.decision = stored_object(row.text(20));
    contract.is_sample = row.flag(21);
    contract.version = row.integer(22);
    contract.created_at = row.time(23);
    return contract;
}

std::optional<std::string> day_text(const std::optional<base::Date>& date) {
    if (!date) return {};
    return date->to_string();
}

std::optional<std::string> or_null(const std::string& text) {
    if (text.empty()) return {};
    return text;
}

/// The columns that lists and lookups need beside the body.
store::Bindings bindings_of(const Contract& contract) {
    std::optional<std::string> pending;
    if (contract.pending_body) pending = base::canonical_json(*contract.pending_body);
    std::string words =
        base::fold(contract.title() + " " + base::text_at(contract.body, "seller_name") + " " +
                   base::text_at(contract.body, "buyer_name") + " " + contract.local_no);
    return {{"id", contract.id},
            {"owner", contract.owner},
            {"counterpart", contract.counterpart},
            {"point", contract.point},
            {"author", contract.author},
            {"place", contract.place},
            {"agreement", or_null(contract.agreement)},
            {"body", base::canonical_json(contract.body)},
            {"answers", base::canonical_json(contract.answers)},
            {"pending_body", pending},
            {"round", contract.round},
            {"rule_set", or_null(contract.rule_set)},
            {"accepted_on", day_text(contract.accepted_on)},
            {"registered_on", day_text(contract.registered_on)},
            {"local_no", or_null(contract.local_no)},
            {"national_no", or_null(contract.national_no)},
            {"certificate_code", or_null(contract.certificate_code)},
            {"class_code", or_null(contract.class_code)},
            {"total", contract.total.minor},
            {"technical", contract.technical.minor},
            {"decision", base::canonical_json(contract.decision)},
            {"is_sample", contract.is_sample},
            {"words", words}};
}

std::vector<Contract> query(store::Reader& reader, std::string_view sql,
                            const store::Bindings& bindings) {
    std::vector<Contract> contracts;
    for (const store::Row& row : reader.query(sql, bindings))
        contracts.push_back(read_row(row));
    return contracts;
}

/// The range of places that an officer's grants cover; nothing when he is none.
std::optional<party::PlaceRange> officer_range(const party::Actor& actor) {
    for (const party::Grant& grant : actor.grants) {
        if (grant.role == "officer") return party::Places::range(grant.place);
    }
    return {};
}

}  // namespace

base::Result<Contract> Contracts::create(store::Transaction& transaction, const party::Actor& actor,
                                         const ContractDraft& draft) const {
    auto owner = party::Organisations::find(transaction, actor.organisation);
    party::Standing standing{
        owner ? owner->place : "", actor.organisation, draft.counterpart, {}, actor.account};
    TRY(permissions_->require(actor, "contract.create", standing));
    if (!owner || owner->state != party::OrganisationState::verified) {
        return base::refuse(base::forbidden("organisation_not_verified"));
    }
    TRY(check_body(draft.body, base::Completeness::draft));
    if (!draft.agreement.empty()) TRY(check_agreement(transaction, actor, draft.agreement));
    auto point = party::Organisations::registration_point_for(transaction, owner->place);
    if (!point) return base::refuse(base::conflict("point_missing").with("place", owner->place));
    Contract contract;
    contract.id = transaction.new_id<Contract>();
    contract.owner = actor.organisation;
    contract.counterpart = draft.counterpart;
    contract.point = point->id;
    contract.author = actor.account;
    contract.place = owner->place;
    contract.agreement = draft.agreement;
    contract.body = draft.body;
    contract.is_sample = owner->is_sample;
    contract.created_at = transaction.now();
    insert_contract(transaction, contract);
    workflow::record_history(transaction, actor, contract.id.text(), 1, {}, contract.body,
                             form_->fields);
    TRY(cases_->open(transaction, actor,
                     {.process = std::string(process),
                      .subject = contract.id.text(),
                      .title = contract.title(),
                      .standing = contract.standing()}));
    return contract;
}

base::Status Contracts::check_agreement(store::Reader& reader, const party::Actor& actor,
                                        const std::string& id) const {
    if (agreements_ == nullptr) return base::refuse(base::not_found("agreement_unknown"));
    Agreement agreement = TRY(agreements_->read(reader, actor, base::Id<Agreement>(id)));
    if (agreement.seller != actor.organisation) return base::refuse(base::forbidden("not_seller"));
    bool is_ready =
        agreement.state == "cleared" || (agreement.state == "agreed" && !agreement.needs_notice);
    if (!is_ready) {
        return base::refuse(base::conflict("agreement_not_ready").with("state", agreement.state));
    }
    return {};
}

base::Result<Contract> Contracts::update(store::Transaction& transaction, const party::Actor& actor,
                                         const base::Id<Contract>& id,
                                         const base::json::object& body,
                                         std::int64_t expected_version) const {
    Contract contract = TRY(read(transaction, actor, id));
    TRY(permissions_->require(actor, "contract.create", contract.standing()));
    workflow::Case current = TRY(cases_->require(transaction, process, id.text()));
    if (current.current.state != "draft" && current.current.state != "supplement") {
        return base::refuse(
            base::conflict("contract_not_editable").with("state", current.current.state));
    }
    if (contract.version != expected_version) {
        return base::refuse(base::error(base::ErrorKind::stale, "version_stale"));
    }
    TRY(check_body(body, base::Completeness::draft));
    workflow::record_history(transaction, actor, id.text(), contract.version + 1, contract.body,
                             body, form_->fields);
    contract.body = body;
    TRY(save_contract(transaction, contract));
    TRY(cases_->restate(transaction, process, id.text(), contract.title(), contract.standing()));
    return contract;
}

base::Result<Contract> Contracts::read(store::Reader& reader, const party::Actor& actor,
                                       const base::Id<Contract>& id) const {
    auto contract = find_contract(reader, id);
    if (!contract || !permissions_->may(actor, "contract.read", contract->standing())) {
        return base::refuse(base::not_found("contract_not_found"));
    }
    return *contract;
}

std::vector<Contracts::Listing> Contracts::list(store::Reader& reader, const party::Actor& actor,
                                                const Filter& filter) const {
    static const std::string sql =
        "select " + std::string(columns) +
        " from contract_contract where (owner = :own or counterpart = :own or point = :own "
        "or (:officer = 1 and place >= :low and place <= :high)) "
        "and (:first_page = 1 or id < :after) and (:any_words = 1 or words like :words) "
        "order by id desc limit :limit";
    auto range = officer_range(actor);
    std::string own = actor.organisation.empty() ? "-" : actor.organisation.text();
    std::string words = "%" + base::replace_all(base::fold(filter.words), "%", "") + "%";
    std::vector<Listing> listing;
    std::string after = filter.after;
    // The state stands with the case, so rows are filtered here; pages are filled by reading on.
    while (listing.size() < filter.limit) {
        auto page = query(reader, sql,
                          {{"own", own},
                           {"officer", range.has_value()},
                           {"low", range ? range->low : ""},
                           {"high", range ? range->high : ""},
                           {"first_page", after.empty()},
                           {"after", after},
                           {"any_words", filter.words.empty()},
                           {"words", words},
                           {"limit", static_cast<std::int64_t>(filter.limit)}});
        for (Contract& contract : page) {
            after = contract.id.text();
            auto current = cases_->find(reader, process, contract.id.text());
            CHECK(current.has_value());
            if (!filter.state.empty() && current->current.state != filter.state) continue;
            if (listing.size() == filter.limit) break;
            listing.push_back({std::move(contract), current->current.state, current->current.due});
        }
        if (page.size() < filter.limit) break;
    }
    return listing;
}

base::Status Contracts::check_body(const base::json::object& body,
                                   base::Completeness completeness) const {
    std::vector<base::Error> defects = base::check_fields(body, form_->fields, completeness);
    if (completeness == base::Completeness::complete && defects.empty()) {
        defects = check_consistency(body, *places_);
    }
    if (defects.empty()) return {};
    return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
}

std::optional<Contract> find_contract(store::Reader& reader, const base::Id<Contract>& id) {
    static const std::string sql =
        "select " + std::string(columns) + " from contract_contract where id = :id";
    auto found = query(reader, sql, {{"id", id}});
    if (found.empty()) return {};
    return found.front();
}

std::optional<Contract> find_registered(store::Reader& reader, std::string_view number_or_code) {
    static const std::string sql = "select " + std::string(columns) +
                                   " from contract_contract where (local_no = :code or "
                                   "certificate_code = :code) and registered_on is not null";
    auto found = query(reader, sql, {{"code", number_or_code}});
    if (found.empty()) return {};
    return found.front();
}

std::vector<Contract> registrations_of(store::Reader& reader,
                                       const base::Id<party::Organisation>& owner, base::Date from,
                                       base::Date to) {
    static const std::string sql =
        "select " + std::string(columns) +
        " from contract_contract where owner = :owner and registered_on >= :from and registered_on "
        "<= :to order by local_no";
    return query(reader, sql,
                 {{"owner", owner}, {"from", from.to_string()}, {"to", to.to_string()}});
}

void insert_contract(store::Transaction& transaction, const Contract& contract) {
    store::Bindings bindings = bindings_of(contract);
    bindings.push_back({"version", contract.version});
    bindings.push_back({"created_at", contract.created_at});
    static const std::string sql =
        "insert into contract_contract (" + std::string(columns) +
        ", words) values (:id, :owner, :counterpart, :point, :author, :place, :agreement, :body, "
        ":answers, :pending_body, :round, :rule_set, :accepted_on, :registered_on, :local_no, "
        ":national_no, :certificate_code, :class_code, :total, :technical, :decision, :is_sample, "
        ":version, :created_at, :words)";
    transaction.execute(sql, bindings);
}

base::Status save_contract(store::Transaction& transaction, Contract& contract) {
    store::Bindings bindings = bindings_of(contract);
    bindings.push_back({"version", contract.version});
    std::int64_t rows = transaction.execute(
        "update contract_contract set owner = :owner, counterpart = :counterpart, point = :point, "
        "author = :author, place = :place, agreement = :agreement, body = :body, "
        "answers = :answers, pending_body = :pending_body, round = :round, rule_set = :rule_set, "
        "accepted_on = :accepted_on, registered_on = :registered_on, local_no = :local_no, "
        "national_no = :national_no, certificate_code = :certificate_code, "
        "class_code = :class_code, total_fen = :total, technical_fen = :technical, "
        "decision = :decision, is_sample = :is_sample, words = :words, version = version + 1 "
        "where id = :id and version = :version",
        bindings);
    if (rows != 1) return base::refuse(base::error(base::ErrorKind::stale, "version_stale"));
    ++contract.version;
    return {};
}

}  // namespace contract
