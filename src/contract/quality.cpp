#include "contract/quality.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/check.h"
#include "base/text.h"
#include "base/yaml.h"
#include "contract/registrar.h"
#include "store/write_row.h"

namespace contract {
namespace {

using base::json::object;

object object_of(const std::string& text) {
    auto value = base::parse_json(text);
    CHECK(value.has_value() && value->is_object());
    return value->get_object();
}

std::vector<std::string> texts_of(const std::string& text) {
    auto value = base::parse_json(text);
    CHECK(value.has_value() && value->is_array());
    std::vector<std::string> texts;
    for (const auto& item : value->get_array())
        texts.emplace_back(item.get_string());
    return texts;
}

constexpr std::string_view review_columns =
    "contract, first_reviewer, reviewer, answers, outcome, class_code, differences, reviewed_at";

SecondReview review_from(const store::Row& row) {
    SecondReview review;
    review.contract = row.id<Contract>(0);
    review.first_reviewer = row.text(1);
    review.reviewer = row.text_or(2, {});
    if (!row.is_null(3)) review.answers = object_of(row.text(3));
    review.outcome = row.text_or(4, {});
    review.class_code = row.text_or(5, {});
    if (!row.is_null(6)) review.differences = texts_of(row.text(6));
    review.reviewed_at = row.time_if(7);
    return review;
}

bool judges_here(const party::Actor& actor, const Contract& contract) {
    return party::allows({"registrar", party::Relation::point}, actor, contract.standing()) ||
           party::allows({"point_head", party::Relation::point}, actor, contract.standing());
}

void compare(std::vector<std::string>& differences, const std::string& name,
             const std::string& first, const std::string& second) {
    if (first != second) differences.push_back(name + ": " + first + " / " + second);
}

/// The facts of two cases of one contract that differ, and what came of them.
std::vector<std::string> differences_of(const Registration::Judgement& first,
                                        const Registration::Judgement& second) {
    std::vector<std::string> result;
    compare(result, "outcome", std::string(name_of(first.decision.outcome)),
            std::string(name_of(second.decision.outcome)));
    compare(result, "class", first.decision.class_code, second.decision.class_code);
    for (const FactDefinition& row : fact_definitions()) {
        if (row.scope == FactScope::contract) {
            compare(result, std::string(row.name),
                    std::string(text_of(row.fact, value_of(first.facts.facts, row.fact))),
                    std::string(text_of(row.fact, value_of(second.facts.facts, row.fact))));
        }
        if (row.scope != FactScope::part) continue;
        for (std::size_t i = 0; i < first.facts.parts.size(); ++i) {
            compare(
                result, first.facts.parts[i].id + "." + std::string(row.name),
                std::string(text_of(row.fact, value_of(first.facts.parts[i].facts, row.fact))),
                std::string(text_of(row.fact, value_of(second.facts.parts[i].facts, row.fact))));
        }
    }
    return result;
}

void log(store::Transaction& transaction, const party::Actor& actor, const std::string& subject,
         std::string action, object payload) {
    transaction.append({.actor = actor.log_name(),
                        .place = "",
                        .subject = subject,
                        .action = std::move(action),
                        .payload = base::canonical_json(payload)});
}

base::Status require_officer(store::Reader& reader, const party::Actor& actor,
                             std::string_view point) {
    if (actor.is_system) return {};
    auto organisation = TRY(
        party::Organisations::require(reader, base::Id<party::Organisation>(std::string(point))));
    party::Standing standing{.place = organisation.place};
    if (party::allows({"officer", party::Relation::place}, actor, standing)) return {};
    return base::refuse(base::forbidden("not_permitted"));
}

constexpr std::array<std::string_view, 3> recipients{"tax", "finance", "subsidy"};

}  // namespace

base::Result<QualitySettings> QualitySettings::load(const std::filesystem::path& file) {
    base::Yaml root = TRY(base::Yaml::load(file));
    TRY(root.only_keys({"second_review", "inspection", "inspection_minimum"}));
    QualitySettings settings;
    settings.second_review = static_cast<int>(TRY(TRY(root.required("second_review")).integer()));
    settings.inspection = static_cast<int>(TRY(TRY(root.required("inspection")).integer()));
    settings.inspection_minimum =
        static_cast<int>(TRY(TRY(root.required("inspection_minimum")).integer()));
    bool sound = settings.second_review >= 0 && settings.second_review <= 1000 &&
                 settings.inspection >= 0 && settings.inspection <= 1000 &&
                 settings.inspection_minimum >= 0;
    if (!sound) return base::refuse(root.fault("quality_malformed", "shares are 0 … 1000"));
    return settings;
}

void draw_second_review(store::Transaction& transaction, const party::Actor& first,
                        const Contract& contract, int share_in_thousand) {
    if (static_cast<int>(transaction.random().below(1000)) >= share_in_thousand) return;
    if (find_second_review(transaction, contract.id)) return;
    store::insert_row(transaction, "contract_second_review",
                      {{"contract", contract.id},
                       {"round", contract.round},
                       {"drawn_at", transaction.now()},
                       {"first_reviewer", first.log_name()}});
    log(transaction, first, contract.id.text(), "contract.second_review_drawn", {});
}

std::vector<SecondReview> open_second_reviews(store::Reader& reader, std::string_view point,
                                              std::string_view reviewer) {
    static const std::string sql =
        "select " + std::string(review_columns) +
        " from contract_second_review where reviewed_at is null and first_reviewer <> :reviewer "
        "and contract in (select id from contract_contract where point = :point) "
        "order by drawn_at, contract limit 200";
    std::vector<SecondReview> reviews;
    for (const store::Row& row : reader.query(sql, {{"point", point}, {"reviewer", reviewer}}))
        reviews.push_back(review_from(row));
    return reviews;
}

std::optional<SecondReview> find_second_review(store::Reader& reader,
                                               const base::Id<Contract>& contract) {
    static const std::string sql = "select " + std::string(review_columns) +
                                   " from contract_second_review where contract = :contract";
    auto row = reader.first(sql, {{"contract", contract}});
    if (!row) return {};
    return review_from(*row);
}

bool is_blind_for(store::Reader& reader, const party::Actor& actor, const Contract& contract) {
    if (!judges_here(actor, contract)) return false;
    auto review = find_second_review(reader, contract.id);
    return review && !review->reviewed_at && review->first_reviewer != actor.log_name();
}

Contract seen_by(store::Reader& reader, const party::Actor& actor, Contract contract) {
    if (!is_blind_for(reader, actor, contract)) return contract;
    contract.answers.clear();
    contract.decision.clear();
    contract.class_code.clear();
    contract.local_no.clear();
    contract.national_no.clear();
    contract.certificate_code.clear();
    contract.registered_on.reset();
    contract.total = contract.technical = base::Money();
    return contract;
}

base::Status check_not_blind(store::Reader& reader, const party::Actor& actor,
                             const Contract& contract) {
    if (!is_blind_for(reader, actor, contract)) return {};
    return base::refuse(base::forbidden("second_review_blind"));
}

bool is_of_applicant(const workflow::Decision& decision) {
    return decision.to == "submitted";
}

base::Status check_second_judge(store::Reader& reader, const party::Actor& actor,
                                const Contract& contract) {
    if (!judges_here(actor, contract)) return base::refuse(base::forbidden("not_permitted"));
    auto review = find_second_review(reader, contract.id);
    if (!review) return base::refuse(base::not_found("second_review_missing"));
    if (review->reviewed_at) return base::refuse(base::conflict("second_review_done"));
    if (review->first_reviewer == actor.log_name()) {
        return base::refuse(base::forbidden("second_review_own"));
    }
    return {};
}

base::Result<SecondReview> answer_second_review(store::Transaction& transaction,
                                                const party::Actor& actor,
                                                const Registration& registration,
                                                const Contract& contract, const object& answers) {
    TRY(check_second_judge(transaction, actor, contract));
    TRY(check_registrar(transaction, actor, contract));
    auto review = find_second_review(transaction, contract.id);
    auto first = TRY(registration.preview(transaction, contract, transaction.now()));
    Contract again = contract;
    again.answers = answers;
    auto second = TRY(registration.preview(transaction, again, transaction.now()));
    review->reviewer = actor.log_name();
    review->answers = answers;
    review->outcome = name_of(second.decision.outcome);
    review->class_code = second.decision.class_code;
    review->differences = differences_of(first, second);
    review->reviewed_at = transaction.now();
    base::json::array differences(review->differences.begin(), review->differences.end());
    transaction.execute(
        "update contract_second_review set reviewer = :reviewer, answers = :answers, outcome = "
        ":outcome, class_code = :class, differences = :differences, reviewed_at = :at where "
        "contract = :contract",
        {{"reviewer", review->reviewer},
         {"answers", base::canonical_json(answers)},
         {"outcome", review->outcome},
         {"class", review->class_code},
         {"differences", base::canonical_json(differences)},
         {"at", review->reviewed_at},
         {"contract", contract.id}});
    log(transaction, actor, contract.id.text(), "contract.second_review_answered",
        {{"differences", static_cast<std::int64_t>(review->differences.size())}});
    return *review;
}

base::Result<std::vector<Inspection>> draw_inspection(store::Transaction& transaction,
                                                      const party::Actor& actor,
                                                      std::string_view point, int year,
                                                      const QualitySettings& settings) {
    TRY(require_officer(transaction, actor, point));
    if (auto drawn = inspections(transaction, point, year); !drawn.empty()) return drawn;
    std::vector<std::string> ids;
    for (const store::Row& row :
         transaction.query("select id from contract_contract where point = :point and "
                           "registered_on >= :from and registered_on <= :to order by id",
                           {{"point", point},
                            {"from", base::Date{year, 1, 1}.to_string()},
                            {"to", base::Date{year, 12, 31}.to_string()}})) {
        ids.push_back(row.text(0));
    }
    if (ids.empty()) return base::refuse(base::conflict("inspection_nothing"));
    std::size_t wanted = std::max<std::size_t>(
        (ids.size() * static_cast<std::size_t>(settings.inspection) + 999) / 1000,
        static_cast<std::size_t>(settings.inspection_minimum));
    wanted = std::min(wanted, ids.size());
    for (std::size_t i = 0; i < wanted; ++i) {
        std::size_t other = i + transaction.random().below(ids.size() - i);
        std::swap(ids[i], ids[other]);
        store::insert_row(transaction, "contract_inspection",
                          {{"id", transaction.new_id<Contract>()},
                           {"point", point},
                           {"year", year},
                           {"contract", ids[i]},
                           {"note", ""}});
    }
    log(transaction, actor, std::string(point), "contract.inspection_drawn",
        {{"year", year}, {"drawn", static_cast<std::int64_t>(wanted)}});
    return inspections(transaction, point, year);
}

std::vector<Inspection> inspections(store::Reader& reader, std::string_view point, int year) {
    std::vector<Inspection> list;
    for (const store::Row& row : reader.query(
             "select i.id, i.contract, c.local_no, c.body, i.result, i.note from "
             "contract_inspection i join contract_contract c on c.id = i.contract where i.point = "
             ":point and i.year = :year order by c.local_no",
             {{"point", point}, {"year", year}})) {
        list.push_back({row.text(0), row.id<Contract>(1), row.text_or(2, {}),
                        base::text_at(object_of(row.text(3)), "title"), row.text_or(4, {}),
                        row.text(5)});
    }
    return list;
}

base::Status record_inspection(store::Transaction& transaction, const party::Actor& actor,
                               std::string_view id, bool passed, std::string_view note) {
    auto row = transaction.first(
        "select point, result, contract from contract_inspection where id = :id", {{"id", id}});
    if (!row) return base::refuse(base::not_found("inspection_missing"));
    TRY(require_officer(transaction, actor, row->text(0)));
    if (!row->is_null(1)) return base::refuse(base::conflict("inspection_done"));
    std::string words = base::trim(note);
    std::size_t length = base::count_characters(words);
    if (length > 500 || (!passed && length < 5)) {
        return base::refuse(base::invalid("inspection_note_missing").at("note"));
    }
    transaction.execute(
        "update contract_inspection set result = :result, note = :note, inspector = "
        ":inspector, inspected_at = :at where id = :id",
        {{"result", passed ? "passed" : "faulty"},
         {"note", words},
         {"inspector", actor.log_name()},
         {"at", transaction.now()},
         {"id", id}});
    log(transaction, actor, row->text(2), "contract.inspected", {{"passed", passed}});
    return {};
}

void open_follow_ups(store::Transaction& transaction, const Contract& contract,
                     std::string_view reason, base::Date day) {
    for (std::string_view recipient : recipients) {
        store::insert_row(transaction, "contract_followup",
                          {{"id", transaction.new_id<Contract>()},
                           {"contract", contract.id},
                           {"recipient", recipient},
                           {"reason", reason},
                           {"day", day.to_string()},
                           {"note", ""}});
    }
}

std::vector<FollowUp> follow_ups(store::Reader& reader, std::string_view contract) {
    std::vector<FollowUp> list;
    for (const store::Row& row :
         reader.query("select id, recipient, reason, note, day, done_at from contract_followup "
                      "where contract = :contract order by recipient",
                      {{"contract", contract}})) {
        list.push_back({row.text(0), row.text(1), row.text(2), row.text(3),
                        *base::Date::parse(row.text(4)), row.time_if(5)});
    }
    return list;
}

base::Status finish_follow_up(store::Transaction& transaction, const party::Actor& actor,
                              std::string_view id, std::string_view note) {
    auto row = transaction.first("select contract, done_at from contract_followup where id = :id",
                                 {{"id", id}});
    if (!row) return base::refuse(base::not_found("follow_up_missing"));
    auto contract = find_contract(transaction, row->id<Contract>(0));
    CHECK(contract.has_value());
    if (!judges_here(actor, *contract)) return base::refuse(base::forbidden("not_permitted"));
    if (!row->is_null(1)) return base::refuse(base::conflict("follow_up_done"));
    std::string words = base::trim(note);
    std::size_t length = base::count_characters(words);
    if (length < 5 || length > 500) {
        return base::refuse(base::invalid("follow_up_note_missing").at("note"));
    }
    transaction.execute("update contract_followup set done_at = :at, note = :note where id = :id",
                        {{"at", transaction.now()}, {"note", words}, {"id", id}});
    log(transaction, actor, contract->id.text(), "contract.follow_up_done", {});
    return {};
}

base::Status check_cross_border(const object& body) {
    if (base::text_at(body, "direction", "domestic") == "domestic") return {};
    std::string control = base::text_at(body, "control_class");
    if (control == "prohibited") return base::refuse(base::conflict("cross_border_prohibited"));
    std::vector<base::Error> open;
    if (control.empty()) open.push_back(base::invalid("field_missing").at("control_class"));
    if (base::trim(base::text_at(body, "licence_no")).empty()) {
        open.push_back(base::invalid("field_missing").at("licence_no"));
    }
    if (base::trim(base::text_at(body, "use_place")).empty()) {
        open.push_back(base::invalid("field_missing").at("use_place"));
    }
    if (open.empty()) return {};
    return base::refuse(base::conflict("cross_border_open").because(std::move(open)));
}

}  // namespace contract
