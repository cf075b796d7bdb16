// Pairs of a site: what is remembered of an item never outlives a change of what it was read from.
#include "match/entry_items.h"

#include <gtest/gtest.h>

#include "catalog/world.h"
#include "match/desk.h"
#include "match/learning.h"
#include "match/migrations.h"
#include "match/owners.h"
#include "match/survey.h"
#include "store/change_log.h"

namespace match {
namespace {

std::shared_ptr<const Lexicon> small_lexicon() {
    auto lexicon = std::make_shared<Lexicon>();
    CHECK(
        lexicon->add_rows("concept\tlanguage\tterm\trelation\tcard\tsource\n"
                          "method.membrane\tzh\t陶瓷膜\texact\tC1\tt\n",
                          "small"));
    CHECK(lexicon->finish());
    return lexicon;
}

TEST(Pairing, DoesNotRememberWhatWasReadBeforeAChange) {
    Item demand;
    demand.id = "d";
    demand.kind = ItemKind::demand;
    demand.title = "陶瓷膜澄清";
    demand.owner = "company";
    Item old;
    old.id = "a";
    old.title = "陶瓷膜澄清";
    old.owner = "university";
    Item changed = old;
    changed.is_secret = true;
    Pairing* pairing = nullptr;
    int reads = 0;
    Pairing made(small_lexicon(), [&](std::string_view) -> std::optional<Item> {
        // While the old item is being read, somebody else publishes the changed one.
        if (++reads == 1) {
            pairing->put(changed);
            return old;
        }
        return changed;
    });
    pairing = &made;
    made.put(old);
    EXPECT_EQ(made.partners_of(demand, {2026, 1, 1}).size(), 1U);
    EXPECT_TRUE(made.partners_of(demand, {2026, 1, 1}).empty());
}

class OfEntries : public support::DatabaseTest {
  protected:
    OfEntries() {
        achievement_ = world_.published(world_.owner, "achievement", catalog::test::achievement());
        base::json::object wanted = catalog::test::demand();
        wanted["title"] = "甘蔗混合汁澄清要用陶瓷膜";
        wanted["deadline"] = "2099-12-31";
        wanted["keywords"] = {"陶瓷膜", "无硫糖"};
        demand_ = world_.published(world_.firm, "demand", wanted);
        CHECK(pairing_.rebuild());
        followed_ = last();
    }
    std::int64_t last() {
        return *world_.database->read<std::int64_t>(
            [](store::Reader& reader) -> base::Result<std::int64_t> {
                return store::last_seq(reader);
            });
    }
    void follow() {
        auto rows = world_.database->read<std::vector<store::LogRow>>(
            [&](store::Reader& reader) -> base::Result<std::vector<store::LogRow>> {
                return store::changes_after(reader, followed_, 1000);
            });
        ASSERT_TRUE(rows && pairing_.follow(*rows));
        followed_ = last();
    }
    std::vector<Partner> partners_of(const catalog::Entry& entry) {
        return pairing_.pairing().partners(entry.id.text(), {2026, 1, 1}).value();
    }
    template <class Work>
    void write(Work work) {
        auto done = world_.database->write<void>(work);
        ASSERT_TRUE(done) << base::describe(done.error());
    }

    catalog::test::World world_{GetParam(), migrations()};
    EntryPairing pairing_{*world_.database, world_.entries, small_lexicon()};
    catalog::Entry achievement_;
    catalog::Entry demand_;
    std::int64_t followed_ = 0;
};

TEST_P(OfEntries, ABlockIsHeardByEveryNodeThatFollowsTheLog) {
    ASSERT_EQ(partners_of(demand_).size(), 1U);
    ASSERT_EQ(partners_of(achievement_).size(), 1U);
    write([&](store::Transaction& transaction) {
        return Owners::block(transaction, world_.firm, world_.university.text());
    });
    follow();
    EXPECT_TRUE(partners_of(demand_).empty());
    EXPECT_TRUE(partners_of(achievement_).empty());
    write([&](store::Transaction& transaction) {
        return Owners::unblock(transaction, world_.firm, world_.university.text());
    });
    follow();
    EXPECT_EQ(partners_of(demand_).size(), 1U);
    EXPECT_EQ(partners_of(achievement_).size(), 1U);
}

TEST_P(OfEntries, WeightsTakenAreHeardByEveryNodeThatFollowsTheLog) {
    auto total = [&] { return partners_of(demand_).at(0).score.total; };
    double before = total();
    WeightsBook book(Tuners(catalog::test::Region::get().permissions, "450000"));
    party::Actor chief = world_.actor("chief", "administrator", "450000");
    write([&](store::Transaction& transaction) -> base::Status {
        Weights others;
        others.text = 0.9;
        others.elements = 0.01;
        TRY(book.propose(transaction, chief, others, {{"better", true}, {"against", 0}}));
        TRY(book.decide(transaction, chief, 1, VersionState::taken));
        return {};
    });
    EXPECT_EQ(total(), before);
    follow();
    EXPECT_NE(total(), before);
}

TEST_P(OfEntries, FiguresAreThoseOfVisitorsAndCountedAtMostEveryQuarterOfAnHour) {
    Survey survey(*world_.database, world_.entries, pairing_);
    auto count = [&] {
        std::int64_t entries = 0;
        for (const TopicYear& row : (*survey.latest())->topics)
            entries += row.demands + row.achievements;
        return entries;
    };
    std::int64_t before = count();
    EXPECT_EQ(before, 2) << "the demand and the achievement name the membrane";
    base::json::object hidden = catalog::test::demand();
    hidden["title"] = "陶瓷膜只给一方看";
    hidden["deadline"] = "2099-12-31";
    hidden["visibility"] = "parties";
    world_.published(world_.firm, "demand", hidden);
    base::json::object open = hidden;
    open["title"] = "陶瓷膜人人可看";
    open["visibility"] = "public";
    world_.published(world_.firm, "demand", open);
    EXPECT_EQ(count(), before) << "kept";
    world_.database.clock().advance(base::minutes(16));
    EXPECT_EQ(count(), before + 1) << "not what only the parties may read";
}

TEST_P(OfEntries, AListStandsForTheOrganisationThatBringsIt) {
    Desk desk(*world_.database, world_.entries, pairing_);
    Item row;
    row.id = "2";
    row.kind = ItemKind::demand;
    row.title = "甘蔗混合汁澄清要用陶瓷膜";
    auto found = [&](const party::Actor& actor) {
        return desk.partners_of_list(actor, {row}, 3).value().at(0).size();
    };
    EXPECT_EQ(found(world_.firm), 1U);
    write([&](store::Transaction& transaction) {
        return Owners::block(transaction, world_.owner, world_.company.text());
    });
    follow();
    EXPECT_EQ(found(world_.firm), 0U) << "the university does not want to be matched with it";
    EXPECT_EQ(found(world_.nanning), 1U) << "others are not concerned";
}

ON_BOTH_DATABASES(OfEntries);

}  // namespace
}  // namespace match
