#include "trade/objection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "indicator/fact.h"
#include "trade/world.h"

namespace trade {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using trade_test::code_of;
using trade_test::defects_of;
using trade_test::must;
using trade_test::World;

class ObjectionTest : public support::DatabaseTest {};
ON_BOTH_DATABASES(ObjectionTest);

TEST_P(ObjectionTest, SaysAllDefectsAtOnce) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    EXPECT_EQ(defects_of(world.object(notice, {})),
              "form_invalid ground:field_missing facts:objection_facts_length");
    ObjectionForm wrong = World::objection_form();
    wrong.ground = "envy";
    wrong.wish = std::string(301, 'a');
    wrong.name = std::string(81, 'a');
    wrong.contact = "a\x01";
    EXPECT_EQ(defects_of(world.object(notice, wrong)),
              "form_invalid ground:field_not_an_option wish:field_too_long name:field_too_long "
              "contact:field_control_characters");
    wrong = World::objection_form();
    wrong.facts = std::string(3001, 'a');
    EXPECT_EQ(defects_of(world.object(notice, wrong)), "form_invalid facts:objection_facts_length");
    wrong.facts = "\xFF\xFE";
    EXPECT_EQ(defects_of(world.object(notice, wrong)),
              "form_invalid facts:field_control_characters");
    ObjectionForm robot = World::objection_form();
    robot.website = "http://spam.example";
    EXPECT_EQ(code_of(world.object(notice, robot)), "form_refused");
    Notice unknown;
    unknown.id = base::Id<Notice>("01J00000000000000000000000");
    EXPECT_EQ(code_of(world.object(unknown, World::objection_form())), "price_notice_unknown");
}

TEST_P(ObjectionTest, OnePersonOneGround) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    must(world.object(notice, World::objection_form()));
    EXPECT_EQ(code_of(world.object(notice, World::objection_form())), "already_objected");
    ObjectionForm same = World::objection_form(" 王五 ");
    same.facts = "换一种说法，但还是同一个人同一个理由。";
    EXPECT_EQ(code_of(world.object(notice, same)), "already_objected");
    must(world.object(notice, World::objection_form("王五", "procedure")));
    must(world.object(notice, World::objection_form("赵六")));
    // The same words without a name are one tip, however often they come.
    must(world.object(notice, World::objection_form("")));
    EXPECT_EQ(code_of(world.object(notice, World::objection_form(""))), "already_objected");
    // Somebody signed in is known by the account.
    const auto by_firm = [&](const std::string& name) {
        return world.write<Objections::Filed>([&](store::Transaction& transaction) {
            return world.objections.file(transaction, world.firm, notice.id,
                                         World::objection_form(name));
        });
    };
    must(by_firm("公司代表"));
    EXPECT_EQ(code_of(by_firm("另一个名字")), "already_objected");
}

TEST_P(ObjectionTest, NothingPersonalIsReadable) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    const auto filed = must(world.object(notice, World::objection_form("欧阳秘密")));
    const std::string stored = world.read<std::string>([&](store::Reader& reader) {
        std::string text;
        for (const store::LogRow& row : store::changes_after(reader, 0, 10'000))
            text += row.change.payload + row.change.actor;
        for (const store::Row& row :
             reader.query("select sealed, person, tracking, ground from trade_objection"))
            text += row.text(0) + row.text(1) + row.text(2);
        return text;
    });
    for (const char* secret : {"欧阳秘密", "0771-0000000", "两倍", "重新评估"})
        EXPECT_THAT(stored, Not(HasSubstr(secret)));
    EXPECT_THAT(stored, Not(HasSubstr(filed.tracking_code)));
    EXPECT_EQ(world.read<std::int64_t>([&](store::Reader& reader) {
        return static_cast<std::int64_t>(
            indicator::facts_of(reader, filed.objection.id.text()).size());
    }),
              1);
    EXPECT_THAT(world.inbox(world.colleague), Contains("notify.objection_filed"));
    EXPECT_THAT(world.inbox(world.nanning), Contains("notify.objection_filed"));
    EXPECT_THAT(world.inbox(world.liuzhou), Not(Contains("notify.objection_filed")));
}

TEST_P(ObjectionTest, TheTrackingCodeShowsStateAndReasonsOnly) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    const auto filed = must(world.object(notice, World::objection_form()));
    EXPECT_EQ(filed.tracking_code.size(), 23U);
    const auto look_up = [&](const std::string& code) {
        return world.database->read<Objection>(
            [&](store::Reader& reader) { return Objections::find_by_code(reader, code); });
    };
    EXPECT_EQ(must(look_up(filed.tracking_code)).id, filed.objection.id);
    EXPECT_EQ(must(look_up(" " + base::to_lower_ascii(filed.tracking_code))).id,
              filed.objection.id);
    EXPECT_EQ(code_of(look_up("AAAAA-AAAAA-AAAAA-AAAAA")), "tracking_code_unknown");
    EXPECT_EQ(code_of(look_up("")), "tracking_code_unknown");
    must(world.decide(world.colleague, filed.objection, "refuse", "", "理由与公示内容无关。"));
    const auto course = world.read<std::vector<Objections::Course>>(
        [&](store::Reader& reader) { return world.objections.course(reader, filed.objection); });
    ASSERT_EQ(course.size(), 2U);
    EXPECT_EQ(course[0].transition, "file");
    EXPECT_EQ(course[1].transition, "refuse");
    EXPECT_EQ(course[1].text, "理由与公示内容无关。");
}

TEST_P(ObjectionTest, OutOfTimeAfterTheEnd) {
    World world(GetParam());
    world.at("2026-09-01 10:00");
    const Notice notice = world.on_notice();
    world.at("2026-09-16 23:59:59");
    must(world.object(notice, World::objection_form("")));
    world.at("2026-09-17 00:00");  // the clock has not fired yet: the end counts, not the timer
    EXPECT_EQ(code_of(world.object(notice, World::objection_form())), "objection_out_of_time");
    world.fire();
    EXPECT_EQ(world.reload(notice).state, "completed");
    EXPECT_EQ(code_of(world.object(notice, World::objection_form())), "objection_out_of_time");
}

TEST_P(ObjectionTest, AnAnonymousTipStopsNothing) {
    World world(GetParam());
    world.at("2026-09-01 10:00");
    const Notice notice = world.on_notice();
    const Objection tip = must(world.object(notice, World::objection_form(""))).objection;
    EXPECT_TRUE(tip.is_tip);
    EXPECT_EQ(tip.state, "tip");
    EXPECT_EQ(code_of(world.decide(world.colleague, tip, "admit")), "wrong_state");
    EXPECT_EQ(code_of(world.decide(world.colleague, tip, "note")), "text_missing");
    world.at("2026-09-17 00:00");
    world.fire();
    EXPECT_EQ(world.reload(notice).state, "completed");
    // It is still looked into.
    EXPECT_EQ(world.reload(tip).state, "tip");
    EXPECT_EQ(must(world.decide(world.colleague, tip, "note", "", "已核查，未发现问题。")).state,
              "noted");
    EXPECT_THAT(world.inbox(world.colleague), Contains("notify.objection_tip"));
}

TEST_P(ObjectionTest, ATipIsAnswered) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    const Objection tip = must(world.object(notice, World::objection_form(""))).objection;
    EXPECT_EQ(must(world.decide(world.colleague, tip, "note", "", "已核查，未发现问题。")).state,
              "noted");
    EXPECT_EQ(world.reload(notice).state, "published");
}

TEST_P(ObjectionTest, WhoeverMadeTheDealDecidesNothing) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    const Objection objection = must(world.object(notice, World::objection_form())).objection;
    const Objection tip = must(world.object(notice, World::objection_form(""))).objection;
    EXPECT_EQ(code_of(world.decide(world.owner, objection, "admit")), "decider_in_deal_team");
    EXPECT_EQ(code_of(world.decide(world.owner, objection, "refuse", "", "与公示内容无关")),
              "decider_in_deal_team");
    EXPECT_EQ(code_of(world.decide(world.owner, tip, "note", "", "未发现问题")),
              "decider_in_deal_team");
    EXPECT_EQ(code_of(world.decide(world.firm, objection, "admit")), "not_permitted");
    EXPECT_EQ(code_of(world.decide(world.researcher, objection, "admit")), "not_permitted");
    EXPECT_EQ(code_of(world.decide(world.liuzhou, objection, "admit")), "not_permitted");
    EXPECT_EQ(code_of(world.decide(party::Actor::visitor(), objection, "admit")), "not_signed_in");
    // Also not by another way into the same case.
    EXPECT_EQ(code_of(world.write<workflow::Case>([&](store::Transaction& transaction) {
                  return world.cases.advance(transaction, world.owner, Objections::process,
                                             objection.id.text(), {"admit", "", "", {}});
              })),
              "decider_in_deal_team");
    EXPECT_EQ(world.reload(objection).state, "filed");
    must(world.decide(world.guangxi, objection, "admit"));
    EXPECT_EQ(code_of(world.decide(world.owner, objection, "decide", "unfounded", "没有根据的")),
              "decider_in_deal_team");
}

TEST_P(ObjectionTest, ThePublisherIsOfTheDealTeamToo) {
    World world(GetParam());
    const Notice notice = must(world.publish(world.colleague, world.agreed(), world.draft()));
    const Objection objection = must(world.object(notice, World::objection_form())).objection;
    EXPECT_EQ(code_of(world.decide(world.colleague, objection, "admit")), "decider_in_deal_team");
    EXPECT_EQ(must(world.decide(world.nanning, objection, "admit")).state, "admitted");
}

TEST_P(ObjectionTest, TheNameIsForDecidersAndEachLookIsRecorded) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    const Objection objection = must(world.object(notice, World::objection_form())).objection;
    const auto open = [&](const party::Actor& by) {
        return world.write<ObjectionWords>([&](store::Transaction& transaction) {
            return world.objections.open_words(transaction, by, objection.id);
        });
    };
    EXPECT_EQ(must(open(world.nanning)).name, "王五");
    EXPECT_EQ(must(open(world.colleague)).contact, "0771-0000000");
    EXPECT_EQ(code_of(open(world.owner)), "decider_in_deal_team");
    EXPECT_EQ(code_of(open(world.firm)), "objection_unknown");
    EXPECT_EQ(code_of(open(party::Actor::visitor())), "objection_unknown");
    const int looks = world.read<int>([&](store::Reader& reader) {
        int count = 0;
        for (const store::LogRow& row : store::changes_of(reader, objection.id.text()))
            count += row.change.action == "objection.words_read" ? 1 : 0;
        return count;
    });
    EXPECT_EQ(looks, 2);
}

TEST_P(ObjectionTest, TheClockWaitsForAllOfThem) {
    World world(GetParam());
    world.at("2026-09-01 10:00");
    const Notice notice = world.on_notice();
    const Objection first = must(world.object(notice, World::objection_form("甲某"))).objection;
    const Objection second = must(world.object(notice, World::objection_form("乙某"))).objection;
    world.at("2026-09-02 10:00");
    must(world.decide(world.colleague, first, "admit"));
    const Objection third = must(world.object(notice, World::objection_form("丙某"))).objection;
    must(world.decide(world.nanning, second, "admit"));
    EXPECT_EQ(world.reload(notice).state, "objected");
    world.at("2026-09-04 10:00");
    must(world.decide(world.colleague, first, "decide", "unfounded", "比较的是另一种许可。"));
    EXPECT_EQ(world.reload(notice).state, "objected");
    must(world.decide(world.colleague, third, "refuse", "", "与公示内容无关。"));
    EXPECT_EQ(world.reload(notice).state, "objected");
    must(world.decide(world.nanning, second, "extend", "", "需要评估机构补充意见。"));
    must(world.decide(world.nanning, second, "decide", "not_admissible", "查实并非本成果。"));
    EXPECT_EQ(world.reload(notice).state, "published");
    EXPECT_EQ(base::to_local_string(*world.reload(notice).ends_at), "2026-09-19 00:00");
}

TEST_P(ObjectionTest, NoAwardWhileOneIsOpen) {
    World world(GetParam());
    world.at("2026-09-01 10:00");
    const Notice notice = world.on_notice();
    world.at("2026-09-16 20:00");
    const Objection late = must(world.object(notice, World::objection_form())).objection;
    world.at("2026-09-17 00:00");
    world.fire();
    EXPECT_EQ(world.reload(notice).state, "published");  // the clock asked and was refused
    EXPECT_EQ(code_of(world.price_check(world.agreement_of(notice), "1200000.00")),
              "objection_open");
    // Refused as not admissible: the notice completes at once.
    world.at("2026-09-17 09:00");
    must(world.decide(world.nanning, late, "refuse", "", "与公示内容无关。"));
    EXPECT_EQ(world.reload(notice).state, "completed");
    EXPECT_EQ(world.agreement_of(notice).state, "cleared");
}

TEST_P(ObjectionTest, AdmittedAfterTheEndStillLeavesThreeDays) {
    World world(GetParam());
    world.at("2026-09-01 10:00");
    const Notice notice = world.on_notice();
    world.at("2026-09-16 20:00");
    const Objection late = must(world.object(notice, World::objection_form())).objection;
    world.at("2026-09-17 00:00");
    world.fire();
    world.at("2026-09-17 09:00");
    must(world.decide(world.nanning, late, "admit"));
    EXPECT_EQ(world.reload(notice).state, "objected");
    world.at("2026-09-18 09:00");
    must(world.decide(world.nanning, late, "decide", "unfounded", "比较的是另一种许可。"));
    EXPECT_EQ(base::to_local_string(*world.reload(notice).ends_at), "2026-09-22 00:00");
}

TEST_P(ObjectionTest, FoundedEndsThePricing) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    const Objection first = must(world.object(notice, World::objection_form("甲某"))).objection;
    const Objection second = must(world.object(notice, World::objection_form("乙某"))).objection;
    const Objection tip = must(world.object(notice, World::objection_form(""))).objection;
    must(world.decide(world.nanning, first, "admit"));
    EXPECT_EQ(code_of(world.decide(world.nanning, first, "decide", "", "评估明显偏低。")),
              "reason_missing");
    EXPECT_EQ(code_of(world.decide(world.nanning, first, "decide", "maybe", "评估明显偏低。")),
              "reason_unknown");
    EXPECT_EQ(code_of(world.decide(world.nanning, first, "decide", "founded", "")), "text_missing");
    EXPECT_EQ(code_of(world.decide(world.nanning, first, "decide", "founded",
                                   "异议人电话 13800138000 反映属实")),
              "personal_data_in_notice");
    must(world.decide(world.nanning, first, "decide", "founded", "评估明显偏低。"));
    EXPECT_EQ(world.reload(notice).state, "upheld");
    EXPECT_EQ(world.agreement_of(notice).state, "upheld");
    EXPECT_EQ(world.reload(second).state, "moot");
    EXPECT_EQ(world.reload(tip).state, "moot");
    EXPECT_EQ(code_of(world.price_check(world.agreement_of(notice), "1200000.00")),
              "notice_incomplete");
    EXPECT_THAT(world.inbox(world.firm), Contains("notify.notice_upheld"));
}

TEST_P(ObjectionTest, CorrectedMeansANewNotice) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    const Objection objection = must(world.object(notice, World::objection_form())).objection;
    must(world.decide(world.nanning, objection, "admit"));
    must(world.decide(world.nanning, objection, "decide", "corrected", "公示的依据不全，需补充。"));
    EXPECT_EQ(world.reload(notice).state, "ended");
    EXPECT_EQ(world.reload(notice).end_reason, "correct");
    EXPECT_EQ(world.agreement_of(notice).state, "notice_required");
    const Notice again =
        must(world.publish(world.owner, world.agreement_of(notice), world.draft()));
    EXPECT_EQ(again.state, "published");
    // Another notice, another chance to object.
    must(world.object(again, World::objection_form()));
}

TEST_P(ObjectionTest, SilenceIsEscalatedNotDecided) {
    World world(GetParam());
    world.at("2026-09-01 10:00");
    const Notice notice = world.on_notice();
    const Objection objection = must(world.object(notice, World::objection_form())).objection;
    world.at("2026-09-05 10:00");
    world.fire();
    EXPECT_EQ(world.reload(objection).state, "filed");
    const std::string actions = world.read<std::string>([&](store::Reader& reader) {
        std::string text;
        for (const store::LogRow& row : store::changes_of(reader, objection.id.text()))
            text += row.change.action + " ";
        return text;
    });
    EXPECT_THAT(actions, HasSubstr("price_objection.escalated"));
}

TEST_P(ObjectionTest, DecidersSeeTheirOwnOnly) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    const Objection objection = must(world.object(notice, World::objection_form())).objection;
    const auto count = [&](const party::Actor& by, const Objections::Filter& filter = {}) {
        return world.read<std::size_t>(
            [&](store::Reader& reader) { return Objections::list(reader, by, filter).size(); });
    };
    EXPECT_EQ(count(world.colleague), 1U);
    EXPECT_EQ(count(world.nanning), 1U);
    EXPECT_EQ(count(world.guangxi), 1U);
    EXPECT_EQ(count(world.liuzhou), 0U);
    EXPECT_EQ(count(world.firm), 0U);
    EXPECT_EQ(count(world.researcher), 0U);
    EXPECT_EQ(count(party::Actor::visitor()), 0U);
    EXPECT_EQ(count(world.nanning, {.state = "filed"}), 1U);
    EXPECT_EQ(count(world.nanning, {.state = "decided"}), 0U);
    EXPECT_EQ(count(world.nanning, {.notice = notice.id.text()}), 1U);
    EXPECT_EQ(count(world.nanning, {.after = objection.id.text()}), 0U);
}

TEST_P(ObjectionTest, TheSecondDeciderLearnsThatItIsStale) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    const Objection objection = must(world.object(notice, World::objection_form())).objection;
    must(world.decide(world.nanning, objection, "admit", "", "", objection.version));
    EXPECT_EQ(code_of(world.decide(world.colleague, objection, "admit", "", "", objection.version)),
              "version_stale");
}

}  // namespace
}  // namespace trade
