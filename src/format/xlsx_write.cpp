#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <xlsxwriter.h>

#include "base/check.h"
#include "base/text.h"
#include "format/xlsx.h"

namespace format {
namespace {

constexpr std::size_t cell_characters_max = 32'767;
constexpr std::size_t sheet_name_characters_max = 31;
constexpr std::size_t hint_characters_max = 250;
constexpr std::size_t option_column = 5;  ///< first column of the option lists, after a gap

base::Error not_written(std::string_view words) {
    return base::error(base::ErrorKind::unavailable, "xlsx_not_written").saying(words);
}

/// A file of ours in `folder`, gone with this object.
class ScratchFile {
  public:
    explicit ScratchFile(const std::filesystem::path& folder)
        : path_((folder / "xlsx-XXXXXX").string()) {
        int descriptor = ::mkstemp(path_.data());
        made_ = descriptor >= 0;
        if (made_) ::close(descriptor);
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    ~ScratchFile() {
        if (made_) ::unlink(path_.c_str());
    }
    bool made() const { return made_; }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
    bool made_ = false;
};

/// Excel refuses some characters in names of sheets, and longer ones.
std::string sheet_name(std::string_view wanted) {
    std::string name;
    for (char c : wanted)
        name += std::string_view("[]:*?/\\'").find(c) == std::string_view::npos ? c : ' ';
    name = base::trim(name);
    if (base::count_characters(name) > sheet_name_characters_max) {
        name = base::shorten(name, sheet_name_characters_max - 1);
    }
    return name.empty() ? "1" : name;
}

/// The double that prints as exactly this decimal with 15 digits; nothing if there is none. What
/// is written is the file's number text: no arithmetic is done with it here.
std::optional<double> exact_number(std::string_view text) {
    std::size_t digits = 0;
    for (char c : text)
        digits += c >= '0' && c <= '9';
    bool plain = digits > 0 && digits <= 15 && text.find_first_not_of("-0123456789.") == text.npos;
    double number = 0;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!plain || problem != std::errc() || end != text.data() + text.size()) return {};
    std::string written = fmt::format("{:.16G}", number);  // as libxlsxwriter writes it
    std::string trimmed(text);
    if (trimmed.find('.') != trimmed.npos) {
        while (trimmed.ends_with('0'))
            trimmed.pop_back();
        if (trimmed.ends_with('.')) trimmed.pop_back();
    }
    if (written != trimmed) return {};
    return number;
}

struct Formats {
    lxw_format* header = nullptr;
    lxw_format* required_header = nullptr;
    lxw_format* text = nullptr;
    lxw_format* integer = nullptr;
    lxw_format* decimal = nullptr;
    lxw_format* money = nullptr;
    lxw_format* date = nullptr;
    lxw_format* wrapped = nullptr;
    lxw_format* heading = nullptr;
};

lxw_format* add_number_format(lxw_workbook* workbook, const char* code) {
    lxw_format* format = workbook_add_format(workbook);
    format_set_num_format(format, code);
    format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
    return format;
}

lxw_format* add_header_format(lxw_workbook* workbook, lxw_color_t background) {
    lxw_format* format = workbook_add_format(workbook);
    format_set_bold(format);
    format_set_font_color(format, LXW_COLOR_WHITE);
    format_set_bg_color(format, background);
    format_set_border(format, LXW_BORDER_THIN);
    format_set_text_wrap(format);
    format_set_align(format, LXW_ALIGN_VERTICAL_CENTER);
    return format;
}

Formats add_formats(lxw_workbook* workbook) {
    Formats formats;
    formats.header = add_header_format(workbook, 0x5B6B73);
    formats.required_header = add_header_format(workbook, 0x0F6B66);
    formats.text = add_number_format(workbook, "@");
    format_set_text_wrap(formats.text);
    formats.integer = add_number_format(workbook, "0");
    formats.decimal = add_number_format(workbook, "General");
    formats.money = add_number_format(workbook, "#,##0.00");
    formats.date = add_number_format(workbook, "yyyy-mm-dd");
    formats.wrapped = workbook_add_format(workbook);
    format_set_text_wrap(formats.wrapped);
    format_set_align(formats.wrapped, LXW_ALIGN_VERTICAL_TOP);
    formats.heading = workbook_add_format(workbook);
    format_set_bold(formats.heading);
    format_set_font_size(formats.heading, 14);
    return formats;
}

lxw_format* format_of(const Formats& formats, ColumnType type) {
    switch (type) {
        case ColumnType::integer:
            return formats.integer;
        case ColumnType::decimal:
            return formats.decimal;
        case ColumnType::money:
            return formats.money;
        case ColumnType::date:
            return formats.date;
        case ColumnType::text:
        case ColumnType::boolean:
            return formats.text;
    }
    return formats.text;
}

/// Readers take "_x0041_" for an escaped character; a text that has it as it is gets its underscore
/// escaped, as Excel does.
std::string escape_underscores(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool looks_escaped =
            text.substr(i, 2) == "_x" && i + 6 < text.size() && text[i + 6] == '_' &&
            std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i) + 2,
                        text.begin() + static_cast<std::ptrdiff_t>(i) + 6,
                        [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
        result += looks_escaped ? "_x005F_" : std::string(1, text[i]);
    }
    return result;
}

void write_text(lxw_worksheet* sheet, lxw_row_t row, lxw_col_t column, std::string_view text,
                lxw_format* format) {
    std::string shown = base::is_valid_utf8(text) ? escape_underscores(text) : "\xEF\xBF\xBD";
    if (base::count_characters(shown) > cell_characters_max) {
        shown = base::shorten(shown, cell_characters_max - 1);
    }
    CHECK(worksheet_write_string(sheet, row, column, shown.c_str(), format) == LXW_NO_ERROR);
}

void write_value(lxw_worksheet* sheet, lxw_row_t row, lxw_col_t column, const std::string& text,
                 ColumnType type, const Formats& formats) {
    lxw_format* format = format_of(formats, type);
    if (text.empty()) return;
    if (type == ColumnType::date) {
        if (auto date = base::Date::parse(text); date && date->year >= 1900) {
            lxw_datetime moment{date->year, date->month, date->day, 0, 0, 0};
            worksheet_write_datetime(sheet, row, column, &moment, format);
            return;
        }
    }
    bool number =
        type == ColumnType::integer || type == ColumnType::decimal || type == ColumnType::money;
    if (number) {
        if (auto value = exact_number(text)) {
            worksheet_write_number(sheet, row, column, *value, format);
            return;
        }
    }
    if (type == ColumnType::boolean && (text == "true" || text == "false")) {
        worksheet_write_boolean(sheet, row, column, text == "true", format);
        return;
    }
    write_text(sheet, row, column, text, format);
}

/// Where the option list of a column stands on the instructions sheet, as a formula.
std::string options_range(const std::string& sheet, std::size_t column, std::size_t count) {
    std::string letters = cell_name(column, 1);
    letters.pop_back();
    return fmt::format("='{}'!${}$2:${}${}", sheet, letters, letters, count + 1);
}

/// The check that the spreadsheet itself makes; ours stays the one that counts.
void add_validation(lxw_worksheet* sheet, const SheetColumn& column, lxw_col_t number,
                    lxw_row_t last_row, std::string range) {
    std::string hint = base::shorten(column.help, hint_characters_max);
    std::string title = base::shorten(column.title, 30);
    lxw_data_validation check{};
    check.ignore_blank = LXW_VALIDATION_ON;
    check.show_input = LXW_VALIDATION_ON;
    check.show_error = LXW_VALIDATION_ON;
    if (!hint.empty()) {
        check.input_title = title.data();
        check.input_message = hint.data();
    }
    check.validate = LXW_VALIDATION_TYPE_ANY;
    check.criteria = LXW_VALIDATION_CRITERIA_BETWEEN;
    if (!range.empty()) {
        check.validate = LXW_VALIDATION_TYPE_LIST_FORMULA;
        check.value_formula = range.data();
    } else if (column.type == ColumnType::integer) {
        check.validate = LXW_VALIDATION_TYPE_INTEGER;
        check.minimum_number = -999'999'999'999'999;
        check.maximum_number = 999'999'999'999'999;
    } else if (column.type == ColumnType::decimal || column.type == ColumnType::money) {
        check.validate = LXW_VALIDATION_TYPE_DECIMAL;
        check.minimum_number = -1e15;
        check.maximum_number = 1e15;
    } else if (column.type == ColumnType::date) {
        check.validate = LXW_VALIDATION_TYPE_DATE;
        check.minimum_datetime = {1900, 3, 1, 0, 0, 0};
        check.maximum_datetime = {9999, 12, 31, 0, 0, 0};
    } else if (hint.empty()) {
        return;
    }
    worksheet_data_validation_range(sheet, 1, number, last_row, number, &check);
}

void write_sheet(lxw_worksheet* sheet, const Sheet& content, const Formats& formats,
                 const std::string& options_sheet) {
    worksheet_freeze_panes(sheet, 1, 0);
    worksheet_set_row(sheet, 0, 30, nullptr);
    std::size_t rows = content.rows.size() + content.blank_rows;
    auto last_row = static_cast<lxw_row_t>(std::clamp<std::size_t>(rows, 1, 1'048'575));
    std::size_t list_column = option_column;
    for (std::size_t i = 0; i < content.columns.size(); ++i) {
        const SheetColumn& column = content.columns[i];
        auto number = static_cast<lxw_col_t>(i);
        worksheet_set_column(sheet, number, number, column.width, format_of(formats, column.type));
        lxw_format* header = column.required ? formats.required_header : formats.header;
        write_text(sheet, 0, number, column.title, header);
        if (!column.help.empty()) worksheet_write_comment(sheet, 0, number, column.help.c_str());
        std::string range;
        if (!column.options.empty()) {
            range = options_range(options_sheet, list_column++, column.options.size());
        }
        add_validation(sheet, column, number, last_row, range);
    }
    for (std::size_t r = 0; r < content.rows.size(); ++r) {
        CHECK(content.rows[r].size() <= content.columns.size());
        for (std::size_t c = 0; c < content.rows[r].size(); ++c) {
            write_value(sheet, static_cast<lxw_row_t>(r + 1), static_cast<lxw_col_t>(c),
                        content.rows[r][c], content.columns[c].type, formats);
        }
    }
    if (!content.rows.empty() && !content.columns.empty()) {
        worksheet_autofilter(sheet, 0, 0, static_cast<lxw_row_t>(content.rows.size()),
                             static_cast<lxw_col_t>(content.columns.size() - 1));
    }
}

void write_option_lists(lxw_worksheet* sheet, const Sheet& content, const Formats& formats) {
    std::size_t column = option_column;
    for (const SheetColumn& described : content.columns) {
        if (described.options.empty()) continue;
        auto number = static_cast<lxw_col_t>(column++);
        worksheet_set_column(sheet, number, number, 24, formats.text);
        write_text(sheet, 0, number, described.title, formats.header);
        for (std::size_t i = 0; i < described.options.size(); ++i) {
            write_text(sheet, static_cast<lxw_row_t>(i + 1), number, described.options[i],
                       formats.text);
        }
    }
}

void write_instructions(lxw_worksheet* sheet, const Workbook& workbook, const Formats& formats) {
    static constexpr int widths[] = {24, 8, 60, 40};
    for (lxw_col_t i = 0; i < 4; ++i)
        worksheet_set_column(sheet, i, i, widths[i], formats.wrapped);
    lxw_row_t row = 0;
    write_text(sheet, row++, 0, workbook.title, formats.heading);
    for (const std::string& line : workbook.instructions) {
        worksheet_merge_range(sheet, row, 0, row, 3, "", formats.wrapped);
        write_text(sheet, row, 0, line, formats.wrapped);
        ++row;
    }
    ++row;
    CHECK(workbook.instruction_headings.size() == 4);
    for (lxw_col_t i = 0; i < 4; ++i) {
        write_text(sheet, row, i, workbook.instruction_headings[i], formats.header);
    }
    for (const SheetColumn& column : workbook.sheet.columns) {
        ++row;
        write_text(sheet, row, 0, column.title, formats.wrapped);
        if (column.required) write_text(sheet, row, 1, workbook.required_word, formats.wrapped);
        bool both = !column.description.empty() && !column.help.empty();
        write_text(sheet, row, 2, column.description + (both ? "\n" : "") + column.help,
                   formats.wrapped);
        write_text(sheet, row, 3, base::join(column.options, "；"), formats.wrapped);
    }
    write_option_lists(sheet, workbook.sheet, formats);
}

void set_properties(lxw_workbook* book, const Workbook& workbook) {
    lxw_doc_properties properties{};
    std::string title = base::shorten(workbook.title, 200);
    properties.title = title.data();
    properties.created = static_cast<time_t>(workbook.created.microseconds / 1'000'000);
    workbook_set_properties(book, &properties);
}

}  // namespace

base::Result<std::string> write_xlsx(const Workbook& workbook,
                                     const std::filesystem::path& scratch) {
    CHECK(!workbook.sheet.columns.empty() && workbook.sheet.rows.size() < 1'048'576);
    ScratchFile file(scratch);
    if (!file.made()) return base::refuse(not_written("cannot make a file in " + scratch.string()));
    std::string folder = scratch.string();
    lxw_workbook_options options{};
    options.tmpdir = folder.data();
    lxw_workbook* book = workbook_new_opt(file.path().c_str(), &options);
    CHECK(book != nullptr);
    set_properties(book, workbook);
    Formats formats = add_formats(book);
    std::string name = sheet_name(workbook.sheet.name);
    std::string second_name = sheet_name(workbook.instructions_name);
    if (base::fold(name) == base::fold(second_name)) second_name = sheet_name("0 " + second_name);
    lxw_worksheet* sheet = workbook_add_worksheet(book, name.c_str());
    lxw_worksheet* second = workbook_add_worksheet(book, second_name.c_str());
    CHECK(sheet != nullptr && second != nullptr);
    write_sheet(sheet, workbook.sheet, formats, second_name);
    write_instructions(second, workbook, formats);
    lxw_error status = workbook_close(book);
    if (status != LXW_NO_ERROR) return base::refuse(not_written(lxw_strerror(status)));
    std::ifstream in(file.path(), std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!bytes.starts_with("PK")) return base::refuse(not_written("the file came out empty"));
    return bytes;
}

}  // namespace format
