#include "workflow/case.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "base/yaml.h"
#include "people.h"
#include "store/change_log.h"
#include "support/database_fixture.h"
#include "workflow/migrations.h"

namespace workflow {
namespace {

constexpr std::string_view review_yaml = R"(
process: review
version: 1
title: {zh: 审核, en: Review}
initial: draft
states:
  draft: {title: {zh: 草稿, en: Draft}, waits_for: ["*@own"]}
  submitted:
    title: {zh: 待审, en: Submitted}
    waits_for: [officer@place]
    clock:
      working_days: 10
      remind_before: 2
      on_due: {escalate_to: officer}
      source: test
  offered:
    title: {zh: 已发布, en: Offered}
    public: yes
    clock: {calendar_days: 30, on_due: {transition: lapse}, source: test}
  lapsed: {title: {zh: 过期, en: Lapsed}, final: yes}
transitions:
  submit: {title: 提交, from: draft, to: submitted, who: "*@own"}
  return:
    title: 退回
    from: submitted
    to: draft
    who: officer@place
    reasons: why
    needs_text: yes
  publish: {title: 发布, from: submitted, to: offered, who: officer@place, effects: [note]}
  lapse: {title: 过期, from: offered, to: lapsed, who: clock, effects: [note]}
)";

std::vector<store::Migration> schema() {
    auto steps = migrations();
    return {steps.begin(), steps.end()};
}

Codes why() {
    Codes codes;
    auto added = codes.add(*base::Yaml::parse(
        "{list: why, codes: [{code: unclear, label: 不清}, {code: other, label: 其他}]}", "why"));
    EXPECT_TRUE(added);
    return codes;
}

Event event(std::string transition, std::string reason = {}, std::string text = {}) {
    return {std::move(transition), std::move(reason), std::move(text), {}};
}

class CaseTest : public support::DatabaseTest {
  protected:
    CaseTest()
        : calendar_(*base::WorkCalendar::load(std::filesystem::path(GUIQIAO_SOURCE_DIR) /
                                              "regions/guangxi/calendar")),
          codes_(why()),
          cases_({*Process::from(*base::Yaml::parse(review_yaml, "review.yaml"))}, codes_,
                 calendar_),
          database_(GetParam(), schema()) {
        cases_.effect("note",
                      [this](store::Transaction&, const party::Actor&, const Case& item,
                             const Event&) -> base::Status {
                          if (refuse_effects_)
                              return base::refuse(base::conflict("effect_refused"));
                          noted_ = item.current.state;
                          return {};
                      });
    }

    base::Result<Case> open(std::string subject, std::string place = "450102") {
        return database_->write<Case>([&](store::Transaction& transaction) {
            return cases_.open(transaction, test::owner(),
                               {"review", subject, "标题" + subject, test::standing(place)});
        });
    }
    base::Result<Case> advance(std::string subject, const party::Actor& actor, const Event& what,
                               std::int64_t version = 0) {
        return database_->write<Case>([&](store::Transaction& transaction) {
            return cases_.advance(transaction, actor, "review", subject, what, version);
        });
    }
    std::string outcome(const base::Result<Case>& result) {
        return result ? "-> " + result->current.state : result.error().code;
    }
    std::string state(std::string subject) {
        return (*read<std::optional<Case>>(
                    [&](store::Reader& reader) { return cases_.find(reader, "review", subject); }))
            ->current.state;
    }
    template <class T>
    base::Result<T> read(std::function<base::Result<T>(store::Reader&)> work) {
        return database_->read<T>(std::move(work));
    }
    std::string queue(const party::Actor& actor, QueueFilter filter = {}) {
        return *read<std::string>([&](store::Reader& reader) -> base::Result<std::string> {
            std::string result;
            for (const QueueItem& item : cases_.queue(reader, actor, filter)) {
                result += item.item.subject + " ";
            }
            return result;
        });
    }
    std::vector<std::string> log(std::string subject) {
        return *read<std::vector<std::string>>(
            [&](store::Reader& reader) -> base::Result<std::vector<std::string>> {
                std::vector<std::string> actions;
                for (const store::LogRow& row : store::changes_of(reader, subject)) {
                    actions.push_back(row.change.action);
                }
                return actions;
            });
    }

    base::WorkCalendar calendar_;
    Codes codes_;
    Cases cases_;
    support::TestDatabase database_;
    std::string noted_;
    std::atomic<bool> refuse_effects_ = false;
};

const party::Actor nanning = test::officer("450100");
const party::Actor liuzhou = test::officer("450200");
const party::Actor xingning = test::officer("450102");
const party::Actor region_officer = test::officer("450000");

TEST_P(CaseTest, MovesThroughItsProcessAndKeepsEachDecision) {
    ASSERT_EQ(outcome(open("A")), "-> draft");
    EXPECT_EQ(outcome(open("A")), "case_exists");
    EXPECT_EQ(outcome(advance("A", test::other_owner(), event("submit"))), "not_permitted");
    EXPECT_EQ(outcome(advance("A", test::owner(), event("submit"))), "-> submitted");
    EXPECT_EQ(outcome(advance("A", nanning, event("return", "unclear", "看不出解决什么问题"))),
              "-> draft");
    EXPECT_EQ(outcome(advance("A", test::owner(), event("submit"))), "-> submitted");
    EXPECT_EQ(outcome(advance("A", nanning, event("publish"))), "-> offered");
    EXPECT_EQ(noted_, "offered");
    EXPECT_EQ(outcome(advance("B", nanning, event("publish"))), "case_not_found");

    auto decisions = *read<std::vector<Decision>>(
        [&](store::Reader& reader) { return cases_.decisions(reader, "review", "A"); });
    ASSERT_EQ(decisions.size(), 4u);
    EXPECT_EQ(decisions[1].transition, "return");
    EXPECT_EQ(decisions[1].from, "submitted");
    EXPECT_EQ(decisions[1].to, "draft");
    EXPECT_EQ(decisions[1].reason, "unclear");
    EXPECT_EQ(decisions[1].text, "看不出解决什么问题");
    EXPECT_EQ(decisions[1].actor_name, nanning.name);
    EXPECT_EQ(log("A"), (std::vector<std::string>{"review.opened", "review.submit", "review.return",
                                                  "review.submit", "review.publish"}));
}

TEST_P(CaseTest, TheLogHoldsACommitmentNotTheWords) {
    ASSERT_TRUE(open("A"));
    ASSERT_TRUE(advance("A", test::owner(), event("submit")));
    ASSERT_TRUE(advance("A", nanning, event("return", "unclear", "张三的电话号码写错了")));
    auto rows = *read<std::vector<store::LogRow>>(
        [&](store::Reader& reader) { return store::changes_of(reader, "A"); });
    EXPECT_EQ(rows.back().change.payload.find("张三"), std::string::npos);
    EXPECT_NE(rows.back().change.payload.find("\"reason\":\"unclear\""), std::string::npos);
    EXPECT_NE(rows.back().change.payload.find("\"commitment\""), std::string::npos);
    EXPECT_EQ(rows.back().change.place, "450102");
}

TEST_P(CaseTest, ARefusedEffectUndoesTheStep) {
    ASSERT_TRUE(open("A"));
    ASSERT_TRUE(advance("A", test::owner(), event("submit")));
    refuse_effects_ = true;
    EXPECT_EQ(outcome(advance("A", nanning, event("publish"))), "effect_refused");
    EXPECT_EQ(state("A"), "submitted");
    EXPECT_EQ(log("A").size(), 2u);
    EXPECT_EQ(queue(nanning), "A ");
}

TEST_P(CaseTest, OfTwoOfficersDecidingAtOnceTheSecondLearnsWhy) {
    ASSERT_TRUE(open("A"));
    std::int64_t seen = advance("A", test::owner(), event("submit"))->version;
    std::string first;
    std::string second;
    {
        std::jthread one([&] { first = outcome(advance("A", nanning, event("publish"), seen)); });
        std::jthread two([&] {
            second =
                outcome(advance("A", xingning, event("return", "other", "请补充数据来源"), seen));
        });
    }
    bool first_won = first == "-> offered" && second == "version_stale";
    bool second_won = second == "-> draft" && first == "version_stale";
    EXPECT_TRUE(first_won || second_won) << first << " / " << second;
    EXPECT_EQ(outcome(advance("A", test::other_owner(), event("submit"), 1)), "not_permitted");
}

TEST_P(CaseTest, QueuesFollowPlaceRoleAndState) {
    for (auto [subject, place] : {std::pair{"A", "450102"}, {"B", "450103"}, {"C", "450202"}}) {
        ASSERT_TRUE(open(subject, place));
        database_.clock().advance(base::minutes(1));
    }
    EXPECT_EQ(queue(test::owner()), "A B C ");
    EXPECT_EQ(queue(nanning), "");
    for (const char* subject : {"C", "B", "A"}) {
        ASSERT_TRUE(advance(subject, test::owner(), event("submit")));
        database_.clock().advance(base::days(1));
    }
    EXPECT_EQ(queue(test::owner()), "");
    EXPECT_EQ(queue(test::other_owner()), "");
    EXPECT_EQ(queue(nanning), "B A ");  // earliest due first
    EXPECT_EQ(queue(xingning), "A ");
    EXPECT_EQ(queue(liuzhou), "C ");
    EXPECT_EQ(queue(region_officer), "C B A ");
    EXPECT_EQ(queue(party::Actor::visitor()), "");
    EXPECT_EQ(queue(test::actor("registrar", "registrar", "450100")), "");
    EXPECT_EQ(queue(region_officer, {.process = "other", .after = {}}), "");

    // An actor with two grants that overlap sees each case once.
    party::Actor both = nanning;
    both.grants.push_back({"officer", "450000", {}});
    EXPECT_EQ(queue(both), "C B A ");

    ASSERT_TRUE(advance("B", nanning, event("publish")));
    EXPECT_EQ(queue(nanning), "A ");
}

TEST_P(CaseTest, QueuesArePagedByACursor) {
    ASSERT_TRUE(database_->write<void>([&](store::Transaction& transaction) -> base::Status {
        for (int i = 0; i < 25; ++i) {
            std::string subject = "S" + std::to_string(100 + i);
            TRY(cases_.open(transaction, test::owner(),
                            {"review", subject, subject, test::standing()}));
            TRY(cases_.advance(transaction, test::owner(), "review", subject, event("submit")));
        }
        return {};
    }));
    std::string all;
    QueueFilter filter{.process = {}, .after = {}, .limit = 10};
    std::vector<std::size_t> pages;
    while (true) {
        auto items = *read<std::vector<QueueItem>>(
            [&](store::Reader& reader) { return cases_.queue(reader, nanning, filter); });
        if (items.empty()) break;
        pages.push_back(items.size());
        for (const QueueItem& item : items)
            all += item.item.subject;
        filter.after = Cases::cursor_of(items.back().item);
        filter.process = "review";  // the same order with and without the filter
        EXPECT_EQ(items[0].transitions, (std::vector<std::string>{"return", "publish"}));
    }
    EXPECT_EQ(pages, (std::vector<std::size_t>{10, 10, 5}));
    std::string expected;
    for (int i = 0; i < 25; ++i)
        expected += "S" + std::to_string(100 + i);
    EXPECT_EQ(all, expected);
    EXPECT_EQ(*read<std::int64_t>(
                  [&](store::Reader& reader) { return cases_.queue_length(reader, nanning); }),
              25);
    EXPECT_TRUE(Cases::check_cursor(filter.after));
    for (const char* bad : {"x", "1.2.3", "1.2.p.s.t", "a.2.p.s", "1.-.p.s"}) {
        EXPECT_EQ(Cases::check_cursor(bad).error().code, "cursor_malformed") << bad;
    }
}

TEST_P(CaseTest, TheClockRemindsEscalatesAndTakesTransitionsOnce) {
    ASSERT_TRUE(open("A"));
    ASSERT_TRUE(advance("A", test::owner(), event("submit")));  // due 2026-03-17 00:00
    EXPECT_EQ(cases_.fire_due(*database_), 0);

    database_.clock().set(*base::parse_local("2026-03-12 00:00"));
    EXPECT_EQ(cases_.fire_due(*database_), 1);
    EXPECT_EQ(cases_.fire_due(*database_), 0);
    EXPECT_EQ(log("A").back(), "review.reminded");

    database_.clock().set(*base::parse_local("2026-03-17 00:00"));
    EXPECT_EQ(cases_.fire_due(*database_), 1);
    EXPECT_EQ(cases_.fire_due(*database_), 0);
    EXPECT_EQ(log("A").back(), "review.escalated");
    auto rows = *read<std::vector<store::LogRow>>(
        [&](store::Reader& reader) { return store::changes_of(reader, "A"); });
    EXPECT_NE(rows.back().change.payload.find("\"place\":\"450100\""), std::string::npos);
    auto late = *read<std::optional<Case>>(
        [&](store::Reader& reader) { return cases_.find(reader, "review", "A"); });
    EXPECT_EQ(late->escalation, 1);
    EXPECT_EQ(base::to_local_string(*late->current.due), "2026-03-17 00:00");

    // Ten working days later the region hears of it, then nobody is left to tell.
    database_.clock().set(*base::parse_local("2026-04-01 00:00"));
    EXPECT_EQ(cases_.fire_due(*database_), 1);
    EXPECT_EQ(queue(region_officer), "A ");
    database_.clock().set(*base::parse_local("2026-04-30 00:00"));
    EXPECT_EQ(cases_.fire_due(*database_), 1);
    database_.clock().set(*base::parse_local("2026-06-30 00:00"));
    EXPECT_EQ(cases_.fire_due(*database_), 0);

    // A late decision is still a decision, made on the version read before the escalation.
    EXPECT_EQ(outcome(advance("A", xingning, event("publish"), 2)), "-> offered");
    database_.clock().set(*base::parse_local("2026-07-31 00:00"));
    EXPECT_EQ(cases_.fire_due(*database_), 1);
    EXPECT_EQ(cases_.fire_due(*database_), 0);
    EXPECT_EQ(state("A"), "lapsed");
    EXPECT_EQ(noted_, "lapsed");
    EXPECT_EQ(log("A").back(), "review.lapse");
}

// Ten working days after 28 December, by the law alone; then the announcement gives 4 and 5 January
// off for a worked Saturday in the next week.
TEST_P(CaseTest, AnAnnouncementLengthensAClockThatWasSetBeforeIt) {
    database_.clock().set(*base::parse_local("2026-12-28 09:00"));
    ASSERT_TRUE(open("A"));
    ASSERT_TRUE(advance("A", test::owner(), event("submit")));
    const auto found = [this] {
        return **read<std::optional<Case>>(
            [&](store::Reader& reader) { return cases_.find(reader, "review", "A"); });
    };
    EXPECT_EQ(base::to_local_string(*found().current.due), "2027-01-13 00:00");
    EXPECT_EQ(found().provisional_year, 2027);
    EXPECT_EQ(cases_.fire_due(*database_), 0);

    calendar_.add_year(2027, {{2027, 1, 1}, {2027, 1, 4}, {2027, 1, 5}}, {{2027, 1, 9}});
    EXPECT_EQ(cases_.fire_due(*database_), 1);
    EXPECT_EQ(base::to_local_string(*found().current.due), "2027-01-14 00:00");
    EXPECT_EQ(found().provisional_year, 0);
    EXPECT_EQ(log("A").back(), "review.due_announced");
    EXPECT_EQ(cases_.fire_due(*database_), 0);
    database_.clock().set(*base::parse_local("2027-01-13 00:00"));
    EXPECT_EQ(cases_.fire_due(*database_), 1);  // the reminder; not yet late
    EXPECT_EQ(log("A").back(), "review.reminded");
    database_.clock().set(*base::parse_local("2027-01-14 00:00"));
    EXPECT_EQ(cases_.fire_due(*database_), 1);
    EXPECT_EQ(log("A").back(), "review.escalated");
}

TEST_P(CaseTest, ARefusedDueTransitionIsTriedAgainAnHourLater) {
    ASSERT_TRUE(open("A"));
    ASSERT_TRUE(advance("A", test::owner(), event("submit")));
    ASSERT_TRUE(advance("A", nanning, event("publish")));
    refuse_effects_ = true;
    database_.clock().advance(base::days(40));
    EXPECT_EQ(cases_.fire_due(*database_), 0);
    EXPECT_EQ(cases_.fire_due(*database_), 0);
    EXPECT_EQ(log("A").back(), "review.due_refused");
    refuse_effects_ = false;
    EXPECT_EQ(cases_.fire_due(*database_), 0);
    database_.clock().advance(base::hours(1));
    EXPECT_EQ(cases_.fire_due(*database_), 1);
    EXPECT_EQ(state("A"), "lapsed");
}

TEST_P(CaseTest, RestatingMovesACaseToAnotherQueue) {
    ASSERT_TRUE(open("A"));
    ASSERT_TRUE(advance("A", test::owner(), event("submit")));
    ASSERT_TRUE(database_->write<void>([&](store::Transaction& transaction) {
        return cases_.restate(transaction, "review", "A", "新标题", test::standing("450202"));
    }));
    EXPECT_EQ(queue(nanning), "");
    EXPECT_EQ(queue(liuzhou), "A ");
    EXPECT_EQ(outcome(advance("A", nanning, event("publish"))), "not_permitted");
    EXPECT_EQ(log("A").back(), "review.restated");
}

TEST_P(CaseTest, RestatingIsNoStep) {
    ASSERT_TRUE(open("A"));
    const auto restate = [&](const char* title) {
        return database_->write<void>([&](store::Transaction& transaction) {
            return cases_.restate(transaction, "review", "A", title, test::standing("450102"));
        });
    };
    const auto version = [&] {
        return *database_->read<std::int64_t>([&](store::Reader& reader) {
            return base::Result<std::int64_t>(cases_.find(reader, "review", "A")->version);
        });
    };
    const std::int64_t before = version();
    ASSERT_TRUE(restate("改过的标题"));
    EXPECT_EQ(version(), before) << "saving a draft is no step: a second tab may still take one";
    const std::size_t logged = log("A").size();
    ASSERT_TRUE(restate("改过的标题"));
    EXPECT_EQ(log("A").size(), logged) << "nothing changed, nothing to say";
}

TEST(Cases, NamesEffectsThatNobodyRegistered) {
    Codes codes;
    base::WorkCalendar calendar;
    Cases cases({*Process::from(*base::Yaml::parse(review_yaml, "review.yaml"))}, codes, calendar);
    EXPECT_EQ(cases.missing_effects(), std::vector<std::string>{"note"});
    cases.effect("note", nullptr);
    EXPECT_TRUE(cases.missing_effects().empty());
}

ON_BOTH_DATABASES(CaseTest);

}  // namespace
}  // namespace workflow
