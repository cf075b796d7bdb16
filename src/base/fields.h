#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/texts.h"

namespace base {

/// How a field is typed, checked, shown and exchanged. JSON form in brackets.
enum class FieldType {
    text,       ///< one line [string]
    long_text,  ///< several lines [string]
    integer,    ///< whole number [number]
    decimal,    ///< exact decimal as text, e.g. "12.5" [string]
    money,      ///< amount as text, currency in field `<name>_currency` or CNY [string]
    date,       ///< "2026-11-24" [string]
    moment,     ///< ISO 8601 UTC [string]
    boolean,    ///< [true/false]
    choice,     ///< one option code [string]
    choices,    ///< several option codes [array of strings]
    words,      ///< free keywords [array of strings]
    place,      ///< GB/T 2260 code [string]
    reference,  ///< id of another record [string]
    table,      ///< rows of fields [array of objects]
};

struct FieldOption {
    std::string code;
    LocalText label;
};

/// One field of a form or typed entity. Dumb on purpose: what wants behaviour is code.
struct FieldSpec {
    std::string name;
    FieldType type = FieldType::text;
    LocalText label;
    LocalText help;
    LocalText unit;
    bool required = false;
    bool localized = false;        ///< value is {zh: …, en: …}: field-level languages
    bool confidential = false;     ///< second tier: shown only in a room after NDA, sealed at rest
    bool indexed = false;          ///< searchable / filterable
    std::size_t length_max = 200;  ///< characters of a text, items of a list
    std::optional<std::int64_t> minimum;  ///< integers; minor units for money
    std::optional<std::int64_t> maximum;
    std::vector<FieldOption> options;  ///< for choice and choices
    std::vector<FieldSpec> columns;    ///< for table
    std::string section;               ///< key of the form's section
    std::string coach;                 ///< group asked for by the form's coach, or empty
};

enum class Completeness { draft, complete };

/// All defects of `values` at once, in field order. A draft may lack required fields, but what it
/// has must be right. A localized value is {zh: text} or {zh: {text, state, source_hash}}. Paths of
/// parts are dotted: "title.en", "partners.0.name". Codes: field_missing, field_wrong_type,
/// field_too_long, field_not_an_option, field_below_minimum, field_above_maximum, field_unknown,
/// field_duplicate, field_control_characters, id_malformed, currency_malformed, and those of
/// Money::parse, Date::parse (date_malformed) and parse_iso (time_malformed).
std::vector<Error> check_fields(const json::object& values, std::span<const FieldSpec> fields,
                                Completeness completeness);

/// check_fields as one refusal `form_invalid` whose causes are the defects; success if none.
Status require_fields(const json::object& values, std::span<const FieldSpec> fields,
                      Completeness completeness);

/// JSON Schema (2020-12) of an object with these fields.
json::object json_schema(std::span<const FieldSpec> fields);

/// What the workbench needs to draw the form, in one language.
json::object describe_fields(std::span<const FieldSpec> fields, Language language);

/// The name of a type in region files, schemas and the API, e.g. "long_text".
std::string_view to_string(FieldType type);

/// Reads one field from a region file. Closed keys, named as the members of FieldSpec; `options`
/// is a list of {code, label} or a map code: label; the bounds of money are written as amounts
/// (minimum: "100.00"). Every refusal names file:line. Codes: key_unknown, key_missing,
/// field_name_malformed, field_type_unknown, field_options_wrong, field_columns_wrong,
/// field_bounds_wrong, field_not_localizable, field_duplicate.
/// With `options_of`, a choice may name a code list instead (`codes: cards`): it is asked for its
/// options with the node of that name.
using OptionsOf = std::function<Result<std::vector<FieldOption>>(const Yaml& list_name)>;
Result<FieldSpec> read_field(const Yaml& node, const OptionsOf& options_of = nullptr);
/// Reads a list of fields; `field_duplicate` when a name is there twice.
Result<std::vector<FieldSpec>> read_fields(const Yaml& list, const OptionsOf& options_of = nullptr);

struct FieldChange {
    std::string field;
    json::value before;
    json::value after;
};
/// Field by field, in field order; unchanged ones left out.
std::vector<FieldChange> difference(const json::object& before, const json::object& after,
                                    std::span<const FieldSpec> fields);

}  // namespace base
