// An xlsx file of 20,000 achievements through the import's own rules: read, dry run with full
// validation and duplicates, then commit into SQLite with history and change log.
//
//     bench_import            BENCH_ROWS (20,000); run from the repository's root

#include <cstdio>
#include <fstream>

#include <sqlite3.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "bench/support/figures.h"
#include "bench/support/generator.h"
#include "catalog/entry.h"
#include "catalog/import.h"
#include "catalog/migrations.h"
#include "catalog/sheet.h"
#include "format/xlsx.h"
#include "indicator/migrations.h"
#include "party/migrations.h"
#include "party/organisation.h"
#include "party/place.h"
#include "store/files.h"
#include "store/migrate.h"
#include "workflow/case.h"
#include "workflow/migrations.h"

namespace {

using bench::must;

const std::filesystem::path region = "regions/guangxi";

/// The modules as the site wires them, without a server.
struct Wired {
    explicit Wired(const std::filesystem::path& folder)
        : codes(must(workflow::Codes::load(region / "codes"))),
          places(must(party::Places::load(region / "places.yaml"))),
          permissions(must(party::Permissions::load(region / "permissions.yaml"))),
          kinds(must(catalog::Kinds::load(region / "kinds", codes))),
          database(must(store::Database::open({.url = "sqlite:" + (folder / "store.db").string()},
                                              clock, random))),
          vault(must(base::Vault::open_or_create(folder / "master.key"))),
          files(folder / "files"),
          cases({must(workflow::Process::load(region / "processes/entry.yaml"))}, codes,
                must(base::WorkCalendar::load(region / "calendar"))),
          entries(kinds, permissions, *vault),
          imports(entries, permissions, files, *vault) {
        must(store::migrate(*database, store::store_migrations()));
        for (auto part : {party::migrations(), workflow::migrations(), indicator::migrations(),
                          catalog::migrations()}) {
            must(store::migrate(*database, part));
        }
        entries.attach(cases);
        actor.account = base::Id<party::Account>("01BENCH");
        actor.name = "bench";
        actor.organisation = make_owner();
        actor.grants.push_back({"transfer_officer", "", actor.organisation});
    }

    base::Id<party::Organisation> make_owner() {
        party::Organisations organisations(places, permissions);
        party::OrganisationDraft draft;
        std::string code = "91450100010000000";
        draft.credit_code = code + party::credit_code_check(code);
        draft.name = "测量大学";
        draft.kind = party::OrganisationKind::university;
        draft.place = "450107";
        draft.address = "测量路 1 号";
        return must(database->write<party::Organisation>([&](store::Transaction& transaction) {
                   return organisations.create(transaction, party::Actor::system(), draft);
               }))
            .id;
    }

    base::SystemClock clock;
    base::SecureRandom random;
    workflow::Codes codes;
    party::Places places;
    party::Permissions permissions;
    catalog::Kinds kinds;
    std::unique_ptr<store::Database> database;
    std::unique_ptr<base::Vault> vault;
    store::Files files;
    workflow::Cases cases;
    catalog::Entries entries;
    catalog::Imports imports;
    party::Actor actor;
};

/// One row of the sheet: each column that a careful officer fills, in the words of the template.
std::vector<std::string> make_row(const std::vector<catalog::TemplateColumn>& columns,
                                  bench::Texts& texts, int number) {
    std::vector<std::string> cells;
    for (const catalog::TemplateColumn& column : columns) {
        const std::string& path = column.field.path;
        std::string cell;
        if (path == "title") {
            cell = texts.title() + std::to_string(number);
        } else if (path == "ip.0.number") {
            cell = "ZL2020" + std::to_string(10'000'000 + number) + ".7";
        } else if (path == "price") {
            cell = std::to_string(10'000 + texts.chance().below(5'000'000)) + ".00";
        } else if (path == "keywords") {
            cell = texts.title() + "；" + texts.title();
        } else if (!column.options.empty() && path.find("ip.1") == std::string::npos) {
            cell = texts.chance().one_of(column.options);
        } else if (path == "summary" || path == "problem" || path == "advantage" ||
                   path == "economic_comparison" || path == "stage_evidence") {
            cell = texts.paragraph(path == "summary" ? 60 : 140);
        }
        cells.push_back(std::move(cell));
    }
    return cells;
}

std::string make_file(const catalog::Kind& kind, const std::string& folder, int rows) {
    std::vector<catalog::TemplateColumn> columns =
        catalog::template_columns(kind, base::Language::zh_cn);
    format::Workbook workbook;
    workbook.title = "成果";
    workbook.created = base::SystemClock().now();
    workbook.sheet.name = "成果";
    for (const catalog::TemplateColumn& column : columns)
        workbook.sheet.columns.push_back({.title = column.label});
    bench::Texts texts(20'171'101);
    for (int i = 0; i < rows; ++i)
        workbook.sheet.rows.push_back(make_row(columns, texts, i));
    return must(format::write_xlsx(workbook, folder));
}

std::vector<catalog::SheetRow> read_rows(const std::string& bytes) {
    format::Table table = must(format::read_xlsx(bytes));
    std::vector<catalog::SheetRow> rows;
    for (format::Row& row : table.rows)
        rows.push_back({row.number, std::move(row.cells)});
    return rows;
}

/// The floor: the same bytes inserted by SQLite into one table with one index, in one transaction.
double bare_insert(const std::string& folder, const std::vector<catalog::SheetRow>& rows) {
    sqlite3* database = nullptr;
    CHECK(sqlite3_open((folder + "/bare.db").c_str(), &database) == SQLITE_OK);
    for (const char* sql : {"pragma journal_mode = wal", "pragma synchronous = full",
                            "create table entry (id text primary key, title text, body text)",
                            "create index entry_by_title on entry (title)"})
        CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    bench::Stopwatch time;
    CHECK(sqlite3_exec(database, "begin", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_stmt* insert = nullptr;
    CHECK(sqlite3_prepare_v2(database, "insert into entry values (?1, ?2, ?3)", -1, &insert,
                             nullptr) == SQLITE_OK);
    for (const catalog::SheetRow& row : rows) {
        std::string id = "01J" + std::to_string(row.number);
        std::string body;
        for (const std::string& cell : row.cells)
            body += cell + '\n';
        sqlite3_bind_text(insert, 1, id.c_str(), -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(insert, 2, row.cells.front().c_str(), -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(insert, 3, body.c_str(), -1, SQLITE_TRANSIENT);
        CHECK(sqlite3_step(insert) == SQLITE_DONE);
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    CHECK(sqlite3_exec(database, "commit", nullptr, nullptr, nullptr) == SQLITE_OK);
    double took = time.seconds();
    sqlite3_close(database);
    return took;
}

}  // namespace

int main() {
    std::string folder = bench::fresh_folder("import");
    int rows_wanted = static_cast<int>(bench::setting("BENCH_ROWS", 20'000));
    Wired site(folder);
    std::string bytes = make_file(*must(site.kinds.require("achievement")), folder, rows_wanted);
    std::cerr << bytes.size() / 1000 << " kB of xlsx\n";

    bench::Stopwatch whole, read;
    std::vector<catalog::SheetRow> rows = read_rows(bytes);
    double read_seconds = read.seconds();
    bench::Stopwatch check;
    catalog::Import checked = must(
        site.imports.check(*site.database, site.actor, "achievement", "成果.xlsx", bytes, rows));
    double check_seconds = check.seconds();
    if (checked.rows_faulty + checked.rows_incomplete > 0)
        std::cerr << base::json::serialize(checked.report).substr(0, 2000) << '\n';
    CHECK(checked.rows_total == rows_wanted && checked.rows_faulty == 0);
    bench::Stopwatch commit;
    catalog::Import done = must(site.imports.commit(*site.database, site.actor, checked.id, rows,
                                                    catalog::AfterImport::keep_drafts));
    double commit_seconds = commit.seconds();
    CHECK(done.entries_made == rows_wanted);
    double whole_seconds = whole.seconds();

    std::string what = "xlsx import of " + std::to_string(rows_wanted) + " rows";
    bench::report({what + ": read the file", read_seconds, "s", "", 0, bench::Better::lower});
    bench::report({what + ": dry run (validation, duplicates)", check_seconds, "s", "", 0,
                   bench::Better::lower, 0, 0,
                   std::to_string(checked.rows_duplicate) + " rows flagged as duplicates"});
    bench::report({what + ": commit", commit_seconds, "s", "bare SQLite insert",
                   bare_insert(folder, rows), bench::Better::lower});
    bench::report({what + ": all", whole_seconds, "s", "", 0, bench::Better::lower, 0, 10});
}
