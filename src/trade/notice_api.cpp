// HTTP face of price notices, objections and the diligence file. Rules are in notice.cpp,
// objection.cpp and diligence.cpp.
#include "trade/notice_api.h"

#include <array>

#include "party/once_api.h"
#include "party/party_api.h"
#include "workflow/workflow_api.h"

namespace trade {
namespace {

using base::json::array;
using base::json::object;

constexpr std::int64_t page_max = 100;

object show(const Objection& objection) {
    return {{"id", objection.id.text()},   {"notice", objection.notice.text()},
            {"ground", objection.ground},  {"tip", objection.is_tip},
            {"state", objection.state},    {"filed_at", base::to_iso(objection.filed_at)},
            {"version", objection.version}};
}

array show(const std::vector<Objections::Course>& course) {
    array list;
    for (const Objections::Course& step : course) {
        list.push_back(object{{"at", base::to_iso(step.at)},
                              {"transition", step.transition},
                              {"decision", step.decision},
                              {"text", step.text}});
    }
    return list;
}

base::Result<ObjectionForm> read_form(const object& body) {
    ObjectionForm form;
    form.ground = TRY(party::text_member(body, "ground"));
    form.facts = TRY(party::text_member(body, "facts"));
    form.wish = TRY(party::text_member(body, "wish"));
    form.name = TRY(party::text_member(body, "name"));
    form.contact = TRY(party::text_member(body, "contact"));
    form.website = TRY(party::text_member(body, "website"));
    return form;
}

base::Result<NoticeDraft> read_draft(const object& body) {
    NoticeDraft draft;
    draft.basis = TRY(party::text_member(body, "basis"));
    draft.related_party = TRY(party::text_member(body, "related_party"));
    draft.related_statement = TRY(party::text_member(body, "related_statement"));
    draft.rights_check = TRY(party::text_member(body, "rights_check"));
    draft.rules = TRY(party::text_member(body, "rules"));
    return draft;
}

base::Result<workflow::Event> read_event(const http::Request& request, const object& body) {
    workflow::Event event;
    event.transition = request.value("transition");
    event.reason = TRY(party::text_member(body, "reason"));
    event.text = TRY(party::text_member(body, "text"));
    return event;
}

/// The version the change rests on: If-Match, or `version` in the body.
base::Result<std::int64_t> version_of(const http::Request& request, const object& body) {
    if (const auto version = base::integer_at(body, "version")) return *version;
    return request.if_match();
}

class Handlers {
  public:
    explicit Handlers(const NoticeApi& api) : api_(api) {}

    base::Result<http::Reply> list(const http::Request& request) const {
        Notices::Filter filter{.state = request.query_or("state"),
                               .agreement = request.query_or("agreement"),
                               .after = request.query_or("after")};
        filter.limit =
            static_cast<std::size_t>(TRY(request.query_integer("limit", 30, 1, page_max)));
        return answer([&](store::Reader& reader) -> base::Result<object> {
            array items;
            const auto found = Notices::list(reader, filter);
            for (const Notice& notice : found)
                items.push_back(titled(notice, request.language));
            object answer{{"items", std::move(items)}};
            if (found.size() == filter.limit) answer["next"] = found.back().id.text();
            return answer;
        });
    }

    base::Result<http::Reply> read(const http::Request& request) const {
        const auto id = TRY(party::path_id<Notice>(request, "id", "price_notice_unknown"));
        const party::Actor actor = party::actor_of(request);
        std::int64_t version = 0;
        auto reply = TRY(answer([&](store::Reader& reader) -> base::Result<object> {
            const Notice notice = TRY(Notices::require(reader, id));
            version = notice.version;
            object result = titled(notice, request.language);
            result["course"] = notice_course(reader, notice);
            result["objections"] =
                static_cast<std::int64_t>(Objections::of_notice(reader, id).size());
            result["transitions"] = transitions(reader, Notices::process, id.text(), actor);
            return result;
        }));
        return std::move(reply).with_version(version);
    }

    base::Result<http::Reply> publish(const http::Request& request) const {
        const auto id =
            TRY(party::path_id<contract::Agreement>(request, "id", "agreement_unknown"));
        const NoticeDraft draft = TRY(read_draft(TRY(request.json())));
        const party::Actor actor = party::actor_of(request);
        return party::write_once(
            *api_.database, request,
            [&](store::Transaction& transaction) -> base::Result<http::Reply> {
                const Notice notice = TRY(api_.notices->publish(transaction, actor, id, draft));
                return http::created(to_json(notice), "/api/notices/" + notice.id.text())
                    .with_version(notice.version);
            });
    }

    base::Result<http::Reply> advance(const http::Request& request) const {
        const auto id = TRY(party::path_id<Notice>(request, "id", "price_notice_unknown"));
        const object body = TRY(request.json());
        const workflow::Event event = TRY(read_event(request, body));
        const std::int64_t version = TRY(version_of(request, body));
        const party::Actor actor = party::actor_of(request);
        const Notice notice =
            TRY(api_.database->write<Notice>([&](store::Transaction& transaction) {
                return api_.notices->advance(transaction, actor, id, event, version);
            }));
        return http::ok(to_json(notice)).with_version(notice.version);
    }

    base::Result<http::Reply> object_to(const http::Request& request) const {
        const auto id = TRY(party::path_id<Notice>(request, "id", "price_notice_unknown"));
        const ObjectionForm form = TRY(read_form(TRY(request.json())));
        const party::Actor actor = party::actor_of(request);
        return party::write_once(
            *api_.database, request,
            [&](store::Transaction& transaction) -> base::Result<http::Reply> {
                const auto filed = TRY(api_.objections->file(transaction, actor, id, form));
                return http::created(object{{"tracking_code", filed.tracking_code},
                                            {"tip", filed.objection.is_tip},
                                            {"state", filed.objection.state},
                                            {"filed_at", base::to_iso(filed.objection.filed_at)}},
                                     "/api/objection-status/" + filed.tracking_code);
            });
    }

    base::Result<http::Reply> status(const http::Request& request) const {
        const std::string code = request.value("code");
        return answer([&](store::Reader& reader) -> base::Result<object> {
            const Objection objection = TRY(Objections::find_by_code(reader, code));
            const Notice notice = TRY(Notices::require(reader, objection.notice));
            return object{{"notice", notice.id.text()},
                          {"title", notice.title},
                          {"notice_state", notice.state},
                          {"ground", objection.ground},
                          {"tip", objection.is_tip},
                          {"state", objection.state},
                          {"course", show(api_.objections->course(reader, objection))}};
        });
    }

    base::Result<http::Reply> objections(const http::Request& request) const {
        Objections::Filter filter{.notice = request.query_or("notice"),
                                  .state = request.query_or("state"),
                                  .after = request.query_or("after")};
        filter.limit =
            static_cast<std::size_t>(TRY(request.query_integer("limit", 50, 1, page_max)));
        const party::Actor actor = party::actor_of(request);
        return answer([&](store::Reader& reader) -> base::Result<object> {
            array items;
            const auto found = Objections::list(reader, actor, filter);
            for (const Objection& objection : found) {
                object item = show(objection);
                item["title"] = TRY(Notices::require(reader, objection.notice)).title;
                add_clock(reader, objection, item, request.language);
                items.push_back(std::move(item));
            }
            object answer{{"items", std::move(items)}};
            if (found.size() == filter.limit) answer["next"] = found.back().id.text();
            return answer;
        });
    }

    /// With the words: a look that is recorded, hence a write.
    base::Result<http::Reply> objection(const http::Request& request) const {
        const auto id = TRY(party::path_id<Objection>(request, "id", "objection_unknown"));
        const party::Actor actor = party::actor_of(request);
        std::int64_t version = 0;
        const object result = TRY(api_.database->write<object>(
            [&](store::Transaction& transaction) -> base::Result<object> {
                const ObjectionWords words =
                    TRY(api_.objections->open_words(transaction, actor, id));
                const Objection found = TRY(Objections::require(transaction, id));
                version = found.version;
                object shown = show(found);
                shown["title"] = TRY(Notices::require(transaction, found.notice)).title;
                shown["facts"] = words.facts;
                shown["wish"] = words.wish;
                shown["name"] = words.name;
                shown["contact"] = words.contact;
                shown["course"] = show(api_.objections->course(transaction, found));
                shown["transitions"] =
                    transitions(transaction, Objections::process, id.text(), actor);
                add_clock(transaction, found, shown, request.language);
                return shown;
            }));
        return http::ok(result).with_version(version);
    }

    base::Result<http::Reply> advance_objection(const http::Request& request) const {
        const auto id = TRY(party::path_id<Objection>(request, "id", "objection_unknown"));
        const object body = TRY(request.json());
        const workflow::Event event = TRY(read_event(request, body));
        const std::int64_t version = TRY(version_of(request, body));
        const party::Actor actor = party::actor_of(request);
        const Objection objection =
            TRY(api_.database->write<Objection>([&](store::Transaction& transaction) {
                return api_.objections->advance(transaction, actor, id, event, version);
            }));
        return http::ok(show(objection)).with_version(objection.version);
    }

    base::Result<http::Reply> diligence(const http::Request& request) const {
        const auto id =
            TRY(party::path_id<contract::Agreement>(request, "id", "agreement_unknown"));
        const party::Actor actor = party::actor_of(request);
        return answer([&](store::Reader& reader) -> base::Result<object> {
            const Diligence file = TRY(api_.archive.diligence->gather(reader, actor, id));
            array items;
            for (const DiligenceItem& item : file.items) {
                object shown{{"code", item.code},
                             {"title", text(request, "trade.item." + item.code)},
                             {"state", to_string(item.state)},
                             {"hash", item.hash},
                             {"seq", item.seq}};
                if (item.at) shown["at"] = base::to_iso(*item.at);
                items.push_back(std::move(shown));
            }
            const contract::Terms& rules = api_.notices->rules();
            array notices;
            for (const Notice& notice : file.notices)
                notices.push_back(to_json(notice));
            return object{{"agreement", id.text()},
                          {"complete", file.is_complete()},
                          {"items", std::move(items)},
                          {"notices", std::move(notices)},
                          {"rules", object{{"version", rules.version},
                                           {"text", text(request, "trade.rules")},
                                           {"hash", rules.hash}}}};
        });
    }

    base::Result<http::Reply> archive(const http::Request& request) const {
        const auto id =
            TRY(party::path_id<contract::Agreement>(request, "id", "agreement_unknown"));
        std::string zip =
            TRY(make_archive(api_.archive, party::actor_of(request), id, request.language));
        return http::attachment(std::move(zip), "application/zip",
                                "diligence-" + id.text() + ".zip");
    }

  private:
    template <class Work>
    base::Result<http::Reply> answer(Work work) const {
        return http::ok(TRY(api_.database->read<object>(
            [&](store::Reader& reader) -> base::Result<object> { return work(reader); })));
    }

    std::string text(const http::Request& request, std::string_view key) const {
        return api_.texts->get(request.language, key);
    }

    array notice_course(store::Reader& reader, const Notice& notice) const {
        array list;
        for (const auto& step :
             api_.notices->cases().decisions(reader, Notices::process, notice.id.text())) {
            list.push_back(object{{"at", base::to_iso(step.at)},
                                  {"transition", step.transition},
                                  {"text", step.text}});
        }
        return list;
    }

    array transitions(store::Reader& reader, std::string_view process, std::string_view subject,
                      const party::Actor& actor) const {
        array list;
        const auto item = api_.notices->cases().find(reader, process, subject);
        if (!item) return list;
        for (const workflow::Transition* step : api_.notices->cases().available(*item, actor)) {
            list.push_back(object{{"code", step->code},
                                  {"title", step->title.in(actor.language)},
                                  {"reasons", step->reasons},
                                  {"needs_text", step->needs_text}});
        }
        return list;
    }

    void add_clock(store::Reader& reader, const Objection& objection, object& shown,
                   base::Language language) const {
        const workflow::Cases& cases = api_.objections->cases();
        shown["state_title"] =
            workflow::state_title(cases, Objections::process, objection.state, language);
        const auto item = cases.find(reader, Objections::process, objection.id.text());
        if (item)
            workflow::add_clock(shown, cases, item->current.due, api_.database->clock().now());
    }

    object titled(const Notice& notice, base::Language language) const {
        object shown = to_json(notice);
        shown["state_title"] =
            workflow::state_title(api_.notices->cases(), Notices::process, notice.state, language);
        return shown;
    }

    NoticeApi api_;
};

http::RouteInfo open_to_all(std::string summary) {
    return {.summary = std::move(summary)};
}

http::RouteInfo for_members(std::string summary) {
    return {.summary = std::move(summary), .signed_in = true};
}

}  // namespace

base::json::object to_json(const Notice& notice) {
    base::json::object result{
        {"id", notice.id.text()},          {"agreement", notice.agreement.text()},
        {"title", notice.title},           {"place", notice.place},
        {"state", notice.state},           {"body", notice.body},
        {"body_hash", notice.body_hash},   {"started_at", base::to_iso(notice.started_at)},
        {"end_reason", notice.end_reason}, {"sample", notice.is_sample},
        {"version", notice.version}};
    if (notice.ends_at) result["ends_at"] = base::to_iso(*notice.ends_at);
    if (notice.ended_at) result["ended_at"] = base::to_iso(*notice.ended_at);
    return result;
}

void mount_notices(http::Router& router, const NoticeApi& api) {
    auto handlers = std::make_shared<Handlers>(api);
    auto call = [&](auto member) -> http::Handler {
        return [handlers, member](const http::Request& request) {
            return ((*handlers).*member)(request);
        };
    };
    http::RouteInfo listing = open_to_all("Notices of agreed prices, newest first");
    listing.query = {{"state", "a state, or running"},
                     {"agreement", "id of the agreement whose notices are wanted"},
                     {"after", "id of the last one seen"},
                     {"limit", "1 to 100"}};
    http::RouteInfo publishing = for_members("Publish the agreed price of an agreement");
    publishing.creates = true;
    http::RouteInfo objecting = open_to_all("Object to a notice; answers a tracking code");
    objecting.creates = true;
    objecting.cost = 20;
    objecting.body_bytes_max = 64 << 10;
    http::RouteInfo following = open_to_all("State and public reasons of an objection");
    following.cost = 5;
    http::RouteInfo deciding = for_members("Objections that one may decide");
    deciding.query = {{"notice", "id of a notice"},
                      {"state", "a state"},
                      {"after", "id of the last one seen"},
                      {"limit", "1 to 100"}};
    http::RouteInfo archiving = for_members("The diligence file as a signed zip");
    archiving.cost = 20;
    router.get("/api/notices", listing, call(&Handlers::list));
    router.get("/api/notices/{id}", open_to_all("One notice and its course"),
               call(&Handlers::read));
    router.post("/api/agreements/{id}/notice", publishing, call(&Handlers::publish));
    router.post("/api/notices/{id}/objections", objecting, call(&Handlers::object_to));
    router.post("/api/notices/{id}/{transition}", for_members("Withdraw a notice"),
                call(&Handlers::advance));
    router.get("/api/objections", deciding, call(&Handlers::objections));
    router.get("/api/objections/{id}", for_members("One objection with its words, for who decides"),
               call(&Handlers::objection));
    router.post("/api/objections/{id}/{transition}", for_members("Admit, refuse, extend, decide"),
                call(&Handlers::advance_objection));
    router.get("/api/objection-status/{code}", following, call(&Handlers::status));
    router.get("/api/agreements/{id}/diligence", for_members("The checklist of diligence"),
               call(&Handlers::diligence));
    router.get("/api/agreements/{id}/diligence.zip", archiving, call(&Handlers::archive));
}

}  // namespace trade
