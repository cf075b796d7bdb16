#include "workflow/process.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/text.h"

namespace workflow {
namespace {

constexpr std::size_t text_characters_min = 5;
constexpr std::size_t text_characters_max = 2000;

bool contains(const std::vector<std::string>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

/// The start of the day that lies `count` working days before the last day of the period.
base::Time reminder_before(base::Time due, int count, const base::WorkCalendar& calendar) {
    base::Date day = base::date_in_shanghai(due - base::microseconds(1));
    for (int found = 0; found < count;) {
        day = day.plus_days(-1);
        if (calendar.is_working_day(day)) ++found;
    }
    return base::start_of_day(day);
}

/// Sets the reminder of a step whose due moment is known. One that already lies behind is left out.
void set_reminder(Step& step, const ClockRule& rule, base::Time now,
                  const base::WorkCalendar& calendar) {
    if (!step.due || rule.remind_before == 0) return;
    base::Time moment = reminder_before(*step.due, rule.remind_before, calendar);
    if (moment > now) step.remind_at = moment;
}

base::Time due_after(const ClockRule& rule, base::Time now, const base::WorkCalendar& calendar) {
    base::Date today = base::date_in_shanghai(now);
    if (rule.working_days > 0) {
        return base::end_of_day(calendar.add_working_days(today, rule.working_days));
    }
    base::Date last = today.plus_days(rule.calendar_days);
    if (rule.ends_on_working_day) last = calendar.next_working_day(last);
    return base::end_of_day(last);
}

/// The due moment after a pause: what was left, at least the minimum, rounded up to a whole day.
base::Time due_after_pause(const ClockRule& rule, base::Duration remaining, base::Time now,
                           const base::WorkCalendar& calendar) {
    base::Duration left = std::max(remaining, base::days(rule.resume_days_min));
    base::Date last = base::date_in_shanghai(now + left - base::microseconds(1));
    bool is_working_term = rule.working_days > 0;
    if (is_working_term || rule.ends_on_working_day) last = calendar.next_working_day(last);
    return base::end_of_day(last);
}

base::Status check_reason(const Transition& transition, const Event& event,
                          const std::vector<std::string>& reason_codes) {
    if (transition.reasons.empty() && event.reason.empty()) return {};
    if (event.reason.empty()) return base::refuse(base::invalid("reason_missing").at("reason"));
    if (transition.reasons.empty() || !contains(reason_codes, event.reason)) {
        return base::refuse(base::invalid("reason_unknown")
                                .with("reason", event.reason.substr(0, 40))
                                .at("reason"));
    }
    return {};
}

base::Status check_text(const Transition& transition, const Event& event) {
    if (!base::is_valid_utf8(event.text) || base::has_control_characters(event.text)) {
        return base::refuse(base::invalid("field_control_characters").at("text"));
    }
    std::size_t length = base::count_characters(base::trim(event.text));
    if (transition.needs_text && length < text_characters_min) {
        return base::refuse(base::invalid("text_missing")
                                .with("min", std::to_string(text_characters_min))
                                .at("text"));
    }
    if (length > text_characters_max) {
        return base::refuse(base::invalid("text_too_long")
                                .with("max", std::to_string(text_characters_max))
                                .at("text"));
    }
    return {};
}

}  // namespace

const State* Process::state(std::string_view code) const {
    auto found = states_.find(code);
    return found == states_.end() ? nullptr : &found->second;
}

const Transition* Process::transition(std::string_view code) const {
    auto found = std::find_if(transitions_.begin(), transitions_.end(),
                              [&](const Transition& item) { return item.code == code; });
    return found == transitions_.end() ? nullptr : &*found;
}

Step Process::enter(std::string_view code, base::Time now,
                    const base::WorkCalendar& calendar) const {
    const State* target = state(code);
    CHECK_WITH(target != nullptr, code);
    Step result;
    result.to = target->code;
    if (!target->clock) return result;
    result.due = due_after(*target->clock, now, calendar);
    set_reminder(result, *target->clock, now, calendar);
    return result;
}

base::Result<Step> Process::step(const CaseState& current, const Event& event,
                                 const party::Actor& actor, base::Time now,
                                 const base::WorkCalendar& calendar,
                                 const std::vector<std::string>& reason_codes) const {
    const Transition* wanted = transition(event.transition);
    if (wanted == nullptr) {
        return base::refuse(base::invalid("transition_unknown")
                                .with("transition", event.transition.substr(0, 40))
                                .at("transition"));
    }
    if (!party::allows(wanted->who, actor, current.standing)) {
        if (!actor.signed_in() && !actor.is_system) {
            return base::refuse(base::error(base::ErrorKind::unauthenticated, "not_signed_in"));
        }
        return base::refuse(base::forbidden("not_permitted").under(wanted->source));
    }
    if (!contains(wanted->from, current.state)) {
        return base::refuse(base::conflict("wrong_state").with("state", current.state));
    }
    TRY(check_reason(*wanted, event, reason_codes));
    TRY(check_text(*wanted, event));
    for (const std::string& kind : wanted->needs_files) {
        if (contains(current.attachment_kinds, kind)) continue;
        return base::refuse(
            base::invalid("attachment_missing").with("kind", kind).under(wanted->source));
    }

    Step result = clock_of(*wanted, current, now, calendar);
    result.from = current.state;
    result.to = wanted->to;
    result.effects = wanted->effects;
    result.transition = wanted;
    return result;
}

Step Process::clock_of(const Transition& wanted, const CaseState& current, base::Time now,
                       const base::WorkCalendar& calendar) const {
    const State& target = *state(wanted.to);
    if (target.is_final) return Step{};
    switch (wanted.clock) {
        case ClockAction::start:
            return enter(wanted.to, now, calendar);
        case ClockAction::keep: {
            Step kept{.due = current.due, .paused_remaining = current.paused_remaining};
            const State* source = state(current.state);
            const auto& rule = target.clock ? target.clock : source->clock;
            if (rule) set_reminder(kept, *rule, now, calendar);
            return kept;
        }
        case ClockAction::pause: {
            Step paused = enter(wanted.to, now, calendar);
            paused.paused_remaining = current.paused_remaining;
            if (!paused.paused_remaining && current.due) {
                paused.paused_remaining = std::max(*current.due - now, base::Duration{});
            }
            return paused;
        }
        case ClockAction::resume: {
            if (!current.paused_remaining || !target.clock) return enter(wanted.to, now, calendar);
            Step resumed;
            resumed.due = due_after_pause(*target.clock, *current.paused_remaining, now, calendar);
            set_reminder(resumed, *target.clock, now, calendar);
            return resumed;
        }
    }
    CHECK(false);
    return Step{};
}

std::vector<const Transition*> Process::available(const CaseState& current,
                                                  const party::Actor& actor) const {
    std::vector<const Transition*> result;
    for (const Transition& item : transitions_) {
        if (!contains(item.from, current.state)) continue;
        if (party::allows(item.who, actor, current.standing)) result.push_back(&item);
    }
    return result;
}

std::vector<std::string> Process::faults() const {
    std::set<std::string, std::less<>> reached{initial_};
    std::set<std::string, std::less<>> left;
    for (bool grew = true; grew;) {
        grew = false;
        for (const Transition& item : transitions_) {
            left.insert(item.from.begin(), item.from.end());
            bool starts = std::any_of(item.from.begin(), item.from.end(),
                                      [&](const auto& from) { return reached.contains(from); });
            if (starts && reached.insert(item.to).second) grew = true;
        }
    }
    std::vector<std::string> result;
    auto complain = [&](const State& state, std::string_view words) {
        result.push_back(code_ + ": state '" + state.code + "' " + std::string(words));
    };
    for (const auto& [code, state] : states_) {
        if (!reached.contains(code)) complain(state, "cannot be reached");
        if (state.is_final) continue;
        if (!left.contains(code)) complain(state, "has no way out and is not final");
        bool somebody_acts = !state.waits_for.empty() || state.clock;
        if (!somebody_acts && !state.is_public && !state.is_resting) {
            complain(state, "waits for nobody and has no clock");
        }
        if (state.clock && state.clock->on_due.transition.empty() &&
            state.clock->on_due.escalate_to.empty()) {
            complain(state, "has a clock that ends in nothing");
        }
        for (const party::Who& who : state.waits_for) {
            if (who.relation == party::Relation::anyone ||
                who.relation == party::Relation::signed_in ||
                who.relation == party::Relation::clock) {
                complain(state, "waits for '" + party::to_string(who) + "', which is no queue");
            }
        }
    }
    return result;
}

}  // namespace workflow
