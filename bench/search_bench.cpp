// Search and matching on generated entries: build rate, memory, latency, agreement; beside SQLite FTS5.
// usage: search_bench ENTRIES [--no-fts]
#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/check.h"
#include "base/random.h"
#include "search/index.h"

namespace {

/// Processor time of this process: what is measured here runs on one thread and never waits, and
/// other programs on the machine do not blur it.
struct Clock {
    static double now() {
        timespec time{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
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

/// Words with Zipf frequencies, in topics, so that texts repeat themselves as real ones do.
class Generator {
  public:
    explicit Generator(std::uint64_t seed) : random_(seed) {
        // Two- and three-character words over frequent characters; the splitter cuts them as it likes.
        for (std::uint32_t i = 0; i < word_count; ++i) {
            std::string word;
            int length = random_.below(4) == 0 ? 3 : 2;
            for (int k = 0; k < length; ++k)
                append(word, 0x4E00 + static_cast<std::uint32_t>(random_.below(3000)));
            words_.push_back(word);
        }
    }
    std::string word() { return words_[zipf()]; }
    search::Document document(std::size_t number) {
        search::Document document;
        document.id = fmt::format("{:026}", number);
        std::uint64_t topic = random_.below(topic_count);
        document.texts["title"] = text(22, topic);
        document.texts["body"] = text(198, topic);
        document.keywords["card"] = {"C" + std::to_string(1 + random_.below(9))};
        document.keywords["kind"] = {random_.below(20) == 0 ? "demand" : "achievement"};
        document.numbers["place"] =
            static_cast<std::int64_t>(450000 + (1 + random_.below(14)) * 100 + random_.below(12));
        document.numbers["day"] = static_cast<std::int64_t>(random_.below(3000));
        return document;
    }
    base::SeededRandom& random() { return random_; }

  private:
    static void append(std::string& text, std::uint32_t c) {
        text.push_back(static_cast<char>(0xE0 | (c >> 12)));
        text.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
        text.push_back(static_cast<char>(0x80 | (c & 0x3F)));
    }
    std::size_t zipf() {
        double u = static_cast<double>(random_.below(1'000'000) + 1) / 1'000'001;
        return std::min<std::size_t>(word_count - 1,
                                     static_cast<std::size_t>(std::pow(word_count, u)) - 1);
    }
    std::string text(std::size_t characters, std::uint64_t topic) {
        std::string result;
        std::size_t count = 0;
        while (count < characters) {
            std::size_t pick =
                random_.below(3) == 0 ? (topic * 97 + random_.below(60)) % word_count : zipf();
            result += words_[pick];
            count += words_[pick].size() / 3;
            if (random_.below(8) == 0) result += "，";
        }
        return result;
    }

    static constexpr std::uint32_t word_count = 100'000;
    static constexpr std::uint64_t topic_count = 2'000;
    base::SeededRandom random_;
    std::vector<std::string> words_;
};

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

std::vector<search::Query> queries(Generator& generator, std::size_t count,
                                   search::Matching matching, bool facets) {
    std::vector<search::Query> result;
    for (std::size_t i = 0; i < count; ++i) {
        search::Query query;
        std::size_t words = 2 + generator.random().below(4);
        for (std::size_t k = 0; k < words; ++k)
            query.text += generator.word() + ' ';
        query.matching = matching;
        if (i % 2 == 0) query.filters.push_back({"card", {"C1", "C6"}, {}, {}});
        if (i % 3 == 0) query.filters.push_back({"place", {}, 450100, 450299});
        if (facets) query.facets = {"card", "kind"};
        if (!facets) query.counting = search::Counting::at_least;
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
        std::uint64_t rows = step("SELECT f.rowid" + where + " ORDER BY bm25(f) LIMIT 20", match);
        if (facets)
            rows = step("SELECT card, kind, count(*)" + where + " GROUP BY card, kind", match);
        return rows;
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

search::Schema bench_schema() {
    using search::AttributeKind;
    return {{{"title", 4}, {"body", 1}},
            {{"card", AttributeKind::keyword},
             {"kind", AttributeKind::keyword},
             {"place", AttributeKind::number},
             {"day", AttributeKind::number}},
            {}};
}

}  // namespace

int main(int count, char** arguments) {
    std::size_t entries = count > 1 ? std::stoul(arguments[1]) : 100'000;
    bool with_fts = count < 3;
    Generator generator(42);
    search::Index index(bench_schema(), search::Merging::at_once);
    Fts fts;
    double before_mb = resident_mb();
    double build_seconds = 0;
    double fts_seconds = 0;
    std::vector<search::Document> batch;
    std::vector<std::string> likes;
    for (std::size_t i = 0; i < entries;) {
        batch.clear();
        for (std::size_t k = 0; k < 16'384 && i < entries; ++k, ++i)
            batch.push_back(generator.document(i));
        if (likes.size() < 100) likes.push_back(batch[0].texts["title"] + batch[0].texts["body"]);
        auto start = Clock::now();
        index.put_all(batch);
        build_seconds += seconds_since(start);
        if (!with_fts) continue;
        std::vector<std::string> split;
        for (const search::Document& document : batch) {
            split.push_back(
                split_terms(index.tokenizer(),
                            document.texts.at("title") + " " + document.texts.at("body"), " "));
        }
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
    auto ands = queries(generator, 300, search::Matching::all, true);
    auto ors = queries(generator, 300, search::Matching::any, true);
    auto short_ors = queries(generator, 300, search::Matching::any, false);
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
    search::Index loaded(bench_schema());
    start = Clock::now();
    auto sequence = loaded.load("/tmp/search_bench.snapshot");
    std::cout << fmt::format("snapshot: save {:.2f} s, load {:.2f} s, {}\n", save_seconds,
                             seconds_since(start), saved && sequence ? "ok" : "FAILED");
    start = Clock::now();
    for (int i = 0; i < 2000; ++i)
        index.put(generator.document(static_cast<std::size_t>(generator.random().below(entries))));
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
    ands.resize(60);
    ors.resize(40);
    short_ors.resize(40);
    std::cout << fmt::format("SQLite FTS5 (already split): build {:.1f} s\n", fts_seconds);
    std::cout << measure(ands, fts_and).line("FTS5 AND, filters, facets");
    std::cout << measure(ors, fts_or).line("FTS5 OR, filters, facets");
    std::cout << measure(short_ors, fts_or).line("FTS5 OR, filters, top 20");
}
