// What stands around a registration: cross-border questions, registrars and points, blind second
// reviews, yearly inspections, revocation, neighbours, statistics, the bulletin.
#include "contract/bulletin.h"
#include "contract/neighbour_search.h"
#include "contract/quality.h"
#include "contract/registrar.h"
#include "contract/registration_world.h"
#include "contract/statistics.h"
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
        return work_reports(r, registrar.organisation.text(), {2026, 1, 1}, {2099, 12, 31});
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
        auto questions = read(
            [&](store::Reader& r) { return neighbours_of(r, rule_sets.preferred(), contract); });
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
