#pragma once

#include <string>
#include <utility>

#include "party/permission.h"

namespace match {

/// Who decides on what all matching of the region rests on, its weights and terms: only who holds the
/// permission match.tune for the whole region. A value; thread-safe.
class Tuners {
  public:
    /// `region`: the place code of the region.
    Tuners(const party::Permissions& permissions, std::string region)
        : permissions_(&permissions), region_(std::move(region)) {}

    /// Errors: `not_signed_in`, `not_permitted`.
    base::Status require(const party::Actor& actor) const {
        party::Standing standing;
        standing.place = region_;
        return permissions_->require(actor, "match.tune", standing);
    }

  private:
    const party::Permissions* permissions_;
    std::string region_;
};

}  // namespace match
