#include "store/backup.h"

#include <fstream>
#include <thread>

#include "base/crypto.h"
#include "store/change_log.h"
#include "store/files.h"
#include "support/database_fixture.h"

namespace {

namespace fs = std::filesystem;
using base::Status;
using store::Transaction;

const std::vector<store::Migration> steps{{"sample", 1, "table", R"(
create table sample (
    id {bigint} primary key,
    words text
))"}};

/// A database with signed and unsigned rows and some files, and a place to restore to.
class BackupTest : public support::DatabaseTest {
  protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        database_ = std::make_unique<support::TestDatabase>(GetParam(), steps);
        folder_ = database_->folder();
        files_ = std::make_unique<store::Files>(folder_ / "files");
        auto signer = base::Signer::open_or_create(folder_ / "key", "ed25519");
        ASSERT_TRUE(signer);
        key_ = (*signer)->public_key_pem();
        write_rows(1, 20);
        ASSERT_TRUE(store::sign_batch(**database_, **signer));
        write_rows(21, 25);
        for (int i = 0; i < 5; ++i)
            ASSERT_TRUE(files_->put("bytes " + std::to_string(i)));
    }

    void write_rows(int first, int last) {
        ASSERT_TRUE((*database_)->write<void>([&](Transaction& transaction) -> Status {
            for (int id = first; id <= last; ++id) {
                transaction.execute("insert into sample (id, words) values (:id, :words)",
                                    {{"id", id}, {"words", "词语 " + std::to_string(id)}});
                transaction.append(
                    {"system", "", "sample:" + std::to_string(id % 4), "sample.made", "{}"});
            }
            return {};
        }));
    }

    /// A fresh place of the same kind of database; nothing is there yet.
    store::RestoreTarget new_target() {
        std::string number = std::to_string(++targets_);
        store::RestoreTarget target;
        target.files_folder = folder_ / ("restored" + number) / "files";
        target.public_key_pem = key_;
        if (GetParam() == store::Dialect::sqlite) {
            target.url = "sqlite:" + (folder_ / ("restored" + number) / "test.db").string();
        } else {
            std::string name = "restored_" + std::to_string(::getpid()) + "_" + number;
            administer("create database " + name +
                       " template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'");
            made_.push_back(name);
            target.url = support::postgresql_url(name);
            // With a password, which the tests' own cluster does not ask for: it must not harm.
            std::size_t at = target.url.find('@');
            if (target.url.find(':', target.url.find("://") + 3) > at) {
                target.url.insert(at, ":pass%3Aword");
            }
        }
        return target;
    }

    void TearDown() override {
        for (const std::string& name : made_) {
            administer("drop database " + name + " with (force)");
        }
    }

    static void administer(const std::string& sql) {
        store::Connection::open(store::Dialect::postgresql, support::postgresql_admin_url())
            ->run(sql);
    }

    void expect_refused(const fs::path& backup, const std::string& code, const std::string& path) {
        store::RestoreTarget target = new_target();
        auto restored = store::restore(backup, target, database_->clock(), random_);
        ASSERT_FALSE(restored) << path;
        EXPECT_EQ(restored.error().code, code);
        EXPECT_EQ(restored.error().parameters["path"], path);
        // The target is as it was: a good backup still goes in.
        auto again = store::restore(folder_ / "good", target, database_->clock(), random_);
        EXPECT_TRUE(again) << base::describe(again.error());
    }

    fs::path copy_of_good(const std::string& name) {
        fs::copy(folder_ / "good", folder_ / name, fs::copy_options::recursive);
        return folder_ / name;
    }

    std::unique_ptr<support::TestDatabase> database_;
    fs::path folder_;
    std::unique_ptr<store::Files> files_;
    std::string key_;
    base::SecureRandom random_;
    int targets_ = 0;
    std::vector<std::string> made_;  ///< PostgreSQL databases to drop
};

TEST_P(BackupTest, RestoresWhatWasThere) {
    auto made = store::backup(**database_, files_->root(), folder_ / "good");
    ASSERT_TRUE(made) << base::describe(made.error());
    EXPECT_EQ(made->last_seq, 25);
    EXPECT_EQ(made->files, 5);
    support::output_of("cd '" + (folder_ / "good").string() +
                       "' && sha256sum --quiet -c files.txt");
    // What comes later is not in it.
    write_rows(26, 30);
    store::RestoreTarget target = new_target();
    auto restored = store::restore(folder_ / "good", target, database_->clock(), random_);
    ASSERT_TRUE(restored) << base::describe(restored.error());
    EXPECT_EQ(restored->rows, 25);
    EXPECT_EQ(restored->batches, 1);
    EXPECT_EQ(restored->files, 5);
    store::DatabaseOptions options;
    options.url = target.url;
    auto opened = store::Database::open(options, database_->clock(), random_);
    ASSERT_TRUE(opened);
    ASSERT_TRUE(store::migrate(**opened, store::store_migrations()));
    ASSERT_TRUE(store::migrate(**opened, steps));
    EXPECT_TRUE((*opened)->write<void>([](Transaction& transaction) -> Status {
        EXPECT_EQ(transaction.number("select count(*) from sample"), 25);
        EXPECT_EQ(transaction.first("select words from sample where id = 25")->text(0), "词语 25");
        EXPECT_EQ(transaction.append({"system", "", "sample:1", "sample.made", "{}"}), 26);
        return {};
    }));
    std::string address = base::to_hex(base::sha256("bytes 3"));
    EXPECT_EQ(*store::Files(target.files_folder).read(address), "bytes 3");
}

TEST_P(BackupTest, RefusesABrokenOne) {
    ASSERT_TRUE(store::backup(**database_, files_->root(), folder_ / "good"));
    std::string name = GetParam() == store::Dialect::sqlite ? "database.sqlite" : "database.pgdump";
    std::string address = base::to_hex(base::sha256("bytes 3"));
    std::string file = "files/" + address.substr(0, 2) + "/" + address.substr(2, 2) + "/" + address;

    expect_refused(folder_ / "absent", "backup_unreadable", "");
    fs::path bad = copy_of_good("no-manifest");
    fs::remove(bad / "manifest.json");
    expect_refused(bad, "backup_unreadable", "");
    bad = copy_of_good("other-format");
    std::ofstream(bad / "manifest.json") << "{\"format\":\"guiqiao-backup-9\"}";
    expect_refused(bad, "backup_unreadable", "");

    bad = copy_of_good("no-file");
    fs::remove(bad / file);
    expect_refused(bad, "backup_damaged", file);
    bad = copy_of_good("changed-file");
    std::ofstream(bad / file) << "bytes 4";
    expect_refused(bad, "backup_damaged", file);
    bad = copy_of_good("changed-list");
    std::ofstream(bad / "files.txt", std::ios::app) << address << "  ../outside\n";
    expect_refused(bad, "backup_damaged", "files.txt");
    bad = copy_of_good("no-database");
    fs::remove(bad / name);
    expect_refused(bad, "backup_damaged", name);
    bad = copy_of_good("cut-database");
    fs::resize_file(bad / name, fs::file_size(bad / name) - 1);
    expect_refused(bad, "backup_damaged", name);
    bad = copy_of_good("flipped-bit");
    std::fstream stream(bad / name, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(5000);
    stream.put('\x55');
    stream.close();
    expect_refused(bad, "backup_damaged", name);
}

TEST_P(BackupTest, RefusesALogThatWasTamperedWithBeforeTheBackup) {
    ASSERT_TRUE(store::backup(**database_, files_->root(), folder_ / "good"));
    std::string name = GetParam() == store::Dialect::sqlite ? "database.sqlite" : "database.pgdump";
    database_->tamper("update change_log set actor = 'mallory' where seq = 7");
    ASSERT_TRUE(store::backup(**database_, files_->root(), folder_ / "bad"));
    expect_refused(folder_ / "bad", "backup_damaged", name);
    // A good backup, but the key is another's.
    store::RestoreTarget target = new_target();
    target.public_key_pem.clear();
    auto restored = store::restore(folder_ / "good", target, database_->clock(), random_);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, "backup_damaged");
    EXPECT_TRUE(restored.error().parameters["fault"].starts_with("batch 1–20"));
}

TEST_P(BackupTest, OverwritesNothing) {
    ASSERT_TRUE(store::backup(**database_, files_->root(), folder_ / "good"));
    auto again = store::backup(**database_, files_->root(), folder_ / "good");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, "backup_exists");
    store::RestoreTarget target;
    target.url = database_->url();
    target.files_folder = folder_ / "elsewhere";
    target.public_key_pem = key_;
    auto restored = store::restore(folder_ / "good", target, database_->clock(), random_);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, "restore_target_not_empty");
    target.url = GetParam() == store::Dialect::sqlite ? "postgresql://nobody@127.0.0.1:1/none"
                                                      : "sqlite:/nowhere/test.db";
    restored = store::restore(folder_ / "good", target, database_->clock(), random_);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, "backup_of_other_kind");
}

TEST_P(BackupTest, IsMadeWhileOthersWrite) {
    std::atomic<bool> stop = false;
    std::thread writer([&] {
        for (int id = 1000; !stop; ++id) {
            (*database_)
                ->write<void>([&](Transaction& transaction) -> Status {
                    transaction.execute("insert into sample (id, words) values (:id, 'x')",
                                        {{"id", id}});
                    transaction.append({"system", "", "busy", "sample.made", "{}"});
                    return {};
                })
                .value();
        }
    });
    auto made = store::backup(**database_, files_->root(), folder_ / "good");
    stop = true;
    writer.join();
    ASSERT_TRUE(made) << base::describe(made.error());
    auto restored = store::restore(folder_ / "good", new_target(), database_->clock(), random_);
    ASSERT_TRUE(restored) << base::describe(restored.error());
    EXPECT_GE(restored->rows, made->last_seq);
}

TEST(Files, KeepsBytesByTheirHash) {
    support::TemporaryFolder folder;
    store::Files files(folder.path() / "deep" / "files");
    std::string bytes("PDF\0\xff 字节", 12);
    auto address = files.put(bytes);
    ASSERT_TRUE(address) << base::describe(address.error());
    EXPECT_EQ(*address, base::to_hex(base::sha256(bytes)));
    EXPECT_EQ(*files.read(*address), bytes);
    EXPECT_EQ(files.path_of(*address), folder.path() / "deep" / "files" / address->substr(0, 2) /
                                           address->substr(2, 2) / *address);
    EXPECT_EQ(*files.put(bytes), *address);
    EXPECT_EQ(*files.read(*files.put("")), "");
    auto too_large = files.put(bytes, 11);
    ASSERT_FALSE(too_large);
    EXPECT_EQ(too_large.error().code, "stored_file_too_large");
    EXPECT_EQ(too_large.error().kind, base::ErrorKind::too_large);
    EXPECT_TRUE(files.put(bytes, 12));
    // Nothing unfinished is left over.
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(files.root())) {
        if (entry.is_regular_file()) ++count;
    }
    EXPECT_EQ(count, 2);
}

TEST(Files, RefusesWhatIsNotThereOrNotTheSame) {
    support::TemporaryFolder folder;
    store::Files files(folder.path());
    std::vector<std::string> addresses{"", "abc", "../../../../etc/passwd", std::string(64, 'G'),
                                       std::string(64, 'a')};
    for (const std::string& address : addresses) {
        auto bytes = files.read(address);
        ASSERT_FALSE(bytes);
        EXPECT_EQ(bytes.error().code, "stored_file_missing");
        EXPECT_FALSE(files.exists(address));
    }
    std::string address = *files.put("true");
    std::ofstream(files.path_of(address)) << "fals";
    auto bytes = files.read(address);
    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error().code, "stored_file_damaged");
    std::ofstream(folder.path() / "plain") << "a file where a folder should be";
    auto put = store::Files(folder.path() / "plain").put("x");
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, "storage_unavailable");
}

ON_BOTH_DATABASES(BackupTest);

}  // namespace
