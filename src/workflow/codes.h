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
    std::string parent;  ///< for code trees, else empty
};

/// The region's code lists: `codes/<list>.yaml`, each {list, title, source, codes: [{code, label…}]}.
class Codes {
  public:
    static base::Result<Codes> load(const std::filesystem::path& folder);
    const std::vector<Code>& list(std::string_view name) const;  ///< empty if there is none
    bool has(std::string_view list, std::string_view code) const;
    std::string label(std::string_view list, std::string_view code, base::Language language) const;
    const std::map<std::string, std::vector<Code>, std::less<>>& all() const { return lists_; }

  private:
    std::map<std::string, std::vector<Code>, std::less<>> lists_;
};

}  // namespace workflow
