#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"

namespace base {

/// The languages of the interface. zh_cn is the source; the others fall back to it.
enum class Language { zh_cn, zh_tw, en, vi, th, id, ms, lo, km, my, fil };

inline constexpr std::array all_languages{
    Language::zh_cn, Language::zh_tw, Language::en, Language::vi, Language::th, Language::id,
    Language::ms,    Language::lo,    Language::km, Language::my, Language::fil};

/// BCP 47: "zh-CN", "zh-TW", "en", "vi" …
std::string_view tag_of(Language language);
std::optional<Language> parse_language(std::string_view tag);
/// The first language of an Accept-Language header that we have; zh_cn if none.
Language preferred_language(std::string_view accept_language);

/// A short text in several languages, as region files write it:
/// `{zh: 草稿, en: Draft}` or a plain scalar (then zh only). zh-TW, where absent, is made from zh.
class LocalText {
  public:
    static Result<LocalText> from(const Yaml& node);
    static LocalText of(std::string zh);
    /// In that language, else zh-CN, else whatever there is.
    const std::string& in(Language language) const;
    bool has(Language language) const { return texts_.contains(language); }
    bool empty() const { return texts_.empty(); }
    void set(Language language, std::string text) { texts_[language] = std::move(text); }

  private:
    std::map<Language, std::string> texts_;
};

/// The words of the interface: `texts/<tag>/*.yaml`, nested maps flattened to dotted keys
/// ("error.not_owner"). `{name}` in a text is replaced from the parameters. Immutable, shareable.
class Texts {
  public:
    /// zh-CN must be there; others may lack keys, never have keys that zh-CN lacks.
    static Result<Texts> load(const std::filesystem::path& folder);

    /// The text, else that of zh-CN, else "⟦key⟧" (which tests and tidy search for).
    std::string get(Language language, std::string_view key,
                    const std::map<std::string, std::string>& parameters = {}) const;
    bool has(Language language, std::string_view key) const;
    /// Keys of zh-CN that `language` lacks.
    std::vector<std::string> missing(Language language) const;
    /// The text for a refusal: "error.<code>" with parameters, else "error.other" with the code.
    std::string explain(Language language, const Error& error) const;
    /// All keys under a prefix (for handing a page's texts to scripts).
    std::map<std::string, std::string> under(Language language, std::string_view prefix) const;

  private:
    std::map<Language, std::map<std::string, std::string, std::less<>>> texts_;
};

}  // namespace base
