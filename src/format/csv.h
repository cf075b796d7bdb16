#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/table.h"

namespace format {

struct CsvLimits {
    std::size_t bytes_max = std::size_t{64} << 20;
    std::size_t rows_max = 100'000;
    std::size_t columns_max = 500;
    std::size_t cell_bytes_max = 200'000;
};

/// Reads RFC 4180 as spreadsheets write it: comma, semicolon or tab (whichever the first line
/// has most of), quoted cells with line breaks, CRLF or LF, the encodings of decode_text. The
/// apostrophe with which write_csv disarms a formula is taken off again. Row numbers are those of
/// the spreadsheet, not of text lines. Errors: `csv_encoding_unknown` (offset), `csv_too_large`,
/// `csv_quote_unclosed`, `csv_quote_misplaced` (cell).
base::Result<Table> read_csv(std::string_view bytes, const CsvLimits& limits = {});

enum class ByteOrderMark { none, utf8 };

/// Writes RFC 4180 with CRLF. Excel recognises UTF-8 only by the byte order mark. A cell that a
/// spreadsheet would run as a formula (= + - @, tab, CR, also full width) gets a leading
/// apostrophe; a plain negative number such as -12.50 does not need it and stays a number.
std::string write_csv(const std::vector<std::vector<std::string>>& rows,
                      ByteOrderMark mark = ByteOrderMark::utf8);

}  // namespace format
