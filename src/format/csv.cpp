#include "format/csv.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "format/encoding.h"

namespace format {
namespace {

constexpr std::array<std::string_view, 10> formula_starts{"=",  "+",  "-",  "@",  "\t",
                                                          "\r", "＝", "＋", "－", "＠"};

/// True if a spreadsheet would run the cell, also behind apostrophes that are part of the text:
/// then writing adds one and reading takes one off, and every text comes back as it was.
bool starts_formula(std::string_view cell) {
    cell.remove_prefix(std::min(cell.find_first_not_of('\''), cell.size()));
    return std::any_of(formula_starts.begin(), formula_starts.end(),
                       [&](std::string_view start) { return cell.starts_with(start); });
}

/// "-12.50": digits with at most one point behind a minus. Harmless, and wanted as a number.
bool is_negative_number(std::string_view cell) {
    if (cell.size() < 2 || cell[0] != '-') return false;
    std::string_view digits = cell.substr(1);
    return digits.find_first_not_of("0123456789.") == digits.npos &&
           std::count(digits.begin(), digits.end(), '.') <= 1 && digits.front() != '.' &&
           digits.back() != '.';
}

char separator_of(std::string_view text) {
    std::array<std::pair<char, int>, 3> counts{{{',', 0}, {';', 0}, {'\t', 0}}};
    bool quoted = false;
    for (char c : text) {
        if (c == '"') quoted = !quoted;
        if (!quoted && (c == '\n' || c == '\r')) break;
        for (auto& [separator, count] : counts)
            count += !quoted && c == separator;
    }
    auto most = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
        return a.second < b.second;  // the first of equals: the comma
    });
    return most->first;
}

/// Walks the text once, cell by cell.
class Reader {
  public:
    Reader(std::string_view text, const CsvLimits& limits)
        : text_(text), separator_(separator_of(text)), limits_(limits) {}

    base::Result<Table> read() {
        Table table;
        for (std::size_t number = 1; at_ < text_.size(); ++number) {
            Row row{number, {}};
            TRY(read_row(row));
            while (!row.cells.empty() && row.cells.back().empty())
                row.cells.pop_back();
            if (row.cells.empty()) continue;
            if (table.rows.size() == limits_.rows_max) return base::refuse(too_large({number, {}}));
            table.rows.push_back(std::move(row));
        }
        return table;
    }

  private:
    base::Error too_large(const Row& row) const {
        return base::error(base::ErrorKind::too_large, "csv_too_large")
            .with("cell", cell_name(row.cells.size(), row.number));
    }

    base::Status read_row(Row& row) {
        while (true) {
            std::string cell = TRY(read_cell(row));
            if (cell.starts_with('\'') && starts_formula(cell)) cell.erase(0, 1);
            if (row.cells.size() == limits_.columns_max) {
                if (!cell.empty()) return base::refuse(too_large(row));
            } else {
                row.cells.push_back(std::move(cell));
            }
            if (at_ >= text_.size()) return {};
            char end = text_[at_++];
            if (end == '\r' && at_ < text_.size() && text_[at_] == '\n') ++at_;
            if (end != separator_) return {};
        }
    }

    bool at_end_of_cell() const {
        if (at_ >= text_.size()) return true;
        char c = text_[at_];
        return c == separator_ || c == '\n' || c == '\r';
    }

    base::Result<std::string> read_cell(const Row& row) {
        if (at_ < text_.size() && text_[at_] == '"') return read_quoted(row);
        std::size_t start = at_;
        while (!at_end_of_cell())
            ++at_;
        if (at_ - start > limits_.cell_bytes_max) return base::refuse(too_large(row));
        return std::string(text_.substr(start, at_ - start));
    }

    base::Result<std::string> read_quoted(const Row& row) {
        std::string name = cell_name(row.cells.size(), row.number);
        std::string cell;
        ++at_;
        while (true) {
            std::size_t quote = text_.find('"', at_);
            if (quote == text_.npos) {
                return base::refuse(base::malformed("csv_quote_unclosed").with("cell", name));
            }
            cell += text_.substr(at_, quote - at_);
            if (cell.size() > limits_.cell_bytes_max) return base::refuse(too_large(row));
            at_ = quote + 1;
            if (at_ >= text_.size() || text_[at_] != '"') break;
            cell += '"';
            ++at_;
        }
        if (!at_end_of_cell()) {
            return base::refuse(base::malformed("csv_quote_misplaced").with("cell", name));
        }
        return cell;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    char separator_;
    const CsvLimits& limits_;
};

}  // namespace

base::Result<Table> read_csv(std::string_view bytes, const CsvLimits& limits) {
    if (bytes.size() > limits.bytes_max) {
        return base::refuse(base::error(base::ErrorKind::too_large, "csv_too_large"));
    }
    DecodedText decoded = TRY(decode_text(bytes));
    return Reader(decoded.text, limits).read();
}

std::string write_csv(const std::vector<std::vector<std::string>>& rows, ByteOrderMark mark) {
    std::string text = mark == ByteOrderMark::utf8 ? "\xEF\xBB\xBF" : "";
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) text += ',';
            const std::string& cell = row[i];
            bool armed = starts_formula(cell) && !is_negative_number(cell);
            bool quoted = armed || cell.find_first_of(",;\t\"\r\n") != cell.npos;
            std::string shown = (armed ? "'" : "") + cell;
            text += quoted ? '"' + base::replace_all(shown, "\"", "\"\"") + '"' : shown;
        }
        text += "\r\n";
    }
    return text;
}

}  // namespace format
