#include "match/evidence.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/check.h"
#include "base/text.h"
#include "store/write_row.h"

namespace match {
namespace {

constexpr std::string_view kind_names[] = {"no", "good", "reply", "meeting", "contract"};
constexpr std::size_t note_characters_max = 500;

// Eight reasons that companies give most (and two of ours: the matcher's own faults).
constexpr std::string_view reasons[] = {
    "other_problem", "other_material", "too_early", "benefit_unclear", "route_unclear",
    "text_unclear",  "doubtful",       "price",     "already_known",   "other"};

#define EVIDENCE_COLUMNS                                                          \
    "id, demand, achievement, kind, reason, note, account, organisation, shares," \
    " weights_version, at"

/// Shares are kept in thousandths: no floating value enters the store.
std::string stored(const Shares& shares) {
    base::json::object object;
    for (const auto& [part, share] : shares)
        object[part] = std::llround(share * 1000);
    return base::canonical_json(object);
}

Shares read_shares(const std::string& text) {
    Shares shares;
    auto value = base::parse_json(text);
    CHECK(value && value->is_object());
    for (const auto& [part, share] : value->get_object())
        shares[std::string(part)] = static_cast<double>(share.to_number<std::int64_t>()) / 1000;
    return shares;
}

Evidence read_row(const store::Row& row) {
    Evidence item;
    item.id = row.text(0);
    item.demand = row.text(1);
    item.achievement = row.text(2);
    auto kind = parse_evidence_kind(row.text(3));
    CHECK_WITH(kind.has_value(), item.id);
    item.kind = *kind;
    item.reason = row.text(4);
    item.note = row.text(5);
    item.account = row.text(6);
    item.organisation = row.text(7);
    item.shares = read_shares(row.text(8));
    item.weights_version = row.integer(9);
    item.at = row.time(10);
    return item;
}

void insert(store::Transaction& transaction, const Evidence& item, std::string_view source,
            const std::string& actor) {
    store::insert_row(transaction, "match_evidence",
                      {{"id", item.id},
                       {"demand", item.demand},
                       {"achievement", item.achievement},
                       {"kind", to_string(item.kind)},
                       {"reason", item.reason},
                       {"note", item.note},
                       {"account", item.account},
                       {"organisation", item.organisation},
                       {"source", source},
                       {"shares", stored(item.shares)},
                       {"weights_version", item.weights_version},
                       {"at", item.at}});
    base::json::object payload{
        {"achievement", item.achievement}, {"kind", to_string(item.kind)}, {"reason", item.reason}};
    transaction.append({.actor = actor,
                        .place = {},
                        .subject = item.demand,
                        .action = "match.evidence_recorded",
                        .payload = base::canonical_json(payload)});
}

party::Standing standing_of(const PairSide& demand, const PairSide& achievement) {
    party::Standing standing;
    standing.place = demand.place;
    standing.owner = base::Id<party::Organisation>(demand.owner);
    standing.counterpart = base::Id<party::Organisation>(achievement.owner);
    return standing;
}

bool acts_for(const party::Actor& actor, std::string_view organisation) {
    return !organisation.empty() &&
           (actor.organisation.text() == organisation ||
            std::any_of(actor.grants.begin(), actor.grants.end(), [&](const party::Grant& grant) {
                return grant.organisation.text() == organisation;
            }));
}

}  // namespace

std::string_view to_string(EvidenceKind kind) {
    return kind_names[static_cast<std::size_t>(kind)];
}

std::optional<EvidenceKind> parse_evidence_kind(std::string_view name) {
    auto found = std::find(std::begin(kind_names), std::end(kind_names), name);
    if (found == std::end(kind_names)) return std::nullopt;
    return static_cast<EvidenceKind>(found - std::begin(kind_names));
}

Shares shares_of(const Score& score) {
    Shares shares;
    for (const Reason& reason : score.reasons) {
        if (reason.known && reason.share_max > 0)
            shares[std::string(to_string(reason.part))] = reason.share / reason.share_max;
    }
    return shares;
}

std::vector<std::string_view> refusal_reasons() {
    return {std::begin(reasons), std::end(reasons)};
}

VerdictRight EvidenceBook::right_of(const party::Actor& actor, const PairSide& demand,
                                    const PairSide& achievement) const {
    party::Standing standing = standing_of(demand, achievement);
    VerdictRight right;
    right.may_refuse = permissions_->may(actor, "match.judge", standing);
    standing.place = achievement.place;
    right.may_refuse = right.may_refuse || permissions_->may(actor, "match.judge", standing);
    right.may_approve =
        right.may_refuse && !acts_for(actor, demand.owner) && !acts_for(actor, achievement.owner);
    return right;
}

base::Result<Evidence> EvidenceBook::judge(store::Transaction& transaction,
                                           const party::Actor& actor, const VerdictRequest& request,
                                           const Score& score, std::int64_t weights_version) const {
    VerdictRight right = right_of(actor, request.demand_side, request.achievement_side);
    if (!right.may_refuse) {
        TRY(permissions_->require(actor, "match.judge",
                                  standing_of(request.demand_side, request.achievement_side)));
    }
    if (request.is_good && !right.may_approve)
        return base::refuse(base::conflict("verdict_on_own_pair"));
    bool reason_known =
        std::find(std::begin(reasons), std::end(reasons), request.reason) != std::end(reasons);
    if (!request.is_good && !reason_known) {
        return base::refuse(base::invalid("refusal_reason_unknown").at("reason"));
    }
    if (base::count_characters(request.note) > note_characters_max) {
        return base::refuse(base::invalid("field_too_long")
                                .with("max", std::to_string(note_characters_max))
                                .at("note"));
    }
    Evidence item;
    item.id = base::new_ulid(transaction.now(), transaction.random());
    item.demand = request.demand;
    item.achievement = request.achievement;
    item.kind = request.is_good ? EvidenceKind::good : EvidenceKind::no;
    item.reason = request.is_good ? "" : request.reason;
    item.note = base::trim(request.note);
    item.account = actor.account.text();
    item.organisation = actor.organisation.text();
    item.shares = shares_of(score);
    item.weights_version = weights_version;
    item.at = transaction.now();
    insert(transaction, item, item.id, actor.log_name());
    return item;
}

base::Result<bool> EvidenceBook::observe(store::Transaction& transaction, EvidenceKind kind,
                                         std::string_view demand, std::string_view achievement,
                                         std::string_view source, const Score& score,
                                         std::int64_t weights_version) const {
    CHECK(kind != EvidenceKind::good && kind != EvidenceKind::no);
    std::int64_t present = transaction.number(
        "SELECT COUNT(*) FROM match_evidence WHERE kind = :kind AND source = :source",
        {{"kind", to_string(kind)}, {"source", source}});
    if (present > 0) return false;
    Evidence item;
    item.id = base::new_ulid(transaction.now(), transaction.random());
    item.demand = demand;
    item.achievement = achievement;
    item.kind = kind;
    item.shares = shares_of(score);
    item.weights_version = weights_version;
    item.at = transaction.now();
    insert(transaction, item, source, "system");
    return true;
}

std::vector<Evidence> EvidenceBook::all(store::Reader& reader, std::size_t limit) {
    std::map<std::string, Evidence> latest;
    for (const store::Row& row :
         reader.query("SELECT " EVIDENCE_COLUMNS
                      " FROM match_evidence ORDER BY at DESC, id DESC LIMIT :limit",
                      {{"limit", static_cast<std::int64_t>(limit)}})) {
        Evidence item = read_row(row);
        std::string what = item.account.empty() ? std::string(to_string(item.kind)) : item.account;
        latest.try_emplace(item.demand + ' ' + item.achievement + ' ' + what, item);
    }
    std::vector<Evidence> result;
    for (auto& [key, item] : latest)
        result.push_back(std::move(item));
    std::sort(result.begin(), result.end(),
              [](const Evidence& a, const Evidence& b) { return a.id < b.id; });
    return result;
}

std::int64_t EvidenceBook::count(store::Reader& reader) {
    return reader.number(
        "SELECT COUNT(*) FROM (SELECT DISTINCT demand, achievement,"
        " CASE WHEN account = '' THEN kind ELSE account END AS who FROM match_evidence) latest");
}

std::vector<std::pair<std::string, std::string>> EvidenceBook::judged_by(
    store::Reader& reader, const party::Actor& actor) {
    std::vector<std::pair<std::string, std::string>> pairs;
    store::Rows rows = actor.organisation.empty()
                           ? reader.query(
                                 "SELECT demand, achievement FROM match_evidence"
                                 " WHERE account = :account",
                                 {{"account", actor.account}})
                           : reader.query(
                                 "SELECT demand, achievement FROM match_evidence"
                                 " WHERE organisation = :organisation",
                                 {{"organisation", actor.organisation}});
    for (const store::Row& row : rows)
        pairs.emplace_back(row.text(0), row.text(1));
    return pairs;
}

std::vector<Evidence> EvidenceBook::of_pair(store::Reader& reader, std::string_view demand,
                                            std::string_view achievement) {
    std::vector<Evidence> result;
    for (const store::Row& row :
         reader.query("SELECT " EVIDENCE_COLUMNS " FROM match_evidence WHERE demand = :demand"
                      " AND achievement = :achievement ORDER BY id",
                      {{"demand", demand}, {"achievement", achievement}})) {
        result.push_back(read_row(row));
    }
    return result;
}

std::map<std::string, std::int64_t> EvidenceBook::refusals(store::Reader& reader) {
    std::map<std::string, std::int64_t> counts;
    for (const store::Row& row :
         reader.query("SELECT reason, COUNT(*) FROM match_evidence WHERE kind = 'no'"
                      " GROUP BY reason")) {
        counts[row.text(0)] = row.integer(1);
    }
    return counts;
}

}  // namespace match
