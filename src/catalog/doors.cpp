#include "catalog/doors.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "base/yaml.h"
#include "catalog/body.h"

namespace catalog {
namespace {

using base::Yaml;

constexpr std::size_t candidates_max = 50;
constexpr int strength_city = 2;
constexpr int strength_word = 3;

base::Result<base::LocalText> words_or_none(const Yaml& node) {
    if (!node.is_defined()) return base::LocalText();
    return base::LocalText::from(node);
}

base::Result<std::vector<std::string>> known_kinds(const Yaml& node, const Kinds& kinds) {
    std::vector<std::string> codes = TRY(node.texts());
    for (const std::string& code : codes) {
        if (kinds.find(code) == nullptr) {
            return base::refuse(node.fault("kind_unknown", "no kind '" + code + "'"));
        }
    }
    return codes;
}

/// The values of "card" are those of all the card fields; everything else is a field.
std::vector<std::string> values_of(const Kind& kind, const Entry& entry,
                                   std::string_view attribute) {
    return attribute == "card" ? cards_of(kind, entry.body) : codes_at(entry.body, attribute);
}

bool has_attribute(const Kind& kind, std::string_view name) {
    return name == "card" ? !kind.columns.card.empty()
                          : std::ranges::find(kind.filters, name) != kind.filters.end();
}

base::Status need_field(const Yaml& node, const Kind& kind, const std::string& name) {
    if (kind.form.field(name) != nullptr) return {};
    return base::refuse(
        node.fault("field_not_in_form", "no field '" + name + "' in kind " + kind.code()));
}

base::Result<Door> read_door(const Yaml& node, const Kinds& kinds) {
    TRY(node.only_keys({"code", "name", "hint", "kinds"}));
    Door door;
    door.code = TRY(TRY(node.required("code")).text());
    door.name = TRY(base::LocalText::from(TRY(node.required("name"))));
    door.hint = TRY(words_or_none(node["hint"]));
    door.kinds = TRY(known_kinds(TRY(node.required("kinds")), kinds));
    return door;
}

base::Status read_shares(const Yaml& list, const Kinds& kinds, SuggestionRule& rule) {
    for (const Yaml& node : list.items()) {
        TRY(node.only_keys({"attribute", "reason"}));
        Sharing sharing;
        sharing.attribute = TRY(TRY(node.required("attribute")).text());
        sharing.reason = TRY(base::LocalText::from(TRY(node.required("reason"))));
        std::vector<std::string> both = rule.from;
        both.push_back(rule.to);
        for (const std::string& code : both) {
            if (has_attribute(*kinds.find(code), sharing.attribute)) continue;
            return base::refuse(node.fault(
                "filter_unknown", "kind " + code + " has no filter '" + sharing.attribute + "'"));
        }
        rule.shares.push_back(std::move(sharing));
    }
    return {};
}

base::Status read_covers(const Yaml& node, const Kinds& kinds, SuggestionRule& rule) {
    if (!node.is_defined()) return {};
    TRY(node.only_keys({"value", "low", "high", "reason"}));
    Covering covering;
    covering.value = TRY(TRY(node.required("value")).text());
    covering.low = TRY(TRY(node.required("low")).text());
    covering.high = TRY(TRY(node.required("high")).text());
    covering.reason = TRY(base::LocalText::from(TRY(node.required("reason"))));
    for (const std::string& code : rule.from)
        TRY(need_field(node, *kinds.find(code), covering.value));
    TRY(need_field(node, *kinds.find(rule.to), covering.low));
    TRY(need_field(node, *kinds.find(rule.to), covering.high));
    rule.covers = std::move(covering);
    return {};
}

base::Result<std::string> one_kind(const Yaml& node, const Kinds& kinds) {
    std::vector<std::string> codes = TRY(known_kinds(node, kinds));
    if (codes.size() == 1) return codes.front();
    return base::refuse(
        node.fault("suggestion_needs_one_kind", "a suggestion leads to exactly one kind"));
}

base::Result<std::size_t> read_limit(const Yaml& node) {
    long long limit = TRY(node.integer_or(2));
    if (limit >= 1 && limit <= static_cast<long long>(candidates_max))
        return static_cast<std::size_t>(limit);
    return base::refuse(
        node.fault("value_out_of_range", "a limit is 1 to " + std::to_string(candidates_max)));
}

base::Result<SuggestionRule> read_rule(const Yaml& node, const Kinds& kinds) {
    TRY(node.only_keys({"code", "from", "to", "title", "where", "because", "shares", "covers",
                        "same_city", "same_words", "limit"}));
    SuggestionRule rule;
    rule.code = TRY(TRY(node.required("code")).text());
    rule.from = TRY(known_kinds(TRY(node.required("from")), kinds));
    rule.to = TRY(one_kind(TRY(node.required("to")), kinds));
    rule.title = TRY(base::LocalText::from(TRY(node.required("title"))));
    rule.because = TRY(words_or_none(node["because"]));
    rule.same_city = TRY(words_or_none(node["same_city"]));
    rule.same_words = TRY(words_or_none(node["same_words"]));
    rule.limit = TRY(read_limit(node["limit"]));
    for (const auto& [name, codes] : node["where"].pairs()) {
        if (!has_attribute(*kinds.find(rule.to), name)) {
            return base::refuse(codes.fault("filter_unknown", "no filter '" + name + "'"));
        }
        rule.where.emplace_back(name, TRY(codes.texts()));
    }
    TRY(read_shares(node["shares"], kinds, rule));
    TRY(read_covers(node["covers"], kinds, rule));
    if (rule.shares.empty() && !rule.covers && rule.because.empty()) {
        return base::refuse(node.fault("suggestion_without_reason", "no reason to suggest it"));
    }
    return rule;
}

std::vector<std::string> common(const std::vector<std::string>& one,
                                const std::vector<std::string>& two) {
    std::vector<std::string> result;
    for (const std::string& value : one) {
        if (std::ranges::find(two, value) != two.end()) result.push_back(value);
    }
    return result;
}

std::optional<int> number_in(const Entry& entry, std::string_view field) {
    std::vector<std::string> codes = codes_at(entry.body, field);
    int number = 0;
    if (codes.empty()) return {};
    const std::string& text = codes.front();
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size()) return {};
    return number;
}

std::vector<std::string> keywords_of(const Kind& kind, const Entry& entry) {
    const base::FieldSpec* field = kind.form.field("keywords");
    if (field == nullptr) return {};
    return base::split(plain_text(entry.body, *field, "zh"), ' ');
}

std::string city_of(const std::string& place) {
    return place.substr(0, 4);
}

}  // namespace

base::Result<Doors> Doors::load(const std::filesystem::path& file, const Kinds& kinds) {
    Doors doors;
    if (!std::filesystem::exists(file)) {
        for (const Kind& kind : kinds.all()) {
            doors.doors_.push_back({kind.code(), kind.plural, {}, {kind.code()}});
            doors.shelves_.push_back(kind.code());
        }
        return doors;
    }
    Yaml root = TRY(Yaml::load(file));
    TRY(root.only_keys({"doors", "shelves", "figures", "suggestions"}));
    for (const Yaml& node : TRY(root.required("doors")).items()) {
        Door door = TRY(read_door(node, kinds));
        if (doors.find(door.code) != nullptr) {
            return base::refuse(node.fault("code_repeated", "door " + door.code));
        }
        doors.doors_.push_back(std::move(door));
    }
    doors.shelves_ = TRY(known_kinds(root["shelves"], kinds));
    doors.figures_ = TRY(root["figures"].texts());
    for (const Yaml& node : root["suggestions"].items()) {
        SuggestionRule rule = TRY(read_rule(node, kinds));
        if (std::ranges::find(doors.rules_, rule.code, &SuggestionRule::code) !=
            doors.rules_.end()) {
            return base::refuse(node.fault("code_repeated", "suggestion " + rule.code));
        }
        doors.rules_.push_back(std::move(rule));
    }
    return doors;
}

const Door* Doors::find(std::string_view code) const {
    auto found = std::ranges::find(doors_, code, &Door::code);
    return found == doors_.end() ? nullptr : &*found;
}

const Door* Doors::of_kind(std::string_view kind) const {
    auto found = std::ranges::find_if(doors_, [&](const Door& door) {
        return std::ranges::find(door.kinds, kind) != door.kinds.end();
    });
    return found == doors_.end() ? nullptr : &*found;
}

std::optional<EntrySearch> search_for(const SuggestionRule& rule, const Kind& kind,
                                      const Entry& entry) {
    if (std::ranges::find(rule.from, entry.kind) == rule.from.end()) return {};
    EntrySearch search{.kind = rule.to, .newest_first = true, .limit = candidates_max};
    search.any_of = rule.where;
    for (const Sharing& sharing : rule.shares) {
        std::vector<std::string> values = values_of(kind, entry, sharing.attribute);
        if (values.empty()) return {};
        search.any_of.emplace_back(sharing.attribute, std::move(values));
    }
    return search;
}

std::optional<Suggested> judge(const SuggestionRule& rule, const Kind& kind, const Entry& entry,
                               const Kind& other_kind, const Entry& other) {
    if (other.id == entry.id) return {};
    Suggested result{.entry = other};
    for (const Sharing& sharing : rule.shares) {
        std::vector<std::string> values = common(values_of(kind, entry, sharing.attribute),
                                                 values_of(other_kind, other, sharing.attribute));
        if (values.empty()) return {};
        result.strength += static_cast<int>(values.size());
        std::string field = sharing.attribute == "card" ? kind.columns.card : sharing.attribute;
        result.reasons.push_back({&sharing.reason, field, std::move(values), "", ""});
    }
    if (rule.covers) {
        auto value = number_in(entry, rule.covers->value);
        auto low = number_in(other, rule.covers->low), high = number_in(other, rule.covers->high);
        if (!value || !low || !high || *value < *low || *value > *high) return {};
        result.reasons.push_back({&rule.covers->reason,
                                  "",
                                  {std::to_string(*value)},
                                  std::to_string(*low),
                                  std::to_string(*high)});
    }
    if (!rule.because.empty()) result.reasons.push_back({&rule.because, "", {}, "", ""});
    if (!rule.same_words.empty()) {
        std::vector<std::string> words =
            common(keywords_of(kind, entry), keywords_of(other_kind, other));
        result.strength += static_cast<int>(words.size()) * strength_word;
        if (!words.empty()) result.reasons.push_back({&rule.same_words, "", words, "", ""});
    }
    if (!rule.same_city.empty() && city_of(entry.place) == city_of(other.place)) {
        result.strength += strength_city;
        result.reasons.push_back({&rule.same_city, "", {other.place}, "", ""});
    }
    return result;
}

}  // namespace catalog
