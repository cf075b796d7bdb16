#include "party/role.h"

#include <algorithm>

#include "party/place.h"

namespace party {

namespace {

base::Result<std::vector<OrganisationKind>> read_kinds(const base::Yaml& node) {
    std::vector<OrganisationKind> result;
    for (const std::string& text : TRY(node.texts())) {
        const auto kind = parse_organisation_kind(text);
        if (!kind)
            return base::refuse(node.fault(kind.error().code, "no organisation kind: " + text));
        result.push_back(*kind);
    }
    return result;
}

base::Result<Role> read_role(const base::Yaml& node) {
    TRY(node.only_keys(
        {"code", "label", "scope", "granted_by", "organisation_kinds", "first_member_of"}));
    Role role;
    role.code = TRY(TRY(node.required("code")).text());
    role.label = TRY(base::LocalText::from(TRY(node.required("label"))));
    const base::Yaml scope_node = TRY(node.required("scope"));
    const std::string scope = TRY(scope_node.text());
    if (scope != "place" && scope != "organisation")
        return base::refuse(scope_node.fault("role_scope_unknown", "place or organisation"));
    role.scope = scope == "place" ? RoleScope::place : RoleScope::organisation;
    for (const std::string& text : TRY(node["granted_by"].texts())) {
        auto who = parse_who(text);
        if (!who) return base::refuse(node.fault(who.error().code, "not a who: " + text));
        role.granted_by.push_back(std::move(*who));
    }
    role.organisation_kinds = TRY(read_kinds(node["organisation_kinds"]));
    role.first_member_of = TRY(read_kinds(node["first_member_of"]));
    return role;
}

/// Held at a place that contains `place` and is not `place` itself.
bool holds_above(const Actor& actor, std::string_view role, std::string_view place) {
    return std::ranges::any_of(actor.grants, [&](const Grant& grant) {
        return grant.role == role && grant.place != place && Places::contains(grant.place, place);
    });
}

}  // namespace

base::Result<Roles> Roles::load(const std::filesystem::path& file) {
    return from(TRY(base::Yaml::load(file)));
}

base::Result<Roles> Roles::from(const base::Yaml& root) {
    TRY(root.only_keys({"roles"}));
    Roles result;
    const base::Yaml list = TRY(root.required("roles"));
    for (const base::Yaml& node : list.items()) {
        Role role = TRY(read_role(node));
        if (result.find(role.code) != nullptr)
            return base::refuse(node.fault("role_duplicate", "listed twice: " + role.code));
        result.roles_.push_back(std::move(role));
    }
    return result;
}

const Role* Roles::find(std::string_view code) const {
    const auto found = std::ranges::find(roles_, code, &Role::code);
    return found == roles_.end() ? nullptr : &*found;
}

base::Result<const Role*> Roles::require(std::string_view code) const {
    const Role* role = find(code);
    if (role == nullptr)
        return base::refuse(
            base::invalid("role_unknown").with("role", code.substr(0, 40)).at("role"));
    return role;
}

const Role* Roles::first_member_role(OrganisationKind kind) const {
    for (const Role& role : roles_)
        if (std::ranges::count(role.first_member_of, kind) > 0) return &role;
    return nullptr;
}

base::Status Roles::check_grant(const Actor& actor, std::string_view code, std::string_view place,
                                const Organisation* organisation) const {
    const Role* role = TRY(require(code));
    if (role->scope == RoleScope::place && place.empty())
        return base::refuse(base::invalid("role_needs_place").with("role", code).at("place"));
    if (role->scope == RoleScope::organisation && organisation == nullptr)
        return base::refuse(
            base::invalid("role_needs_organisation").with("role", code).at("organisation"));
    if (organisation != nullptr && !role->organisation_kinds.empty() &&
        std::ranges::count(role->organisation_kinds, organisation->kind) == 0)
        return base::refuse(base::invalid("role_not_for_kind")
                                .with("role", code)
                                .with("kind", to_string(organisation->kind))
                                .at("role"));
    if (actor.is_system) return {};
    Standing standing;
    standing.place = role->scope == RoleScope::place ? std::string(place) : organisation->place;
    if (organisation != nullptr) standing.owner = organisation->id;
    for (const Who& who : role->granted_by) {
        if (!allows(who, actor, standing)) continue;
        const bool by_same_role = who.relation == Relation::place && who.role == role->code;
        if (!by_same_role || holds_above(actor, role->code, place)) return {};
    }
    return base::refuse(base::forbidden("role_not_yours_to_give").with("role", code).at("role"));
}

std::vector<std::string> Roles::faults(const Permissions& permissions) const {
    std::vector<std::string> result;
    const auto look_at = [&](const std::string& where, const std::vector<Who>& any_of) {
        for (const Who& who : any_of) {
            if (who.role == "*") continue;
            const Role* role = find(who.role);
            if (role == nullptr)
                result.push_back(where + ": no role " + who.role);
            else if (who.relation == Relation::place && role->scope != RoleScope::place)
                result.push_back(where + ": " + who.role + " is held for an organisation");
        }
    };
    for (const auto& [action, any_of] : permissions.all())
        look_at(action, any_of);
    for (const Role& role : roles_)
        look_at("role " + role.code, role.granted_by);
    return result;
}

}  // namespace party
