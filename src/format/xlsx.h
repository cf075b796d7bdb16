#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "format/table.h"

namespace format {

/// How a column is written, formatted and checked by the spreadsheet. Values always come as text.
enum class ColumnType {
    text,     ///< kept as text, so that codes keep their leading zeros
    integer,  ///< whole number
    decimal,  ///< exact decimal; a number that a double cannot hold exactly is written as text
    money,    ///< as decimal, shown grouped with two places
    date,     ///< "2026-11-24"
    boolean,  ///< "true"/"false"
};

struct SheetColumn {
    std::string title;
    ColumnType type = ColumnType::text;
    std::string help;                  ///< comment on the header cell and hint at the data cells
    std::string description;           ///< line in the instructions, e.g. "必填，最多 200 字"
    bool required = false;             ///< header in another colour
    int width = 16;                    ///< in characters
    std::vector<std::string> options;  ///< drop-down list; empty for free input
};

struct Sheet {
    std::string name;
    std::vector<SheetColumn> columns;
    std::vector<std::vector<std::string>> rows;
    std::size_t blank_rows = 0;  ///< further rows that get formats and drop-down lists
};

struct Workbook {
    std::string title;
    base::Time created;
    Sheet sheet;
    /// Name of a second sheet that explains the columns and holds the option lists.
    std::string instructions_name = "说明";
    std::vector<std::string> instructions;  ///< lines above the table of columns
    /// Headings of that table: column, required, explanation, options; and the word for required.
    std::vector<std::string> instruction_headings{"列", "必填", "说明", "可选值"};
    std::string required_word = "是";
};

/// Writes a workbook with a frozen header. `scratch` is a folder for a file that lives only
/// during the call. Text is never run as a formula. `xlsx_not_written` when the disk refuses.
base::Result<std::string> write_xlsx(const Workbook& workbook,
                                     const std::filesystem::path& scratch);

struct XlsxLimits {
    std::size_t file_bytes_max = std::size_t{50} << 20;
    std::size_t parts_max = 2'000;
    std::size_t part_bytes_max = std::size_t{256} << 20;  ///< one XML part, uncompressed
    std::size_t total_bytes_max = std::size_t{512} << 20;
    std::size_t ratio_max = 200;
    std::size_t rows_max = 100'000;
    std::size_t columns_max = 500;
    std::size_t cell_characters_max = 32'767;             ///< Excel's own limit
    std::size_t text_bytes_max = std::size_t{128} << 20;  ///< all cells together
};

/// Reads one sheet (the first one when `sheet_name` is empty) of a file that we do not trust.
///
/// Texts come as written; numbers with at most 15 digits exactly as written, longer ones rounded
/// to the 15 digits that Excel shows and without exponent (a typed 1.1 is stored as
/// 1.1000000000000001); dates by their cell style as "2026-11-24", with a time of day
/// "2026-11-24 15:30:00"; booleans "true"/"false"; formulas as their last result. Merged cells
/// count at their first cell. Errors: `xlsx_unreadable` (with `part`), `xlsx_no_sheet`,
/// `xlsx_too_large` (with `cell` or `what`), `xlsx_zip_bomb`, `xlsx_encrypted` (also for .xls).
base::Result<Table> read_xlsx(std::string bytes, const XlsxLimits& limits = {},
                              std::string_view sheet_name = {});

/// A number as a cell holds it → the text that the person sees; exact, without floating point.
/// What is no number comes back unchanged.
std::string plain_number(std::string_view text);

/// Excel's day number (days since 1899-12-30, or 1904) → ISO date, with the time of day if there
/// is one; unchanged if it is none.
enum class DateSystem { from_1900, from_1904 };
std::string date_of_serial(std::string_view serial, DateSystem system);

/// True for a number format that shows dates or times, e.g. "yyyy/m/d", "[$-804]yyyy年m月d日".
bool is_date_format(std::string_view code);

}  // namespace format
