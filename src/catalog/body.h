#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "catalog/kind.h"

/// The body of an entry: a JSON object with the fields of its kind. Pure functions.
namespace catalog {

/// Brings what a person or a spreadsheet sends into the stored form: a plain text (or list of
/// words) of a localized field becomes `{<language>: {text, state: original}}`, texts lose white
/// space at both ends, blank values are left out.
base::json::object normalise(const base::json::object& body, const workflow::Form& form,
                             std::string_view language);

/// Sets the state of each translation. Of the original `state: original`. A translation whose text
/// is new in this change is taken as made from the original as it is now (source_hash); one that
/// stands beside an original changed since becomes `stale`. `before` is the stored body or empty.
void mark_languages(base::json::object& body, const base::json::object& before,
                    const workflow::Form& form, std::string_view language);

/// Names of fields that have a stale translation, in field order.
std::vector<std::string> stale_fields(const base::json::object& body, const workflow::Form& form);

/// The body without the languages that are not the original: to see whether more than translations
/// was changed.
base::json::object without_translations(const base::json::object& body, const workflow::Form& form,
                                        std::string_view language);

/// Takes the confidential fields out of `body` and returns them.
base::json::object split_confidential(base::json::object& body, const workflow::Form& form);

/// A field's value as text in that language, else the original's, else any: words joined by a space.
/// Empty if absent.
std::string plain_text(const base::json::object& body, const base::FieldSpec& field,
                       std::string_view language = {});
/// All languages of a field, for searching.
std::string all_texts(const base::json::object& body, const base::FieldSpec& field);

/// The words of a localized words field in one language; empty if it has none.
std::vector<std::string> words_at(const base::json::object& body, std::string_view field,
                                  std::string_view language);

/// Codes of a choice or choices field.
std::vector<std::string> codes_at(const base::json::object& body, std::string_view field);
std::optional<int> level_of(const Kind& kind, const base::json::object& body);
/// The primary card first; empty if the kind has none.
std::vector<std::string> cards_of(const Kind& kind, const base::json::object& body);
/// Minor units of CNY; nothing if absent or in another currency.
std::optional<std::int64_t> amount_of(const Kind& kind, const base::json::object& body);
/// "public" where the kind does not ask.
std::string visibility_of(const Kind& kind, const base::json::object& body);

/// The same day `count` months later, or the last of that month.
base::Date plus_months(base::Date date, int count);

}  // namespace catalog
