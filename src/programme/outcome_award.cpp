// Awards of the store: calculation with what was given before, payments, clawback.
#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/text.h"
#include "programme/follow_up.h"
#include "programme/outcome_rows.h"
#include "store/write_row.h"

namespace programme {
namespace {

/// Contract numbers that awards of any programme have used, of those that this application names.
std::map<std::string, std::string> claimed_by_others(store::Reader& reader, const AwardRule& rule,
                                                     const Situation& situation) {
    std::map<std::string, std::string> claimed;
    if (rule.key.empty()) return claimed;
    std::set<std::string> numbers;
    if (rule.items.empty()) {
        numbers.insert(value_at(situation, rule.key).text.value_or(""));
    } else {
        const auto& form = base::object_at(situation.facts, "form");
        for (const base::json::value& row :
             base::array_at(form, std::string_view(rule.items).substr(5))) {
            if (!row.is_object()) continue;
            Situation within = situation;
            within.row = &row.get_object();
            numbers.insert(value_at(within, rule.key).text.value_or(""));
        }
    }
    for (const std::string& number : numbers) {
        if (number.empty()) continue;
        const auto row =
            reader.first("select programme from programme_claim where contract_number = :number",
                         {{"number", number}});
        if (row) claimed[number] = row->text(0);
    }
    return claimed;
}

base::Money granted(store::Reader& reader, std::string_view column, std::string_view value,
                    std::string_view programme, int year) {
    return base::Money::fen(
        reader.number("select coalesce(cast(sum(total) as bigint), 0) from programme_award where " +
                          std::string(column) +
                          " = :value and programme = :programme and year = :year"
                          " and state <> 'cancelled'",
                      {{"value", value}, {"programme", programme}, {"year", year}}));
}

int year_of(const Application& item) {
    const auto parsed = Number::parse(std::string_view(item.batch).substr(0, 4));
    return parsed ? static_cast<int>(parsed->ten_thousandths() / Number::scale)
                  : base::date_in_shanghai(item.created_at).year;
}

void add_payment(store::Transaction& transaction, const party::Actor& actor,
                 const GrantedAward& award, std::string_view kind, std::string_view part,
                 const base::Money& amount, std::string_view document) {
    store::insert_row(transaction, "programme_payment",
                      {{"id", base::new_ulid(transaction.now(), transaction.random())},
                       {"award", award.id.text()},
                       {"kind", kind},
                       {"part", part},
                       {"amount", amount.minor},
                       {"document", document},
                       {"actor", actor.log_name()},
                       {"at", transaction.now()}});
    transaction.append(
        {.actor = actor.log_name(),
         .place = award.place,
         .subject = award.id.text(),
         .action = "award." + std::string(kind),
         .payload = base::canonical_json(base::json::object{
             {"part", part}, {"amount", amount.to_string()}, {"document", document}})});
}

base::Status check_document(std::string_view document) {
    const std::size_t length = base::count_characters(base::trim(document));
    const bool is_fine = base::is_valid_utf8(document) && !base::has_control_characters(document);
    if (is_fine && length > 0 && length <= 120) return {};
    return base::refuse(base::invalid("document_missing").at("document"));
}

}  // namespace

std::vector<Award> Outcomes::awards(store::Reader& reader,
                                    const std::vector<Application>& list) const {
    std::vector<Award> result;
    std::map<std::string, base::Money> by_owner;
    std::map<std::string, std::string> claimed_here;
    base::Money together;
    for (const Application& item : list) {
        const AwardRule& rule = applications_->programme_of(item).award;
        if (!rule.is_defined()) {
            result.emplace_back();
            continue;
        }
        const Situation situation = applications_->situation(reader, item);
        const int year = year_of(item);
        AwardContext context;
        const std::string owner = item.owner.empty() ? item.author.text() : item.owner.text();
        if (!item.owner.empty())
            context.organisation_year = granted(reader, "owner", owner, item.programme, year);
        context.organisation_year += by_owner[owner];
        context.programme_year =
            granted(reader, "programme", item.programme, item.programme, year) + together;
        context.claimed = claimed_by_others(reader, rule, situation);
        context.claimed.insert(claimed_here.begin(), claimed_here.end());
        Award award = programme::award_of(rule, situation, context);
        by_owner[owner] += award.total;
        together += award.total;
        for (const AwardItem& one : award.items) {
            if (!one.key.empty() && !one.amount.is_zero()) claimed_here[one.key] = item.programme;
        }
        result.push_back(std::move(award));
    }
    return result;
}

base::Status Outcomes::grant_award(store::Transaction& transaction, const party::Actor& actor,
                                   const Application& item) const {
    const Award computed = awards(transaction, {item}).front();
    if (!computed.unset.empty())
        return base::refuse(
            base::conflict("award_not_set").with("parameters", base::join(computed.unset, ", ")));
    GrantedAward award;
    award.id = transaction.new_id<GrantedAward>();
    award.programme = item.programme;
    award.application = item.id;
    award.owner = item.owner;
    award.place = item.place;
    award.year = year_of(item);
    award.total = computed.total;
    award.calculation = to_json(computed);
    award.is_sample = item.is_sample;
    if (award.total.is_zero()) award.state = "closed";
    rows::insert(transaction, award);
    for (const AwardItem& one : computed.items) {
        if (one.key.empty() || one.amount.is_zero()) continue;
        store::insert_row(transaction, "programme_claim",
                          {{"contract_number", one.key},
                           {"award", award.id.text()},
                           {"programme", item.programme}});
    }
    transaction.append({.actor = actor.log_name(),
                        .place = award.place,
                        .subject = award.id.text(),
                        .action = "award.granted",
                        .payload = base::canonical_json(base::json::object{
                            {"application", item.id.text()}, {"total", award.total.to_string()}})});
    record(transaction, "award.granted", award.id.text(), item, award.total, item.programme, "");
    return {};
}

base::Result<GrantedAward> Outcomes::changeable(store::Reader& reader, const party::Actor& actor,
                                                const base::Id<GrantedAward>& id,
                                                std::int64_t expected_version) const {
    auto award = find_award(reader, id);
    if (!award) return base::refuse(base::not_found("award_unknown"));
    const Application item = TRY(Applications::require(reader, award->application));
    if (!applications_->may_read(actor, item))
        return base::refuse(base::not_found("award_unknown"));
    if (!may_decide(actor, item)) return base::refuse(base::forbidden("not_permitted"));
    if (expected_version != 0 && expected_version != award->version)
        return base::refuse(base::error(base::ErrorKind::stale, "version_stale")
                                .with("version", std::to_string(award->version)));
    return std::move(*award);
}

base::Result<GrantedAward> Outcomes::pay(store::Transaction& transaction, const party::Actor& actor,
                                         const base::Id<GrantedAward>& id, std::string_view part,
                                         std::string_view document,
                                         std::int64_t expected_version) const {
    GrantedAward award = TRY(changeable(transaction, actor, id, expected_version));
    if (award.state != "granted")
        return base::refuse(base::conflict("award_not_payable").with("state", award.state));
    const Application item = TRY(Applications::require(transaction, award.application));
    const AwardRule& rule = applications_->programme_of(item).award;
    std::optional<base::Money> amount;
    for (const base::json::value& one : base::array_at(award.calculation, "instalments")) {
        if (base::text_at(one.as_object(), "code") == part)
            amount = *base::Money::parse(base::text_at(one.as_object(), "amount"));
    }
    if (!amount) return base::refuse(base::invalid("instalment_unknown").at("instalment"));
    for (const Payment& payment : payments(transaction, id)) {
        if (payment.kind == "paid" && payment.part == part)
            return base::refuse(base::conflict("instalment_paid").at("instalment"));
    }
    const auto waits = std::ranges::find(rule.instalments, part, &Instalment::code);
    if (waits != rule.instalments.end() && waits->after != "granted" &&
        !FollowUps::has_passed(transaction, item.id, waits->after))
        return base::refuse(base::conflict("instalment_not_due").with("after", waits->after));
    TRY(check_document(document));
    award.paid += *amount;
    award.version += 1;
    if (award.paid == award.total) award.state = "paid";
    CHECK(award.paid <= award.total);
    rows::update(transaction, award);
    add_payment(transaction, actor, award, "paid", part, *amount, base::trim(document));
    record(transaction, "award.paid", award.id.text(), item, *amount, item.programme, "");
    TRY(record_facts(transaction, item, "paid", applications_->situation(transaction, item),
                     award.id.text()));
    return award;
}

base::Result<GrantedAward> Outcomes::claw_back(store::Transaction& transaction,
                                               const party::Actor& actor,
                                               const base::Id<GrantedAward>& id,
                                               std::string_view code, std::string_view reason,
                                               std::int64_t expected_version) const {
    GrantedAward award = TRY(changeable(transaction, actor, id, expected_version));
    const Application item = TRY(Applications::require(transaction, award.application));
    const Clawback* rule = applications_->programme_of(item).award.clawback(code);
    if (rule == nullptr) return base::refuse(base::invalid("clawback_unknown").at("code"));
    if (award.state != "granted" && award.state != "paid")
        return base::refuse(base::conflict("award_not_payable").with("state", award.state));
    if (base::count_characters(base::trim(reason)) < 5)
        return base::refuse(base::invalid("text_missing").with("min", "5").at("text"));
    award.to_return = clawback_of(*rule, award.paid);
    award.state = award.to_return.is_zero() ? "cancelled" : "clawback";
    award.version += 1;
    rows::update(transaction, award);
    // What was never paid may be claimed again by an honest application.
    if (award.state == "cancelled")
        transaction.execute("delete from programme_claim where award = :award",
                            {{"award", award.id.text()}});
    transaction.append({.actor = actor.log_name(),
                        .place = award.place,
                        .subject = award.id.text(),
                        .action = "award.clawed_back",
                        .payload = base::canonical_json(
                            base::json::object{{"code", code},
                                               {"to_return", award.to_return.to_string()},
                                               {"text", base::trim(reason)}})});
    record(transaction, "award.clawed_back", award.id.text(), item, award.to_return, item.programme,
           "");
    return award;
}

base::Result<GrantedAward> Outcomes::receive(store::Transaction& transaction,
                                             const party::Actor& actor,
                                             const base::Id<GrantedAward>& id,
                                             const base::Money& amount, std::string_view document,
                                             std::int64_t expected_version) const {
    GrantedAward award = TRY(changeable(transaction, actor, id, expected_version));
    if (award.state != "clawback")
        return base::refuse(base::conflict("award_not_payable").with("state", award.state));
    TRY(check_document(document));
    const base::Money left = award.to_return - award.returned;
    if (amount.is_zero() || amount.is_negative() || amount > left)
        return base::refuse(
            base::invalid("amount_out_of_range").with("max", left.to_string()).at("amount"));
    award.returned += amount;
    if (award.returned == award.to_return) award.state = "closed";
    award.version += 1;
    rows::update(transaction, award);
    add_payment(transaction, actor, award, "returned", "", amount, base::trim(document));
    return award;
}

}  // namespace programme
