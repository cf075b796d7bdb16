#include "indicator/fact.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "indicator/migrations.h"
#include "store/change_log.h"

namespace indicator {
namespace {

constexpr std::array steps{store::Migration{"indicator", 1, "facts and their rollup",
                                            R"(create table indicator_fact (
  id text primary key,
  kind text not null,
  subject text not null,
  place text not null,
  day text not null,
  count bigint not null,
  amount_fen bigint not null,
  class_code text not null,
  field text not null,
  is_sample bigint not null
);
create index indicator_fact_subject on indicator_fact (subject, kind);
create index indicator_fact_slice on indicator_fact (kind, day, place);
create table indicator_rollup (
  kind text not null,
  month text not null,
  place text not null,
  class_code text not null,
  field text not null,
  is_sample bigint not null,
  count bigint not null,
  amount_fen bigint not null,
  primary key (kind, month, place, class_code, field, is_sample)
))"}};

/// What identifies a cell of the rollup: kind, month, place, class, field, sample.
using Cell = std::tuple<std::string, std::string, std::string, std::string, std::string, bool>;

struct Sum {
    std::int64_t count = 0;
    std::int64_t amount_fen = 0;
    bool operator==(const Sum&) const = default;
};

Cell cell_of(const Fact& fact) {
    return {fact.kind,  fact.day.to_string().substr(0, 7),
            fact.place, fact.class_code,
            fact.field, fact.is_sample};
}

void insert_fact(store::Transaction& transaction, const std::string& id, const Fact& fact) {
    transaction.execute(
        "insert into indicator_fact (id, kind, subject, place, day, count, amount_fen, class_code, "
        "field, is_sample) values (:id, :kind, :subject, :place, :day, :count, :amount, :class, "
        ":field, :sample)",
        {{"id", id},
         {"kind", fact.kind},
         {"subject", fact.subject},
         {"place", fact.place},
         {"day", fact.day.to_string()},
         {"count", fact.count},
         {"amount", fact.amount.minor},
         {"class", fact.class_code},
         {"field", fact.field},
         {"sample", fact.is_sample}});
    transaction.execute(
        "insert into indicator_rollup (kind, month, place, class_code, field, is_sample, count, "
        "amount_fen) values (:kind, :month, :place, :class, :field, :sample, :count, :amount) "
        "on conflict (kind, month, place, class_code, field, is_sample) do update set "
        "count = indicator_rollup.count + excluded.count, "
        "amount_fen = indicator_rollup.amount_fen + excluded.amount_fen",
        {{"kind", fact.kind},
         {"month", fact.day.to_string().substr(0, 7)},
         {"place", fact.place},
         {"class", fact.class_code},
         {"field", fact.field},
         {"sample", fact.is_sample},
         {"count", fact.count},
         {"amount", fact.amount.minor}});
}

Fact read_fact(const store::Row& row) {
    auto day = base::Date::parse(row.text(3));
    CHECK(day.has_value());
    return {.kind = row.text(0),
            .subject = row.text(1),
            .place = row.text(2),
            .day = *day,
            .count = row.integer(4),
            .amount = base::Money::fen(row.integer(5)),
            .class_code = row.text(6),
            .field = row.text(7),
            .is_sample = row.flag(8)};
}

constexpr std::string_view fact_columns =
    "select kind, subject, place, day, count, amount_fen, class_code, field, is_sample "
    "from indicator_fact ";

/// Calls `visit(seq, fact)` for every fact in the log, oldest first, in pieces.
base::Status each_logged_fact(store::Reader& reader,
                              const std::function<void(std::int64_t, const Fact&)>& visit) {
    std::int64_t seq = 0;
    while (true) {
        std::vector<store::LogRow> rows = store::changes_after(reader, seq, 5000);
        if (rows.empty()) return {};
        for (const store::LogRow& row : rows) {
            seq = row.seq;
            if (row.change.action != fact_action) continue;
            base::json::value payload = TRY(base::parse_json(row.change.payload));
            visit(seq, TRY(fact_from(TRY(base::require_object(payload)))));
        }
    }
}

/// Order does not matter in it: rows in the log are added, rows in the table taken away; what is
/// left is zero exactly when both hold the same facts of a subject.
struct Print {
    std::int64_t rows = 0;
    std::uint64_t sum = 0;
    bool operator==(const Print&) const = default;

    void add(const Fact& fact) { ++rows, sum += hash_of(fact); }
    void remove(const Fact& fact) { --rows, sum -= hash_of(fact); }
    static std::uint64_t hash_of(const Fact& fact) {
        base::Digest digest = base::sha256(base::canonical_json(to_json(fact)));
        std::uint64_t value = 0;
        std::memcpy(&value, digest.data(), sizeof value);
        return value;
    }
};

void each_stored_fact(store::Reader& reader, const std::function<void(const Fact&)>& visit) {
    static const std::string sql =
        "select kind, subject, place, day, count, amount_fen, class_code, field, is_sample, id "
        "from indicator_fact where id > :after order by id limit 5000";
    std::string after;
    while (true) {
        store::Rows rows = reader.query(sql, {{"after", after}});
        if (rows.empty()) return;
        for (const store::Row& row : rows)
            visit(read_fact(row));
        after = rows.back().text(9);
    }
}

void compare_rollup(const std::map<Cell, Sum>& expected, store::Reader& reader,
                    std::vector<std::string>& differences) {
    std::map<Cell, Sum> stored;
    for (const store::Row& row :
         reader.query("select kind, month, place, class_code, field, is_sample, count, amount_fen "
                      "from indicator_rollup where count <> 0 or amount_fen <> 0")) {
        stored[{row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.flag(5)}] = {
            row.integer(6), row.integer(7)};
    }
    auto complain = [&](const Cell& cell, std::string_view what) {
        if (differences.size() < 20) {
            differences.push_back(fmt::format("rollup {} {} {} {} {}: {}", std::get<0>(cell),
                                              std::get<1>(cell), std::get<2>(cell),
                                              std::get<3>(cell), std::get<4>(cell), what));
        }
    };
    for (const auto& [cell, sum] : expected) {
        if (sum == Sum{}) continue;
        auto found = stored.find(cell);
        if (found == stored.end()) {
            complain(cell, "missing");
        } else if (found->second != sum) {
            complain(cell, fmt::format("{}/{} stored, {}/{} in the log", found->second.count,
                                       found->second.amount_fen, sum.count, sum.amount_fen));
        }
        if (found != stored.end()) stored.erase(found);
    }
    for (const auto& [cell, sum] : stored)
        complain(cell, "not in the log");
}

}  // namespace

std::span<const store::Migration> migrations() {
    return steps;
}

base::json::object to_json(const Fact& fact) {
    return {{"kind", fact.kind},        {"subject", fact.subject},
            {"place", fact.place},      {"day", fact.day.to_string()},
            {"count", fact.count},      {"amount", fact.amount.to_string()},
            {"class", fact.class_code}, {"field", fact.field},
            {"sample", fact.is_sample}};
}

base::Result<Fact> fact_from(const base::json::object& object) {
    return Fact{.kind = TRY(base::require_text(object, "kind")),
                .subject = TRY(base::require_text(object, "subject")),
                .place = TRY(base::require_text(object, "place")),
                .day = TRY(base::Date::parse(TRY(base::require_text(object, "day")))),
                .count = TRY(base::require_integer(object, "count")),
                .amount = TRY(base::Money::parse(TRY(base::require_text(object, "amount")))),
                .class_code = base::text_at(object, "class"),
                .field = base::text_at(object, "field"),
                .is_sample = base::bool_at(object, "sample")};
}

void record(store::Transaction& transaction, const Fact& fact) {
    CHECK(fact.count == 1 || fact.count == -1);
    CHECK(fact.amount.currency == base::Currency());
    CHECK(!fact.kind.empty() && !fact.subject.empty() && fact.day.exists());
    transaction.append({.actor = "system",
                        .place = fact.place,
                        .subject = fact.subject,
                        .action = std::string(fact_action),
                        .payload = base::canonical_json(to_json(fact))});
    insert_fact(transaction, transaction.new_id<Fact>().text(), fact);
}

void retract(store::Transaction& transaction, std::string_view kind, std::string_view subject) {
    std::vector<Fact> standing;
    for (const Fact& fact : facts_of(transaction, subject)) {
        if (fact.kind != kind) continue;
        Fact opposite = fact;
        opposite.count = -fact.count;
        opposite.amount = -fact.amount;
        auto undone = std::find(standing.begin(), standing.end(), opposite);
        if (undone == standing.end()) {
            standing.push_back(fact);
        } else {
            standing.erase(undone);
        }
    }
    for (Fact fact : standing) {
        fact.count = -fact.count;
        fact.amount = -fact.amount;
        record(transaction, fact);
    }
}

std::vector<Fact> facts_of(store::Reader& reader, std::string_view subject) {
    std::vector<Fact> facts;
    static const std::string sql =
        std::string(fact_columns) + "where subject = :subject order by id";
    for (const store::Row& row : reader.query(sql, {{"subject", subject}})) {
        facts.push_back(read_fact(row));
    }
    return facts;
}

base::Result<ReplayReport> replay_facts(store::Database& database) {
    return database.read<ReplayReport>([](store::Reader& reader) -> base::Result<ReplayReport> {
        ReplayReport report;
        std::map<std::string, Print> prints;
        std::map<Cell, Sum> cells;
        TRY(each_logged_fact(reader, [&](std::int64_t, const Fact& fact) {
            ++report.log_rows;
            Sum& sum = cells[cell_of(fact)];
            sum.count += fact.count;
            sum.amount_fen += fact.amount.minor;
            prints[fact.subject].add(fact);
        }));
        compare_rollup(cells, reader, report.differences);
        each_stored_fact(reader, [&](const Fact& fact) { prints[fact.subject].remove(fact); });
        for (const auto& [subject, print] : prints) {
            if (print == Print{} || report.differences.size() >= 20) continue;
            report.differences.push_back(
                fmt::format("facts of {}: table and log differ by {} rows", subject, print.rows));
        }
        return report;
    });
}

base::Status rebuild_facts(store::Database& database) {
    return database.write<void>([](store::Transaction& transaction) -> base::Status {
        transaction.execute("delete from indicator_fact");
        transaction.execute("delete from indicator_rollup");
        return each_logged_fact(transaction, [&](std::int64_t, const Fact& fact) {
            insert_fact(transaction, transaction.new_id<Fact>().text(), fact);
        });
    });
}

}  // namespace indicator
