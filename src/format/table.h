#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace format {

/// One row of a sheet or csv file; `number` is the row number that the person sees, from 1.
/// Cells are texts as the person wrote them; empty cells at the end are left out.
struct Row {
    std::size_t number = 0;
    std::vector<std::string> cells;

    /// The cell's text; empty beyond the last one.
    const std::string& at(std::size_t column) const;
};

/// What an xlsx sheet or a csv file holds. Rows without any text are left out.
struct Table {
    std::string name;
    std::vector<Row> rows;
};

/// "C12" for column 2 (from 0) and row 12 (from 1): how messages name a cell.
std::string cell_name(std::size_t column, std::size_t row_number);

}  // namespace format
