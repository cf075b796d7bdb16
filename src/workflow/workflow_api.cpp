#include "workflow/workflow_api.h"

#include <algorithm>

#include "party/organisation.h"
#include "party/session_api.h"

namespace workflow {
namespace {

namespace json = base::json;

json::value moment_or_null(const std::optional<base::Time>& moment) {
    if (!moment) return nullptr;
    return json::value(base::to_iso(*moment));
}

json::array show_codes(const std::vector<Code>& codes, base::Language language) {
    json::array list;
    for (const Code& code : codes) {
        json::object item{{"code", code.code}, {"label", code.label.in(language)}};
        if (!code.parent.empty()) item["parent"] = code.parent;
        list.push_back(std::move(item));
    }
    return list;
}

std::string state_title(const Process& process, std::string_view code, base::Language language) {
    const State* state = process.state(code);
    return state == nullptr ? std::string(code) : state->title.in(language);
}

json::object show_decision(const Cases& cases, const Process& process, const Decision& decision,
                           base::Language language) {
    json::object item{{"id", decision.id},
                      {"transition", decision.transition},
                      {"from", decision.from},
                      {"from_title", state_title(process, decision.from, language)},
                      {"to", decision.to},
                      {"to_title", state_title(process, decision.to, language)},
                      {"actor_name", decision.actor_name},
                      {"at", base::to_iso(decision.at)}};
    const Transition* transition = process.transition(decision.transition);
    if (transition != nullptr) item["title"] = transition->title.in(language);
    if (!decision.text.empty()) item["text"] = decision.text;
    if (!decision.reason.empty()) {
        item["reason"] = decision.reason;
        std::string_view list = transition == nullptr ? "" : transition->reasons;
        item["reason_label"] = cases.codes().label(list, decision.reason, language);
    }
    return item;
}

/// Without a rule of the owning module: who may take some step of the process on this record.
bool has_part_in(const Process& process, const Case& item, const party::Actor& actor) {
    return std::any_of(process.transitions().begin(), process.transitions().end(),
                       [&](const Transition& transition) {
                           return party::allows(transition.who, actor, item.current.standing);
                       });
}

json::object show_queue_item(const WorkflowApi& api, store::Reader& reader, const QueueItem& entry,
                             base::Language language) {
    const Case& item = entry.item;
    const Process* process = api.cases.process(item.process);
    json::object row{{"process", item.process},
                     {"process_title", process->title().in(language)},
                     {"subject", item.subject},
                     {"title", item.title},
                     {"state", item.current.state},
                     {"state_title", state_title(*process, item.current.state, language)},
                     {"due", moment_or_null(item.current.due)},
                     {"since", base::to_iso(item.current.since)},
                     {"opened_at", base::to_iso(item.opened_at)},
                     {"place", item.current.standing.place},
                     {"place_name", api.places.name(item.current.standing.place, language)},
                     {"escalation", item.escalation},
                     {"version", item.version}};
    if (auto owner = party::Organisations::find(reader, item.current.standing.owner)) {
        row["owner_name"] = owner->name;
    }
    add_clock(row, api.cases, item.current.due, api.database.clock().now());
    json::array& transitions = row["transitions"].emplace_array();
    for (const std::string& code : entry.transitions) {
        const Transition* transition = process->transition(code);
        if (transition == nullptr) continue;
        transitions.push_back(show_transition(api.codes, *transition, language));
    }
    return row;
}

base::Result<http::Reply> queue(const WorkflowApi& api, const http::Request& request) {
    auto session = TRY(party::require_session(request));
    QueueFilter filter;
    filter.process = request.query_or("process");
    filter.after = request.query_or("after");
    filter.limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 50, 1, 200)));
    TRY(Cases::check_cursor(filter.after));
    return http::ok(TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            auto items = api.cases.queue(reader, session->actor, filter);
            json::object answer{{"count", api.cases.queue_length(reader, session->actor)},
                                {"next", nullptr}};
            json::array& list = answer["items"].emplace_array();
            for (const QueueItem& item : items) {
                list.push_back(show_queue_item(api, reader, item, request.language));
            }
            if (items.size() == filter.limit) answer["next"] = Cases::cursor_of(items.back().item);
            return answer;
        })));
}

base::Result<http::Reply> read_case(const WorkflowApi& api, const http::Request& request) {
    party::Actor actor = party::actor_of(request);
    const std::string& process = request.value("process");
    json::object answer = TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            auto hidden = [] { return base::refuse(base::not_found("case_not_found")); };
            if (api.cases.process(process) == nullptr) return hidden();
            Case item = TRY(api.cases.require(reader, process, request.value("subject")));
            bool visible = has_part_in(*api.cases.process(process), item, actor) ||
                           (api.may_see && api.may_see(reader, actor, item));
            if (!visible) return hidden();
            if (api.check_open) TRY(api.check_open(reader, actor, item));
            json::object shown = show_case(reader, api.cases, item, actor, request.language);
            add_clock(shown, api.cases, item.current.due, api.database.clock().now());
            return shown;
        }));
    return http::ok(answer).with_version(answer.at("version").as_int64());
}

/// Whatever kind of record it is: where an address that does not say should lead.
base::Result<http::Reply> cases_of(const WorkflowApi& api, const http::Request& request) {
    const party::Actor actor = TRY(party::require_session(request))->actor;
    const std::string subject = request.query_or("subject");
    if (subject.empty()) return base::refuse(base::invalid("field_missing").at("subject"));
    return http::ok(TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            json::array list;
            for (const Case& item : api.cases.of(reader, subject)) {
                const Process* process = api.cases.process(item.process);
                const bool visible =
                    process != nullptr && (has_part_in(*process, item, actor) ||
                                           (api.may_see && api.may_see(reader, actor, item)));
                if (!visible || (api.check_open && !api.check_open(reader, actor, item))) continue;
                list.push_back(json::object{
                    {"process", item.process},
                    {"process_title", process->title().in(request.language)},
                    {"subject", item.subject},
                    {"title", item.title},
                    {"state", item.current.state},
                    {"state_title", state_title(*process, item.current.state, request.language)}});
            }
            return json::object{{"cases", std::move(list)}};
        })));
}

base::Result<http::Reply> read_codes(const WorkflowApi& api, const http::Request& request) {
    const std::string& list = request.value("list");
    if (!api.codes.has_list(list)) {
        return base::refuse(base::not_found("code_list_unknown").with("list", list.substr(0, 40)));
    }
    return http::ok(json::object{{"list", list},
                                 {"codes", show_codes(api.codes.list(list), request.language)}});
}

base::Result<http::Reply> read_form(const WorkflowApi& api, const http::Request& request) {
    const Form* form = api.form_of(request.value("form"));
    if (form == nullptr) {
        return base::refuse(
            base::not_found("form_unknown").with("form", request.value("form").substr(0, 40)));
    }
    json::object answer = form->describe(request.language);
    if (request.query_or("schema") == "1") answer["schema"] = base::json_schema(form->fields);
    return http::ok(answer);
}

/// A term ends with its day, at midnight: the last moment of that day tells which one it is.
base::Date last_day(base::Time due) {
    return base::date_in_shanghai(due - base::Duration{1});
}

/// Whether it reaches a year whose working days are not announced yet.
bool is_provisional(const Cases& cases, const std::optional<base::Time>& due) {
    return due && cases.calendar().is_provisional(last_day(*due));
}

}  // namespace

std::string state_title(const Cases& cases, std::string_view process, std::string_view state,
                        base::Language language) {
    const Process* known = cases.process(process);
    return known == nullptr ? std::string(state) : state_title(*known, state, language);
}

void add_clock(json::object& shown, const Cases& cases, const std::optional<base::Time>& due,
               base::Time now) {
    if (!due) return;
    shown["due"] = base::to_iso(*due);
    const base::Date last = last_day(*due);
    shown["working_days_left"] =
        cases.calendar().working_days_between(base::date_in_shanghai(now), last);
    if (is_provisional(cases, due)) shown["due_is_provisional"] = true;
}

json::object show_transition(const Codes& codes, const Transition& transition,
                             base::Language language) {
    json::object item{{"code", transition.code},
                      {"title", transition.title.in(language)},
                      {"to", transition.to},
                      {"needs_text", transition.needs_text}};
    if (!transition.reasons.empty()) {
        item["reasons"] = show_codes(codes.list(transition.reasons), language);
    }
    json::array& files = item["needs_files"].emplace_array();
    for (const std::string& kind : transition.needs_files)
        files.push_back(json::value(kind));
    if (!transition.source.empty()) item["source"] = transition.source;
    return item;
}

json::object show_case(store::Reader& reader, const Cases& cases, const Case& item,
                       const party::Actor& actor, base::Language language) {
    const Process& process = *cases.process(item.process);
    const State* state = process.state(item.current.state);
    json::object answer{{"process", item.process},
                        {"process_title", process.title().in(language)},
                        {"subject", item.subject},
                        {"title", item.title},
                        {"state", item.current.state},
                        {"state_title", state_title(process, item.current.state, language)},
                        {"since", base::to_iso(item.current.since)},
                        {"due", moment_or_null(item.current.due)},
                        {"due_is_provisional", is_provisional(cases, item.current.due)},
                        {"paused", item.current.paused_remaining.has_value()},
                        {"escalation", item.escalation},
                        {"version", item.version},
                        {"is_final", state != nullptr && state->is_final}};
    if (state != nullptr && state->clock) answer["due_source"] = state->clock->source;
    json::array& transitions = answer["transitions"].emplace_array();
    for (const Transition* transition : cases.available(item, actor)) {
        transitions.push_back(show_transition(cases.codes(), *transition, language));
    }
    // Words of a decision are between those who take part: others see the state alone.
    json::array& decisions = answer["decisions"].emplace_array();
    if (!has_part_in(process, item, actor)) return answer;
    for (const Decision& decision : cases.decisions(reader, item.process, item.subject)) {
        decisions.push_back(show_decision(cases, process, decision, language));
    }
    return answer;
}

json::object show_attachment(const Attachment& file, const base::Texts& texts,
                             base::Language language) {
    std::string key = "file_kind." + file.kind;
    return {{"id", file.id},
            {"kind", file.kind},
            {"kind_label", texts.has(language, key) ? texts.get(language, key) : file.kind},
            {"name", file.name},
            {"content_type", file.content_type},
            {"size", file.size},
            {"sha256", file.sha256},
            {"tier", file.tier == Tier::confidential ? "confidential" : "open"},
            {"at", base::to_iso(file.at)}};
}

base::Result<Event> read_event(const http::Request& request, std::string_view transition) {
    Event event;
    event.transition = transition;
    json::object body;
    if (!request.body.empty()) body = TRY(request.json());
    for (const auto& [key, value] : body) {
        bool is_text = key == "reason" || key == "text";
        if (!is_text && key != "data") return base::refuse(base::invalid("field_unknown").at(key));
        if (value.is_null()) continue;
        if (is_text ? !value.is_string() : !value.is_object()) {
            return base::refuse(base::invalid("field_wrong_type")
                                    .with("expected", is_text ? "text" : "object")
                                    .at(key));
        }
    }
    event.reason = base::text_at(body, "reason");
    event.text = base::text_at(body, "text");
    event.data = base::object_at(body, "data");
    return event;
}

void WorkflowApi::mount(http::Router& router) const {
    const WorkflowApi api = *this;
    router.get("/api/queue", {.summary = "What waits for me, most urgent first", .signed_in = true},
               [api](const http::Request& request) { return queue(api, request); });
    router.get("/api/cases/{process}/{subject}",
               {.summary = "A record's case: state, clock, my next steps, decisions"},
               [api](const http::Request& request) { return read_case(api, request); });
    router.get("/api/cases",
               {.summary = "The cases of a record, whatever its kind (?subject=)",
                .signed_in = true,
                .query = {{"subject", "id of the record", true}}},
               [api](const http::Request& request) { return cases_of(api, request); });
    router.get("/api/codes/{list}", {.summary = "A code list in the reader's language"},
               [api](const http::Request& request) { return read_codes(api, request); });
    router.get("/api/forms/{form}", {.summary = "A form in the reader's language (?schema=1)"},
               [api](const http::Request& request) { return read_form(api, request); });
}

}  // namespace workflow
