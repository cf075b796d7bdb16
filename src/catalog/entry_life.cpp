#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/text.h"
#include "catalog/body.h"
#include "catalog/entry.h"
#include "catalog/entry_rows.h"
#include "indicator/fact.h"
#include "party/inbox.h"

namespace catalog {
namespace {

constexpr std::int64_t batch_max = 200;

base::Id<Entry> id_of(const workflow::Case& item) {
    return base::Id<Entry>(item.subject);
}

indicator::Fact fact_of(const Kind& kind, const Entry& entry, std::string_view what,
                        base::Time now) {
    indicator::Fact fact;
    fact.kind = "entry." + std::string(what);
    fact.subject = entry.id.text();
    fact.place = entry.place;
    fact.day = base::date_in_shanghai(now);
    fact.class_code = entry.kind;
    fact.field =
        base::text_at(entry.body, kind.columns.field, base::text_at(entry.body, kind.columns.card));
    fact.is_sample = entry.is_sample;
    return fact;
}

/// Tells the author what somebody else did with the entry.
base::Status tell_author(store::Transaction& transaction, const Entry& entry,
                         std::string_view text_key, std::string_view once_key) {
    if (entry.author.empty()) return {};
    party::Notice notice;
    notice.account = entry.author;
    notice.text_key = "notify." + std::string(text_key);
    notice.parameters = {{"title", entry.title}};
    if (entry.valid_until) {
        notice.parameters.emplace(
            "date", base::date_in_shanghai(*entry.valid_until - base::microseconds(1)).to_string());
    }
    notice.link = "/desk/entries/" + entry.id.text();
    return party::Inbox::deliver(transaction, notice, once_key);
}

std::vector<base::Id<Entry>> due_entries(store::Reader& reader, std::string_view sql,
                                         base::Time now) {
    std::vector<base::Id<Entry>> ids;
    for (const store::Row& row : reader.query(sql, {{"now", now}, {"limit", batch_max}})) {
        ids.push_back(row.id<Entry>(0));
    }
    return ids;
}

/// Steps whose words the texts know; those of another region's process are told in general words.
std::string text_key_of(std::string_view transition) {
    constexpr std::string_view known[] = {"return",  "publish",  "take_down", "expire", "match",
                                          "unmatch", "contract", "reopen",    "close"};
    for (std::string_view code : known) {
        if (code == transition) return "entry_" + std::string(code);
    }
    return "entry_changed";
}

/// The transition of the process that an outcome takes, and the states it leads to or past.
struct OutcomeStep {
    std::string_view transition;
    std::string_view state;
};

OutcomeStep step_for(Outcome outcome) {
    switch (outcome) {
        case Outcome::matched:
            return {"match", "matched"};
        case Outcome::unmatched:
            return {"unmatch", "published"};
        case Outcome::contracted:
            return {"contract", "contracted"};
        case Outcome::reopened:
            return {"reopen", "published"};
        case Outcome::closed:
            return {"close", "closed"};
    }
    CHECK(false);
    return {};
}

}  // namespace

workflow::Effect Entries::bind(EffectMethod method) const {
    return [this, method](store::Transaction& transaction, const party::Actor& actor,
                          const workflow::Case& item, const workflow::Event& event) {
        return (this->*method)(transaction, actor, item, event);
    };
}

void Entries::attach(workflow::Cases& cases) {
    CHECK(cases_ == nullptr);
    cases_ = &cases;
    cases.effect("entry.check_complete", bind(&Entries::check_complete));
    cases.effect("entry.publish", bind(&Entries::publish));
    cases.effect("entry.unpublish", bind(&Entries::unpublish));
    cases.effect("entry.renew", bind(&Entries::renew));
    std::set<std::string> processes;
    for (const Kind& kind : kinds_->all())
        processes.insert(kind.process);
    for (const std::string& process : processes)
        cases.follow(process, bind(&Entries::mirror));
}

base::Result<Entry> Entries::advance(store::Transaction& transaction, const party::Actor& actor,
                                     const base::Id<Entry>& id, const workflow::Event& event,
                                     std::int64_t expected_version) const {
    Entry entry = TRY(read(transaction, actor, id));
    std::int64_t case_version = 0;
    if (expected_version != 0 && expected_version != entry.version) {
        case_version = -1;  // stale for certain, but only told to those who may take the step
    }
    auto moved =
        cases_->advance(transaction, actor, kind_of(entry).process, id.text(), event, case_version);
    if (!moved && moved.error().code == "version_stale") {
        return base::refuse(base::error(base::ErrorKind::stale, "version_stale")
                                .with("version", std::to_string(entry.version)));
    }
    TRY(std::move(moved));
    return require(transaction, id);
}

base::Status Entries::follow_up(store::Transaction& transaction, const base::Id<Entry>& id,
                                Outcome outcome) const {
    Entry entry = TRY(require(transaction, id));
    OutcomeStep step = step_for(outcome);
    if (entry.state == step.state) return {};
    workflow::Event event;
    event.transition = step.transition;
    TRY(cases_->advance(transaction, party::Actor::system(), kind_of(entry).process, id.text(),
                        event));
    return {};
}

/// The entry's own state and version follow the case, whoever moved it.
base::Status Entries::mirror(store::Transaction& transaction, const party::Actor& actor,
                             const workflow::Case& item, const workflow::Event& event) const {
    std::int64_t changed = transaction.execute(
        "UPDATE catalog_entry SET state = :state, version = version + 1, updated_at = :now"
        " WHERE id = :id",
        {{"state", item.current.state}, {"now", transaction.now()}, {"id", item.subject}});
    CHECK(changed == 1);
    Entry entry = TRY(require(transaction, id_of(item)));
    if (actor.account == entry.author) return {};
    return tell_author(transaction, entry, text_key_of(event.transition),
                       "entry:" + item.subject + ":" + std::to_string(entry.version));
}

base::Status Entries::check_complete(store::Transaction& transaction, const party::Actor&,
                                     const workflow::Case& item, const workflow::Event&) const {
    Entry entry = TRY(require(transaction, id_of(item)));
    base::json::object whole = entry.body;
    for (const auto& [key, value] : TRY(confidential(transaction, entry)))
        whole[key] = value;
    TRY(base::require_fields(whole, kind_of(entry).form.fields, base::Completeness::complete));
    TRY(superseded(transaction, entry));
    TRY(check_ends(transaction, entry));
    auto organisation = TRY(party::Organisations::require(transaction, entry.owner));
    if (organisation.state != party::OrganisationState::verified) {
        return base::refuse(base::conflict("organisation_not_verified"));
    }
    return {};
}

base::Result<std::optional<Entry>> Entries::superseded(store::Reader& reader,
                                                       const Entry& entry) const {
    const std::string& column = kind_of(entry).columns.supersedes;
    std::string id = base::text_at(entry.body, column);
    if (column.empty() || id.empty()) return std::optional<Entry>();
    auto older = find(reader, base::Id<Entry>(id));
    // Only one's own: otherwise anybody could push a stranger's entry off the list.
    bool fits =
        older && older->kind == entry.kind && older->owner == entry.owner && older->id != entry.id;
    if (!fits) return base::refuse(base::invalid("superseded_entry_unfit").at(column));
    return older;
}

base::Status Entries::check_ends(store::Transaction& transaction, const Entry& entry) const {
    const std::string& column = kind_of(entry).columns.ends;
    auto ends = base::Date::parse(base::text_at(entry.body, column));
    if (!ends || base::end_of_day(*ends) > transaction.now()) return {};
    return base::refuse(
        base::invalid("entry_over_already").with("date", ends->to_string()).at(column));
}

void Entries::set_validity(store::Transaction& transaction, const Entry& entry) const {
    const Kind& kind = kind_of(entry);
    base::Date today = base::date_in_shanghai(transaction.now());
    base::Time valid_until = base::end_of_day(plus_months(today, kind.validity_months));
    if (auto ends = base::Date::parse(base::text_at(entry.body, kind.columns.ends)))
        valid_until = std::min(valid_until, base::end_of_day(*ends));
    transaction.execute(
        "UPDATE catalog_entry SET valid_until = :valid_until, remind_at = :remind_at,"
        " published_at = :now, first_published_at = COALESCE(first_published_at, :now)"
        " WHERE id = :id",
        {{"valid_until", valid_until},
         {"remind_at", valid_until - base::days(kind.remind_days)},
         {"now", transaction.now()},
         {"id", entry.id}});
}

base::Status Entries::publish(store::Transaction& transaction, const party::Actor&,
                              const workflow::Case& item, const workflow::Event&) const {
    Entry entry = TRY(require(transaction, id_of(item)));
    // Only the first publication counts; see the caliber of achievements_published.
    if (!entry.first_published_at) {
        indicator::record(transaction,
                          fact_of(kind_of(entry), entry, "published", transaction.now()));
    }
    set_validity(transaction, entry);
    auto older = TRY(superseded(transaction, entry));
    bool offered = older && (older->state == "published" || older->state == "matched" ||
                             older->state == "expired");
    if (!offered) return {};
    // The step's words are the id of the newer entry: the older one's page leads there.
    workflow::Event replaced{.transition = "supersede", .text = entry.id.text()};
    TRY(cases_->advance(transaction, party::Actor::system(), kind_of(entry).process,
                        older->id.text(), replaced));
    return {};
}

base::Status Entries::unpublish(store::Transaction& transaction, const party::Actor&,
                                const workflow::Case& item, const workflow::Event& event) const {
    Entry entry = TRY(require(transaction, id_of(item)));
    std::string_view what = item.current.state == "expired" ? "expired" : "withdrawn";
    if (event.transition != "revise") {
        indicator::record(transaction, fact_of(kind_of(entry), entry, what, transaction.now()));
    }
    transaction.execute(
        "UPDATE catalog_entry SET valid_until = NULL, remind_at = NULL WHERE id = :id",
        {{"id", entry.id}});
    return {};
}

base::Status Entries::renew(store::Transaction& transaction, const party::Actor&,
                            const workflow::Case& item, const workflow::Event&) const {
    Entry entry = TRY(require(transaction, id_of(item)));
    TRY(check_ends(transaction, entry));
    set_validity(transaction, entry);
    return {};
}

base::Result<int> Entries::remind_due(store::Database& database) const {
    return database.write<int>([&](store::Transaction& transaction) -> base::Result<int> {
        auto ids = due_entries(transaction,
                               "SELECT id FROM catalog_entry WHERE remind_at <= :now"
                               " ORDER BY remind_at LIMIT :limit",
                               transaction.now());
        for (const base::Id<Entry>& id : ids) {
            Entry entry = TRY(require(transaction, id));
            transaction.execute("UPDATE catalog_entry SET remind_at = NULL WHERE id = :id",
                                {{"id", id}});
            base::json::object payload{{"valid_until", base::to_iso(*entry.valid_until)}};
            transaction.append({.actor = "system",
                                .place = entry.place,
                                .subject = id.text(),
                                .action = "entry.validity_reminded",
                                .payload = base::canonical_json(payload)});
            TRY(tell_author(transaction, entry, "entry_expiring",
                            "entry_expiring:" + id.text() + ":" +
                                std::to_string(entry.valid_until->microseconds)));
        }
        return static_cast<int>(ids.size());
    });
}

base::Result<int> Entries::expire_due(store::Database& database) const {
    int handled = 0;
    while (true) {
        int reminded = TRY(remind_due(database));
        handled += reminded;
        if (reminded < batch_max) break;
    }
    while (true) {
        int expired =
            TRY(database.write<int>([&](store::Transaction& transaction) -> base::Result<int> {
                auto ids = due_entries(transaction,
                                       "SELECT id FROM catalog_entry WHERE valid_until <= :now"
                                       " AND state = 'published' ORDER BY valid_until LIMIT :limit",
                                       transaction.now());
                workflow::Event event;
                event.transition = "expire";
                for (const base::Id<Entry>& id : ids) {
                    TRY(advance(transaction, party::Actor::system(), id, event, 0));
                }
                return static_cast<int>(ids.size());
            }));
        handled += expired;
        if (expired < batch_max) return handled;
    }
}

}  // namespace catalog
