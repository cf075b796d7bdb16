// Commands on a site at rest: check, verify, replay, backup, restore, user.
#include "app/commands.h"

#include <fstream>
#include <iostream>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

#include "app/site.h"
#include "base/json.h"
#include "base/text.h"
#include "catalog/index_replay.h"
#include "indicator/fact.h"
#include "store/backup.h"
#include "store/change_log.h"
#include "trade/deposit.h"

namespace app {
namespace {

base::SystemClock& system_clock() {
    static base::SystemClock clock;
    return clock;
}

base::SecureRandom& secure_random() {
    static base::SecureRandom random;
    return random;
}

int fail(const base::Error& error) {
    std::cerr << "guiqiao: " << base::describe(error) << "\n";
    return 2;
}

/// Opens a site that is there; these commands never make one.
base::Result<std::unique_ptr<Site>> open_site(const CommonOptions& options) {
    if (options.database.empty() && !std::filesystem::exists(options.data / "guiqiao.db")) {
        return base::refuse(base::not_found("site_missing").with("path", options.data.string()));
    }
    return Site::open(
        {.data = options.data, .region = options.region, .database_url = options.database},
        system_clock(), secure_random());
}

base::Result<std::string> read_secret(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    if (!in || !std::getline(in, line)) {
        return base::refuse(base::invalid("file_unreadable").with("path", file.string()));
    }
    return line;
}

/// Prints a report either as JSON or as lines, faults last.
int print_report(bool json, const base::json::object& numbers,
                 const std::vector<std::string>& faults) {
    if (json) {
        base::json::object report = numbers;
        report["faults"] = base::json::value_from(faults);
        std::cout << base::json::serialize(report) << "\n";
    } else {
        for (const auto& member : numbers) {
            std::cout << std::string(member.key()) << ": " << base::json::serialize(member.value())
                      << "\n";
        }
        for (const std::string& fault : faults)
            std::cout << "FAULT " << fault << "\n";
        std::cout << (faults.empty() ? "all is well" : "not well") << "\n";
    }
    return faults.empty() ? 0 : 1;
}

base::Status create_user(Site& site, const UserOptions& user) {
    std::string password = TRY(read_secret(user.password_file));
    party::Accounts::NewAccount account{.login = user.login,
                                        .name = user.name.empty() ? user.login : user.name,
                                        .email = user.email,
                                        .phone = "",
                                        .password = password};
    TRY(site.accounts->create(*site.database, party::Actor::system(), account));
    return {};
}

base::Status grant_role(Site& site, const UserOptions& user) {
    return site.database->write<void>([&](store::Transaction& transaction) -> base::Status {
        auto account = party::Accounts::find_by_login(transaction, user.login);
        if (!account) return base::refuse(base::not_found("account_unknown"));
        party::Membership membership;
        membership.account = account->id;
        membership.organisation = base::Id<party::Organisation>(user.organisation);
        membership.role = user.role;
        membership.place = user.place.empty() ? site.region->places.region().code : user.place;
        membership.valid_from = transaction.now();
        TRY(site.accounts->grant(transaction, party::Actor::system(), membership));
        return {};
    });
}

base::Status disable_user(Site& site, const UserOptions& user) {
    return site.database->write<void>([&](store::Transaction& transaction) -> base::Status {
        auto account = party::Accounts::find_by_login(transaction, user.login);
        if (!account) return base::refuse(base::not_found("account_unknown"));
        return site.accounts->set_active(transaction, party::Actor::system(), account->id, false);
    });
}

}  // namespace

int check_command(const std::filesystem::path& region, bool json) {
    std::vector<std::string> faults = check_region(region);
    return print_report(json, {{"region", region.string()}}, faults);
}

int verify_command(const CommonOptions& options) {
    auto site = open_site(options);
    if (!site) return fail(site.error());
    auto report = store::verify_log(*(*site)->database, (*site)->signer->public_key_pem());
    if (!report) return fail(report.error());
    auto deposits = (*site)->database->read<trade::Deposits::Check>(
        [](store::Reader& reader) -> base::Result<trade::Deposits::Check> {
            return trade::Deposits::check(reader);
        });
    if (!deposits) return fail(deposits.error());
    std::vector<std::string> faults = std::move(report->faults);
    for (const std::string& fault : deposits->faults)
        faults.push_back("deposits: " + fault);
    return print_report(options.json,
                        {{"rows", report->rows},
                         {"batches", report->batches},
                         {"deposit_books", deposits->books},
                         {"deposit_postings", deposits->postings}},
                        faults);
}

int replay_command(const CommonOptions& options, bool rebuild) {
    auto site = open_site(options);
    if (!site) return fail(site.error());
    store::Database& database = *(*site)->database;
    std::filesystem::path snapshot = options.data / "index.snapshot";
    if (rebuild) {
        auto rebuilt = indicator::rebuild_facts(database);
        if (!rebuilt) return fail(rebuilt.error());
        auto index = catalog::rebuild_index(database, (*site)->region->kinds, snapshot);
        if (!index) return fail(index.error());
    }
    auto report = indicator::replay_facts(database);
    if (!report) return fail(report.error());
    auto index = catalog::replay_index(database, (*site)->region->kinds, snapshot);
    if (!index) return fail(index.error());
    std::vector<std::string> differences = std::move(report->differences);
    differences.insert(differences.end(), index->differences.begin(), index->differences.end());
    return print_report(options.json,
                        {{"facts_in_log", report->log_rows},
                         {"documents", index->documents},
                         {"index_compared", index->has_snapshot},
                         {"rows_followed", index->followed}},
                        differences);
}

int backup_command(const CommonOptions& options, const std::filesystem::path& folder) {
    auto site = open_site(options);
    if (!site) return fail(site.error());
    auto report = store::backup(*(*site)->database, options.data / "files", folder);
    if (!report) return fail(report.error());
    return print_report(options.json,
                        {{"folder", folder.string()},
                         {"last_seq", report->last_seq},
                         {"files", report->files},
                         {"bytes", report->bytes}},
                        {});
}

int restore_command(const CommonOptions& options, const std::filesystem::path& folder,
                    const std::filesystem::path& public_key) {
    std::ifstream in(public_key);
    std::stringstream pem;
    pem << in.rdbuf();
    if (!in) return fail(base::invalid("file_unreadable").with("path", public_key.string()));
    std::error_code ignored;
    std::filesystem::create_directories(options.data, ignored);
    std::string url = options.database.empty() ? "sqlite:" + (options.data / "guiqiao.db").string()
                                               : options.database;
    auto report = store::restore(
        folder, {.url = url, .files_folder = options.data / "files", .public_key_pem = pem.str()},
        system_clock(), secure_random());
    if (!report) return fail(report.error());
    return print_report(
        options.json,
        {{"rows", report->rows}, {"batches", report->batches}, {"files", report->files}}, {});
}

int user_command(const CommonOptions& options, const UserOptions& user) {
    auto site = open_site(options);
    if (!site) return fail(site.error());
    base::Status done;
    if (user.action == "create") {
        done = create_user(**site, user);
    } else if (user.action == "grant") {
        done = grant_role(**site, user);
    } else if (user.action == "disable") {
        done = disable_user(**site, user);
    } else {
        auto code = (*site)->accounts->make_setup_code(*(*site)->database);
        if (!code) return fail(code.error());
        std::cout << (code->empty() ? "this site has an administrator already" : *code) << "\n";
        return 0;
    }
    if (!done) return fail(done.error());
    std::cout << "done\n";
    return 0;
}

}  // namespace app
