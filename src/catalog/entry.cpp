#include "catalog/entry.h"

#include <algorithm>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "catalog/body.h"
#include "catalog/entry_rows.h"
#include "party/place.h"
#include "workflow/history.h"

namespace catalog {
namespace {

std::string context_of(const base::Id<Entry>& id) {
    return "entry:" + id.text() + ":confidential";
}

base::Error not_found() {
    return base::not_found("entry_not_found");
}

base::Error version_stale(const Entry& entry) {
    return base::error(base::ErrorKind::stale, "version_stale")
        .with("version", std::to_string(entry.version));
}

/// Both tiers as one object: what forms are checked against and histories compare.
base::json::object joined(const base::json::object& body, const base::json::object& confidential) {
    base::json::object result = body;
    for (const auto& [key, value] : confidential)
        result[key] = value;
    return result;
}

void append(store::Transaction& transaction, const party::Actor& actor, const Entry& entry,
            std::string_view action, base::json::object payload) {
    payload["kind"] = entry.kind;
    payload["version"] = entry.version;
    transaction.append({.actor = actor.log_name(),
                        .place = entry.place,
                        .subject = entry.id.text(),
                        .action = "entry." + std::string(action),
                        .payload = base::canonical_json(payload)});
}

/// Fills title, visibility and language states from the body, which is normalised already.
void derive(const Kind& kind, Entry& entry) {
    entry.title = plain_text(entry.body, *kind.form.field("title"), entry.language);
    entry.visibility = visibility_of(kind, entry.body);
}

/// Contains that text, upper and lower case alike; the signs of LIKE stand for themselves.
std::string like_pattern(std::string_view part) {
    std::string pattern = "%";
    for (char c : base::to_lower_ascii(part)) {
        if (c == '%' || c == '_' || c == '!') pattern += '!';
        pattern += c;
    }
    return pattern + (part.empty() ? "" : "%");
}

/// What a published entry may not change without a new review: neither translations nor the
/// fields that the kind calls living (a calendar of bookings).
base::json::object reviewed_part(const Kind& kind, const base::json::object& body,
                                 std::string_view language) {
    base::json::object part = without_translations(body, kind.form, language);
    for (const std::string& name : kind.living)
        part.erase(name);
    return part;
}

bool may_change_everything(const Entry& entry) {
    return entry.state == "draft" || entry.state == "returned";
}

}  // namespace

const Kind& Entries::kind_of(const Entry& entry) const {
    const Kind* kind = kinds_->find(entry.kind);
    CHECK_WITH(kind != nullptr, entry.kind);
    return *kind;
}

std::string Entries::seal(const base::json::object& confidential, const base::Id<Entry>& id,
                          base::Random& random) const {
    if (confidential.empty()) return {};
    return base::to_base64(
        vault_->seal(base::canonical_json(confidential), context_of(id), random));
}

base::Result<Entry> Entries::create(store::Transaction& transaction, const party::Actor& actor,
                                    const EntryDraft& draft) const {
    TRY(kinds_->require(draft.kind));
    auto owner = draft.owner.empty() ? actor.organisation : draft.owner;
    if (owner.empty()) return base::refuse(base::invalid("organisation_missing").at("owner"));
    return create(transaction, actor, draft,
                  TRY(party::Organisations::require(transaction, owner)));
}

base::Result<Entry> Entries::create(store::Transaction& transaction, const party::Actor& actor,
                                    const EntryDraft& draft,
                                    const party::Organisation& organisation) const {
    const Kind& kind = *TRY(kinds_->require(draft.kind));
    Entry entry;
    entry.kind = draft.kind;
    entry.owner = organisation.id;
    entry.place = organisation.place;
    entry.author = actor.account;
    entry.language = draft.language.empty() ? "zh" : draft.language;
    entry.is_sample = draft.is_sample || organisation.is_sample;
    TRY(permissions_->require(actor, "entry.create", entry.standing()));
    if (!base::parse_language(entry.language)) {
        return base::refuse(base::invalid("language_unknown").at("language"));
    }

    base::json::object body = normalise(draft.body, kind.form, entry.language);
    mark_languages(body, {}, kind.form, entry.language);
    TRY(base::require_fields(body, kind.form.fields, base::Completeness::draft));
    base::json::object whole = body;
    base::json::object confidential = split_confidential(body, kind.form);

    entry.id = transaction.new_id<Entry>();
    entry.body = std::move(body);
    entry.created_at = transaction.now();
    entry.updated_at = transaction.now();
    derive(kind, entry);
    const workflow::Process* process = cases_->process(kind.process);
    CHECK_WITH(process != nullptr, kind.process);
    entry.state = process->initial();
    rows::insert(transaction, kind, entry, seal(confidential, entry.id, transaction.random()),
                 draft.import);
    store_marks(transaction, entry.id.text(), marks_of(kind, entry.body, entry.owner.text()));
    workflow::OpenCase request{kind.process, entry.id.text(), entry.title, entry.standing(), {}};
    request.payload = {{"kind", entry.kind},
                       {"commitment", vault_->commit(base::canonical_json(whole))}};
    TRY(cases_->open(transaction, actor, request));
    entry.has_confidential = !confidential.empty();
    return entry;
}

base::Result<Entry> Entries::update(store::Transaction& transaction, const party::Actor& actor,
                                    const base::Id<Entry>& id, const base::json::object& body,
                                    std::int64_t expected_version) const {
    Entry entry = TRY(read(transaction, actor, id));
    const Kind& kind = kind_of(entry);
    TRY(permissions_->require(actor, "entry.edit", entry.standing()));
    if (expected_version != 0 && expected_version != entry.version) {
        return base::refuse(version_stale(entry));
    }
    base::json::object hidden = TRY(confidential(transaction, entry));
    base::json::object before = joined(entry.body, hidden);

    base::json::object after = normalise(body, kind.form, entry.language);
    if (!may(actor, "entry.read_confidential", entry)) {
        split_confidential(after, kind.form);
        after = joined(after, hidden);
    }
    mark_languages(after, entry.body, kind.form, entry.language);
    TRY(base::require_fields(
        after, kind.form.fields,
        may_change_everything(entry) ? base::Completeness::draft : base::Completeness::complete));
    if (!may_change_everything(entry) &&
        reviewed_part(kind, before, entry.language) != reviewed_part(kind, after, entry.language)) {
        return base::refuse(base::conflict("entry_not_editable").with("state", entry.state));
    }
    if (before == after) return entry;

    entry.version += 1;
    entry.updated_at = transaction.now();
    workflow::record_history(transaction, actor, id.text(), entry.version, before, after,
                             kind.form.fields);
    std::string commitment = vault_->commit(base::canonical_json(after));
    base::json::object secret = split_confidential(after, kind.form);
    entry.body = std::move(after);
    std::string title_before = entry.title;
    derive(kind, entry);
    rows::update_body(transaction, kind, entry, seal(secret, id, transaction.random()));
    remove_marks(transaction, id.text());
    store_marks(transaction, id.text(), marks_of(kind, entry.body, entry.owner.text()));
    append(transaction, actor, entry, "edited", {{"commitment", commitment}});
    if (entry.title != title_before) {
        TRY(cases_->restate(transaction, kind.process, id.text(), entry.title, entry.standing()));
    }
    entry.has_confidential = !secret.empty();
    return entry;
}

std::optional<Entry> Entries::find(store::Reader& reader, const base::Id<Entry>& id) {
    auto row = reader.first("SELECT " CATALOG_ENTRY_COLUMNS " FROM catalog_entry WHERE id = :id",
                            {{"id", id}});
    if (!row) return {};
    return rows::read(*row);
}

base::Result<Entry> Entries::require(store::Reader& reader, const base::Id<Entry>& id) {
    auto entry = find(reader, id);
    if (!entry) return base::refuse(not_found());
    return std::move(*entry);
}

base::Result<Entry> Entries::read(store::Reader& reader, const party::Actor& actor,
                                  const base::Id<Entry>& id) const {
    Entry entry = TRY(require(reader, id));
    // One answer for "is not" and "not for you": an address must not betray a draft.
    if (!may_read(actor, entry)) return base::refuse(not_found());
    return entry;
}

bool Entries::may(const party::Actor& actor, std::string_view action, const Entry& entry) const {
    return permissions_->may(actor, action, entry.standing());
}

bool Entries::may_read(const party::Actor& actor, const Entry& entry) const {
    if (may(actor, "entry.read_private", entry)) return true;
    const workflow::Process* process = cases_->process(kind_of(entry).process);
    const workflow::State* state = process->state(entry.state);
    if (state == nullptr || !state->is_public) return false;
    if (entry.visibility == "parties") return false;
    return entry.visibility != "platform" || actor.signed_in();
}

bool Entries::may_see_owner(const party::Actor& actor, const Entry& entry) const {
    return entry.visibility != "anonymous" || may(actor, "entry.read_private", entry);
}

base::Result<base::json::object> Entries::confidential(store::Reader& reader,
                                                       const Entry& entry) const {
    std::string sealed = rows::sealed_of(reader, entry.id);
    if (sealed.empty()) return base::json::object{};
    std::string bytes = TRY(base::from_base64(sealed));
    std::string plain = TRY(vault_->open(bytes, context_of(entry.id)));
    base::json::value value = TRY(base::parse_json(plain));
    return base::require_object(value);
}

std::vector<Entry> Entries::list(store::Reader& reader, const EntryFilter& filter) {
    party::PlaceRange range{"", "999999"};
    if (!filter.place.empty()) range = party::Places::range(filter.place);
    store::Bindings bindings{
        {"kind", filter.kind},
        {"state", filter.state},
        {"before", filter.before.empty() ? std::string("Z") : filter.before},
        {"limit", static_cast<std::int64_t>(std::min<std::size_t>(filter.limit, 1000))}};
    bindings.push_back({"part", like_pattern(filter.title_part)});
    store::Rows found;
    if (!filter.owner.empty()) {
        bindings.push_back({"owner", filter.owner});
        found =
            reader.query("SELECT " CATALOG_ENTRY_COLUMNS
                         " FROM catalog_entry WHERE owner = :owner AND id < :before"
                         " AND (:kind = '' OR kind = :kind)"
                         " AND (:state = '' OR state = :state)"
                         " AND LOWER(title) LIKE :part ESCAPE '!' ORDER BY id DESC LIMIT :limit",
                         bindings);
    } else {
        bindings.push_back({"low", range.low});
        bindings.push_back({"high", range.high});
        found =
            reader.query("SELECT " CATALOG_ENTRY_COLUMNS
                         " FROM catalog_entry WHERE place >= :low AND place <= :high"
                         " AND id < :before AND (:kind = '' OR kind = :kind)"
                         " AND (:state = '' OR state = :state)"
                         " AND LOWER(title) LIKE :part ESCAPE '!' ORDER BY id DESC LIMIT :limit",
                         bindings);
    }
    std::vector<Entry> result;
    for (const store::Row& row : found)
        result.push_back(rows::read(row));
    return result;
}

std::vector<Duplicate> Entries::duplicates(store::Reader& reader, const Entry& entry) const {
    return find_duplicates(reader, Likeness::of(kind_of(entry), entry.body, entry.owner.text()),
                           entry.id.text());
}

}  // namespace catalog
