#include "catalog/body.h"

#include <algorithm>
#include <charconv>

#include "base/hash.h"
#include "base/money.h"
#include "base/text.h"

namespace catalog {
namespace {

using base::FieldSpec;
using base::FieldType;
namespace json = base::json;

bool is_blank(const json::value& value) {
    if (value.is_null()) return true;
    if (value.is_string()) return value.get_string().empty();
    if (value.is_array()) return value.get_array().empty();
    return value.is_object() && value.get_object().empty();
}

json::value trimmed(const json::value& value) {
    if (!value.is_string()) return value;
    std::string_view text = value.get_string();
    if (!base::is_valid_utf8(text)) return value;
    return json::value(base::trim(text));
}

/// Blank items of a list say nothing; white space in the others neither.
json::value tidy(const json::value& value) {
    if (!value.is_array()) return trimmed(value);
    json::array result;
    for (const json::value& item : value.get_array()) {
        json::value clean = trimmed(item);
        if (!is_blank(clean)) result.push_back(std::move(clean));
    }
    return result;
}

json::value normalise_language(const json::value& value) {
    if (!value.is_object()) return json::object{{"text", tidy(value)}};
    json::object result = value.get_object();
    if (auto* text = result.if_contains("text")) *text = tidy(*text);
    return result;
}

json::value normalise_localized(const json::value& value, std::string_view language) {
    json::object result;
    if (!value.is_object()) {
        json::value text = normalise_language(value);
        if (!is_blank(text.get_object()["text"])) result[language] = std::move(text);
        return result;
    }
    for (const auto& [tag, text] : value.get_object()) {
        json::value clean = normalise_language(text);
        const json::value* words = clean.get_object().if_contains("text");
        if (words != nullptr && is_blank(*words)) continue;
        result[tag] = std::move(clean);
    }
    return result;
}

json::value normalise_table(const json::value& value) {
    if (!value.is_array()) return value;
    json::array rows;
    for (const json::value& row : value.get_array()) {
        if (!row.is_object()) {
            rows.push_back(row);
            continue;
        }
        json::object clean;
        for (const auto& [key, cell] : row.get_object()) {
            json::value text = tidy(cell);
            if (!is_blank(text)) clean[key] = std::move(text);
        }
        if (!clean.empty()) rows.push_back(std::move(clean));
    }
    return rows;
}

json::value normalise_value(const json::value& value, const FieldSpec& field,
                            std::string_view language) {
    if (field.localized) return normalise_localized(value, language);
    if (field.type == FieldType::table) return normalise_table(value);
    if (field.type == FieldType::long_text || field.type == FieldType::text ||
        field.type == FieldType::words || field.type == FieldType::choices) {
        return tidy(value);
    }
    return trimmed(value);
}

const json::value* text_in(const json::object& languages, std::string_view tag) {
    const json::value* value = languages.if_contains(tag);
    if (value == nullptr) return nullptr;
    return value->is_object() ? value->get_object().if_contains("text") : value;
}

std::string words_of(const json::value& value) {
    if (value.is_string()) return std::string(value.get_string());
    std::string result;
    if (value.is_array()) {
        for (const json::value& item : value.get_array()) {
            if (!result.empty()) result += ' ';
            result += words_of(item);
        }
    } else if (value.is_int64()) {
        result = std::to_string(value.get_int64());
    }
    return result;
}

std::string hash_of(const json::value& text) {
    return base::to_hex(base::sha256(base::canonical_json(text))).substr(0, 32);
}

void mark_translation(json::object& translation, const json::value& original,
                      const json::value* text_before, std::string_view hash_before) {
    std::string now = hash_of(original);
    bool is_new = text_before == nullptr || *text_before != translation["text"];
    std::string source = is_new ? now : std::string(hash_before);
    std::string state = base::text_at(translation, "state");
    if (state != "machine") state = "human";
    translation["source_hash"] = source;
    translation["state"] = source == now ? state : "stale";
}

void mark_field(json::object& languages, const json::object& before, std::string_view language) {
    const json::value* original = text_in(languages, language);
    if (original == nullptr) return;
    json::value original_text = *original;
    for (auto& [tag, value] : languages) {
        if (!value.is_object()) continue;
        json::object& item = value.get_object();
        if (tag == language) {
            item["state"] = "original";
            item.erase("source_hash");
            continue;
        }
        std::string_view hash_before;
        const json::value* text_before = text_in(before, tag);
        std::string hash = base::text_at(base::object_at(before, tag), "source_hash");
        hash_before = hash;
        // A stale translation that is sent back unchanged keeps its real state: machine or human.
        if (base::text_at(item, "state") == "stale") item.erase("state");
        mark_translation(item, original_text, text_before, hash_before);
    }
}

}  // namespace

json::object normalise(const json::object& body, const workflow::Form& form,
                       std::string_view language) {
    json::object result;
    for (const auto& [key, value] : body) {
        const FieldSpec* field = form.field(key);
        json::value clean = field == nullptr ? value : normalise_value(value, *field, language);
        if (!is_blank(clean)) result[key] = std::move(clean);
    }
    return result;
}

void mark_languages(json::object& body, const json::object& before, const workflow::Form& form,
                    std::string_view language) {
    for (const FieldSpec& field : form.fields) {
        if (!field.localized) continue;
        json::value* value = body.if_contains(field.name);
        if (value == nullptr || !value->is_object()) continue;
        mark_field(value->get_object(), base::object_at(before, field.name), language);
    }
}

std::vector<std::string> stale_fields(const json::object& body, const workflow::Form& form) {
    std::vector<std::string> result;
    for (const FieldSpec& field : form.fields) {
        if (!field.localized) continue;
        const json::object& languages = base::object_at(body, field.name);
        bool stale = std::any_of(languages.begin(), languages.end(), [](const auto& pair) {
            return pair.value().is_object() &&
                   base::text_at(pair.value().get_object(), "state") == "stale";
        });
        if (stale) result.push_back(field.name);
    }
    return result;
}

json::object without_translations(const json::object& body, const workflow::Form& form,
                                  std::string_view language) {
    json::object result = body;
    for (const FieldSpec& field : form.fields) {
        if (!field.localized) continue;
        json::value* value = result.if_contains(field.name);
        if (value == nullptr || !value->is_object()) continue;
        const json::value* original = text_in(value->get_object(), language);
        json::value kept = original == nullptr ? json::value() : *original;
        *value = std::move(kept);
    }
    return result;
}

json::object split_confidential(json::object& body, const workflow::Form& form) {
    json::object result;
    for (const FieldSpec& field : form.fields) {
        if (!field.confidential) continue;
        auto found = body.find(field.name);
        if (found == body.end()) continue;
        result[field.name] = found->value();
        body.erase(found);
    }
    return result;
}

std::string plain_text(const json::object& body, const FieldSpec& field,
                       std::string_view language) {
    const json::value* value = body.if_contains(field.name);
    if (value == nullptr) return {};
    if (!field.localized || !value->is_object()) return words_of(*value);
    const json::object& languages = value->get_object();
    if (const json::value* text = text_in(languages, language)) return words_of(*text);
    const json::value* any = nullptr;
    for (const auto& [tag, item] : languages) {
        const json::value* text = text_in(languages, tag);
        if (text == nullptr) continue;
        bool original = item.is_object() && base::text_at(item.get_object(), "state") == "original";
        if (original || any == nullptr) any = text;
    }
    return any == nullptr ? std::string() : words_of(*any);
}

std::string all_texts(const json::object& body, const FieldSpec& field) {
    const json::value* value = body.if_contains(field.name);
    if (value == nullptr) return {};
    if (!field.localized || !value->is_object()) return words_of(*value);
    std::string result;
    for (const auto& [tag, item] : value->get_object()) {
        const json::value* text = text_in(value->get_object(), tag);
        if (text == nullptr) continue;
        if (!result.empty()) result += '\n';
        result += words_of(*text);
    }
    return result;
}

std::vector<std::string> words_at(const base::json::object& body, std::string_view field,
                                  std::string_view language) {
    std::vector<std::string> words;
    const base::json::value* value = body.if_contains(field);
    if (value != nullptr && value->is_object()) {
        value = value->get_object().if_contains(language);
        if (value != nullptr && value->is_object()) value = value->get_object().if_contains("text");
    }
    if (value == nullptr || !value->is_array()) return words;
    for (const base::json::value& word : value->get_array()) {
        if (word.is_string()) words.emplace_back(word.get_string());
    }
    return words;
}

std::vector<std::string> codes_at(const json::object& body, std::string_view field) {
    std::vector<std::string> result;
    if (field.empty()) return result;
    const json::value* value = body.if_contains(field);
    if (value == nullptr) return result;
    if (value->is_string()) result.emplace_back(value->get_string());
    if (value->is_array()) {
        for (const json::value& item : value->get_array()) {
            if (item.is_string()) result.emplace_back(item.get_string());
        }
    }
    return result;
}

std::optional<int> level_of(const Kind& kind, const json::object& body) {
    if (kind.columns.level.empty()) return {};
    std::string text = base::text_at(body, kind.columns.level);
    int level = 0;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), level);
    if (text.empty() || problem != std::errc() || end != text.data() + text.size()) return {};
    return level;
}

std::vector<std::string> cards_of(const Kind& kind, const json::object& body) {
    std::vector<std::string> cards = codes_at(body, kind.columns.card);
    for (std::string& code : codes_at(body, kind.columns.cards_more)) {
        if (std::find(cards.begin(), cards.end(), code) == cards.end()) {
            cards.push_back(std::move(code));
        }
    }
    return cards;
}

std::optional<std::int64_t> amount_of(const Kind& kind, const json::object& body) {
    const std::string& field = kind.columns.amount;
    if (field.empty() || base::text_at(body, field + "_currency", "CNY") != "CNY") return {};
    auto amount = base::Money::parse(base::text_at(body, field));
    if (!amount) return {};
    return amount->minor;
}

std::string visibility_of(const Kind& kind, const json::object& body) {
    if (kind.columns.visibility.empty()) return "public";
    return base::text_at(body, kind.columns.visibility, "public");
}

base::Date plus_months(base::Date date, int count) {
    int month = date.year * 12 + date.month - 1 + count;
    base::Date result{month / 12, month % 12 + 1, date.day};
    while (!result.exists())
        --result.day;
    return result;
}

}  // namespace catalog
