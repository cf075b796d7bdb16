// HTTP face of programmes: the catalogue of procedures, applications with their files. Rules are in
// application.cpp and the like.
#include "programme/programme_api.h"

#include <algorithm>
#include <array>

#include "format/content_type.h"
#include "party/once_api.h"
#include "party/party_api.h"
#include "programme/compose.h"
#include "workflow/workflow_api.h"

namespace programme {
namespace {

using base::json::array;
using base::json::object;
using format::ContentType;

constexpr std::array allowed_types{ContentType::pdf,  ContentType::png,  ContentType::jpeg,
                                   ContentType::webp, ContentType::docx, ContentType::xlsx,
                                   ContentType::pptx, ContentType::text, ContentType::csv};

base::Result<const Programme*> newest(const ProgrammeApi& api, const http::Request& request) {
    const Programme* found = api.applications->library().newest(request.value("code"));
    if (found == nullptr) return base::refuse(base::not_found("programme_unknown"));
    return found;
}

base::Date today_of(const ProgrammeApi& api) {
    return base::date_in_shanghai(api.database->clock().now());
}

template <class Work>
base::Result<http::Reply> answer(const ProgrammeApi& api, Work work) {
    return http::ok(TRY(api.database->read<object>(
        [&](store::Reader& reader) -> base::Result<object> { return work(reader); })));
}

base::Result<base::Id<Application>> application_id(const http::Request& request) {
    return base::Id<Application>::parse(request.value("id"));
}

base::Result<http::Reply> list_programmes(const ProgrammeApi& api, const http::Request& request) {
    const std::string category = request.query_or("category");
    array items;
    for (const Programme* programme : api.applications->library().today()) {
        if (!category.empty() && programme->category != category) continue;
        items.push_back(show_brief(*programme, today_of(api), request.language));
    }
    return http::ok(object{{"items", std::move(items)}});
}

base::Result<http::Reply> read_programme(const ProgrammeApi& api, const http::Request& request) {
    const Programme* programme = TRY(newest(api, request));
    object shown = show_programme(*programme, today_of(api), request.language);
    if (request.query_or("schema") == "1")
        shown["schema"] = base::json_schema(programme->form.fields);
    return http::ok(shown);
}

/// A sample case without storing anything: conditions, score by rule, award line by line.
base::Result<http::Reply> dry_run(const ProgrammeApi& api, const http::Request& request) {
    const Programme* programme = TRY(newest(api, request));
    const object body = TRY(request.json());
    const party::Actor actor = party::actor_of(request);
    return answer(api, [&](store::Reader& reader) -> base::Result<object> {
        Application item =
            api.applications->begin(reader, actor, *programme, api.database->clock().now(),
                                    api.applications->places().region().code);
        item.body = base::object_at(body, "body");
        TRY(base::require_fields(item.body, programme->form.fields, base::Completeness::draft));
        item.type = type_of(*programme, api.applications->situation(reader, item));
        object shown{{"type", item.type},
                     {"eligibility", show_eligibility(api.applications->eligibility(reader, item),
                                                      request.language)},
                     {"score", nullptr},
                     {"award", nullptr}};
        const Situation facts = api.applications->situation(reader, item);
        if (programme->scoring.is_defined())
            shown["score"] = to_json(
                score_of(programme->scoring, item.type, facts, base::object_at(body, "marks")));
        if (programme->award.is_defined())
            shown["award"] = to_json(award_of(programme->award, facts, {}));
        array defects;
        for (const base::Error& defect :
             base::check_fields(item.body, programme->form.fields, base::Completeness::complete))
            defects.push_back(base::to_json(defect));
        shown["defects"] = std::move(defects);
        return shown;
    });
}

base::Result<http::Reply> create(const ProgrammeApi& api, const http::Request& request) {
    Applications::Draft draft;
    draft.programme = request.value("code");
    object body;
    if (!request.body.empty()) body = TRY(request.json());
    draft.body = base::object_at(body, "body");
    draft.reasons = base::object_at(body, "reasons");
    draft.place = TRY(party::text_member(body, "place"));
    const party::Actor actor = party::actor_of(request);
    return party::write_once(
        *api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const Application item = TRY(api.applications->create(transaction, actor, draft));
            object shown =
                show_application(item, api.applications->programme_of(item), request.language);
            shown["body"] = item.body;
            return http::created(shown, "/api/applications/" + item.id.text())
                .with_version(item.version);
        });
}

base::Result<http::Reply> list_applications(const ProgrammeApi& api, const http::Request& request) {
    Applications::Filter filter{.programme = request.query_or("programme"),
                                .batch = request.query_or("batch"),
                                .state = request.query_or("state"),
                                .after = request.query_or("after")};
    if (request.query_or("whose") == "officer") filter.whose = Applications::Filter::Whose::officer;
    filter.limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 50, 1, 100)));
    const party::Actor actor = party::actor_of(request);
    return answer(api, [&](store::Reader& reader) -> base::Result<object> {
        array items;
        const auto found = api.applications->list(reader, actor, filter);
        for (const Application& item : found) {
            const Programme& programme = api.applications->programme_of(item);
            object shown = show_application(item, programme, request.language);
            if (const auto owner = party::Organisations::find(reader, item.owner))
                shown["owner_name"] = owner->name;
            const auto entry =
                api.applications->cases().find(reader, programme.process(), item.id.text());
            shown["due"] = nullptr;
            if (entry && entry->current.due) shown["due"] = base::to_iso(*entry->current.due);
            if (entry) {
                const workflow::State* state =
                    api.applications->cases().process(programme.process())->state(item.state);
                if (state != nullptr) shown["state_title"] = state->title.in(request.language);
            }
            items.push_back(std::move(shown));
        }
        object page{{"items", std::move(items)}, {"next", nullptr}};
        if (found.size() == filter.limit) page["next"] = found.back().id.text();
        return page;
    });
}

array show_reviews(const ProgrammeApi& api, store::Reader& reader, const Application& item) {
    array shown;
    // Blind until all are in: the officer sees who has scored, not what.
    const bool is_open = api.reviews->panel(reader, item).has_value();
    for (const Review& review : Reviews::of(reader, item.id)) {
        object one{{"id", review.id.text()}, {"expert_name", review.expert_name},
                   {"state", review.state},  {"assigned_at", base::to_iso(review.assigned_at)},
                   {"total", nullptr},       {"version", review.version}};
        if (is_open && review.total) {
            one["total"] = review.total->to_string();
            one["words"] = review.words;
        }
        shown.push_back(std::move(one));
    }
    return shown;
}

object show_files(const ProgrammeApi& api, store::Reader& reader, const std::string& id,
                  base::Language language) {
    array files;
    for (const auto& file : workflow::Attachments::of(reader, id)) {
        if (file.removed) continue;
        object shown = workflow::show_attachment(file, *api.texts, language);
        shown["link"] = "/api/applications/" + id + "/files/" + file.id;
        files.push_back(std::move(shown));
    }
    return {{"files", std::move(files)}};
}

base::Result<object> whole(const ProgrammeApi& api, store::Reader& reader,
                           const party::Actor& actor, const Application& item,
                           base::Language language) {
    const Programme& programme = api.applications->programme_of(item);
    object shown = show_application(item, programme, language);
    if (const auto owner = party::Organisations::find(reader, item.owner))
        shown["owner_name"] = owner->name;
    shown["body"] = item.body;
    shown["prefilled"] = item.prefilled;
    shown["reasons"] = item.reasons;
    shown["definition"] =
        show_programme(programme, base::date_in_shanghai(item.created_at), language);
    const auto entry =
        TRY(api.applications->cases().require(reader, programme.process(), item.id.text()));
    shown["case"] = workflow::show_case(reader, api.applications->cases(), entry, actor, language);
    shown["files"] = show_files(api, reader, item.id.text(), language)["files"];
    shown["eligibility"] = show_eligibility(api.applications->eligibility(reader, item), language);
    array defects;
    if (item.is_editable()) {
        for (const base::Error& defect : api.applications->defects(reader, item)) {
            object one = base::to_json(defect);
            one["text"] = api.texts->explain(language, defect);
            defects.push_back(std::move(one));
        }
    }
    shown["defects"] = std::move(defects);
    shown["leads_review"] = api.reviews->may_lead(reader, actor, item);
    if (api.reviews->may_lead(reader, actor, item)) {
        shown["reviews"] = show_reviews(api, reader, item);
        if (const auto panel = api.reviews->panel(reader, item))
            shown["panel"] =
                object{{"score", to_json(panel->result)},
                       {"spread", panel->merged.spread.to_string()},
                       {"left_out", static_cast<std::int64_t>(panel->merged.left_out.size())},
                       {"needs_another", panel->merged.needs_another}};
    }
    array titles, follow_ups;
    for (const Title& title : Outcomes::titles_of(reader, item.id))
        titles.push_back(show_title(title, programme, language));
    for (const FollowUp& follow : FollowUps::of(reader, item.id))
        follow_ups.push_back(show_follow_up(follow, api.follow_ups->rule_of(follow), language));
    shown["titles"] = std::move(titles);
    shown["follow_ups"] = std::move(follow_ups);
    shown["award"] = nullptr;
    if (const auto award = Outcomes::award_of(reader, item.id))
        shown["award"] = show_award(reader, *award, programme, language);
    else if (programme.award.is_defined() && item.is_open())
        shown["award_preview"] = to_json(api.outcomes->awards(reader, {item}).front());
    shown["decides"] = api.outcomes->may_decide(actor, item);
    return shown;
}

base::Result<http::Reply> read_application(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(application_id(request));
    const party::Actor actor = party::actor_of(request);
    std::int64_t version = 0;
    auto reply = TRY(answer(api, [&](store::Reader& reader) -> base::Result<object> {
        const Application item = TRY(api.applications->read(reader, actor, id));
        version = item.version;
        return whole(api, reader, actor, item, request.language);
    }));
    return std::move(reply).with_version(version);
}

base::Result<http::Reply> save(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(application_id(request));
    const object body = TRY(request.json());
    const std::int64_t version = TRY(version_of(request, body));
    if (!body.contains("body") || !body.at("body").is_object())
        return base::refuse(base::invalid("field_missing").at("body"));
    const party::Actor actor = party::actor_of(request);
    const Application item =
        TRY(api.database->write<Application>([&](store::Transaction& transaction) {
            return api.applications->save(transaction, actor, id, base::object_at(body, "body"),
                                          base::object_at(body, "reasons"), version);
        }));
    return http::ok(show_application(item, api.applications->programme_of(item), request.language))
        .with_version(item.version);
}

base::Result<http::Reply> advance(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(application_id(request));
    const StepRequest step = TRY(read_step(request));
    const party::Actor actor = party::actor_of(request);
    return party::write_once(
        *api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const Application item =
                TRY(api.applications->advance(transaction, actor, id, step.event, step.version));
            return http::ok(show_application(item, api.applications->programme_of(item),
                                             request.language))
                .with_version(item.version);
        });
}

/// Kinds of the file's attachments, those that steps need, and evidence of whoever acts.
bool is_file_kind(const Programme& programme, const std::string& kind) {
    if (kind == "evidence" || kind == "other") return true;
    const bool is_attachment =
        std::ranges::find(programme.attachments, kind, &AttachmentRule::kind) !=
        programme.attachments.end();
    return is_attachment || std::ranges::any_of(programme.steps, [&](const Step& step) {
               return std::ranges::find(step.needs_files, kind) != step.needs_files.end();
           });
}

/// The applicant while he may edit; whoever may take the next step while it waits for him.
base::Status may_add_file(const ProgrammeApi& api, store::Reader& reader, const party::Actor& actor,
                          const Application& item) {
    const Programme& programme = api.applications->programme_of(item);
    const auto entry =
        TRY(api.applications->cases().require(reader, programme.process(), item.id.text()));
    if (!api.applications->cases().available(entry, actor).empty()) return {};
    return base::refuse(base::forbidden("not_permitted"));
}

base::Result<http::Reply> add_file(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(application_id(request));
    const auto session = TRY(party::require_session(request));
    std::vector<http::Upload> uploads = TRY(request.uploads());
    if (uploads.size() != 1) return base::refuse(base::invalid("file_missing").at("file"));
    const http::Upload& upload = uploads[0];
    workflow::Attachment meta;
    meta.subject = id.text();
    meta.name = upload.file_name;
    const auto fields = TRY(request.form());
    const auto named = fields.find("kind");
    meta.kind = request.query_or("kind", named == fields.end() ? "other" : named->second);
    ContentType type =
        TRY(format::check_content_type(upload.bytes, upload.file_name, allowed_types));
    meta.content_type = format::media_type(type);
    return party::write_once(
        *api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const Application item = TRY(api.applications->read(transaction, session->actor, id));
            TRY(may_add_file(api, transaction, session->actor, item));
            const Programme& programme = api.applications->programme_of(item);
            if (!is_file_kind(programme, meta.kind))
                return base::refuse(base::invalid("field_not_an_option").at("kind"));
            const auto rule =
                std::ranges::find(programme.attachments, meta.kind, &AttachmentRule::kind);
            if (rule != programme.attachments.end() && rule->confidential)
                meta.tier = workflow::Tier::confidential;
            const auto added =
                TRY(api.attachments->add(transaction, session->actor, meta, upload.bytes));
            return http::created(workflow::show_attachment(added, *api.texts, request.language),
                                 "/api/applications/" + id.text() + "/files/" + added.id);
        });
}

base::Result<workflow::Attachment> file_of(store::Reader& reader, const http::Request& request) {
    auto file = workflow::Attachments::find(reader, request.value("file"));
    const bool is_there = file && !file->removed && file->subject == request.value("id");
    if (!is_there) return base::refuse(base::not_found("file_not_found"));
    return std::move(*file);
}

base::Result<http::Reply> download(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(application_id(request));
    const party::Actor actor = party::actor_of(request);
    const auto file = TRY(api.database->read<workflow::Attachment>(
        [&](store::Reader& reader) -> base::Result<workflow::Attachment> {
            TRY(api.applications->read(reader, actor, id));
            return file_of(reader, request);
        }));
    return http::attachment(TRY(api.attachments->read(file)), file.content_type, file.name);
}

base::Result<http::Reply> remove_file(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(application_id(request));
    const party::Actor actor = party::actor_of(request);
    TRY(api.database->write<void>([&](store::Transaction& transaction) -> base::Status {
        const Application item = TRY(api.applications->read(transaction, actor, id));
        const workflow::Attachment file = TRY(file_of(transaction, request));
        const bool is_own = item.is_editable() || file.uploaded_by == actor.account.text();
        TRY(may_add_file(api, transaction, actor, item));
        if (!is_own) return base::refuse(base::forbidden("not_permitted"));
        return api.attachments->remove(transaction, actor, file.id);
    }));
    return http::no_content();
}

}  // namespace

void ProgrammeApi::mount_applications(http::Router& router) const {
    const ProgrammeApi api = *this;
    const auto call = [api](auto work) -> http::Handler {
        return [api, work](const http::Request& request) { return work(api, request); };
    };
    http::RouteInfo creating{.summary = "Start an application in a programme {body, reasons}",
                             .signed_in = true,
                             .creates = true};
    router.get("/api/programmes", {.summary = "Procedures of the region and their windows"},
               call(list_programmes));
    router.get("/api/programmes/{code}",
               {.summary = "A procedure: form, conditions, steps, outcomes (?schema=1)"},
               call(read_programme));
    router.post("/api/programmes/{code}/check",
                {.summary = "Dry run: conditions, score and award for a body, nothing is kept"},
                call(dry_run));
    router.post("/api/programmes/{code}/applications", creating, call(create));
    router.get(
        "/api/applications",
        {.summary = "My applications, or those of my places (?whose=officer)", .signed_in = true},
        call(list_applications));
    router.get("/api/applications/{id}", {.summary = "An application with its case"},
               call(read_application));
    router.put("/api/applications/{id}",
               {.summary = "Keep the body of a draft {body, reasons}", .signed_in = true},
               call(save));
    router.post("/api/applications/{id}/files",
                {.summary = "Add a file (?kind=, multipart file)",
                 .signed_in = true,
                 .creates = true,
                 .body_bytes_max = workflow::Attachments::bytes_max + (1 << 20),
                 .cost = 5},
                call(add_file));
    router.get("/api/applications/{id}/files/{file}", {.summary = "The file itself"},
               call(download));
    router.del("/api/applications/{id}/files/{file}",
               {.summary = "Take a file away", .signed_in = true}, call(remove_file));
    router.post("/api/applications/{id}/{transition}",
                {.summary = "Take a step {reason, text, data}", .signed_in = true, .creates = true},
                call(advance));
}

void ProgrammeApi::mount(http::Router& router) const {
    for (const Programme* programme : applications->library().today())
        router.schema("Programme_" + programme->code, base::json_schema(programme->form.fields));
    mount_applications(router);
    mount_reviews(router);
    mount_lists(router);
    mount_outcomes(router);
}

}  // namespace programme
