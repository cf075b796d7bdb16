#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "base/texts.h"
#include "base/yaml.h"
#include "contract/contract.h"
#include "party/place.h"
#include "store/database.h"

namespace contract {

/// One registered contract as statistics count it: only codes, places, a day and two amounts. Parties
/// are keys (a hash of the credit code), so that panels and tops can be formed without naming anybody.
struct StatisticRecord {
    std::string subject;  ///< id of the contract, or of the imported row
    base::Date day;       ///< of registration
    std::string class_code;
    std::string field;
    std::string industry;
    std::string ip_kind;
    std::string seller_nature, buyer_nature;
    std::string seller_place, buyer_place;
    std::string seller_key, buyer_key;
    base::Money total;      ///< 成交额
    base::Money technical;  ///< 技术交易额
    bool is_imported = false;
    bool is_sample = false;
    bool operator==(const StatisticRecord&) const = default;
};

/// What a table is cut by.
enum class Dimension {
    year,
    quarter,
    month,
    family,  ///< development, transfer …
    class_code,
    field,
    industry,
    ip_kind,
    seller_nature,
    buyer_nature,
    seller_city,
    buyer_city,
};
std::optional<Dimension> find_dimension(std::string_view name);
std::string_view name_of(Dimension dimension);
inline constexpr std::size_t dimension_count = 12;

/// Which contracts a table counts; empty texts and days restrict nothing.
struct StatisticFilter {
    std::optional<base::Date> from, to;  ///< both inclusive
    std::string class_code;              ///< a class or the front part of one (LICENCE)
    std::string field, industry;
    std::string seller_place, buyer_place;  ///< with everything inside
    enum class Sample { leave_out, include } sample = Sample::leave_out;
};

struct StatisticRow {
    std::string key;
    std::int64_t count = 0;
    base::Money total, technical;
    bool operator==(const StatisticRow&) const = default;
};

struct FlowCell {
    std::string from, to;  ///< city codes, or "other" outside the region
    std::int64_t count = 0;
    base::Money total;
};

/// The three calibers of a place; absorbed + output counts `within` twice, which `without_double`
/// does not.
struct Calibers {
    StatisticRow output, absorbed, within;
    StatisticRow without_double() const;
};

/// Days from first to last, both inclusive.
struct Period {
    base::Date from, to;
};

/// What a growth compares: the same days of two years, so that a running year is never held against a
/// whole one.
struct PanelPeriods {
    Period before, after;
    /// The whole year, or of the running one what has passed.
    static PanelPeriods of_year(int year, base::Date today);
    /// January to the end of that month.
    static PanelPeriods to_month(int year, int month);
};

/// Growth of those who sold in both periods, beside the growth of all.
struct PanelGrowth {
    std::int64_t sellers = 0;  ///< in both periods
    base::Money before, after;
    base::Money all_before, all_after;
    /// In tenths of a per cent; nothing when there was nothing before.
    static std::optional<std::int64_t> growth(const base::Money& before, const base::Money& after);
};

/// A row of a top table. A group in which less than three sellers stand, or one of them has more
/// than 85 per cent, is withheld, and so are the smallest others until that holds neither of all that
/// is withheld together, so that nobody finds a figure by subtraction.
struct TopRow {
    StatisticRow row;
    bool is_withheld = false;
};

/// Statistics over registered and imported contracts. Kept in step with the register in the same
/// transaction; each change is in the log ("contract.counted", "contract.uncounted"), from which
/// `rebuild` writes the same rows again.
class Statistics {
  public:
    explicit Statistics(const party::Places& places) : places_(&places) {}

    /// Counts a contract, replacing what it counted as before.
    static void count(store::Transaction&, const StatisticRecord&);
    static void uncount(store::Transaction&, std::string_view subject);
    static StatisticRecord record_of(const Contract&);
    static std::optional<StatisticRecord> find(store::Reader&, std::string_view subject);

    std::vector<StatisticRow> table(store::Reader&, Dimension, const StatisticFilter&) const;
    StatisticRow sum(store::Reader&, const StatisticFilter&) const;
    /// Cities of the region against each other and the outside, only cells that are not empty.
    std::vector<FlowCell> flow(store::Reader&, const StatisticFilter&) const;
    Calibers calibers(store::Reader&, std::string_view place, const StatisticFilter&) const;
    /// The filter's days are those of the periods.
    PanelGrowth panel(store::Reader&, const PanelPeriods&, const StatisticFilter&) const;
    std::vector<TopRow> top(store::Reader&, Dimension, const StatisticFilter&,
                            std::size_t rows_max) const;
    /// Subjects behind a figure, newest first.
    std::vector<StatisticRecord> records(store::Reader&, const StatisticFilter&, std::size_t limit,
                                         std::string_view after = {}) const;

    struct Replay {
        std::int64_t log_rows = 0;
        std::vector<std::string> differences;  ///< subjects, at most 20; empty when all agree
    };
    /// Compares the table with what the log says.
    static base::Result<Replay> replay(store::Database&);
    /// Writes the table anew from the log, in one transaction.
    static base::Status rebuild(store::Database&);

  private:
    const party::Places* places_;
};

/// Whether the registration stands: neither cancelled nor revoked since. The one rule for whoever
/// counts contracts or lets something follow from one.
bool stands_registered(store::Reader&, const base::Id<Contract>&);

/// What anybody may see cut by it: tables of one calendar year without other filters. Neither finer
/// ones of the same kind (class beside family, month) nor filters, for a withheld figure is the
/// difference of two such tables.
bool is_public(Dimension dimension);

/// A party's key in statistics: the start of the SHA-256 of its code; empty for none, also for words
/// like "境外" that stand where a party has no code.
std::string party_key(std::string_view credit_code);
/// What a contract's body says of it (form `contract`): codes, places and the keys of the parties.
StatisticRecord record_of_body(const base::json::object& body);

/// A published figure, for comparison beside our own: never mixed with them.
struct PublishedFigure {
    std::string place;       ///< "CN", or a GB/T 2260 code
    std::string period;      ///< "2023", "2020H1"
    std::string caliber;     ///< national, output, output_and_absorbed …
    std::int64_t count = 0;  ///< 0: not published
    base::Money amount;      ///< yuan
    std::string source, sure;
};
base::Result<std::vector<PublishedFigure>> load_published(const std::filesystem::path& file);

}  // namespace contract
