#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "indicator/fact.h"
#include "store/database.h"

namespace indicator {

enum class Dimension { none, month, year, city, place, class_code, field };
base::Result<Dimension> parse_dimension(std::string_view name);
std::string_view to_string(Dimension dimension);

/// Which facts to add up. Months are whole ("2026-01" … "2026-12"): the rollup keeps months.
struct Slice {
    std::string kind;
    std::string from_month;    ///< inclusive; empty = from the beginning
    std::string to_month;      ///< inclusive; empty = until now
    std::string place;         ///< subtree of this code; empty = everywhere
    std::string class_prefix;  ///< "LICENCE" covers LICENCE.PATENT.SOLE; empty = all
    std::string field;         ///< empty = all
    bool with_sample = true;
};

struct Figure {
    std::string key;  ///< value of the grouping dimension; empty for Dimension::none
    std::int64_t count = 0;
    base::Money amount;
};

/// Sums from the rollup, grouped, in key order. Reads a few hundred rows whatever the number of facts.
std::vector<Figure> sum_by(store::Reader& reader, const Slice& slice, Dimension dimension);
/// The sum without grouping.
Figure sum(store::Reader& reader, const Slice& slice);

/// The records behind a figure: newest first, `after` is the id of the last one seen.
struct FactRow {
    std::string id;
    Fact fact;
};
std::vector<FactRow> facts_behind(store::Reader& reader, const Slice& slice, std::string_view after,
                                  std::size_t limit);

}  // namespace indicator
