#include <algorithm>
#include <array>
#include <set>

#include "base/check.h"
#include "base/fields.h"
#include "base/money.h"

namespace base {
namespace {

constexpr std::size_t long_text_length_max = 5000;

constexpr std::array<std::string_view, 14> type_names{
    "text",    "long_text", "integer", "decimal", "money", "date",      "moment",
    "boolean", "choice",    "choices", "words",   "place", "reference", "table"};

// ---- schema and description -------------------------------------------------------------------

json::object text_schema(std::size_t length_max) {
    return {{"type", "string"}, {"maxLength", length_max}};
}

json::object pattern_schema(std::string_view pattern) {
    return {{"type", "string"}, {"pattern", pattern}};
}

json::object options_schema(const FieldSpec& field) {
    json::array codes;
    for (const FieldOption& option : field.options)
        codes.push_back(json::value(option.code));
    return {{"type", "string"}, {"enum", std::move(codes)}};
}

json::object list_schema(json::object items, std::size_t length_max) {
    return {{"type", "array"}, {"items", std::move(items)}, {"maxItems", length_max}};
}

json::object object_schema(std::span<const FieldSpec> fields);

json::object plain_schema(const FieldSpec& field) {
    switch (field.type) {
        case FieldType::text:
        case FieldType::long_text:
            return text_schema(field.length_max);
        case FieldType::integer: {
            json::object schema{{"type", "integer"}};
            if (field.minimum) schema["minimum"] = *field.minimum;
            if (field.maximum) schema["maximum"] = *field.maximum;
            return schema;
        }
        case FieldType::decimal:
            return pattern_schema("^-?[0-9]+(\\.[0-9]+)?$");
        case FieldType::money:
            return pattern_schema("^-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\\.[0-9]+)?$");
        case FieldType::date:
            return {{"type", "string"}, {"format", "date"}};
        case FieldType::moment:
            return {{"type", "string"}, {"format", "date-time"}};
        case FieldType::boolean:
            return {{"type", "boolean"}};
        case FieldType::choice:
            return options_schema(field);
        case FieldType::choices: {
            json::object schema = list_schema(options_schema(field), field.length_max);
            schema["uniqueItems"] = true;
            return schema;
        }
        case FieldType::words:
            return list_schema(text_schema(100), field.length_max);
        case FieldType::place:
            return pattern_schema("^[0-9]{6}$");
        case FieldType::reference:
            return pattern_schema("^[0-9A-Za-z_.:-]{1,64}$");
        case FieldType::table:
            return list_schema(object_schema(field.columns), field.length_max);
    }
    return {};
}

json::object localized_schema(const json::object& plain) {
    json::object rich{
        {"type", "object"},
        {"properties",
         json::object{{"text", plain},
                      {"state", json::object{{"enum", {"original", "machine", "human", "stale"}}}},
                      {"source_hash", json::object{{"type", "string"}}}}},
        {"required", json::array{"text"}},
        {"additionalProperties", false}};
    json::object one_language{{"anyOf", json::array{plain, std::move(rich)}}};
    json::object properties;
    for (Language language : all_languages) {
        std::string_view tag = language == Language::zh_cn ? "zh" : tag_of(language);
        properties[tag] = one_language;
    }
    return {
        {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

json::object field_schema(const FieldSpec& field) {
    json::object schema = plain_schema(field);
    if (field.localized) schema = localized_schema(schema);
    if (!field.label.empty()) schema["title"] = field.label.in(Language::zh_cn);
    if (!field.help.empty()) schema["description"] = field.help.in(Language::zh_cn);
    if (field.confidential) schema["x-confidential"] = true;
    if (field.type == FieldType::money || field.type == FieldType::decimal) {
        schema["x-type"] = to_string(field.type);
    }
    return schema;
}

json::object object_schema(std::span<const FieldSpec> fields) {
    json::object properties;
    json::array required;
    for (const FieldSpec& field : fields) {
        properties[field.name] = field_schema(field);
        if (field.type == FieldType::money) {
            properties[field.name + "_currency"] = pattern_schema("^[A-Z]{3}$");
        }
        if (field.required) required.push_back(json::value(field.name));
    }
    json::object schema{
        {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
}

/// Bounds of money leave as amounts: money is never a JSON number.
json::value bound_value(const FieldSpec& field, std::int64_t bound) {
    if (field.type == FieldType::money) return json::value(Money::fen(bound).to_string());
    return bound;
}

json::object describe_field(const FieldSpec& field, Language language) {
    json::object object{{"name", field.name},
                        {"type", to_string(field.type)},
                        {"label", field.label.in(language)},
                        {"required", field.required},
                        {"localized", field.localized},
                        {"confidential", field.confidential},
                        {"indexed", field.indexed},
                        {"length_max", field.length_max}};
    if (!field.help.empty()) object["help"] = field.help.in(language);
    if (!field.unit.empty()) object["unit"] = field.unit.in(language);
    if (!field.section.empty()) object["section"] = field.section;
    if (!field.coach.empty()) object["coach"] = field.coach;
    if (field.minimum) object["minimum"] = bound_value(field, *field.minimum);
    if (field.maximum) object["maximum"] = bound_value(field, *field.maximum);
    if (!field.options.empty()) {
        json::array& options = object["options"].emplace_array();
        for (const FieldOption& option : field.options) {
            options.push_back(
                json::object{{"code", option.code}, {"label", option.label.in(language)}});
        }
    }
    if (!field.columns.empty()) {
        json::array& columns = object["columns"].emplace_array();
        for (const FieldSpec& column : field.columns) {
            columns.push_back(describe_field(column, language));
        }
    }
    return object;
}

// ---- reading from region files ----------------------------------------------------------------

bool is_identifier(std::string_view name) {
    return !name.empty() && name.size() <= 60 && name[0] >= 'a' && name[0] <= 'z' &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

Result<FieldType> read_type(const Yaml& node) {
    std::string name = TRY(node.text());
    auto found = std::find(type_names.begin(), type_names.end(), name);
    if (found == type_names.end()) {
        return refuse(node.fault("field_type_unknown", "no field type '" + name + "'"));
    }
    return static_cast<FieldType>(found - type_names.begin());
}

Result<LocalText> read_label(const Yaml& node) {
    if (!node.is_defined()) return LocalText{};
    return LocalText::from(node);
}

Result<std::vector<FieldOption>> read_options(const Yaml& node) {
    std::vector<FieldOption> options;
    for (const auto& [code, label] : node.pairs()) {
        options.push_back({code, TRY(LocalText::from(label))});
    }
    for (const Yaml& item : node.items()) {
        if (item.is_scalar()) {
            std::string code = TRY(item.text());
            options.push_back({code, LocalText::of(code)});
            continue;
        }
        TRY(item.only_keys({"code", "label"}));
        Yaml code = TRY(item.required("code"));
        Yaml label = TRY(item.required("label"));
        options.push_back({TRY(code.text()), TRY(LocalText::from(label))});
    }
    std::set<std::string> seen;
    for (const FieldOption& option : options) {
        if (option.code.empty() || !seen.insert(option.code).second) {
            return refuse(node.fault("field_options_wrong",
                                     "option '" + option.code + "' is empty or there twice"));
        }
    }
    return options;
}

Result<std::optional<std::int64_t>> read_bound(const Yaml& node, FieldType type) {
    if (!node.is_defined()) return std::optional<std::int64_t>{};
    if (type == FieldType::money) {
        auto amount = Money::parse(TRY(node.text()));
        if (!amount) return refuse(node.fault("field_bounds_wrong", "not an amount of money"));
        return std::optional(amount->minor);
    }
    if (type != FieldType::integer && type != FieldType::decimal) {
        return refuse(node.fault("field_bounds_wrong", "this type of field has no bounds"));
    }
    return std::optional<std::int64_t>(TRY(node.integer()));
}

Status read_length(const Yaml& node, FieldSpec& field) {
    if (field.type == FieldType::long_text) field.length_max = long_text_length_max;
    long long length = TRY(node.integer_or(static_cast<long long>(field.length_max)));
    if (length < 1 || length > 1'000'000) {
        return refuse(node.fault("field_bounds_wrong", "length_max is from 1 to 1000000"));
    }
    field.length_max = static_cast<std::size_t>(length);
    return {};
}

Status read_parts(const Yaml& node, FieldSpec& field, const OptionsOf& options_of) {
    field.options = TRY(read_options(node["options"]));
    Yaml codes = node["codes"];
    if (codes.is_defined()) {
        if (!options_of || !field.options.empty()) {
            return refuse(codes.fault("field_options_wrong", "either options or codes, not both"));
        }
        field.options = TRY(options_of(codes));
    }
    bool chooses = field.type == FieldType::choice || field.type == FieldType::choices;
    if (chooses == field.options.empty()) {
        return refuse(node.fault("field_options_wrong",
                                 chooses ? "a choice needs options" : "only a choice has options"));
    }
    Yaml columns = node["columns"];
    if (columns.is_defined()) field.columns = TRY(read_fields(columns, options_of));
    bool is_table = field.type == FieldType::table;
    if (is_table == field.columns.empty()) {
        return refuse(node.fault("field_columns_wrong",
                                 is_table ? "a table needs columns" : "only a table has columns"));
    }
    for (const FieldSpec& column : field.columns) {
        if (column.type != FieldType::table) continue;
        return refuse(columns.fault("field_columns_wrong", "a table holds no tables"));
    }
    return {};
}

}  // namespace

std::string_view to_string(FieldType type) {
    return type_names[static_cast<std::size_t>(type)];
}

json::object json_schema(std::span<const FieldSpec> fields) {
    json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}};
    for (auto& [key, value] : object_schema(fields))
        schema[key] = value;
    return schema;
}

json::object describe_fields(std::span<const FieldSpec> fields, Language language) {
    json::array list;
    for (const FieldSpec& field : fields)
        list.push_back(describe_field(field, language));
    return {{"fields", std::move(list)}};
}

Result<FieldSpec> read_field(const Yaml& node, const OptionsOf& options_of) {
    if (!node.is_map()) return refuse(node.fault("value_not_map", "expected a field"));
    TRY(node.only_keys({"name", "type", "label", "help", "unit", "required", "localized",
                        "confidential", "indexed", "length_max", "minimum", "maximum", "options",
                        "codes", "columns", "section", "coach"}));
    FieldSpec field;
    Yaml name = TRY(node.required("name"));
    field.name = TRY(name.text());
    if (!is_identifier(field.name)) {
        return refuse(name.fault("field_name_malformed", "a name is a-z, 0-9 and _"));
    }
    if (node["type"].is_defined()) field.type = TRY(read_type(node["type"]));
    Yaml label = TRY(node.required("label"));
    field.label = TRY(LocalText::from(label));
    field.help = TRY(read_label(node["help"]));
    field.unit = TRY(read_label(node["unit"]));
    field.required = TRY(node["required"].boolean_or(false));
    field.localized = TRY(node["localized"].boolean_or(false));
    field.confidential = TRY(node["confidential"].boolean_or(false));
    field.indexed = TRY(node["indexed"].boolean_or(false));
    TRY(read_length(node["length_max"], field));
    field.minimum = TRY(read_bound(node["minimum"], field.type));
    field.maximum = TRY(read_bound(node["maximum"], field.type));
    if (field.minimum && field.maximum && *field.minimum > *field.maximum) {
        return refuse(node["minimum"].fault("field_bounds_wrong", "minimum is above maximum"));
    }
    TRY(read_parts(node, field, options_of));
    field.section = node["section"].text_or("");
    field.coach = node["coach"].text_or("");
    bool has_language = field.type == FieldType::text || field.type == FieldType::long_text ||
                        field.type == FieldType::words;
    if (field.localized && !has_language) {
        return refuse(node["localized"].fault("field_not_localizable",
                                              "only text, long_text and words have languages"));
    }
    return field;
}

Result<std::vector<FieldSpec>> read_fields(const Yaml& list, const OptionsOf& options_of) {
    if (!list.is_list()) return refuse(list.fault("value_not_list", "expected a list of fields"));
    std::vector<FieldSpec> fields;
    std::set<std::string> names;
    for (const Yaml& item : list.items()) {
        fields.push_back(TRY(read_field(item, options_of)));
        if (!names.insert(fields.back().name).second) {
            return refuse(item.fault("field_duplicate",
                                     "the field '" + fields.back().name + "' is there twice"));
        }
    }
    return fields;
}

}  // namespace base
