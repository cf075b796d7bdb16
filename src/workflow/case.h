#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/calendar.h"
#include "base/result.h"
#include "party/actor.h"
#include "store/database.h"
#include "workflow/codes.h"
#include "workflow/process.h"

namespace workflow {

/// A record on its way through a process. One case per (process, subject); the subject is the
/// record's id in the module that owns it.
struct Case {
    std::string process;
    int process_version = 1;
    std::string subject;
    std::string title;  ///< what queues show
    CaseState current;
    base::Time opened_at;
    std::optional<base::Time> remind_at;
    int escalation = 0;        ///< how often the clock ran out in this state
    int provisional_year = 0;  ///< the year without a table that the clock reaches, or 0
    std::int64_t version = 1;  ///< for If-Match
};

/// One step as it was taken. `text` stands beside the change log, which holds a salted commitment.
struct Decision {
    std::string id, process, subject, transition, from, to, reason, text, actor, actor_name;
    base::json::object data;
    base::Time at;
};

struct OpenCase {
    std::string process, subject, title;
    party::Standing standing;
    base::json::object payload = {};  ///< what the log says of the opening besides
};

struct QueueFilter {
    std::string process;  ///< or empty
    std::string after;    ///< cursor
    std::size_t limit = 50;
};

struct QueueItem {
    Case item;
    std::vector<std::string> transitions;  ///< what the actor may do
};

/// An effect named in a process file. Runs in the transaction of the step; a refusal undoes the step.
using Effect = std::function<base::Status(store::Transaction&, const party::Actor&, const Case&,
                                          const Event&)>;

/// A case's row for one queue, in queue order: what a cursor points at.
struct QueuePosition {
    base::Time due;  ///< queue_without_due when no clock runs
    base::Time opened_at;
    std::string process;
    std::string subject;
    auto operator<=>(const QueuePosition&) const = default;
};
inline constexpr base::Time queue_without_due{INT64_MAX};

/// Stores and moves cases by their processes. Every step checks permission, state, needs and version
/// in one place, appends "<process>.<transition>" to the change log, keeps the decision, sets the
/// clock and runs the effects, all in the caller's transaction. Nothing is fanned out per user: a
/// queue is a query by place range × role × state. Register effects at start, then share.
class Cases {
  public:
    Cases(std::vector<Process> processes, const Codes& codes, const base::WorkCalendar& calendar);

    /// CHECKs that the name is new. `check_effects` names those that files use and nobody registered.
    void effect(std::string name, Effect effect);
    std::vector<std::string> missing_effects() const;
    /// Runs after each step of that process, whoever took it (also the clock), before its effects:
    /// how the owning module keeps its own copy of the state. At most one per process.
    void follow(std::string process, Effect follower);

    /// Puts a record at the start of its process. Permission is the owning module's to ask.
    /// Errors: `case_exists`.
    base::Result<Case> open(store::Transaction&, const party::Actor&, const OpenCase&) const;
    /// `expected_version` 0 = any. Errors: those of Process::step, `case_not_found`, `version_stale`
    /// (told before `wrong_state`, so that whoever decides second learns why), those of the effects.
    base::Result<Case> advance(store::Transaction&, const party::Actor&, std::string_view process,
                               std::string_view subject, const Event&,
                               std::int64_t expected_version = 0) const;
    std::optional<Case> find(store::Reader&, std::string_view process,
                             std::string_view subject) const;
    base::Result<Case> require(store::Reader&, std::string_view process,
                               std::string_view subject) const;
    std::vector<const Transition*> available(const Case&, const party::Actor&) const;
    /// All cases of one record, whatever the process.
    std::vector<Case> of(store::Reader&, std::string_view subject) const;
    std::vector<Decision> decisions(store::Reader&, std::string_view process,
                                    std::string_view subject) const;
    /// What waits for this actor, most urgent first (earliest due, then oldest). A cursor that
    /// `check_cursor` refuses starts from the beginning.
    std::vector<QueueItem> queue(store::Reader&, const party::Actor&, const QueueFilter&) const;
    static std::string cursor_of(const Case&);
    static base::Status check_cursor(std::string_view cursor);  ///< `cursor_malformed`
    /// Exact up to `queue_length_max`, which then means "so many or more".
    std::int64_t queue_length(store::Reader&, const party::Actor&) const;
    static constexpr std::int64_t queue_length_max = 1000;
    /// Changes title, place or parties of a case (after an edit of the record). Logged; nothing if
    /// they are what they were. The version stays: it counts steps, and whoever decides on another
    /// version of the record is stopped by the record's own.
    base::Status restate(store::Transaction&, std::string_view process, std::string_view subject,
                         std::string_view title, const party::Standing&) const;

    /// Takes due transitions, records reminders and escalations ("<process>.reminded",
    /// "<process>.escalated" in the log). A clock that was set before its year's holidays were
    /// announced is lengthened by them first, never shortened ("<process>.due_announced"). Firing twice is a no-op. Returns how many it handled.
    base::Result<int> fire_due(store::Database&) const;

    const Process* process(std::string_view code) const;
    const std::vector<Process>& processes() const { return processes_; }
    const Codes& codes() const { return *codes_; }
    const base::WorkCalendar& calendar() const { return *calendar_; }

  private:
    const Process& process_of(const Case&) const;
    void store_waits(store::Transaction&, const Case&) const;
    void replace_waits(store::Transaction&, const Case&) const;
    base::Result<bool> fire_one(store::Transaction&, std::string_view process,
                                std::string_view subject) const;
    base::Status escalate(store::Transaction&, const Case&) const;
    base::Result<int> remind_due(store::Database&) const;
    base::Result<int> settle_provisional(store::Database&) const;
    base::Status settle_one(store::Transaction&, Case item) const;
    int provisional_year(const std::optional<base::Time>& due) const;

    std::vector<Process> processes_;
    const Codes* codes_;
    const base::WorkCalendar* calendar_;
    std::map<std::string, Effect, std::less<>> effects_;
    std::map<std::string, Effect, std::less<>> followers_;
};

}  // namespace workflow
