#include "workflow/case_rows.h"

#include "base/check.h"

namespace workflow::rows {
namespace {

std::optional<std::int64_t> microseconds_of(const std::optional<base::Duration>& length) {
    if (!length) return {};
    return length->microseconds;
}

store::Bindings bindings_of(const Case& item, std::optional<base::Time> fires_at) {
    const party::Standing& standing = item.current.standing;
    return {{"process", item.process},
            {"subject", item.subject},
            {"process_version", item.process_version},
            {"version", item.version},
            {"title", item.title},
            {"state", item.current.state},
            {"place", standing.place},
            {"owner", standing.owner},
            {"counterpart", standing.counterpart},
            {"point", standing.point},
            {"author", standing.author},
            {"since", item.current.since},
            {"due_at", item.current.due},
            {"fires_at", fires_at},
            {"remind_at", item.remind_at},
            {"paused_remaining", microseconds_of(item.current.paused_remaining)},
            {"escalation", item.escalation},
            {"provisional_year", item.provisional_year}};
}

}  // namespace

Case read(const store::Row& row) {
    Case item;
    item.process = row.text(0);
    item.subject = row.text(1);
    item.process_version = static_cast<int>(row.integer(2));
    item.version = row.integer(3);
    item.title = row.text(4);
    item.current.state = row.text(5);
    item.current.standing = {row.text(6), row.id<party::Organisation>(7),
                             row.id<party::Organisation>(8), row.id<party::Organisation>(9),
                             row.id<party::Account>(10)};
    item.opened_at = row.time(11);
    item.current.since = row.time(12);
    item.current.due = row.time_if(13);
    item.remind_at = row.time_if(14);
    if (auto left = row.integer_if(15)) item.current.paused_remaining = base::microseconds(*left);
    item.escalation = static_cast<int>(row.integer(16));
    item.provisional_year = static_cast<int>(row.integer(17));
    return item;
}

std::optional<Case> load(store::Reader& reader, std::string_view process,
                         std::string_view subject) {
    auto row = reader.first("SELECT " WORKFLOW_CASE_COLUMNS
                            " FROM workflow_case WHERE process = :process AND subject = :subject",
                            {{"process", process}, {"subject", subject}});
    if (!row) return {};
    return read(*row);
}

bool insert(store::Transaction& transaction, const Case& item, std::optional<base::Time> fires_at) {
    store::Bindings bindings = bindings_of(item, fires_at);
    bindings.push_back({"opened_at", item.opened_at});
    return transaction.execute(
               "INSERT INTO workflow_case (process, subject, process_version, version, title, "
               "state,"
               " place, owner, counterpart, point, author, opened_at, since, due_at, fires_at, "
               "remind_at,"
               " paused_remaining, escalation, provisional_year) VALUES (:process, :subject, "
               ":process_version, "
               ":version,"
               " :title, :state, :place, :owner, :counterpart, :point, :author, :opened_at, :since,"
               " :due_at, :fires_at, :remind_at, :paused_remaining, :escalation, :provisional_year)"
               " ON CONFLICT (process, subject) DO NOTHING",
               bindings) == 1;
}

void update(store::Transaction& transaction, const Case& next, std::int64_t before,
            std::optional<base::Time> fires_at) {
    store::Bindings bindings = bindings_of(next, fires_at);
    bindings.push_back({"before", before});
    std::int64_t changed = transaction.execute(
        "UPDATE workflow_case SET process_version = :process_version, version = :version,"
        " title = :title, state = :state, place = :place, owner = :owner,"
        " counterpart = :counterpart, point = :point, author = :author, since = :since,"
        " due_at = :due_at, fires_at = :fires_at, remind_at = :remind_at,"
        " paused_remaining = :paused_remaining, escalation = :escalation, provisional_year = "
        ":provisional_year"
        " WHERE process = :process AND subject = :subject AND version = :before",
        bindings);
    CHECK(changed == 1);
}

}  // namespace workflow::rows
