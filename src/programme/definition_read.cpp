#include "programme/definition_read.h"

#include <algorithm>
#include <array>
#include <set>

namespace programme::reading {
namespace {

using base::Yaml;

base::Status check_reasons(const Yaml& node, const std::string& list,
                           const workflow::Codes& codes) {
    if (list.empty() || codes.has_list(list)) return {};
    return base::refuse(node.fault("list_unknown", "no code list '" + list + "'"));
}

base::Result<StepClock> read_clock(const Yaml& node) {
    TRY(node.only_keys({"working_days", "calendar_days", "remind_before", "escalate_to", "on_due",
                        "source", "to_be_set"}));
    StepClock clock;
    clock.working_days = TRY(number(node["working_days"], 0, 1000));
    clock.calendar_days = TRY(number(node["calendar_days"], 0, 4000));
    if ((clock.working_days > 0) == (clock.calendar_days > 0))
        return base::refuse(
            node.fault("clock_unclear", "exactly one of working_days, calendar_days"));
    clock.remind_before = TRY(number(node["remind_before"], 0, 100));
    clock.on_due = node["on_due"].text_or("");
    clock.escalate_to = node["escalate_to"].text_or(clock.on_due.empty() ? "officer" : "");
    static constexpr std::array known{"", "pass", "refuse"};
    if (std::ranges::find(known, clock.on_due) == known.end())
        return base::refuse(node["on_due"].fault("value_unknown", "pass or refuse"));
    clock.source = TRY(TRY(node.required("source")).text());
    clock.to_be_set = TRY(node["to_be_set"].boolean_or(false));
    return clock;
}

base::Status read_return(const Yaml& node, Step& step, const workflow::Codes& codes) {
    if (!node.is_defined()) return {};
    TRY(node.only_keys({"working_days", "reasons"}));
    step.may_return = true;
    step.return_working_days = TRY(number(node["working_days"], 10, 400));
    step.return_reasons = node["reasons"].text_or("");
    return check_reasons(node, step.return_reasons, codes);
}

base::Status read_notice(const Yaml& node, Step& step) {
    TRY(node.only_keys({"calendar_days", "working_days", "decide_working_days", "heard_by"}));
    const int calendar = TRY(number(node["calendar_days"], 0, 200));
    const int working = TRY(number(node["working_days"], 0, 200));
    if ((calendar > 0) == (working > 0))
        return base::refuse(
            node.fault("clock_unclear", "exactly one of working_days, calendar_days"));
    step.notice_days = calendar + working;
    step.notice_in_working_days = working > 0;
    step.objection_days = TRY(number(node["decide_working_days"], 15, 200));
    step.hears = TRY(who(node["heard_by"]));
    if (step.hears.empty()) step.hears = step.who;
    return {};
}

base::Result<Step> read_step(const Yaml& node, const Programme& programme,
                             const workflow::Codes& codes) {
    TRY(node.only_keys(
        {"code",        "kind",        "title",     "help",           "at",
         "who",         "clock",       "return",    "refuse",         "refuse_reasons",
         "needs_files", "needs_text",  "skip_when", "source",         "limit",
         "ranked",      "expert_role", "notice",    "chooses_result", "public"}));
    Step step;
    step.code = TRY(code(TRY(node.required("code")), 20));
    auto kind = parse_step_kind(TRY(TRY(node.required("kind")).text()));
    if (!kind) return base::refuse(node["kind"].fault(kind.error().code, kind.error().detail));
    step.kind = *kind;
    step.title = TRY(words(node, "title"));
    step.help = TRY(words_if(node["help"]));
    step.at = TRY(level(node["at"], Level::applicant));
    step.who = TRY(who(TRY(node.required("who"))));
    if (step.who.empty()) return base::refuse(node["who"].fault("list_empty", "who acts?"));
    if (node["clock"].is_defined()) step.clock = TRY(read_clock(node["clock"]));
    TRY(read_return(node["return"], step, codes));
    step.may_refuse = TRY(node["refuse"].boolean_or(true));
    step.refuse_reasons = node["refuse_reasons"].text_or("");
    TRY(check_reasons(node, step.refuse_reasons, codes));
    step.needs_files = TRY(node["needs_files"].texts());
    step.needs_text = TRY(node["needs_text"].boolean_or(false));
    step.can_skip = node["skip_when"].is_defined();
    step.skip_when = TRY(condition_if(node["skip_when"], programme.words));
    step.source = node["source"].text_or("");
    if (node["limit"].is_defined())
        step.limit = TRY(Expression::from(node["limit"], programme.words));
    step.is_ranked = TRY(node["ranked"].boolean_or(false));
    step.expert_role = node["expert_role"].text_or("expert");
    if (node["notice"].is_defined()) TRY(read_notice(node["notice"], step));
    step.chooses_result = TRY(node["chooses_result"].boolean_or(false));
    step.is_public = TRY(node["public"].boolean_or(step.kind == StepKind::notice));
    if (step.kind == StepKind::notice && !node["notice"].is_defined())
        return base::refuse(node.fault("key_missing", "a notice step needs 'notice'"));
    if (step.kind == StepKind::review && !programme.scoring.is_defined())
        return base::refuse(node.fault("scoring_missing", "a review step needs 'scoring'"));
    if (step.chooses_result && programme.results.empty())
        return base::refuse(node["chooses_result"].fault("results_missing", "no 'results'"));
    const bool may_choose = step.kind == StepKind::check || step.kind == StepKind::panel;
    if (step.chooses_result && !may_choose)
        return base::refuse(
            node["chooses_result"].fault("value_unknown", "only in a check or panel step"));
    return step;
}

base::Result<FollowUpRule> read_follow_up(const Yaml& node, const Programme& programme,
                                          const workflow::Codes& codes) {
    TRY(node.only_keys({"code", "kind", "title", "after_months", "every_months", "times",
                        "open_days", "remind_before", "judge_working_days", "who", "judged_by",
                        "at", "form", "scoring", "results", "revoke_after", "escalate_to",
                        "to_be_set", "source"}));
    static constexpr std::array kinds{"review", "mid_check", "acceptance", "tracking", "report"};
    FollowUpRule rule;
    rule.code = TRY(code(TRY(node.required("code")), 12));
    rule.kind = TRY(TRY(node.required("kind")).text());
    if (std::ranges::find(kinds, rule.kind) == kinds.end())
        return base::refuse(node["kind"].fault(
            "value_unknown", "review, mid_check, acceptance, tracking or report"));
    rule.title = TRY(words(node, "title"));
    rule.after_months = TRY(number(TRY(node.required("after_months")), 0, 600));
    rule.every_months = TRY(number(node["every_months"], 0, 600));
    rule.times = TRY(number(node["times"], rule.every_months > 0 ? 0 : 1, 100));
    rule.open_days = TRY(number(node["open_days"], 30, 400));
    rule.remind_before = TRY(number(node["remind_before"], 5, 100));
    rule.judge_working_days = TRY(number(node["judge_working_days"], 20, 400));
    rule.who = TRY(who(node["who"]));
    if (rule.who.empty()) rule.who = programme.applicant.who;
    rule.judges = TRY(who(TRY(node.required("judged_by"))));
    rule.at = TRY(level(node["at"], Level::region));
    Vocabulary around = programme.words;
    if (node["form"].is_defined()) {
        rule.form = TRY(workflow::Form::from(node["form"], codes));
        around.form = &rule.form->fields;
    }
    if (node["scoring"].is_defined()) {
        std::vector<std::string> types;
        for (const ApplicantType& type : programme.applicant.types)
            types.push_back(type.code);
        rule.scoring = TRY(read_sheet(node["scoring"], around, types));
    }
    rule.results = TRY(results(node["results"], around));
    rule.revoke_after = TRY(number(node["revoke_after"], 0, 20));
    rule.escalate_to = node["escalate_to"].text_or("officer");
    rule.to_be_set = TRY(node["to_be_set"].boolean_or(false));
    rule.source = node["source"].text_or("");
    return rule;
}

base::Result<TitleRule> read_title(const Yaml& node, const Vocabulary& around) {
    TRY(node.only_keys(
        {"code", "name", "number", "valid_months", "to_be_set", "when", "holder", "public"}));
    TitleRule rule;
    rule.code = TRY(code(TRY(node.required("code"))));
    rule.name = TRY(words(node, "name"));
    rule.number = TRY(TRY(node.required("number")).text());
    if (rule.number.find("{serial") == std::string::npos)
        return base::refuse(node["number"].fault("number_pattern", "needs {serial}"));
    rule.valid_months = TRY(number(node["valid_months"], 0, 1200));
    const std::string holder = node["holder"].text_or("applicant");
    if (holder != "applicant" && holder != "counterpart")
        return base::refuse(node["holder"].fault("value_unknown", "applicant or counterpart"));
    rule.to_counterpart = holder == "counterpart";
    rule.is_public = TRY(node["public"].boolean_or(true));
    rule.to_be_set = TRY(node["to_be_set"].boolean_or(false));
    rule.when = TRY(condition_if(node["when"], around));
    return rule;
}

}  // namespace

base::Result<std::string> code(const Yaml& node, std::size_t length_max) {
    std::string text = TRY(node.text());
    const bool fits = !text.empty() && text.size() <= length_max && text.front() >= 'a' &&
                      text.front() <= 'z' && std::ranges::all_of(text, [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                      });
    if (fits) return text;
    return base::refuse(node.fault("code_malformed", "'" + text + "' is not a snake_case code of " +
                                                         std::to_string(length_max) +
                                                         " characters at most"));
}

base::Result<base::LocalText> words(const Yaml& node, std::string_view key) {
    return base::LocalText::from(TRY(node.required(key)));
}

base::Result<base::LocalText> words_if(const Yaml& node) {
    if (!node.is_defined()) return base::LocalText();
    return base::LocalText::from(node);
}

base::Result<int> number(const Yaml& node, int fallback, int maximum) {
    const long long value = TRY(node.integer_or(fallback));
    if (value >= 0 && value <= maximum) return static_cast<int>(value);
    return base::refuse(
        node.fault("value_out_of_range", "expected 0 to " + std::to_string(maximum)));
}

base::Result<std::vector<party::Who>> who(const Yaml& node) {
    std::vector<party::Who> result;
    for (const std::string& text : TRY(node.texts())) {
        auto one = party::parse_who(text);
        if (!one) return base::refuse(node.fault("who_unknown", "'" + text + "' names nobody"));
        result.push_back(*one);
    }
    return result;
}

base::Result<Condition> condition_if(const Yaml& node, const Vocabulary& around) {
    if (!node.is_defined()) return Condition();
    return Condition::from(node, around);
}

base::Result<Level> level(const Yaml& node, Level fallback) {
    if (!node.is_defined()) return fallback;
    const std::string text = TRY(node.text());
    if (text == "applicant") return Level::applicant;
    if (text == "county") return Level::county;
    if (text == "city") return Level::city;
    if (text == "region") return Level::region;
    return base::refuse(node.fault("value_unknown", "applicant, county, city or region"));
}

base::Result<std::vector<ResultCode>> results(const Yaml& list, const Vocabulary& around) {
    std::vector<ResultCode> result;
    for (const Yaml& node : list.items()) {
        TRY(node.only_keys({"code", "title", "refuses", "revokes", "when"}));
        ResultCode one;
        one.code = TRY(code(TRY(node.required("code"))));
        one.title = TRY(words(node, "title"));
        one.refuses = TRY(node["refuses"].boolean_or(false));
        one.revokes = TRY(node["revokes"].boolean_or(false));
        one.when = TRY(condition_if(node["when"], around));
        if (std::ranges::find(result, one.code, &ResultCode::code) != result.end())
            return base::refuse(node["code"].fault("code_repeated", one.code));
        result.push_back(std::move(one));
    }
    return result;
}

base::Result<std::vector<Step>> steps(const Yaml& list, const Programme& programme,
                                      const workflow::Codes& codes) {
    static const std::set<std::string> taken{"draft",  "granted", "refused", "withdrawn",
                                             "lapsed", "submit",  "withdraw"};
    std::vector<Step> result;
    for (const Yaml& node : list.items()) {
        Step step = TRY(read_step(node, programme, codes));
        if (taken.contains(step.code))
            return base::refuse(node["code"].fault("code_taken", "'" + step.code + "' is a state"));
        if (std::ranges::find(result, step.code, &Step::code) != result.end())
            return base::refuse(node["code"].fault("code_repeated", step.code));
        const bool is_after_final = !result.empty() && result.back().kind == StepKind::final_list;
        if (is_after_final)
            return base::refuse(node.fault("step_order", "nothing comes after the final list"));
        result.push_back(std::move(step));
    }
    if (result.empty()) return base::refuse(list.fault("list_empty", "at least one step"));
    const auto has = [&](StepKind kind) {
        return std::ranges::find(result, kind, &Step::kind) != result.end();
    };
    if (has(StepKind::notice) && result.back().kind != StepKind::final_list)
        return base::refuse(list.fault("step_order", "after a notice there is a final list"));
    if (programme.scoring.needs_experts() && !has(StepKind::review))
        return base::refuse(list.fault("step_order", "experts score, but there is no review step"));
    return result;
}

base::Result<std::vector<FollowUpRule>> follow_ups(const Yaml& list, const Programme& programme,
                                                   const workflow::Codes& codes) {
    std::vector<FollowUpRule> result;
    for (const Yaml& node : list.items()) {
        FollowUpRule rule = TRY(read_follow_up(node, programme, codes));
        if (std::ranges::find(result, rule.code, &FollowUpRule::code) != result.end())
            return base::refuse(node["code"].fault("code_repeated", rule.code));
        result.push_back(std::move(rule));
    }
    return result;
}

base::Status outcomes(const Yaml& node, Programme& programme) {
    TRY(node.only_keys({"titles", "award", "duties", "catalogue"}));
    for (const Yaml& item : node["titles"].items()) {
        TitleRule rule = TRY(read_title(item, programme.words));
        if (programme.title_rule(rule.code) != nullptr)
            return base::refuse(item["code"].fault("code_repeated", rule.code));
        programme.titles.push_back(std::move(rule));
    }
    if (node["award"].is_defined())
        programme.award = TRY(read_award(node["award"], programme.words));
    programme.catalogue = node["catalogue"].text_or("");
    return {};
}

base::Result<std::vector<FollowUpRule>> duties(const Yaml& node, const Programme& programme) {
    std::vector<FollowUpRule> result;
    for (const Yaml& item : node["duties"].items()) {
        TRY(item.only_keys({"code", "title", "due_months", "open_days", "source"}));
        FollowUpRule rule;
        rule.code = TRY(code(TRY(item.required("code")), 12));
        rule.kind = "duty";
        rule.title = TRY(words(item, "title"));
        rule.after_months = TRY(number(item["due_months"], 0, 600));
        rule.open_days = TRY(number(item["open_days"], 30, 4000));
        rule.who = programme.applicant.who;
        rule.judges = programme.steps.back().who;
        rule.at = programme.steps.back().at;
        rule.source = item["source"].text_or("");
        result.push_back(std::move(rule));
    }
    return result;
}

base::Result<std::vector<FactRule>> facts(const Yaml& list, const Programme& programme) {
    std::vector<FactRule> result;
    for (const Yaml& node : list.items()) {
        TRY(node.only_keys(
            {"kind", "on", "amount", "class", "class_from", "field", "when", "rows"}));
        FactRule rule;
        rule.kind = TRY(TRY(node.required("kind")).text());
        rule.on = node["on"].text_or("granted");
        const bool is_known = rule.on == "submitted" || rule.on == "granted" || rule.on == "paid" ||
                              programme.follow_up(rule.on) != nullptr;
        if (!is_known)
            return base::refuse(
                node["on"].fault("value_unknown", "submitted, granted, paid or a follow-up"));
        Vocabulary around = programme.words;
        rule.rows = node["rows"].text_or("");
        if (!rule.rows.empty()) {
            const base::FieldSpec* table = around.path_field(rule.rows);
            if (table == nullptr || table->type != base::FieldType::table)
                return base::refuse(node["rows"].fault("path_unknown", "no table of the form"));
            around.row = &table->columns;
        }
        if (const FollowUpRule* follow = programme.follow_up(rule.on); follow && follow->form)
            around.form = &follow->form->fields;
        if (node["amount"].is_defined())
            rule.amount = TRY(Expression::from(node["amount"], around));
        rule.class_code = node["class"].text_or("");
        for (const auto& [key, path] :
             {std::pair{"class_from", &rule.class_path}, std::pair{"field", &rule.field_path}}) {
            if (!node[key].is_defined()) continue;
            TRY(Expression::from(node[key], around));
            *path = TRY(node[key].text());
        }
        rule.when = TRY(condition_if(node["when"], around));
        result.push_back(std::move(rule));
    }
    return result;
}

}  // namespace programme::reading
