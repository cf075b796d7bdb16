#include "trade/notice.h"

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
using trade_test::terms;
using trade_test::World;

class NoticeTest : public support::DatabaseTest {};
ON_BOTH_DATABASES(NoticeTest);

std::string ends(const Notice& notice) {
    return notice.ends_at ? base::to_local_string(*notice.ends_at) : "stopped";
}

std::string facts(World& world, const std::string& subject) {
    return world.read<std::string>([&](store::Reader& reader) {
        std::map<std::string, std::int64_t> standing;
        for (const indicator::Fact& fact : indicator::facts_of(reader, subject))
            standing[fact.kind] += fact.count;
        std::string text;
        for (const auto& [kind, count] : standing)
            if (count != 0) text += kind + "=" + std::to_string(count) + " ";
        return base::trim(text);
    });
}

std::string actions_of(World& world, const std::string& subject) {
    return world.read<std::string>([&](store::Reader& reader) {
        std::string text;
        for (const store::LogRow& row : store::changes_of(reader, subject))
            text += (text.empty() ? "" : " ") + row.change.action;
        return text;
    });
}

base::Result<Notice> withdraw(World& world, const party::Actor& by, const Notice& notice,
                              const std::string& text, std::int64_t version = 0) {
    return world.write<Notice>([&](store::Transaction& transaction) {
        return world.notices.advance(transaction, by, notice.id, {"withdraw", "", text, {}},
                                     version);
    });
}

TEST_P(NoticeTest, OnlyTheSellersTransferOfficePublishes) {
    World world(GetParam());
    const auto agreement = world.agreed();
    EXPECT_EQ(agreement.state, "notice_required");
    EXPECT_EQ(code_of(world.publish(world.firm, agreement, world.draft())), "not_permitted");
    EXPECT_EQ(code_of(world.publish(world.researcher, agreement, world.draft())), "not_permitted");
    EXPECT_EQ(code_of(world.publish(world.nanning, agreement, world.draft())), "agreement_unknown");
    EXPECT_EQ(code_of(world.publish(party::Actor::visitor(), agreement, world.draft())),
              "agreement_unknown");
    const Notice notice = must(world.publish(world.colleague, agreement, world.draft()));
    EXPECT_EQ(notice.state, "published");
    EXPECT_EQ(world.reload(agreement).state, "in_notice");
    EXPECT_EQ(code_of(world.publish(world.owner, agreement, world.draft())), "wrong_state");
}

TEST_P(NoticeTest, SaysAllDefectsAtOnce) {
    World world(GetParam());
    const auto agreement = world.agreed();
    NoticeDraft wrong;
    wrong.basis = "太短";
    wrong.rights_check = "联系张老师 13800138000 核实过权属";
    EXPECT_EQ(defects_of(world.publish(world.owner, agreement, wrong)),
              "form_invalid basis:notice_words_length related_party:field_missing "
              "rights_check:personal_data_in_notice rules:rules_not_acknowledged");
    NoticeDraft declares = world.draft();
    declares.related_party = "related";
    EXPECT_EQ(defects_of(world.publish(world.owner, agreement, declares)),
              "form_invalid related_party:declaration_differs");
    NoticeDraft reversed = world.draft();
    reversed.basis = "参照可比许可 \xE2\x80\xAE 经评估";
    EXPECT_EQ(defects_of(world.publish(world.owner, agreement, reversed)),
              "form_invalid basis:field_control_characters");
    NoticeDraft endless = world.draft();
    for (int i = 0; i < 400; ++i)
        endless.basis += "参照可比许可成交";
    EXPECT_EQ(defects_of(world.publish(world.owner, agreement, endless)),
              "form_invalid basis:notice_words_length");
    EXPECT_EQ(world.reload(agreement).state, "notice_required");
}

TEST_P(NoticeTest, RelatedPartiesAreExplainedWithoutNames) {
    World world(GetParam());
    base::json::object body = terms();
    body["related_party"] = "related";
    body["related_explanation"] = "成果完成人张三持有受让方 30% 股权";
    const auto agreement = world.agreed(body);
    NoticeDraft draft = world.draft();
    draft.related_party = "related";
    EXPECT_EQ(defects_of(world.publish(world.owner, agreement, draft)),
              "form_invalid related_statement:notice_words_length");
    draft.related_statement = "成果完成人之一持有受让方 30% 股权";
    const Notice notice = must(world.publish(world.owner, agreement, draft));
    const std::string published = base::canonical_json(notice.body);
    EXPECT_THAT(published, HasSubstr("成果完成人之一"));
    EXPECT_THAT(published, Not(HasSubstr("张三")));
}

TEST_P(NoticeTest, PublishesNamePriceAndPartiesButNoPerson) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    EXPECT_EQ(base::text_at(notice.body, "result_name"), "陶瓷膜无硫澄清工艺");
    EXPECT_EQ(notice.price(), base::Money::yuan(1'200'000));
    EXPECT_EQ(base::text_at(base::object_at(notice.body, "seller"), "name"), world.university.name);
    EXPECT_EQ(base::text_at(base::object_at(notice.body, "buyer"), "name"), world.company.name);
    EXPECT_THAT(base::canonical_json(notice.body), Not(HasSubstr(world.owner.name)));
    EXPECT_THAT(base::canonical_json(notice.body), Not(HasSubstr(world.owner.account.text())));
    // The digest in the log is that of what is shown.
    const std::string payload = world.read<std::string>([&](store::Reader& reader) {
        for (const store::LogRow& row : store::changes_of(reader, notice.id.text()))
            if (row.change.action == "notice.published") return row.change.payload;
        return std::string();
    });
    EXPECT_THAT(payload, HasSubstr(base::to_hex(base::sha256(base::canonical_json(notice.body)))));
}

TEST_P(NoticeTest, AFormulaIsPublishedAsAFormula) {
    World world(GetParam());
    base::json::object body = terms();
    body.erase("price");
    body["price_formula"] = "按销售额 3% 提成，期限五年";
    const Notice notice = world.on_notice(body);
    EXPECT_EQ(notice.price(), std::nullopt);
    EXPECT_EQ(base::text_at(notice.body, "price_formula"), "按销售额 3% 提成，期限五年");
}

// trading.md C15: the first day is not counted, the last ends at 24:00 in Shanghai.
TEST_P(NoticeTest, FifteenDaysFromTheFirstOfSeptember) {
    World world(GetParam());
    world.at("2026-09-01 10:00");
    const Notice notice = world.on_notice();
    EXPECT_EQ(ends(notice), "2026-09-17 00:00");
    world.at("2026-09-16 23:59:59");
    world.fire();
    EXPECT_EQ(world.reload(notice).state, "published");
    world.at("2026-09-17 00:00");
    world.fire();
    EXPECT_EQ(world.reload(notice).state, "completed");
    EXPECT_EQ(world.agreement_of(notice).state, "cleared");
    EXPECT_EQ(facts(world, notice.agreement.text()),
              "price.notice_completed=1 price.notice_required=1");
    EXPECT_EQ(actions_of(world, notice.id.text()),
              "price_notice.opened notice.published price_notice.publish price_notice.complete "
              "notice.completed");
    // Firing twice changes nothing.
    world.fire();
    EXPECT_EQ(world.reload(notice).state, "completed");
    EXPECT_THAT(world.inbox(world.firm), Contains("notify.agreement_cleared"));
}

TEST_P(NoticeTest, TheLastDayMovesToAWorkingDay) {
    World world(GetParam());
    world.at("2026-09-10 10:00");  // the 15th day is 25 September, a holiday until the 27th
    EXPECT_EQ(ends(world.on_notice()), "2026-09-29 00:00");
}

TEST_P(NoticeTest, ATermIntoAYearThatIsNotAnnouncedFollowsTheLaw) {
    World world(GetParam());
    world.at("2026-12-18 10:00");  // the 15th day is Saturday 2 January 2027
    EXPECT_EQ(ends(world.on_notice()), "2027-01-05 00:00");
}

// C15, second half: admitted on the 15th, decided on the 25th, so not before 28 September 24:00.
TEST_P(NoticeTest, AnObjectionLeavesThreeDays) {
    World world(GetParam());
    world.at("2026-09-01 10:00");
    const Notice notice = world.on_notice();
    world.at("2026-09-14 15:00");
    const Objection objection = must(world.object(notice, World::objection_form())).objection;
    EXPECT_EQ(world.reload(notice).state, "published");
    world.at("2026-09-15 10:00");
    must(world.decide(world.colleague, objection, "admit"));
    EXPECT_EQ(world.reload(notice).state, "objected");
    EXPECT_EQ(ends(world.reload(notice)), "stopped");
    world.at("2026-09-20 10:00");
    world.fire();
    EXPECT_EQ(world.reload(notice).state, "objected");
    world.at("2026-09-25 10:00");
    must(world.decide(world.colleague, objection, "decide", "unfounded", "比较的是另一种许可。"));
    EXPECT_EQ(world.reload(notice).state, "published");
    EXPECT_EQ(ends(world.reload(notice)), "2026-09-29 00:00");  // 28 September 24:00
    world.at("2026-09-28 23:59:59");
    world.fire();
    EXPECT_EQ(world.reload(notice).state, "published");
    world.at("2026-09-29 00:00");
    world.fire();
    EXPECT_EQ(world.reload(notice).state, "completed");
}

TEST_P(NoticeTest, AnEarlyObjectionKeepsWhatWasLeft) {
    World world(GetParam());
    world.at("2026-09-01 10:00");
    const Notice notice = world.on_notice();
    const Objection objection = must(world.object(notice, World::objection_form())).objection;
    world.at("2026-09-03 10:00");
    must(world.decide(world.nanning, objection, "admit"));
    world.at("2026-09-07 10:00");
    must(world.decide(world.nanning, objection, "decide", "withdrawn", "异议人书面撤回。"));
    // 13 days and 14 hours were left on 3 September; they end with the 20th, a make-up working day.
    EXPECT_EQ(ends(world.reload(notice)), "2026-09-21 00:00");
}

TEST_P(NoticeTest, NoticesNotNeededAreRefused) {
    World world(GetParam());
    base::json::object body = terms();
    body["seller_side"] = "requester";
    const auto agreement = world.agreed(body);
    EXPECT_EQ(agreement.state, "agreed");
    EXPECT_EQ(code_of(world.publish(world.firm, agreement, world.draft())), "not_permitted");
    base::json::object listing = terms();
    listing["price_mode"] = "listing";
    listing["market_reference"] = "GX-2026-1";
    World second(GetParam());
    const auto listed = second.agreed(listing);
    EXPECT_EQ(code_of(second.publish(second.owner, listed, second.draft())), "notice_not_needed");
    EXPECT_TRUE(second.price_check(listed, "1.00"));
}

TEST_P(NoticeTest, ChangedTermsStartAnew) {
    World world(GetParam());
    world.at("2026-09-01 10:00");
    const Notice first = world.on_notice();
    const Objection objection = must(world.object(first, World::objection_form())).objection;
    world.at("2026-09-10 10:00");
    const auto agreement = world.agreement_of(first);
    contract::Contact contact;
    contact.id = agreement.contact;
    const auto changed =
        must(world.propose(world.firm, contact, terms("1300000.00"), agreement.version));
    EXPECT_EQ(world.reload(first).state, "ended");
    EXPECT_EQ(world.reload(first).end_reason, "supersede");
    EXPECT_EQ(world.reload(objection).state, "moot");
    EXPECT_EQ(facts(world, agreement.id.text()), "");
    const auto confirmed = must(world.confirm(world.owner, changed));
    const Notice second = must(world.publish(world.owner, confirmed, world.draft()));
    EXPECT_EQ(second.revision, 2);
    EXPECT_EQ(ends(second), "2026-09-29 00:00");  // a full period again
    EXPECT_EQ(second.price(), base::Money::yuan(1'300'000));
    world.at("2026-09-29 00:00");
    world.fire();
    EXPECT_EQ(world.reload(second).state, "completed");
    EXPECT_EQ(world.reload(first).state, "ended");
    EXPECT_EQ(code_of(world.price_check(agreement, "1200000.00")), "price_below_notice");
    EXPECT_TRUE(world.price_check(agreement, "1300000.00"));
}

TEST_P(NoticeTest, TermsChangedAfterTheNoticeNeedAnotherOne) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    world.at("2026-03-20 10:00");
    world.fire();
    const auto cleared = world.agreement_of(notice);
    ASSERT_EQ(cleared.state, "cleared");
    contract::Contact contact;
    contact.id = cleared.contact;
    must(world.propose(world.firm, contact, terms("900000.00"), cleared.version));
    EXPECT_EQ(facts(world, cleared.id.text()), "");
    EXPECT_EQ(code_of(world.price_check(cleared, "1200000.00")), "notice_incomplete");
}

TEST_P(NoticeTest, AnAbandonedDealEndsItsNotice) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    must(world.write<contract::Agreement>([&](store::Transaction& transaction) {
        return world.agreements.abandon(transaction, world.firm, notice.agreement, "资金没有到位",
                                        0);
    }));
    EXPECT_EQ(world.reload(notice).end_reason, "abandon");
    EXPECT_EQ(facts(world, notice.agreement.text()), "");
}

TEST_P(NoticeTest, TheSellerWithdrawsWithReasons) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    EXPECT_EQ(code_of(withdraw(world, world.firm, notice, "价格写错了")), "not_permitted");
    EXPECT_EQ(code_of(withdraw(world, world.nanning, notice, "价格写错了")), "not_permitted");
    EXPECT_EQ(code_of(withdraw(world, party::Actor::visitor(), notice, "价格写错了")),
              "not_signed_in");
    EXPECT_EQ(code_of(withdraw(world, world.owner, notice, "")), "text_missing");
    EXPECT_EQ(code_of(withdraw(world, world.owner, notice, "价格写错了", 99)), "version_stale");
    Notice other;
    other.id = base::Id<Notice>("01J00000000000000000000000");
    EXPECT_EQ(code_of(withdraw(world, world.owner, other, "价格写错了")), "price_notice_unknown");
    const Notice ended = must(withdraw(world, world.owner, notice, "价格写错了", notice.version));
    EXPECT_EQ(ended.state, "ended");
    EXPECT_EQ(world.agreement_of(notice).state, "notice_required");
    EXPECT_EQ(facts(world, notice.agreement.text()), "price.notice_required=1");
    EXPECT_EQ(code_of(withdraw(world, world.owner, notice, "价格写错了")), "wrong_state");
    EXPECT_EQ(must(world.publish(world.owner, world.agreement_of(notice), world.draft())).state,
              "published");
}

TEST_P(NoticeTest, NobodyMovesTheClockByHand) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    for (const char* transition : {"complete", "pause", "resume", "uphold", "correct"}) {
        EXPECT_EQ(code_of(world.write<Notice>([&](store::Transaction& transaction) {
                      return world.notices.advance(transaction, world.owner, notice.id,
                                                   {transition, "", "", {}}, 0);
                  })),
                  "not_permitted");
    }
}

TEST_P(NoticeTest, AContractKeepsToTheNotice) {
    World world(GetParam());
    const Notice notice = world.on_notice();
    const auto agreement = world.agreement_of(notice);
    EXPECT_EQ(code_of(world.price_check(agreement, "1200000.00")), "notice_incomplete");
    world.at("2026-03-20 10:00");
    world.fire();
    EXPECT_TRUE(world.price_check(agreement, "1200000.00"));
    EXPECT_TRUE(world.price_check(agreement, "1500000.00"));
    EXPECT_EQ(code_of(world.price_check(agreement, "1199999.99")), "price_below_notice");
    const auto in_dollars = world.database->read<void>([&](store::Reader& reader) {
        return Notices::check_contract_price(
            reader, agreement.id,
            must(base::Money::parse("1200000.00", must(base::Currency::parse("USD")))));
    });
    EXPECT_EQ(code_of(in_dollars), "price_currency_differs");
    EXPECT_EQ(code_of(world.price_check({}, "1.00")), "agreement_unknown");
}

TEST_P(NoticeTest, ListsRunningOnesNewestFirst) {
    World world(GetParam());
    const auto ids = [&](const Notices::Filter& filter) {
        return world.read<std::vector<std::string>>([&](store::Reader& reader) {
            std::vector<std::string> result;
            for (const Notice& notice : Notices::list(reader, filter))
                result.push_back(notice.id.text());
            return result;
        });
    };
    EXPECT_THAT(ids({}), ElementsAre());
    const Notice first = world.on_notice();
    must(withdraw(world, world.owner, first, "价格写错了"));
    world.database.clock().advance(base::seconds(1));
    const Notice second =
        must(world.publish(world.owner, world.agreement_of(first), world.draft()));
    EXPECT_THAT(ids({}), ElementsAre(second.id.text(), first.id.text()));
    EXPECT_THAT(ids({.state = "running"}), ElementsAre(second.id.text()));
    EXPECT_THAT(ids({.state = "ended"}), ElementsAre(first.id.text()));
    EXPECT_THAT(ids({.after = second.id.text()}), ElementsAre(first.id.text()));
    EXPECT_THAT(ids({.limit = 1}), ElementsAre(second.id.text()));
}

TEST(PersonalData, IsSeenByItsForm) {
    EXPECT_TRUE(has_personal_data("身份证 110101199003074578。"));
    EXPECT_TRUE(has_personal_data("11010119900307457X"));
    EXPECT_TRUE(has_personal_data("电话13800138000"));
    EXPECT_TRUE(has_personal_data("write to li@example.org"));
    EXPECT_FALSE(has_personal_data("专利 ZL202310123456.7，价格 1200000 元"));
    EXPECT_FALSE(has_personal_data("统一社会信用代码 91450100MA5K10001X"));
    EXPECT_FALSE(has_personal_data("单价 @ 3 元"));
    EXPECT_FALSE(has_personal_data(""));
}

TEST(NoticeProcesses, HaveNoFaults) {
    for (const workflow::Process& process : trade_test::all_processes()) {
        if (!process.code().starts_with("price_")) continue;
        EXPECT_THAT(process.faults(), ElementsAre()) << process.code();
    }
}

}  // namespace
}  // namespace trade
