#include "store/change_log.h"

#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "store/log_form.h"
#include "store/merkle.h"
#include "support/database_fixture.h"

namespace {

using base::Result;
using base::Status;
using store::Reader;
using store::Transaction;

class ChangeLogTest : public support::DatabaseTest {};

std::unique_ptr<base::Signer> signer_in(const std::filesystem::path& folder,
                                        std::string_view algorithm = "ed25519") {
    auto signer =
        base::Signer::open_or_create(folder / (std::string(algorithm) + ".key"), algorithm);
    CHECK_WITH(signer.has_value(), base::describe(signer.error()));
    return std::move(*signer);
}

/// `count` rows over three subjects.
void append_rows(store::Database& database, int count) {
    Status done = database.write<void>([&](Transaction& transaction) -> Status {
        for (int i = 0; i < count; ++i) {
            transaction.append({"actor-" + std::to_string(i), i % 2 ? "450100" : "",
                                "subject-" + std::to_string(i % 3), "sample.changed",
                                "{\"说明\":\"第 " + std::to_string(i) + " 行\\n\"}"});
        }
        return {};
    });
    CHECK_WITH(done.has_value(), base::describe(done.error()));
}

store::VerifyReport verified(store::Database& database, std::string_view key) {
    auto report = store::verify_log(database, key);
    CHECK_WITH(report.has_value(), base::describe(report.error()));
    return *report;
}

template <class T>
T reading(store::Database& database, std::function<T(Reader&)> work) {
    return *database.read<T>([&](Reader& reader) -> Result<T> { return work(reader); });
}

TEST_P(ChangeLogTest, ChainsEachSubject) {
    support::TestDatabase database(GetParam());
    append_rows(*database, 7);
    auto rows = reading<std::vector<store::LogRow>>(
        *database, [](Reader& reader) { return store::changes_after(reader, 0, 100); });
    ASSERT_EQ(rows.size(), 7u);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i].seq, static_cast<std::int64_t>(i) + 1);
        EXPECT_EQ(rows[i].previous_hash, i < 3 ? "" : rows[i - 3].hash);
        // Written out by hand: the format page promises exactly these bytes.
        std::string form = "guiqiao-change-1\n" + rows[i].previous_hash +
                           "\n2026-03-02T01:00:00.000000Z\nactor-" + std::to_string(i) + "\n" +
                           (i % 2 ? "450100" : "") + "\nsubject-" + std::to_string(i % 3) +
                           "\nsample.changed\n" + rows[i].change.payload;
        EXPECT_EQ(rows[i].hash, base::to_hex(base::digest(base::HashAlgorithm::sm3, form)));
    }
    auto own = reading<std::vector<store::LogRow>>(
        *database, [](Reader& reader) { return store::changes_of(reader, "subject-1"); });
    ASSERT_EQ(own.size(), 2u);
    EXPECT_EQ(own[1].seq, 5);
    auto page = reading<std::vector<store::LogRow>>(
        *database, [](Reader& reader) { return store::changes_after(reader, 4, 2); });
    ASSERT_EQ(page.size(), 2u);
    EXPECT_EQ(page[0].seq, 5);
}

TEST_P(ChangeLogTest, HashAlgorithmIsChosenAtCreation) {
    store::DatabaseOptions options;
    options.log_algorithm = base::HashAlgorithm::sha256;
    support::TestDatabase database(GetParam(), {}, options);
    append_rows(*database, 4);
    auto rows = reading<std::vector<store::LogRow>>(
        *database, [](Reader& reader) { return store::changes_after(reader, 0, 1); });
    EXPECT_EQ(rows[0].hash,
              base::to_hex(base::sha256(store::canonical_form({}, rows[0].at, rows[0].change))));
    EXPECT_TRUE(verified(*database, "").faults.empty());
}

TEST_P(ChangeLogTest, ConcurrentAppendsHaveNoGapsAndCommitInOrder) {
    support::TestDatabase database(GetParam());
    std::atomic<bool> done = false;
    std::vector<std::int64_t> followed;
    // Whoever reads behind the last row seen must never have missed one.
    std::thread follower([&] {
        std::int64_t after = 0;
        while (true) {
            bool last_round = done;
            auto rows = reading<std::vector<store::LogRow>>(*database, [&](Reader& reader) {
                return store::changes_after(reader, after, 1000);
            });
            for (const auto& row : rows)
                followed.push_back(after = row.seq);
            if (last_round) return;
        }
    });
    std::atomic<int> appended = 0;
    std::vector<std::thread> crowd;
    for (int thread = 0; thread < 8; ++thread) {
        crowd.emplace_back([&, thread] {
            for (int round = 0; round < 20; ++round) {
                bool refuse = round % 5 == 4;
                Status written = database->write<void>([&](Transaction& transaction) -> Status {
                    transaction.append(
                        {"system", "", "own-" + std::to_string(thread), "a.b", "{}"});
                    transaction.append({"system", "", "shared", "a.b", "{}"});
                    if (refuse) return base::refuse(base::conflict("changed_mind"));
                    return {};
                });
                if (written) appended += 2;
                if (!written) {
                    EXPECT_EQ(written.error().code, "changed_mind");
                }
            }
        });
    }
    for (std::thread& thread : crowd)
        thread.join();
    done = true;
    follower.join();
    EXPECT_EQ(appended, 8 * 16 * 2);
    ASSERT_EQ(followed.size(), static_cast<std::size_t>(appended));
    for (std::size_t i = 0; i < followed.size(); ++i) {
        ASSERT_EQ(followed[i], static_cast<std::int64_t>(i) + 1);
    }
    store::VerifyReport report = verified(*database, "");
    EXPECT_EQ(report.rows, appended);
    EXPECT_EQ(report.faults, std::vector<std::string>{});
}

TEST_P(ChangeLogTest, SignsBatchesThatVerify) {
    support::TestDatabase database(GetParam());
    auto signer = signer_in(database.folder());
    ASSERT_TRUE(store::sign_batch(*database, *signer));
    EXPECT_EQ(verified(*database, signer->public_key_pem()).batches, 0);
    append_rows(*database, 5);
    ASSERT_TRUE(store::sign_batch(*database, *signer));
    ASSERT_TRUE(store::sign_batch(*database, *signer));
    append_rows(*database, 1);
    database.clock().advance(base::minutes(1));
    ASSERT_TRUE(store::sign_batch(*database, *signer));
    append_rows(*database, 2);
    store::VerifyReport report = verified(*database, signer->public_key_pem());
    EXPECT_EQ(report.rows, 8);
    EXPECT_EQ(report.batches, 2);
    EXPECT_EQ(report.unsigned_rows, 2);
    EXPECT_EQ(report.faults, std::vector<std::string>{});
    auto second = reading<std::optional<store::BatchRoot>>(
        *database, [](Reader& reader) { return store::batch_of(reader, 6); });
    ASSERT_TRUE(second);
    EXPECT_EQ(second->first_seq, 6);
    EXPECT_FALSE(reading<std::optional<store::BatchRoot>>(
        *database, [](Reader& reader) { return store::batch_of(reader, 7); }));

    // Another key does not do; both keys together do.
    std::filesystem::create_directory(database.folder() / "other");
    auto other = signer_in(database.folder() / "other");
    EXPECT_EQ(verified(*database, other->public_key_pem()).faults.size(), 2u);
    EXPECT_TRUE(
        verified(*database, other->public_key_pem() + signer->public_key_pem()).faults.empty());
}

TEST_P(ChangeLogTest, NamesTheFirstBrokenRowWhateverWasChanged) {
    support::TestDatabase database(GetParam());
    auto signer = signer_in(database.folder());
    append_rows(*database, 9);
    ASSERT_TRUE(store::sign_batch(*database, *signer));
    append_rows(*database, 3);
    std::string key = signer->public_key_pem();
    ASSERT_TRUE(verified(*database, key).faults.empty());
    std::string zeros(64, '0');
    std::vector<std::pair<std::string, std::string>> columns{{"at", "at + 1"},
                                                             {"actor", "'mallory'"},
                                                             {"place", "'450200'"},
                                                             {"subject", "'subject-9'"},
                                                             {"action", "'x.y'"},
                                                             {"payload", "'{}'"},
                                                             {"previous", "'" + zeros + "'"},
                                                             {"hash", "'" + zeros + "'"}};
    for (int row : {2, 5, 11}) {
        for (const auto& [column, value] : columns) {
            std::string where = " where seq = " + std::to_string(row);
            database.tamper("create table kept as select * from change_log" + where);
            database.tamper("update change_log set " + column + " = " + value + where);
            store::VerifyReport report = verified(*database, key);
            ASSERT_FALSE(report.faults.empty()) << column << " of row " << row;
            EXPECT_TRUE(report.faults[0].starts_with("row " + std::to_string(row) + " "))
                << column << ": " << report.faults[0];
            database.tamper("update change_log set " + column + " = (select " + column +
                            " from kept)" + where);
            database.tamper("drop table kept");
            ASSERT_TRUE(verified(*database, key).faults.empty()) << column;
        }
    }
}

TEST_P(ChangeLogTest, FindsRowsRemovedMovedOrForgedWithTheirHashes) {
    support::TestDatabase database(GetParam());
    auto signer = signer_in(database.folder());
    append_rows(*database, 6);
    ASSERT_TRUE(store::sign_batch(*database, *signer));
    const std::vector<std::string> tables{"change_log", "change_batch", "store_setting"};
    for (const std::string& table : tables) {
        database.tamper("create table kept_" + table + " as select * from " + table);
    }
    auto faults_after = [&](const std::vector<std::string>& changes) {
        for (const std::string& sql : changes)
            database.tamper(sql);
        std::vector<std::string> faults = verified(*database, signer->public_key_pem()).faults;
        for (const std::string& table : tables) {
            database.tamper("delete from " + table);
            database.tamper("insert into " + table + " select * from kept_" + table);
        }
        return faults;
    };
    EXPECT_TRUE(faults_after({}).empty());
    auto faults = faults_after({"delete from change_log where seq = 1"});
    ASSERT_FALSE(faults.empty());
    EXPECT_TRUE(faults[0].starts_with("row 1 is missing")) << faults[0];
    faults = faults_after({"delete from change_log where seq = 6"});
    ASSERT_FALSE(faults.empty());
    EXPECT_TRUE(faults[0].starts_with("row 6 is missing")) << faults[0];
    faults = faults_after({"delete from change_log"});
    ASSERT_FALSE(faults.empty());
    EXPECT_TRUE(faults[0].starts_with("row 1 is missing")) << faults[0];
    // Two rows of different subjects trade places: each chain holds, the batch does not.
    faults = faults_after({"update change_log set seq = 100 where seq = 5",
                           "update change_log set seq = 5 where seq = 6",
                           "update change_log set seq = 6 where seq = 100"});
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_TRUE(faults[0].starts_with("batch 1–6: the root")) << faults[0];
    faults = faults_after({"update change_batch set signed_at = signed_at + 1"});
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_TRUE(faults[0].find("signature") != std::string::npos) << faults[0];
    EXPECT_FALSE(faults_after({"update change_batch set root = previous_root"}).empty());
    EXPECT_FALSE(faults_after({"update change_batch set signature = 'AAAA'"}).empty());
    EXPECT_FALSE(faults_after({"update change_batch set algorithm = 'none'"}).empty());
    EXPECT_FALSE(faults_after({"update change_batch set last_seq = 5"}).empty());
    EXPECT_FALSE(faults_after({"update change_batch set first_seq = 2"}).empty());
    EXPECT_FALSE(faults_after({"update change_batch set previous_root = root"}).empty());
    EXPECT_FALSE(
        faults_after({"update store_setting set value = 'sha256' where name = 'log_algorithm'"})
            .empty());
}

TEST_P(ChangeLogTest, InclusionProofLeadsToTheSignedRoot) {
    support::TestDatabase database(GetParam());
    auto signer = signer_in(database.folder());
    auto hash = [](std::string_view bytes) {
        base::Digest digest = base::digest(base::HashAlgorithm::sm3, bytes);
        return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
    };
    int first = 1;
    for (int count : {1, 2, 3, 7, 8, 13}) {
        append_rows(*database, count);
        ASSERT_TRUE(store::sign_batch(*database, *signer));
        for (int seq = first; seq < first + count; ++seq) {
            Status checked = database->read<void>([&](Reader& reader) -> Status {
                auto row = store::changes_after(reader, seq - 1, 1).at(0);
                auto batch = *store::batch_of(reader, seq);
                std::string node =
                    hash(std::string(1, '\0') + std::to_string(seq) + " " + row.hash);
                for (const auto& [side, sibling] : store::inclusion_proof(reader, seq)) {
                    std::string other = *base::from_hex(sibling);
                    node = hash("\x01" + (side == 'L' ? other + node : node + other));
                }
                EXPECT_EQ(node, *base::from_hex(batch.root)) << count << " rows, row " << seq;
                return {};
            });
            EXPECT_TRUE(checked);
        }
        first += count;
    }
    append_rows(*database, 1);
    EXPECT_TRUE((reading<std::vector<std::pair<char, std::string>>>(*database, [&](Reader& reader) {
                     return store::inclusion_proof(reader, first);
                 }).empty()));
}

/// What docs/formats/change-log.md tells a third party to do, done by the script it names, with
/// openssl alone.
TEST(ChangeLogFormat, IsCheckedByOpensslAlone) {
    for (auto [algorithm, hash] : {std::pair("ed25519", base::HashAlgorithm::sm3),
                                   {"ed25519", base::HashAlgorithm::sha256},
                                   {"sm2", base::HashAlgorithm::sm3}}) {
        store::DatabaseOptions options;
        options.log_algorithm = hash;
        support::TestDatabase database(store::Dialect::sqlite, {}, options);
        auto signer = signer_in(database.folder(), algorithm);
        append_rows(*database, 6);
        ASSERT_TRUE(store::sign_batch(*database, *signer));
        ASSERT_TRUE(database->read<void>([&](Reader& reader) -> Status {
            std::filesystem::path folder = database.folder();
            auto row = store::changes_after(reader, 4, 1).at(0);
            auto batch = *store::batch_of(reader, 5);
            std::ofstream(folder / "row.txt")
                << store::canonical_form(row.previous_hash, row.at, row.change);
            std::ofstream(folder / "batch.txt") << store::signed_text(batch, hash);
            std::ofstream(folder / "batch.sig") << batch.signature << "\n";
            std::ofstream(folder / "key.pem") << signer->public_key_pem();
            std::ofstream proof(folder / "proof.txt");
            for (const auto& [side, sibling] : store::inclusion_proof(reader, 5)) {
                proof << side << " " << sibling << "\n";
            }
            proof.close();
            std::string command = "bash '" + std::string(GUIQIAO_SOURCE_DIR) +
                                  "/docs/formats/verify-record.sh' '" + folder.string() + "' 5";
            EXPECT_EQ(support::output_of(command),
                      "record 5 is in the batch, and the batch is signed");
            // A changed row is found out.
            std::ofstream(folder / "row.txt", std::ios::app) << " ";
            EXPECT_EQ(std::system((command + " >/dev/null 2>&1").c_str()) == 0, false);
            return {};
        }));
    }
}

RC_GTEST_PROP(Merkle, EveryLeafHasAPathToTheRoot, ()) {
    auto count = *rc::gen::inRange<std::size_t>(1, 70);
    auto index = *rc::gen::inRange<std::size_t>(0, count);
    auto algorithm = base::HashAlgorithm::sha256;
    std::vector<base::Digest> leaves;
    for (std::size_t i = 0; i < count; ++i) {
        leaves.push_back(store::merkle_leaf(algorithm, std::to_string(i)));
    }
    base::Digest node = leaves[index];
    for (const store::MerkleStep& step : store::merkle_path(algorithm, leaves, index)) {
        node = step.side == store::Side::left ? store::merkle_node(algorithm, step.hash, node)
                                              : store::merkle_node(algorithm, node, step.hash);
    }
    RC_ASSERT(node == store::merkle_root(algorithm, leaves));
}

/// The recursive definition of RFC 9162 §2.1.1, written out.
base::Digest recursive_root(std::span<const base::Digest> leaves) {
    if (leaves.size() == 1) return leaves[0];
    std::size_t left = 1;
    while (left * 2 < leaves.size())
        left *= 2;
    return store::merkle_node(base::HashAlgorithm::sm3, recursive_root(leaves.first(left)),
                              recursive_root(leaves.subspan(left)));
}

TEST(Merkle, HasTheShapeOfTheStandard) {
    std::vector<base::Digest> leaves;
    for (int i = 0; i < 40; ++i) {
        leaves.push_back(store::merkle_leaf(base::HashAlgorithm::sm3, std::to_string(i)));
        EXPECT_EQ(store::merkle_root(base::HashAlgorithm::sm3, leaves), recursive_root(leaves));
    }
}

TEST(ChangeLogDeathTest, ALineBreakOutsideThePayloadAborts) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            support::TestDatabase database(store::Dialect::sqlite);
            (void)database->write<void>([](Transaction& transaction) -> Status {
                transaction.append({"a\nb", "", "s", "x.y", "{}"});
                return {};
            });
        },
        "line break");
}

ON_BOTH_DATABASES(ChangeLogTest);

}  // namespace
