#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/texts.h"
#include "contract/statistics.h"
#include "party/place.h"
#include "store/database.h"
#include "workflow/codes.h"

namespace contract {

/// The figures of a month's bulletin. Cumulated from January; the same months of the year before
/// stand beside. Groups that would show one party's business are withheld (Statistics::top).
struct Bulletin {
    int year = 0, month = 0;
    StatisticRow in_month, cumulated, year_before;
    Calibers calibers;
    PanelGrowth panel;
    std::vector<std::pair<Dimension, std::vector<TopRow>>> tables;
    std::string period() const;  ///< "2026-03"
};

Bulletin make_bulletin(store::Reader&, const Statistics&, const party::Places&, int year,
                       int month);

/// What a key of a dimension is called; the key itself when nobody knows it.
std::string label_of(Dimension, const std::string& key, const base::Texts&, const workflow::Codes&,
                     const party::Places&, base::Language);

/// A4: sentences, calibers, and each table with its bars. Caliber and day stand under the figures.
std::string bulletin_pdf(const Bulletin&, const base::Texts&, const workflow::Codes&,
                         const party::Places&, base::Language, base::Time now);
/// The same rows as one sheet. `xlsx_not_written`.
base::Result<std::string> bulletin_xlsx(const Bulletin&, const base::Texts&, const workflow::Codes&,
                                        const party::Places&, base::Language, base::Time now);

}  // namespace contract
