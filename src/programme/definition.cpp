#include "programme/definition.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "party/organisation.h"
#include "programme/definition_read.h"

namespace programme {
namespace {

using base::Yaml;

constexpr std::array<std::pair<std::string_view, StepKind>, 8> kind_names{{
    {"check", StepKind::check},
    {"confirm", StepKind::confirm},
    {"recommend", StepKind::recommend},
    {"review", StepKind::review},
    {"onsite", StepKind::onsite},
    {"panel", StepKind::panel},
    {"notice", StepKind::notice},
    {"final", StepKind::final_list},
}};

constexpr std::array categories{"title",     "people", "report",    "service",
                                "catalogue", "money",  "safeguard", "organisation"};

base::Status read_parameters(const Yaml& map, Vocabulary& words) {
    for (const auto& [name, node] : map.pairs()) {
        TRY(node.only_keys({"value", "title", "unit", "to_be_set", "source"}));
        Parameter parameter;
        parameter.code = name;
        parameter.title = TRY(reading::words(node, "title"));
        parameter.unit = TRY(reading::words_if(node["unit"]));
        if (node["value"].is_defined()) {
            const auto value = Number::parse(TRY(node["value"].text()));
            if (!value)
                return base::refuse(node["value"].fault("number_malformed", "expected a number"));
            parameter.value = *value;
        }
        parameter.to_be_set = TRY(node["to_be_set"].boolean_or(false));
        if (!parameter.value && !parameter.to_be_set)
            return base::refuse(
                node.fault("parameter_unset", "without a value it needs 'to_be_set: yes'"));
        parameter.source = node["source"].text_or("");
        words.parameters.emplace(name, std::move(parameter));
    }
    return {};
}

base::Status read_scales(const Yaml& map, Vocabulary& words) {
    for (const auto& [name, list] : map.pairs()) {
        Scale scale;
        for (const Yaml& node : list.items()) {
            TRY(node.only_keys({"from", "gives"}));
            const auto from = Number::parse(TRY(TRY(node.required("from")).text()));
            const auto gives = Number::parse(TRY(TRY(node.required("gives")).text()));
            if (!from || !gives)
                return base::refuse(node.fault("number_malformed", "expected numbers"));
            if (!scale.empty() && scale.back().from <= *from)
                return base::refuse(node.fault("scale_order", "bounds must fall"));
            scale.push_back({*from, *gives});
        }
        if (scale.empty()) return base::refuse(list.fault("list_empty", "a scale has steps"));
        words.scales.emplace(name, std::move(scale));
    }
    return {};
}

/// "03-01" → 301.
base::Result<int> read_month_day(const Yaml& node) {
    const std::string text = TRY(node.text());
    const auto date = base::Date::parse("2024-" + text);
    if (!date) return base::refuse(node.fault("date_malformed", "expected MM-DD"));
    return date->month * 100 + date->day;
}

base::Result<base::Date> read_date(const Yaml& node) {
    const auto date = base::Date::parse(TRY(node.text()));
    if (!date) return base::refuse(node.fault("date_malformed", "expected YYYY-MM-DD"));
    return *date;
}

base::Status read_windows(const Yaml& node, Windows& windows) {
    TRY(node.only_keys({"always", "yearly", "named"}));
    windows.always = TRY(node["always"].boolean_or(false));
    const Yaml yearly = node["yearly"];
    if (yearly.is_defined()) {
        TRY(yearly.only_keys({"opens", "closes", "batch"}));
        windows.yearly_from = TRY(read_month_day(TRY(yearly.required("opens"))));
        windows.yearly_to = TRY(read_month_day(TRY(yearly.required("closes"))));
        const std::string batch = yearly["batch"].text_or("year");
        if (batch != "year" && batch != "last_year")
            return base::refuse(yearly["batch"].fault("value_unknown", "year or last_year"));
        windows.names_last_year = batch == "last_year";
        if (windows.yearly_to < windows.yearly_from)
            return base::refuse(yearly.fault("window_malformed", "it closes before it opens"));
    }
    for (const Yaml& item : node["named"].items()) {
        TRY(item.only_keys({"batch", "opens", "closes"}));
        Window window{TRY(TRY(item.required("batch")).text()),
                      TRY(read_date(TRY(item.required("opens")))),
                      TRY(read_date(TRY(item.required("closes"))))};
        if (window.closes < window.opens)
            return base::refuse(item.fault("window_malformed", "it closes before it opens"));
        windows.named.push_back(std::move(window));
    }
    if (windows.always || windows.yearly_from > 0 || !windows.named.empty()) return {};
    return base::refuse(node.fault("window_malformed", "always, yearly or named"));
}

base::Status read_applicant(const Yaml& node, ApplicantRule& rule) {
    TRY(node.only_keys({"kind", "who", "organisation_kinds", "one_per", "counterpart", "point",
                        "place", "types"}));
    const std::string kind = node["kind"].text_or("organisation");
    if (kind != "organisation" && kind != "person")
        return base::refuse(node["kind"].fault("value_unknown", "organisation or person"));
    rule.is_person = kind == "person";
    rule.who = TRY(reading::who(TRY(node.required("who"))));
    rule.organisation_kinds = TRY(node["organisation_kinds"].texts());
    for (const std::string& code : rule.organisation_kinds) {
        if (!party::parse_organisation_kind(code))
            return base::refuse(
                node["organisation_kinds"].fault("value_unknown", "no kind '" + code + "'"));
    }
    rule.one_per = node["one_per"].text_or("batch");
    if (rule.one_per != "batch" && rule.one_per != "open" && rule.one_per != "none")
        return base::refuse(node["one_per"].fault("value_unknown", "batch, open or none"));
    rule.counterpart = node["counterpart"].text_or("");
    rule.point = node["point"].text_or("");
    rule.place = node["place"].text_or("");
    return {};
}

/// After the form: fields that the applicant section names, and the types' conditions.
base::Status finish_applicant(const Yaml& node, Programme& programme) {
    ApplicantRule& rule = programme.applicant;
    for (const auto& [key, field, type] :
         {std::tuple{"counterpart", &rule.counterpart, base::FieldType::reference},
          std::tuple{"point", &rule.point, base::FieldType::reference},
          std::tuple{"place", &rule.place, base::FieldType::place}}) {
        if (field->empty()) continue;
        const base::FieldSpec* spec = programme.form.field(*field);
        if (spec == nullptr || spec->type != type)
            return base::refuse(node[key].fault(
                "path_unknown", "no field '" + *field + "' of type " +
                                    std::string(base::to_string(type)) + " in the form"));
    }
    for (const Yaml& item : node["types"].items()) {
        TRY(item.only_keys({"code", "title", "when"}));
        rule.types.push_back({TRY(reading::code(TRY(item.required("code")))),
                              TRY(reading::words(item, "title")),
                              TRY(reading::condition_if(item["when"], programme.words))});
    }
    return {};
}

base::Status read_records(const Yaml& map, Programme& programme) {
    for (const auto& [name, node] : map.pairs()) {
        RecordRule rule;
        rule.code = name;
        rule.title = TRY(reading::words(node, "title"));
        rule.source = TRY(TRY(node.required("source")).text());
        for (const auto& [key, value] : node.pairs()) {
            if (key != "title" && key != "source") rule.options[key] = TRY(value.text());
        }
        programme.records.push_back(std::move(rule));
        programme.words.records.push_back(name);
    }
    return {};
}

base::Status read_eligibility(const Yaml& list, Programme& programme) {
    for (const Yaml& node : list.items()) {
        TRY(node.only_keys({"code", "text", "when", "require", "hard", "to_be_set", "source"}));
        Requirement rule;
        rule.code = TRY(reading::code(TRY(node.required("code"))));
        rule.text = TRY(reading::words(node, "text"));
        rule.when = TRY(reading::condition_if(node["when"], programme.words));
        rule.require = TRY(Condition::from(TRY(node.required("require")), programme.words));
        rule.is_hard = TRY(node["hard"].boolean_or(true));
        rule.to_be_set = TRY(node["to_be_set"].boolean_or(false));
        rule.source = node["source"].text_or("");
        const bool is_there = std::ranges::find(programme.eligibility, rule.code,
                                                &Requirement::code) != programme.eligibility.end();
        if (is_there) return base::refuse(node["code"].fault("code_repeated", rule.code));
        programme.eligibility.push_back(std::move(rule));
    }
    return {};
}

base::Status read_prefill(const Yaml& map, Programme& programme) {
    for (const auto& [field, node] : map.pairs()) {
        TRY(node.only_keys({"from", "explain", "tolerance_percent", "source"}));
        if (programme.form.field(field) == nullptr)
            return base::refuse(node.fault("path_unknown", "no field '" + field + "'"));
        Prefill rule;
        rule.field = field;
        const Yaml from = TRY(node.required("from"));
        TRY(Expression::from(from, programme.words));
        rule.record = TRY(from.text());
        rule.explain = TRY(node["explain"].boolean_or(true));
        const auto tolerance = Number::parse(node["tolerance_percent"].text_or("0"));
        if (!tolerance)
            return base::refuse(
                node["tolerance_percent"].fault("number_malformed", "expected a number"));
        rule.tolerance_percent = *tolerance;
        rule.source = node["source"].text_or("");
        programme.prefill.push_back(std::move(rule));
    }
    return {};
}

base::Status read_attachments(const Yaml& list, Programme& programme) {
    for (const Yaml& node : list.items()) {
        TRY(node.only_keys({"kind", "title", "required", "confidential", "when"}));
        AttachmentRule rule;
        rule.kind = TRY(reading::code(TRY(node.required("kind"))));
        rule.title = TRY(reading::words(node, "title"));
        rule.required = TRY(node["required"].boolean_or(true));
        rule.confidential = TRY(node["confidential"].boolean_or(false));
        rule.when = TRY(reading::condition_if(node["when"], programme.words));
        programme.attachments.push_back(std::move(rule));
    }
    return {};
}

base::Status read_public(const Yaml& node, Programme& programme) {
    if (!node.is_defined()) return {};
    TRY(node.only_keys({"from", "fields"}));
    const std::string from = node["from"].text_or("granted");
    if (from == "never")
        programme.publicity = Publicity::never;
    else if (from == "submitted")
        programme.publicity = Publicity::submitted;
    else if (from == "notice")
        programme.publicity = Publicity::notice;
    else if (from != "granted")
        return base::refuse(
            node["from"].fault("value_unknown", "never, submitted, notice or granted"));
    programme.public_fields = TRY(node["fields"].texts());
    for (const std::string& name : programme.public_fields) {
        const base::FieldSpec* field = programme.form.field(name);
        if (field == nullptr || field->confidential)
            return base::refuse(
                node["fields"].fault("path_unknown", "no open field '" + name + "'"));
    }
    return {};
}

base::Status read_head(const Yaml& root, Programme& programme) {
    TRY(root.only_keys({"programme", "version",    "title",       "summary",     "documents",
                        "source",    "clauses",    "category",    "department",  "to_be_set",
                        "applicant", "parameters", "scales",      "windows",     "records",
                        "form",      "prefill",    "attachments", "eligibility", "scoring",
                        "results",   "steps",      "outcomes",    "follow_ups",  "facts",
                        "public"}));
    programme.code = TRY(reading::code(TRY(root.required("programme"))));
    programme.label = TRY(TRY(root.required("version")).text());
    programme.title = TRY(reading::words(root, "title"));
    programme.summary = TRY(reading::words(root, "summary"));
    programme.documents = TRY(reading::words_if(root["documents"]));
    programme.source = TRY(TRY(root.required("source")).text());
    programme.clauses = TRY(root["clauses"].texts());
    programme.category = TRY(TRY(root.required("category")).text());
    if (std::ranges::find(categories, programme.category) == categories.end())
        return base::refuse(
            root["category"].fault("value_unknown",
                                   "title, people, report, service, catalogue, money, safeguard or "
                                   "organisation"));
    programme.department = root["department"].text_or("");
    programme.to_be_set = TRY(root["to_be_set"].boolean_or(false));
    return {};
}

}  // namespace

base::Result<StepKind> parse_step_kind(std::string_view text) {
    for (const auto& [name, kind] : kind_names)
        if (name == text) return kind;
    return base::refuse(base::invalid("step_kind_unknown")
                            .saying("check, confirm, recommend, review, onsite, panel, notice or "
                                    "final"));
}

std::string_view to_string(StepKind kind) {
    for (const auto& [name, value] : kind_names)
        if (value == kind) return name;
    CHECK(false);
    return {};
}

const ResultCode* FollowUpRule::result(std::string_view wanted) const {
    const auto found = std::ranges::find(results, wanted, &ResultCode::code);
    return found == results.end() ? nullptr : &*found;
}

std::optional<Window> Windows::open_on(base::Date day) const {
    for (const Window& window : named) {
        if (window.opens <= day && day <= window.closes) return window;
    }
    const int month_day = day.month * 100 + day.day;
    const std::string year = std::to_string(day.year - (names_last_year ? 1 : 0));
    if (yearly_from > 0 && yearly_from <= month_day && month_day <= yearly_to)
        return Window{year,
                      {day.year, yearly_from / 100, yearly_from % 100},
                      {day.year, yearly_to / 100, yearly_to % 100}};
    if (always) return Window{std::to_string(day.year), {day.year, 1, 1}, {day.year, 12, 31}};
    return {};
}

std::optional<Window> Windows::next_after(base::Date day) const {
    std::optional<Window> next;
    for (const Window& window : named) {
        if (window.opens > day && (!next || window.opens < next->opens)) next = window;
    }
    if (yearly_from == 0) return next;
    const bool is_past = day.month * 100 + day.day >= yearly_from;
    const int year = day.year + (is_past ? 1 : 0);
    Window yearly{std::to_string(year - (names_last_year ? 1 : 0)),
                  {year, yearly_from / 100, yearly_from % 100},
                  {year, yearly_to / 100, yearly_to % 100}};
    if (!next || yearly.opens < next->opens) next = yearly;
    return next;
}

const Step* Programme::step(std::string_view wanted) const {
    const auto found = std::ranges::find(steps, wanted, &Step::code);
    return found == steps.end() ? nullptr : &*found;
}

std::size_t Programme::index_of(std::string_view step_code) const {
    const Step* found = step(step_code);
    CHECK_WITH(found != nullptr, step_code);
    return static_cast<std::size_t>(found - steps.data());
}

const ResultCode* Programme::result(std::string_view wanted) const {
    const auto found = std::ranges::find(results, wanted, &ResultCode::code);
    return found == results.end() ? nullptr : &*found;
}

const FollowUpRule* Programme::follow_up(std::string_view wanted) const {
    const auto found = std::ranges::find(follow_ups, wanted, &FollowUpRule::code);
    return found == follow_ups.end() ? nullptr : &*found;
}

const TitleRule* Programme::title_rule(std::string_view wanted) const {
    const auto found = std::ranges::find(titles, wanted, &TitleRule::code);
    return found == titles.end() ? nullptr : &*found;
}

std::vector<const Parameter*> Programme::to_be_set_parameters() const {
    std::vector<const Parameter*> list;
    for (const auto& [name, parameter] : words.parameters) {
        if (parameter.to_be_set) list.push_back(&parameter);
    }
    return list;
}

base::Result<Programme> Programme::load(const std::filesystem::path& file,
                                        const workflow::Codes& codes) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    Programme programme = TRY(from(TRY(Yaml::load(file)), bytes.str(), codes));
    if (file.stem() == programme.code) return programme;
    return base::refuse(
        base::invalid("file_name_differs")
            .saying(file.string() + ":1: holds programme '" + programme.code + "'"));
}

base::Result<Programme> Programme::from(const Yaml& root, std::string text,
                                        const workflow::Codes& codes) {
    Programme programme;
    programme.hash = base::to_hex(base::sha256(text));
    programme.text = std::move(text);
    TRY(read_head(root, programme));
    TRY(read_applicant(TRY(root.required("applicant")), programme.applicant));
    TRY(read_parameters(root["parameters"], programme.words));
    TRY(read_scales(root["scales"], programme.words));
    TRY(read_windows(TRY(root.required("windows")), programme.windows));
    TRY(read_records(root["records"], programme));
    programme.form = TRY(workflow::Form::from(TRY(root.required("form")), codes));
    programme.words.form = &programme.form.fields;
    TRY(finish_applicant(root["applicant"], programme));
    TRY(read_prefill(root["prefill"], programme));
    TRY(read_attachments(root["attachments"], programme));
    TRY(read_eligibility(root["eligibility"], programme));
    std::vector<std::string> types;
    for (const ApplicantType& type : programme.applicant.types)
        types.push_back(type.code);
    if (root["scoring"].is_defined())
        programme.scoring = TRY(read_sheet(root["scoring"], programme.words, types));
    programme.results = TRY(reading::results(root["results"], programme.words));
    programme.steps = TRY(reading::steps(TRY(root.required("steps")), programme, codes));
    TRY(reading::outcomes(root["outcomes"], programme));
    programme.follow_ups = TRY(reading::follow_ups(root["follow_ups"], programme, codes));
    for (FollowUpRule& duty : TRY(reading::duties(root["outcomes"], programme))) {
        if (programme.follow_up(duty.code) != nullptr)
            return base::refuse(root["outcomes"]["duties"].fault("code_repeated", duty.code));
        programme.follow_ups.push_back(std::move(duty));
    }
    for (const Instalment& part : programme.award.instalments) {
        if (part.after != "granted" && programme.follow_up(part.after) == nullptr)
            return base::refuse(root["outcomes"]["award"]["instalments"].fault(
                "value_unknown", "no follow-up '" + part.after + "'"));
    }
    programme.facts = TRY(reading::facts(root["facts"], programme));
    TRY(read_public(root["public"], programme));
    programme.words.form = nullptr;  // it points into this very value, which now moves
    return programme;
}

std::string type_of(const Programme& programme, const Situation& situation) {
    for (const ApplicantType& type : programme.applicant.types) {
        if (type.when.judge(situation) == Verdict::met) return type.code;
    }
    return {};
}

}  // namespace programme
