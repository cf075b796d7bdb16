#include "catalog/entry.h"

#include <gtest/gtest.h>

#include "indicator/fact.h"
#include "party/inbox.h"
#include "workflow/history.h"
#include "world.h"

namespace catalog {
namespace {

class EntryTest : public support::DatabaseTest {
  protected:
    EntryTest() : world_(GetParam()) {}

    template <class T>
    static std::string outcome(const base::Result<T>& result) {
        return result ? "-> " + result->state : result.error().code;
    }
    static std::string cause(const base::Result<Entry>& result) {
        if (result || result.error().causes.empty()) return "";
        return result.error().causes[0].code + " " + result.error().causes[0].field;
    }
    std::vector<std::string> facts(const Entry& entry) {
        return *world_.database->read<std::vector<std::string>>(
            [&](store::Reader& reader) -> base::Result<std::vector<std::string>> {
                std::vector<std::string> kinds;
                for (const auto& fact : indicator::facts_of(reader, entry.id.text())) {
                    kinds.push_back(fact.kind + "/" + fact.class_code + "/" + fact.field + "/" +
                                    fact.place);
                }
                return kinds;
            });
    }
    std::vector<std::string> notices(const party::Actor& actor) {
        return *world_.database->read<std::vector<std::string>>(
            [&](store::Reader& reader) -> base::Result<std::vector<std::string>> {
                std::vector<std::string> keys;
                for (const auto& notice : party::Inbox::list(reader, actor.account, "", 50)) {
                    keys.push_back(notice.text_key);
                }
                return keys;
            });
    }

    test::World world_;
};

TEST_P(EntryTest, FromDraftToThePublic) {
    auto entry = world_.create(world_.owner, "achievement", test::achievement());
    ASSERT_TRUE(entry) << base::describe(entry.error());
    EXPECT_EQ(entry->state, "draft");
    EXPECT_EQ(entry->place, "450107");
    EXPECT_EQ(entry->title, "甘蔗混合汁陶瓷膜超滤澄清工艺");
    EXPECT_TRUE(entry->has_confidential);
    EXPECT_FALSE(entry->body.contains("confidential_detail"));

    // A draft is nobody else's business: not even that it exists.
    EXPECT_EQ(outcome(world_.read(party::Actor::visitor(), *entry)), "entry_not_found");
    EXPECT_EQ(outcome(world_.read(world_.firm, *entry)), "entry_not_found");
    EXPECT_EQ(outcome(world_.read(world_.liuzhou, *entry)), "entry_not_found");
    EXPECT_EQ(outcome(world_.read(world_.nanning, *entry)), "-> draft");

    EXPECT_EQ(outcome(world_.step(world_.owner, *entry, "submit")), "-> submitted");
    EXPECT_EQ(outcome(world_.step(world_.liuzhou, *entry, "publish")), "entry_not_found");
    EXPECT_EQ(
        outcome(world_.step(world_.nanning, *entry, "return", 0, "unclear", "请写明数字和条件")),
        "-> returned");
    EXPECT_EQ(notices(world_.owner), std::vector<std::string>{"notify.entry_return"});
    EXPECT_EQ(outcome(world_.step(world_.owner, *entry, "submit")), "-> submitted");
    auto published = world_.step(world_.nanning, *entry, "publish");
    ASSERT_EQ(outcome(published), "-> published");
    EXPECT_EQ(base::to_local_string(*published->valid_until), "2027-03-03 00:00");
    EXPECT_EQ(outcome(world_.read(party::Actor::visitor(), *entry)), "-> published");
    EXPECT_EQ(facts(*entry), std::vector<std::string>{"entry.published/achievement/7/450107"});
    EXPECT_EQ(world_.log(entry->id.text()),
              (std::vector<std::string>{"entry.opened", "entry.submit", "entry.return",
                                        "entry.submit", "entry.publish", "fact.recorded"}));
}

TEST_P(EntryTest, EachFormRefusalHasItsCode) {
    struct Row {
        std::string field;
        base::json::value value;
        std::string expected;
    };
    const std::vector<Row> table{
        {"title", base::json::string(std::string(81, 'x')), "field_too_long title.zh"},
        {"title", 7, "field_missing title.zh.text"},
        {"price", 3000000, "field_wrong_type price"},
        {"price", "three", "amount_malformed price"},
        {"price", "-1", "field_below_minimum price"},
        {"trl", "10", "field_not_an_option trl"},
        {"modes", base::json::array{"gift"}, "field_not_an_option modes.0"},
        {"cards_more", base::json::array{"C1", "C2", "C3"}, "field_too_long cards_more"},
        {"keywords", "one word", "field_wrong_type keywords.zh"},
        {"summary", base::json::string(std::string("a\0b", 3)),
         "field_control_characters summary.zh"},
        {"colour", "red", "field_unknown colour"},
    };
    for (const Row& row : table) {
        base::json::object body = test::achievement();
        body[row.field] = row.value;
        auto made = world_.create(world_.owner, "achievement", body);
        ASSERT_FALSE(made) << row.field;
        EXPECT_EQ(made.error().code, "form_invalid");
        if (row.field == "title" && row.value.is_int64()) continue;
        EXPECT_EQ(cause(made), row.expected);
    }
    EXPECT_EQ(outcome(world_.create(world_.owner, "unicorn", {})), "kind_unknown");
    EXPECT_EQ(outcome(world_.create(party::Actor::visitor(), "achievement", {})),
              "organisation_missing");
    EXPECT_EQ(outcome(world_.create(world_.actor("x", "registrar", "", world_.university),
                                    "achievement", {})),
              "not_permitted");
    EXPECT_EQ(world_.count("SELECT COUNT(*) FROM catalog_entry"), 0);
    EXPECT_EQ(world_.count("SELECT COUNT(*) FROM workflow_case"), 0);
}

TEST_P(EntryTest, ADraftMayBeIncompleteASubmissionMayNot) {
    auto entry = world_.create(world_.owner, "achievement", {{"title", "只有题目"}});
    ASSERT_TRUE(entry);
    auto submitted = world_.step(world_.owner, *entry, "submit");
    ASSERT_EQ(outcome(submitted), "form_invalid");
    EXPECT_EQ(cause(submitted), "field_missing summary");
    EXPECT_EQ(world_.stored(*entry).state, "draft");
}

TEST_P(EntryTest, AnUnverifiedOrganisationMayWriteButNotSubmit) {
    auto young =
        world_.organisation("新单位", party::OrganisationKind::enterprise, "450102", false);
    party::Actor member = world_.actor("young", "applicant", "", young);
    auto entry = world_.create(member, "demand", test::demand());
    ASSERT_TRUE(entry);
    EXPECT_EQ(outcome(world_.step(member, *entry, "submit")), "organisation_not_verified");
}

TEST_P(EntryTest, EditsNeedTheVersionThatWasRead) {
    auto entry = world_.create(world_.owner, "achievement", test::achievement());
    ASSERT_TRUE(entry);
    auto edited = world_.update(world_.owner, *entry, test::achievement("新题目"), 1);
    ASSERT_TRUE(edited) << base::describe(edited.error());
    EXPECT_EQ(edited->version, 2);
    EXPECT_EQ(edited->title, "新题目");
    auto stale = world_.update(world_.owner, *entry, test::achievement("更新的题目"), 1);
    EXPECT_EQ(outcome(stale), "version_stale");
    EXPECT_EQ(stale.error().parameters.at("version"), "2");
    // The same content again changes nothing.
    EXPECT_EQ(world_.update(world_.owner, *entry, test::achievement("新题目"), 2)->version, 2);
    EXPECT_EQ(outcome(world_.update(world_.firm, *entry, test::achievement(), 2)),
              "entry_not_found");
    EXPECT_EQ(outcome(world_.update(world_.nanning, *entry, test::achievement(), 2)),
              "not_permitted");
    EXPECT_EQ(outcome(world_.step(world_.owner, *entry, "submit", 1)), "version_stale");
    EXPECT_EQ(outcome(world_.step(world_.owner, *entry, "submit", 2)), "-> submitted");
    EXPECT_EQ(outcome(world_.update(world_.owner, *entry, test::achievement("x"), 3)),
              "entry_not_editable");

    auto history =
        *world_.database->read<std::vector<workflow::HistoryEntry>>([&](store::Reader& reader) {
            return base::Result<std::vector<workflow::HistoryEntry>>(
                workflow::history_of(reader, entry->id.text()));
        });
    ASSERT_EQ(history.size(), 1u);
    EXPECT_EQ(history[0].changes[0].field, "title");
    EXPECT_EQ(history[0].actor_name, "owner");
}

TEST_P(EntryTest, TwoOfficersDecidingAtOnce) {
    auto entry = world_.create(world_.owner, "achievement", test::achievement());
    ASSERT_TRUE(world_.step(world_.owner, *entry, "submit"));
    EXPECT_EQ(outcome(world_.step(world_.nanning, *entry, "publish", 2)), "-> published");
    EXPECT_EQ(outcome(world_.step(world_.actor("b", "officer", "450107"), *entry, "return", 2,
                                  "unclear", "请写明数字")),
              "version_stale");
    EXPECT_EQ(outcome(world_.step(world_.firm, *entry, "withdraw", 2, "wrong")), "not_permitted");
}

TEST_P(EntryTest, ConfidentialTextIsSealedAndKeptFromThoseWhoMayNotReadIt) {
    auto entry = world_.create(world_.owner, "achievement", test::achievement());
    auto row = *world_.database->read<std::string>([&](store::Reader& reader) {
        return base::Result<std::string>(
            reader.first("SELECT confidential || body FROM catalog_entry")->text(0));
    });
    EXPECT_EQ(row.find("膜孔径"), std::string::npos);
    auto opened = [&] {
        return base::text_at(*world_.database->read<base::json::object>([&](store::Reader& reader) {
            return world_.entries.confidential(reader, world_.stored(*entry));
        }),
                             "confidential_detail");
    };
    EXPECT_EQ(opened(), "膜孔径 50 nm，清洗液配方见附件");

    // A market operator may edit but not read it: what it cannot see it cannot erase.
    party::Actor operator_ = world_.actor("op", "market_operator", "", world_.university);
    base::json::object body = test::achievement("经办人改过的题目");
    body.erase("confidential_detail");
    ASSERT_TRUE(world_.update(operator_, *entry, body));
    EXPECT_EQ(opened(), "膜孔径 50 nm，清洗液配方见附件");
    // The owner's transfer officer erases it by leaving it out.
    ASSERT_TRUE(world_.update(world_.owner, *entry, body));
    EXPECT_EQ(opened(), "");
    EXPECT_FALSE(world_.stored(*entry).has_confidential);
}

TEST_P(EntryTest, APublishedEntryTakesTranslationsOnly) {
    Entry entry = world_.published(world_.owner, "achievement", test::achievement());
    base::json::object body = entry.body;
    body["confidential_detail"] = "膜孔径 50 nm，清洗液配方见附件";
    body["title"].as_object()["en"] = "Clarification of cane juice";
    auto translated = world_.update(world_.owner, entry, body);
    ASSERT_TRUE(translated) << base::describe(translated.error());
    body["problem"] = "别的问题";
    EXPECT_EQ(outcome(world_.update(world_.owner, entry, body)), "entry_not_editable");

    // Taken down to revise, the change makes the translation stale, and publishing counts once.
    ASSERT_EQ(outcome(world_.step(world_.owner, entry, "revise")), "-> draft");
    body["problem"] = "别的问题";
    body["title"].as_object()["zh"] = "改过的题目";
    auto revised = world_.update(world_.owner, entry, body);
    ASSERT_TRUE(revised);
    EXPECT_EQ(base::text_at(revised->body.at("title").at("en").as_object(), "state"), "stale");
    ASSERT_TRUE(world_.step(world_.owner, entry, "submit"));
    ASSERT_TRUE(world_.step(world_.nanning, entry, "publish"));
    EXPECT_EQ(facts(entry).size(), 1u);
}

TEST_P(EntryTest, ExpiresAfterAReminderAndCanBeRenewed) {
    Entry entry = world_.published(world_.owner, "achievement", test::achievement());
    EXPECT_EQ(world_.entries.expire_due(*world_.database), 0);
    world_.database.clock().set(*base::parse_local("2027-02-01 00:00"));
    EXPECT_EQ(world_.entries.expire_due(*world_.database), 1);
    EXPECT_EQ(world_.entries.expire_due(*world_.database), 0);
    EXPECT_EQ(notices(world_.owner)[0], "notify.entry_expiring");
    EXPECT_EQ(world_.log(entry.id.text()).back(), "entry.validity_reminded");

    world_.database.clock().set(*base::parse_local("2027-03-03 00:00"));
    EXPECT_EQ(world_.entries.expire_due(*world_.database), 1);
    EXPECT_EQ(world_.entries.expire_due(*world_.database), 0);
    EXPECT_EQ(world_.stored(entry).state, "expired");
    EXPECT_EQ(outcome(world_.read(party::Actor::visitor(), entry)), "-> expired");
    EXPECT_EQ(facts(entry).back(), "entry.expired/achievement/7/450107");

    auto renewed = world_.step(world_.owner, entry, "renew");
    ASSERT_EQ(outcome(renewed), "-> published");
    EXPECT_EQ(base::to_local_string(*renewed->valid_until), "2028-03-04 00:00");
    EXPECT_EQ(facts(entry).size(), 2u);
}

TEST_P(EntryTest, WithdrawalNeedsAReasonAndIsFinal) {
    Entry entry = world_.published(world_.owner, "achievement", test::achievement());
    world_.database.clock().advance(base::days(1));
    EXPECT_EQ(outcome(world_.step(world_.owner, entry, "withdraw")), "reason_missing");
    EXPECT_EQ(outcome(world_.step(world_.owner, entry, "withdraw", 0, "bored")), "reason_unknown");
    EXPECT_EQ(outcome(world_.step(world_.owner, entry, "withdraw", 0, "transferred")),
              "-> withdrawn");
    EXPECT_EQ(outcome(world_.step(world_.owner, entry, "withdraw", 0, "transferred")),
              "wrong_state");
    EXPECT_EQ(outcome(world_.read(party::Actor::visitor(), entry)), "entry_not_found");
    EXPECT_EQ(facts(entry).back(), "entry.withdrawn/achievement/7/450107");
}

TEST_P(EntryTest, OtherModulesMoveItAlong) {
    Entry entry = world_.published(world_.owner, "achievement", test::achievement());
    auto follow = [&](Outcome outcome) {
        auto done = world_.database->write<void>([&](store::Transaction& transaction) {
            return world_.entries.follow_up(transaction, entry.id, outcome);
        });
        return done ? world_.stored(entry).state : done.error().code;
    };
    EXPECT_EQ(follow(Outcome::closed), "wrong_state");
    EXPECT_EQ(follow(Outcome::matched), "matched");
    EXPECT_EQ(follow(Outcome::matched), "matched");
    EXPECT_EQ(follow(Outcome::unmatched), "published");
    EXPECT_EQ(follow(Outcome::contracted), "contracted");
    EXPECT_EQ(follow(Outcome::reopened), "published");
    EXPECT_EQ(follow(Outcome::contracted), "contracted");
    EXPECT_EQ(follow(Outcome::closed), "closed");
    // A matched entry does not expire while people negotiate.
    Entry other = world_.published(world_.owner, "achievement", test::achievement("另一项"));
    ASSERT_TRUE(world_.database->write<void>([&](store::Transaction& transaction) {
        return world_.entries.follow_up(transaction, other.id, Outcome::matched);
    }));
    world_.database.clock().advance(base::days(500));
    ASSERT_TRUE(world_.entries.expire_due(*world_.database));
    EXPECT_EQ(world_.stored(other).state, "matched");
}

TEST_P(EntryTest, PublicReportsAreEnteredByTheSystem) {
    EntryDraft draft;
    draft.kind = "demand";
    draft.owner = world_.company;
    draft.body = {{"title", "汽车车身材料技术"}, {"card", "C2"}, {"source", "public_report"}};
    draft.is_sample = true;
    auto entry = world_.create(party::Actor::system(), draft);
    ASSERT_TRUE(entry) << base::describe(entry.error());
    EXPECT_EQ(outcome(world_.step(world_.firm, *entry, "report")), "not_permitted");
    EXPECT_EQ(outcome(world_.step(party::Actor::system(), *entry, "report")), "-> published");
    EXPECT_EQ(outcome(world_.read(party::Actor::visitor(), *entry)), "-> published");
    EXPECT_TRUE(world_.stored(*entry).is_sample);
}

TEST_P(EntryTest, VisibilityOfADemand) {
    struct Row {
        std::string visibility, visitor, signed_in;
        bool visitor_sees_owner;
    };
    for (const Row& row : {Row{"public", "-> published", "-> published", true},
                           Row{"platform", "entry_not_found", "-> published", true},
                           Row{"anonymous", "-> published", "-> published", false},
                           Row{"parties", "entry_not_found", "entry_not_found", true}}) {
        base::json::object body = test::demand();
        body["visibility"] = row.visibility;
        Entry entry = world_.published(world_.firm, "demand", body);
        EXPECT_EQ(outcome(world_.read(party::Actor::visitor(), entry)), row.visitor);
        EXPECT_EQ(outcome(world_.read(world_.owner, entry)), row.signed_in);
        EXPECT_EQ(outcome(world_.read(world_.firm, entry)), "-> published");
        EXPECT_EQ(world_.entries.may_see_owner(party::Actor::visitor(), entry),
                  row.visitor_sees_owner)
            << row.visibility;
        EXPECT_TRUE(world_.entries.may_see_owner(world_.firm, entry));
    }
}

TEST_P(EntryTest, DuplicatesAreFoundAcrossOwners) {
    base::json::object body = test::achievement();
    body["ip"] = base::json::array{
        base::json::object{{"kind", "patent_invention"}, {"number", "ZL202010123456.7"}}};
    Entry first = world_.published(world_.owner, "achievement", body);
    body["title"] = "完全不同的名字";
    body["ip"].as_array()[0].as_object()["number"] = "zl 2020 1 0123456.7";
    auto same_number = world_.create(world_.firm, "achievement", body);
    auto same_title = world_.create(world_.owner, "achievement", test::achievement());
    auto unlike =
        world_.create(world_.owner, "achievement", test::achievement("香蕉抗枯萎病新品种选育"));
    auto reason = [&](const Entry& entry) {
        auto found = *world_.database->read<std::vector<Duplicate>>([&](store::Reader& reader) {
            return base::Result<std::vector<Duplicate>>(world_.entries.duplicates(reader, entry));
        });
        return found.empty() ? "" : std::string(to_string(found[0].reason));
    };
    EXPECT_EQ(reason(*same_number), "same_number");
    EXPECT_EQ(reason(*same_title), "same_title");
    EXPECT_EQ(reason(*unlike), "");
    ASSERT_TRUE(world_.step(world_.owner, first, "withdraw", 0, "wrong"));
    EXPECT_EQ(reason(*same_number), "");
}

TEST_P(EntryTest, ListsArePagedNewestFirst) {
    std::vector<std::string> made;
    for (int i = 0; i < 5; ++i) {
        made.push_back(
            world_
                .create(world_.owner, "achievement", {{"title", "第" + std::to_string(i) + "项"}})
                ->id.text());
        world_.database.clock().advance(base::milliseconds(5));
    }
    ASSERT_TRUE(world_.create(world_.firm, "demand", test::demand()));
    auto list = [&](EntryFilter filter) {
        return *world_.database->read<std::vector<Entry>>([&](store::Reader& reader) {
            return base::Result<std::vector<Entry>>(Entries::list(reader, filter));
        });
    };
    EntryFilter mine;
    mine.owner = world_.university;
    mine.limit = 2;
    auto page = list(mine);
    ASSERT_EQ(page.size(), 2u);
    EXPECT_EQ(page[0].id.text(), made[4]);
    mine.before = page[1].id.text();
    EXPECT_EQ(list(mine)[0].id.text(), made[2]);
    EntryFilter liuzhou;
    liuzhou.place = "450200";
    EXPECT_EQ(list(liuzhou).size(), 1u);
    liuzhou.kind = "achievement";
    EXPECT_EQ(list(liuzhou).size(), 0u);
    EntryFilter drafts;
    drafts.state = "draft";
    EXPECT_EQ(list(drafts).size(), 6u);
}

ON_BOTH_DATABASES(EntryTest);

}  // namespace
}  // namespace catalog
