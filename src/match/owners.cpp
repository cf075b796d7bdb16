#include "match/owners.h"

#include "base/json.h"
#include "party/organisation.h"
#include "store/write_row.h"

namespace match {
namespace {

base::Status require_organisation(const party::Actor& actor) {
    if (!actor.signed_in())
        return base::refuse(base::error(base::ErrorKind::unauthenticated, "not_signed_in"));
    if (actor.organisation.empty()) return base::refuse(base::conflict("organisation_missing"));
    return {};
}

void log(store::Transaction& transaction, const party::Actor& actor, std::string_view other,
         std::string_view what) {
    base::json::object payload{{"other", other}};
    transaction.append({.actor = actor.log_name(),
                        .place = {},
                        .subject = actor.organisation.text(),
                        .action = "match.owner_" + std::string(what),
                        .payload = base::canonical_json(payload)});
}

}  // namespace

void Owners::note_answer(store::Transaction& transaction, std::string_view contact,
                         std::string_view owner, std::string_view state) {
    std::int64_t known =
        transaction.execute("UPDATE match_answer SET state = :state WHERE contact = :contact",
                            {{"state", state}, {"contact", contact}});
    if (known > 0) return;
    store::insert_row(transaction, "match_answer",
                      {{"contact", contact}, {"owner", owner}, {"state", state}});
}

OwnerFacts Owners::facts_of(store::Reader& reader, std::string_view owner) {
    auto organisation =
        party::Organisations::find(reader, base::Id<party::Organisation>(std::string(owner)));
    OwnerFacts facts;
    facts.is_foreign = organisation && organisation->kind == party::OrganisationKind::foreign;
    facts.record = record_of(reader, owner);
    facts.blocked = blocked_by(reader, owner);
    return facts;
}

AnswerRecord Owners::record_of(store::Reader& reader, std::string_view owner) {
    AnswerRecord record;
    for (const store::Row& row : reader.query(
             "SELECT state, COUNT(*) FROM match_answer WHERE owner = :owner GROUP BY state",
             {{"owner", owner}})) {
        const std::string& state = row.text(0);
        auto count = static_cast<int>(row.integer(1));
        bool answered = state == "accepted" || state == "refused" || state == "closed";
        if (answered) record.answered += count;
        if (answered || state == "lapsed") record.due += count;
    }
    return record;
}

base::Status Owners::block(store::Transaction& transaction, const party::Actor& actor,
                           std::string_view other) {
    TRY(require_organisation(actor));
    if (other == actor.organisation.text())
        return base::refuse(base::invalid("block_own_organisation").at("organisation"));
    std::int64_t present = transaction.number(
        "SELECT COUNT(*) FROM match_block WHERE organisation = :own AND blocked = :other",
        {{"own", actor.organisation}, {"other", other}});
    if (present > 0) return {};
    store::insert_row(transaction, "match_block",
                      {{"organisation", actor.organisation},
                       {"blocked", other},
                       {"account", actor.account},
                       {"at", transaction.now()}});
    log(transaction, actor, other, "blocked");
    return {};
}

base::Status Owners::unblock(store::Transaction& transaction, const party::Actor& actor,
                             std::string_view other) {
    TRY(require_organisation(actor));
    std::int64_t removed = transaction.execute(
        "DELETE FROM match_block WHERE organisation = :own AND blocked = :other",
        {{"own", actor.organisation}, {"other", other}});
    if (removed == 0) return base::refuse(base::not_found("block_unknown"));
    log(transaction, actor, other, "unblocked");
    return {};
}

std::vector<std::string> Owners::blocked_by(store::Reader& reader, std::string_view organisation) {
    std::vector<std::string> blocked;
    for (const store::Row& row :
         reader.query("SELECT blocked FROM match_block WHERE organisation = :own ORDER BY blocked",
                      {{"own", organisation}}))
        blocked.push_back(row.text(0));
    return blocked;
}

}  // namespace match
