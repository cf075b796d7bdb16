#include <algorithm>

#include "base/yaml.h"
#include "workflow/process.h"

namespace workflow {
namespace {

using base::Yaml;

base::Result<int> small_number(const Yaml& node, int maximum) {
    long long value = TRY(node.integer_or(0));
    if (value < 0 || value > maximum) {
        return base::refuse(
            node.fault("value_out_of_range", "expected 0 to " + std::to_string(maximum)));
    }
    return static_cast<int>(value);
}

base::Result<std::vector<party::Who>> read_who(const Yaml& node) {
    std::vector<party::Who> result;
    for (const std::string& text : TRY(node.texts())) {
        auto who = party::parse_who(text);
        if (!who) return base::refuse(node.fault("who_unknown", "'" + text + "' names nobody"));
        result.push_back(*who);
    }
    return result;
}

base::Result<std::string> read_code(const Yaml& node, const std::string& text) {
    bool fits = !text.empty() && text.size() <= 40 && text.front() >= 'a' && text.front() <= 'z' &&
                std::all_of(text.begin(), text.end(), [](char c) {
                    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                });
    if (fits) return text;
    return base::refuse(node.fault("code_malformed", "'" + text + "' is not a snake_case code"));
}

base::Result<ClockRule> read_clock(const Yaml& node) {
    TRY(node.only_keys({"working_days", "calendar_days", "remind_before", "ends_on_working_day",
                        "resume_days_min", "on_due", "source"}));
    ClockRule rule;
    rule.working_days = TRY(small_number(node["working_days"], 1000));
    rule.calendar_days = TRY(small_number(node["calendar_days"], 4000));
    if ((rule.working_days > 0) == (rule.calendar_days > 0)) {
        return base::refuse(
            node.fault("clock_unclear", "exactly one of working_days, calendar_days"));
    }
    rule.remind_before = TRY(small_number(node["remind_before"], 1000));
    rule.ends_on_working_day = TRY(node["ends_on_working_day"].boolean_or(false));
    rule.resume_days_min = TRY(small_number(node["resume_days_min"], 1000));
    Yaml on_due = node["on_due"];
    TRY(on_due.only_keys({"transition", "escalate_to"}));
    rule.on_due.transition = on_due["transition"].text_or("");
    rule.on_due.escalate_to = on_due["escalate_to"].text_or("");
    rule.source = TRY(TRY(node.required("source")).text());
    return rule;
}

base::Result<State> read_state(const std::string& code, const Yaml& node) {
    TRY(node.only_keys({"title", "clock", "waits_for", "final", "public", "resting"}));
    State state;
    state.code = TRY(read_code(node, code));
    state.title = TRY(base::LocalText::from(TRY(node.required("title"))));
    if (node["clock"].is_defined()) state.clock = TRY(read_clock(node["clock"]));
    state.waits_for = TRY(read_who(node["waits_for"]));
    state.is_final = TRY(node["final"].boolean_or(false));
    state.is_public = TRY(node["public"].boolean_or(false));
    state.is_resting = TRY(node["resting"].boolean_or(false));
    if (state.is_final && state.clock) {
        return base::refuse(node.fault("clock_in_final_state", "a final state has no clock"));
    }
    return state;
}

base::Result<ClockAction> read_clock_action(const Yaml& node) {
    std::string text = node.text_or("start");
    if (text == "start") return ClockAction::start;
    if (text == "keep") return ClockAction::keep;
    if (text == "pause") return ClockAction::pause;
    if (text == "resume") return ClockAction::resume;
    return base::refuse(node.fault("clock_action_unknown", "start, keep, pause or resume"));
}

base::Result<Transition> read_transition(const std::string& code, const Yaml& node) {
    TRY(node.only_keys({"title", "from", "to", "who", "reasons", "needs_text", "needs_files",
                        "effects", "clock", "source"}));
    Transition result;
    result.code = TRY(read_code(node, code));
    result.title = TRY(base::LocalText::from(TRY(node.required("title"))));
    result.from = TRY(TRY(node.required("from")).texts());
    result.to = TRY(TRY(node.required("to")).text());
    result.who = TRY(read_who(TRY(node.required("who"))));
    if (result.from.empty() || result.who.empty()) {
        return base::refuse(node.fault("list_empty", "'from' and 'who' name at least one"));
    }
    result.reasons = node["reasons"].text_or("");
    result.needs_text = TRY(node["needs_text"].boolean_or(false));
    result.needs_files = TRY(node["needs_files"].texts());
    result.effects = TRY(node["effects"].texts());
    result.clock = TRY(read_clock_action(node["clock"]));
    result.source = node["source"].text_or("");
    return result;
}

}  // namespace

base::Result<Process> Process::load(const std::filesystem::path& file) {
    Process process = TRY(from(TRY(Yaml::load(file))));
    if (file.stem() != process.code()) {
        return base::refuse(
            base::invalid("file_name_differs")
                .saying(file.string() + ":1: holds process '" + process.code() + "'"));
    }
    return process;
}

base::Result<Process> Process::from(const Yaml& root) {
    TRY(root.only_keys({"process", "version", "title", "initial", "states", "transitions"}));
    Process process;
    Yaml name = TRY(root.required("process"));
    process.code_ = TRY(read_code(name, TRY(name.text())));
    process.version_ = TRY(small_number(TRY(root.required("version")), 100'000));
    process.title_ = TRY(base::LocalText::from(TRY(root.required("title"))));
    process.initial_ = TRY(TRY(root.required("initial")).text());

    Yaml states = TRY(root.required("states"));
    for (const auto& [code, node] : states.pairs()) {
        process.states_.emplace(code, TRY(read_state(code, node)));
    }
    TRY(process.read_transitions(root));
    TRY(process.check_targets(root));
    return process;
}

base::Status Process::read_transitions(const Yaml& root) {
    Yaml transitions = TRY(root.required("transitions"));
    for (const auto& [code, node] : transitions.pairs()) {
        transitions_.push_back(TRY(read_transition(code, node)));
    }
    return {};
}

base::Status Process::check_targets(const Yaml& root) const {
    if (state(initial_) == nullptr) {
        return base::refuse(root["initial"].fault("state_unknown", "no state '" + initial_ + "'"));
    }
    for (const auto& [code, node] : root["transitions"].pairs()) {
        const Transition& item = *transition(code);
        for (const std::string& from : item.from) {
            const State* source = state(from);
            if (source == nullptr) {
                return base::refuse(node.fault("state_unknown", "no state '" + from + "'"));
            }
            if (source->is_final) {
                return base::refuse(
                    node.fault("state_final", "'" + from + "' is final: nothing leaves it"));
            }
        }
        if (state(item.to) == nullptr) {
            return base::refuse(node.fault("state_unknown", "no state '" + item.to + "'"));
        }
    }
    for (const auto& [code, node] : root["states"].pairs()) {
        auto status = check_due_transition(*state(code));
        if (!status) return base::refuse(node.fault(status.error().code, status.error().detail));
    }
    return {};
}

/// The system takes the transition of a clock with nothing but its code, so it may need no more.
base::Status Process::check_due_transition(const State& state) const {
    if (!state.clock || state.clock->on_due.transition.empty()) return {};
    const std::string& code = state.clock->on_due.transition;
    const Transition* due = transition(code);
    if (due == nullptr) {
        return base::refuse(
            base::invalid("transition_unknown").saying("no transition '" + code + "'"));
    }
    bool starts_here = std::find(due->from.begin(), due->from.end(), state.code) != due->from.end();
    bool clock_may = std::any_of(due->who.begin(), due->who.end(), [](const party::Who& who) {
        return who.relation == party::Relation::clock;
    });
    if (!starts_here || !clock_may || due->needs_text || !due->reasons.empty() ||
        !due->needs_files.empty()) {
        return base::refuse(base::invalid("due_transition_unfit")
                                .saying("'" + code +
                                        "' must start here, allow the clock and need "
                                        "no reason, text or file"));
    }
    return {};
}

}  // namespace workflow
