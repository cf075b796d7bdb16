#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "party/organisation.h"
#include "programme/definition.h"
#include "store/database.h"

namespace programme {

/// What is asked of a record source: about which organisation (never an empty one), for which years.
struct RecordQuestion {
    base::Id<party::Organisation> organisation;
    std::optional<int> year;  ///< absent: all years
    std::map<std::string, std::string> options;
};

/// Answers in whole numbers or exact decimals; absent: not known.
using RecordSource = std::function<std::optional<Number>(store::Reader&, const RecordQuestion&)>;

/// What the platform knows of an applicant, by the names that programme files use. Sources of other
/// modules are registered by the composition root. Register at start, then share.
class Records {
  public:
    Records();  ///< with the sources of this module and those below it
    /// CHECKs that the name is a record source.
    void source(std::string name, RecordSource source);
    /// Values of all records of a programme: {code: number}; what is not known is left out. Of a
    /// visitor, or of a person who applies for himself, nothing is known.
    base::json::object gather(store::Reader&, const Programme&, const std::string& batch,
                              const base::Id<party::Organisation>&, base::Date today) const;

  private:
    std::map<std::string, RecordSource, std::less<>> sources_;
};

/// The names that a file may use (docs/formats/programme.md, "Records and prefill").
bool is_record_source(std::string_view name);

}  // namespace programme
