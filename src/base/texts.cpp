#include "base/texts.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include <opencc/SimpleConverter.hpp>

#include "base/check.h"
#include "base/text.h"

namespace base {
namespace {

using Flat = std::map<std::string, std::string, std::less<>>;
/// Where each key was written, for complaints about it.
using Places = std::map<std::string, Yaml, std::less<>>;

constexpr std::array<std::string_view, all_languages.size()> tags{
    "zh-CN", "zh-TW", "en", "vi", "th", "id", "ms", "lo", "km", "my", "fil"};

/// Simplified → Taiwan usage, remembered for the life of the process: in() hands out references,
/// and the same few thousand labels are asked for again and again. Thread-safe.
const std::string& to_taiwan(const std::string& simplified) {
    static std::shared_mutex mutex;
    static std::unordered_map<std::string, std::string> known;  // nodes never move
    {
        std::shared_lock lock(mutex);
        auto found = known.find(simplified);
        if (found != known.end()) return found->second;
    }
    std::unique_lock lock(mutex);
    static const opencc::SimpleConverter converter("s2twp");
    auto [place, added] = known.try_emplace(simplified);
    if (added) place->second = converter.Convert(simplified);
    return place->second;
}

Error duplicate_key(const Yaml& node, const std::string& key) {
    return node.fault("text_key_duplicate", "the text '" + key + "' is there twice");
}

/// Adds the texts of a map under `prefix`, maps inside it with a dotted prefix.
Status flatten(const Yaml& node, const std::string& prefix, Flat& texts, Places& places) {
    for (const auto& [key, child] : node.pairs()) {
        std::string path = prefix.empty() ? key : prefix + "." + key;
        if (child.is_map()) {
            TRY(flatten(child, path, texts, places));
            continue;
        }
        std::string text = TRY(child.text());
        if (!texts.try_emplace(path, std::move(text)).second) {
            return refuse(duplicate_key(child, path));
        }
        places.try_emplace(path, child);
    }
    return {};
}

Result<std::vector<std::filesystem::path>> entries_of(const std::filesystem::path& folder) {
    std::error_code problem;
    std::vector<std::filesystem::path> entries;
    for (std::filesystem::directory_iterator at(folder, problem), end; !problem && at != end;
         at.increment(problem)) {
        entries.push_back(at->path());
    }
    if (problem) {
        return refuse(invalid("texts_unreadable").saying(folder.string() + ": cannot be read"));
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

Status read_language(const std::filesystem::path& folder, Flat& texts, Places& places) {
    std::vector<std::filesystem::path> files = TRY(entries_of(folder));
    for (const auto& file : files) {
        if (file.extension() != ".yaml") continue;
        Yaml node = TRY(Yaml::load(file));
        if (node.is_defined() && !node.is_map()) {
            return refuse(node.fault("value_not_map", "expected keys with texts"));
        }
        TRY(flatten(node, "", texts, places));
    }
    return {};
}

std::string fill(std::string_view text, const std::map<std::string, std::string>& parameters) {
    std::string result;
    while (true) {
        std::size_t open = text.find('{');
        std::size_t close = open == text.npos ? text.npos : text.find('}', open);
        result += text.substr(0, open);
        if (close == text.npos) {
            if (open != text.npos) result += text.substr(open);
            return result;
        }
        auto value = parameters.find(std::string(text.substr(open + 1, close - open - 1)));
        result += value == parameters.end() ? text.substr(open, close - open + 1)
                                            : std::string_view(value->second);
        text.remove_prefix(close + 1);
    }
}

struct Wish {
    Language language;
    int weight = 0;  ///< thousandths
};

/// Thousandths of ";q=0.8"; 1000 when not given, 0 when unreadable.
int weight_of(std::string_view options) {
    std::size_t at = options.find("q=");
    if (at == options.npos) return 1000;
    std::string_view digits = options.substr(at + 2);
    if (digits.empty() || (digits[0] != '0' && digits[0] != '1')) return 0;
    int weight = (digits[0] - '0') * 1000;
    int scale = 100;
    for (std::size_t i = 2; i < digits.size() && digits[1] == '.' && scale > 0; ++i, scale /= 10) {
        if (digits[i] < '0' || digits[i] > '9') break;
        weight += (digits[i] - '0') * scale;
    }
    return std::min(weight, 1000);
}

std::optional<Language> closest_language(std::string_view tag) {
    if (auto exact = parse_language(tag)) return exact;
    std::string lower = to_lower_ascii(tag);
    bool traditional =
        lower.starts_with("zh-hant") || lower.starts_with("zh-hk") || lower.starts_with("zh-mo");
    if (traditional) return Language::zh_tw;
    std::string primary = lower.substr(0, lower.find('-'));
    if (primary == "tl") return Language::fil;
    if (primary == "in") return Language::id;  // the code that old Android systems send
    return parse_language(primary);
}

}  // namespace

std::string_view tag_of(Language language) {
    return tags[static_cast<std::size_t>(language)];
}

std::optional<Language> parse_language(std::string_view tag) {
    std::string lower = to_lower_ascii(tag);
    if (lower == "zh") return Language::zh_cn;
    for (Language language : all_languages) {
        if (lower == to_lower_ascii(tag_of(language))) return language;
    }
    return {};
}

Language preferred_language(std::string_view accept_language) {
    std::optional<Wish> best;
    for (const std::string& part : split(accept_language.substr(0, 500), ',')) {
        std::string_view whole = part;
        std::size_t semicolon = whole.find(';');
        auto language = closest_language(trim(whole.substr(0, semicolon)));
        int weight = semicolon == whole.npos ? 1000 : weight_of(whole.substr(semicolon));
        if (language && weight > (best ? best->weight : 0)) best = Wish{*language, weight};
    }
    return best ? best->language : Language::zh_cn;
}

Result<LocalText> LocalText::from(const Yaml& node) {
    LocalText text;
    if (!node.is_map()) {
        text.set(Language::zh_cn, TRY(node.text()));
        return text;
    }
    for (const auto& [key, value] : node.pairs()) {
        auto language = parse_language(key);
        if (!language) return refuse(value.fault("language_unknown", "no language '" + key + "'"));
        if (text.has(*language)) return refuse(duplicate_key(value, key));
        text.set(*language, TRY(value.text()));
    }
    if (!text.has(Language::zh_cn)) {
        return refuse(node.fault("key_missing", "missing key 'zh'"));
    }
    return text;
}

LocalText LocalText::of(std::string zh) {
    LocalText text;
    text.set(Language::zh_cn, std::move(zh));
    return text;
}

const std::string& LocalText::in(Language language) const {
    static const std::string nothing;
    auto found = texts_.find(language);
    if (found != texts_.end()) return found->second;
    auto source = texts_.find(Language::zh_cn);
    if (source == texts_.end()) return texts_.empty() ? nothing : texts_.begin()->second;
    return language == Language::zh_tw ? to_taiwan(source->second) : source->second;
}

Result<Texts> Texts::load(const std::filesystem::path& folder) {
    Texts texts;
    std::map<Language, Places> places;
    std::vector<std::filesystem::path> folders = TRY(entries_of(folder));
    for (const auto& entry : folders) {
        if (!std::filesystem::is_directory(entry)) continue;
        std::string name = entry.filename().string();
        auto language = parse_language(name);
        if (!language || tag_of(*language) != name) {
            return refuse(
                invalid("language_unknown").saying(entry.string() + ": no such language"));
        }
        TRY(read_language(entry, texts.texts_[*language], places[*language]));
    }
    const Flat& source = texts.texts_[Language::zh_cn];
    if (source.empty()) {
        return refuse(invalid("texts_unreadable").saying(folder.string() + ": no texts in zh-CN"));
    }
    for (const auto& [language, keys] : places) {
        for (const auto& [key, node] : keys) {
            if (source.contains(key)) continue;
            return refuse(node.fault("text_key_unknown", "zh-CN has no text '" + key + "'"));
        }
    }
    return texts;
}

std::string Texts::get(Language language, std::string_view key,
                       const std::map<std::string, std::string>& parameters) const {
    for (Language candidate : {language, Language::zh_cn}) {
        auto texts = texts_.find(candidate);
        if (texts == texts_.end()) continue;
        auto text = texts->second.find(key);
        if (text != texts->second.end()) return fill(text->second, parameters);
    }
    return "⟦" + std::string(key) + "⟧";
}

bool Texts::has(Language language, std::string_view key) const {
    auto texts = texts_.find(language);
    return texts != texts_.end() && texts->second.contains(key);
}

std::vector<std::string> Texts::missing(Language language) const {
    std::vector<std::string> keys;
    auto source = texts_.find(Language::zh_cn);
    if (source == texts_.end()) return keys;
    for (const auto& [key, text] : source->second) {
        if (!has(language, key)) keys.push_back(key);
    }
    return keys;
}

std::string Texts::explain(Language language, const Error& error) const {
    std::map<std::string, std::string> parameters = error.parameters;
    parameters.try_emplace("code", error.code);
    parameters.try_emplace("field", error.field);
    parameters.try_emplace("clause", error.clause);
    std::string key = "error." + error.code;
    return get(language, has(Language::zh_cn, key) ? key : "error.other", parameters);
}

std::map<std::string, std::string> Texts::under(Language language, std::string_view prefix) const {
    std::map<std::string, std::string> result;
    std::string start(prefix);
    if (!start.empty() && !start.ends_with('.')) start += '.';
    for (Language candidate : {language, Language::zh_cn}) {
        auto texts = texts_.find(candidate);
        if (texts == texts_.end()) continue;
        for (auto at = texts->second.lower_bound(start);
             at != texts->second.end() && at->first.starts_with(start); ++at) {
            result.try_emplace(at->first, at->second);
        }
    }
    return result;
}

}  // namespace base
