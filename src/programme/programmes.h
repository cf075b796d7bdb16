#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/texts.h"
#include "party/permission.h"
#include "party/role.h"
#include "programme/definition.h"
#include "workflow/codes.h"

namespace programme {

/// The region's programmes as its files state them today. What a running case started under is kept
/// by the store (versions.h). Immutable after loading; shareable.
class Programmes {
  public:
    /// Every `<code>.yaml` of the folder; an absent folder holds none. Reads all files and reports the
    /// faults of all of them at once, one "file:line: words" per line of the refusal's detail.
    static base::Result<Programmes> load(const std::filesystem::path& folder,
                                         const workflow::Codes& codes);
    const Programme* find(std::string_view code) const;
    const std::vector<Programme>& all() const { return programmes_; }  ///< in file order

    struct Around {
        const party::Roles& roles;
        const party::Permissions& permissions;
        const base::Texts& texts;
    };
    /// What loading does not refuse but `check` names: roles that do not exist, processes that do not
    /// fit together, record sources that nobody offers.
    std::vector<std::string> faults(const Around& around) const;

    void add(Programme programme) { programmes_.push_back(std::move(programme)); }

  private:
    std::vector<Programme> programmes_;
};

}  // namespace programme
