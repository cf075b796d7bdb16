#include <charconv>
#include <set>
#include <utility>

#include "base/text.h"
#include "workflow/case.h"
#include "workflow/case_rows.h"
#include "workflow/place_scope.h"

namespace workflow {
namespace {

/// A queue: a scope (place, organisation or account) and a role ("*" for any) in it.
using Queue = std::pair<std::string, std::string>;

std::string organisation_scope(const base::Id<party::Organisation>& organisation) {
    return "organisation:" + organisation.text();
}

std::string account_scope(const base::Id<party::Account>& account) {
    return "account:" + account.text();
}

void add_organisation(std::set<Queue>& queues, const base::Id<party::Organisation>& organisation,
                      const std::string& role) {
    if (!organisation.empty()) queues.emplace(organisation_scope(organisation), role);
}

/// The queues that a case stands in while it waits for `who`.
void add_queues(std::set<Queue>& queues, const party::Who& who, const party::Standing& standing) {
    switch (who.relation) {
        case party::Relation::own:
            return add_organisation(queues, standing.owner, who.role);
        case party::Relation::counterpart:
            return add_organisation(queues, standing.counterpart, who.role);
        case party::Relation::member:
            add_organisation(queues, standing.owner, who.role);
            return add_organisation(queues, standing.counterpart, who.role);
        case party::Relation::point:
            return add_organisation(queues, standing.point, who.role);
        case party::Relation::author:
            if (!standing.author.empty()) {
                queues.emplace(account_scope(standing.author), who.role);
            }
            return;
        case party::Relation::place:
            for (const std::string& place : enclosing_places(standing.place)) {
                queues.emplace(place_scope(place), who.role);
            }
            return;
        case party::Relation::anyone:
        case party::Relation::signed_in:
        case party::Relation::clock:
            return;
    }
}

/// The queues that this actor sees: mirrors party::allows for each relation.
std::set<Queue> queues_of(const party::Actor& actor) {
    std::set<Queue> queues;
    if (!actor.signed_in()) return queues;
    add_organisation(queues, actor.organisation, "*");
    queues.emplace(account_scope(actor.account), "*");
    for (const party::Grant& grant : actor.grants) {
        queues.emplace(place_scope(grant.place), grant.role);
        queues.emplace(account_scope(actor.account), grant.role);
        add_organisation(queues, grant.organisation, "*");
        add_organisation(queues, grant.organisation, grant.role);
    }
    return queues;
}

std::optional<QueuePosition> parse_cursor(std::string_view text) {
    std::vector<std::string> parts = base::split(text, '.');
    if (parts.size() != 4 || text.size() > 200) return {};
    QueuePosition position;
    position.process = parts[2];
    position.subject = parts[3];
    for (auto [part, target] : {std::pair{&parts[0], &position.due.microseconds},
                                std::pair{&parts[1], &position.opened_at.microseconds}}) {
        auto [end, problem] = std::from_chars(part->data(), part->data() + part->size(), *target);
        if (problem != std::errc() || end != part->data() + part->size()) return {};
    }
    return position;
}

QueuePosition position_of(const Case& item) {
    return {item.current.due.value_or(queue_without_due), item.opened_at, item.process,
            item.subject};
}

store::Rows read_queue(store::Reader& reader, const Queue& queue, const QueueFilter& filter,
                       const QueuePosition& after) {
    store::Bindings bindings{
        {"scope", queue.first},     {"role", queue.second},
        {"due_at", after.due},      {"opened_at", after.opened_at},
        {"subject", after.subject}, {"limit", static_cast<std::int64_t>(filter.limit)}};
    if (filter.process.empty()) {
        bindings.push_back({"process", after.process});
        return reader.query(
            "SELECT due_at, opened_at, process, subject FROM workflow_wait"
            " WHERE scope = :scope AND role = :role"
            " AND (due_at, opened_at, process, subject) > (:due_at, :opened_at, :process, :subject)"
            " ORDER BY due_at, opened_at, process, subject LIMIT :limit",
            bindings);
    }
    bindings.push_back({"process", filter.process});
    return reader.query(
        "SELECT due_at, opened_at, process, subject FROM workflow_wait"
        " WHERE scope = :scope AND role = :role AND process = :process"
        " AND (due_at, opened_at, subject) > (:due_at, :opened_at, :subject)"
        " ORDER BY due_at, opened_at, subject LIMIT :limit",
        bindings);
}

}  // namespace

void Cases::replace_waits(store::Transaction& transaction, const Case& item) const {
    transaction.execute("DELETE FROM workflow_wait WHERE process = :process AND subject = :subject",
                        {{"process", item.process}, {"subject", item.subject}});
    store_waits(transaction, item);
}

void Cases::store_waits(store::Transaction& transaction, const Case& item) const {
    const State& state = *process_of(item).state(item.current.state);
    std::set<Queue> queues;
    for (const party::Who& who : state.waits_for) {
        add_queues(queues, who, item.current.standing);
    }
    if (item.escalation > 0 && state.clock && !state.clock->on_due.escalate_to.empty()) {
        queues.emplace(place_scope(place_above(item.current.standing.place, item.escalation)),
                       state.clock->on_due.escalate_to);
    }
    QueuePosition position = position_of(item);
    for (const auto& [scope, role] : queues) {
        transaction.execute(
            "INSERT INTO workflow_wait (scope, role, due_at, opened_at, process, subject)"
            " VALUES (:scope, :role, :due_at, :opened_at, :process, :subject)",
            {{"scope", scope},
             {"role", role},
             {"due_at", position.due},
             {"opened_at", position.opened_at},
             {"process", item.process},
             {"subject", item.subject}});
    }
}

std::vector<QueueItem> Cases::queue(store::Reader& reader, const party::Actor& actor,
                                    const QueueFilter& filter) const {
    QueuePosition after =
        parse_cursor(filter.after).value_or(QueuePosition{{INT64_MIN}, {INT64_MIN}, "", ""});
    std::set<QueuePosition> positions;
    for (const Queue& queue : queues_of(actor)) {
        for (const store::Row& row : read_queue(reader, queue, filter, after)) {
            positions.insert({row.time(0), row.time(1), row.text(2), row.text(3)});
        }
        while (positions.size() > filter.limit)
            positions.erase(std::prev(positions.end()));
    }
    std::vector<QueueItem> result;
    for (const QueuePosition& position : positions) {
        auto item = rows::load(reader, position.process, position.subject);
        if (!item) continue;
        QueueItem entry{std::move(*item), {}};
        for (const Transition* transition : available(entry.item, actor)) {
            entry.transitions.push_back(transition->code);
        }
        result.push_back(std::move(entry));
    }
    return result;
}

std::string Cases::cursor_of(const Case& item) {
    QueuePosition position = position_of(item);
    return std::to_string(position.due.microseconds) + "." +
           std::to_string(position.opened_at.microseconds) + "." + position.process + "." +
           position.subject;
}

base::Status Cases::check_cursor(std::string_view cursor) {
    if (cursor.empty() || parse_cursor(cursor)) return {};
    return base::refuse(base::malformed("cursor_malformed").at("after"));
}

std::int64_t Cases::queue_length(store::Reader& reader, const party::Actor& actor) const {
    std::set<std::pair<std::string, std::string>> waiting;
    for (const auto& [scope, role] : queues_of(actor)) {
        for (const store::Row& row : reader.query(
                 "SELECT process, subject FROM workflow_wait WHERE scope = :scope AND role = :role"
                 " ORDER BY due_at, opened_at, process, subject LIMIT :limit",
                 {{"scope", scope}, {"role", role}, {"limit", queue_length_max}})) {
            waiting.emplace(row.text(0), row.text(1));
        }
    }
    return std::min<std::int64_t>(static_cast<std::int64_t>(waiting.size()), queue_length_max);
}

}  // namespace workflow
