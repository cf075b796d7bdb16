// HTTP face of reviews, lists, objections, titles, awards and follow-ups (struct ProgrammeApi).
#include <algorithm>

#include "party/once_api.h"
#include "party/party_api.h"
#include "programme/compose.h"
#include "programme/programme_api.h"
#include "workflow/workflow_api.h"

namespace programme {
namespace {

using base::json::array;
using base::json::object;

template <class Work>
base::Result<http::Reply> answer(const ProgrammeApi& api, Work work) {
    return http::ok(TRY(api.database->read<object>(
        [&](store::Reader& reader) -> base::Result<object> { return work(reader); })));
}

template <class Record>
base::Result<base::Id<Record>> id_of(const http::Request& request) {
    return base::Id<Record>::parse(request.value("id"));
}

const Programme& programme_of(const ProgrammeApi& api, const std::string& code, int revision) {
    return api.applications->library().of(code, revision);
}

// --- reviews

base::Result<http::Reply> candidates(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<Application>(request));
    const party::Actor actor = party::actor_of(request);
    return answer(api, [&](store::Reader& reader) -> base::Result<object> {
        const Application item = TRY(api.applications->read(reader, actor, id));
        if (!api.reviews->may_lead(reader, actor, item))
            return base::refuse(base::forbidden("not_permitted"));
        array items;
        for (const party::Account& account :
             api.reviews->candidates(reader, item, api.database->clock().now()))
            items.push_back(object{{"id", account.id.text()}, {"name", account.name}});
        return object{{"items", std::move(items)}};
    });
}

object show_review(const Review& review) {
    object shown{{"id", review.id.text()},
                 {"application", review.application.text()},
                 {"expert_name", review.expert_name},
                 {"state", review.state},
                 {"marks", review.marks},
                 {"words", review.words},
                 {"total", nullptr},
                 {"assigned_at", base::to_iso(review.assigned_at)},
                 {"version", review.version}};
    if (review.total) shown["total"] = review.total->to_string();
    return shown;
}

base::Result<http::Reply> assign(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<Application>(request));
    const object body = TRY(request.json());
    const auto expert =
        TRY(base::Id<party::Account>::parse(TRY(base::require_text(body, "expert"))));
    const party::Actor actor = party::actor_of(request);
    return party::write_once(
        *api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const Review review = TRY(api.reviews->assign(transaction, actor, id, expert));
            return http::created(show_review(review), "/api/reviews/" + review.id.text());
        });
}

base::Result<http::Reply> my_reviews(const ProgrammeApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    return answer(api, [&](store::Reader& reader) -> base::Result<object> {
        array items;
        for (const Review& review : Reviews::of_expert(reader, session->actor.account)) {
            if (review.state == "removed") continue;
            const Application item = TRY(Applications::require(reader, review.application));
            const Programme& programme = api.applications->programme_of(item);
            object shown = show_review(review);
            shown["programme_title"] = programme.title.in(request.language);
            shown["title"] = programme.scoring.hides_applicant ? "" : item.title;
            const auto entry = api.applications->cases().find(
                reader, review_process(item.programme), review.id.text());
            shown["due"] = nullptr;
            if (entry && entry->current.due) shown["due"] = base::to_iso(*entry->current.due);
            items.push_back(std::move(shown));
        }
        return object{{"items", std::move(items)}};
    });
}

/// What the expert sees: the sheet and the application, without what is hidden from him.
base::Result<http::Reply> read_review(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<Review>(request));
    const party::Actor actor = party::actor_of(request);
    std::int64_t version = 0;
    auto reply = TRY(answer(api, [&](store::Reader& reader) -> base::Result<object> {
        const Review review = TRY(api.reviews->read(reader, actor, id));
        const Application item = TRY(Applications::require(reader, review.application));
        const Programme& programme = api.applications->programme_of(item);
        version = review.version;
        object shown = show_review(review);
        const ScoreSheet& sheet = programme.scoring;
        object body = item.body;
        for (const std::string& name : sheet.hidden_fields)
            body.erase(name);
        for (const base::FieldSpec& field : programme.form.fields) {
            if (field.confidential) body.erase(field.name);
        }
        shown["title"] = sheet.hides_applicant ? "" : item.title;
        shown["programme_title"] = programme.title.in(request.language);
        shown["body"] = std::move(body);
        shown["form"] = programme.form.describe(request.language);
        shown["sheet"] = show_sheet(sheet, item.type, request.language);
        shown["computed"] = to_json(
            score_of(sheet, item.type, api.applications->situation(reader, item), review.marks));
        const auto entry = TRY(api.applications->cases().require(
            reader, review_process(item.programme), review.id.text()));
        shown["case"] =
            workflow::show_case(reader, api.applications->cases(), entry, actor, request.language);
        return shown;
    }));
    return std::move(reply).with_version(version);
}

base::Result<http::Reply> score(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<Review>(request));
    const object body = TRY(request.json());
    const std::int64_t version = TRY(version_of(request, body));
    const std::string words = TRY(party::text_member(body, "words"));
    const party::Actor actor = party::actor_of(request);
    return party::write_once(
        *api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const Review review =
                TRY(api.reviews->score(transaction, actor, id, base::object_at(body, "marks"),
                                       words, base::bool_at(body, "no_conflict"), version));
            return http::ok(show_review(review)).with_version(review.version);
        });
}

base::Result<http::Reply> advance_review(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<Review>(request));
    const StepRequest step = TRY(read_step(request));
    const party::Actor actor = party::actor_of(request);
    const Review review = TRY(api.database->write<Review>([&](store::Transaction& transaction) {
        return api.reviews->advance(transaction, actor, id, step.event, step.version);
    }));
    return http::ok(show_review(review)).with_version(review.version);
}

// --- lists and objections

base::Result<http::Reply> waiting(const ProgrammeApi& api, const http::Request& request) {
    const party::Actor actor = party::actor_of(request);
    return answer(api, [&](store::Reader& reader) -> base::Result<object> {
        array items;
        for (const Lists::Waiting& one : api.lists->waiting(reader, actor)) {
            const Programme* programme = api.applications->library().newest(one.programme);
            items.push_back(object{{"programme", one.programme},
                                   {"programme_title", programme->title.in(request.language)},
                                   {"batch", one.batch},
                                   {"notice", one.notice},
                                   {"final", one.final}});
        }
        return object{{"items", std::move(items)}};
    });
}

base::Result<http::Reply> make_list(const ProgrammeApi& api, const http::Request& request) {
    const object body = TRY(request.json());
    Lists::Draft draft;
    draft.programme = request.value("code");
    draft.batch = TRY(base::require_text(body, "batch"));
    draft.title = TRY(party::text_member(body, "title"));
    draft.document_no = TRY(party::text_member(body, "document_no"));
    for (const base::json::value& one : base::array_at(body, "applications")) {
        if (one.is_string()) draft.only.emplace_back(one.as_string());
    }
    const std::string kind = TRY(base::require_text(body, "kind"));
    if (kind != "notice" && kind != "final")
        return base::refuse(base::invalid("field_not_an_option").at("kind"));
    const party::Actor actor = party::actor_of(request);
    return party::write_once(
        *api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const List list = TRY(kind == "notice" ? api.lists->publish(transaction, actor, draft)
                                                   : api.lists->issue(transaction, actor, draft));
            return http::created(
                show_list(list, programme_of(api, list.programme, list.revision), request.language),
                "/api/programme-lists/" + list.id.text());
        });
}

base::Result<http::Reply> published_lists(const ProgrammeApi& api, const http::Request& request) {
    Lists::Filter filter{.programme = request.query_or("programme"),
                         .batch = request.query_or("batch"),
                         .kind = request.query_or("kind"),
                         .state = request.query_or("state"),
                         .after = request.query_or("after")};
    filter.limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 30, 1, 100)));
    return answer(api, [&](store::Reader& reader) -> base::Result<object> {
        array items;
        const auto found = Lists::list(reader, filter);
        for (const List& list : found)
            items.push_back(show_list(list, programme_of(api, list.programme, list.revision),
                                      request.language));
        object page{{"items", std::move(items)}, {"next", nullptr}};
        if (found.size() == filter.limit) page["next"] = found.back().id.text();
        return page;
    });
}

base::Result<http::Reply> read_list(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<List>(request));
    return answer(api, [&](store::Reader& reader) -> base::Result<object> {
        const List list = TRY(Lists::require(reader, id));
        object shown =
            show_list(list, programme_of(api, list.programme, list.revision), request.language);
        shown["body"] = list.body;
        shown["objections"] = static_cast<std::int64_t>(Lists::objections_of(reader, id).size());
        return shown;
    });
}

base::Result<http::Reply> difference(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<List>(request));
    return answer(api, [&](store::Reader& reader) -> base::Result<object> {
        const List list = TRY(Lists::require(reader, id));
        array items;
        for (const Difference& one : api.lists->difference(reader, list))
            items.push_back(show_difference(one));
        return object{{"items", std::move(items)}};
    });
}

base::Result<http::Reply> object_to(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<List>(request));
    const object body = TRY(request.json());
    Lists::ObjectionForm form;
    for (const auto& [key, target] :
         {std::pair{"application", &form.application}, std::pair{"ground", &form.ground},
          std::pair{"facts", &form.facts}, std::pair{"wish", &form.wish},
          std::pair{"name", &form.name}, std::pair{"contact", &form.contact},
          std::pair{"website", &form.website}})
        *target = TRY(party::text_member(body, key));
    return party::write_once(
        *api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const auto filed = TRY(api.lists->object_to(transaction, id, form));
            return http::created(
                object{{"tracking_code", filed.tracking_code}, {"state", filed.objection.state}},
                "/api/programme-objection-status/" + filed.tracking_code);
        });
}

base::Result<http::Reply> objection_status(const ProgrammeApi& api, const http::Request& request) {
    return answer(api, [&](store::Reader& reader) -> base::Result<object> {
        const auto objection = Lists::by_tracking_code(reader, request.value("code"));
        if (!objection) return base::refuse(base::not_found("tracking_code_unknown"));
        const List list = TRY(Lists::require(reader, objection->list));
        return object{{"list", list.id.text()},
                      {"title", list.title},
                      {"state", objection->state},
                      {"filed_at", base::to_iso(objection->filed_at)}};
    });
}

base::Result<http::Reply> objections(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<List>(request));
    const auto session = TRY(party::require_session(request));
    return answer(api, [&](store::Reader& reader) -> base::Result<object> {
        const List list = TRY(Lists::require(reader, id));
        array items;
        for (const Objection& objection : Lists::objections_of(reader, id)) {
            const auto entry = api.lists->cases().find(reader, objection_process(list.programme),
                                                       objection.id.text());
            const bool may = entry && !api.lists->cases().available(*entry, session->actor).empty();
            if (may || !objection.is_open()) items.push_back(show_objection(objection));
        }
        return object{{"items", std::move(items)}};
    });
}

/// With the words: a look that is recorded, hence a write.
base::Result<http::Reply> read_objection(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<Objection>(request));
    const party::Actor actor = party::actor_of(request);
    std::int64_t version = 0;
    const object shown = TRY(
        api.database->write<object>([&](store::Transaction& transaction) -> base::Result<object> {
            const ObjectionWords words = TRY(api.lists->open_words(transaction, actor, id));
            const Objection objection = *Lists::find_objection(transaction, id);
            const List list = TRY(Lists::require(transaction, objection.list));
            version = objection.version;
            object result = show_objection(objection);
            result["title"] = list.title;
            result["facts"] = words.facts;
            result["wish"] = words.wish;
            result["name"] = words.name;
            result["contact"] = words.contact;
            const auto entry = TRY(api.lists->cases().require(
                transaction, objection_process(list.programme), id.text()));
            result["case"] = workflow::show_case(transaction, api.lists->cases(), entry, actor,
                                                 request.language);
            return result;
        }));
    return http::ok(shown).with_version(version);
}

base::Result<http::Reply> decide(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<Objection>(request));
    const StepRequest step = TRY(read_step(request));
    const party::Actor actor = party::actor_of(request);
    const Objection objection =
        TRY(api.database->write<Objection>([&](store::Transaction& transaction) {
            return api.lists->decide(transaction, actor, id, step.event, step.version);
        }));
    return http::ok(show_objection(objection)).with_version(objection.version);
}

// --- titles, awards, follow-ups

const Programme& programme_of_title(const ProgrammeApi& api, store::Reader& reader,
                                    const Title& title) {
    const auto item = Applications::find(reader, title.application);
    return api.applications->programme_of(*item);
}

base::Result<http::Reply> titles(const ProgrammeApi& api, const http::Request& request) {
    Outcomes::TitleFilter filter{.code = request.query_or("code"),
                                 .state = request.query_or("state"),
                                 .words = request.query_or("q"),
                                 .place = request.query_or("place"),
                                 .after = request.query_or("after")};
    filter.limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 50, 1, 100)));
    return answer(api, [&](store::Reader& reader) -> base::Result<object> {
        array items;
        const auto found = Outcomes::titles(reader, filter);
        for (const Title& title : found)
            items.push_back(
                show_title(title, programme_of_title(api, reader, title), request.language));
        object page{{"items", std::move(items)}, {"next", nullptr}};
        if (found.size() == filter.limit) page["next"] = found.back().id.text();
        return page;
    });
}

base::Result<http::Reply> verify_title(const ProgrammeApi& api, const http::Request& request) {
    return answer(api, [&](store::Reader& reader) -> base::Result<object> {
        const auto title = Outcomes::find_title(reader, request.value("number"));
        if (!title || !title->is_public) return base::refuse(base::not_found("title_unknown"));
        return show_title(*title, programme_of_title(api, reader, *title), request.language);
    });
}

base::Result<http::Reply> revoke(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<Title>(request));
    const object body = TRY(request.json());
    const std::string text = TRY(party::text_member(body, "text"));
    const party::Actor actor = party::actor_of(request);
    return party::write_once(
        *api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const Title title = TRY(api.outcomes->revoke(transaction, actor, id, text));
            return http::ok(
                show_title(title, programme_of_title(api, transaction, title), request.language));
        });
}

base::Result<http::Reply> change_award(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<GrantedAward>(request));
    const object body = TRY(request.json());
    const std::int64_t version = TRY(version_of(request, body));
    const std::string action = request.value("action");
    const std::string document = TRY(party::text_member(body, "document"));
    const std::string code = TRY(party::text_member(body, action == "pay" ? "instalment" : "code"));
    const std::string text = TRY(party::text_member(body, "text"));
    base::Money amount;
    if (action == "receive")
        amount = TRY(base::Money::parse(TRY(base::require_text(body, "amount"))));
    const party::Actor actor = party::actor_of(request);
    return party::write_once(
        *api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const Outcomes& outcomes = *api.outcomes;
            if (action != "pay" && action != "claw_back" && action != "receive")
                return base::refuse(base::not_found("not_found"));
            const GrantedAward award =
                TRY(action == "pay" ? outcomes.pay(transaction, actor, id, code, document, version)
                    : action == "claw_back"
                        ? outcomes.claw_back(transaction, actor, id, code, text, version)
                        : outcomes.receive(transaction, actor, id, amount, document, version));
            const auto item = TRY(Applications::require(transaction, award.application));
            return http::ok(show_award(transaction, award, api.applications->programme_of(item),
                                       request.language))
                .with_version(award.version);
        });
}

base::Result<http::Reply> my_follow_ups(const ProgrammeApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    return answer(api, [&](store::Reader& reader) -> base::Result<object> {
        array items;
        for (const FollowUp& item : FollowUps::mine(reader, session->actor))
            items.push_back(show_follow_up(item, api.follow_ups->rule_of(item), request.language));
        return object{{"items", std::move(items)}};
    });
}

base::Result<http::Reply> read_follow_up(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<FollowUp>(request));
    const party::Actor actor = party::actor_of(request);
    std::int64_t version = 0;
    auto reply = TRY(answer(api, [&](store::Reader& reader) -> base::Result<object> {
        const FollowUp item = TRY(api.follow_ups->read(reader, actor, id));
        const FollowUpRule& rule = api.follow_ups->rule_of(item);
        version = item.version;
        object shown = show_follow_up(item, rule, request.language);
        shown["body"] = item.body;
        shown["form"] = nullptr;
        if (rule.form) shown["form"] = rule.form->describe(request.language);
        array results;
        for (const ResultCode& result : rule.results)
            results.push_back(object{{"code", result.code},
                                     {"title", result.title.in(request.language)},
                                     {"fails", result.refuses || result.revokes}});
        shown["results"] = std::move(results);
        if (const auto computed = api.follow_ups->score_of(reader, item))
            shown["computed"] = to_json(*computed);
        if (const auto entry = api.applications->cases().find(
                reader, follow_up_process(item.programme, item.code), id.text()))
            shown["case"] = workflow::show_case(reader, api.applications->cases(), *entry, actor,
                                                request.language);
        return shown;
    }));
    return std::move(reply).with_version(version);
}

base::Result<http::Reply> save_follow_up(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<FollowUp>(request));
    const object body = TRY(request.json());
    const std::int64_t version = TRY(version_of(request, body));
    const party::Actor actor = party::actor_of(request);
    const FollowUp item = TRY(api.database->write<FollowUp>([&](store::Transaction& transaction) {
        return api.follow_ups->save(transaction, actor, id, base::object_at(body, "body"), version);
    }));
    return http::ok(show_follow_up(item, api.follow_ups->rule_of(item), request.language))
        .with_version(item.version);
}

base::Result<http::Reply> advance_follow_up(const ProgrammeApi& api, const http::Request& request) {
    const auto id = TRY(id_of<FollowUp>(request));
    const StepRequest step = TRY(read_step(request));
    const party::Actor actor = party::actor_of(request);
    return party::write_once(
        *api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const FollowUp item =
                TRY(api.follow_ups->advance(transaction, actor, id, step.event, step.version));
            return http::ok(show_follow_up(item, api.follow_ups->rule_of(item), request.language))
                .with_version(item.version);
        });
}

http::RouteInfo open_to_all(std::string summary) {
    return {.summary = std::move(summary)};
}

http::RouteInfo for_members(std::string summary) {
    return {.summary = std::move(summary), .signed_in = true};
}

http::RouteInfo creating(std::string summary) {
    return {.summary = std::move(summary), .signed_in = true, .creates = true};
}

}  // namespace

void ProgrammeApi::mount_reviews(http::Router& router) const {
    const ProgrammeApi api = *this;
    const auto call = [api](auto work) -> http::Handler {
        return [api, work](const http::Request& request) { return work(api, request); };
    };
    router.get("/api/applications/{id}/experts", for_members("Experts without conflict"),
               call(candidates));
    router.post("/api/applications/{id}/reviews", creating("Assign an expert {expert}"),
                call(assign));
    router.get("/api/reviews", for_members("What I am asked to score"), call(my_reviews));
    router.get("/api/reviews/{id}", for_members("An application as its expert sees it"),
               call(read_review));
    router.post("/api/reviews/{id}/score", creating("Marks, once {marks, words, no_conflict}"),
                call(score));
    router.post("/api/reviews/{id}/{transition}", for_members("Decline, or replace an expert"),
                call(advance_review));
}

void ProgrammeApi::mount_lists(http::Router& router) const {
    const ProgrammeApi api = *this;
    const auto call = [api](auto work) -> http::Handler {
        return [api, work](const http::Request& request) { return work(api, request); };
    };
    http::RouteInfo objecting = open_to_all("Object to a notice while it runs");
    objecting.creates = true;
    objecting.cost = 20;
    objecting.body_bytes_max = 64 << 10;
    http::RouteInfo following = open_to_all("How an objection stands, by its tracking code");
    following.cost = 5;
    router.get("/api/programme-lists/waiting", for_members("What waits for a list of mine"),
               call(waiting));
    router.post("/api/programmes/{code}/lists",
                creating("Publish a notice or issue a final list {kind, batch, title}"),
                call(make_list));
    router.get("/api/programme-lists", open_to_all("Notices and final lists, newest first"),
               call(published_lists));
    router.get("/api/programme-lists/{id}", open_to_all("A list as it was published"),
               call(read_list));
    router.get("/api/programme-lists/{id}/difference", open_to_all("Notice against final list"),
               call(difference));
    router.post("/api/programme-lists/{id}/objections", objecting, call(object_to));
    router.get("/api/programme-lists/{id}/objections", for_members("Objections I may decide"),
               call(objections));
    router.get("/api/programme-objection-status/{code}", following, call(objection_status));
    router.get("/api/programme-objections/{id}", for_members("An objection with its words"),
               call(read_objection));
    router.post("/api/programme-objections/{id}/{transition}",
                for_members("Admit, not admit, uphold or reject an objection"), call(decide));
}

void ProgrammeApi::mount_outcomes(http::Router& router) const {
    const ProgrammeApi api = *this;
    const auto call = [api](auto work) -> http::Handler {
        return [api, work](const http::Request& request) { return work(api, request); };
    };
    router.get("/api/titles", open_to_all("The register of titles (?q=&code=&place=&state=)"),
               call(titles));
    router.get("/api/titles/{number}", open_to_all("A title by its number"), call(verify_title));
    router.post("/api/titles/{id}/revoke", creating("End a title {text}"), call(revoke));
    router.post("/api/awards/{id}/{action}",
                creating("pay {instalment, document}, claw_back {code, text}, receive {amount}"),
                call(change_award));
    router.get("/api/follow-ups", for_members("What my organisation has still to file"),
               call(my_follow_ups));
    router.get("/api/follow-ups/{id}", for_members("A review, check, acceptance or duty"),
               call(read_follow_up));
    router.put("/api/follow-ups/{id}", for_members("Keep what was written {body}"),
               call(save_follow_up));
    router.post("/api/follow-ups/{id}/{transition}", creating("File, return or judge"),
                call(advance_follow_up));
}

}  // namespace programme
