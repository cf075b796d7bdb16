// Any region × year × class × field slice over millions of registered contracts: indicator::Columns
// beside the same sums by GROUP BY over the facts in SQLite, and in PostgreSQL if there is one. All must
// give the same figures, or it fails.
//
//     bench_contracts         BENCH_FACTS (5,000,000), BENCH_POSTGRESQL (URL of an empty database);
//                             run from the repository's root

#include <algorithm>
#include <array>
#include <map>
#include <thread>
#include <tuple>

#include <libpq-fe.h>
#include <sqlite3.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "bench/support/figures.h"
#include "bench/support/generator.h"
#include "indicator/columns.h"
#include "indicator/fact.h"
#include "indicator/migrations.h"
#include "indicator/slice.h"
#include "party/place.h"
#include "store/database.h"
#include "store/migrate.h"

namespace {

using bench::must;

constexpr std::string_view kind = "contract.registered";

/// Statements run past the store, to fill tables in seconds instead of hours and to ask the yardstick.
class Raw {
  public:
    explicit Raw(const std::string& file) {
        CHECK(sqlite3_open(file.c_str(), &database_) == SQLITE_OK);
        sqlite3_busy_timeout(database_, 10'000);
        run("pragma synchronous = off");
        run("pragma cache_size = -400000");
        run("pragma temp_store = memory");
    }
    Raw(const Raw&) = delete;
    Raw& operator=(const Raw&) = delete;
    ~Raw() { sqlite3_close(database_); }
    void run(const char* sql) {
        char* words = nullptr;
        CHECK_WITH(sqlite3_exec(database_, sql, nullptr, nullptr, &words) == SQLITE_OK,
                   words == nullptr ? sql : words);
    }
    void step(sqlite3_stmt* statement) {
        CHECK_WITH(sqlite3_step(statement) == SQLITE_DONE, sqlite3_errmsg(database_));
        sqlite3_reset(statement);
    }
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        CHECK_WITH(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) == SQLITE_OK, sql);
        return statement;
    }

  private:
    sqlite3* database_ = nullptr;
};

void bind_text(sqlite3_stmt* statement, int position, std::string_view text) {
    sqlite3_bind_text(statement, position, text.data(), static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
}

using Cell = std::tuple<std::string, std::string, std::string, std::string>;
struct Sum {
    std::int64_t count = 0;
    std::int64_t amount_fen = 0;
};

/// Facts straight into the table, and the rollup from sums kept beside: what record() would leave,
/// without five million rows of change log.
std::size_t fill(const std::string& file, std::int64_t count) {
    Raw raw(file);
    raw.run("pragma journal_mode = off");
    raw.run("drop index indicator_fact_subject");
    raw.run("drop index indicator_fact_slice");
    raw.run("begin");
    sqlite3_stmt* insert = raw.prepare(
        "insert into indicator_fact (id, kind, subject, place, day, count, amount_fen, class_code, "
        "field, is_sample) values (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?8, 0)");
    std::map<Cell, Sum> cells;
    bench::ContractFacts facts(20260302);
    std::array<char, 27> id{};
    for (std::int64_t i = 0; i < count; ++i) {
        bench::ContractFact fact = facts.next();
        std::snprintf(id.data(), id.size(), "01J%023lld", static_cast<long long>(i));
        std::string day = fact.day.to_string();
        bind_text(insert, 1, id.data());
        bind_text(insert, 2, kind);
        bind_text(insert, 3, id.data());
        bind_text(insert, 4, fact.place);
        bind_text(insert, 5, day);
        sqlite3_bind_int64(insert, 6, fact.amount_fen);
        bind_text(insert, 7, fact.class_code);
        bind_text(insert, 8, fact.field);
        raw.step(insert);
        Sum& sum = cells[{day.substr(0, 7), fact.place, fact.class_code, fact.field}];
        ++sum.count;
        sum.amount_fen += fact.amount_fen;
    }
    sqlite3_finalize(insert);
    insert = raw.prepare(
        "insert into indicator_rollup (kind, month, place, class_code, field, is_sample, count, "
        "amount_fen) values (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7)");
    for (const auto& [cell, sum] : cells) {
        bind_text(insert, 1, kind);
        bind_text(insert, 2, std::get<0>(cell));
        bind_text(insert, 3, std::get<1>(cell));
        bind_text(insert, 4, std::get<2>(cell));
        bind_text(insert, 5, std::get<3>(cell));
        sqlite3_bind_int64(insert, 6, sum.count);
        sqlite3_bind_int64(insert, 7, sum.amount_fen);
        raw.step(insert);
    }
    sqlite3_finalize(insert);
    raw.run("create index indicator_fact_subject on indicator_fact (subject, kind)");
    raw.run("create index indicator_fact_slice on indicator_fact (kind, day, place)");
    raw.run("commit");
    return cells.size();
}

/// How record() itself keeps up: facts in one transaction, log, table and rollup.
double record_rate(store::Database& database) {
    bench::ContractFacts facts(7);
    constexpr int count = 20'000;
    bench::Stopwatch time;
    must(database.write<void>([&](store::Transaction& transaction) -> base::Status {
        for (int i = 0; i < count; ++i) {
            bench::ContractFact made = facts.next();
            indicator::record(transaction, {.kind = "bench.recorded",
                                            .subject = "SUBJECT" + std::to_string(i),
                                            .place = made.place,
                                            .day = made.day,
                                            .amount = base::Money::fen(made.amount_fen),
                                            .class_code = made.class_code,
                                            .field = made.field});
        }
        return {};
    }));
    return count / time.seconds();
}

/// What a registration leaves behind (four facts with their log rows, and one row of its own), each
/// durable before it is answered, from many threads at once: the group commit shares the disk.
double registration_rate(store::Database& database) {
    constexpr int threads = 64;
    constexpr int each = 100;
    auto work = [&](int number) {
        bench::ContractFacts facts(100 + static_cast<std::uint64_t>(number));
        for (int i = 0; i < each; ++i) {
            bench::ContractFact made = facts.next();
            std::string subject = "R" + std::to_string(number) + "N" + std::to_string(i);
            must(database.write<void>([&](store::Transaction& transaction) -> base::Status {
                for (const char* part : {"registered", "output", "absorbed", "technical"}) {
                    indicator::record(transaction, {.kind = std::string("bench.") + part,
                                                    .subject = subject,
                                                    .place = made.place,
                                                    .day = made.day,
                                                    .amount = base::Money::fen(made.amount_fen),
                                                    .class_code = made.class_code,
                                                    .field = made.field});
                }
                transaction.append({.actor = "system",
                                    .place = made.place,
                                    .subject = subject,
                                    .action = "bench.registered",
                                    .payload = "{}"});
                return {};
            }));
        }
    };
    bench::Stopwatch time;
    std::vector<std::jthread> running;
    for (int i = 0; i < threads; ++i)
        running.emplace_back(work, i);
    running.clear();
    return threads * each / time.seconds();
}

/// A question as the figures page and the workbench ask it.
struct Question {
    indicator::Slice slice;
    indicator::Dimension dimension = indicator::Dimension::none;
};

std::vector<Question> make_questions(std::size_t count) {
    bench::Chance chance(11);
    std::vector<std::string> places = bench::county_codes();
    std::vector<std::string> classes{"", "DEV", "TRANSFER", "LICENCE", "CONSULT", "SERVICE"};
    std::vector<std::string> fields = bench::technical_field_codes();
    std::vector<indicator::Dimension> dimensions{
        indicator::Dimension::month, indicator::Dimension::city, indicator::Dimension::class_code};
    std::vector<Question> questions;
    for (std::size_t i = 0; i < count; ++i) {
        Question question;
        std::string year = std::to_string(2018 + chance.below(9));
        std::string place = places[chance.skewed(places.size())];
        std::size_t level = chance.below(3);
        if (level == 1) place = place.substr(0, 4) + "00";
        if (level == 2) place = "450000";
        question.slice = {.kind = std::string(kind),
                          .from_month = year + "-01",
                          .to_month = year + "-12",
                          .place = place,
                          .class_prefix = chance.one_of(classes)};
        if (chance.below(3) == 0) question.slice.field = fields[chance.skewed(fields.size())];
        question.dimension = chance.one_of(dimensions);
        questions.push_back(question);
    }
    return questions;
}

std::vector<indicator::Figure> ask(store::Database& database, indicator::Columns& columns,
                                   const Question& question) {
    return must(database.read<std::vector<indicator::Figure>>(
        [&](store::Reader& reader) -> base::Result<std::vector<indicator::Figure>> {
            return columns.sum_by(reader, question.slice, question.dimension);
        }));
}

/// The question as GROUP BY over the facts; parameters are ?1 to ?7 or $1 to $7.
std::string grouping_statement(const Question& question, char mark) {
    const char* key = question.dimension == indicator::Dimension::month ? "substr(day, 1, 7)"
                      : question.dimension == indicator::Dimension::city
                          ? "substr(place, 1, 4) || '00'"
                          : "class_code";
    std::string sql = std::string("select ") + key +
                      ", sum(count), sum(amount_fen) from indicator_fact where kind = ?1 and day "
                      ">= ?2 and day <= ?3 and place >= ?4 and place <= ?5 and (?6 = '' or "
                      "class_code = ?6 or class_code like ?6 || '.%') and (?7 = '' or field = ?7) "
                      "group by 1 order by 1";
    std::replace(sql.begin(), sql.end(), '?', mark);
    return sql;
}

std::array<std::string, 7> parameters_of(const Question& question) {
    party::PlaceRange range = party::Places::range(question.slice.place);
    return {
        std::string(kind),      question.slice.from_month + "-01", question.slice.to_month + "-31",
        std::string(range.low), std::string(range.high),           question.slice.class_prefix,
        question.slice.field};
}

std::vector<indicator::Figure> ask_facts(Raw& raw, const Question& question) {
    sqlite3_stmt* statement = raw.prepare(grouping_statement(question, '?').c_str());
    int position = 0;
    for (const std::string& parameter : parameters_of(question))
        bind_text(statement, ++position, parameter);
    std::vector<indicator::Figure> figures;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        figures.push_back({reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)),
                           sqlite3_column_int64(statement, 1),
                           base::Money::fen(sqlite3_column_int64(statement, 2))});
    }
    sqlite3_finalize(statement);
    return figures;
}

/// The same facts in PostgreSQL, with the same index, as the second yardstick.
class Postgresql {
  public:
    explicit Postgresql(const char* url) : connection_(PQconnectdb(url)) {
        CHECK_WITH(PQstatus(connection_) == CONNECTION_OK, PQerrorMessage(connection_));
    }
    Postgresql(const Postgresql&) = delete;
    Postgresql& operator=(const Postgresql&) = delete;
    ~Postgresql() { PQfinish(connection_); }

    void fill(std::int64_t count) {
        run("drop table if exists indicator_fact");
        run("create unlogged table indicator_fact (id text, kind text, place text, day text, "
            "count bigint, amount_fen bigint, class_code text, field text)");
        PQclear(PQexec(connection_, "copy indicator_fact from stdin"));
        bench::ContractFacts facts(20260302);
        std::string lines;
        for (std::int64_t i = 0; i < count; ++i) {
            bench::ContractFact fact = facts.next();
            lines += std::to_string(i) + '\t' + std::string(kind) + '\t' + fact.place + '\t' +
                     fact.day.to_string() + "\t1\t" + std::to_string(fact.amount_fen) + '\t' +
                     fact.class_code + '\t' + fact.field + '\n';
            if (lines.size() < 1'000'000 && i + 1 < count) continue;
            CHECK(PQputCopyData(connection_, lines.data(), static_cast<int>(lines.size())) == 1);
            lines.clear();
        }
        CHECK(PQputCopyEnd(connection_, nullptr) == 1);
        PQclear(PQgetResult(connection_));
        run("create index on indicator_fact (kind, day, place)");
        run("analyze indicator_fact");
    }
    std::vector<indicator::Figure> ask(const Question& question) {
        std::array<std::string, 7> parameters = parameters_of(question);
        std::array<const char*, 7> values{};
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = parameters[i].c_str();
        PGresult* result = PQexecParams(connection_, grouping_statement(question, '$').c_str(),
                                        values.size(), nullptr, values.data(), nullptr, nullptr, 0);
        CHECK_WITH(PQresultStatus(result) == PGRES_TUPLES_OK, PQerrorMessage(connection_));
        std::vector<indicator::Figure> figures;
        for (int row = 0; row < PQntuples(result); ++row) {
            figures.push_back({PQgetvalue(result, row, 0), std::stoll(PQgetvalue(result, row, 1)),
                               base::Money::fen(std::stoll(PQgetvalue(result, row, 2)))});
        }
        PQclear(result);
        return figures;
    }

  private:
    void run(const char* sql) {
        PGresult* result = PQexec(connection_, sql);
        CHECK_WITH(PQresultStatus(result) == PGRES_COMMAND_OK, PQerrorMessage(connection_));
        PQclear(result);
    }
    PGconn* connection_;
};

bool equal(const std::vector<indicator::Figure>& left,
           const std::vector<indicator::Figure>& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](const indicator::Figure& one, const indicator::Figure& other) {
                          return one.key == other.key && one.count == other.count &&
                                 one.amount == other.amount;
                      });
}

/// Times `answer` for some of the questions and compares what it says with the columns.
template <class Answer>
std::vector<double> time_yardstick(store::Database& database, indicator::Columns& columns,
                                   const std::vector<Question>& questions, Answer answer) {
    std::vector<double> times;
    for (std::size_t i = 0; i < questions.size(); i += 10) {
        bench::Stopwatch time;
        std::vector<indicator::Figure> expected = answer(questions[i]);
        times.push_back(time.seconds() * 1e3);
        CHECK_WITH(equal(ask(database, columns, questions[i]), expected),
                   "columns and facts disagree");
    }
    return times;
}

void report_slices(std::vector<double>& times, std::vector<double>& yardstick,
                   const std::string& name, const std::string& note) {
    const std::string what = "slice region × year × class × field";
    bench::report({what, bench::quantile(times, 0.5), "ms p50", "GROUP BY over the facts, " + name,
                   bench::quantile(yardstick, 0.5), bench::Better::lower, 0, 0, note});
    bench::report({what, bench::quantile(times, 0.99), "ms p99", "GROUP BY over the facts, " + name,
                   bench::quantile(yardstick, 0.99), bench::Better::lower, 0, 20});
}

/// Recounts everything from the facts and proves the rollup equal to it.
void measure_recount(store::Database& database) {
    auto build = [&](indicator::Cells::Source source) {
        bench::Stopwatch time;
        auto cells = must(database.read<indicator::Cells>(
            [&](store::Reader& reader) { return indicator::Cells::build(reader, source); }));
        return std::pair(std::move(cells), time.seconds());
    };
    auto [facts, seconds] = build(indicator::Cells::Source::facts);
    auto [rollup, rollup_seconds] = build(indicator::Cells::Source::rollup);
    CHECK_WITH(indicator::Cells::first_difference(facts, rollup).empty(),
               "rollup and facts differ");
    bench::report({"full recount from the facts", seconds, "s", "", 0, bench::Better::lower, 0, 10,
                   "equal to the rollup"});
}

void measure(store::Database& database, const std::string& file, std::int64_t count,
             std::size_t cells) {
    std::vector<Question> questions = make_questions(400);
    indicator::Columns columns;
    bench::Stopwatch building;
    must(columns.build(database));
    bench::report({"columns built from the rollup", building.seconds(), "s", "", 0,
                   bench::Better::lower, 0, 10,
                   std::to_string(columns.byte_count() / 1'000'000) + " MB"});
    std::vector<double> times;
    for (const Question& question : questions) {
        bench::Stopwatch time;
        ask(database, columns, question);
        times.push_back(time.seconds() * 1e3);
    }
    CHECK(columns.answered() == static_cast<std::int64_t>(questions.size()));
    Raw raw(file);
    std::vector<double> yardstick = time_yardstick(
        database, columns, questions, [&](const Question& q) { return ask_facts(raw, q); });
    report_slices(times, yardstick, "SQLite",
                  std::to_string(cells) + " rollup rows; all gave the same figures");
    if (const char* url = std::getenv("BENCH_POSTGRESQL")) {
        Postgresql postgresql(url);
        postgresql.fill(count);
        yardstick = time_yardstick(database, columns, questions,
                                   [&](const Question& q) { return postgresql.ask(q); });
        report_slices(times, yardstick, "PostgreSQL", "");
    }
    measure_recount(database);
}

}  // namespace

int main() {
    std::string file = bench::fresh_folder("contracts") + "/store.db";
    auto count = static_cast<std::int64_t>(bench::setting("BENCH_FACTS", 5e6));
    base::SystemClock clock;
    base::SecureRandom random;
    auto open = [&] {
        return must(store::Database::open({.url = "sqlite:" + file}, clock, random));
    };
    double rate = 0;
    {
        auto database = open();
        must(store::migrate(*database, store::store_migrations()));
        must(store::migrate(*database, indicator::migrations()));
        rate = record_rate(*database);
        bench::report({"registrations made durable (4 facts, 5 log rows, 64 threads)",
                       registration_rate(*database), "/s", "", 0, bench::Better::higher, 0, 2'000});
    }
    std::cerr << "making " << count << " facts\n";
    bench::Stopwatch time;
    std::size_t cells = fill(file, count);
    bench::report({"facts loaded in bulk (table, indexes, rollup)",
                   static_cast<double>(count) / time.seconds(), "facts/s", "", 0,
                   bench::Better::higher, 0, 50'000});
    std::cerr << "made in " << time.seconds() << " s, " << cells << " rollup rows\n";
    auto database = open();
    measure(*database, file, count, cells);
    bench::report({"facts recorded (log, table, rollup; one transaction)", rate, "facts/s"});
}
