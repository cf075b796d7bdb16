#include "programme/compose.h"

#include <set>

#include "base/yaml.h"

namespace programme {
namespace {

using base::json::array;
using base::json::object;

array list_of(const std::vector<party::Who>& who) {
    array list;
    for (const party::Who& one : who)
        list.push_back(base::json::value(party::to_string(one)));
    return list;
}

array names(std::initializer_list<std::string> texts) {
    array list;
    for (const std::string& text : texts)
        list.push_back(base::json::value(text));
    return list;
}

/// Builds the JSON form of a process file; JSON is YAML, so that workflow reads and checks it as it
/// does any other.
class Builder {
  public:
    Builder(std::string code, int version, const base::LocalText& title, const base::Texts& texts)
        : texts_(texts) {
        root_["process"] = std::move(code);
        root_["version"] = version;
        root_["title"] = show(title);
    }

    object show(const base::LocalText& text) const {
        object shown;
        shown["zh"] = text.in(base::Language::zh_cn);
        if (text.has(base::Language::en)) shown["en"] = text.in(base::Language::en);
        return shown;
    }

    /// "programme.process.<key>", with {step} put in.
    object words(std::string_view key, const base::LocalText& step = {}) const {
        object shown;
        const std::string full = "programme.process." + std::string(key);
        for (const auto& [tag, language] :
             {std::pair{"zh", base::Language::zh_cn}, std::pair{"en", base::Language::en}}) {
            if (language == base::Language::en && !texts_.has(language, full)) continue;
            const std::string name = step.empty() ? std::string() : step.in(language);
            shown[tag] = texts_.get(language, full, {{"step", name}});
        }
        return shown;
    }

    void state(const std::string& code, object title, const std::vector<party::Who>& waits_for) {
        states_[code] = object{{"title", std::move(title)}, {"waits_for", list_of(waits_for)}};
    }
    void resting(const std::string& code, object title, bool is_public) {
        states_[code] =
            object{{"title", std::move(title)}, {"resting", true}, {"public", is_public}};
    }
    void final_state(const std::string& code, object title, bool is_public = false) {
        states_[code] = object{{"title", std::move(title)}, {"final", true}, {"public", is_public}};
    }
    void set(const std::string& state, std::string_view key, base::json::value value) {
        states_[state].as_object()[key] = std::move(value);
    }
    /// working or calendar days; on_due: a transition, or somebody to tell.
    void clock(const std::string& state, std::string_view unit, int days, int remind_before,
               object on_due, const std::string& source) {
        set(state, "clock",
            object{{unit, days},
                   {"remind_before", remind_before},
                   {"on_due", std::move(on_due)},
                   {"source", source}});
    }

    object& transition(const std::string& code, object title, array from, const std::string& to,
                       array who) {
        transitions_[code] = object{{"title", std::move(title)},
                                    {"from", std::move(from)},
                                    {"to", to},
                                    {"who", std::move(who)}};
        return transitions_[code].as_object();
    }

    base::Result<workflow::Process> finish(const std::string& initial) {
        root_["initial"] = initial;
        root_["states"] = std::move(states_);
        root_["transitions"] = std::move(transitions_);
        const std::string name = std::string(root_["process"].as_string());
        return workflow::Process::from(
            TRY(base::Yaml::parse(base::json::serialize(root_), "process of " + name)));
    }

  private:
    const base::Texts& texts_;
    object root_, states_, transitions_;
};

const array clock_only = names({"clock"});

/// The application: draft → steps → granted, with its ways out.
class ApplicationProcess {
  public:
    ApplicationProcess(const Programme& programme, const base::Texts& texts)
        : programme_(programme),
          build_(programme.process(), programme.revision, programme.title, texts) {}

    base::Result<workflow::Process> run() {
        build_.state("draft", build_.words("draft"), programme_.applicant.who);
        build_.transition("submit", build_.words("submit"), names({"draft"}),
                          programme_.steps.front().code, list_of(programme_.applicant.who));
        withdraw_from_.push_back("draft");
        for (std::size_t i = 0; i < programme_.steps.size(); ++i)
            step(programme_.steps[i],
                 i + 1 < programme_.steps.size() ? programme_.steps[i + 1].code : "granted");
        build_.final_state("granted", build_.words("granted"),
                           programme_.publicity != Publicity::never);
        build_.final_state("withdrawn", build_.words("withdrawn"));
        if (can_refuse_) build_.final_state("refused", build_.words("refused"));
        if (can_lapse_) build_.final_state("lapsed", build_.words("lapsed"));
        build_.transition("withdraw", build_.words("withdraw"), std::move(withdraw_from_),
                          "withdrawn", list_of(programme_.applicant.who));
        return build_.finish("draft");
    }

  private:
    void step(const Step& step, const std::string& next) {
        build_.state(step.code, build_.show(step.title), step.who);
        if (step.is_public) build_.set(step.code, "public", true);
        if (step.clock.is_defined()) clock(step);
        withdraw_from_.push_back(base::json::value(step.code));
        const bool by_list = step.kind == StepKind::notice || step.kind == StepKind::final_list;
        if (by_list) {
            listed(step, next);
        } else {
            object& pass = build_.transition(
                transition_of(step.code, "pass"),
                build_.words(std::string("pass_") + std::string(to_string(step.kind)), step.title),
                names({step.code}), next, actors(step));
            if (!step.needs_files.empty()) {
                array files;
                for (const std::string& kind : step.needs_files)
                    files.push_back(base::json::value(kind));
                pass["needs_files"] = std::move(files);
            }
            if (step.needs_text) pass["needs_text"] = true;
            pass["source"] = step.source;
        }
        if (step.kind == StepKind::review) reopen(step);
        if (step.may_return) returned(step);
        if (step.may_refuse) refuse(step);
        if (step.can_skip)
            build_.transition(transition_of(step.code, "skip"), build_.words("skip", step.title),
                              names({step.code}), next, clock_only);
    }

    /// A conflict of interest found late sends a case back to the experts, until a list names it.
    void reopen(const Step& review) {
        array from;
        bool is_later = false;
        for (const Step& later : programme_.steps) {
            if (is_later) from.push_back(base::json::value(later.code));
            if (later.code == review.code) is_later = true;
            if (is_later && later.kind == StepKind::notice) break;
        }
        if (from.empty()) return;
        build_.transition(transition_of(review.code, "reopen"), build_.words("reopen"),
                          std::move(from), review.code, list_of(review.who))["needs_text"] = true;
    }

    /// The clock may take what a review or a clock decides.
    array actors(const Step& step) const {
        array who = list_of(step.who);
        if (step.kind == StepKind::review || step.clock.on_due == "pass")
            who.push_back(base::json::value("clock"));
        return who;
    }

    void clock(const Step& step) {
        object on_due;
        if (!step.clock.on_due.empty())
            on_due["transition"] = transition_of(step.code, step.clock.on_due);
        if (!step.clock.escalate_to.empty()) on_due["escalate_to"] = step.clock.escalate_to;
        const bool is_working = step.clock.working_days > 0;
        build_.clock(step.code, is_working ? "working_days" : "calendar_days",
                     is_working ? step.clock.working_days : step.clock.calendar_days,
                     step.clock.remind_before, std::move(on_due), step.clock.source);
    }

    void returned(const Step& step) {
        const std::string state = step.code + "_returned";
        build_.state(state, build_.words("returned", step.title), programme_.applicant.who);
        build_.clock(state, "working_days", step.return_working_days, 2,
                     object{{"transition", step.code + "_lapse"}},
                     step.clock.source.empty() ? programme_.source : step.clock.source);
        object& back = build_.transition(transition_of(step.code, "return"), build_.words("return"),
                                         names({step.code}), state, list_of(step.who));
        back["needs_text"] = true;
        if (!step.return_reasons.empty()) back["reasons"] = step.return_reasons;
        build_.transition(transition_of(step.code, "again"), build_.words("resubmit"),
                          names({state}), step.code, list_of(programme_.applicant.who));
        build_.transition(transition_of(step.code, "lapse"), build_.words("lapse"), names({state}),
                          "lapsed", clock_only);
        withdraw_from_.push_back(base::json::value(state));
        can_lapse_ = true;
    }

    void refuse(const Step& step) {
        array who = actors(step);
        const bool by_clock = step.clock.on_due == "refuse";
        if (by_clock) who.push_back(base::json::value("clock"));
        object& refused =
            build_.transition(transition_of(step.code, "refuse"), build_.words("refuse"),
                              names({step.code}), "refused", std::move(who));
        const bool by_machine = by_clock || step.kind == StepKind::review;
        if (!by_machine) refused["needs_text"] = true;
        if (!by_machine && !step.refuse_reasons.empty()) refused["reasons"] = step.refuse_reasons;
        can_refuse_ = true;
    }

    /// Steps that a list takes: ready → published → (objection founded → heard again) → next.
    void listed(const Step& step, const std::string& next) {
        if (step.kind == StepKind::final_list) {
            build_.transition(transition_of(step.code, "issue"), build_.words("issue"),
                              names({step.code}), next, clock_only);
            return;
        }
        const std::string open = step.code + "_open";
        const std::string heard = step.code + "_heard";
        build_.resting(open, build_.words("on_notice", step.title), true);
        build_.state(heard, build_.words("heard", step.title), step.hears);
        build_.transition(transition_of(step.code, "publish"), build_.words("publish"),
                          names({step.code}), open, clock_only);
        build_.transition(transition_of(step.code, "end"), build_.words("notice_end"),
                          names({open}), next, clock_only);
        build_.transition(transition_of(step.code, "object"), build_.words("objection_founded"),
                          names({open}), heard, clock_only);
        build_.transition(transition_of(step.code, "keep"), build_.words("keep"), names({heard}),
                          next, list_of(step.hears))["needs_text"] = true;
        build_.transition(transition_of(step.code, "change"), build_.words("change"),
                          names({heard}), next, list_of(step.hears))["needs_text"] = true;
        build_.transition(transition_of(step.code, "drop"), build_.words("drop"), names({heard}),
                          "refused", list_of(step.hears))["needs_text"] = true;
        can_refuse_ = true;
        withdraw_from_.push_back(base::json::value(open));
        withdraw_from_.push_back(base::json::value(heard));
    }

    const Programme& programme_;
    Builder build_;
    array withdraw_from_;
    bool can_refuse_ = false, can_lapse_ = false;
};

const Step* step_of(const Programme& programme, StepKind kind) {
    for (const Step& step : programme.steps) {
        if (step.kind == kind) return &step;
    }
    return nullptr;
}

/// One expert's task; author is the expert.
base::Result<workflow::Process> review(const Programme& programme, const Step& step,
                                       const base::Texts& texts) {
    Builder build(review_process(programme.code), programme.revision, programme.title, texts);
    const std::vector<party::Who> expert{{step.expert_role, party::Relation::author}};
    build.state("assigned", build.words("assigned"), expert);
    const int days = step.clock.working_days > 0 ? step.clock.working_days : 10;
    build.clock("assigned", "working_days", days, std::min(3, days - 1),
                object{{"escalate_to", "officer"}},
                step.clock.source.empty() ? programme.source : step.clock.source);
    build.resting("scored", build.words("scored"), false);
    build.final_state("declined", build.words("declined"));
    build.final_state("removed", build.words("removed"));
    build.transition("score", build.words("score"), names({"assigned"}), "scored", list_of(expert));
    build.transition("decline", build.words("decline"), names({"assigned"}), "declined",
                     list_of(expert))["needs_text"] = true;
    build.transition("remove", build.words("remove"), names({"assigned", "scored"}), "removed",
                     list_of(step.who))["needs_text"] = true;
    build.transition("cancel", build.words("cancel"), names({"assigned"}), "removed", clock_only);
    return build.finish("assigned");
}

/// A published list: the notice runs out, a final list stands.
base::Result<workflow::Process> list(const Programme& programme, const base::Texts& texts) {
    Builder build(list_process(programme.code), programme.revision, programme.title, texts);
    const Step* notice = step_of(programme, StepKind::notice);
    build.state("prepared", build.words("prepared"), programme.steps.back().who);
    build.final_state("standing", build.words("standing"), true);
    build.transition("stand", build.words("issue"), names({"prepared"}), "standing", clock_only);
    if (notice != nullptr) {
        build.resting("published", build.words("published"), true);
        build.clock("published", notice->notice_in_working_days ? "working_days" : "calendar_days",
                    notice->notice_days, 0, object{{"transition", "complete"}},
                    notice->source.empty() ? programme.source : notice->source);
        if (!notice->notice_in_working_days) {
            object clock{{"calendar_days", notice->notice_days},
                         {"ends_on_working_day", true},
                         {"on_due", object{{"transition", "complete"}}},
                         {"source", notice->source.empty() ? programme.source : notice->source}};
            build.set("published", "clock", std::move(clock));
        }
        build.final_state("completed", build.words("completed"), true);
        build.transition("publish", build.words("publish"), names({"prepared"}), "published",
                         clock_only);
        build.transition("complete", build.words("notice_end"), names({"published"}), "completed",
                         clock_only);
    }
    return build.finish("prepared");
}

base::Result<workflow::Process> objection(const Programme& programme, const Step& notice,
                                          const base::Texts& texts) {
    Builder build(objection_process(programme.code), programme.revision, programme.title, texts);
    const std::string source = notice.source.empty() ? programme.source : notice.source;
    build.state("filed", build.words("filed"), notice.hears);
    build.clock("filed", "working_days", std::min(5, notice.objection_days), 1,
                object{{"escalate_to", "officer"}}, source);
    build.state("admitted", build.words("admitted"), notice.hears);
    build.clock("admitted", "working_days", notice.objection_days,
                std::min(3, notice.objection_days - 1), object{{"escalate_to", "officer"}}, source);
    for (const char* end : {"founded", "unfounded", "not_admitted"})
        build.final_state(end, build.words(end));
    const array hears = list_of(notice.hears);
    build.transition("admit", build.words("admit"), names({"filed"}), "admitted", hears);
    build.transition("not_admit", build.words("not_admit"), names({"filed"}), "not_admitted",
                     hears)["needs_text"] = true;
    build.transition("uphold", build.words("uphold"), names({"admitted"}), "founded",
                     hears)["needs_text"] = true;
    build.transition("reject", build.words("reject"), names({"admitted"}), "unfounded",
                     hears)["needs_text"] = true;
    return build.finish("filed");
}

base::Result<workflow::Process> follow_up(const Programme& programme, const FollowUpRule& rule,
                                          const base::Texts& texts) {
    Builder build(follow_up_process(programme.code, rule.code), programme.revision, rule.title,
                  texts);
    const std::string source = rule.source.empty() ? programme.source : rule.source;
    std::vector<party::Who> both = rule.judges;
    both.insert(both.end(), rule.who.begin(), rule.who.end());
    build.state("due", build.words("follow_due"), rule.who);
    build.clock("due", "calendar_days", rule.open_days, rule.remind_before,
                object{{"transition", "late"}, {"escalate_to", rule.escalate_to}}, source);
    build.state("overdue", build.words("follow_overdue"), both);
    build.state("filed", build.words("follow_filed"), rule.judges);
    build.clock("filed", "working_days", rule.judge_working_days,
                std::min(3, rule.judge_working_days - 1), object{{"escalate_to", rule.escalate_to}},
                source);
    build.final_state("judged", build.words("follow_judged"));
    build.final_state("ended", build.words("follow_ended"));
    build.transition("file", build.words("follow_file"), names({"due", "overdue"}), "filed",
                     list_of(rule.who));
    build.transition("late", build.words("follow_late"), names({"due"}), "overdue", clock_only);
    build.transition("return", build.words("return"), names({"filed"}), "due",
                     list_of(rule.judges))["needs_text"] = true;
    build.transition("judge", build.words("follow_judge"), names({"filed", "overdue"}), "judged",
                     list_of(rule.judges))["needs_text"] = true;
    build.transition("end", build.words("follow_end"), names({"due", "overdue", "filed"}), "ended",
                     clock_only);
    return build.finish("due");
}

}  // namespace

std::string application_process(std::string_view programme) {
    return "programme_" + std::string(programme);
}
std::string review_process(std::string_view programme) {
    return "review_" + std::string(programme);
}
std::string list_process(std::string_view programme) {
    return "list_" + std::string(programme);
}
std::string objection_process(std::string_view programme) {
    return "objection_" + std::string(programme);
}
std::string follow_up_process(std::string_view programme, std::string_view follow_up) {
    return "f_" + std::string(programme) + "_" + std::string(follow_up);
}

std::string transition_of(std::string_view step, std::string_view what) {
    return std::string(step) + "_" + std::string(what);
}

base::Result<std::vector<workflow::Process>> compose(const Programme& programme,
                                                     const base::Texts& texts) {
    std::vector<workflow::Process> result;
    result.push_back(TRY(ApplicationProcess(programme, texts).run()));
    const bool has_list = programme.steps.back().kind == StepKind::final_list;
    if (has_list) result.push_back(TRY(list(programme, texts)));
    if (const Step* step = step_of(programme, StepKind::notice))
        result.push_back(TRY(objection(programme, *step, texts)));
    if (const Step* step = step_of(programme, StepKind::review))
        result.push_back(TRY(review(programme, *step, texts)));
    for (const FollowUpRule& rule : programme.follow_ups)
        result.push_back(TRY(follow_up(programme, rule, texts)));
    return result;
}

}  // namespace programme
