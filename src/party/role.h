#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/texts.h"
#include "base/yaml.h"
#include "party/actor.h"
#include "party/organisation.h"
#include "party/permission.h"

namespace party {

/// Where a role counts: at a place and all in it, or for one organisation only.
enum class RoleScope { place, organisation };

struct Role {
    std::string code;
    base::LocalText label;
    RoleScope scope = RoleScope::organisation;
    std::vector<Who> granted_by;
    std::vector<OrganisationKind> organisation_kinds;  ///< empty: any, also none
    /// Kinds whose self-registered first member gets this role.
    std::vector<OrganisationKind> first_member_of;
};

/// The roles of a region (`roles.yaml`). Immutable after loading, shareable.
class Roles {
  public:
    static base::Result<Roles> load(const std::filesystem::path& file);
    static base::Result<Roles> from(const base::Yaml& root);

    const std::vector<Role>& all() const { return roles_; }
    const Role* find(std::string_view code) const;
    base::Result<const Role*> require(std::string_view code) const;  ///< `role_unknown`
    /// The role of the first member of an organisation that registers itself, or null.
    const Role* first_member_role(OrganisationKind kind) const;

    /// Whether `actor` may give `role` at `place` for `organisation` (null: none). Somebody who can
    /// give a role only because he holds it himself must hold it at a larger place. Errors:
    /// `role_unknown`, `role_needs_place`, `role_needs_organisation`, `role_not_for_kind`,
    /// `role_not_yours_to_give`.
    base::Status check_grant(const Actor& actor, std::string_view role, std::string_view place,
                             const Organisation* organisation) const;

    /// Rules that name a role at a place although it is held for an organisation, or a role that is
    /// not here: messages for `guiqiao check`, empty if all is well.
    std::vector<std::string> faults(const Permissions& permissions) const;

  private:
    std::vector<Role> roles_;
};

}  // namespace party
