#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "catalog/kind.h"

/// The spreadsheet form of entries: columns, cells to bodies and back. Pure; knows nothing of xlsx.
namespace catalog {

/// A row as a spreadsheet reader gives it; `number` is the row number people see, from 1.
struct SheetRow {
    std::size_t number = 0;
    std::vector<std::string> cells;
};

/// "C12" for column 2 (from 0) and row 12 (from 1).
std::string cell_name(std::size_t column, std::size_t row_number);

/// Something wrong in one cell (or in the heading: row 1).
struct CellFault {
    std::string cell;    ///< "C12", empty when the whole row or column is meant
    std::string column;  ///< path of the field, e.g. "ip.0.number"
    base::Error error;
};

/// One row brought into a body.
struct ParsedRow {
    std::size_t number = 0;
    base::json::object body;  ///< normalised, with language states
    std::vector<CellFault> faults;
    bool incomplete = false;  ///< required fields are missing, nothing else
};

/// Reads rows of one kind. Made once per file from its heading; then each row is independent.
class SheetReader {
  public:
    /// Headings may be labels in any language or paths; order is free, columns may be left out.
    /// Faults of the heading: `import_column_unknown`, `import_column_repeated`.
    SheetReader(const Kind& kind, const SheetRow& heading, std::string_view language);

    const std::vector<CellFault>& heading_faults() const { return heading_faults_; }
    /// Cells are read leniently (labels or codes, 2026/3/1, 1,050,000 元, 105 万元) and judged
    /// strictly, as a complete form; what is missing makes the row `incomplete`, anything else is
    /// a fault at its cell.
    ParsedRow read(const SheetRow& row) const;
    /// The template's example row: not to be imported.
    bool is_example(const SheetRow& row) const;

    /// Of each table field: which of the sheet's rows each kept row was.
    using TableRows = std::map<std::string, std::vector<std::size_t>, std::less<>>;

  private:
    struct Column {
        SheetField field;
        std::size_t index = 0;                                    ///< in the file
        std::map<std::string, std::string, std::less<>> options;  ///< folded label or code → code
    };
    void place(base::json::object& body, const Column& column, base::json::value value) const;
    const Column* column_of(std::string_view error_path, const TableRows& rows) const;
    std::string json_path(const Column& column) const;

    const Kind* kind_;
    std::string language_;
    std::vector<SheetField> fields_;
    std::vector<Column> columns_;
    std::vector<CellFault> heading_faults_;
};

/// What the template says of a column.
struct TemplateColumn {
    SheetField field;
    std::string label;
    std::string help;
    std::vector<std::string> options;  ///< labels
    bool required = false;
    bool several = false;  ///< several options or words, separated by ；
    std::string example;
};
std::vector<TemplateColumn> template_columns(const Kind& kind, base::Language language);

/// A body as cells in the order of `fields`; choices as labels. Confidential fields stay empty.
std::vector<std::string> sheet_cells(const base::json::object& body,
                                     const std::vector<SheetField>& fields,
                                     std::string_view entry_language, base::Language language);

}  // namespace catalog
