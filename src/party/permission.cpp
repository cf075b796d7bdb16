#include "party/permission.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "party/place.h"

namespace party {

namespace {

constexpr std::array<std::pair<std::string_view, Relation>, 9> relation_names{{
    {"anyone", Relation::anyone},
    {"signed_in", Relation::signed_in},
    {"own", Relation::own},
    {"counterpart", Relation::counterpart},
    {"member", Relation::member},
    {"point", Relation::point},
    {"place", Relation::place},
    {"author", Relation::author},
    {"clock", Relation::clock},
}};

bool role_matches(const Who& who, const Grant& grant) {
    return who.role == "*" || who.role == grant.role;
}

/// The actor acts for `organisation` in the role asked for.
bool acts_for(const Who& who, const Actor& actor, const base::Id<Organisation>& organisation) {
    if (organisation.empty() || !actor.signed_in()) return false;
    if (who.role == "*" && actor.organisation == organisation) return true;
    return std::ranges::any_of(actor.grants, [&](const Grant& grant) {
        return grant.organisation == organisation && role_matches(who, grant);
    });
}

bool holds_at(const Who& who, const Actor& actor, std::string_view place) {
    if (!actor.signed_in()) return false;
    return std::ranges::any_of(actor.grants, [&](const Grant& grant) {
        return role_matches(who, grant) && Places::contains(grant.place, place);
    });
}

bool holds_role(const Who& who, const Actor& actor) {
    return who.role == "*" || actor.holds(who.role);
}

}  // namespace

base::Result<Relation> parse_relation(std::string_view name) {
    for (const auto& [text, relation] : relation_names)
        if (text == name) return relation;
    return base::refuse(base::invalid("relation_unknown").with("value", name.substr(0, 40)));
}

std::string_view to_string(Relation relation) {
    for (const auto& [text, value] : relation_names)
        if (value == relation) return text;
    CHECK_WITH(false, "relation without a name");
    return {};
}

base::Result<Who> parse_who(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos) {
        const Relation relation = TRY(parse_relation(text));
        const bool stands_alone = relation == Relation::anyone || relation == Relation::signed_in ||
                                  relation == Relation::clock || relation == Relation::author;
        if (!stands_alone)
            return base::refuse(base::invalid("who_malformed").with("value", text.substr(0, 40)));
        return Who{"*", relation};
    }
    Who who{std::string(text.substr(0, at)), TRY(parse_relation(text.substr(at + 1)))};
    // A place without a role would open every record of the place to whoever has any role there.
    const bool role_needed = who.relation == Relation::place;
    if (who.role.empty() || (role_needed && who.role == "*") || who.relation == Relation::anyone ||
        who.relation == Relation::clock)
        return base::refuse(base::invalid("who_malformed").with("value", text.substr(0, 40)));
    return who;
}

std::string to_string(const Who& who) {
    switch (who.relation) {
        case Relation::anyone:
        case Relation::clock:
            return std::string(to_string(who.relation));
        case Relation::signed_in:
        case Relation::author:
            if (who.role == "*") return std::string(to_string(who.relation));
            break;
        default:
            break;
    }
    return who.role + "@" + std::string(to_string(who.relation));
}

bool allows(const Who& who, const Actor& actor, const Standing& standing) {
    switch (who.relation) {
        case Relation::anyone:
            return true;
        case Relation::signed_in:
            return actor.signed_in() && holds_role(who, actor);
        case Relation::own:
            return acts_for(who, actor, standing.owner);
        case Relation::counterpart:
            return acts_for(who, actor, standing.counterpart);
        case Relation::member:
            return acts_for(who, actor, standing.owner) ||
                   acts_for(who, actor, standing.counterpart);
        case Relation::point:
            return acts_for(who, actor, standing.point);
        case Relation::place:
            return holds_at(who, actor, standing.place);
        case Relation::author:
            return actor.signed_in() && actor.account == standing.author && holds_role(who, actor);
        case Relation::clock:
            return actor.is_system;
    }
    return false;
}

bool allows(const std::vector<Who>& any_of, const Actor& actor, const Standing& standing) {
    return std::ranges::any_of(any_of,
                               [&](const Who& who) { return allows(who, actor, standing); });
}

base::Result<Permissions> Permissions::load(const std::filesystem::path& file) {
    return from(TRY(base::Yaml::load(file)));
}

base::Result<Permissions> Permissions::from(const base::Yaml& root) {
    Permissions result;
    for (const auto& [action, node] : root.pairs()) {
        std::vector<Who> any_of;
        for (const std::string& text : TRY(node.texts())) {
            auto who = parse_who(text);
            if (!who) return base::refuse(node.fault(who.error().code, "not a who: " + text));
            any_of.push_back(std::move(*who));
        }
        if (any_of.empty())
            return base::refuse(node.fault("action_without_who", "nobody may do " + action));
        if (!result.actions_.emplace(action, std::move(any_of)).second)
            return base::refuse(node.fault("action_duplicate", "listed twice: " + action));
    }
    return result;
}

bool Permissions::may(const Actor& actor, std::string_view action, const Standing& standing) const {
    const auto found = actions_.find(action);
    CHECK_WITH(found != actions_.end(), action);
    return allows(found->second, actor, standing);
}

base::Status Permissions::require(const Actor& actor, std::string_view action,
                                  const Standing& standing) const {
    if (may(actor, action, standing)) return {};
    if (!actor.signed_in() && !actor.is_system)
        return base::refuse(base::error(base::ErrorKind::unauthenticated, "not_signed_in"));
    return base::refuse(base::forbidden("not_permitted").with("action", action));
}

}  // namespace party
