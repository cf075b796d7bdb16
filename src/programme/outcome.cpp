#include "programme/outcome.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/text.h"
#include "indicator/fact.h"
#include "party/account.h"
#include "party/qualification.h"
#include "programme/outcome_rows.h"

namespace programme {
namespace {

constexpr std::size_t reason_min = 5, reason_max = 1000;

/// `months` later, on the last day of a shorter month.
base::Date months_after(base::Date day, int months) {
    const int count = day.year * 12 + day.month - 1 + months;
    base::Date result{count / 12, count % 12 + 1, day.day};
    while (!result.exists())
        --result.day;
    return result;
}

std::string padded(std::int64_t number, int width) {
    std::string text = std::to_string(number);
    while (static_cast<int>(text.size()) < width)
        text.insert(0, "0");
    return text;
}

/// "{year}", "{place}", "{serial}", "{serial:3}".
std::string number_from(std::string pattern, base::Date day, std::int64_t serial,
                        const std::string& place) {
    const auto replace = [&](const std::string& what, const std::string& by) {
        const std::size_t at = pattern.find(what);
        if (at != std::string::npos) pattern.replace(at, what.size(), by);
    };
    replace("{year}", std::to_string(day.year));
    replace("{place}", place);
    replace("{serial}", std::to_string(serial));
    for (int width = 1; width <= 9; ++width)
        replace("{serial:" + std::to_string(width) + "}", padded(serial, width));
    return pattern;
}

base::Status check_reason(std::string_view reason) {
    const std::size_t length = base::count_characters(base::trim(reason));
    if (base::is_valid_utf8(reason) && length >= reason_min && length <= reason_max) return {};
    return base::refuse(
        base::invalid("text_missing").with("min", std::to_string(reason_min)).at("text"));
}

}  // namespace

base::Date add_months(base::Date day, int months) {
    return months_after(day, months);
}

void Outcomes::attach(Applications& applications) {
    applications.listen([this](store::Transaction& transaction, const party::Actor& actor,
                               const Application& item, std::string_view before) -> base::Status {
        if (item.state == "granted") return grant(transaction, actor, item);
        if (before != "draft" || !item.submitted_at) return {};
        return record_facts(transaction, item, "submitted",
                            applications_->situation(transaction, item), item.id.text());
    });
}

bool Outcomes::may_decide(const party::Actor& actor, const Application& item) const {
    const Step& last = applications_->programme_of(item).steps.back();
    party::Standing standing = item.standing();
    standing.place = applications_->place_at(last.at, item.place);
    return party::allows(last.who, actor, standing);
}

base::Status Outcomes::grant(store::Transaction& transaction, const party::Actor& actor,
                             const Application& item) const {
    const Programme& programme = applications_->programme_of(item);
    const Situation facts = applications_->situation(transaction, item);
    for (const TitleRule& rule : programme.titles) {
        if (rule.when.judge(facts) != Verdict::met) continue;
        TRY(grant_title(transaction, actor, item, rule));
    }
    if (programme.award.is_defined()) TRY(grant_award(transaction, actor, item));
    return record_facts(transaction, item, "granted", facts, item.id.text());
}

base::Status Outcomes::grant_title(store::Transaction& transaction, const party::Actor& actor,
                                   const Application& item, const TitleRule& rule) const {
    const Programme& programme = applications_->programme_of(item);
    const base::Date today = base::date_in_shanghai(transaction.now());
    Title title;
    title.id = transaction.new_id<Title>();
    title.programme = item.programme;
    title.application = item.id;
    title.code = rule.code;
    title.organisation = rule.to_counterpart ? item.counterpart : item.owner;
    const auto holder = party::Organisations::find(transaction, title.organisation);
    if (programme.applicant.is_person || !holder) {
        title.account = item.author;
        const auto account = party::Accounts::find(transaction, item.author);
        title.holder = account ? account->name : "";
        if (programme.applicant.is_person) title.organisation = base::Id<party::Organisation>();
    } else {
        title.holder = holder->name;
    }
    title.place = item.place;
    title.detail = item.title;
    title.grade = item.result;
    title.is_public = rule.is_public;
    title.valid_from = today;
    if (rule.valid_months > 0)
        title.valid_until = months_after(today, rule.valid_months).plus_days(-1);
    title.is_sample = item.is_sample;
    const bool is_yearly = rule.number.find("{year}") != std::string::npos;
    const std::int64_t serial = transaction.next_number(
        "title:" + rule.code + (is_yearly ? ":" + std::to_string(today.year) : std::string()));
    title.number = number_from(rule.number, today, serial, item.place);
    rows::insert(transaction, title);
    if (!title.organisation.empty())
        party::Qualifications::grant(transaction, {.id = transaction.new_id<party::Qualification>(),
                                                   .organisation = title.organisation,
                                                   .code = title.code,
                                                   .number = title.number,
                                                   .name = rule.name.in(base::Language::zh_cn),
                                                   .valid_from = title.valid_from,
                                                   .valid_until = title.valid_until,
                                                   .state = "valid",
                                                   .source = title.id.text()});
    transaction.append({.actor = actor.log_name(),
                        .place = title.place,
                        .subject = title.id.text(),
                        .action = "title.granted",
                        .payload = base::canonical_json(base::json::object{
                            {"application", item.id.text()},
                            {"code", title.code},
                            {"number", title.number},
                            {"until", title.valid_until ? title.valid_until->to_string() : ""}})});
    record(transaction, "title.granted", title.id.text(), item, base::Money(), title.code, "");
    return {};
}

void Outcomes::record(store::Transaction& transaction, std::string_view kind,
                      std::string_view subject, const Application& item, const base::Money& amount,
                      std::string_view class_code, std::string_view field) const {
    const base::Date today = base::date_in_shanghai(transaction.now());
    indicator::record(transaction, {.kind = std::string(kind),
                                    .subject = std::string(subject),
                                    .place = item.place,
                                    .day = today,
                                    .amount = amount,
                                    .class_code = std::string(class_code),
                                    .field = std::string(field),
                                    .is_sample = item.is_sample});
    transaction.execute(
        "insert into programme_tally (owner, kind, day, subject, counted, amount)"
        " values (:owner, :kind, :day, :subject, 1, :amount)",
        {{"owner", item.owner.text()},
         {"kind", kind},
         {"day", today.to_string()},
         {"subject", subject},
         {"amount", amount.minor}});
}

base::Status Outcomes::record_facts(store::Transaction& transaction, const Application& item,
                                    std::string_view on, const Situation& situation,
                                    std::string_view subject) const {
    for (const FactRule& rule : applications_->programme_of(item).facts) {
        if (rule.on != on) continue;
        const auto one = [&](const Situation& facts) {
            if (rule.when.judge(facts) != Verdict::met) return;
            base::Money amount;
            const Known known = rule.amount.of(facts);
            std::optional<Number> number = known.number;
            if (!number && known.text) {
                if (const auto parsed = Number::parse(*known.text)) number = *parsed;
            }
            if (number) amount = number->to_money();
            const auto text = [&](const std::string& path) {
                return path.empty() ? std::string() : value_at(facts, path).text.value_or("");
            };
            const std::string class_code =
                rule.class_path.empty() ? rule.class_code : text(rule.class_path);
            record(transaction, rule.kind, subject, item, amount,
                   class_code.empty() ? item.programme : class_code, text(rule.field_path));
        };
        if (rule.rows.empty()) {
            one(situation);
            continue;
        }
        const auto& form = base::object_at(situation.facts, "form");
        for (const base::json::value& row :
             base::array_at(form, std::string_view(rule.rows).substr(5))) {
            if (!row.is_object()) continue;
            Situation within = situation;
            within.row = &row.get_object();
            one(within);
        }
    }
    return {};
}

base::Status Outcomes::end_title(store::Transaction& transaction, const party::Actor& actor,
                                 Title title, std::string_view state,
                                 std::string_view reason) const {
    title.state = state;
    title.ended_on = base::date_in_shanghai(transaction.now());
    title.end_reason = base::trim(reason);
    title.version += 1;
    rows::update(transaction, title);
    party::Qualifications::end(transaction, title.number, state);
    const Application item = TRY(Applications::require(transaction, title.application));
    transaction.append(
        {.actor = actor.log_name(),
         .place = title.place,
         .subject = title.id.text(),
         .action = "title." + std::string(state),
         .payload = base::canonical_json(base::json::object{{"number", title.number}})});
    record(transaction, "title.ended", title.id.text(), item, base::Money(), title.code, "");
    return {};
}

base::Result<Title> Outcomes::revoke(store::Transaction& transaction, const party::Actor& actor,
                                     const base::Id<Title>& id, std::string_view reason) const {
    const auto title = find_title(transaction, id);
    if (!title) return base::refuse(base::not_found("title_unknown"));
    const Application item = TRY(Applications::require(transaction, title->application));
    if (!may_decide(actor, item)) return base::refuse(base::forbidden("not_permitted"));
    if (title->state != "valid")
        return base::refuse(base::conflict("title_ended").with("state", title->state));
    TRY(check_reason(reason));
    TRY(end_title(transaction, actor, *title, "revoked", reason));
    return *find_title(transaction, id);
}

base::Result<int> Outcomes::expire_due(store::Database& database) const {
    return database.write<int>([&](store::Transaction& transaction) -> base::Result<int> {
        const std::string today = base::date_in_shanghai(transaction.now()).to_string();
        int count = 0;
        for (const Title& title : rows::titles_past(transaction, today, 200)) {
            TRY(end_title(transaction, party::Actor::system(), title, "expired", ""));
            ++count;
        }
        return count;
    });
}

void Outcomes::set_grade(store::Transaction& transaction, const base::Id<Application>& application,
                         std::string_view grade) const {
    for (Title title : titles_of(transaction, application)) {
        if (title.state != "valid") continue;
        title.grade = grade;
        title.version += 1;
        rows::update(transaction, title);
    }
}

std::vector<Application> Outcomes::in_order(std::vector<Application> list) const {
    if (list.empty()) return list;
    const auto& keys = applications_->programme_of(list.front()).award.ranked_by;
    const auto earlier = [&](const Application& a, const Application& b) {
        for (const std::string& key : keys) {
            if (key == "score" && a.score != b.score) return a.score > b.score;
            if (key == "rank" && a.rank != b.rank) return a.rank < b.rank;
            if (key == "submitted" && a.submitted_at != b.submitted_at)
                return a.submitted_at < b.submitted_at;
        }
        return std::tie(a.submitted_at, a.id) < std::tie(b.submitted_at, b.id);
    };
    std::ranges::sort(list, earlier);
    return list;
}

}  // namespace programme
