// Public pages of programmes: what there is, who may apply, notices and final lists, titles.
#include "app/pages_programme.h"

#include <algorithm>
#include <array>
#include <set>

#include "party/session_api.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;
using programme::Programme;

constexpr std::array categories{"title",     "money",   "people",    "report",
                                "catalogue", "service", "safeguard", "organisation"};

class ProgrammePages {
  public:
    explicit ProgrammePages(const PageView& view) : view_(view), own_(*view.site().programmes) {}

    base::Result<http::Reply> list(const http::Request& request) const {
        const base::Date today = base::date_in_shanghai(view_.site().clock().now());
        array groups;
        for (std::string_view category : categories) {
            std::vector<const Programme*> members;
            for (const Programme* programme : own_.library->today()) {
                if (programme->category == category) members.push_back(programme);
            }
            if (members.empty()) continue;
            std::ranges::stable_sort(members, {}, [&](const Programme* programme) {
                return !programme->windows.open_on(today).has_value();
            });
            array rows;
            for (const Programme* programme : members)
                rows.push_back(row(request, *programme, today));
            groups.push_back(object{
                {"title", view_.text(request, "programme.category." + std::string(category))},
                {"rows", std::move(rows)}});
        }
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            object content{{"title", view_.text(request, "programme.page.title")}};
            content["lists"] = lists(reader, request, {.limit = 8});
            content["has_lists"] = !content["lists"].as_array().empty();
            return content;
        }));
        page["has_groups"] = !groups.empty();
        page["groups"] = std::move(groups);
        return view_.render(request, "programmes", std::move(page));
    }

    base::Result<http::Reply> guide(const http::Request& request) const {
        const Programme* programme = own_.library->newest(request.value("code"));
        if (programme == nullptr) return base::refuse(base::not_found("programme_unknown"));
        const base::Date today = base::date_in_shanghai(view_.site().clock().now());
        object page = row(request, *programme, today);
        page["documents"] = programme->documents.in(request.language);
        page["source"] = programme->source;
        page["version"] = programme->label;
        page["person"] = programme->applicant.is_person;
        array kinds;
        for (const std::string& kind : programme->applicant.organisation_kinds)
            kinds.push_back(object{{"text", view_.text(request, "organisation_kind." + kind)}});
        page["has_kinds"] = !kinds.empty();
        page["kinds"] = std::move(kinds);
        page["steps"] = steps(request, *programme);
        page["files"] = files(request, *programme);
        page["has_files"] = !programme->attachments.empty();
        page["unset"] = unset(request, *programme);
        page["has_unset"] = !page["unset"].as_array().empty() || programme->to_be_set;
        page["whole_to_be_set"] = programme->to_be_set;
        page["follow_ups"] = follow_ups(request, *programme);
        page["has_follow_ups"] = !programme->follow_ups.empty();
        page["titles"] = titles_of(request, *programme);
        page["has_titles"] = !programme->titles.empty();
        page["has_award"] = programme->award.is_defined();
        object more = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            object content;
            self_check(reader, request, *programme, content);
            content["lists"] = lists(reader, request, {.programme = programme->code, .limit = 10});
            return content;
        }));
        for (auto& [key, value] : more)
            page[key] = std::move(value);
        page["has_lists"] = !page["lists"].as_array().empty();
        return view_.render(request, "programme", std::move(page));
    }

    base::Result<http::Reply> published(const http::Request& request) const {
        return show_list(request, {}, {}, {}, 200);
    }

    base::Result<http::Reply> object_to(const http::Request& request) const {
        const auto id = TRY(base::Id<programme::List>::parse(request.value("id")));
        const auto fields = TRY(request.form());
        const auto field = [&](const std::string& name) {
            const auto found = fields.find(name);
            return found == fields.end() ? std::string() : found->second;
        };
        programme::Lists::ObjectionForm form{
            field("application"), field("ground"),  field("facts"),  field("wish"),
            field("name"),        field("contact"), field("website")};
        auto filed = view_.site().database->write<programme::Lists::Filed>(
            [&](store::Transaction& transaction) {
                return own_.lists->object_to(transaction, id, form);
            });
        if (filed) return show_list(request, {}, {}, filed->tracking_code, 200);
        const base::Error& refusal = filed.error();
        const bool concerns_form =
            refusal.kind == base::ErrorKind::invalid || refusal.kind == base::ErrorKind::conflict;
        if (!concerns_form) return base::refuse(refusal);
        return show_list(request, form,
                         refusal.causes.empty() ? std::vector{refusal} : refusal.causes, {},
                         http::status_of(refusal.kind));
    }

    base::Result<http::Reply> titles(const http::Request& request) const {
        programme::Outcomes::TitleFilter filter{.code = request.query_or("code"),
                                                .state = request.query_or("state"),
                                                .words = request.query_or("q"),
                                                .place = request.query_or("place"),
                                                .after = request.query_or("after")};
        filter.limit = 30;
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            object content{{"title", view_.text(request, "programme.page.titles")},
                           {"q", filter.words}};
            const auto found = programme::Outcomes::titles(reader, filter);
            array rows;
            for (const programme::Title& title : found)
                rows.push_back(title_row(reader, request, title));
            content["has_rows"] = !rows.empty();
            content["rows"] = std::move(rows);
            if (found.size() == filter.limit)
                content["next"] = with_query(request, "after", found.back().id.text());
            return content;
        }));
        array codes;
        std::set<std::string> seen;
        for (const Programme* programme : own_.library->today()) {
            for (const programme::TitleRule& rule : programme->titles) {
                if (rule.is_public && seen.insert(rule.code).second)
                    codes.push_back(option(rule.code, rule.name.in(request.language), filter.code));
            }
        }
        page["codes"] = std::move(codes);
        array states;
        for (std::string_view state : {"valid", "expired", "revoked"})
            states.push_back(
                option(state, view_.text(request, "programme.title_state." + std::string(state)),
                       filter.state));
        page["states"] = std::move(states);
        return view_.render(request, "titles", std::move(page));
    }

    base::Result<http::Reply> title(const http::Request& request) const {
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            const auto found = programme::Outcomes::find_title(reader, request.value("number"));
            if (!found || !found->is_public) return base::refuse(base::not_found("title_unknown"));
            object content = title_row(reader, request, *found);
            content["title"] = found->number;
            array rows{content};
            return object{{"title", found->number},
                          {"rows", std::move(rows)},
                          {"has_rows", true},
                          {"single", true},
                          {"q", found->number}};
        }));
        return view_.render(request, "titles", std::move(page));
    }

  private:
    object row(const http::Request& request, const Programme& programme, base::Date today) const {
        object shown{{"code", programme.code},
                     {"title", programme.title.in(request.language)},
                     {"summary", programme.summary.in(request.language)},
                     {"to_be_set", programme.to_be_set}};
        const auto window = programme.windows.open_on(today);
        shown["open"] = window.has_value();
        if (window && programme.windows.always) {
            shown["when"] = view_.text(request, "programme.page.always");
        } else if (window) {
            shown["when"] = view_.text(request, "programme.page.until",
                                       {{"day", view_.day(request, window->closes)}});
        } else if (const auto next = programme.windows.next_after(today)) {
            shown["when"] = view_.text(request, "programme.page.opens",
                                       {{"day", view_.day(request, next->opens)}});
        } else {
            shown["when"] = view_.text(request, "programme.page.closed");
        }
        return shown;
    }

    std::string role(const http::Request& request, const party::Who& who) const {
        const party::Role* found = view_.region().roles.find(who.role);
        if (found != nullptr) return found->label.in(request.language);
        return view_.text(request,
                          "programme.relation." + std::string(party::to_string(who.relation)));
    }

    array steps(const http::Request& request, const Programme& programme) const {
        array shown;
        std::int64_t number = 0;
        for (const programme::Step& step : programme.steps) {
            std::set<std::string> names;
            std::string who;
            for (const party::Who& one : step.who) {
                const std::string name = role(request, one);
                if (!names.insert(name).second) continue;
                who += (who.empty() ? "" : " / ") + name;
            }
            std::string clock;
            if (step.clock.working_days > 0)
                clock = view_.text(request, "programme.page.working_days",
                                   {{"days", std::to_string(step.clock.working_days)}});
            else if (step.clock.calendar_days > 0)
                clock = view_.text(request, "programme.page.calendar_days",
                                   {{"days", std::to_string(step.clock.calendar_days)}});
            if (step.kind == programme::StepKind::notice)
                clock = view_.text(request,
                                   step.notice_in_working_days ? "programme.page.notice_working"
                                                               : "programme.page.notice_calendar",
                                   {{"days", std::to_string(step.notice_days)}});
            constexpr std::array levels{"applicant", "county", "city", "region"};
            shown.push_back(
                object{{"number", ++number},
                       {"title", step.title.in(request.language)},
                       {"kind",
                        view_.text(request, "programme.kind." + std::string(to_string(step.kind)))},
                       {"who", who},
                       {"at", view_.text(request, std::string("programme.level.") +
                                                      levels[static_cast<std::size_t>(step.at)])},
                       {"clock", clock},
                       {"clock_to_be_set", step.clock.to_be_set},
                       {"source", step.source}});
        }
        return shown;
    }

    array files(const http::Request& request, const Programme& programme) const {
        array shown;
        for (const programme::AttachmentRule& rule : programme.attachments)
            shown.push_back(object{{"title", rule.title.in(request.language)},
                                   {"required", rule.required && rule.when.is_always()},
                                   {"confidential", rule.confidential}});
        return shown;
    }

    array unset(const http::Request& request, const Programme& programme) const {
        array shown;
        for (const programme::Parameter* parameter : programme.to_be_set_parameters()) {
            object one{{"title", parameter->title.in(request.language)},
                       {"source", parameter->source}};
            if (parameter->value)
                one["value"] =
                    parameter->value->to_string() + " " + parameter->unit.in(request.language);
            shown.push_back(std::move(one));
        }
        return shown;
    }

    array follow_ups(const http::Request& request, const Programme& programme) const {
        array shown;
        for (const programme::FollowUpRule& rule : programme.follow_ups) {
            std::string when = view_.text(request, "programme.page.after_months",
                                          {{"months", std::to_string(rule.after_months)}});
            if (rule.every_months > 0)
                when += view_.text(request, "programme.page.every_months",
                                   {{"months", std::to_string(rule.every_months)}});
            std::string results;
            for (const programme::ResultCode& result : rule.results)
                results += (results.empty() ? "" : " / ") + result.title.in(request.language);
            std::string lost;
            if (rule.revoke_after > 0)
                lost = view_.text(request, "programme.page.revoke_after",
                                  {{"times", std::to_string(rule.revoke_after)}});
            shown.push_back(object{{"title", rule.title.in(request.language)},
                                   {"when", when},
                                   {"results", results},
                                   {"lost", lost}});
        }
        return shown;
    }

    array titles_of(const http::Request& request, const Programme& programme) const {
        array shown;
        for (const programme::TitleRule& rule : programme.titles)
            shown.push_back(
                object{{"name", rule.name.in(request.language)},
                       {"code", rule.code},
                       {"valid", rule.valid_months > 0
                                     ? view_.text(request, "programme.page.valid_months",
                                                  {{"months", std::to_string(rule.valid_months)}})
                                     : view_.text(request, "programme.page.valid_open")}});
        return shown;
    }

    /// The form fields that conditions look at, and the answers of the address judged.
    void self_check(store::Reader& reader, const http::Request& request, const Programme& programme,
                    object& page) const {
        programme::Application item = own_.applications->begin(
            reader, party::actor_of(request), programme, view_.site().clock().now(),
            view_.region().places.region().code);
        bool is_asked = false;
        const auto unjudged = own_.applications->eligibility(reader, item);
        const std::set<std::string> names = fields_named(unjudged);
        array inputs;
        for (const base::FieldSpec& field : programme.form.fields) {
            const bool is_simple = field.type != base::FieldType::table &&
                                   field.type != base::FieldType::choices &&
                                   field.type != base::FieldType::words;
            if (!names.contains(field.name) || !is_simple || field.confidential) continue;
            const std::string typed = request.query_or("c." + field.name);
            is_asked = is_asked || !typed.empty();
            put(item.body, field, typed);
            inputs.push_back(input(request, field, typed));
        }
        page["has_inputs"] = !inputs.empty();
        page["inputs"] = std::move(inputs);
        page["checked"] = is_asked;
        bool is_met = true, has_open = false;
        array conditions;
        for (const programme::Eligibility& one : own_.applications->eligibility(reader, item)) {
            if (!one.is_asked && is_asked) continue;
            const bool fails = one.verdict == programme::Verdict::not_met;
            if (fails && one.rule->is_hard) is_met = false;
            if (one.verdict == programme::Verdict::open) has_open = true;
            std::string limit;
            for (const programme::Finding& finding : one.findings) {
                if (finding.comparison.starts_with("at_") || finding.comparison.ends_with("_than"))
                    limit += (limit.empty() ? "" : "; ") +
                             view_.text(request, "programme.comparison." + finding.comparison,
                                        {{"value", finding.wanted}});
            }
            conditions.push_back(object{
                {"text", one.rule->text.in(request.language)},
                {"limit", limit},
                {"to_be_set", one.rule->to_be_set},
                {"source", one.rule->source},
                {"verdict", is_asked ? view_.text(request, "programme.verdict." +
                                                               std::string(to_string(one.verdict)))
                                     : std::string()},
                {"class", fails                                    ? "bad"
                          : one.verdict == programme::Verdict::met ? "good"
                                                                   : "warn"}});
        }
        page["has_conditions"] = !conditions.empty();
        page["conditions"] = std::move(conditions);
        page["verdict"] = view_.text(request, !is_met    ? "programme.page.check_bad"
                                              : has_open ? "programme.page.check_open"
                                                         : "programme.page.check_good");
        page["verdict_class"] = !is_met ? "bad" : has_open ? "warn" : "good";
    }

    static std::set<std::string> fields_named(const std::vector<programme::Eligibility>& list) {
        std::set<std::string> names;
        for (const programme::Eligibility& one : list) {
            for (const programme::Finding& finding : one.findings) {
                std::size_t at = 0;
                while ((at = finding.value.find("form.", at)) != std::string::npos) {
                    at += 5;
                    std::size_t end = at;
                    while (end < finding.value.size() &&
                           (std::isalnum(static_cast<unsigned char>(finding.value[end])) != 0 ||
                            finding.value[end] == '_'))
                        ++end;
                    names.insert(finding.value.substr(at, end - at));
                }
            }
        }
        return names;
    }

    static void put(object& body, const base::FieldSpec& field, const std::string& typed) {
        if (typed.empty()) return;
        if (field.type == base::FieldType::boolean) {
            body[field.name] = typed == "yes";
        } else if (field.type == base::FieldType::integer) {
            const auto number = programme::Number::parse(typed);
            if (number && number->is_whole())
                body[field.name] = number->ten_thousandths() / programme::Number::scale;
        } else {
            body[field.name] = typed;
        }
    }

    object input(const http::Request& request, const base::FieldSpec& field,
                 const std::string& typed) const {
        object shown{{"name", "c." + field.name},
                     {"label", field.label.in(request.language)},
                     {"unit", field.unit.in(request.language)},
                     {"value", typed}};
        array options;
        if (field.type == base::FieldType::boolean) {
            for (std::string_view answer : {"yes", "no"})
                options.push_back(option(
                    answer, view_.text(request, "programme.page." + std::string(answer)), typed));
        }
        for (const base::FieldOption& one : field.options)
            options.push_back(option(one.code, one.label.in(request.language), typed));
        shown["is_choice"] = !options.empty();
        shown["options"] = std::move(options);
        shown["type"] = field.type == base::FieldType::date ? "date" : "text";
        return shown;
    }

    array lists(store::Reader& reader, const http::Request& request,
                const programme::Lists::Filter& filter) const {
        array shown;
        for (const programme::List& list : programme::Lists::list(reader, filter)) {
            object one{
                {"id", list.id.text()},
                {"title", list.title},
                {"kind", view_.text(request, "programme.list_kind." + list.kind)},
                {"day", view_.day(request, base::date_in_shanghai(list.published_at))},
                {"running", list.state == "published"},
                {"count", static_cast<std::int64_t>(base::array_at(list.body, "items").size())}};
            if (list.state == "published" && list.ends_at) {
                one["ends_iso"] = base::to_iso(*list.ends_at);
                one["remaining"] = view_.remaining(request, *list.ends_at);
            }
            shown.push_back(std::move(one));
        }
        return shown;
    }

    base::Result<http::Reply> show_list(const http::Request& request,
                                        const programme::Lists::ObjectionForm& form,
                                        const std::vector<base::Error>& faults,
                                        const std::string& tracking_code, int status) const {
        const auto id = TRY(base::Id<programme::List>::parse(request.value("id")));
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            const programme::List list = TRY(programme::Lists::require(reader, id));
            const Programme& programme = own_.library->of(list.programme, list.revision);
            object content{{"title", list.title},
                           {"id", id.text()},
                           {"programme", list.programme},
                           {"programme_title", programme.title.in(request.language)},
                           {"document_no", list.document_no},
                           {"hash", list.hash},
                           {"is_final", list.kind == "final"},
                           {"kind", view_.text(request, "programme.list_kind." + list.kind)},
                           {"published", view_.moment(request, list.published_at)}};
            const bool is_running = list.state == "published" && list.ends_at &&
                                    view_.site().clock().now() < *list.ends_at;
            content["state"] = view_.text(request, "programme.list_state." + list.state);
            content["state_class"] = is_running ? "live" : "good";
            content["running"] = is_running;
            if (list.ends_at) {
                content["ends_iso"] = base::to_iso(*list.ends_at);
                content["ends"] = view_.moment(request, *list.ends_at);
                content["remaining"] = view_.remaining(request, *list.ends_at);
            }
            add_items(request, programme, list, form.application, content);
            add_difference(reader, request, list, content);
            return content;
        }));
        add_form(request, form, faults, page);
        page["done"] = !tracking_code.empty();
        page["tracking_code"] = tracking_code;
        return view_.render(request, "programme_list", std::move(page), status);
    }

    void add_items(const http::Request& request, const Programme& programme,
                   const programme::List& list, const std::string& chosen, object& page) const {
        array items, options;
        bool has_results = false, has_amounts = false;
        std::int64_t number = 0;
        for (const base::json::value& value : base::array_at(list.body, "items")) {
            const object& item = value.as_object();
            const std::string result = base::text_at(
                item, request.language == base::Language::en ? "result_en" : "result_zh");
            const std::string amount = base::text_at(item, "amount");
            has_results = has_results || !result.empty();
            has_amounts = has_amounts || !amount.empty();
            std::string details;
            for (const base::FieldSpec& field : programme.form.fields) {
                const object& fields = base::object_at(item, "fields");
                if (field.name == "title" || !fields.contains(field.name)) continue;
                const std::string cell = view_.cell(request, field, fields);
                if (cell.empty()) continue;
                details += (details.empty() ? "" : " · ") + cell;
            }
            const auto money = base::Money::parse(amount);
            items.push_back(object{{"number", ++number},
                                   {"title", base::text_at(item, "title")},
                                   {"holder", base::text_at(item, "holder")},
                                   {"place", view_.region().places.name(
                                                 base::text_at(item, "place"), request.language)},
                                   {"result", result},
                                   {"amount", money ? view_.yuan(request, *money) : std::string()},
                                   {"details", details}});
            options.push_back(
                option(base::text_at(item, "application"), base::text_at(item, "title"), chosen));
        }
        page["has_results"] = has_results;
        page["has_amounts"] = has_amounts;
        page["items"] = std::move(items);
        page["applications"] = std::move(options);
    }

    void add_difference(store::Reader& reader, const http::Request& request,
                        const programme::List& list, object& page) const {
        array rows;
        bool has_changes = false;
        const auto differences = own_.lists->difference(reader, list);
        const bool is_compared = std::ranges::any_of(
            differences, [](const programme::Difference& one) { return !one.after.empty(); });
        for (const programme::Difference& one : differences) {
            if (one.what == "same") continue;
            has_changes = true;
            rows.push_back(
                object{{"title", one.title},
                       {"holder", one.holder},
                       {"before", one.before},
                       {"after", one.after},
                       {"what", view_.text(request, "programme.difference." + one.what)}});
        }
        page["compared"] = is_compared;
        page["has_changes"] = has_changes;
        page["difference"] = std::move(rows);
    }

    void add_form(const http::Request& request, const programme::Lists::ObjectionForm& form,
                  const std::vector<base::Error>& refusals, object& page) const {
        array faults;
        object at_field;
        for (const base::Error& fault : refusals) {
            const std::string field = fault.field.empty() ? "facts" : fault.field;
            const std::string text = view_.region().texts.explain(request.language, fault);
            faults.push_back(object{{"field", field}, {"text", text}});
            at_field[field] = text;
        }
        page["has_faults"] = !faults.empty();
        page["faults"] = std::move(faults);
        page["fault"] = std::move(at_field);
        array grounds;
        for (const workflow::Code& ground : view_.region().codes.list("objection_reasons"))
            grounds.push_back(option(ground.code, ground.label.in(request.language), form.ground));
        page["grounds"] = std::move(grounds);
        page["form"] = object{{"facts", form.facts},
                              {"wish", form.wish},
                              {"name", form.name},
                              {"contact", form.contact}};
    }

    object title_row(store::Reader& reader, const http::Request& request,
                     const programme::Title& title) const {
        const auto item = programme::Applications::find(reader, title.application);
        const Programme& programme = own_.applications->programme_of(*item);
        std::string grade;
        if (const programme::ResultCode* result = programme.result(title.grade))
            grade = result->title.in(request.language);
        for (const programme::FollowUpRule& rule : programme.follow_ups) {
            if (const programme::ResultCode* result = rule.result(title.grade))
                grade = result->title.in(request.language);
        }
        const programme::TitleRule* rule = programme.title_rule(title.code);
        return {{"number", title.number},
                {"holder", title.holder},
                {"organisation", title.organisation.text()},
                {"detail", title.detail == title.holder ? std::string() : title.detail},
                {"name", rule == nullptr ? title.code : rule->name.in(request.language)},
                {"place", view_.region().places.name(title.place, request.language)},
                {"grade", grade},
                {"state", view_.text(request, "programme.title_state." + title.state)},
                {"state_class", title.state == "valid" ? "good" : "bad"},
                {"from", view_.day(request, title.valid_from)},
                {"until", title.valid_until ? view_.day(request, *title.valid_until)
                                            : view_.text(request, "programme.page.valid_open")},
                {"ended", title.ended_on ? view_.day(request, *title.ended_on) : std::string()}};
    }

    const PageView& view_;
    const ProgrammeSite& own_;
};

}  // namespace

void mount_programme_pages(http::Router& router, const PageView& view) {
    auto pages = std::make_shared<ProgrammePages>(view);
    auto call = [&](auto member) -> http::Handler {
        return
            [pages, member](const http::Request& request) { return ((*pages).*member)(request); };
    };
    http::RouteInfo page;
    page.hidden = true;
    http::RouteInfo objecting = page;
    objecting.cost = 20;
    objecting.body_bytes_max = 64 << 10;
    router.get("/programmes", page, call(&ProgrammePages::list));
    router.get("/programmes/{code}", page, call(&ProgrammePages::guide));
    router.get("/programmes/lists/{id}", page, call(&ProgrammePages::published));
    router.post("/programmes/lists/{id}/objections", objecting, call(&ProgrammePages::object_to));
    router.get("/titles", page, call(&ProgrammePages::titles));
    router.get("/titles/{number}", page, call(&ProgrammePages::title));
}

}  // namespace app
