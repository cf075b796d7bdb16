#include "contract/registrar.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/check.h"
#include "party/account.h"
#include "store/write_row.h"

namespace contract {
namespace {

constexpr std::array<std::string_view, 3> actions{"registered", "refused", "returned"};

base::Date stored_day(const std::string& text) {
    auto day = base::Date::parse(text);
    CHECK(day.has_value());
    return *day;
}

base::Status require_officer(store::Reader& reader, const party::Actor& actor,
                             const base::Id<party::Organisation>& point) {
    if (actor.is_system) return {};
    auto organisation = TRY(party::Organisations::require(reader, point));
    party::Standing standing{.place = organisation.place};
    if (party::allows({"officer", party::Relation::place}, actor, standing)) return {};
    return base::refuse(base::forbidden("not_permitted"));
}

Registrar registrar_from(const store::Row& row) {
    return {row.id<party::Account>(0), row.id<party::Organisation>(1), row.text(2),
            stored_day(row.text(3)),   row.id<party::Organisation>(4), row.text(5) == "suspended"};
}

PointAuthority authority_from(const store::Row& row) {
    return {row.id<party::Organisation>(0), row.text(1), row.text(2), stored_day(row.text(3)),
            stored_day(row.text(4))};
}

void log(store::Transaction& transaction, const party::Actor& actor, const std::string& subject,
         std::string action, base::json::object payload) {
    transaction.append({.actor = actor.log_name(),
                        .place = "",
                        .subject = subject,
                        .action = std::move(action),
                        .payload = base::canonical_json(payload)});
}

constexpr std::string_view select_registrar =
    "select account, point, name, trained_until, own_organisation, state from contract_registrar ";

std::optional<Registrar> find_registrar(store::Reader& reader,
                                        const base::Id<party::Account>& account) {
    static const std::string sql = std::string(select_registrar) + "where account = :account";
    auto row = reader.first(sql, {{"account", account}});
    if (!row) return {};
    return registrar_from(*row);
}

using Organisations = std::set<std::string>;

/// Whom the contract concerns. A buyer often stands in it by the credit code alone.
Organisations parties_of(store::Reader& reader, const Contract& contract) {
    Organisations parties{contract.owner.text(), contract.counterpart.text()};
    auto add_named = [&](const base::json::object& body) {
        for (std::string_view side : {"seller_credit_code", "buyer_credit_code"}) {
            std::string code = base::text_at(body, side);
            if (code.empty()) continue;
            auto known = party::Organisations::find_by_credit_code(reader, code);
            if (known) parties.insert(known->id.text());
        }
    };
    add_named(contract.body);
    if (contract.pending_body) add_named(*contract.pending_body);
    parties.erase("");
    return parties;
}

/// All that he works for: a session holds the grants of one organisation only.
Organisations employers_of(store::Transaction& transaction, const party::Actor& actor) {
    Organisations employers;
    for (const party::Grant& grant : actor.grants)
        employers.insert(grant.organisation.text());
    for (const party::Membership& held :
         party::Accounts::memberships(transaction, actor.account, transaction.now())) {
        employers.insert(held.organisation.text());
    }
    if (auto registrar = find_registrar(transaction, actor.account))
        employers.insert(registrar->own_organisation.text());
    return employers;
}

void add(WorkReport& report, std::string_view action, std::int64_t count, std::int64_t days) {
    if (action == "returned") {
        report.returned += count;
        return;
    }
    report.decided += count;
    report.days_total += days;
    (action == "registered" ? report.registered : report.refused) += count;
}

void add_differences(store::Reader& reader, std::string_view point, const Period& period,
                     WorkReport& whole, std::map<std::string, WorkReport>& people) {
    for (const store::Row& row : reader.query(
             "select first_reviewer, count(*), sum(case when differences = '[]' then 0 else 1 end) "
             "from contract_second_review where reviewed_at >= :from and reviewed_at < :until and "
             "contract in (select id from contract_contract where point = :point) group by "
             "first_reviewer",
             {{"point", point},
              {"from", base::start_of_day(period.from)},
              {"until", base::start_of_day(period.to.plus_days(1))}})) {
        for (WorkReport* report : {&whole, &people[row.text(0)]}) {
            report->second_reviews += row.integer(1);
            report->differing += row.integer(2);
        }
    }
}

}  // namespace

base::Status set_registrar(store::Transaction& transaction, const party::Actor& actor,
                           const Registrar& registrar) {
    TRY(require_officer(transaction, actor, registrar.point));
    // Who was entered at another point is for the officer of that place too, or entering him anew
    // elsewhere would lift his suspension.
    auto before = find_registrar(transaction, registrar.account);
    if (before && before->point != registrar.point) {
        TRY(require_officer(transaction, actor, before->point));
    }
    transaction.execute("delete from contract_registrar where account = :account",
                        {{"account", registrar.account}});
    store::insert_row(transaction, "contract_registrar",
                      {{"account", registrar.account},
                       {"point", registrar.point},
                       {"name", registrar.name},
                       {"trained_until", registrar.trained_until.to_string()},
                       {"own_organisation", registrar.own_organisation.text()},
                       {"state", registrar.is_suspended ? "suspended" : "active"}});
    log(transaction, actor, registrar.point.text(), "contract.registrar_set",
        {{"registrar", registrar.account.text()},
         {"trained_until", registrar.trained_until.to_string()},
         {"suspended", registrar.is_suspended}});
    return {};
}

base::Status set_authority(store::Transaction& transaction, const party::Actor& actor,
                           const PointAuthority& authority) {
    TRY(require_officer(transaction, actor, authority.point));
    transaction.execute("delete from contract_authority where organisation = :point",
                        {{"point", authority.point}});
    store::insert_row(transaction, "contract_authority",
                      {{"organisation", authority.point},
                       {"state", authority.state},
                       {"authority", authority.authority},
                       {"valid_from", authority.valid_from.to_string()},
                       {"valid_to", authority.valid_to.to_string()}});
    log(transaction, actor, authority.point.text(), "contract.authority_set",
        {{"state", authority.state}, {"authority", authority.authority}});
    return {};
}

std::vector<Registrar> registrars_of(store::Reader& reader, std::string_view point) {
    std::vector<Registrar> registrars;
    static const std::string sql =
        std::string(select_registrar) + "where point = :point order by name, account";
    for (const store::Row& row : reader.query(sql, {{"point", point}})) {
        registrars.push_back(registrar_from(row));
    }
    return registrars;
}

std::vector<PointAuthority> authorities(store::Reader& reader) {
    std::vector<PointAuthority> result;
    for (const store::Row& row :
         reader.query("select organisation, state, authority, valid_from, valid_to from "
                      "contract_authority order by organisation")) {
        result.push_back(authority_from(row));
    }
    return result;
}

base::Status check_interest(store::Transaction& transaction, const party::Actor& actor,
                            const Contract& contract) {
    if (actor.is_system) return {};
    Organisations employers = employers_of(transaction, actor);
    for (const std::string& party : parties_of(transaction, contract)) {
        if (employers.contains(party)) return base::refuse(base::forbidden("registrar_conflict"));
    }
    return {};
}

base::Status check_registrar(store::Transaction& transaction, const party::Actor& actor,
                             const Contract& contract) {
    if (actor.is_system) return {};
    TRY(check_interest(transaction, actor, contract));
    base::Date today = base::date_in_shanghai(transaction.now());
    auto registrar = find_registrar(transaction, actor.account);
    if (registrar && registrar->is_suspended) {
        return base::refuse(base::forbidden("registrar_suspended"));
    }
    if (registrar && registrar->trained_until < today) {
        return base::refuse(base::forbidden("registrar_training_expired")
                                .with("until", registrar->trained_until.to_string()));
    }
    auto entrusted = transaction.first(
        "select organisation, state, authority, valid_from, valid_to from contract_authority "
        "where organisation = :point",
        {{"point", contract.point}});
    if (!entrusted) return {};
    PointAuthority authority = authority_from(*entrusted);
    bool valid =
        authority.state == "active" && authority.valid_from <= today && today <= authority.valid_to;
    if (valid) return {};
    return base::refuse(base::conflict("point_not_authorised").with("state", authority.state));
}

void note_work(store::Transaction& transaction, const party::Actor& actor, const Contract& contract,
               WorkAction action, base::Date today) {
    CHECK(contract.accepted_on.has_value());
    std::int64_t days = today.days_since_epoch() - contract.accepted_on->days_since_epoch();
    store::insert_row(transaction, "contract_work",
                      {{"id", transaction.new_id<Contract>()},
                       {"contract", contract.id},
                       {"point", contract.point},
                       {"registrar", actor.log_name()},
                       {"action", actions[static_cast<std::size_t>(action)]},
                       {"day", today.to_string()},
                       {"days", days}});
}

std::vector<WorkReport> work_reports(store::Reader& reader, std::string_view point,
                                     const Period& period) {
    WorkReport whole;
    std::map<std::string, WorkReport> people;
    for (const Registrar& registrar : registrars_of(reader, point))
        people[registrar.account.text()].name = registrar.name;
    for (const store::Row& row :
         reader.query("select registrar, action, count(*), cast(sum(days) as bigint) from "
                      "contract_work where point = :point and day >= :from and day <= :to group by "
                      "registrar, action",
                      {{"point", point},
                       {"from", period.from.to_string()},
                       {"to", period.to.to_string()}})) {
        add(whole, row.text(1), row.integer(2), row.integer(3));
        add(people[row.text(0)], row.text(1), row.integer(2), row.integer(3));
    }
    add_differences(reader, point, period, whole, people);
    std::vector<WorkReport> reports;
    for (auto& [account, report] : people) {
        report.subject = account;
        reports.push_back(std::move(report));
    }
    std::stable_sort(reports.begin(), reports.end(),
                     [](const auto& a, const auto& b) { return a.decided > b.decided; });
    reports.insert(reports.begin(), std::move(whole));
    return reports;
}

base::Result<Reassignment> reassign_cases(store::Transaction& transaction,
                                          const party::Actor& actor, const workflow::Cases& cases,
                                          std::string_view point) {
    TRY(require_officer(transaction, actor, base::Id<party::Organisation>(std::string(point))));
    Reassignment result;
    for (const store::Row& row :
         transaction.query("select id from contract_contract where point = :point order by id",
                           {{"point", point}})) {
        auto contract = find_contract(transaction, row.id<Contract>(0));
        CHECK(contract.has_value());
        workflow::Case current =
            TRY(cases.require(transaction, Contracts::process, contract->id.text()));
        const workflow::State* state =
            cases.process(Contracts::process)->state(current.current.state);
        if (state == nullptr || state->is_final) continue;
        auto other = party::Organisations::registration_point_for(transaction, contract->place);
        if (!other || other->id == contract->point) {
            result.left.push_back(contract->id.text());
            continue;
        }
        contract->point = other->id;
        TRY(save_contract(transaction, *contract));
        TRY(cases.restate(transaction, Contracts::process, contract->id.text(), contract->title(),
                          contract->standing()));
        log(transaction, actor, contract->id.text(), "contract.reassigned",
            {{"point", other->id.text()}});
        ++result.moved;
    }
    return result;
}

}  // namespace contract
