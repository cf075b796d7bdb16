#include "base/fields.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/check.h"
#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"

namespace base {
namespace {

constexpr std::size_t word_length_max = 100;
constexpr std::size_t decimal_length_max = 30;
constexpr std::size_t reference_length_max = 64;
constexpr std::string_view currency_suffix = "_currency";

using Defects = std::vector<Error>;

void check_table(const json::value& value, const FieldSpec& field, const std::string& path,
                 Completeness completeness, Defects& defects);
void check_object(const json::object& values, std::span<const FieldSpec> fields,
                  const std::string& prefix, Completeness completeness, Defects& defects);

/// Nothing that a person has entered: absent, null, white space only, an empty list.
bool is_blank(const json::value* value) {
    if (value == nullptr || value->is_null()) return true;
    if (value->is_string()) return trim(value->get_string()).empty();
    return value->is_array() && value->get_array().empty();
}

/// The text of one language: `"…"` or `{text: "…", state, source_hash}`.
const json::value* text_of_language(const json::value& value) {
    return value.is_object() ? value.get_object().if_contains("text") : &value;
}

bool is_blank(const json::value* value, const FieldSpec& field) {
    if (is_blank(value)) return true;
    if (!field.localized || !value->is_object()) return false;
    const json::object& languages = value->get_object();
    return std::all_of(languages.begin(), languages.end(),
                       [](const auto& pair) { return is_blank(text_of_language(pair.value())); });
}

void wrong_type(const std::string& path, std::string_view expected, Defects& defects) {
    defects.push_back(invalid("field_wrong_type").with("expected", expected).at(path));
}

void check_length(std::size_t length, std::size_t length_max, const std::string& path,
                  Defects& defects) {
    if (length <= length_max) return;
    defects.push_back(invalid("field_too_long")
                          .with("max", std::to_string(length_max))
                          .with("length", std::to_string(length))
                          .at(path));
}

enum class Lines { one, several };

void check_characters(std::string_view text, Lines lines, const std::string& path,
                      Defects& defects) {
    bool broken_line = lines == Lines::one && text.find_first_of("\r\n") != text.npos;
    if (broken_line || !is_valid_utf8(text) || has_control_characters(text)) {
        defects.push_back(invalid("field_control_characters").at(path));
    }
}

void check_text(const json::value& value, const FieldSpec& field, const std::string& path,
                Defects& defects) {
    if (!value.is_string()) return wrong_type(path, "text", defects);
    const json::string& text = value.get_string();
    Lines lines = field.type == FieldType::text ? Lines::one : Lines::several;
    check_characters(text, lines, path, defects);
    check_length(count_characters(text), field.length_max, path, defects);
}

void check_words(const json::value& value, const FieldSpec& field, const std::string& path,
                 Defects& defects) {
    if (!value.is_array()) return wrong_type(path, "list", defects);
    const json::array& words = value.get_array();
    check_length(words.size(), field.length_max, path, defects);
    std::size_t seen = std::min(words.size(), field.length_max);
    for (std::size_t i = 0; i < seen; ++i) {
        std::string place = path + "." + std::to_string(i);
        if (is_blank(&words[i]) || !words[i].is_string()) {
            wrong_type(place, "text", defects);
            continue;
        }
        check_characters(words[i].get_string(), Lines::one, place, defects);
        check_length(count_characters(words[i].get_string()), word_length_max, place, defects);
    }
}

void check_minimum_and_maximum(std::int64_t value, const FieldSpec& field, const std::string& path,
                               Defects& defects) {
    auto shown = [&](std::int64_t bound) {
        return field.type == FieldType::money ? Money::fen(bound).to_string()
                                              : std::to_string(bound);
    };
    if (field.minimum && value < *field.minimum) {
        defects.push_back(
            invalid("field_below_minimum").with("min", shown(*field.minimum)).at(path));
    }
    if (field.maximum && value > *field.maximum) {
        defects.push_back(
            invalid("field_above_maximum").with("max", shown(*field.maximum)).at(path));
    }
}

void check_integer(const json::value& value, const FieldSpec& field, const std::string& path,
                   Defects& defects) {
    if (value.is_uint64()) {  // beyond 63 bits, since Boost reads smaller ones as int64
        defects.push_back(
            invalid("field_above_maximum").with("max", std::to_string(INT64_MAX)).at(path));
        return;
    }
    if (!value.is_int64()) return wrong_type(path, "integer", defects);
    check_minimum_and_maximum(value.get_int64(), field, path, defects);
}

/// "-12.50" as its sign, whole digits without leading zeros, and whether anything follows.
struct Decimal {
    bool negative = false;
    std::string_view whole;
    bool fraction_not_zero = false;
};

std::optional<Decimal> read_decimal(std::string_view text) {
    if (text.size() > decimal_length_max) return {};
    Decimal decimal;
    decimal.negative = text.starts_with('-');
    if (decimal.negative) text.remove_prefix(1);
    std::size_t point = text.find('.');
    std::string_view whole = text.substr(0, point);
    std::string_view fraction = point == text.npos ? "0" : text.substr(point + 1);
    auto digits = [](std::string_view part) {
        return !part.empty() &&
               std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    if (!digits(whole) || !digits(fraction)) return {};
    whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
    decimal.whole = whole;
    decimal.fraction_not_zero = fraction.find_first_not_of('0') != fraction.npos;
    return decimal;
}

/// -1, 0, 1 as the decimal is below, at or above a whole number; exact, without floating point.
int compare(const Decimal& decimal, std::int64_t bound) {
    bool zero = decimal.whole.empty() && !decimal.fraction_not_zero;
    int sign = zero ? 0 : decimal.negative ? -1 : 1;
    int bound_sign = bound < 0 ? -1 : bound > 0 ? 1 : 0;
    if (sign != bound_sign) return sign < bound_sign ? -1 : 1;
    std::uint64_t magnitude =
        bound < 0 ? 0 - static_cast<std::uint64_t>(bound) : static_cast<std::uint64_t>(bound);
    std::string digits = magnitude == 0 ? "" : std::to_string(magnitude);
    int larger = 0;
    if (decimal.whole.size() != digits.size()) {
        larger = decimal.whole.size() < digits.size() ? -1 : 1;
    } else if (decimal.whole != digits) {
        larger = decimal.whole < digits ? -1 : 1;
    } else {
        larger = decimal.fraction_not_zero ? 1 : 0;
    }
    return decimal.negative ? -larger : larger;
}

void check_decimal(const json::value& value, const FieldSpec& field, const std::string& path,
                   Defects& defects) {
    auto decimal = value.is_string() ? read_decimal(value.get_string()) : std::nullopt;
    if (!decimal) return wrong_type(path, "decimal", defects);
    if (field.minimum && compare(*decimal, *field.minimum) < 0) {
        defects.push_back(
            invalid("field_below_minimum").with("min", std::to_string(*field.minimum)).at(path));
    }
    if (field.maximum && compare(*decimal, *field.maximum) > 0) {
        defects.push_back(
            invalid("field_above_maximum").with("max", std::to_string(*field.maximum)).at(path));
    }
}

void check_money(const json::value& value, const json::value* currency_code, const FieldSpec& field,
                 const std::string& path, Defects& defects) {
    Currency currency;
    if (!is_blank(currency_code)) {
        std::string currency_path = path + std::string(currency_suffix);
        if (!currency_code->is_string()) return wrong_type(currency_path, "text", defects);
        auto parsed = Currency::parse(currency_code->get_string());
        if (!parsed) return defects.push_back(std::move(parsed).error().at(currency_path));
        currency = *parsed;
    }
    if (!value.is_string()) return wrong_type(path, "money", defects);
    auto amount = Money::parse(value.get_string(), currency);
    if (!amount) return defects.push_back(std::move(amount).error().at(path));
    check_minimum_and_maximum(amount->minor, field, path, defects);
}

/// A check by one of the parsers of base, whose refusal is kept with its own code.
template <class Parse>
void check_parsed(const json::value& value, Parse parse, std::string_view expected,
                  const std::string& path, Defects& defects) {
    if (!value.is_string()) return wrong_type(path, expected, defects);
    auto parsed = parse(std::string_view(value.get_string()));
    if (!parsed) defects.push_back(std::move(parsed).error().at(path));
}

void check_option(const json::value& value, const FieldSpec& field, const std::string& path,
                  Defects& defects) {
    if (!value.is_string()) return wrong_type(path, "text", defects);
    std::string_view code = value.get_string();
    bool known = std::any_of(field.options.begin(), field.options.end(),
                             [&](const FieldOption& option) { return option.code == code; });
    if (known) return;
    defects.push_back(invalid("field_not_an_option").with("value", shorten(code, 40)).at(path));
}

void check_choices(const json::value& value, const FieldSpec& field, const std::string& path,
                   Defects& defects) {
    if (!value.is_array()) return wrong_type(path, "list", defects);
    const json::array& codes = value.get_array();
    check_length(codes.size(), field.length_max, path, defects);
    std::set<std::string_view> seen;
    std::size_t count = std::min(codes.size(), field.length_max);
    for (std::size_t i = 0; i < count; ++i) {
        std::string place = path + "." + std::to_string(i);
        check_option(codes[i], field, place, defects);
        if (codes[i].is_string() && !seen.insert(codes[i].get_string()).second) {
            defects.push_back(invalid("field_duplicate").at(place));
        }
    }
}

void check_place(const json::value& value, const std::string& path, Defects& defects) {
    std::string_view code = value.is_string() ? std::string_view(value.get_string()) : "";
    bool six_digits = code.size() == 6 && std::all_of(code.begin(), code.end(),
                                                      [](char c) { return c >= '0' && c <= '9'; });
    if (!six_digits) wrong_type(path, "place", defects);
}

void check_reference(const json::value& value, const std::string& path, Defects& defects) {
    if (!value.is_string()) return wrong_type(path, "reference", defects);
    std::string_view id = value.get_string();
    bool plain = id.size() <= reference_length_max && std::all_of(id.begin(), id.end(), [](char c) {
                     return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                            (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.' || c == ':';
                 });
    if (!plain) defects.push_back(invalid("id_malformed").with("value", shorten(id, 40)).at(path));
}

void check_language_object(const json::object& object, const std::string& path, Defects& defects) {
    static constexpr std::array states{"original", "machine", "human", "stale"};
    for (const auto& [key, value] : object) {
        std::string place = path + "." + std::string(key);
        bool known = key == "text" || key == "state" || key == "source_hash";
        if (!known) {
            defects.push_back(invalid("field_unknown").at(place));
        } else if (key != "text" && !value.is_string()) {
            wrong_type(place, "text", defects);
        } else if (key == "state" &&
                   std::find(states.begin(), states.end(), value.get_string()) == states.end()) {
            defects.push_back(invalid("field_not_an_option").at(place));
        } else if (key == "source_hash" && value.get_string().size() > 128) {
            defects.push_back(invalid("field_too_long").with("max", "128").at(place));
        }
    }
}

void check_one_language(const json::value& value, const FieldSpec& field, const std::string& path,
                        Defects& defects) {
    if (value.is_object()) check_language_object(value.get_object(), path, defects);
    const json::value* text = text_of_language(value);
    if (text == nullptr) {
        defects.push_back(invalid("field_missing").at(path + ".text"));
    } else if (text->is_null()) {
        return;
    } else if (field.type == FieldType::words) {
        check_words(*text, field, path, defects);
    } else {
        check_text(*text, field, path, defects);
    }
}

void check_localized(const json::value& value, const FieldSpec& field, const std::string& path,
                     Defects& defects) {
    if (!value.is_object()) return wrong_type(path, "languages", defects);
    for (const auto& [tag, text] : value.get_object()) {
        std::string place = path + "." + std::string(tag);
        if (!parse_language(tag)) {
            defects.push_back(invalid("field_unknown").at(place));
        } else {
            check_one_language(text, field, place, defects);
        }
    }
}

void check_value(const json::value& value, const json::object& values, const FieldSpec& field,
                 const std::string& path, Completeness completeness, Defects& defects) {
    if (field.localized) return check_localized(value, field, path, defects);
    switch (field.type) {
        case FieldType::text:
        case FieldType::long_text:
            return check_text(value, field, path, defects);
        case FieldType::integer:
            return check_integer(value, field, path, defects);
        case FieldType::decimal:
            return check_decimal(value, field, path, defects);
        case FieldType::money: {
            const json::value* code = values.if_contains(field.name + std::string(currency_suffix));
            return check_money(value, code, field, path, defects);
        }
        case FieldType::date:
            return check_parsed(value, Date::parse, "date", path, defects);
        case FieldType::moment:
            return check_parsed(value, parse_iso, "moment", path, defects);
        case FieldType::boolean:
            if (!value.is_bool()) wrong_type(path, "boolean", defects);
            return;
        case FieldType::choice:
            return check_option(value, field, path, defects);
        case FieldType::choices:
            return check_choices(value, field, path, defects);
        case FieldType::words:
            return check_words(value, field, path, defects);
        case FieldType::place:
            return check_place(value, path, defects);
        case FieldType::reference:
            return check_reference(value, path, defects);
        case FieldType::table:
            return check_table(value, field, path, completeness, defects);
    }
}

void check_table(const json::value& value, const FieldSpec& field, const std::string& path,
                 Completeness completeness, Defects& defects) {
    if (!value.is_array()) return wrong_type(path, "list", defects);
    const json::array& rows = value.get_array();
    check_length(rows.size(), field.length_max, path, defects);
    std::size_t count = std::min(rows.size(), field.length_max);
    for (std::size_t i = 0; i < count; ++i) {
        std::string place = path + "." + std::to_string(i);
        if (!rows[i].is_object()) {
            wrong_type(place, "row", defects);
            continue;
        }
        check_object(rows[i].get_object(), field.columns, place + ".", completeness, defects);
    }
}

/// The field's own key, or the currency that goes with an amount of money.
bool belongs_to(std::string_view key, const FieldSpec& field) {
    if (key == field.name) return true;
    return field.type == FieldType::money && key.starts_with(field.name) &&
           key.substr(field.name.size()) == currency_suffix;
}

void check_object(const json::object& values, std::span<const FieldSpec> fields,
                  const std::string& prefix, Completeness completeness, Defects& defects) {
    for (const FieldSpec& field : fields) {
        const json::value* value = values.if_contains(field.name);
        std::string path = prefix + field.name;
        if (is_blank(value, field)) {
            bool lacking = field.required && completeness == Completeness::complete;
            if (lacking) defects.push_back(invalid("field_missing").at(path));
            if (value == nullptr || value->is_null() || lacking) continue;
        }
        // A blank text where nothing is required stands for "no value", whatever the type.
        if (value->is_string() && is_blank(value) && !field.localized) continue;
        check_value(*value, values, field, path, completeness, defects);
    }
    for (const auto& member : values) {
        bool known = std::any_of(fields.begin(), fields.end(), [&](const FieldSpec& field) {
            return belongs_to(member.key(), field);
        });
        if (known) continue;
        defects.push_back(
            invalid("field_unknown").at(prefix + shorten(std::string_view(member.key()), 60)));
    }
}

}  // namespace

std::vector<Error> check_fields(const json::object& values, std::span<const FieldSpec> fields,
                                Completeness completeness) {
    Defects defects;
    check_object(values, fields, "", completeness, defects);
    return defects;
}

Status require_fields(const json::object& values, std::span<const FieldSpec> fields,
                      Completeness completeness) {
    std::vector<Error> defects = check_fields(values, fields, completeness);
    if (defects.empty()) return {};
    std::string count = std::to_string(defects.size());
    return refuse(invalid("form_invalid").with("count", count).because(std::move(defects)));
}

std::vector<FieldChange> difference(const json::object& before, const json::object& after,
                                    std::span<const FieldSpec> fields) {
    std::vector<FieldChange> changes;
    auto compare_key = [&](const std::string& key) {
        const json::value* old_value = before.if_contains(key);
        const json::value* new_value = after.if_contains(key);
        FieldChange change{key, old_value != nullptr ? *old_value : json::value(),
                           new_value != nullptr ? *new_value : json::value()};
        if (change.before != change.after) changes.push_back(std::move(change));
    };
    for (const FieldSpec& field : fields) {
        compare_key(field.name);
        if (field.type == FieldType::money) compare_key(field.name + std::string(currency_suffix));
    }
    return changes;
}

}  // namespace base
