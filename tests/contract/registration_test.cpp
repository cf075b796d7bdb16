#include "contract/registration_world.h"

#include <set>
#include <thread>

namespace contract {
namespace {

class RegistrationTest : public RegistrationWorld {};

TEST_P(RegistrationTest, AContractGoesFromDraftToNumberAndFacts) {
    Contract contract = registered(commissioned_development());
    EXPECT_EQ(contract.local_no, "GQ2026-001-000001");
    EXPECT_EQ(contract.class_code, "DEV.COMMISSIONED");
    EXPECT_EQ(contract.total, base::Money::yuan(1'200'000));
    EXPECT_EQ(contract.technical, base::Money::yuan(1'050'000));
    EXPECT_EQ(contract.certificate_code.size(), 23u);
    EXPECT_EQ(total_of("contract.output", "450100"), 1'200'000'00);
    EXPECT_EQ(total_of("contract.absorbed", "450200"), 1'200'000'00);
    EXPECT_EQ(total_of("contract.technical"), 1'050'000'00);
    // Nanning sells to Liuzhou: internal to the region, not to either city.
    EXPECT_EQ(total_of("contract.internal"), 1'200'000'00);
    EXPECT_EQ(total_of("contract.internal", "450100"), 0);
    EXPECT_EQ(registered(commissioned_development()).local_no, "GQ2026-001-000002");
}

TEST_P(RegistrationTest, AnIncompleteOrContradictoryApplicationIsNotAccepted) {
    object body = commissioned_development();
    body.erase("subject");
    EXPECT_EQ(code_of(step(seller, must(create(body)), {.transition = "submit"})), "form_invalid");

    body = commissioned_development();
    body["total"] = "1300000.00";
    body["valid_to"] = "2025-01-01";
    body["seller_credit_code"] = "91450100MA5K10001X";
    auto refused = step(seller, must(create(body)), {.transition = "submit"});
    ASSERT_FALSE(refused.has_value());
    std::vector<std::string> codes_found;
    for (const base::Error& cause : refused.error().causes)
        codes_found.push_back(cause.code);
    EXPECT_THAT(codes_found, testing::IsSupersetOf(
                                 {"dates_out_of_order", "credit_code_invalid", "total_differs"}));
}

TEST_P(RegistrationTest, OnlyTheRegistrarOfThePointDecides) {
    Contract contract = must(create(commissioned_development()));
    must(step(seller, contract, {.transition = "submit"}));
    EXPECT_EQ(code_of(step(seller, contract, {.transition = "register"})), "not_permitted");
    EXPECT_EQ(code_of(step(buyer, contract, {.transition = "register"})), "contract_not_found")
        << "a party that is not named on the platform does not see it";
    party::Actor other =
        member("柳州登记点", party::OrganisationKind::registration_point, "450200", 4, "registrar");
    EXPECT_EQ(code_of(step(other, contract, {.transition = "register"})), "contract_not_found");
    EXPECT_EQ(code_of(step(registrar, contract, {.transition = "register"})), "ok");
    EXPECT_EQ(code_of(step(registrar, contract, {.transition = "register"})), "wrong_state");
}

TEST_P(RegistrationTest, DefectsAreSupplementedInARoundAndRegisteredThen) {
    object body = commissioned_development();
    body["parts"] = base::json::array{{{"id", "P1"}, {"kind", "rights"}, {"ip", "patent"}}};
    body["lines"] =
        base::json::array{{{"part", "P1"}, {"amount", "1200000.00"}, {"kind", "technical"}}};
    Contract contract = must(create(body));
    must(step(seller, contract, {.transition = "submit"}));
    EXPECT_EQ(code_of(step(registrar, contract,
                           {.transition = "ask_supplement", .text = "没有看到不足之处"})),
              "nothing_to_supplement");
    auto answered = write<Contract>([&](store::Transaction& t) {
        Contract now = *find_contract(t, contract.id);
        return registration.set_answers(
            t, registrar, contract.id,
            {{"proofs", "missing_ip"},
             {"parts", object{{"P1", object{{"ownership_clause", "no"}}}}}},
            now.version);
    });
    ASSERT_TRUE(answered.has_value()) << base::describe(answered.error());
    auto refused = step(registrar, contract, {.transition = "register"});
    ASSERT_EQ(code_of(refused), "not_registrable");
    EXPECT_EQ(refused.error().causes.size(), 2u) << "all defects at once";
    must(step(registrar, contract,
              {.transition = "ask_supplement", .text = "请补充专利证书和权属条款"}));
    auto improved = write<Contract>([&](store::Transaction& t) {
        Contract now = *find_contract(t, contract.id);
        return registration.set_answers(t, seller, contract.id, {{"proofs", "complete"}},
                                        now.version);
    });
    ASSERT_TRUE(improved.has_value()) << base::describe(improved.error());
    must(step(seller, contract, {.transition = "resubmit"}));
    must(step(registrar, contract, {.transition = "register"}));
    EXPECT_EQ(reload(contract).round, 2);
}

TEST_P(RegistrationTest, AnswersThatAreNoneAreRefusedAtTheirField) {
    Contract contract = must(create(commissioned_development()));
    auto refused = write<Contract>([&](store::Transaction& t) {
        return registration.set_answers(t, seller, contract.id, {{"seal_matches", "maybe"}},
                                        contract.version);
    });
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().field, "answers.seal_matches");
}

TEST_P(RegistrationTest, AChangeCorrectsTheFiguresOfTheYearOfRegistration) {
    Contract contract = registered(commissioned_development());
    object body = contract.body;
    EXPECT_EQ(
        code_of(step(
            seller, contract,
            {.transition = "request_change", .text = "补充协议一份", .data = {{"body", body}}})),
        "change_missing");
    body["total"] = "1100000.00";
    body["lines"] =
        base::json::array{{{"part", "P1"}, {"amount", "950000.00"}, {"kind", "technical"}},
                          {{"part", "P1"}, {"amount", "150000.00"}, {"kind", "instrument"}}};
    database.clock().set(*base::parse_local("2026-06-01 10:00"));
    must(step(
        seller, contract,
        {.transition = "request_change", .text = "补充协议减少样件", .data = {{"body", body}}}));
    EXPECT_EQ(total_of("contract.output"), 1'200'000'00) << "nothing changes before it is accepted";
    must(step(registrar, contract, {.transition = "accept_change"}));
    Contract changed = reload(contract);
    EXPECT_EQ(changed.local_no, contract.local_no);
    EXPECT_EQ(changed.total, base::Money::yuan(1'100'000));
    EXPECT_EQ(total_of("contract.output"), 1'100'000'00);
    EXPECT_NE(registered_digest(changed), registered_digest(contract));
}

TEST_P(RegistrationTest, CancellationTakesTheFactsBackWithAReason) {
    Contract contract = registered(commissioned_development());
    EXPECT_EQ(code_of(step(registrar, contract, {.transition = "cancel", .text = "双方解除"})),
              "reason_missing");
    must(step(registrar, contract,
              {.transition = "cancel", .reason = "parties", .text = "双方协议解除合同"}));
    for (std::string_view kind : contract_fact_kinds())
        EXPECT_EQ(total_of(kind), 0) << kind;
    EXPECT_EQ(
        code_of(step(registrar, contract,
                     {.transition = "cancel", .reason = "parties", .text = "双方协议解除合同"})),
        "wrong_state");
}

TEST_P(RegistrationTest, NumbersHaveNoGapsWhenDecisionsAreRefusedOrRace) {
    std::vector<Contract> filed;
    for (int i = 0; i < 6; ++i) {
        filed.push_back(must(create(commissioned_development())));
        must(step(seller, filed.back(), {.transition = "submit"}));
    }
    must(write<Contract>([&](store::Transaction& t) {
        return registration.set_answers(t, registrar, filed[2].id, {{"unlawful", "monopoly"}},
                                        find_contract(t, filed[2].id)->version);
    }));
    std::vector<std::thread> threads;
    for (const Contract& contract : filed) {
        threads.emplace_back([&] { (void)step(registrar, contract, {.transition = "register"}); });
    }
    for (std::thread& thread : threads)
        thread.join();
    std::set<std::string> numbers;
    for (const Contract& contract : filed) {
        std::string number = reload(contract).local_no;
        if (!number.empty()) numbers.insert(number);
    }
    EXPECT_EQ(numbers.size(), 5u);
    EXPECT_EQ(*numbers.rbegin(), "GQ2026-001-000005");
}

TEST_P(RegistrationTest, AnUnverifiedOrganisationCannotFile) {
    party::Actor stranger = seller;
    stranger.organisation = base::Id<party::Organisation>("01J00000000000000000000099");
    stranger.grants[0].organisation = stranger.organisation;
    auto refused = write<Contract>(
        [&](store::Transaction& t) { return contracts.create(t, stranger, {.body = {}}); });
    EXPECT_EQ(code_of(refused), "organisation_not_verified");
    EXPECT_EQ(code_of(write<Contract>([&](store::Transaction& t) {
                  return contracts.create(t, party::Actor::visitor(), {});
              })),
              "not_signed_in");
}

ON_BOTH_DATABASES(RegistrationTest);

}  // namespace
}  // namespace contract
