#include "catalog/kind.h"

#include <algorithm>

#include "base/text.h"
#include "base/yaml.h"

namespace catalog {
namespace {

using base::FieldSpec;
using base::FieldType;
using base::Yaml;

constexpr std::size_t sheet_table_rows_max = 9;

base::Result<const FieldSpec*> field_at(const Yaml& node, const workflow::Form& form,
                                        std::string_view name) {
    const FieldSpec* field = form.field(name);
    if (field != nullptr) return field;
    return base::refuse(
        node.fault("field_not_in_form", "no field '" + std::string(name) + "' in this kind"));
}

/// Field names of a public use: known, and none of them confidential.
base::Result<std::vector<std::string>> public_fields(const Yaml& node, const workflow::Form& form) {
    std::vector<std::string> names = TRY(node.texts());
    for (const std::string& name : names) {
        const FieldSpec* field = TRY(field_at(node, form, name));
        if (field->confidential) {
            return base::refuse(
                node.fault("field_confidential", "'" + name + "' is confidential, not public"));
        }
    }
    return names;
}

base::Result<std::string> column(const Yaml& columns, const workflow::Form& form,
                                 std::string_view name, FieldType type) {
    Yaml node = columns[name];
    if (!node.is_defined()) return std::string();
    std::string field_name = TRY(node.text());
    const FieldSpec* field = TRY(field_at(node, form, field_name));
    if (field->type != type || field->confidential) {
        return base::refuse(node.fault("field_type_unfit",
                                       "'" + field_name + "' cannot be the " + std::string(name)));
    }
    return field_name;
}

base::Result<Columns> read_columns(const Yaml& node, const workflow::Form& form) {
    TRY(node.only_keys({"card", "cards_more", "level", "amount", "deadline", "visibility", "field",
                        "modes", "ends", "supersedes"}));
    Columns result;
    result.card = TRY(column(node, form, "card", FieldType::choice));
    result.cards_more = TRY(column(node, form, "cards_more", FieldType::choices));
    result.level = TRY(column(node, form, "level", FieldType::choice));
    result.amount = TRY(column(node, form, "amount", FieldType::money));
    result.deadline = TRY(column(node, form, "deadline", FieldType::date));
    result.visibility = TRY(column(node, form, "visibility", FieldType::choice));
    result.field = TRY(column(node, form, "field", FieldType::choice));
    result.modes = TRY(column(node, form, "modes", FieldType::choices));
    result.ends = TRY(column(node, form, "ends", FieldType::date));
    result.supersedes = TRY(column(node, form, "supersedes", FieldType::reference));
    return result;
}

base::Result<std::map<std::string, int>> read_search(const Yaml& node, const workflow::Form& form) {
    std::map<std::string, int> result;
    for (const auto& [name, weight] : node.pairs()) {
        const FieldSpec* field = TRY(field_at(weight, form, name));
        bool is_text = field->type == FieldType::text || field->type == FieldType::long_text ||
                       field->type == FieldType::words;
        if (!is_text || field->confidential) {
            return base::refuse(
                weight.fault("field_type_unfit", "'" + name + "' cannot be searched"));
        }
        long long value = TRY(weight.integer());
        if (value < 1 || value > 16) {
            return base::refuse(weight.fault("value_out_of_range", "a weight is 1 to 16"));
        }
        result.emplace(name, static_cast<int>(value));
    }
    return result;
}

base::Result<std::vector<std::string>> read_filters(const Yaml& node, const workflow::Form& form) {
    std::vector<std::string> names = TRY(public_fields(node, form));
    for (const std::string& name : names) {
        FieldType type = form.field(name)->type;
        if (type == FieldType::choice || type == FieldType::choices) continue;
        return base::refuse(node.fault("field_type_unfit", "'" + name + "' is no choice"));
    }
    return names;
}

base::Result<Pairing> read_pairing(const Yaml& node) {
    std::string text = node.text_or("none");
    if (text == "none") return Pairing::none;
    if (text == "wanted") return Pairing::wanted;
    if (text == "offered") return Pairing::offered;
    return base::refuse(node.fault("pairing_unknown", "none, wanted or offered"));
}

base::Result<CardWords> read_card_words(const Yaml& node) {
    TRY(node.only_keys({"level", "amount", "no_amount"}));
    auto words = [&](std::string_view key) -> base::Result<base::LocalText> {
        if (!node[key].is_defined()) return base::LocalText();
        return base::LocalText::from(node[key]);
    };
    CardWords result;
    result.level = TRY(words("level"));
    result.amount = TRY(words("amount"));
    result.no_amount = TRY(words("no_amount"));
    return result;
}

/// "title@en" → title, en, 1; "ip:2" → ip, "", 2.
struct SheetName {
    std::string field;
    std::string language;
    std::size_t rows = 1;
};

SheetName split_sheet_name(std::string_view text) {
    SheetName name;
    std::size_t at = text.find_first_of("@:");
    name.field = text.substr(0, at);
    if (at == text.npos) return name;
    std::string_view rest = text.substr(at + 1);
    if (text[at] == '@') {
        name.language = rest;
    } else {
        bool digit = rest.size() == 1 && rest[0] >= '1' && rest[0] <= '9';
        name.rows = digit ? static_cast<std::size_t>(rest[0] - '0') : sheet_table_rows_max + 1;
    }
    return name;
}

base::Result<std::vector<std::string>> read_sheet(const Yaml& node, const workflow::Form& form) {
    std::vector<std::string> names = TRY(node.texts());
    for (const std::string& text : names) {
        SheetName name = split_sheet_name(text);
        const FieldSpec* field = TRY(field_at(node, form, name.field));
        bool language_fits =
            name.language.empty() || (field->localized && base::parse_language(name.language));
        bool is_table = field->type == FieldType::table;
        bool has_count = text.find(':') != text.npos;
        if (!language_fits || is_table != has_count || name.rows > sheet_table_rows_max) {
            return base::refuse(node.fault("sheet_column_malformed", "'" + text + "'"));
        }
    }
    return names;
}

base::Result<Needs> read_needs(const Yaml& node) {
    std::string text = node.text_or("any");
    if (text == "any") return Needs::any;
    if (text == "number") return Needs::number;
    if (text == "date") return Needs::date;
    if (text == "money") return Needs::money;
    return base::refuse(node.fault("needs_unknown", "any, number, date or money"));
}

base::Result<CoachRule> read_coach(const Yaml& node, const workflow::Form& form) {
    TRY(node.only_keys(
        {"optional_missing_max", "long_term_months", "long_term_level", "questions"}));
    CoachRule rule;
    rule.optional_missing_max = static_cast<int>(TRY(node["optional_missing_max"].integer_or(0)));
    rule.long_term_months = static_cast<int>(TRY(node["long_term_months"].integer_or(0)));
    rule.long_term_level = static_cast<int>(TRY(node["long_term_level"].integer_or(0)));
    for (const Yaml& item : node["questions"].items()) {
        TRY(item.only_keys({"group", "needs", "essential"}));
        CoachQuestion question;
        question.group = TRY(TRY(item.required("group")).text());
        question.needs = TRY(read_needs(item["needs"]));
        question.essential = TRY(item["essential"].boolean_or(false));
        bool answered =
            std::any_of(form.fields.begin(), form.fields.end(),
                        [&](const FieldSpec& field) { return field.coach == question.group; });
        if (!answered) {
            return base::refuse(
                item.fault("coach_group_unknown", "no field belongs to '" + question.group + "'"));
        }
        rule.questions.push_back(std::move(question));
    }
    return rule;
}

/// "ip.number": a column of a table, or a plain field.
base::Status check_identifier(const Yaml& node, const workflow::Form& form,
                              const std::string& path) {
    std::size_t dot = path.find('.');
    const FieldSpec* field = TRY(field_at(node, form, path.substr(0, dot)));
    if (dot == path.npos && field->type == FieldType::text) return {};
    std::string column = dot == path.npos ? "" : path.substr(dot + 1);
    bool found = std::any_of(field->columns.begin(), field->columns.end(),
                             [&](const FieldSpec& item) { return item.name == column; });
    if (found) return {};
    return base::refuse(node.fault("field_not_in_form", "no identifier '" + path + "'"));
}

}  // namespace

std::string SheetField::label(base::Language shown) const {
    if (table != nullptr) {
        return table->label.in(shown) + std::to_string(row + 1) + " " + field->label.in(shown);
    }
    std::string text = field->label.in(shown);
    return language.empty() ? text : text + " (" + language + ")";
}

std::vector<SheetField> Kind::sheet_fields() const {
    std::vector<SheetField> result;
    for (const std::string& text : sheet) {
        SheetName name = split_sheet_name(text);
        const FieldSpec* found = form.field(name.field);
        if (found->type != FieldType::table) {
            result.push_back({found, nullptr, 0, name.language, text});
            continue;
        }
        for (std::size_t row = 0; row < name.rows; ++row) {
            for (const FieldSpec& item : found->columns) {
                result.push_back({&item, found, row, "",
                                  name.field + "." + std::to_string(row) + "." + item.name});
            }
        }
    }
    return result;
}

base::Result<Kind> Kind::from(const Yaml& root, const workflow::Codes& codes) {
    TRY(root.only_keys(
        {"kind",        "version", "title",       "plural",  "process",     "validity_months",
         "remind_days", "columns", "identifiers", "page",    "search",      "filters",
         "facts",       "living",  "card_words",  "pairing", "schema_type", "xlsx",
         "example",     "coach",   "sections",    "fields"}));
    Kind kind;
    TRY(root.required("kind"));
    kind.form = TRY(workflow::Form::from(root, codes));
    kind.plural = TRY(base::LocalText::from(TRY(root.required("plural"))));
    kind.process = TRY(TRY(root.required("process")).text());
    kind.validity_months = static_cast<int>(TRY(root["validity_months"].integer_or(12)));
    kind.remind_days = static_cast<int>(TRY(root["remind_days"].integer_or(30)));
    if (kind.validity_months < 1 || kind.validity_months > 120 || kind.remind_days < 0 ||
        kind.remind_days > 365) {
        return base::refuse(root.fault("value_out_of_range", "validity_months or remind_days"));
    }
    const FieldSpec* title = TRY(field_at(root, kind.form, "title"));
    if (title->type != FieldType::text || !title->localized || !title->required) {
        return base::refuse(
            root.fault("field_type_unfit", "'title' is a required text with languages"));
    }
    kind.columns = TRY(read_columns(root["columns"], kind.form));
    kind.identifiers = TRY(root["identifiers"].texts());
    for (const std::string& path : kind.identifiers) {
        TRY(check_identifier(root["identifiers"], kind.form, path));
    }
    kind.page = TRY(public_fields(root["page"], kind.form));
    kind.search = TRY(read_search(root["search"], kind.form));
    kind.filters = TRY(read_filters(root["filters"], kind.form));
    kind.facts = TRY(public_fields(root["facts"], kind.form));
    kind.living = TRY(public_fields(root["living"], kind.form));
    kind.card_words = TRY(read_card_words(root["card_words"]));
    kind.pairing = TRY(read_pairing(root["pairing"]));
    kind.schema_type = root["schema_type"].text_or("CreativeWork");
    kind.sheet = TRY(read_sheet(root["xlsx"], kind.form));
    for (const auto& [path, text] : root["example"].pairs()) {
        std::vector<SheetField> fields = kind.sheet_fields();
        bool known = std::any_of(fields.begin(), fields.end(),
                                 [&](const SheetField& field) { return field.path == path; });
        if (!known) {
            return base::refuse(text.fault("sheet_column_malformed", "no column '" + path + "'"));
        }
        kind.example.emplace(path, TRY(text.text()));
    }
    kind.coach = TRY(read_coach(root["coach"], kind.form));
    return kind;
}

base::Result<Kinds> Kinds::load(const std::filesystem::path& folder, const workflow::Codes& codes) {
    std::vector<std::filesystem::path> files;
    std::error_code problem;
    for (const auto& file : std::filesystem::directory_iterator(folder, problem)) {
        if (file.path().extension() == ".yaml") files.push_back(file.path());
    }
    std::sort(files.begin(), files.end());
    Kinds kinds;
    for (const auto& file : files) {
        Yaml root = TRY(Yaml::load(file));
        Kind kind = TRY(Kind::from(root, codes));
        if (file.stem() != kind.code()) {
            return base::refuse(root.fault("file_name_differs", "holds '" + kind.code() + "'"));
        }
        auto added = kinds.add(std::move(kind));
        if (!added) return base::refuse(root.fault(added.error().code, added.error().detail));
    }
    return kinds;
}

base::Status Kinds::add(Kind kind) {
    if (find(kind.code()) != nullptr) {
        return base::refuse(base::invalid("kind_repeated").saying("kind twice: " + kind.code()));
    }
    for (const Kind& other : kinds_) {
        for (const auto& [field, weight] : other.search) {
            auto mine = kind.search.find(field);
            if (mine == kind.search.end() || mine->second == weight) continue;
            return base::refuse(
                base::invalid("weight_differs")
                    .saying("search weight of '" + field + "' differs from " + other.code()));
        }
    }
    kinds_.push_back(std::move(kind));
    return {};
}

const Kind* Kinds::find(std::string_view code) const {
    auto found = std::find_if(kinds_.begin(), kinds_.end(),
                              [&](const Kind& kind) { return kind.code() == code; });
    return found == kinds_.end() ? nullptr : &*found;
}

base::Result<const Kind*> Kinds::require(std::string_view code) const {
    const Kind* kind = find(code);
    if (kind != nullptr) return kind;
    return base::refuse(
        base::invalid("kind_unknown").with("kind", base::shorten(code, 40)).at("kind"));
}

}  // namespace catalog
