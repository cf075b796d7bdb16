#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "party/organisation.h"
#include "store/database.h"
#include "store/migrate.h"

namespace party {

/// A title or licence that an organisation holds: number and validity, as whoever grants it says.
struct Qualification {
    base::Id<Qualification> id;
    base::Id<Organisation> organisation;
    std::string code;    ///< "transfer_institution"
    std::string number;  ///< unique in the site
    std::string name;    ///< as granted
    base::Date valid_from;
    std::optional<base::Date> valid_until;  ///< the last day
    std::string state = "valid";            ///< valid, expired, revoked
    std::string source;                     ///< the record it comes from
};

/// The qualifications of organisations. Written by the module that grants them, in its transaction;
/// permission is that module's. Stateless over the store; thread-safe.
class Qualifications {
  public:
    static void grant(store::Transaction&, const Qualification&);
    /// By its number; nothing happens for one that is not there.
    static void end(store::Transaction&, std::string_view number, std::string_view state);
    static std::vector<Qualification> of(store::Reader&, const base::Id<Organisation>&);
    /// Valid on that day.
    static bool holds(store::Reader&, const base::Id<Organisation>&, std::string_view code,
                      base::Date day);
};

/// The schema step of qualifications.
std::span<const store::Migration> qualification_migrations();

}  // namespace party
