#include "catalog/sheet.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/money.h"
#include "base/text.h"
#include "catalog/body.h"

namespace catalog {
namespace {

using base::FieldSpec;
using base::FieldType;
namespace json = base::json;

constexpr std::string_view example_marks[] = {"【示例】", "[example]"};

bool takes_several(FieldType type) {
    return type == FieldType::choices || type == FieldType::words;
}

/// Splits at the separators that people use in one cell.
std::vector<std::string> split_cell(std::string_view text) {
    std::string plain(text);
    for (std::string_view separator : {"；", "、", "，", ";", ",", "|", "\n", "\r"}) {
        plain = base::replace_all(std::move(plain), separator, "\x1f");
    }
    std::vector<std::string> parts;
    for (const std::string& part : base::split(plain, '\x1f')) {
        std::string word = base::trim(part);
        if (!word.empty()) parts.push_back(std::move(word));
    }
    return parts;
}

std::string pad_two(std::string_view digits) {
    return digits.size() == 1 ? "0" + std::string(digits) : std::string(digits);
}

/// "2026/3/1", "2026.3.1", "2026年3月1日", "2026-03-01 00:00:00" → "2026-03-01"; else unchanged.
std::string tidy_date(std::string_view text) {
    std::string plain(text.substr(0, text.find(' ')));
    for (std::string_view from : {"年", "月", "/", "."}) {
        plain = base::replace_all(std::move(plain), from, "-");
    }
    plain = base::replace_all(std::move(plain), "日", "");
    std::vector<std::string> parts = base::split(plain, '-');
    bool plausible = parts.size() == 3 && parts[0].size() == 4 && !parts[1].empty() &&
                     !parts[2].empty() && parts[1].size() <= 2 && parts[2].size() <= 2;
    if (!plausible) return std::string(text);
    return parts[0] + "-" + pad_two(parts[1]) + "-" + pad_two(parts[2]);
}

/// "￥1,050,000.5 元", "105万元" → "1050000.50"; what is no amount stays as it is, to be refused.
std::string tidy_money(std::string_view text) {
    std::string plain(text);
    for (std::string_view noise : {"￥", "¥", "元", " ", "，"}) {
        plain = base::replace_all(std::move(plain), noise, "");
    }
    std::int64_t factor = 1;
    for (auto [unit, value] :
         {std::pair<std::string_view, std::int64_t>{"万", 10'000}, {"亿", 100'000'000}}) {
        if (plain.ends_with(unit)) {
            plain.resize(plain.size() - unit.size());
            factor = value;
        }
    }
    auto amount = base::Money::parse(plain);
    // More decimals than fen ("1.0555 亿") are not guessed at: the text stays and is refused.
    if (!amount || amount->minor > base::Money::minor_max / factor) return std::string(text);
    return amount->scaled(factor, 1).to_string();
}

json::value tidy_boolean(std::string_view text) {
    std::string folded = base::fold(text);
    for (std::string_view yes : {"是", "yes", "true", "y", "1"}) {
        if (folded == yes) return true;
    }
    for (std::string_view no : {"否", "no", "false", "n", "0"}) {
        if (folded == no) return false;
    }
    return json::value(text);
}

json::value tidy_integer(std::string_view text) {
    std::int64_t number = 0;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem == std::errc() && end == text.data() + text.size()) return number;
    return json::value(text);
}

template <class Options>
std::string code_of(const Options& options, const std::string& text) {
    auto found = options.find(base::fold(text));
    return found == options.end() ? text : found->second;
}

template <class Options>
json::value cell_value(const FieldSpec& field, const Options& options, const std::string& text) {
    switch (field.type) {
        case FieldType::choice:
            return json::value(code_of(options, text));
        case FieldType::choices: {
            json::array codes;
            for (const std::string& part : split_cell(text)) {
                codes.push_back(json::value(code_of(options, part)));
            }
            return codes;
        }
        case FieldType::words: {
            json::array words;
            for (const std::string& part : split_cell(text))
                words.push_back(json::value(part));
            return words;
        }
        case FieldType::date:
            return json::value(tidy_date(text));
        case FieldType::money:
            return json::value(tidy_money(text));
        case FieldType::boolean:
            return tidy_boolean(text);
        case FieldType::integer:
            return tidy_integer(text);
        default:
            return json::value(text);
    }
}

/// Rows of a table that hold nothing fall away; `kept` tells which sheet row each one was.
void drop_empty_rows(json::object& body, const Kind& kind, SheetReader::TableRows& kept) {
    for (const FieldSpec& field : kind.form.fields) {
        if (field.type != FieldType::table) continue;
        json::value* value = body.if_contains(field.name);
        if (value == nullptr) continue;
        json::array rows;
        std::vector<std::size_t>& numbers = kept[field.name];
        for (std::size_t i = 0; i < value->get_array().size(); ++i) {
            json::value& row = value->get_array()[i];
            if (row.is_null()) continue;
            rows.push_back(row);
            numbers.push_back(i);
        }
        *value = std::move(rows);
    }
}

std::string option_label(const FieldSpec& field, std::string_view code, base::Language language) {
    for (const base::FieldOption& option : field.options) {
        if (option.code == code) return option.label.in(language);
    }
    return std::string(code);
}

std::string cell_text(const FieldSpec& field, const json::object& body, std::string_view tag,
                      base::Language language) {
    if (field.type == FieldType::choice || field.type == FieldType::choices) {
        std::vector<std::string> labels;
        for (const std::string& code : codes_at(body, field.name)) {
            labels.push_back(option_label(field, code, language));
        }
        return base::join(labels, "；");
    }
    if (field.type == FieldType::words) {
        const json::value* value = body.if_contains(field.name);
        if (value != nullptr && value->is_object()) {
            const json::object& words = base::object_at(value->get_object(), tag);
            std::vector<std::string> parts;
            for (const json::value& word : base::array_at(words, "text")) {
                if (word.is_string()) parts.emplace_back(word.get_string());
            }
            return base::join(parts, "；");
        }
    }
    if (field.localized && !base::object_at(body, field.name).contains(tag)) return {};
    const json::value* value = body.if_contains(field.name);
    if (value != nullptr && value->is_bool()) return value->get_bool() ? "true" : "false";
    return plain_text(body, field, tag);
}

}  // namespace

std::string cell_name(std::size_t column, std::size_t row_number) {
    std::string letters;
    for (std::size_t rest = column + 1; rest > 0; rest = (rest - 1) / 26) {
        letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
    }
    return letters + std::to_string(row_number);
}

SheetReader::SheetReader(const Kind& kind, const SheetRow& heading, std::string_view language)
    : kind_(&kind), language_(language), fields_(kind.sheet_fields()) {
    std::map<std::string, const SheetField*> names;
    for (const SheetField& field : fields_) {
        names.emplace(base::fold(field.path), &field);
        for (base::Language shown : base::all_languages) {
            names.emplace(base::fold(field.label(shown)), &field);
        }
    }
    std::set<std::string> seen;
    for (std::size_t i = 0; i < heading.cells.size(); ++i) {
        std::string title = base::trim(heading.cells[i]);
        if (title.ends_with('*')) title = base::trim(title.substr(0, title.size() - 1));
        if (title.empty()) continue;
        auto fault = [&](std::string_view code) {
            heading_faults_.push_back(
                {cell_name(i, heading.number), "",
                 base::invalid(code).with("column", base::shorten(title, 40))});
        };
        auto found = names.find(base::fold(title));
        if (found == names.end()) {
            fault("import_column_unknown");
            continue;
        }
        if (!seen.insert(found->second->path).second) {
            fault("import_column_repeated");
            continue;
        }
        Column column{*found->second, i, {}};
        for (const base::FieldOption& option : column.field.field->options) {
            column.options.emplace(base::fold(option.code), option.code);
            for (base::Language shown : base::all_languages) {
                column.options.emplace(base::fold(option.label.in(shown)), option.code);
            }
        }
        columns_.push_back(std::move(column));
    }
}

bool SheetReader::is_example(const SheetRow& row) const {
    for (const Column& column : columns_) {
        if (column.field.path != "title" || column.index >= row.cells.size()) continue;
        std::string title = base::trim(row.cells[column.index]);
        for (std::string_view mark : example_marks) {
            if (title.starts_with(mark)) return true;
        }
    }
    return false;
}

void SheetReader::place(json::object& body, const Column& column, json::value value) const {
    const SheetField& field = column.field;
    if (field.table != nullptr) {
        json::value& rows = body[field.table->name];
        if (!rows.is_array()) rows.emplace_array();
        json::array& list = rows.get_array();
        while (list.size() <= field.row)
            list.push_back(nullptr);
        if (!list[field.row].is_object()) list[field.row].emplace_object();
        list[field.row].get_object()[field.field->name] = std::move(value);
        return;
    }
    if (!field.field->localized) {
        body[field.field->name] = std::move(value);
        return;
    }
    json::value& languages = body[field.field->name];
    if (!languages.is_object()) languages.emplace_object();
    const std::string& tag = field.language.empty() ? language_ : field.language;
    languages.get_object()[tag] = json::object{{"text", std::move(value)}};
}

std::string SheetReader::json_path(const Column& column) const {
    const SheetField& field = column.field;
    if (field.table != nullptr) return field.path;
    if (!field.field->localized) return field.field->name;
    return field.field->name + "." + (field.language.empty() ? language_ : field.language);
}

/// The column that a defect of the form belongs to; `rows` maps table rows back to the sheet's.
const SheetReader::Column* SheetReader::column_of(std::string_view error_path,
                                                  const TableRows& rows) const {
    std::vector<std::string> parts = base::split(error_path, '.');
    std::string path(error_path);
    const FieldSpec* field = kind_->form.field(parts[0]);
    if (field != nullptr && field->type == FieldType::table && parts.size() > 1) {
        std::size_t index = 0;
        std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), index);
        auto numbers = rows.find(parts[0]);
        if (numbers != rows.end() && index < numbers->second.size()) {
            parts[1] = std::to_string(numbers->second[index]);
        }
        path = base::join(parts, ".");
    }
    for (const Column& column : columns_) {
        std::string own = json_path(column);
        if (path == own || path.starts_with(own + ".") || own.starts_with(path + ".")) {
            return &column;
        }
    }
    return nullptr;
}

ParsedRow SheetReader::read(const SheetRow& row) const {
    ParsedRow parsed;
    parsed.number = row.number;
    json::object body;
    for (const Column& column : columns_) {
        if (column.index >= row.cells.size()) continue;
        const std::string& raw = row.cells[column.index];
        if (!base::is_valid_utf8(raw)) {
            parsed.faults.push_back({cell_name(column.index, row.number), column.field.path,
                                     base::invalid("field_control_characters")});
            continue;
        }
        std::string text = base::trim(raw);
        if (text.empty()) continue;
        place(body, column, cell_value(*column.field.field, column.options, text));
    }
    TableRows table_rows;
    drop_empty_rows(body, *kind_, table_rows);
    parsed.body = normalise(body, kind_->form, language_);
    mark_languages(parsed.body, {}, kind_->form, language_);
    for (base::Error& error :
         base::check_fields(parsed.body, kind_->form.fields, base::Completeness::complete)) {
        const Column* column = column_of(error.field, table_rows);
        CellFault fault;
        fault.column = column == nullptr ? error.field : column->field.path;
        if (column != nullptr) fault.cell = cell_name(column->index, row.number);
        fault.error = std::move(error);
        parsed.faults.push_back(std::move(fault));
    }
    parsed.incomplete =
        std::any_of(parsed.faults.begin(), parsed.faults.end(),
                    [](const CellFault& fault) { return fault.error.code == "field_missing"; });
    return parsed;
}

std::vector<TemplateColumn> template_columns(const Kind& kind, base::Language language) {
    std::vector<TemplateColumn> result;
    for (SheetField& field : kind.sheet_fields()) {
        TemplateColumn column;
        column.label = field.label(language);
        if (!field.field->help.empty()) column.help = field.field->help.in(language);
        for (const base::FieldOption& option : field.field->options) {
            column.options.push_back(option.label.in(language));
        }
        column.required = field.field->required && field.table == nullptr && field.language.empty();
        column.several = takes_several(field.field->type);
        auto example = kind.example.find(field.path);
        if (example != kind.example.end()) column.example = example->second;
        column.field = std::move(field);
        result.push_back(std::move(column));
    }
    return result;
}

std::vector<std::string> sheet_cells(const json::object& body,
                                     const std::vector<SheetField>& fields,
                                     std::string_view entry_language, base::Language language) {
    std::vector<std::string> cells;
    for (const SheetField& field : fields) {
        std::string_view tag = field.language.empty() ? entry_language : field.language;
        if (field.field->confidential) {
            cells.emplace_back();
        } else if (field.table == nullptr) {
            cells.push_back(cell_text(*field.field, body, tag, language));
        } else {
            const json::array& rows = base::array_at(body, field.table->name);
            bool there = field.row < rows.size() && rows[field.row].is_object();
            cells.push_back(
                there ? cell_text(*field.field, rows[field.row].get_object(), tag, language)
                      : std::string());
        }
    }
    return cells;
}

}  // namespace catalog
