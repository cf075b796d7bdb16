// `guiqiao replay` proves the full-text index: what a node would start with holds exactly what the
// entries give, and the first difference is named.
#include "catalog/index_replay.h"

#include <atomic>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "catalog/search_feed.h"
#include "search/index.h"
#include "world.h"

namespace catalog {
namespace {

class IndexReplayTest : public support::DatabaseTest {
  protected:
    IndexReplayTest() {
        for (int i = 0; i < 5; ++i)
            entries_.push_back(world_.published(world_.owner, "achievement", test::achievement()));
    }
    const Kinds& kinds() const { return test::Region::get().kinds; }
    std::filesystem::path snapshot() const { return world_.folder.path() / "index.snapshot"; }
    std::int64_t now() {
        return *world_.database->read<std::int64_t>(
            [](store::Reader& reader) -> base::Result<std::int64_t> {
                return store::last_seq(reader);
            });
    }
    IndexReplay replay() {
        auto report = replay_index(*world_.database, kinds(), snapshot());
        CHECK_WITH(report.has_value(), base::describe(report.error()));
        return *report;
    }
    /// Writes a snapshot of the entries after `spoil` has had its way with the index.
    template <class Spoil>
    void save(Spoil spoil) {
        search::Index index(search_schema(kinds()), search::Merging::at_once);
        ASSERT_TRUE(rebuild(*world_.database, kinds(), index));
        spoil(index);
        ASSERT_TRUE(index.save(snapshot(), static_cast<std::uint64_t>(now())));
    }

    test::World world_{GetParam()};
    std::vector<Entry> entries_;
};

TEST_P(IndexReplayTest, WithoutASnapshotThereIsNothingToCompare) {
    IndexReplay report = replay();
    EXPECT_FALSE(report.has_snapshot);
    EXPECT_EQ(report.documents, 5);
    EXPECT_TRUE(report.differences.empty());
}

TEST_P(IndexReplayTest, ASnapshotAndTheLogSinceGiveWhatTheEntriesGive) {
    ASSERT_TRUE(rebuild_index(*world_.database, kinds(), snapshot()));
    world_.published(world_.owner, "achievement", test::achievement());
    ASSERT_TRUE(world_.step(world_.owner, entries_[1], "revise"));
    IndexReplay report = replay();
    EXPECT_TRUE(report.has_snapshot);
    EXPECT_EQ(report.documents, 5);
    EXPECT_GT(report.followed, 0);
    EXPECT_TRUE(report.differences.empty()) << report.differences.front();
}

TEST_P(IndexReplayTest, AnotherNameOfTheOwnerReachesTheEntriesThatBearIt) {
    ASSERT_TRUE(rebuild_index(*world_.database, kinds(), snapshot()));
    ASSERT_TRUE(world_.rename(world_.university, "右江学院"));
    IndexReplay report = replay();
    EXPECT_GT(report.followed, 0);
    EXPECT_TRUE(report.differences.empty()) << report.differences.front();
}

TEST_P(IndexReplayTest, ASiteAtWorkIsNoDifference) {
    ASSERT_TRUE(rebuild_index(*world_.database, kinds(), snapshot()));
    std::atomic<bool> done = false;
    std::thread others([&] {
        while (!done)
            world_.published(world_.owner, "achievement", test::achievement());
    });
    for (int i = 0; i < 15; ++i) {
        IndexReplay report = replay();
        EXPECT_TRUE(report.differences.empty()) << report.differences.front();
    }
    done = true;
    others.join();
}

TEST_P(IndexReplayTest, ADocumentThatIsMissingIsNamed) {
    std::string id = entries_[2].id.text();
    save([&](search::Index& index) { ASSERT_TRUE(index.remove(id)); });
    EXPECT_EQ(replay().differences, std::vector{"index: " + id + ": only in the entries"});
}

TEST_P(IndexReplayTest, ADocumentThatNoEntryStandsBehindIsNamed) {
    save([&](search::Index& index) {
        search::Document ghost;
        ghost.id = "00000000000000000000000000";
        ghost.texts["title"] = "幽灵";
        index.put(ghost);
    });
    EXPECT_EQ(
        replay().differences,
        std::vector<std::string>{"index: 00000000000000000000000000: only in the kept index"});
}

TEST_P(IndexReplayTest, ADocumentWithOtherWordsIsNamed) {
    std::string id = entries_[0].id.text();
    save([&](search::Index& index) {
        auto document = document_of(kinds(), entries_[0], "某单位");
        ASSERT_TRUE(document.has_value());
        document->texts["title"] += "改";
        index.put(*document);
    });
    EXPECT_EQ(replay().differences,
              std::vector{"index: " + id +
                          ": the kept index and the entries hold different words "
                          "or attributes"});
}

TEST_P(IndexReplayTest, ADamagedSnapshotIsADifferenceAndRebuildMakesItSound) {
    save([](search::Index&) {});
    {
        std::fstream file(snapshot(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(200);
        file.put('\x7f');
    }
    ASSERT_EQ(replay().differences.size(), 1u);
    EXPECT_TRUE(replay().differences.front().starts_with("index snapshot: snapshot_damaged"))
        << replay().differences.front();
    ASSERT_TRUE(rebuild_index(*world_.database, kinds(), snapshot()));
    EXPECT_TRUE(replay().differences.empty());
}

ON_BOTH_DATABASES(IndexReplayTest);

}  // namespace
}  // namespace catalog
