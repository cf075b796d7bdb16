// Objections to lists: filing, deciding, and what follows for the application.
#include <algorithm>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "indicator/fact.h"
#include "programme/compose.h"
#include "programme/list_rows.h"
#include "store/write_row.h"

namespace programme {
namespace {

constexpr std::size_t facts_min = 10, facts_max = 3000, name_min = 2;
constexpr std::string_view select_objection =
    "select id, list, application, place, ground, state, filed_at, version from "
    "programme_objection ";

Objection read_row(const store::Row& row) {
    Objection objection;
    objection.id = row.id<Objection>(0);
    objection.list = row.id<List>(1);
    objection.application = row.id<Application>(2);
    objection.place = row.text(3);
    objection.ground = row.text(4);
    objection.state = row.text(5);
    objection.filed_at = row.time(6);
    objection.version = row.integer(7);
    return objection;
}

std::string context_of(const base::Id<Objection>& id) {
    return "programme_objection:" + id.text();
}

std::string tracking_hash(std::string_view code) {
    return base::to_hex(base::sha256(code));
}

void check_words(std::vector<base::Error>& defects, std::string_view field, const std::string& text,
                 std::size_t length_min, std::size_t length_max) {
    if (!base::is_valid_utf8(text) || base::has_control_characters(text)) {
        defects.push_back(base::invalid("field_control_characters").at(field));
        return;
    }
    const std::size_t length = base::count_characters(base::trim(text));
    if (length < length_min || length > length_max)
        defects.push_back(base::invalid("objection_words_length")
                              .with("min", std::to_string(length_min))
                              .with("max", std::to_string(length_max))
                              .at(field));
}

/// Whoever made the application or acts for a side of it does not decide what is objected to it.
bool is_concerned(const party::Actor& actor, const Application& item) {
    if (actor.is_system) return false;
    const party::Standing standing = item.standing();
    return party::allows({"*", party::Relation::author}, actor, standing) ||
           party::allows({"*", party::Relation::member}, actor, standing);
}

const Step* notice_step(const Programme& programme) {
    const auto found = std::ranges::find(programme.steps, StepKind::notice, &Step::kind);
    return found == programme.steps.end() ? nullptr : &*found;
}

}  // namespace

base::Result<Lists::Filed> Lists::object_to(store::Transaction& transaction,
                                            const base::Id<List>& id,
                                            const ObjectionForm& form) const {
    const List list = TRY(require(transaction, id));
    if (!form.website.empty()) return base::refuse(base::invalid("form_refused"));
    std::vector<base::Error> defects;
    check_words(defects, "facts", form.facts, facts_min, facts_max);
    check_words(defects, "wish", form.wish, 0, facts_max);
    check_words(defects, "name", form.name, name_min, 80);
    check_words(defects, "contact", form.contact, 5, 200);
    if (!cases_->codes().has("objection_reasons", form.ground))
        defects.push_back(base::invalid("field_not_an_option").at("ground"));
    const auto& items = base::array_at(list.body, "items");
    const bool is_on_list =
        form.application.empty() || std::ranges::any_of(items, [&](const auto& item) {
            return base::text_at(item.as_object(), "application") == form.application;
        });
    if (!is_on_list) defects.push_back(base::invalid("not_on_list").at("application"));
    if (!defects.empty())
        return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
    if (list.state != "published" || !list.ends_at || *list.ends_at <= transaction.now())
        return base::refuse(base::conflict("objection_out_of_time"));
    Filed filed;
    Objection& objection = filed.objection;
    objection.id = transaction.new_id<Objection>();
    objection.list = id;
    objection.application = base::Id<Application>(form.application);
    objection.place = list.place;
    objection.ground = form.ground;
    objection.filed_at = transaction.now();
    const std::string person =
        vault_->commit(base::trim(form.name) + "\n" + base::trim(form.contact));
    const bool is_twice =
        transaction.number(
            "select count(*) from programme_objection where list = :list and"
            " application = :application and person = :person",
            {{"list", id.text()}, {"application", form.application}, {"person", person}}) > 0;
    if (is_twice) return base::refuse(base::conflict("already_objected"));
    const std::string words =
        base::canonical_json(base::json::object{{"facts", base::trim(form.facts)},
                                                {"wish", base::trim(form.wish)},
                                                {"name", base::trim(form.name)},
                                                {"contact", base::trim(form.contact)}});
    filed.tracking_code = base::random_token(transaction.random(), 16);
    store::insert_row(transaction, "programme_objection",
                      {{"id", objection.id.text()},
                       {"list", id.text()},
                       {"application", form.application},
                       {"place", objection.place},
                       {"ground", objection.ground},
                       {"sealed", base::to_base64(vault_->seal(words, context_of(objection.id),
                                                               transaction.random()))},
                       {"person", person},
                       {"tracking", tracking_hash(filed.tracking_code)},
                       {"state", objection.state},
                       {"filed_at", objection.filed_at},
                       {"version", 1}});
    party::Standing standing;
    standing.place = list.place;
    TRY(cases_->open(transaction, party::Actor::visitor(),
                     {.process = objection_process(list.programme),
                      .subject = objection.id.text(),
                      .title = list.title,
                      .standing = standing,
                      .payload = {{"list", id.text()}, {"words", vault_->commit(words)}}}));
    indicator::record(transaction, {.kind = "programme.objection_filed",
                                    .subject = objection.id.text(),
                                    .place = list.place,
                                    .day = base::date_in_shanghai(transaction.now()),
                                    .amount = {},
                                    .class_code = list.programme,
                                    .field = {},
                                    .is_sample = list.is_sample});
    return filed;
}

bool Lists::may_hear(store::Reader& reader, const party::Actor& actor,
                     const Objection& objection) const {
    const auto list = find(reader, objection.list);
    CHECK(list.has_value());
    const Step* step = notice_step(applications_->library().of(list->programme, list->revision));
    party::Standing standing;
    standing.place = objection.place;
    return step != nullptr && party::allows(step->hears, actor, standing);
}

base::Result<Objection> Lists::decide(store::Transaction& transaction, const party::Actor& actor,
                                      const base::Id<Objection>& id, const workflow::Event& event,
                                      std::int64_t expected_version) const {
    const auto objection = find_objection(transaction, id);
    if (!objection || !may_hear(transaction, actor, *objection))
        return base::refuse(base::not_found("objection_unknown"));
    const List list = TRY(require(transaction, objection->list));
    TRY(cases_->advance(transaction, actor, objection_process(list.programme), id.text(), event,
                        expected_version));
    return *find_objection(transaction, id);
}

base::Result<ObjectionWords> Lists::open_words(store::Transaction& transaction,
                                               const party::Actor& actor,
                                               const base::Id<Objection>& id) const {
    const auto objection = find_objection(transaction, id);
    if (!objection || !may_hear(transaction, actor, *objection))
        return base::refuse(base::not_found("objection_unknown"));
    transaction.append({.actor = actor.log_name(),
                        .place = objection->place,
                        .subject = id.text(),
                        .action = "programme_objection.words_read",
                        .payload = "{}"});
    const auto row = transaction.first("select sealed from programme_objection where id = :id",
                                       {{"id", id.text()}});
    const std::string sealed = TRY(base::from_base64(row->text(0)));
    const auto words = base::parse_json(TRY(vault_->open(sealed, context_of(id))));
    CHECK(words && words->is_object());
    const base::json::object& fields = words->get_object();
    return ObjectionWords{base::text_at(fields, "facts"), base::text_at(fields, "wish"),
                          base::text_at(fields, "name"), base::text_at(fields, "contact")};
}

std::optional<Objection> Lists::find_objection(store::Reader& reader,
                                               const base::Id<Objection>& id) {
    const auto row =
        reader.first(std::string(select_objection) + "where id = :id", {{"id", id.text()}});
    if (!row) return {};
    return read_row(*row);
}

std::optional<Objection> Lists::by_tracking_code(store::Reader& reader, std::string_view code) {
    const auto row = reader.first(std::string(select_objection) + "where tracking = :tracking",
                                  {{"tracking", tracking_hash(code)}});
    if (!row) return {};
    return read_row(*row);
}

std::vector<Objection> Lists::objections_of(store::Reader& reader, const base::Id<List>& id) {
    std::vector<Objection> result;
    for (const store::Row& row :
         reader.query(std::string(select_objection) + "where list = :list order by id",
                      {{"list", id.text()}}))
        result.push_back(read_row(row));
    return result;
}

namespace rows {

base::Status follow_objection(const Lists& lists, const Applications& applications,
                              store::Transaction& transaction, const party::Actor& actor,
                              const workflow::Case& item, const workflow::Event&) {
    auto objection = Lists::find_objection(transaction, base::Id<Objection>(item.subject));
    CHECK(objection.has_value());
    std::optional<Application> application;
    if (!objection->application.empty()) {
        application = TRY(Applications::require(transaction, objection->application));
        if (is_concerned(actor, *application))
            return base::refuse(base::forbidden("decider_concerned"));
    }
    transaction.execute(
        "update programme_objection set state = :state, version = :version where id = :id",
        {{"state", item.current.state}, {"version", item.version}, {"id", item.subject}});
    if (item.current.state == "founded" && application) {
        const Step* notice = notice_step(applications.programme_of(*application));
        if (notice != nullptr && application->state == notice->code + "_open")
            return applications.step(transaction, application->id,
                                     transition_of(notice->code, "object"));
        return {};
    }
    const bool is_over = item.current.state == "founded" || item.current.state == "unfounded" ||
                         item.current.state == "not_admitted";
    const List list = TRY(Lists::require(transaction, objection->list));
    if (is_over && list.state == "completed") return lists.complete(transaction, list);
    return {};
}

}  // namespace rows

}  // namespace programme
