#include "format/table.h"

#include <algorithm>

namespace format {

const std::string& Row::at(std::size_t column) const {
    static const std::string nothing;
    return column < cells.size() ? cells[column] : nothing;
}

std::string cell_name(std::size_t column, std::size_t row_number) {
    std::string letters;
    for (std::size_t rest = column + 1; rest > 0; rest = (rest - 1) / 26) {
        letters += static_cast<char>('A' + (rest - 1) % 26);
    }
    std::reverse(letters.begin(), letters.end());
    return letters + std::to_string(row_number);
}

}  // namespace format
