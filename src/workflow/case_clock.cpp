#include <algorithm>

#include "workflow/case.h"
#include "workflow/case_rows.h"
#include "workflow/place_scope.h"

namespace workflow {
namespace {

constexpr std::int64_t batch_max = 200;
/// County, city, region: after that there is nobody left to tell.
constexpr int escalation_max = 3;
/// After a refusal (an effect that cannot happen yet) the clock asks again.
constexpr base::Duration retry_after = base::hours(1);

using Key = std::pair<std::string, std::string>;

std::vector<Key> keys_of(const store::Rows& rows) {
    std::vector<Key> keys;
    for (const store::Row& row : rows)
        keys.emplace_back(row.text(0), row.text(1));
    return keys;
}

void append(store::Transaction& transaction, const Case& item, std::string_view what,
            base::json::object payload) {
    payload["process"] = item.process;
    payload["state"] = item.current.state;
    if (item.current.due) payload["due"] = base::to_iso(*item.current.due);
    transaction.append({.actor = "system",
                        .place = item.current.standing.place,
                        .subject = item.subject,
                        .action = item.process + "." + std::string(what),
                        .payload = base::canonical_json(payload)});
}

void set_fires_at(store::Transaction& transaction, const Case& item,
                  std::optional<base::Time> moment) {
    transaction.execute(
        "UPDATE workflow_case SET fires_at = :fires_at"
        " WHERE process = :process AND subject = :subject",
        {{"fires_at", moment}, {"process", item.process}, {"subject", item.subject}});
}

}  // namespace

base::Result<int> Cases::remind_due(store::Database& database) const {
    int handled = 0;
    while (true) {
        int count =
            TRY(database.write<int>([&](store::Transaction& transaction) -> base::Result<int> {
                auto keys = keys_of(transaction.query(
                    "SELECT process, subject FROM workflow_case WHERE remind_at <= :now"
                    " ORDER BY remind_at LIMIT :limit",
                    {{"now", transaction.now()}, {"limit", batch_max}}));
                for (const auto& [process, subject] : keys) {
                    Case item = TRY(require(transaction, process, subject));
                    transaction.execute(
                        "UPDATE workflow_case SET remind_at = NULL"
                        " WHERE process = :process AND subject = :subject",
                        {{"process", process}, {"subject", subject}});
                    append(transaction, item, "reminded", {});
                }
                return static_cast<int>(keys.size());
            }));
        handled += count;
        if (count < batch_max) return handled;
    }
}

/// The announcement moves days off and worked between weeks: the day with as many working days of its
/// year before it is the one that was meant. A term that people were told is not made shorter.
base::Status Cases::settle_one(store::Transaction& transaction, Case item) const {
    const base::Time before = *item.current.due;
    const base::Date last = base::date_in_shanghai(before - base::microseconds(1));
    const auto& rule = process_of(item).state(item.current.state)->clock;
    base::Date meant = last;
    if (rule && rule->working_days > 0) {
        const base::Date old_year{last.year - 1, 12, 31};
        const base::WorkCalendar by_law = calendar_->as_of(base::Date{1, 1, 1});
        const int count = by_law.working_days_between(old_year, last);
        meant = calendar_->add_working_days(old_year, count);
    } else if (rule && rule->ends_on_working_day) {
        meant = calendar_->next_working_day(last);
    }
    item.provisional_year = 0;
    item.current.due = std::max(before, base::end_of_day(meant));
    const bool moved = *item.current.due != before;
    const auto row = transaction.first(
        "SELECT fires_at FROM workflow_case WHERE process = :process AND subject = :subject",
        {{"process", item.process}, {"subject", item.subject}});
    auto fires_at = row->time_if(0);
    if (fires_at && *fires_at == before) fires_at = item.current.due;
    rows::update(transaction, item, item.version, fires_at);
    if (!moved) return {};
    replace_waits(transaction, item);
    append(transaction, item, "due_announced", {{"due_before", base::to_iso(before)}});
    return {};
}

base::Result<int> Cases::settle_provisional(store::Database& database) const {
    int handled = 0;
    const int this_year = base::date_in_shanghai(database.clock().now()).year;
    for (int year = this_year; year <= this_year + 1; ++year) {
        if (!calendar_->knows(year)) continue;
        for (int count = batch_max; count == batch_max; handled += count) {
            count =
                TRY(database.write<int>([&](store::Transaction& transaction) -> base::Result<int> {
                    const auto keys = keys_of(
                        transaction.query("SELECT process, subject FROM workflow_case"
                                          " WHERE provisional_year > 0 AND provisional_year = :year"
                                          " LIMIT :limit",
                                          {{"year", year}, {"limit", batch_max}}));
                    for (const auto& [process, subject] : keys)
                        TRY(settle_one(transaction, TRY(require(transaction, process, subject))));
                    return static_cast<int>(keys.size());
                }));
        }
    }
    return handled;
}

base::Result<int> Cases::fire_due(store::Database& database) const {
    int handled = TRY(settle_provisional(database));
    handled += TRY(remind_due(database));
    while (true) {
        base::Time now = database.clock().now();
        auto keys = TRY(database.read<std::vector<Key>>(
            [&](store::Reader& reader) -> base::Result<std::vector<Key>> {
                return keys_of(
                    reader.query("SELECT process, subject FROM workflow_case WHERE fires_at <= :now"
                                 " ORDER BY fires_at LIMIT :limit",
                                 {{"now", now}, {"limit", batch_max}}));
            }));
        for (const auto& [process, subject] : keys) {
            auto fired = database.write<bool>([&](store::Transaction& transaction) {
                return fire_one(transaction, process, subject);
            });
            if (fired) {
                handled += *fired ? 1 : 0;
                continue;
            }
            if (fired.error().kind == base::ErrorKind::unavailable) {
                return base::refuse(fired.error());
            }
            std::string code = fired.error().code;
            TRY(database.write<void>([&](store::Transaction& transaction) -> base::Status {
                Case item = TRY(require(transaction, process, subject));
                set_fires_at(transaction, item, transaction.now() + retry_after);
                append(transaction, item, "due_refused", {{"code", code}});
                return {};
            }));
        }
        if (keys.size() < static_cast<std::size_t>(batch_max)) return handled;
    }
}

/// One case whose clock ran out, looked at again inside the transaction: whoever comes second finds
/// nothing to do.
base::Result<bool> Cases::fire_one(store::Transaction& transaction, std::string_view process,
                                   std::string_view subject) const {
    auto row = transaction.first(
        "SELECT fires_at FROM workflow_case WHERE process = :process AND subject = :subject",
        {{"process", process}, {"subject", subject}});
    if (!row || row->is_null(0) || row->time(0) > transaction.now()) return false;
    Case item = TRY(require(transaction, process, subject));
    const State& state = *process_of(item).state(item.current.state);
    if (!state.clock) {
        set_fires_at(transaction, item, {});
        return false;
    }
    const OnDue& on_due = state.clock->on_due;
    if (!on_due.escalate_to.empty()) TRY(escalate(transaction, item));
    if (!on_due.transition.empty()) {
        Event event;
        event.transition = on_due.transition;
        TRY(advance(transaction, party::Actor::system(), process, subject, event));
    } else if (on_due.escalate_to.empty()) {
        set_fires_at(transaction, item, {});
        append(transaction, item, "overdue", {});
    }
    return true;
}

/// Tells the role one level further up, and sets the clock to do so again if nothing happens. The
/// due moment itself stays: the record is late and shows it. So does the version: an officer who is
/// just deciding is late too, but not out of date.
base::Status Cases::escalate(store::Transaction& transaction, const Case& late) const {
    Case item = late;
    item.escalation += 1;
    const Process& process = process_of(item);
    std::optional<base::Time> next;
    if (item.escalation < escalation_max) {
        next = process.enter(item.current.state, transaction.now(), *calendar_).due;
    }
    rows::update(transaction, item, item.version, next);
    replace_waits(transaction, item);
    const State& state = *process.state(item.current.state);
    append(transaction, item, "escalated",
           {{"role", state.clock->on_due.escalate_to},
            {"place", place_above(item.current.standing.place, item.escalation)},
            {"escalation", item.escalation}});
    return {};
}

}  // namespace workflow
