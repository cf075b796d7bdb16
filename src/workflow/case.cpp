#include "workflow/case.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "workflow/attachment.h"
#include "workflow/case_rows.h"

namespace workflow {
namespace {

constexpr std::size_t title_characters_max = 300;

std::vector<std::string> kinds_of_files(store::Reader& reader, std::string_view subject) {
    std::vector<std::string> kinds;
    for (const Attachment& file : Attachments::of(reader, subject)) {
        if (!file.removed) kinds.push_back(file.kind);
    }
    return kinds;
}

void append(store::Transaction& transaction, const party::Actor& actor, const Case& item,
            std::string_view what, base::json::object payload) {
    payload["process"] = item.process;
    payload["version"] = item.version;
    transaction.append({.actor = actor.log_name(),
                        .place = item.current.standing.place,
                        .subject = item.subject,
                        .action = item.process + "." + std::string(what),
                        .payload = base::canonical_json(payload)});
}

/// Stores the decision; returns what the change log says of it: codes in clear, words as commitment.
base::json::object keep_decision(store::Transaction& transaction, const party::Actor& actor,
                                 const Case& item, const Step& step, const Event& event) {
    std::string id = base::new_ulid(transaction.now(), transaction.random());
    std::string salt = base::random_token(transaction.random(), 16);
    std::string data = base::canonical_json(event.data);
    transaction.execute(
        "INSERT INTO workflow_decision (id, process, subject, case_version, transition, from_state,"
        " to_state, reason, words, salt, data, actor, actor_name, at) VALUES (:id, :process,"
        " :subject, :case_version, :transition, :from_state, :to_state, :reason, :words, :salt,"
        " :data, :actor, :actor_name, :at)",
        {{"id", id},
         {"process", item.process},
         {"subject", item.subject},
         {"case_version", item.version},
         {"transition", event.transition},
         {"from_state", step.from},
         {"to_state", step.to},
         {"reason", event.reason},
         {"words", base::trim(event.text)},
         {"salt", salt},
         {"data", data},
         {"actor", actor.log_name()},
         {"actor_name", actor.name},
         {"at", transaction.now()}});
    base::Digest commitment = base::hmac_sha256(salt, base::trim(event.text) + "\n" + data);
    base::json::object payload{{"decision", id},
                               {"from", step.from},
                               {"to", step.to},
                               {"commitment", base::to_hex(commitment)}};
    if (!event.reason.empty()) payload["reason"] = event.reason;
    if (step.due) payload["due"] = base::to_iso(*step.due);
    return payload;
}

bool is_about_permission(const base::Error& error) {
    return error.code == "not_permitted" || error.code == "not_signed_in" ||
           error.code == "transition_unknown";
}

}  // namespace

Cases::Cases(std::vector<Process> processes, const Codes& codes, const base::WorkCalendar& calendar)
    : processes_(std::move(processes)), codes_(&codes), calendar_(&calendar) {
    std::set<std::pair<std::string, int>> seen;
    for (const Process& item : processes_) {
        CHECK_WITH(seen.emplace(item.code(), item.version()).second, item.code());
    }
}

void Cases::effect(std::string name, Effect effect) {
    bool is_new = effects_.emplace(name, std::move(effect)).second;
    CHECK_WITH(is_new, name);
}

void Cases::follow(std::string process, Effect follower) {
    bool is_new = followers_.emplace(process, std::move(follower)).second;
    CHECK_WITH(is_new, process);
}

std::vector<std::string> Cases::missing_effects() const {
    std::set<std::string> missing;
    for (const Process& process : processes_) {
        for (const Transition& transition : process.transitions()) {
            for (const std::string& name : transition.effects) {
                if (!effects_.contains(name)) missing.insert(name);
            }
        }
    }
    return {missing.begin(), missing.end()};
}

const Process* Cases::process(std::string_view code) const {
    const Process* newest = nullptr;
    for (const Process& item : processes_) {
        if (item.code() != code) continue;
        if (newest == nullptr || item.version() > newest->version()) newest = &item;
    }
    return newest;
}

/// A case runs under the version it began with as long as its file is kept, else under the newest.
const Process& Cases::process_of(const Case& item) const {
    for (const Process& process : processes_) {
        if (process.code() == item.process && process.version() == item.process_version) {
            return process;
        }
    }
    const Process* newest = process(item.process);
    CHECK_WITH(newest != nullptr && newest->state(item.current.state) != nullptr, item.process);
    return *newest;
}

base::Result<Case> Cases::open(store::Transaction& transaction, const party::Actor& actor,
                               const OpenCase& request) const {
    const Process* process = this->process(request.process);
    CHECK_WITH(process != nullptr, request.process);
    Step step = process->enter(process->initial(), transaction.now(), *calendar_);
    Case item;
    item.process = request.process;
    item.process_version = process->version();
    item.subject = request.subject;
    item.title = base::shorten(request.title, title_characters_max);
    item.current = {.state = step.to,
                    .standing = request.standing,
                    .since = transaction.now(),
                    .due = step.due,
                    .paused_remaining = {},
                    .attachment_kinds = {}};
    item.opened_at = transaction.now();
    item.remind_at = step.remind_at;
    item.provisional_year = provisional_year(step.due);
    if (!rows::insert(transaction, item, step.due)) {
        return base::refuse(base::conflict("case_exists"));
    }
    store_waits(transaction, item);
    base::json::object payload = request.payload;
    payload["to"] = step.to;
    append(transaction, actor, item, "opened", std::move(payload));
    return item;
}

base::Result<Case> Cases::advance(store::Transaction& transaction, const party::Actor& actor,
                                  std::string_view process_code, std::string_view subject,
                                  const Event& event, std::int64_t expected_version) const {
    Case item = TRY(require(transaction, process_code, subject));
    item.current.attachment_kinds = kinds_of_files(transaction, subject);
    const Process& process = process_of(item);
    const Transition* wanted = process.transition(event.transition);
    std::vector<std::string> reasons;
    if (wanted != nullptr) reasons = codes_->codes_of(wanted->reasons);

    auto judged = process.step(item.current, event, actor, transaction.now(), *calendar_, reasons);
    if (!judged && is_about_permission(judged.error())) return base::refuse(judged.error());
    if (expected_version != 0 && expected_version != item.version) {
        return base::refuse(base::error(base::ErrorKind::stale, "version_stale")
                                .with("version", std::to_string(item.version)));
    }
    Step step = TRY(std::move(judged));

    item.current.state = step.to;
    item.current.since = transaction.now();
    item.current.due = step.due;
    item.current.paused_remaining = step.paused_remaining;
    item.remind_at = step.remind_at;
    item.escalation = 0;
    item.provisional_year = provisional_year(step.due);
    item.version += 1;
    rows::update(transaction, item, item.version - 1, step.due);
    replace_waits(transaction, item);
    append(transaction, actor, item, event.transition,
           keep_decision(transaction, actor, item, step, event));
    auto follower = followers_.find(item.process);
    if (follower != followers_.end()) TRY(follower->second(transaction, actor, item, event));
    for (const std::string& name : step.effects) {
        auto effect = effects_.find(name);
        CHECK_WITH(effect != effects_.end(), name);
        TRY(effect->second(transaction, actor, item, event));
    }
    return item;
}

/// A term ends with its day, at midnight: the last moment of that day tells which one it is.
int Cases::provisional_year(const std::optional<base::Time>& due) const {
    if (!due) return 0;
    const base::Date last = base::date_in_shanghai(*due - base::microseconds(1));
    return calendar_->is_provisional(last) ? last.year : 0;
}

std::optional<Case> Cases::find(store::Reader& reader, std::string_view process,
                                std::string_view subject) const {
    return rows::load(reader, process, subject);
}

base::Result<Case> Cases::require(store::Reader& reader, std::string_view process,
                                  std::string_view subject) const {
    auto item = rows::load(reader, process, subject);
    if (!item) return base::refuse(base::not_found("case_not_found"));
    return *item;
}

std::vector<Case> Cases::of(store::Reader& reader, std::string_view subject) const {
    std::vector<Case> result;
    for (const store::Row& row :
         reader.query("SELECT " WORKFLOW_CASE_COLUMNS
                      " FROM workflow_case WHERE subject = :subject ORDER BY process",
                      {{"subject", subject}})) {
        result.push_back(rows::read(row));
    }
    return result;
}

std::vector<const Transition*> Cases::available(const Case& item, const party::Actor& actor) const {
    return process_of(item).available(item.current, actor);
}

std::vector<Decision> Cases::decisions(store::Reader& reader, std::string_view process,
                                       std::string_view subject) const {
    std::vector<Decision> result;
    for (const store::Row& row : reader.query(
             "SELECT id, process, subject, transition, from_state, to_state, reason, words, actor,"
             " actor_name, data, at FROM workflow_decision"
             " WHERE process = :process AND subject = :subject ORDER BY case_version",
             {{"process", process}, {"subject", subject}})) {
        Decision item{row.text(0), row.text(1), row.text(2), row.text(3),
                      row.text(4), row.text(5), row.text(6), row.text(7),
                      row.text(8), row.text(9), {},          row.time(11)};
        auto data = base::parse_json(row.text(10));
        CHECK(data && data->is_object());
        item.data = data->get_object();
        result.push_back(std::move(item));
    }
    return result;
}

base::Status Cases::restate(store::Transaction& transaction, std::string_view process,
                            std::string_view subject, std::string_view title,
                            const party::Standing& standing) const {
    Case item = TRY(require(transaction, process, subject));
    std::string shown = base::shorten(title, title_characters_max);
    if (item.title == shown && item.current.standing == standing) return {};
    item.title = std::move(shown);
    item.current.standing = standing;
    auto fires_at = transaction.first(
        "SELECT fires_at FROM workflow_case WHERE process = :process AND subject = :subject",
        {{"process", process}, {"subject", subject}});
    rows::update(transaction, item, item.version, fires_at->time_if(0));
    replace_waits(transaction, item);
    append(transaction, party::Actor::system(), item, "restated",
           {{"place", standing.place}, {"owner", standing.owner.text()}});
    return {};
}

}  // namespace workflow
