#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "base/texts.h"
#include "party/permission.h"

namespace workflow {

/// What happens when a state's clock runs out.
struct OnDue {
    std::string transition;   ///< taken by the system, or empty
    std::string escalate_to;  ///< role that is told at the enclosing place, or empty
};

/// The clock of a state. Working days follow the region's calendar; calendar days end at 24:00
/// Asia/Shanghai, moved to the next working day when the last day is none (if `ends_on_working_day`).
struct ClockRule {
    int working_days = 0;  ///< exactly one of the two is > 0
    int calendar_days = 0;
    int remind_before = 0;  ///< working days before due
    bool ends_on_working_day = false;
    int resume_days_min = 0;  ///< at least so many calendar days are left after a pause
    OnDue on_due;
    std::string source;  ///< the rule or clause the term comes from
};

struct State {
    std::string code;
    base::LocalText title;
    std::optional<ClockRule> clock;
    std::vector<party::Who> waits_for;  ///< whose queue it is in; empty: nobody's
    bool is_final = false;
    bool is_public = false;   ///< visitors may read the record
    bool is_resting = false;  ///< rightly waits for nobody: what it is stays so until somebody acts
};

/// What a transition does to the clock. `start`: the target state's clock begins. `keep`: the running
/// one goes on. `pause`: what is left is put aside and the target's own clock, if any, begins.
/// `resume`: what was put aside goes on, rounded up to the end of its day and never less than the
/// target clock's `resume_days_min`.
enum class ClockAction { start, keep, pause, resume };

struct Transition {
    std::string code;
    base::LocalText title;
    std::vector<std::string> from;
    std::string to;
    std::vector<party::Who> who;
    std::string reasons;      ///< code list (codes/<list>.yaml) a reason must come from, or empty
    bool needs_text = false;  ///< a text of 5–2000 characters
    std::vector<std::string> needs_files;  ///< attachment kinds that must be there
    std::vector<std::string> effects;  ///< names registered by modules; run in the same transaction
    ClockAction clock = ClockAction::start;
    std::string source;
};

struct CaseState {
    std::string state;
    party::Standing standing;
    base::Time since;
    std::optional<base::Time> due;
    std::optional<base::Duration> paused_remaining;
    std::vector<std::string> attachment_kinds;  ///< kinds of files that the record has
};

/// What somebody wants to do to a case.
struct Event {
    std::string transition;
    std::string reason;       ///< code
    std::string text;         ///< in the actor's words
    base::json::object data;  ///< for the effects
};

/// What follows, to be stored by the caller.
struct Step {
    std::string from;
    std::string to;
    std::optional<base::Time> due;
    std::optional<base::Time> remind_at;
    std::optional<base::Duration> paused_remaining;
    std::vector<std::string> effects;
    const Transition* transition = nullptr;
};

/// One procedure: states, transitions, who, clocks, as `processes/<code>.yaml` describes them.
/// Immutable; a running case keeps the version it started under. Pure: no storage, no clock.
class Process {
  public:
    static base::Result<Process> load(const std::filesystem::path& file);
    static base::Result<Process> from(const base::Yaml& root);

    const std::string& code() const { return code_; }
    int version() const { return version_; }
    const base::LocalText& title() const { return title_; }
    const std::string& initial() const { return initial_; }
    const State* state(std::string_view code) const;
    const Transition* transition(std::string_view code) const;
    const std::map<std::string, State, std::less<>>& states() const { return states_; }
    const std::vector<Transition>& transitions() const { return transitions_; }

    /// Judges an event. Errors, in this order: `transition_unknown`, `not_permitted` /
    /// `not_signed_in`, `wrong_state` {state}, `reason_missing`, `reason_unknown`, `text_missing`,
    /// `text_too_long` {max}, `attachment_missing` {kind}.
    /// `reason_codes` holds the code list that `Transition::reasons` names.
    base::Result<Step> step(const CaseState& current, const Event& event, const party::Actor& actor,
                            base::Time now, const base::WorkCalendar& calendar,
                            const std::vector<std::string>& reason_codes) const;
    /// The clock for entering a state at `now`.
    Step enter(std::string_view state, base::Time now, const base::WorkCalendar& calendar) const;
    /// Transitions that this actor may take now (for buttons): permission and state only.
    std::vector<const Transition*> available(const CaseState& current,
                                             const party::Actor& actor) const;
    /// What loading does not refuse but `check` must name: dead and unreachable states, states in
    /// which nobody is responsible and no clock runs, clocks that end in nothing.
    std::vector<std::string> faults() const;

  private:
    Step clock_of(const Transition&, const CaseState&, base::Time now,
                  const base::WorkCalendar&) const;
    base::Status read_transitions(const base::Yaml& root);
    base::Status check_targets(const base::Yaml& root) const;
    base::Status check_due_transition(const State& state) const;

    std::string code_;
    int version_ = 1;
    base::LocalText title_;
    std::string initial_;
    std::map<std::string, State, std::less<>> states_;
    std::vector<Transition> transitions_;
};

}  // namespace workflow
