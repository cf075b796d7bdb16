#include "programme/list.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "programme/application_rows.h"
#include "programme/compose.h"
#include "programme/list_rows.h"
#include "store/write_row.h"

namespace programme {
namespace {

constexpr std::size_t items_max = 2000;

const Step* step_of(const Programme& programme, StepKind kind) {
    const auto found = std::ranges::find(programme.steps, kind, &Step::kind);
    return found == programme.steps.end() ? nullptr : &*found;
}

base::json::object item_of(const Programme& programme, const Application& item,
                           const std::string& holder, const Award* award) {
    base::json::object shown{{"application", item.id.text()},
                             {"title", item.title},
                             {"holder", holder},
                             {"place", item.place},
                             {"result", item.result}};
    if (const ResultCode* result = programme.result(item.result)) {
        shown["result_zh"] = result->title.in(base::Language::zh_cn);
        shown["result_en"] = result->title.in(base::Language::en);
    }
    if (award != nullptr) shown["amount"] = award->total.to_string();
    base::json::object fields;
    for (const std::string& name : programme.public_fields) {
        if (const base::json::value* value = item.body.if_contains(name)) fields[name] = *value;
    }
    if (!fields.empty()) shown["fields"] = std::move(fields);
    return shown;
}

std::map<std::string, base::json::object> items_of(const List& list) {
    std::map<std::string, base::json::object> items;
    for (const base::json::value& item : base::array_at(list.body, "items"))
        items[base::text_at(item.as_object(), "application")] = item.as_object();
    return items;
}

base::Status check_title(const std::string& title) {
    const std::size_t length = base::count_characters(base::trim(title));
    const bool is_fine = base::is_valid_utf8(title) && !base::has_control_characters(title);
    if (is_fine && length >= 4 && length <= 120) return {};
    return base::refuse(base::invalid("list_title_missing").at("title"));
}

}  // namespace

void Lists::attach(workflow::Cases& cases) {
    cases_ = &cases;
    std::vector<std::string> seen;
    const auto follow = [&](const std::string& process, workflow::Effect work) {
        if (cases.process(process) == nullptr || std::ranges::find(seen, process) != seen.end())
            return;
        seen.push_back(process);
        cases.follow(process, std::move(work));
    };
    for (const Programme& programme : applications_->library().all()) {
        follow(list_process(programme.code),
               [this](store::Transaction& transaction, const party::Actor&,
                      const workflow::Case& item, const workflow::Event& event) -> base::Status {
                   List list = TRY(require(transaction, base::Id<List>(item.subject)));
                   list.state = item.current.state;
                   list.version = item.version;
                   if (item.current.due) list.ends_at = item.current.due;
                   rows::update(transaction, list);
                   return event.transition == "complete" ? complete(transaction, list)
                                                         : base::Status();
               });
        follow(objection_process(programme.code),
               [this](store::Transaction& transaction, const party::Actor& actor,
                      const workflow::Case& item, const workflow::Event& event) {
                   return rows::follow_objection(*this, *applications_, transaction, actor, item,
                                                 event);
               });
    }
}

/// The applications of the batch that wait in this step and that the actor may put on a list.
base::Result<std::vector<Application>> Lists::candidates(store::Reader& reader,
                                                         const party::Actor& actor,
                                                         const Draft& draft,
                                                         const Step& step) const {
    std::vector<Application> result;
    bool is_refused = false;
    for (const store::Row& row : reader.query(
             "select " PROGRAMME_APPLICATION_COLUMNS
             " from programme_application where programme = :programme and state = :state"
             " and batch = :batch order by id limit " +
                 std::to_string(items_max),
             {{"programme", draft.programme}, {"state", step.code}, {"batch", draft.batch}})) {
        Application item = rows::read_application(row);
        const bool is_named =
            draft.only.empty() || std::ranges::find(draft.only, item.id.text()) != draft.only.end();
        if (!is_named) continue;
        party::Standing standing = item.standing();
        standing.place = applications_->place_at(step.at, item.place);
        if (!party::allows(step.who, actor, standing)) {
            is_refused = true;
            continue;
        }
        result.push_back(std::move(item));
    }
    if (result.empty() && is_refused) return base::refuse(base::forbidden("not_permitted"));
    if (result.empty()) return base::refuse(base::conflict("nobody_on_list"));
    return result;
}

base::Result<List> Lists::compose(store::Transaction& transaction, const Draft& draft,
                                  const Programme& programme, const Step& step,
                                  std::string_view kind,
                                  const std::vector<Application>& items) const {
    List list;
    list.id = transaction.new_id<List>();
    list.programme = programme.code;
    list.revision = items.front().revision;
    list.batch = draft.batch;
    list.kind = kind;
    list.title = base::trim(draft.title);
    list.document_no = base::trim(draft.document_no);
    list.place = applications_->place_at(step.at, items.front().place);
    list.published_at = transaction.now();
    list.is_sample = items.front().is_sample;
    const std::vector<Award> awards = outcomes_->awards(transaction, items);
    base::json::array shown;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Programme& own = applications_->programme_of(items[i]);
        if (applications_->place_at(step.at, items[i].place) != list.place)
            return base::refuse(base::conflict("list_of_two_places"));
        const auto owner = party::Organisations::find(transaction, items[i].owner);
        shown.push_back(item_of(own, items[i], owner ? owner->name : std::string(),
                                own.award.is_defined() ? &awards[i] : nullptr));
    }
    list.body = {{"format", "guiqiao-programme-list-1"},
                 {"list", list.id.text()},
                 {"kind", kind},
                 {"programme", programme.code},
                 {"batch", list.batch},
                 {"title", list.title},
                 {"document_no", list.document_no},
                 {"published_at", base::to_iso(list.published_at)},
                 {"items", std::move(shown)}};
    if (!programme.catalogue.empty()) list.body["catalogue"] = programme.catalogue;
    return list;
}

base::Status Lists::store_list(store::Transaction& transaction, const party::Actor& actor,
                               const List& list, const Programme& programme) const {
    rows::insert(transaction, list);
    for (const base::json::value& item : base::array_at(list.body, "items"))
        store::insert_row(transaction, "programme_list_item",
                          {{"list", list.id.text()},
                           {"application", base::text_at(item.as_object(), "application")}});
    party::Standing standing;
    standing.place = list.place;
    TRY(cases_->open(transaction, actor,
                     {.process = list_process(programme.code),
                      .subject = list.id.text(),
                      .title = list.title,
                      .standing = standing,
                      .payload = {{"hash", list.hash}, {"kind", list.kind}}}));
    transaction.append({.actor = actor.log_name(),
                        .place = list.place,
                        .subject = list.id.text(),
                        .action = "programme_list.published",
                        .payload = base::canonical_json(base::json::object{
                            {"kind", list.kind}, {"hash", list.hash}, {"batch", list.batch}})});
    return {};
}

base::Result<List> Lists::publish(store::Transaction& transaction, const party::Actor& actor,
                                  const Draft& draft) const {
    const Programme* programme = applications_->library().newest(draft.programme);
    if (programme == nullptr) return base::refuse(base::not_found("programme_unknown"));
    const Step* step = step_of(*programme, StepKind::notice);
    if (step == nullptr) return base::refuse(base::conflict("no_notice_step"));
    TRY(check_title(draft.title));
    std::vector<Application> items =
        outcomes_->in_order(TRY(candidates(transaction, actor, draft, *step)));
    List list = TRY(compose(transaction, draft, *programme, *step, "notice", items));
    list.hash = base::to_hex(base::sha256(base::canonical_json(list.body)));
    TRY(store_list(transaction, actor, list, *programme));
    workflow::Event event;
    event.transition = "publish";
    TRY(cases_->advance(transaction, party::Actor::system(), list_process(programme->code),
                        list.id.text(), event));
    for (const Application& item : items)
        TRY(applications_->step(transaction, item.id, transition_of(step->code, "publish")));
    return require(transaction, list.id);
}

base::Status Lists::check_settled(store::Reader& reader, const Programme& programme,
                                  const std::string& batch) const {
    const Step* notice = step_of(programme, StepKind::notice);
    if (notice == nullptr) return {};
    const std::int64_t unsettled = reader.number(
        "select count(*) from programme_application where programme = :programme"
        " and batch = :batch and state in (:open, :heard)",
        {{"programme", programme.code},
         {"batch", batch},
         {"open", notice->code + "_open"},
         {"heard", notice->code + "_heard"}});
    if (unsettled == 0) return {};
    return base::refuse(
        base::conflict("list_not_settled").with("count", std::to_string(unsettled)));
}

base::Result<List> Lists::issue(store::Transaction& transaction, const party::Actor& actor,
                                const Draft& draft) const {
    const Programme* programme = applications_->library().newest(draft.programme);
    if (programme == nullptr) return base::refuse(base::not_found("programme_unknown"));
    const Step& step = programme->steps.back();
    if (step.kind != StepKind::final_list) return base::refuse(base::conflict("no_final_step"));
    TRY(check_title(draft.title));
    if (base::trim(draft.document_no).empty() || base::count_characters(draft.document_no) > 80)
        return base::refuse(base::invalid("document_missing").at("document_no"));
    std::vector<Application> items =
        outcomes_->in_order(TRY(candidates(transaction, actor, draft, step)));
    TRY(check_settled(transaction, *programme, draft.batch));
    List list = TRY(compose(transaction, draft, *programme, step, "final", items));
    base::json::array notices;
    for (const List& notice : Lists::list(
             transaction,
             {.programme = draft.programme, .batch = draft.batch, .kind = "notice", .limit = 100}))
        notices.push_back(base::json::value(notice.id.text()));
    list.body["notices"] = std::move(notices);
    list.hash = base::to_hex(base::sha256(base::canonical_json(list.body)));
    TRY(store_list(transaction, actor, list, *programme));
    workflow::Event event;
    event.transition = "stand";
    TRY(cases_->advance(transaction, party::Actor::system(), list_process(programme->code),
                        list.id.text(), event));
    for (const Application& item : items)
        TRY(applications_->step(transaction, item.id, transition_of(step.code, "issue")));
    return require(transaction, list.id);
}

/// The period is over: whoever nobody objects to goes on.
base::Status Lists::complete(store::Transaction& transaction, const List& list) const {
    for (const base::json::value& item : base::array_at(list.body, "items"))
        TRY(end_notice(transaction,
                       base::Id<Application>(base::text_at(item.as_object(), "application"))));
    return {};
}

base::Status Lists::end_notice(store::Transaction& transaction,
                               const base::Id<Application>& id) const {
    const Application item = TRY(Applications::require(transaction, id));
    const Step* notice = step_of(applications_->programme_of(item), StepKind::notice);
    if (notice == nullptr || item.state != notice->code + "_open") return {};
    const std::int64_t still_open = transaction.number(
        "select count(*) from programme_objection o join programme_list_item i on i.list = o.list"
        " where i.application = :application and o.state in ('filed', 'admitted')"
        " and o.application in ('', :application_again)",
        {{"application", id.text()}, {"application_again", id.text()}});
    if (still_open > 0) return {};
    return applications_->step(transaction, id, transition_of(notice->code, "end"));
}

std::vector<Lists::Waiting> Lists::waiting(store::Reader& reader, const party::Actor& actor) const {
    std::map<std::pair<std::string, std::string>, Waiting> found;
    for (const Programme* programme : applications_->library().today()) {
        for (const Step& step : programme->steps) {
            const bool is_notice = step.kind == StepKind::notice;
            if (!is_notice && step.kind != StepKind::final_list) continue;
            for (const store::Row& row : reader.query(
                     "select batch, place, count(*) from programme_application where programme ="
                     " :programme and state = :state group by batch, place",
                     {{"programme", programme->code}, {"state", step.code}})) {
                party::Standing standing;
                standing.place = applications_->place_at(step.at, row.text(1));
                if (!party::allows(step.who, actor, standing)) continue;
                Waiting& one = found[{programme->code, row.text(0)}];
                one.programme = programme->code;
                one.batch = row.text(0);
                (is_notice ? one.notice : one.final) += row.integer(2);
            }
        }
    }
    std::vector<Waiting> list;
    for (auto& [key, one] : found)
        list.push_back(std::move(one));
    return list;
}

std::vector<Difference> Lists::difference(store::Reader& reader, const List& list) const {
    std::vector<List> notices, finals;
    if (list.kind == "final") {
        finals.push_back(list);
        for (const base::json::value& id : base::array_at(list.body, "notices")) {
            if (auto notice = find(reader, base::Id<List>(std::string(id.as_string()))))
                notices.push_back(std::move(*notice));
        }
    } else {
        notices.push_back(list);
        for (List& later : Lists::list(
                 reader,
                 {.programme = list.programme, .batch = list.batch, .kind = "final", .limit = 100}))
            finals.push_back(std::move(later));
    }
    std::map<std::string, Difference> found;
    const auto add = [&](const List& one, std::string Difference::* side) {
        for (const auto& [id, item] : items_of(one)) {
            Difference& difference = found[id];
            difference.application = id;
            difference.title = base::text_at(item, "title");
            difference.holder = base::text_at(item, "holder");
            std::string result = base::text_at(item, "result_zh");
            if (const std::string amount = base::text_at(item, "amount"); !amount.empty())
                result += (result.empty() ? "" : " · ") + amount;
            difference.*side = result.empty() ? "✓" : result;
        }
    };
    for (const List& notice : notices)
        add(notice, &Difference::before);
    for (const List& final_list : finals)
        add(final_list, &Difference::after);
    std::vector<Difference> result;
    for (auto& [id, one] : found) {
        one.what = one.before.empty()        ? "added"
                   : one.after.empty()       ? "removed"
                   : one.before == one.after ? "same"
                                             : "changed";
        result.push_back(std::move(one));
    }
    std::ranges::stable_sort(result, {}, [](const Difference& one) { return one.what == "same"; });
    return result;
}

}  // namespace programme
