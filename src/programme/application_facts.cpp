// What rules know of an application: facts, conditions, defects, prefilled fields; and lists.
#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "programme/application.h"
#include "programme/application_rows.h"
#include "workflow/attachment.h"

namespace programme {
namespace {

constexpr std::size_t reason_characters_min = 5;

/// Whether two values of a field are the same, or numbers within the tolerance.
bool is_near(const base::json::value& before, const base::json::value& now, Number tolerance) {
    if (before == now) return true;
    const Known left = known_from(before);
    const Known right = known_from(now);
    const auto number = [](const Known& known) -> std::optional<Number> {
        if (known.number) return known.number;
        if (!known.text) return {};
        const auto parsed = Number::parse(*known.text);
        return parsed ? std::optional(*parsed) : std::nullopt;
    };
    const auto from = number(left);
    const auto to = number(right);
    if (!from || !to) return left.to_string() == right.to_string();
    const auto difference = Number::difference(*to, *from);
    if (!difference) return false;
    const auto size = [](Number n) { return n < Number() ? *Number::difference(Number(), n) : n; };
    const auto allowed = Number::product(size(*from), tolerance);
    return allowed && *Number::product(size(*difference), Number::whole(100)) <= *allowed;
}

/// A known value in the form that a field of that type has.
std::optional<base::json::value> as_field(const base::FieldSpec& field, const Known& known) {
    switch (field.type) {
        case base::FieldType::integer:
            if (!known.number || !known.number->is_whole()) return {};
            return base::json::value(known.number->ten_thousandths() / Number::scale);
        case base::FieldType::money:
            if (!known.number) return {};
            return base::json::value(known.number->to_money().to_string());
        case base::FieldType::boolean:
            if (!known.flag) return {};
            return base::json::value(*known.flag);
        case base::FieldType::table:
        case base::FieldType::choices:
        case base::FieldType::words:
            return {};
        default:
            if (!known.is_known()) return {};
            if (field.localized) return base::json::object{{"zh", known.to_string()}};
            return base::json::value(known.to_string());
    }
}

}  // namespace

base::json::object Applications::applicant_facts(store::Reader& reader,
                                                 const Application& item) const {
    base::json::object facts{{"place", item.place},
                             {"city", places_->city_of(item.place)},
                             {"type", item.type},
                             {"person", item.owner.empty()},
                             {"credit", "clear"}};
    base::json::array titles;
    facts["titles"] = base::json::array();
    if (item.owner.empty()) return facts;
    for (const store::Row& row :
         reader.query("select code from programme_title where organisation = :owner"
                      " and state = 'valid' order by id",
                      {{"owner", item.owner.text()}})) {
        const std::string code = row.text(0);
        if (code == "credit_blocked") facts["credit"] = "blocked";
        if (code == "credit_watch" && facts["credit"] == "clear") facts["credit"] = "watch";
        titles.push_back(base::json::value(code));
    }
    facts["titles"] = std::move(titles);
    const auto owner = party::Organisations::find(reader, item.owner);
    if (!owner) return facts;
    facts["kind"] = party::to_string(owner->kind);
    facts["name"] = owner->name;
    facts["public_body"] = owner->is_public_body;
    facts["verified"] = owner->state == party::OrganisationState::verified;
    return facts;
}

Situation Applications::situation(store::Reader& reader, const Application& item) const {
    Situation situation;
    situation.vocabulary = &programme_of(item).words;
    situation.today = base::date_in_shanghai(item.submitted_at.value_or(item.created_at));
    base::json::object& facts = situation.facts;
    facts["form"] = item.body;
    facts["applicant"] = applicant_facts(reader, item);
    facts["record"] = item.records;
    base::json::object outcome{{"rank", item.rank}};
    if (!item.result.empty()) outcome["result"] = item.result;
    facts["outcome"] = std::move(outcome);
    if (item.score) facts["score"] = base::json::object{{"total", item.score->to_string()}};
    facts["batch"] = base::json::object{{"year", item.batch.substr(0, 4)}};
    return situation;
}

std::vector<Eligibility> Applications::eligibility(store::Reader& reader,
                                                   const Application& item) const {
    const Programme& programme = programme_of(item);
    Application judged = item;
    if (judged.records.empty())
        judged.records = records_->gather(reader, programme, item.batch, item.owner,
                                          base::date_in_shanghai(item.created_at));
    Situation facts = situation(reader, judged);
    if (judged.type.empty()) {
        judged.type = type_of(programme, facts);
        facts = situation(reader, judged);
    }
    std::vector<Eligibility> result;
    for (const Requirement& rule : programme.eligibility) {
        Eligibility one;
        one.rule = &rule;
        one.is_asked = rule.when.judge(facts) != Verdict::not_met;
        one.verdict = rule.require.judge(facts, &one.findings);
        result.push_back(std::move(one));
    }
    return result;
}

std::vector<base::Error> Applications::defects(store::Reader& reader,
                                               const Application& item) const {
    const Programme& programme = programme_of(item);
    std::vector<base::Error> found =
        base::check_fields(item.body, programme.form.fields, base::Completeness::complete);
    for (const Prefill& rule : programme.prefill) {
        if (!rule.explain) continue;
        const base::json::value* before = item.prefilled.if_contains(rule.field);
        const base::json::value* now = item.body.if_contains(rule.field);
        if (before == nullptr || now == nullptr) continue;
        if (is_near(*before, *now, rule.tolerance_percent)) continue;
        const std::string reason = base::text_at(item.reasons, rule.field);
        if (base::count_characters(base::trim(reason)) >= reason_characters_min) continue;
        found.push_back(base::invalid("difference_unexplained")
                            .with("known", known_from(*before).to_string())
                            .with("source", rule.source)
                            .at(rule.field));
    }
    const auto files = workflow::Attachments::of(reader, item.id.text());
    const Situation facts = situation(reader, item);
    for (const AttachmentRule& rule : programme.attachments) {
        if (!rule.required || rule.when.judge(facts) == Verdict::not_met) continue;
        const bool is_there = std::ranges::any_of(files, [&](const workflow::Attachment& file) {
            return !file.removed && file.kind == rule.kind;
        });
        if (!is_there)
            found.push_back(base::invalid("attachment_missing")
                                .with("kind", rule.title.in(base::Language::zh_cn))
                                .at("files." + rule.kind));
    }
    return found;
}

/// Body with what the platform has, and that alone.
base::json::object Applications::prefill(store::Reader& reader, const Application& item) const {
    const Programme& programme = programme_of(item);
    const Situation facts = situation(reader, item);
    base::json::object result;
    for (const Prefill& rule : programme.prefill) {
        const base::FieldSpec* field = programme.form.field(rule.field);
        CHECK_WITH(field != nullptr, rule.field);
        if (auto value = as_field(*field, value_at(facts, rule.record)))
            result[rule.field] = std::move(*value);
    }
    return result;
}

std::vector<Application> Applications::list(store::Reader& reader, const party::Actor& actor,
                                            const Filter& filter) const {
    std::vector<Application> result;
    if (!actor.signed_in()) return result;
    const std::string before = filter.after.empty() ? "~" : filter.after;
    const auto gather = [&](const std::string& where, store::Bindings bindings) {
        std::string sql = "select " PROGRAMME_APPLICATION_COLUMNS
                          " from programme_application where " +
                          where + " and id < :before";
        bindings.push_back({"before", before});
        for (const auto& [column, value] :
             {std::pair{"programme", &filter.programme}, std::pair{"batch", &filter.batch},
              std::pair{"state", &filter.state}}) {
            if (value->empty()) continue;
            sql += std::string(" and ") + column + " = :" + column;
            bindings.push_back({column, *value});
        }
        sql += " order by id desc limit " + std::to_string(filter.limit);
        for (const store::Row& row : reader.query(sql, bindings))
            result.push_back(rows::read_application(row));
    };
    if (filter.whose == Filter::Whose::mine) {
        gather("author = :who", {{"who", actor.account.text()}});
        if (!actor.organisation.empty()) {
            gather("owner = :who", {{"who", actor.organisation.text()}});
            gather("counterpart = :who", {{"who", actor.organisation.text()}});
        }
    } else {
        for (const party::Grant& grant : actor.grants) {
            const party::PlaceRange range = party::Places::range(grant.place);
            gather("place >= :low and place <= :high and state <> 'draft'",
                   {{"low", range.low}, {"high", range.high}});
        }
    }
    std::erase_if(result, [&](const Application& item) { return !may_read(actor, item); });
    std::ranges::sort(result, [](const auto& a, const auto& b) { return a.id > b.id; });
    const auto same = std::ranges::unique(result, {}, &Application::id);
    result.erase(same.begin(), same.end());
    if (result.size() > filter.limit) result.resize(filter.limit);
    return result;
}

}  // namespace programme
