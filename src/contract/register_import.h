#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "base/result.h"
#include "contract/statistics.h"
#include "format/table.h"
#include "format/xlsx.h"
#include "party/actor.h"
#include "party/place.h"
#include "store/database.h"
#include "workflow/codes.h"

namespace contract {

/// What a cell of a register holds.
enum class CellKind { number, text, code, day, place, money };

/// One column of the register, from register_columns.yaml.
struct RegisterColumn {
    std::string field;                ///< name of the contract's field
    std::vector<std::string> titles;  ///< wordings of the header; the first is the one we write
    CellKind kind = CellKind::text;
    std::string codes;  ///< code list
    bool is_required = false;
};

/// How a register of the national system is read and written. Region data, immutable.
class RegisterColumns {
  public:
    /// Closed keys, unique fields, known lists; else `register_columns_malformed` with file:line.
    static base::Result<RegisterColumns> load(const std::filesystem::path& file,
                                              const workflow::Codes& codes);
    const std::vector<RegisterColumn>& all() const { return columns_; }
    /// The class that an old wording means, or empty.
    std::string class_of(std::string_view wording) const;
    base::Date earliest() const { return earliest_; }
    const std::vector<std::string>& ten_thousands() const { return ten_thousands_; }

  private:
    std::vector<RegisterColumn> columns_;
    std::map<std::string, std::string, std::less<>> classes_;
    std::vector<std::string> ten_thousands_;
    base::Date earliest_;
};

/// One contract of a past register, as read.
struct PastContract {
    std::string national_no;
    base::json::object body;  ///< codes, ISO dates, yuan
    base::Date registered_on;
    std::string class_code;
    base::Money total, technical;
};

enum class RowFate {
    fresh,      ///< not in the register yet
    unchanged,  ///< there, and the same
    differs,    ///< there, with other content; imported only when asked to replace
    own,        ///< registered here, and counted as that; never imported
    faulty,     ///< not imported; see the faults
};

struct RowReport {
    std::size_t row = 0;  ///< number that the person sees
    std::string national_no;
    RowFate fate = RowFate::fresh;
    std::string own;                       ///< our number of what was registered here
    std::vector<base::Error> faults;       ///< `field` is the cell, e.g. "F12"
    std::vector<std::string> differences;  ///< fields that differ
};

/// Sums of a file or of what is stored, by year of registration: they must agree after an import.
using YearSums = std::map<int, StatisticRow>;

struct ImportReport {
    std::map<std::string, std::string> mapping;  ///< header cell → field
    std::vector<std::string> unmapped;           ///< headers that nothing reads
    std::vector<RowReport> rows;
    YearSums in_file;   ///< of all rows without faults
    YearSums in_store;  ///< of the same numbers, after the import (empty in a dry run)
    std::size_t count(RowFate fate) const;
    bool reconciles() const { return in_file == in_store; }
};

/// Import and export of registers.
class RegisterExchange {
  public:
    RegisterExchange(const RegisterColumns& columns, const workflow::Codes& codes,
                     const party::Places& places)
        : columns_(&columns), codes_(&codes), places_(&places) {}

    enum class Mode {
        dry_run,  ///< says what would happen and writes nothing
        add,      ///< writes what is new; rows that differ are only reported
        replace,  ///< writes those too, with the change in the log
    };
    /// Reads the header (columns in any order, wordings of the file), every row, and reports on
    /// each. One transaction: either all good rows are in, or none. `overrides` maps header titles
    /// to fields where the wordings do not suffice. Errors: `register_header_missing` (names the
    /// required columns that no header means), `register_column_twice`, not_permitted.
    base::Result<ImportReport> import_table(
        store::Database&, const party::Actor&, const format::Table& table, Mode,
        const std::map<std::string, std::string>& overrides = {}) const;

    /// Registered and imported contracts of a period in the same columns, by day of registration.
    base::Result<format::Sheet> export_sheet(store::Reader&, const StatisticFilter&) const;
    /// An empty sheet with header, hints and drop-down lists, for organisations with many contracts.
    format::Sheet batch_sheet() const;

    static std::vector<PastContract> past(store::Reader&);

  private:
    struct Reading;
    base::Result<Reading> read_header(const format::Table&,
                                      const std::map<std::string, std::string>& overrides,
                                      ImportReport&) const;
    PastContract read_row(const Reading&, const format::Row&, RowReport&) const;
    base::Result<std::string> read_cell(const RegisterColumn&, const std::string& text,
                                        bool in_ten_thousands) const;
    base::Result<std::string> code_for(const RegisterColumn&, const std::string& text) const;
    void write_row(store::Transaction&, const party::Actor&, const PastContract&,
                   std::string_view batch) const;
    std::string shown(const RegisterColumn&, const base::json::object& body) const;

    const RegisterColumns* columns_;
    const workflow::Codes* codes_;
    const party::Places* places_;
};

}  // namespace contract
