// Search and matching on generated entries: build rate, memory, latency, agreement; beside SQLite FTS5.
// usage: bench_search ENTRIES [--no-fts] [--export FOLDER]; run from the repository's root.
// --export writes entries and questions, already split, for the other yardsticks.
#include <algorithm>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/check.h"
#include "bench/support/words.h"
#include "search/index.h"

namespace {

/// Time on the wall, as the yardsticks in other programs measure theirs.
struct Clock {
    static double now() {
        timespec time{};
        clock_gettime(CLOCK_MONOTONIC, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    }
};

double seconds_since(double start) {
    return Clock::now() - start;
}

double resident_mb() {
    std::ifstream file("/proc/self/statm");
    long total = 0;
    long resident = 0;
    file >> total >> resident;
    return static_cast<double>(resident) * 4096 / 1e6;
}

struct Times {
    std::vector<double> milliseconds;
    std::uint64_t hits = 0;
    std::string line(const std::string& name) {
        std::sort(milliseconds.begin(), milliseconds.end());
        auto at = [&](double share) {
            return milliseconds[static_cast<std::size_t>(
                share * static_cast<double>(milliseconds.size() - 1))];
        };
        return fmt::format("{:<34} p50 {:>8.3f} ms  p99 {:>8.3f} ms  mean hits {}\n", name, at(0.5),
                           at(0.99), hits / milliseconds.size());
    }
};

Times measure(const std::vector<search::Query>& queries,
              const std::function<std::uint64_t(const search::Query&)>& run) {
    Times times;
    for (const search::Query& query : queries)
        run(query);  // warm
    for (const search::Query& query : queries) {
        auto start = Clock::now();
        times.hits += run(query);
        times.milliseconds.push_back(seconds_since(start) * 1000);
    }
    return times;
}

/// How many questions every engine is asked; as many as bench/yardsticks/questions.py reads.
constexpr std::size_t asked = 100;

std::vector<search::Query> queries(const std::vector<std::string>& questions,
                                   search::Matching matching, bool facets) {
    std::vector<search::Query> result;
    for (std::size_t i = 0; i < questions.size(); ++i) {
        search::Query query = bench::query_of(questions[i], i, matching);
        if (!facets) {
            query.facets.clear();
            query.counting = search::Counting::at_least;
        }
        result.push_back(std::move(query));
    }
    return result;
}

/// Questions that find nothing as they are typed: one character of one word is wrong.
std::vector<search::Query> misspelt(bench::Entries& entries) {
    std::vector<search::Query> result;
    for (std::size_t i = 0; i < 200; ++i) {
        search::Query query;
        query.text = entries.question();
        std::size_t word = query.text.find(' ');
        if (word < 6) continue;
        query.text.resize(word);
        query.text.replace(query.text.size() - 3, 3, "龘");
        query.matching = search::Matching::all;
        result.push_back(query);
        query.text = "spectrofotometr" + std::to_string(i);
        result.push_back(std::move(query));
    }
    return result;
}

/// FTS5 over the same terms, already split, without stored content.
class Fts {
  public:
    Fts() {
        CHECK(sqlite3_open(":memory:", &database_) == SQLITE_OK);
        run("CREATE VIRTUAL TABLE f USING fts5(t, content='', tokenize='unicode61', detail=none)");
        run("CREATE TABLE e(rowid INTEGER PRIMARY KEY, card TEXT, kind TEXT, place INTEGER)");
        run("BEGIN");
        prepare("INSERT INTO f(rowid, t) VALUES(?, ?)", &insert_);
        prepare("INSERT INTO e VALUES(?, ?, ?, ?)", &insert_entry_);
    }
    ~Fts() { sqlite3_close_v2(database_); }
    void add(std::int64_t row, const std::string& terms, const search::Document& document) {
        sqlite3_bind_int64(insert_, 1, row);
        sqlite3_bind_text(insert_, 2, terms.c_str(), -1, SQLITE_TRANSIENT);
        sqlite3_step(insert_);
        sqlite3_reset(insert_);
        sqlite3_bind_int64(insert_entry_, 1, row);
        sqlite3_bind_text(insert_entry_, 2, document.keywords.at("card")[0].c_str(), -1,
                          SQLITE_TRANSIENT);
        sqlite3_bind_text(insert_entry_, 3, document.keywords.at("kind")[0].c_str(), -1,
                          SQLITE_TRANSIENT);
        sqlite3_bind_int64(insert_entry_, 4, document.numbers.at("place"));
        sqlite3_step(insert_entry_);
        sqlite3_reset(insert_entry_);
    }
    void finish() {
        run("COMMIT");
        run("INSERT INTO f(f) VALUES('optimize')");
    }
    std::uint64_t search(const std::string& match, const search::Query& query, bool facets) {
        std::string where = " FROM f JOIN e ON e.rowid = f.rowid WHERE f MATCH ?";
        for (const search::Filter& filter : query.filters) {
            where += filter.attribute == "card" ? " AND card IN ('C1','C6')"
                                                : " AND place BETWEEN 450100 AND 450299";
        }
        if (!facets) return step("SELECT f.rowid" + where + " ORDER BY rank LIMIT 20", match);
        // The page and the facets of one pass, as everybody else makes them.
        return step("WITH hit AS MATERIALIZED (SELECT f.rowid AS id, card, kind, rank AS r" +
                        where +
                        ") SELECT * FROM (SELECT id, '', '' FROM hit ORDER BY r LIMIT 20)"
                        " UNION ALL SELECT count(*), card, kind FROM hit GROUP BY card, kind",
                    match);
    }

  private:
    void run(const char* sql) {
        CHECK_WITH(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
    }
    void prepare(const char* sql, sqlite3_stmt** statement) {
        CHECK_WITH(sqlite3_prepare_v2(database_, sql, -1, statement, nullptr) == SQLITE_OK, sql);
    }
    std::uint64_t step(const std::string& sql, const std::string& match) {
        sqlite3_stmt* statement = nullptr;
        prepare(sql.c_str(), &statement);
        sqlite3_bind_text(statement, 1, match.c_str(), -1, SQLITE_TRANSIENT);
        std::uint64_t rows = 0;
        while (sqlite3_step(statement) == SQLITE_ROW)
            ++rows;
        sqlite3_finalize(statement);
        return rows;
    }

    sqlite3* database_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    sqlite3_stmt* insert_entry_ = nullptr;
};

/// The terms of a text as FTS5 tokens; a query's words as alternatives or musts.
std::string split_terms(const search::Tokenizer& tokenizer, const std::string& text,
                        const char* between) {
    search::TokenList tokens;
    tokenizer.tokenize(text, tokens);
    std::string result;
    for (const search::Token& token : tokens.tokens) {
        if (!result.empty()) result += between;
        std::string term(tokens.text(token));
        result += *between == ' ' && between[1] == '\0' ? term : '"' + term + '"';
    }
    return result;
}

/// Entries and questions as lines, already split, for the yardsticks of bench/yardsticks.
class Export {
  public:
    explicit Export(const std::string& folder)
        : entries_(folder + "/entries.tsv"), folder_(folder) {}
    void add(const std::string& terms, const search::Document& document) {
        entries_ << terms << '\t' << document.keywords.at("card")[0] << '\t'
                 << document.keywords.at("kind")[0] << '\t' << document.numbers.at("place") << '\n';
    }
    /// Terms, then `card` and `place` where the question filters by them.
    void finish(const search::Index& index, const std::vector<search::Query>& asked) {
        entries_.close();
        std::ofstream out(folder_ + "/questions.tsv");
        for (const search::Query& query : asked) {
            out << bench::split(index.tokenizer(), query.text) << '\t';
            for (const search::Filter& filter : query.filters)
                out << filter.attribute << ' ';
            out << '\n';
        }
    }

  private:
    std::ofstream entries_;
    std::string folder_;
};

}  // namespace

int main(int count, char** arguments) {
    std::size_t entries = count > 1 ? std::stoul(arguments[1]) : 100'000;
    std::vector<std::string> options(arguments + std::min(count, 2), arguments + count);
    auto option = std::ranges::find(options, "--export");
    bool with_fts = std::ranges::find(options, "--no-fts") == options.end();
    std::optional<Export> exported;
    if (option != options.end() && option + 1 != options.end()) exported.emplace(option[1]);
    bench::Entries generator(42);
    search::Index index(bench::entry_schema(), search::Merging::at_once);
    Fts fts;
    double before_mb = resident_mb();
    double build_seconds = 0;
    double fts_seconds = 0;
    std::vector<search::Document> batch;
    std::vector<std::string> likes;
    for (std::size_t i = 0; i < entries;) {
        batch.clear();
        for (std::size_t k = 0; k < 16'384 && i < entries; ++k, ++i)
            batch.push_back(generator.next());
        if (likes.size() < 100) likes.push_back(generator.demand());
        auto start = Clock::now();
        index.put_all(batch);
        build_seconds += seconds_since(start);
        if (!with_fts && !exported) continue;
        std::vector<std::string> split;
        for (const search::Document& document : batch) {
            split.push_back(bench::split(
                index.tokenizer(), document.texts.at("title") + " " + document.texts.at("body")));
            if (exported) exported->add(split.back(), document);
        }
        if (!with_fts) continue;
        start = Clock::now();
        for (std::size_t k = 0; k < batch.size(); ++k) {
            fts.add(static_cast<std::int64_t>(i - batch.size() + k), split[k], batch[k]);
        }
        fts_seconds += seconds_since(start);
    }
    auto start = Clock::now();
    index.optimize();
    double optimize_seconds = seconds_since(start);
    std::cout << fmt::format(
        "entries {}  build {:.1f} s ({:.0f}/s with splitting)  optimize {:.1f} s  index {:.0f} MB  "
        "resident +{:.0f} MB\n",
        entries, build_seconds, static_cast<double>(entries) / build_seconds, optimize_seconds,
        static_cast<double>(index.byte_count()) / 1e6, resident_mb() - before_mb);
    auto own = [&](const search::Query& query) {
        auto hits = index.search(query);
        CHECK(hits.has_value());
        return hits->total;
    };
    // The same questions for every engine, with all words and with any.
    std::vector<std::string> questions;
    while (questions.size() < asked)
        questions.push_back(generator.question());
    auto ands = queries(questions, search::Matching::all, true);
    auto ors = queries(questions, search::Matching::any, true);
    auto short_ors = queries(questions, search::Matching::any, false);
    if (exported) exported->finish(index, ands);
    while (likes.size() < 100)
        likes.push_back(generator.demand());
    std::vector<search::Query> similar;
    for (const std::string& text : likes) {
        search::Query query;
        query.like = text;
        similar.push_back(std::move(query));
    }
    std::cout << measure(ands, own).line("AND, filters, facets");
    std::cout << measure(ors, own).line("OR, filters, facets");
    std::cout << measure(short_ors, own).line("OR, filters, top 20 (pruned)");
    std::cout << measure(similar, own).line("find similar, 60 terms");
    std::cout << measure(misspelt(generator), own).line("misspelt, with suggestion");
    std::size_t agreeing = 0;
    for (const search::Query& query : short_ors) {
        auto pruned = index.search(query, search::Strategy::pruned);
        auto exhaustive = index.search(query, search::Strategy::exhaustive);
        bool same = pruned->hits.size() == exhaustive->hits.size();
        for (std::size_t i = 0; same && i < pruned->hits.size(); ++i) {
            same = pruned->hits[i].id == exhaustive->hits[i].id &&
                   pruned->hits[i].score == exhaustive->hits[i].score;
        }
        agreeing += same;
    }
    std::cout << fmt::format("top 20 equal to exhaustive: {} of {}\n", agreeing, short_ors.size());
    start = Clock::now();
    auto saved = index.save("/tmp/search_bench.snapshot", 1);
    double save_seconds = seconds_since(start);
    search::Index loaded(bench::entry_schema());
    start = Clock::now();
    auto sequence = loaded.load("/tmp/search_bench.snapshot");
    std::cout << fmt::format("snapshot: save {:.2f} s, load {:.2f} s, {}\n", save_seconds,
                             seconds_since(start), saved && sequence ? "ok" : "FAILED");
    start = Clock::now();
    for (int i = 0; i < 2000; ++i) {
        search::Document document = generator.next();
        document.id = fmt::format("{:026}", generator.chance().below(entries));
        index.put(document);
    }
    std::cout << fmt::format("updates one by one: {:.0f}/s\n", 2000 / seconds_since(start));
    std::remove("/tmp/search_bench.snapshot");
    if (!with_fts) return 0;
    fts.finish();
    auto fts_or = [&](const search::Query& query) {
        return fts.search(split_terms(index.tokenizer(), query.text, " OR "), query,
                          !query.facets.empty());
    };
    auto fts_and = [&](const search::Query& query) {
        return fts.search(split_terms(index.tokenizer(), query.text, " AND "), query,
                          !query.facets.empty());
    };
    std::cout << fmt::format("SQLite FTS5 (already split): build {:.1f} s\n", fts_seconds);
    std::cout << measure(ands, fts_and).line("FTS5 AND, filters, facets");
    std::cout << measure(ors, fts_or).line("FTS5 OR, filters, facets");
    std::cout << measure(short_ors, fts_or).line("FTS5 OR, filters, top 20");
}
