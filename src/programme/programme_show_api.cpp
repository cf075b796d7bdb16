// What the API shows of programmes and their records.
#include <algorithm>

#include "party/party_api.h"
#include "programme/compose.h"
#include "programme/programme_api.h"
#include "workflow/workflow_api.h"

namespace programme {
namespace {

using base::json::array;
using base::json::object;

array who_of(const std::vector<party::Who>& list) {
    array shown;
    for (const party::Who& who : list)
        shown.push_back(base::json::value(party::to_string(who)));
    return shown;
}

std::string_view level_of(Level level) {
    switch (level) {
        case Level::region:
            return "region";
        case Level::city:
            return "city";
        case Level::county:
            return "county";
        case Level::applicant:
            return "applicant";
    }
    return "applicant";
}

array show_results(const std::vector<ResultCode>& results, base::Language language) {
    array shown;
    for (const ResultCode& result : results)
        shown.push_back(object{{"code", result.code},
                               {"title", result.title.in(language)},
                               {"refuses", result.refuses || result.revokes}});
    return shown;
}

object show_step(const Step& step, base::Language language) {
    object shown{{"code", step.code},
                 {"kind", to_string(step.kind)},
                 {"title", step.title.in(language)},
                 {"at", level_of(step.at)},
                 {"who", who_of(step.who)},
                 {"may_return", step.may_return},
                 {"may_refuse", step.may_refuse},
                 {"may_skip", step.can_skip},
                 {"chooses_result", step.chooses_result},
                 {"ranked", step.is_ranked},
                 {"source", step.source}};
    if (!step.help.empty()) shown["help"] = step.help.in(language);
    if (step.clock.is_defined())
        shown["clock"] = object{{"working_days", step.clock.working_days},
                                {"calendar_days", step.clock.calendar_days},
                                {"remind_before", step.clock.remind_before},
                                {"escalate_to", step.clock.escalate_to},
                                {"on_due", step.clock.on_due},
                                {"source", step.clock.source},
                                {"to_be_set", step.clock.to_be_set}};
    if (step.may_return) shown["return_working_days"] = step.return_working_days;
    if (step.kind == StepKind::notice)
        shown["notice"] = object{{"days", step.notice_days},
                                 {"working", step.notice_in_working_days},
                                 {"decide_working_days", step.objection_days},
                                 {"heard_by", who_of(step.hears)}};
    array files;
    for (const std::string& kind : step.needs_files)
        files.push_back(base::json::value(kind));
    shown["needs_files"] = std::move(files);
    return shown;
}

object show_window(const Window& window) {
    return {{"batch", window.batch},
            {"opens", window.opens.to_string()},
            {"closes", window.closes.to_string()}};
}

array show_parameters(const Programme& programme, base::Language language) {
    array shown;
    for (const auto& [name, parameter] : programme.words.parameters) {
        object one{{"code", name},
                   {"title", parameter.title.in(language)},
                   {"unit", parameter.unit.in(language)},
                   {"to_be_set", parameter.to_be_set},
                   {"source", parameter.source}};
        if (parameter.value) one["value"] = parameter.value->to_string();
        shown.push_back(std::move(one));
    }
    return shown;
}

object show_award_rule(const AwardRule& rule, base::Language language) {
    array tiers, exclusions, instalments, clawback;
    for (const AwardTier& tier : rule.tiers) {
        object one{{"percent", tier.percent.to_string()}};
        if (tier.up_to) one["up_to"] = tier.up_to->to_string();
        tiers.push_back(std::move(one));
    }
    for (const Exclusion& exclusion : rule.exclusions)
        exclusions.push_back(
            object{{"code", exclusion.code}, {"title", exclusion.title.in(language)}});
    for (const Instalment& part : rule.instalments)
        instalments.push_back(object{{"code", part.code},
                                     {"title", part.title.in(language)},
                                     {"percent", part.percent.to_string()},
                                     {"after", part.after}});
    for (const Clawback& one : rule.clawbacks)
        clawback.push_back(object{{"code", one.code},
                                  {"title", one.title.in(language)},
                                  {"percent", one.percent.to_string()}});
    return {{"title", rule.title.in(language)},
            {"base", rule.base.to_string()},
            {"floor", rule.floor.to_string()},
            {"cap_item", rule.cap_item.to_string()},
            {"cap_case", rule.cap_case.to_string()},
            {"cap_organisation_year", rule.cap_organisation_year.to_string()},
            {"budget_year", rule.budget_year.to_string()},
            {"mode", rule.mode == TierMode::marginal ? "marginal" : "whole"},
            {"tiers", std::move(tiers)},
            {"exclusions", std::move(exclusions)},
            {"instalments", std::move(instalments)},
            {"clawback", std::move(clawback)},
            {"source", rule.source}};
}

array show_follow_ups(const Programme& programme, base::Language language) {
    array shown;
    for (const FollowUpRule& rule : programme.follow_ups) {
        object one{{"code", rule.code},
                   {"kind", rule.kind},
                   {"title", rule.title.in(language)},
                   {"after_months", rule.after_months},
                   {"every_months", rule.every_months},
                   {"open_days", rule.open_days},
                   {"revoke_after", rule.revoke_after},
                   {"results", show_results(rule.results, language)},
                   {"to_be_set", rule.to_be_set},
                   {"source", rule.source}};
        if (rule.form) one["form"] = rule.form->describe(language);
        shown.push_back(std::move(one));
    }
    return shown;
}

}  // namespace

object show_brief(const Programme& programme, base::Date today, base::Language language) {
    array clauses;
    for (const std::string& clause : programme.clauses)
        clauses.push_back(base::json::value(clause));
    object shown{{"code", programme.code},
                 {"version", programme.label},
                 {"revision", programme.revision},
                 {"title", programme.title.in(language)},
                 {"summary", programme.summary.in(language)},
                 {"category", programme.category},
                 {"department", programme.department},
                 {"source", programme.source},
                 {"clauses", std::move(clauses)},
                 {"to_be_set", programme.to_be_set},
                 {"open", nullptr},
                 {"next", nullptr}};
    if (const auto window = programme.windows.open_on(today)) shown["open"] = show_window(*window);
    if (const auto window = programme.windows.next_after(today))
        shown["next"] = show_window(*window);
    shown["always"] = programme.windows.always;
    return shown;
}

object show_sheet(const ScoreSheet& sheet, std::string_view type, base::Language language) {
    array sections;
    for (const ScoreSection& section : sheet.sections) {
        array items;
        for (const ScoreItem& item : sheet.items) {
            const bool is_shown = type.empty() || item.applies_to(type);
            if (item.section != section.code || !is_shown) continue;
            array only_for;
            for (const std::string& one : item.only_for)
                only_for.push_back(base::json::value(one));
            object shown{{"code", item.code},
                         {"title", item.title.in(language)},
                         {"points", item.points.to_string()},
                         {"by_rule", item.by_rule()},
                         {"only_for", std::move(only_for)}};
            if (item.by_rule()) shown["rule"] = item.value.to_string();
            if (!item.help.empty()) shown["help"] = item.help.in(language);
            if (item.minimum) shown["minimum"] = item.minimum->to_string();
            items.push_back(std::move(shown));
        }
        sections.push_back(object{{"code", section.code},
                                  {"title", section.title.in(language)},
                                  {"items", std::move(items)}});
    }
    object shown{{"sections", std::move(sections)},
                 {"experts_min", sheet.experts_min},
                 {"hides_applicant", sheet.hides_applicant},
                 {"source", sheet.source}};
    if (sheet.pass_at) shown["pass_at"] = sheet.pass_at->to_string();
    if (sheet.spread.farther_than) shown["farther_than"] = sheet.spread.farther_than->to_string();
    if (sheet.spread.spread_max) shown["spread_max"] = sheet.spread.spread_max->to_string();
    return shown;
}

object show_programme(const Programme& programme, base::Date today, base::Language language) {
    object shown = show_brief(programme, today, language);
    shown["documents"] = programme.documents.in(language);
    shown["hash"] = programme.hash;
    shown["form"] = programme.form.describe(language);
    object prefill;
    for (const Prefill& rule : programme.prefill)
        prefill[rule.field] = object{{"source", rule.source}, {"explain", rule.explain}};
    shown["prefill"] = std::move(prefill);
    array kinds;
    for (const std::string& kind : programme.applicant.organisation_kinds)
        kinds.push_back(base::json::value(kind));
    shown["applicant"] = object{{"person", programme.applicant.is_person},
                                {"who", who_of(programme.applicant.who)},
                                {"organisation_kinds", std::move(kinds)},
                                {"one_per", programme.applicant.one_per}};
    array attachments, requirements, steps, titles;
    for (const AttachmentRule& rule : programme.attachments)
        attachments.push_back(object{{"kind", rule.kind},
                                     {"title", rule.title.in(language)},
                                     {"required", rule.required},
                                     {"confidential", rule.confidential}});
    for (const Requirement& rule : programme.eligibility)
        requirements.push_back(object{{"code", rule.code},
                                      {"text", rule.text.in(language)},
                                      {"hard", rule.is_hard},
                                      {"to_be_set", rule.to_be_set},
                                      {"source", rule.source}});
    for (const Step& step : programme.steps)
        steps.push_back(show_step(step, language));
    for (const TitleRule& rule : programme.titles)
        titles.push_back(object{{"code", rule.code},
                                {"name", rule.name.in(language)},
                                {"number", rule.number},
                                {"valid_months", rule.valid_months},
                                {"to_be_set", rule.to_be_set}});
    shown["attachments"] = std::move(attachments);
    shown["eligibility"] = std::move(requirements);
    shown["steps"] = std::move(steps);
    shown["titles"] = std::move(titles);
    shown["results"] = show_results(programme.results, language);
    shown["parameters"] = show_parameters(programme, language);
    shown["follow_ups"] = show_follow_ups(programme, language);
    shown["scoring"] = nullptr;
    if (programme.scoring.is_defined())
        shown["scoring"] = show_sheet(programme.scoring, "", language);
    shown["award"] = nullptr;
    if (programme.award.is_defined()) shown["award"] = show_award_rule(programme.award, language);
    shown["catalogue"] = programme.catalogue;
    return shown;
}

object show_application(const Application& item, const Programme& programme,
                        base::Language language) {
    object shown{{"id", item.id.text()},
                 {"programme", item.programme},
                 {"programme_title", programme.title.in(language)},
                 {"process", programme.process()},
                 {"revision", item.revision},
                 {"batch", item.batch},
                 {"title", item.title},
                 {"owner", item.owner.text()},
                 {"place", item.place},
                 {"state", item.state},
                 {"type", item.type},
                 {"result", item.result},
                 {"rank", item.rank},
                 {"score", nullptr},
                 {"editable", item.is_editable()},
                 {"created_at", base::to_iso(item.created_at)},
                 {"submitted_at", nullptr},
                 {"version", item.version}};
    if (item.score) shown["score"] = item.score->to_string();
    if (item.submitted_at) shown["submitted_at"] = base::to_iso(*item.submitted_at);
    if (const ResultCode* result = programme.result(item.result))
        shown["result_title"] = result->title.in(language);
    if (const Step* step = programme.step(item.state))
        shown["state_title"] = step->title.in(language);
    return shown;
}

object show_eligibility(const std::vector<Eligibility>& list, base::Language language) {
    array items;
    bool is_met = true, has_open = false;
    for (const Eligibility& one : list) {
        if (!one.is_asked) continue;
        array findings;
        for (const Finding& finding : one.findings)
            findings.push_back(object{{"value", finding.value},
                                      {"actual", finding.actual},
                                      {"comparison", finding.comparison},
                                      {"wanted", finding.wanted},
                                      {"verdict", to_string(finding.verdict)}});
        if (one.rule->is_hard && one.verdict == Verdict::not_met) is_met = false;
        if (one.verdict == Verdict::open) has_open = true;
        items.push_back(object{{"code", one.rule->code},
                               {"text", one.rule->text.in(language)},
                               {"verdict", to_string(one.verdict)},
                               {"hard", one.rule->is_hard},
                               {"to_be_set", one.rule->to_be_set},
                               {"source", one.rule->source},
                               {"findings", std::move(findings)}});
    }
    return {{"met", is_met}, {"open", has_open}, {"items", std::move(items)}};
}

object show_title(const Title& title, const Programme& programme, base::Language language) {
    object shown{{"id", title.id.text()},
                 {"code", title.code},
                 {"number", title.number},
                 {"programme", title.programme},
                 {"holder", title.holder},
                 {"organisation", title.organisation.text()},
                 {"detail", title.detail},
                 {"place", title.place},
                 {"grade", title.grade},
                 {"state", title.state},
                 {"valid_from", title.valid_from.to_string()},
                 {"valid_until", nullptr},
                 {"ended_on", nullptr},
                 {"version", title.version}};
    if (const TitleRule* rule = programme.title_rule(title.code))
        shown["name"] = rule->name.in(language);
    shown["grade_title"] = title.grade;
    if (const ResultCode* result = programme.result(title.grade))
        shown["grade_title"] = result->title.in(language);
    for (const FollowUpRule& rule : programme.follow_ups) {
        if (const ResultCode* result = rule.result(title.grade))
            shown["grade_title"] = result->title.in(language);
    }
    if (title.valid_until) shown["valid_until"] = title.valid_until->to_string();
    if (title.ended_on) shown["ended_on"] = title.ended_on->to_string();
    return shown;
}

object show_award(store::Reader& reader, const GrantedAward& award, const Programme& programme,
                  base::Language language) {
    array payments;
    for (const Payment& payment : Outcomes::payments(reader, award.id))
        payments.push_back(object{{"kind", payment.kind},
                                  {"instalment", payment.part},
                                  {"amount", payment.amount.to_string()},
                                  {"document", payment.document},
                                  {"at", base::to_iso(payment.at)}});
    return {{"id", award.id.text()},
            {"application", award.application.text()},
            {"programme", award.programme},
            {"year", award.year},
            {"total", award.total.to_string()},
            {"paid", award.paid.to_string()},
            {"to_return", award.to_return.to_string()},
            {"returned", award.returned.to_string()},
            {"state", award.state},
            {"calculation", award.calculation},
            {"payments", std::move(payments)},
            {"rule", show_award_rule(programme.award, language)},
            {"version", award.version}};
}

object show_follow_up(const FollowUp& item, const FollowUpRule& rule, base::Language language) {
    object shown{{"id", item.id.text()},
                 {"application", item.application.text()},
                 {"programme", item.programme},
                 {"code", item.code},
                 {"kind", rule.kind},
                 {"title", rule.title.in(language)},
                 {"subject", item.title},
                 {"round", item.round},
                 {"opens_on", item.opens_on.to_string()},
                 {"due_on", item.due_on.to_string()},
                 {"state", item.state},
                 {"result", item.result},
                 {"failed", item.is_failed},
                 {"score", nullptr},
                 {"process", follow_up_process(item.programme, item.code)},
                 {"version", item.version}};
    if (item.score) shown["score"] = item.score->to_string();
    if (const ResultCode* result = rule.result(item.result))
        shown["result_title"] = result->title.in(language);
    return shown;
}

object show_list(const List& list, const Programme& programme, base::Language language) {
    object shown{{"id", list.id.text()},
                 {"programme", list.programme},
                 {"programme_title", programme.title.in(language)},
                 {"batch", list.batch},
                 {"kind", list.kind},
                 {"title", list.title},
                 {"document_no", list.document_no},
                 {"state", list.state},
                 {"hash", list.hash},
                 {"published_at", base::to_iso(list.published_at)},
                 {"ends_at", nullptr},
                 {"count", static_cast<std::int64_t>(base::array_at(list.body, "items").size())},
                 {"version", list.version}};
    if (list.ends_at) shown["ends_at"] = base::to_iso(*list.ends_at);
    return shown;
}

object show_objection(const Objection& objection) {
    return {{"id", objection.id.text()},
            {"list", objection.list.text()},
            {"application", objection.application.text()},
            {"ground", objection.ground},
            {"state", objection.state},
            {"filed_at", base::to_iso(objection.filed_at)},
            {"version", objection.version}};
}

object show_difference(const Difference& one) {
    return {{"application", one.application}, {"title", one.title}, {"holder", one.holder},
            {"before", one.before},           {"after", one.after}, {"what", one.what}};
}

base::Result<std::int64_t> version_of(const http::Request& request, const object& body) {
    if (const auto version = base::integer_at(body, "version")) return *version;
    return request.if_match();
}

base::Result<StepRequest> read_step(const http::Request& request) {
    object body;
    if (!request.body.empty()) body = TRY(request.json());
    StepRequest step;
    step.version = TRY(version_of(request, body));
    step.event.transition = request.value("transition");
    step.event.reason = TRY(party::text_member(body, "reason"));
    step.event.text = TRY(party::text_member(body, "text"));
    step.event.data = base::object_at(body, "data");
    return step;
}

}  // namespace programme
