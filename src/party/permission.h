#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/yaml.h"
#include "party/actor.h"

namespace party {

/// How an actor stands to a record.
enum class Relation {
    anyone,       ///< visitors too
    signed_in,    ///< any account
    own,          ///< acts for the organisation that owns the record
    counterpart,  ///< acts for the other side of it
    member,       ///< own or counterpart
    point,        ///< acts for the registration point or office the record is assigned to
    place,        ///< holds the role at a place that contains the record's place
    author,       ///< the account that made it
    clock,        ///< the system itself
};
base::Result<Relation> parse_relation(std::string_view name);
std::string_view to_string(Relation relation);

/// "officer@place", "*@own", "registrar@point", "anyone", "signed_in", "clock": a role ("*" = any) in a relation.
struct Who {
    std::string role;
    Relation relation = Relation::anyone;
    bool operator==(const Who&) const = default;
};
base::Result<Who> parse_who(std::string_view text);
std::string to_string(const Who& who);

/// What permission depends on of a record; everything else is the rule's business.
struct Standing {
    std::string place;
    base::Id<Organisation> owner;
    base::Id<Organisation> counterpart;
    base::Id<Organisation> point;
    base::Id<Account> author;
    bool operator==(const Standing&) const = default;
};

bool allows(const Who& who, const Actor& actor, const Standing& standing);
bool allows(const std::vector<Who>& any_of, const Actor& actor, const Standing& standing);

/// Actions that are not steps of a process, and who may do them: `permissions.yaml`, a map from
/// action ("entry.create", "organisation.invite") to a list of who. Immutable, shareable.
class Permissions {
  public:
    static base::Result<Permissions> load(const std::filesystem::path& file);
    static base::Result<Permissions> from(const base::Yaml& root);
    /// `not_permitted` (or `not_signed_in` for a visitor). An unknown action is our mistake: CHECK.
    base::Status require(const Actor& actor, std::string_view action,
                         const Standing& standing) const;
    bool may(const Actor& actor, std::string_view action, const Standing& standing) const;
    const std::map<std::string, std::vector<Who>, std::less<>>& all() const { return actions_; }

  private:
    std::map<std::string, std::vector<Who>, std::less<>> actions_;
};

}  // namespace party
