#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "base/result.h"
#include "store/database.h"

namespace indicator {

/// The action under which a fact stands in the change log.
inline constexpr std::string_view fact_action = "fact.recorded";

/// One thing that counts: what, where, when, how much, and the record it comes from. Written in the
/// transaction that makes it true; never edited. What turns out wrong is taken back by `retract`,
/// which writes a compensating fact, so that every past figure can be explained.
struct Fact {
    std::string kind;        ///< "contract.registered", "entry.published" …
    std::string subject;     ///< the record
    std::string place;       ///< GB/T 2260 code it is counted at
    base::Date day;          ///< Asia/Shanghai
    std::int64_t count = 1;  ///< 1, or −1 for a retraction
    base::Money amount;      ///< CNY; zero where no money is meant
    std::string class_code;  ///< e.g. contract class, or empty
    std::string field;       ///< technical field or card, or empty
    bool is_sample = false;

    bool operator==(const Fact&) const = default;
};

/// Appends the fact to the change log ("fact.recorded"), the fact table and the rollup, all in the
/// caller's transaction. `count` must be 1 or −1.
void record(store::Transaction& transaction, const Fact& fact);

/// Compensates every fact of that kind and subject that still stands. The day is that of the
/// original, so that the period it was counted in is corrected (facts_of lists the adjustment).
void retract(store::Transaction& transaction, std::string_view kind, std::string_view subject);

/// Oldest first, compensations included.
std::vector<Fact> facts_of(store::Reader& reader, std::string_view subject);

base::json::object to_json(const Fact& fact);
base::Result<Fact> fact_from(const base::json::object& object);

struct ReplayReport {
    std::int64_t log_rows = 0;  ///< fact rows found in the change log
    std::vector<std::string>
        differences;  ///< at most 20, in words; empty when log and tables agree
};
/// Rebuilds facts and rollup from the change log in memory and compares them with the tables.
base::Result<ReplayReport> replay_facts(store::Database& database);
/// Empties fact and rollup tables and writes them again from the change log, in one transaction.
base::Status rebuild_facts(store::Database& database);

}  // namespace indicator
