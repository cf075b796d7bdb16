#include "store/migrate.h"

#include <map>
#include <set>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"

namespace store {
namespace {

/// What the database holds: module → number → checksum.
using Applied = std::map<std::string, std::map<std::int64_t, std::string>>;

constexpr std::string_view create_table =
    "create table if not exists schema_step (module text not null, number bigint not null, "
    "title text not null, checksum text not null, applied_at bigint not null, "
    "primary key (module, number))";

std::string in_dialect(std::string_view sql, Dialect) {
    std::string text = base::replace_all(std::string(sql), "{bigint}", "bigint");
    // Text on both: PostgreSQL's json type would answer ->> where SQLite's text does not.
    return base::replace_all(std::move(text), "{json}", "text");
}

std::string checksum_of(const Migration& step) {
    return base::to_hex(base::sha256(base::trim(step.sql)));
}

/// Statements end with ";" at the end of a line.
std::vector<std::string> statements_of(const Migration& step, Dialect dialect) {
    std::vector<std::string> statements;
    std::string text = in_dialect(step.sql, dialect);
    std::size_t start = 0;
    while (start < text.size()) {
        std::size_t end = std::min(text.find(";\n", start), text.size());
        std::string statement = base::trim(text.substr(start, end - start));
        while (statement.ends_with(';'))
            statement.pop_back();
        if (!statement.empty()) statements.push_back(std::move(statement));
        start = end + 2;
    }
    return statements;
}

base::Result<Applied> read_applied(Database& database) {
    return database.read<Applied>([](Reader& reader) -> base::Result<Applied> {
        Applied applied;
        for (const Row& row : reader.query("select module, number, checksum from schema_step")) {
            applied[row.text(0)][row.integer(1)] = row.text(2);
        }
        return applied;
    });
}

base::Status refuse_unknown(const Applied& applied, std::span<const Migration> migrations,
                            Extent extent) {
    std::map<std::string, int, std::less<>> known;
    for (const Migration& step : migrations) {
        int& number = known[std::string(step.module)];
        CHECK_WITH(step.number == number + 1, "steps of a module are 1, 2, 3 …");
        number = step.number;
    }
    for (const auto& [module, numbers] : applied) {
        auto own = known.find(module);
        if (own == known.end() && extent == Extent::these_modules) continue;
        std::int64_t highest = numbers.rbegin()->first;
        if (own != known.end() && highest <= own->second) continue;
        return base::refuse(base::error(base::ErrorKind::unavailable, "schema_newer")
                                .with("module", module)
                                .with("number", std::to_string(highest)));
    }
    return {};
}

base::Status apply(Database& database, const Migration& step) {
    return database.write<void>([&](Transaction& transaction) -> base::Status {
        Bindings key{{"module", step.module}, {"number", step.number}};
        // Another node may have been quicker.
        if (transaction.number("select count(*) from schema_step where module = :module "
                               "and number = :number",
                               key) > 0) {
            return {};
        }
        for (const std::string& statement : statements_of(step, transaction.dialect())) {
            transaction.execute(statement);
        }
        key.push_back({"title", step.title});
        key.push_back({"checksum", checksum_of(step)});
        key.push_back({"applied_at", transaction.now()});
        transaction.execute(
            "insert into schema_step (module, number, title, checksum, applied_at) "
            "values (:module, :number, :title, :checksum, :applied_at)",
            key);
        if (step.module == "store" && step.number == 1) {
            transaction.execute(
                "insert into store_setting (name, value) values ('log_algorithm', :value)",
                {{"value", base::to_string(database.options().log_algorithm)}});
        }
        return {};
    });
}

}  // namespace

base::Status migrate(Database& database, std::span<const Migration> migrations, Extent extent) {
    base::Status created = database.write<void>([](Transaction& transaction) -> base::Status {
        transaction.execute(create_table);
        return {};
    });
    base::Result<Applied> applied = read_applied(database);
    if (!applied) return created ? base::refuse(applied.error()) : created;
    TRY(refuse_unknown(*applied, migrations, extent));
    for (const Migration& step : migrations) {
        auto& numbers = (*applied)[std::string(step.module)];
        auto found = numbers.find(step.number);
        if (found == numbers.end()) {
            base::Status done = apply(database, step);
            if (done) continue;
            // Two nodes that start together: one of them fails, but the step is there.
            Applied again = TRY(read_applied(database));
            if (!again[std::string(step.module)].contains(step.number)) return done;
        } else if (found->second != checksum_of(step)) {
            return base::refuse(base::error(base::ErrorKind::unavailable, "schema_changed")
                                    .with("module", step.module)
                                    .with("number", std::to_string(step.number)));
        }
    }
    return {};
}

}  // namespace store
