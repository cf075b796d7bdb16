// Writes records to a store and tells of each one once it was acknowledged, until it is killed; then
// checks that everything it told of is there. Driven by kill_nine.py.
//     crash_writer write URL KEY_FILE      prints "<id> <number>" for each acknowledged record
//     crash_writer check URL KEY_FILE ACKNOWLEDGED_FILE
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "base/check.h"
#include "base/crypto.h"
#include "store/change_log.h"
#include "store/migrate.h"

namespace {

constexpr int threads = 4;

constexpr store::Migration step{"crash", 1, "records", R"(
create table record (
    id text primary key,
    number {bigint} not null unique,
    words text not null
))"};

struct Setting {
    base::SystemClock clock;
    base::SecureRandom random;
    std::unique_ptr<store::Database> database;
    std::unique_ptr<base::Signer> signer;
};

template <class T>
T required(base::Result<T> result) {
    CHECK_WITH(result.has_value(), base::describe(result.error()));
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

void open(Setting& setting, const std::string& url, const std::string& key_file) {
    store::DatabaseOptions options;
    options.url = url;
    setting.database = required(store::Database::open(options, setting.clock, setting.random));
    required(store::migrate(*setting.database, store::store_migrations()));
    required(store::migrate(*setting.database, std::span(&step, 1)));
    setting.signer = required(base::Signer::open_or_create(key_file, "ed25519"));
}

/// One record with its row in the log and its number; every tenth is refused at the end.
base::Result<std::string> write_record(store::Database& database, int round) {
    return database.write<std::string>(
        [&](store::Transaction& transaction) -> base::Result<std::string> {
            std::string id = base::new_ulid(transaction.now(), transaction.random());
            std::int64_t number = transaction.next_number("record");
            transaction.execute(
                "insert into record (id, number, words) values (:id, :number, :words)",
                {{"id", id}, {"number", number}, {"words", std::string(300, 'w')}});
            transaction.append({"system", "", id, "record.made", "{}"});
            transaction.append({"system", "", "all", "record.counted", "{}"});
            if (round % 10 == 9) return base::refuse(base::conflict("every_tenth"));
            return id + " " + std::to_string(number) + "\n";
        });
}

[[noreturn]] void write_for_ever(Setting& setting) {
    std::vector<std::thread> crowd;
    for (int i = 0; i < threads; ++i) {
        crowd.emplace_back([&] {
            for (int round = 0;; ++round) {
                base::Result<std::string> line = write_record(*setting.database, round);
                if (!line && line.error().code == "every_tenth") continue;
                std::string text = required(std::move(line));
                // One system call: a line is there whole, or not at all.
                CHECK(::write(STDOUT_FILENO, text.data(), text.size()) ==
                      static_cast<ssize_t>(text.size()));
            }
        });
    }
    while (true) {
        required(store::sign_batch(*setting.database, *setting.signer));
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

int check(Setting& setting, const std::string& acknowledged_file) {
    int faults = 0;
    auto fault = [&](const std::string& words) {
        std::cerr << words << "\n";
        ++faults;
    };
    store::VerifyReport report =
        required(store::verify_log(*setting.database, setting.signer->public_key_pem()));
    for (const std::string& words : report.faults)
        fault(words);

    std::map<std::string, std::int64_t> numbers;
    required(setting.database->read<void>([&](store::Reader& reader) -> base::Status {
        for (const store::Row& row : reader.query("select id, number from record")) {
            numbers[row.text(0)] = row.integer(1);
        }
        auto count = static_cast<std::int64_t>(numbers.size());
        if (reader.number("select max(number) from record") != count) {
            fault("the numbers have a gap");
        }
        if (store::last_seq(reader) != 2 * count) fault("the log does not match the records");
        return {};
    }));
    std::ifstream acknowledged(acknowledged_file);
    std::string id;
    std::int64_t number = 0;
    std::int64_t lines = 0;
    while (acknowledged >> id >> number) {
        ++lines;
        auto found = numbers.find(id);
        if (found == numbers.end()) {
            fault("acknowledged, but not there: " + id);
        } else if (found->second != number) {
            fault("acknowledged with another number: " + id);
        }
    }
    std::cout << lines << " acknowledged, " << numbers.size() << " there, " << report.batches
              << " batches, " << faults << " faults\n";
    return faults == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
    std::vector<std::string> arguments(words + 1, words + count);
    if (arguments.size() < 3) {
        std::cerr << "usage: crash_writer write|check URL KEY_FILE [ACKNOWLEDGED_FILE]\n";
        return 2;
    }
    Setting setting;
    open(setting, arguments[1], arguments[2]);
    if (arguments[0] == "write") write_for_ever(setting);
    if (arguments[0] == "check" && arguments.size() == 4) return check(setting, arguments[3]);
    std::cerr << "unknown action " << arguments[0] << "\n";
    return 2;
}
