#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/texts.h"

namespace workflow {

struct Code {
    std::string code;
    base::LocalText label;
    std::string source;
    std::string parent;                 ///< for code trees, else empty
    std::vector<std::string> nodes;     ///< of a card: links of its industry chain
    std::vector<std::string> keywords;  ///< of a card: words that suggest it, folded by nobody yet
};

/// The region's code lists: `codes/<list>.yaml`, each {list, title, source, codes: [{code, label…}]}.
/// Immutable after loading; shareable between threads.
class Codes {
  public:
    /// Refuses unknown keys, repeated codes, parents that are not in the list and lists whose file
    /// has another name, each with file:line.
    static base::Result<Codes> load(const std::filesystem::path& folder);
    /// One list from its file's root; for tests and small regions.
    base::Status add(const base::Yaml& root);
    const std::vector<Code>& list(std::string_view name) const;  ///< empty if there is none
    bool has(std::string_view list, std::string_view code) const;
    bool has_list(std::string_view list) const { return lists_.contains(list); }
    const Code* find(std::string_view list, std::string_view code) const;  ///< null if unknown
    std::vector<std::string> codes_of(std::string_view list) const;
    std::string label(std::string_view list, std::string_view code,
                      base::Language language) const;  ///< the code itself if unknown
    const std::map<std::string, std::vector<Code>, std::less<>>& all() const { return lists_; }

  private:
    std::map<std::string, std::vector<Code>, std::less<>> lists_;
};

}  // namespace workflow
