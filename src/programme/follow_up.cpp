#include "programme/follow_up.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "programme/application_rows.h"
#include "programme/compose.h"
#include "programme/outcome_rows.h"
#include "store/write_row.h"

namespace programme {
namespace {

constexpr std::string_view select_follow_up =
    "select id, programme, revision, application, code, round, owner, author, place, title, "
    "opens_on, due_on, state, body, result, score, is_failed, filed_at, judged_at, version from "
    "programme_followup ";

FollowUp read_row(const store::Row& row) {
    FollowUp item;
    item.id = row.id<FollowUp>(0);
    item.programme = row.text(1);
    item.revision = static_cast<int>(row.integer(2));
    item.application = row.id<Application>(3);
    item.code = row.text(4);
    item.round = static_cast<int>(row.integer(5));
    item.owner = row.id<party::Organisation>(6);
    item.author = row.id<party::Account>(7);
    item.place = row.text(8);
    item.title = row.text(9);
    item.opens_on = *base::Date::parse(row.text(10));
    item.due_on = *base::Date::parse(row.text(11));
    item.state = row.text(12);
    item.body = rows::object_of(row.text(13));
    item.result = row.text(14);
    if (const auto score = row.integer_if(15)) item.score = Number::scaled(*score);
    item.is_failed = row.flag(16);
    item.filed_at = row.time_if(17);
    item.judged_at = row.time_if(18);
    item.version = row.integer(19);
    return item;
}

store::Bindings columns_of(const FollowUp& item) {
    store::Value score = nullptr;
    if (item.score) score = item.score->ten_thousandths();
    return {{"id", item.id.text()},
            {"programme", item.programme},
            {"revision", item.revision},
            {"application", item.application.text()},
            {"code", item.code},
            {"round", item.round},
            {"owner", item.owner.text()},
            {"author", item.author.text()},
            {"place", item.place},
            {"title", item.title},
            {"opens_on", item.opens_on.to_string()},
            {"due_on", item.due_on.to_string()},
            {"state", item.state},
            {"body", base::json::serialize(item.body)},
            {"result", item.result},
            {"score", score},
            {"is_failed", item.is_failed},
            {"filed_at", item.filed_at},
            {"judged_at", item.judged_at},
            {"version", item.version}};
}

void store_row(store::Transaction& transaction, const FollowUp& item) {
    CHECK(store::update_row(transaction, "programme_followup", columns_of(item)) == 1);
}

std::string process_of(const FollowUp& item) {
    return follow_up_process(item.programme, item.code);
}

std::vector<FollowUp> read_all(const store::Rows& rows) {
    std::vector<FollowUp> list;
    for (const store::Row& row : rows)
        list.push_back(read_row(row));
    return list;
}

}  // namespace

void FollowUps::attach(workflow::Cases& cases, Applications& applications) {
    cases_ = &cases;
    std::vector<std::string> seen;
    for (const Programme& programme : applications.library().all()) {
        for (const FollowUpRule& rule : programme.follow_ups) {
            const std::string process = follow_up_process(programme.code, rule.code);
            if (std::ranges::find(seen, process) != seen.end()) continue;
            seen.push_back(process);
            cases.follow(process, [this](store::Transaction& transaction, const party::Actor& actor,
                                         const workflow::Case& item, const workflow::Event& event) {
                return follow(transaction, actor, item, event);
            });
        }
    }
    applications.listen([this](store::Transaction& transaction, const party::Actor&,
                               const Application& item, std::string_view) -> base::Status {
        if (item.state != "granted") return {};
        const base::Date today = base::date_in_shanghai(transaction.now());
        for (const FollowUpRule& rule : applications_->programme_of(item).follow_ups)
            plan(transaction, item, rule, 1, today);
        return {};
    });
}

const FollowUpRule& FollowUps::rule_of(const FollowUp& item) const {
    const FollowUpRule* rule =
        applications_->library().of(item.programme, item.revision).follow_up(item.code);
    CHECK_WITH(rule != nullptr, item.code);
    return *rule;
}

void FollowUps::plan(store::Transaction& transaction, const Application& item,
                     const FollowUpRule& rule, int round, base::Date from) const {
    const int months = round == 1 ? rule.after_months : rule.every_months;
    FollowUp next;
    next.id = transaction.new_id<FollowUp>();
    next.programme = item.programme;
    next.revision = item.revision;
    next.application = item.id;
    next.code = rule.code;
    next.round = round;
    next.owner = item.owner;
    next.author = item.author;
    next.place = item.place;
    next.title = item.title;
    next.due_on = add_months(from, months);
    next.opens_on = next.due_on.plus_days(-rule.open_days);
    if (next.opens_on < from) {
        next.opens_on = from;
        next.due_on = from.plus_days(rule.open_days);
    }
    store::insert_row(transaction, "programme_followup", columns_of(next));
}

base::Result<int> FollowUps::open_due(store::Database& database) const {
    const auto due = TRY(database.read<std::vector<FollowUp>>(
        [&](store::Reader& reader) -> base::Result<std::vector<FollowUp>> {
            const std::string today = base::date_in_shanghai(database.clock().now()).to_string();
            return read_all(reader.query(
                std::string(select_follow_up) +
                    "where state = 'planned' and opens_on <= :today order by opens_on, id"
                    " limit 500",
                {{"today", today}}));
        }));
    int opened = 0;
    for (const FollowUp& item : due) {
        // One that cannot be opened yet (a calendar year without data) holds up no other.
        const auto done =
            database.write<bool>([&](store::Transaction& transaction) -> base::Result<bool> {
                const auto now = find(transaction, item.id);
                if (!now || now->state != "planned") return false;
                TRY(open(transaction, *now));
                return true;
            });
        if (!done && done.error().kind == base::ErrorKind::unavailable)
            return base::refuse(done.error());
        if (done && *done) ++opened;
    }
    return opened;
}

base::Status FollowUps::open(store::Transaction& transaction, FollowUp item) const {
    const FollowUpRule& rule = rule_of(item);
    item.state = "due";
    store_row(transaction, item);
    party::Standing standing{item.place, item.owner, {}, {}, item.author};
    standing.place = applications_->place_at(rule.at, item.place);
    TRY(cases_->open(transaction, party::Actor::system(),
                     {.process = process_of(item),
                      .subject = item.id.text(),
                      .title = rule.title.in(base::Language::zh_cn) + " · " + item.title,
                      .standing = standing,
                      .payload = {{"application", item.application.text()}}}));
    return {};
}

base::Result<FollowUp> FollowUps::save(store::Transaction& transaction, const party::Actor& actor,
                                       const base::Id<FollowUp>& id, const base::json::object& body,
                                       std::int64_t expected_version) const {
    FollowUp item = TRY(read(transaction, actor, id));
    const FollowUpRule& rule = rule_of(item);
    party::Standing standing{item.place, item.owner, {}, {}, item.author};
    if (!party::allows(rule.who, actor, standing))
        return base::refuse(base::forbidden("not_permitted").under(rule.source));
    if (expected_version != 0 && expected_version != item.version)
        return base::refuse(base::error(base::ErrorKind::stale, "version_stale")
                                .with("version", std::to_string(item.version)));
    if (item.state != "due" && item.state != "overdue")
        return base::refuse(base::conflict("wrong_state").with("state", item.state));
    if (rule.form)
        TRY(base::require_fields(body, rule.form->fields, base::Completeness::draft));
    else if (!body.empty() && (body.size() != 1 || base::text_at(body, "text").empty()))
        return base::refuse(base::invalid("field_unknown").at("body"));
    item.body = body;
    item.version += 1;
    store_row(transaction, item);
    return item;
}

base::Result<FollowUp> FollowUps::advance(store::Transaction& transaction,
                                          const party::Actor& actor, const base::Id<FollowUp>& id,
                                          const workflow::Event& event,
                                          std::int64_t expected_version) const {
    const FollowUp item = TRY(read(transaction, actor, id));
    if (item.state == "planned")
        return base::refuse(base::conflict("wrong_state").with("state", item.state));
    if (expected_version != 0 && expected_version != item.version)
        return base::refuse(base::error(base::ErrorKind::stale, "version_stale")
                                .with("version", std::to_string(item.version)));
    TRY(cases_->advance(transaction, actor, process_of(item), id.text(), event));
    return *find(transaction, id);
}

Situation FollowUps::situation(store::Reader& reader, const FollowUp& item) const {
    auto application = Applications::find(reader, item.application);
    CHECK(application.has_value());
    Situation facts = applications_->situation(reader, *application);
    facts.today = base::date_in_shanghai(item.filed_at.value_or(application->created_at));
    facts.facts["form"] = item.body;
    facts.facts["title"] = base::json::object{{"rounds", item.round}};
    facts.facts.erase("score");
    return facts;
}

std::optional<Score> FollowUps::score_of(store::Reader& reader, const FollowUp& item) const {
    const FollowUpRule& rule = rule_of(item);
    if (!rule.scoring.is_defined() || item.body.empty()) return {};
    const auto application = Applications::find(reader, item.application);
    return programme::score_of(rule.scoring, application->type, situation(reader, item), {});
}

base::Status FollowUps::follow(store::Transaction& transaction, const party::Actor& actor,
                               const workflow::Case& entry, const workflow::Event& event) const {
    auto found = find(transaction, base::Id<FollowUp>(entry.subject));
    CHECK(found.has_value());
    FollowUp& item = *found;
    const FollowUpRule& rule = rule_of(item);
    if (event.transition == "file") {
        if (rule.form)
            TRY(base::require_fields(item.body, rule.form->fields, base::Completeness::complete));
        item.filed_at = transaction.now();
    }
    if (event.transition == "judge") TRY(judge(transaction, actor, item, event));
    item.state = entry.current.state;
    item.version += 1;
    store_row(transaction, item);
    if (event.transition != "judge") return {};
    const ResultCode* result = rule.result(item.result);
    if (!item.is_failed)
        TRY(outcomes_->record_facts(transaction,
                                    TRY(Applications::require(transaction, item.application)),
                                    item.code, situation(transaction, item), item.id.text()));
    return consequences(transaction, actor, item, result);
}

base::Status FollowUps::judge(store::Transaction& transaction, const party::Actor&, FollowUp& item,
                              const workflow::Event& event) const {
    const FollowUpRule& rule = rule_of(item);
    if (const auto score = score_of(transaction, item)) item.score = score->total;
    item.judged_at = transaction.now();
    if (rule.results.empty()) {
        item.is_failed = !item.filed_at;
        return {};
    }
    const std::string code = base::text_at(event.data, "result");
    if (code.empty()) return base::refuse(base::invalid("result_missing").at("data.result"));
    const ResultCode* result = rule.result(code);
    if (result == nullptr)
        return base::refuse(
            base::invalid("result_unknown").with("result", code.substr(0, 40)).at("data.result"));
    const bool fails = result->refuses || result->revokes;
    if (!item.filed_at && !fails)
        return base::refuse(base::conflict("follow_up_not_filed").at("data.result"));
    Situation facts = situation(transaction, item);
    if (item.score) facts.facts["score"] = base::json::object{{"total", item.score->to_string()}};
    if (!fails && result->when.judge(facts) == Verdict::not_met)
        return base::refuse(base::conflict("result_not_supported")
                                .with("result", result->title.in(base::Language::zh_cn))
                                .at("data.result"));
    item.result = code;
    item.is_failed = fails;
    return {};
}

/// Grades, titles lost, the next round.
base::Status FollowUps::consequences(store::Transaction& transaction, const party::Actor& actor,
                                     const FollowUp& item, const ResultCode* result) const {
    const FollowUpRule& rule = rule_of(item);
    if (result != nullptr) outcomes_->set_grade(transaction, item.application, result->code);
    int failures = 0;
    for (const FollowUp& other : of(transaction, item.application)) {
        if (other.code != item.code || other.state != "judged") continue;
        failures = other.is_failed ? failures + 1 : 0;
    }
    const bool is_lost = (result != nullptr && result->revokes) ||
                         (rule.revoke_after > 0 && failures >= rule.revoke_after);
    bool has_valid = false;
    const std::vector<Title> titles = Outcomes::titles_of(transaction, item.application);
    for (const Title& title : titles) {
        if (title.state != "valid") continue;
        has_valid = true;
        if (is_lost)
            TRY(outcomes_->end_title(transaction, actor, title, "revoked",
                                     rule.title.in(base::Language::zh_cn)));
    }
    if (is_lost || (!has_valid && !titles.empty())) {
        transaction.execute(
            "update programme_followup set state = 'ended' where application = :application"
            " and state = 'planned'",
            {{"application", item.application.text()}});
        return {};
    }
    const bool goes_on = rule.every_months > 0 && (rule.times == 0 || item.round < rule.times);
    if (!goes_on) return {};
    const Application application = TRY(Applications::require(transaction, item.application));
    plan(transaction, application, rule, item.round + 1, item.due_on);
    return {};
}

base::Result<FollowUp> FollowUps::read(store::Reader& reader, const party::Actor& actor,
                                       const base::Id<FollowUp>& id) const {
    auto item = find(reader, id);
    if (!item) return base::refuse(base::not_found("follow_up_unknown"));
    const Application application = TRY(Applications::require(reader, item->application));
    party::Standing standing = application.standing();
    standing.place = applications_->place_at(rule_of(*item).at, item->place);
    const bool may = applications_->may_read(actor, application) ||
                     party::allows(rule_of(*item).judges, actor, standing);
    if (!may) return base::refuse(base::not_found("follow_up_unknown"));
    return std::move(*item);
}

std::optional<FollowUp> FollowUps::find(store::Reader& reader, const base::Id<FollowUp>& id) {
    const auto row =
        reader.first(std::string(select_follow_up) + "where id = :id", {{"id", id.text()}});
    if (!row) return {};
    return read_row(*row);
}

std::vector<FollowUp> FollowUps::of(store::Reader& reader, const base::Id<Application>& id) {
    return read_all(reader.query(
        std::string(select_follow_up) + "where application = :id order by due_on, round, id",
        {{"id", id.text()}}));
}

std::vector<FollowUp> FollowUps::mine(store::Reader& reader, const party::Actor& actor) {
    if (!actor.signed_in()) return {};
    return read_all(reader.query(
        std::string(select_follow_up) +
            "where (author = :account or (owner = :organisation and owner <> ''))"
            " and state in ('planned', 'due', 'overdue', 'filed') order by due_on, id limit 200",
        {{"account", actor.account.text()}, {"organisation", actor.organisation.text()}}));
}

bool FollowUps::has_passed(store::Reader& reader, const base::Id<Application>& id,
                           std::string_view code) {
    bool passed = false;
    for (const FollowUp& item : of(reader, id)) {
        if (item.code == code && item.state == "judged") passed = !item.is_failed;
    }
    return passed;
}

}  // namespace programme
