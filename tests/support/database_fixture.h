#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"
#include "store/connection.h"
#include "store/database.h"
#include "store/migrate.h"

namespace support {

/// A folder that is removed with everything in it. Not thread-safe.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "guiqiao-XXXXXX").string();
        CHECK(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// What a command prints on standard output. A command that fails is a failure of the test run.
inline std::string output_of(const std::string& command) {
    std::FILE* pipe = ::popen(command.c_str(), "r");
    CHECK(pipe != nullptr);
    std::string output;
    char buffer[4096];
    while (std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) {
        output.append(buffer, count);
    }
    CHECK_WITH(::pclose(pipe) == 0, command);
    while (output.ends_with('\n'))
        output.pop_back();
    return output;
}

/// Administrator's URL of a PostgreSQL to make databases in: GUIQIAO_TEST_POSTGRESQL, else a cluster
/// of this process's own, started on first use and stopped when the process ends, however it does.
inline const std::string& postgresql_admin_url() {
    static const std::string url = [] {
        if (const char* given = std::getenv("GUIQIAO_TEST_POSTGRESQL"); given && *given) {
            return std::string(given);
        }
        std::string script = std::string(GUIQIAO_SOURCE_DIR) + "/tests/support/postgres-cluster.sh";
        std::string folder = (std::filesystem::temp_directory_path() /
                              ("guiqiao-postgresql-" + std::to_string(::getpid())))
                                 .string();
        std::string started = output_of("'" + script + "' start '" + folder + "'");
        CHECK(started.starts_with("postgresql://"));
        output_of("setsid '" + script + "' watch '" + folder + "' " + std::to_string(::getpid()) +
                  " >/dev/null 2>&1 </dev/null &");
        // Death tests run this program again: they use the same cluster.
        ::setenv("GUIQIAO_TEST_POSTGRESQL", started.c_str(), 1);
        return started;
    }();
    return url;
}

/// The administrator's URL with another database's name in it.
inline std::string postgresql_url(const std::string& name) {
    const std::string& admin = postgresql_admin_url();
    std::size_t path = admin.find('/', admin.find("://") + 3);
    std::size_t query = std::min(admin.find('?'), admin.size());
    return admin.substr(0, std::min(path, query)) + "/" + name + admin.substr(query);
}

/// A fresh database, migrated with the store's own tables and the steps given, gone afterwards.
/// `options.url` is filled in. The clock stands at 2026-03-02 09:00 in Shanghai.
class TestDatabase {
  public:
    explicit TestDatabase(store::Dialect dialect, std::vector<store::Migration> steps = {},
                          store::DatabaseOptions options = {})
        : dialect_(dialect), steps_(std::move(steps)), options_(std::move(options)) {
        if (dialect == store::Dialect::sqlite) {
            options_.url = "sqlite:" + (folder_.path() / "test.db").string();
        } else {
            name_ = "test_" + base::to_hex(base::sha256(folder_.path().string())).substr(0, 20);
            administer("create database " + name_ +
                       " template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'");
            options_.url = postgresql_url(name_);
        }
        reopen();
    }
    ~TestDatabase() {
        database_.reset();
        if (!name_.empty()) administer("drop database if exists " + name_ + " with (force)");
    }
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    store::Database& operator*() const { return *database_; }
    store::Database* operator->() const { return database_.get(); }
    store::Dialect dialect() const { return dialect_; }
    const std::string& url() const { return options_.url; }
    base::ManualClock& clock() { return clock_; }
    const std::filesystem::path& folder() const { return folder_.path(); }

    void close() { database_.reset(); }
    /// Closes and opens the same data, as after a restart.
    void reopen() {
        database_.reset();
        auto opened = store::Database::open(options_, clock_, random_);
        CHECK_WITH(opened.has_value(), base::describe(opened.error()));
        database_ = std::move(*opened);
        for (std::span<const store::Migration> part :
             {store::store_migrations(), std::span<const store::Migration>(steps_)}) {
            base::Status migrated = store::migrate(*database_, part);
            CHECK_WITH(migrated.has_value(), base::describe(migrated.error()));
        }
    }
    /// A second opening of the same data, as by another node.
    std::unique_ptr<store::Database> open_again() {
        auto opened = store::Database::open(options_, clock_, random_);
        CHECK_WITH(opened.has_value(), base::describe(opened.error()));
        return std::move(*opened);
    }
    /// Changes data behind the back of the program.
    void tamper(const std::string& sql) {
        std::string place =
            dialect_ == store::Dialect::sqlite ? options_.url.substr(7) : options_.url;
        store::Connection::open(dialect_, place)->run(sql);
    }

  private:
    static void administer(const std::string& sql) {
        store::Connection::open(store::Dialect::postgresql, postgresql_admin_url())->run(sql);
    }

    store::Dialect dialect_;
    std::vector<store::Migration> steps_;
    store::DatabaseOptions options_;
    TemporaryFolder folder_;
    base::ManualClock clock_{*base::parse_local("2026-03-02 09:00")};
    base::SecureRandom random_;
    std::string name_;
    std::unique_ptr<store::Database> database_;
};

/// Base of tests that run on both databases:
///     class ListingTest : public support::DatabaseTest {};
///     TEST_P(ListingTest, …) { support::TestDatabase database(GetParam(), steps); … }
///     ON_BOTH_DATABASES(ListingTest);
class DatabaseTest : public ::testing::TestWithParam<store::Dialect> {
  protected:
    /// Before the test itself, so that a death test's second process finds the cluster running.
    void SetUp() override {
        if (GetParam() == store::Dialect::postgresql) postgresql_admin_url();
    }
};

#define ON_BOTH_DATABASES(suite)                                                      \
    INSTANTIATE_TEST_SUITE_P(                                                         \
        Databases, suite,                                                             \
        ::testing::Values(::store::Dialect::sqlite, ::store::Dialect::postgresql),    \
        [](const ::testing::TestParamInfo<::store::Dialect>& given) {                 \
            return given.param == ::store::Dialect::sqlite ? "sqlite" : "postgresql"; \
        })

}  // namespace support
