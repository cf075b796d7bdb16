// What stands around a registration: cross-border questions, registrars and points, blind second
// reviews, yearly inspections, revocation, neighbours, statistics, the bulletin.
#include "contract/benefits.h"
#include "contract/bulletin.h"
#include "contract/certificate_list.h"
#include "contract/neighbour_search.h"
#include "contract/quality.h"
#include "contract/register_import.h"
#include "contract/registrar.h"
#include "contract/registration_world.h"
#include "contract/statistics.h"
#include "contract/tally.h"
#include "format/csv.h"
#include "format/xlsx.h"

namespace contract {
namespace {

using base::Date;

void sure(const base::Status& status) {
    EXPECT_TRUE(status.has_value()) << (status ? "" : base::describe(status.error()));
}

class RegistryTest : public RegistrationWorld {
  protected:
    Statistics statistics{places};
    party::Actor officer() {
        party::Actor actor;
        actor.account = base::Id<party::Account>("01J00000000000000000000009");
        actor.grants = {{"officer", "450000", {}}};
        return actor;
    }
    party::Actor colleague() {
        party::Actor actor = registrar;
        actor.account = base::Id<party::Account>("01J00000000000000000000008");
        return actor;
    }
    template <class Work>
    auto read(Work work) {
        using T = decltype(work(std::declval<store::Reader&>()));
        return must((*database).template read<T>(
            [&](store::Reader& reader) -> base::Result<T> { return work(reader); }));
    }
    base::Status done(std::function<base::Status(store::Transaction&)> work) {
        return (*database).write<void>(std::move(work));
    }
    Date today() { return base::date_in_shanghai(database->clock().now()); }
    Contract submitted(const object& body = commissioned_development()) {
        Contract contract = must(create(body));
        must(step(seller, contract, {.transition = "submit"}));
        return reload(contract);
    }
    base::Result<workflow::Case> decide(const Contract& contract) {
        return step(registrar, contract, {.transition = "register"});
    }
    Registrar entered() {
        return {registrar.account, registrar.organisation, "登记员甲", {2099, 12, 31}, {}, false};
    }
    base::Status enter(const Registrar& person) {
        return done([&](store::Transaction& t) { return set_registrar(t, officer(), person); });
    }
};

TEST_P(RegistryTest, ACrossBorderCaseWaitsUntilItsQuestionsAreAnswered) {
    object body = commissioned_development();
    body["direction"] = "export";
    auto refused = decide(submitted(body));
    EXPECT_EQ(code_of(refused), "cross_border_open");
    EXPECT_EQ(refused.error().causes.size(), 3U) << "all at once";
    body["control_class"] = "restricted";
    body["use_place"] = "越南河内";
    EXPECT_EQ(decide(submitted(body)).error().causes.size(), 1U) << "restricted needs its licence";
    body["licence_no"] = "桂商技出 2026-001";
    EXPECT_EQ(code_of(decide(submitted(body))), "ok");
    body["control_class"] = "prohibited";
    EXPECT_EQ(code_of(decide(submitted(body))), "cross_border_prohibited");
}

TEST_P(RegistryTest, WhoWorksForAPartyNeverDecides) {
    Contract contract = submitted();
    Registrar person = entered();
    person.own_organisation = contract.owner;
    sure(enter(person));
    EXPECT_EQ(code_of(decide(contract)), "registrar_conflict");
    person.own_organisation = {};
    sure(enter(person));
    party::Actor both = registrar;
    both.grants.push_back({"transfer_officer", "450102", contract.owner});
    EXPECT_EQ(code_of(step(both, contract, {.transition = "register"})), "registrar_conflict");
    EXPECT_EQ(code_of(decide(contract)), "ok");
}

TEST_P(RegistryTest, ASecondReviewIsNotForWhoMayNotDecide) {
    registration.set_second_review_share(1000);
    Contract contract = registered(commissioned_development());
    Registrar second{
        colleague().account, registrar.organisation, "登记员乙", today().plus_days(-1), {}, false};
    sure(enter(second));
    auto answer = [&] {
        return code_of(write<SecondReview>([&](store::Transaction& t) {
            return answer_second_review(t, colleague(), registration, contract, {});
        }));
    };
    EXPECT_EQ(answer(), "registrar_training_expired");
    second.trained_until = today();
    second.own_organisation = buyer.organisation;
    sure(enter(second));
    EXPECT_EQ(answer(), "registrar_conflict") << "the buyer is named by its code alone";
}

TEST_P(RegistryTest, TrainingThatEndedAndSuspensionStopADecision) {
    Contract contract = submitted();
    Registrar person = entered();
    person.trained_until = today().plus_days(-1);
    sure(enter(person));
    EXPECT_EQ(code_of(decide(contract)), "registrar_training_expired");
    person.trained_until = today();
    person.is_suspended = true;
    sure(enter(person));
    EXPECT_EQ(code_of(decide(contract)), "registrar_suspended");
    person.is_suspended = false;
    sure(enter(person));
    EXPECT_EQ(code_of(decide(contract)), "ok") << "the last day counts";
    EXPECT_EQ(
        code_of(done([&](store::Transaction& t) { return set_registrar(t, seller, entered()); })),
        "not_permitted");
}

TEST_P(RegistryTest, ACaseGoesOnAtAnotherPointWhenItsPointCloses) {
    Contract contract = submitted();
    PointAuthority authority{
        registrar.organisation, "withdrawn", "桂科函 1 号", {2020, 1, 1}, {2099, 12, 31}};
    sure(done([&](store::Transaction& t) { return set_authority(t, officer(), authority); }));
    EXPECT_EQ(code_of(decide(contract)), "point_not_authorised");
    auto move = [&] {
        return must(write<Reassignment>([&](store::Transaction& t) {
            return reassign_cases(t, officer(), cases, registrar.organisation.text());
        }));
    };
    Reassignment nowhere = move();
    EXPECT_EQ(nowhere.moved, 0);
    EXPECT_EQ(nowhere.left.size(), 1U) << "nothing is lost: it is named";
    // The county's own point takes over; what was answered stays.
    party::Actor county =
        member("兴宁登记点", party::OrganisationKind::registration_point, "450102", 5, "registrar");
    EXPECT_EQ(move().moved, 1);
    EXPECT_EQ(reload(contract).point, county.organisation);
    EXPECT_EQ(code_of(decide(contract)), "contract_not_found");
    EXPECT_EQ(code_of(step(county, contract, {.transition = "register"})), "ok");
}

TEST_P(RegistryTest, ASecondRegistrarJudgesBlindAndDifferencesAreNamed) {
    registration.set_second_review_share(1000);
    Contract contract = registered(commissioned_development());
    auto open_for = [&](const party::Actor& actor) {
        return read([&](store::Reader& r) {
            return open_second_reviews(r, registrar.organisation.text(), actor.log_name());
        });
    };
    EXPECT_TRUE(open_for(registrar).empty()) << "nobody reviews himself";
    ASSERT_EQ(open_for(colleague()).size(), 1U);
    EXPECT_TRUE(read([&](store::Reader& r) { return is_blind_for(r, colleague(), contract); }));
    EXPECT_FALSE(read([&](store::Reader& r) { return is_blind_for(r, registrar, contract); }));
    auto answer = [&](const party::Actor& actor, const object& answers) {
        return write<SecondReview>([&](store::Transaction& t) {
            return answer_second_review(t, actor, registration, contract, answers);
        });
    };
    EXPECT_EQ(code_of(answer(registrar, {})), "second_review_own");
    EXPECT_EQ(code_of(answer(seller, {})), "not_permitted");
    auto review = must(answer(colleague(), {{"parts", object{{"P1", object{{"goal", "no"}}}}}}));
    EXPECT_THAT(review.differences,
                testing::ElementsAre("outcome: REGISTER / NOT_REGISTERED",
                                     "class: DEV.COMMISSIONED / ", "P1.goal: yes / no"));
    EXPECT_EQ(code_of(answer(colleague(), {})), "second_review_done");
    EXPECT_FALSE(read([&](store::Reader& r) { return is_blind_for(r, colleague(), contract); }));
    EXPECT_EQ(reload(contract).class_code, "DEV.COMMISSIONED") << "it decides nothing by itself";
    auto reports = read([&](store::Reader& r) {
        return work_reports(r, registrar.organisation.text(), {{2026, 1, 1}, {2099, 12, 31}});
    });
    ASSERT_EQ(reports.size(), 2U);
    EXPECT_EQ(reports[0].registered, 1);
    EXPECT_EQ(reports[1].second_reviews, 1);
    EXPECT_EQ(reports[1].differing, 1);
}

TEST_P(RegistryTest, NothingIsDrawnWhenTheShareIsNone) {
    registration.set_second_review_share(0);
    Contract contract = registered(commissioned_development());
    EXPECT_FALSE(
        read([&](store::Reader& r) { return find_second_review(r, contract.id).has_value(); }));
}

TEST_P(RegistryTest, TheInspectionOfAYearIsDrawnOnceAndRecordedOnce) {
    for (int i = 0; i < 6; ++i)
        (void)registered(commissioned_development());
    int year = today().year;
    auto draw = [&](const party::Actor& actor, int of_year) {
        return write<std::vector<Inspection>>([&](store::Transaction& t) {
            return draw_inspection(t, actor, registrar.organisation.text(), of_year, {0, 50, 3});
        });
    };
    EXPECT_EQ(code_of(draw(registrar, year)), "not_permitted");
    EXPECT_EQ(code_of(draw(officer(), year - 1)), "inspection_nothing");
    auto drawn = must(draw(officer(), year));
    ASSERT_EQ(drawn.size(), 3U);
    auto again = must(draw(officer(), year));
    EXPECT_EQ(again[0].id, drawn[0].id) << "asking again draws nothing new";
    auto record = [&](bool passed, std::string_view note) {
        return done([&](store::Transaction& t) {
            return record_inspection(t, officer(), drawn[0].id, passed, note);
        });
    };
    EXPECT_EQ(code_of(record(false, "")), "inspection_note_missing");
    EXPECT_EQ(code_of(record(false, "技术交易额未扣除设备")), "ok");
    EXPECT_EQ(code_of(record(true, "")), "inspection_done");
}

TEST_P(RegistryTest, ARevocationTakesTheFiguresBackAndTellsThoseWhoPaid) {
    Contract contract = registered(commissioned_development());
    EXPECT_TRUE(read(
        [&](store::Reader& r) { return Statistics::find(r, contract.id.text()).has_value(); }));
    workflow::Event revoke{
        .transition = "revoke", .reason = "false_material", .text = "验收材料系伪造，已核实"};
    EXPECT_EQ(code_of(step(registrar, contract, revoke)), "not_permitted")
        << "the head or the officer";
    must(step(officer(), contract, revoke));
    EXPECT_EQ(total_of("contract.output"), 0);
    EXPECT_FALSE(read(
        [&](store::Reader& r) { return Statistics::find(r, contract.id.text()).has_value(); }));
    auto notices = read([&](store::Reader& r) { return follow_ups(r, contract.id.text()); });
    ASSERT_EQ(notices.size(), 3U);
    EXPECT_EQ(notices[2].recipient, "tax");
    EXPECT_EQ(notices[2].reason, "false_material");
    auto finish = [&](std::string_view note) {
        return done([&](store::Transaction& t) {
            return finish_follow_up(t, registrar, notices[2].id, note);
        });
    };
    EXPECT_EQ(code_of(finish("好")), "follow_up_note_missing");
    EXPECT_EQ(code_of(finish("已函告税务局，附撤销决定")), "ok");
    EXPECT_EQ(code_of(finish("再次函告税务局")), "follow_up_done");
    EXPECT_TRUE(must(Statistics::replay(*database)).differences.empty());
}

TEST_P(RegistryTest, OwnRegistrationsThatComeBackInARegisterAreNotCountedTwice) {
    Contract contract = registered(commissioned_development());
    Contract ended = registered(commissioned_development());
    workflow::Event revoke{
        .transition = "revoke", .reason = "false_material", .text = "验收材料系伪造，已核实"};
    must(step(officer(), ended, revoke));
    RegisterColumns columns =
        must(RegisterColumns::load("regions/guangxi/contract/register_columns.yaml", codes));
    RegisterExchange exchange{columns, codes, places};
    auto row = [&](const std::string& number, std::string_view day) {
        return number + ",轻量化摆臂委托开发合同,委托开发," + today().to_string() + "," +
               std::string(day) + ",样例大学," + credit_code(1) +
               ",450102,样例汽车零部件公司,450202,先进制造,1200000.00,1050000.00\n";
    };
    auto import = [&](const std::string& rows) {
        std::string head =
            "合同登记编号,项目名称,合同类别,登记日期,签订日期,卖方名称,卖方统一社会信用代码,"
            "卖方地区代码,"
            "买方名称,买方地区代码,技术领域,合同成交额（元）,技术交易额（元）\n";
        return must(exchange.import_table(*database, party::Actor::system(),
                                          must(format::read_csv(head + rows)),
                                          RegisterExchange::Mode::replace));
    };
    // Under our number, and under the number that the national system gave it.
    ImportReport report =
        import(row(contract.local_no, "2026-02-01") + row("4500002026000777", "2026-02-01"));
    EXPECT_EQ(report.count(RowFate::own), 2U);
    EXPECT_EQ(report.rows[1].own, contract.local_no);
    auto count = [&] {
        return read([&](store::Reader& r) { return statistics.sum(r, {}).count; });
    };
    EXPECT_EQ(count(), 1);
    // What was revoked here comes back by no door either, and the sums say that it is missing.
    ImportReport again = import(row(ended.local_no, "2026-02-01"));
    EXPECT_EQ(again.count(RowFate::own), 1U);
    EXPECT_FALSE(again.reconciles());
    EXPECT_EQ(count(), 1);
    // Another contract of the same seller and sum is another contract.
    EXPECT_EQ(import(row("4500002026000778", "2026-02-02")).count(RowFate::fresh), 1U);
    EXPECT_EQ(count(), 2);
}

TEST_P(RegistryTest, OnlyRegistrationsThatStandAreCountedOrEstimated) {
    Contract stays = registered(commissioned_development());
    Contract ended = registered(commissioned_development());
    TallyQuestion question{.organisation = seller.organisation};
    auto count = [&](const TallyQuestion& asked) {
        return read([&](store::Reader& r) { return tally(r, asked).count; });
    };
    EXPECT_EQ(count(question), 2);
    workflow::Event revoke{
        .transition = "revoke", .reason = "false_material", .text = "验收材料系伪造，已核实"};
    must(step(officer(), ended, revoke));
    EXPECT_EQ(count(question), 1);
    question.class_code = "DEV";
    question.year = today().year;
    EXPECT_EQ(count(question), 1);
    question.class_code = "DE";
    EXPECT_EQ(count(question), 0);
    question = {.organisation = seller.organisation, .side = "buyer"};
    EXPECT_EQ(count(question), 0);
    auto follows = [&](const Contract& contract) {
        return (*database).read<void>([&](store::Reader& r) {
            BenefitBasis basis;
            return take_registration(r, contract, basis);
        });
    };
    EXPECT_EQ(code_of(follows(stays)), "ok");
    EXPECT_EQ(code_of(follows(reload(ended))), "registration_ended");
    EXPECT_EQ(code_of(follows(must(create(commissioned_development())))), "certificate_not_issued");
    auto list = read([&](store::Reader& r) {
        auto owner = must(party::Organisations::require(r, seller.organisation));
        return certificates_of(r, cases, owner, today().year);
    });
    ASSERT_EQ(list.lines.size(), 2U);
    EXPECT_EQ(list.lines[1].ended, "revoked");
    EXPECT_EQ(list.total, stays.total);
}

TEST_P(RegistryTest, AnotherOfficerCannotLiftASuspensionByEnteringThePersonElsewhere) {
    Registrar person = entered();
    person.is_suspended = true;
    sure(enter(person));
    party::Actor liuzhou = officer();
    liuzhou.grants = {{"officer", "450200", {}}};
    Registrar elsewhere = entered();
    elsewhere.point =
        member("柳州登记点", party::OrganisationKind::registration_point, "450200", 6, "registrar")
            .organisation;
    auto enter_as = [&](const party::Actor& actor) {
        return code_of(
            done([&](store::Transaction& t) { return set_registrar(t, actor, elsewhere); }));
    };
    EXPECT_EQ(enter_as(liuzhou), "not_permitted");
    EXPECT_EQ(code_of(decide(submitted())), "registrar_suspended");
    EXPECT_EQ(enter_as(officer()), "ok") << "the officer of both places moves him";
}

TEST_P(RegistryTest, TheWorkReportCountsWhatFellIntoItsPeriod) {
    registration.set_second_review_share(1000);
    Contract contract = registered(commissioned_development());
    must(write<SecondReview>([&](store::Transaction& t) {
        return answer_second_review(t, colleague(), registration, contract, {});
    }));
    auto report = [&](Date from, Date to) {
        return read([&](store::Reader& r) {
            return work_reports(r, registrar.organisation.text(), {from, to}).front();
        });
    };
    EXPECT_EQ(report(today(), today()).second_reviews, 1);
    EXPECT_EQ(report(today(), today()).registered, 1);
    EXPECT_EQ(report(today().plus_days(1), today().plus_days(9)).second_reviews, 0);
    EXPECT_EQ(report(today().plus_days(-9), today().plus_days(-1)).second_reviews, 0);
}

TEST_P(RegistryTest, DraftsAndWithdrawnApplicationsAreNoNeighbours) {
    Contract first = submitted();
    Contract draft = must(create(commissioned_development()));
    Contract withdrawn = submitted();
    must(step(seller, withdrawn, {.transition = "withdraw"}));
    Contract asked = submitted();
    std::set<std::string> others;
    for (const NeighbourQuestion& question : read([&](store::Reader& r) {
             return neighbours_of(r, cases, rule_sets.preferred(), asked);
         })) {
        others.insert(question.contracts.begin(), question.contracts.end());
    }
    EXPECT_THAT(others, testing::ElementsAre(first.id.text()));
}

TEST_P(RegistryTest, LikeContractsOfTheSamePartiesRaiseAQuestion) {
    object body = commissioned_development();
    body["total"] = "2600000.00";
    body["lines"] =
        base::json::array{{{"part", "P1"}, {"amount", "2600000.00"}, {"kind", "technical"}}};
    Contract first = registered(body);
    body["signed_on"] = "2026-02-11";
    Contract second = submitted(body);
    auto split_from = [&](const Contract& contract) {
        std::vector<std::string> others;
        auto questions = read([&](store::Reader& r) {
            return neighbours_of(r, cases, rule_sets.preferred(), contract);
        });
        for (const NeighbourQuestion& question : questions) {
            if (question.code == "Q-SPLIT") others = question.contracts;
        }
        return others;
    };
    EXPECT_THAT(split_from(second), testing::ElementsAre(first.id.text()));
    EXPECT_EQ(code_of(decide(second)), "ok") << "it asks, and decides nothing";
    body["title"] = "甘蔗收割机刀具委托开发合同";
    body["total"] = "1000000.00";
    body["lines"] =
        base::json::array{{{"part", "P1"}, {"amount", "1000000.00"}, {"kind", "technical"}}};
    Contract other = submitted(body);
    EXPECT_TRUE(split_from(other).empty());
}

TEST_P(RegistryTest, TheRuleSetOfTheAcceptanceDayStaysWithTheCase) {
    Contract contract = submitted();
    EXPECT_EQ(contract.rule_set, "cn-2026-draft15");
    sure(done([&](store::Transaction& t) -> base::Status {
        Contract now = *find_contract(t, contract.id);
        now.rule_set = "cn-2001";  // as if it had been accepted before the change of rules
        return save_contract(t, now);
    }));
    auto judged = read([&](store::Reader& r) {
        return must(registration.preview(r, reload(contract), database->clock().now()));
    });
    EXPECT_EQ(judged.profile->id(), "cn-2001");
    must(decide(contract));
    EXPECT_EQ(reload(contract).rule_set, "cn-2001");
}

TEST_P(RegistryTest, TheBulletinSaysWhatTheFiguresSay) {
    (void)registered(commissioned_development());
    base::Texts texts = must(base::Texts::load("regions/guangxi/texts"));
    Bulletin bulletin = read([&](store::Reader& r) {
        return make_bulletin(r, statistics, places, today().year, today().month);
    });
    EXPECT_EQ(bulletin.in_month.count, 1);
    EXPECT_EQ(bulletin.calibers.within.total, base::Money::yuan(1'200'000));
    for (base::Language language : {base::Language::zh_cn, base::Language::en}) {
        std::string pdf =
            bulletin_pdf(bulletin, texts, codes, places, language, database->clock().now());
        EXPECT_TRUE(pdf.starts_with("%PDF"));
        auto table = must(format::read_xlsx(must(
            bulletin_xlsx(bulletin, texts, codes, places, language, database->clock().now()))));
        ASSERT_GE(table.rows.size(), 6U);
        EXPECT_EQ(table.rows[1].at(3), "1200000");
    }
    // One seller only: his groups are not shown.
    for (const auto& [dimension, rows] : bulletin.tables) {
        for (const TopRow& row : rows)
            EXPECT_TRUE(row.is_withheld);
    }
}

ON_BOTH_DATABASES(RegistryTest);

}  // namespace
}  // namespace contract
