#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "store/database.h"

namespace indicator {

/// One thing that counts: what, where, when, how much, and the record it comes from. Written in the
/// transaction that makes it true; never edited. What turns out wrong is taken back by `retract`,
/// which writes a compensating fact, so that every past figure can be explained.
struct Fact {
    std::string kind;             ///< "contract.registered", "entry.published" …
    std::string subject;          ///< the record
    std::string place;            ///< GB/T 2260 code it is counted at
    base::Date day;               ///< Asia/Shanghai
    std::int64_t count = 1;       ///< 1, or −1 for a retraction
    std::int64_t amount_fen = 0;  ///< CNY minor units, 0 where no money is meant
    std::string class_code;       ///< e.g. contract class, or empty
    std::string field;            ///< technical field or card, or empty
    std::string counterpart_place;
    bool is_sample = false;
};

void record(store::Transaction&, const Fact&);
/// Compensates every fact of that kind and subject that still stands. `day` = the day of the original
/// facts, so that the year they were counted in is corrected (and listed as an adjustment).
void retract(store::Transaction&, std::string_view kind, std::string_view subject);
std::vector<Fact> facts_of(store::Reader&, std::string_view subject);

}  // namespace indicator
