#pragma once

#include "contract/registration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/yaml.h"
#include "contract/migrations.h"
#include "indicator/fact.h"
#include "indicator/migrations.h"
#include "indicator/slice.h"
#include "party/migrations.h"
#include "support/database_fixture.h"
#include "workflow/migrations.h"

namespace contract {

using base::json::object;

template <class T>
T must(base::Result<T> result) {
    CHECK_WITH(result.has_value(), base::describe(result.error()));
    return std::move(*result);
}

inline std::vector<store::Migration> all_steps() {
    std::vector<store::Migration> steps;
    for (auto part :
         {party::migrations(), workflow::migrations(), indicator::migrations(), migrations()}) {
        steps.insert(steps.end(), part.begin(), part.end());
    }
    return steps;
}

/// 17 characters and their check.
inline std::string credit_code(int number) {
    std::string code = "91450100MA5K" + std::to_string(10000 + number);
    return code + party::credit_code_check(code);
}

inline object commissioned_development() {
    return {{"title", "轻量化摆臂委托开发合同"},
            {"direction", "domestic"},
            {"signed_on", "2026-02-01"},
            {"valid_from", "2026-02-01"},
            {"valid_to", "2027-02-01"},
            {"class_claimed", "DEV.COMMISSIONED"},
            {"field", "3"},
            {"seller_name", "样例大学"},
            {"seller_credit_code", credit_code(1)},
            {"seller_place", "450102"},
            {"buyer_name", "样例汽车零部件公司"},
            {"buyer_credit_code", credit_code(2)},
            {"buyer_place", "450202"},
            {"subject", "研究开发轻量化摆臂，交付样件两套和工艺文件"},
            {"total", "1200000.00"},
            {"payment_mode", "INSTALMENT"},
            {"parts", base::json::array{{{"id", "P1"}, {"kind", "rnd"}}}},
            {"lines",
             base::json::array{{{"part", "P1"}, {"amount", "1000000.00"}, {"kind", "technical"}},
                               {{"part", "P1"},
                                {"amount", "50000.00"},
                                {"kind", "carrier"},
                                {"supplied", 2},
                                {"needed", 2}},
                               {{"part", "P1"}, {"amount", "150000.00"}, {"kind", "instrument"}}}}};
}

/// A university of Nanning that sells to a company of Liuzhou, and the registrar of Nanning.
class RegistrationWorld : public support::DatabaseTest {
  protected:
    support::TestDatabase database{GetParam(), all_steps()};
    party::Places places = must(party::Places::load("regions/guangxi/places.yaml"));
    party::Permissions permissions =
        must(party::Permissions::load("regions/guangxi/permissions.yaml"));
    workflow::Codes codes = must(workflow::Codes::load("regions/guangxi/codes"));
    base::WorkCalendar calendar = must(base::WorkCalendar::load("regions/guangxi/calendar"));
    RuleSets rule_sets = must(RuleSets::load("regions/guangxi/contract"));
    workflow::Form form = must(
        workflow::Form::from(must(base::Yaml::load("regions/guangxi/forms/contract.yaml")), codes));
    workflow::Cases cases{
        {must(workflow::Process::load("regions/guangxi/processes/contract_registration.yaml"))},
        codes,
        calendar};
    Contracts contracts{form, permissions, places, cases};
    Registration registration{cases, contracts, rule_sets, places};
    party::Actor seller =
        member("样例大学", party::OrganisationKind::university, "450102", 1, "transfer_officer");
    party::Actor buyer = member("样例汽车零部件公司", party::OrganisationKind::enterprise, "450202",
                                2, "enterprise_member");
    party::Actor registrar =
        member("南宁登记点", party::OrganisationKind::registration_point, "450100", 3, "registrar");

    party::Actor member(const std::string& name, party::OrganisationKind kind,
                        const std::string& place, int number, const std::string& role) {
        party::Organisations organisations(places, permissions);
        auto organisation = must(write<party::Organisation>(
            [&](store::Transaction& transaction) -> base::Result<party::Organisation> {
                party::OrganisationDraft draft;
                draft.credit_code = credit_code(number);
                draft.name = name;
                draft.kind = kind;
                draft.place = place;
                auto made = TRY(organisations.create(transaction, party::Actor::system(), draft));
                if (made.state == party::OrganisationState::verified) return made;
                return organisations.verify(transaction, party::Actor::system(), made.id,
                                            party::OrganisationState::verified, "");
            }));
        party::Actor actor;
        actor.account =
            base::Id<party::Account>("01J0000000000000000000000" + std::to_string(number));
        actor.organisation = organisation.id;
        actor.name = name;
        actor.grants = {{role, place, organisation.id}};
        return actor;
    }
    template <class T>
    base::Result<T> write(std::function<base::Result<T>(store::Transaction&)> work) {
        return database->write<T>(std::move(work));
    }
    base::Result<Contract> create(const object& body) {
        return write<Contract>(
            [&](store::Transaction& t) { return contracts.create(t, seller, {.body = body}); });
    }
    base::Result<workflow::Case> step(const party::Actor& actor, const Contract& contract,
                                      workflow::Event event) {
        return write<workflow::Case>([&](store::Transaction& t) {
            return registration.advance(t, actor, contract.id, event, 0);
        });
    }
    Contract reload(const Contract& contract) {
        return must(database->read<Contract>(
            [&](store::Reader& r) { return contracts.read(r, seller, contract.id); }));
    }
    std::int64_t total_of(std::string_view kind, std::string_view place = "") {
        return must(
            database->read<std::int64_t>([&](store::Reader& r) -> base::Result<std::int64_t> {
                return indicator::sum(r, {.kind = std::string(kind), .place = std::string(place)})
                    .amount.minor;
            }));
    }
    Contract registered(const object& body) {
        Contract contract = must(create(body));
        must(step(seller, contract, {.transition = "submit"}));
        must(step(registrar, contract, {.transition = "register"}));
        return reload(contract);
    }
};

template <class T>
std::string code_of(const base::Result<T>& result) {
    return result ? "ok" : result.error().code;
}

}  // namespace contract
