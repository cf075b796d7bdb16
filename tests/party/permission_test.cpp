#include "party/permission.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "party/party_fixture.h"

namespace party {

namespace {

using party_test::code_of;

const base::Id<Organisation> owner_id("00000000000000000000000OWN");
const base::Id<Organisation> other_side_id("00000000000000000000000CPT");
const base::Id<Organisation> point_id("00000000000000000000000PNT");
const base::Id<Organisation> stranger_id("00000000000000000000000STR");
const base::Id<Account> author_id("00000000000000000000000AUT");
const base::Id<Account> somebody_id("00000000000000000000000SBD");

/// A record in a district of Nanning.
Standing record() {
    Standing standing;
    standing.place = "450102";
    standing.owner = owner_id;
    standing.counterpart = other_side_id;
    standing.point = point_id;
    standing.author = author_id;
    return standing;
}

Actor somebody(std::string role, std::string place, base::Id<Organisation> organisation) {
    Actor actor;
    actor.account = somebody_id;
    actor.organisation = organisation;
    actor.grants.push_back({std::move(role), std::move(place), organisation});
    return actor;
}

TEST(Who, IsReadStrictly) {
    EXPECT_EQ(to_string(*parse_who("officer@place")), "officer@place");
    EXPECT_EQ(to_string(*parse_who("*@own")), "*@own");
    EXPECT_EQ(to_string(*parse_who("anyone")), "anyone");
    EXPECT_EQ(to_string(*parse_who("signed_in")), "signed_in");
    EXPECT_EQ(to_string(*parse_who("expert@signed_in")), "expert@signed_in");
    EXPECT_EQ(to_string(*parse_who("clock")), "clock");
    EXPECT_EQ(to_string(*parse_who("author")), "author");
    EXPECT_EQ(code_of(parse_who("officer@galaxy")), "relation_unknown");
    EXPECT_EQ(code_of(parse_who("officer")), "relation_unknown");
    EXPECT_EQ(code_of(parse_who("own")), "who_malformed");
    EXPECT_EQ(code_of(parse_who("*@place")), "who_malformed");
    EXPECT_EQ(code_of(parse_who("@own")), "who_malformed");
    EXPECT_EQ(code_of(parse_who("officer@anyone")), "who_malformed");
    EXPECT_EQ(code_of(parse_who("officer@clock")), "who_malformed");
    EXPECT_EQ(code_of(parse_who("")), "relation_unknown");
}

/// Each relation against each way of standing to the record.
TEST(Allows, RelationByRelation) {
    struct Case {
        const char* who;
        Actor actor;
        bool expected;
    };
    Actor author;
    author.account = author_id;
    Actor plain;
    plain.account = somebody_id;
    const std::vector<Case> cases = {
        {"anyone", Actor::visitor(), true},
        {"signed_in", Actor::visitor(), false},
        {"signed_in", Actor::system(), false},
        {"signed_in", plain, true},
        {"expert@signed_in", plain, false},
        {"expert@signed_in", somebody("expert", "450000", {}), true},
        {"clock", Actor::system(), true},
        {"clock", somebody("administrator", "450000", {}), false},
        {"author", author, true},
        {"author", plain, false},
        {"author", Actor::visitor(), false},
        {"broker@author", author, false},
        {"*@own", somebody("broker", "", owner_id), true},
        {"*@own", somebody("broker", "", stranger_id), false},
        {"*@own", Actor::system(), false},
        {"broker@own", somebody("broker", "", owner_id), true},
        {"broker@own", somebody("researcher", "", owner_id), false},
        {"*@counterpart", somebody("broker", "", other_side_id), true},
        {"*@counterpart", somebody("broker", "", owner_id), false},
        {"*@member", somebody("broker", "", owner_id), true},
        {"*@member", somebody("broker", "", other_side_id), true},
        {"*@member", somebody("broker", "", point_id), false},
        {"registrar@point", somebody("registrar", "", point_id), true},
        {"registrar@point", somebody("registrar", "", stranger_id), false},
        {"registrar@point", somebody("broker", "", point_id), false},
        {"officer@place", somebody("officer", "450000", {}), true},
        {"officer@place", somebody("officer", "450100", {}), true},
        {"officer@place", somebody("officer", "450102", {}), true},
        {"officer@place", somebody("officer", "450103", {}), false},
        {"officer@place", somebody("officer", "450200", {}), false},
        {"officer@place", somebody("officer", "", {}), false},
        {"officer@place", somebody("administrator", "450000", {}), false},
    };
    for (const Case& each : cases)
        EXPECT_EQ(allows(*parse_who(each.who), each.actor, record()), each.expected)
            << each.who << " for " << each.actor.log_name();
}

TEST(Allows, ARecordWithoutOwnerBelongsToNobody) {
    Actor without_organisation;
    without_organisation.account = somebody_id;
    without_organisation.grants.push_back({"officer", "450000", {}});
    for (const char* who : {"*@own", "*@counterpart", "*@member", "*@point", "author"})
        EXPECT_FALSE(allows(*parse_who(who), without_organisation, Standing{})) << who;
    EXPECT_FALSE(allows(*parse_who("officer@place"), without_organisation, Standing{}));
}

TEST(Permissions, RefusesWithTheRightCode) {
    const Permissions permissions =
        *Permissions::from(*base::Yaml::parse("entry.edit: [broker@own, clock]", "p.yaml"));
    EXPECT_EQ(code_of(permissions.require(Actor::visitor(), "entry.edit", record())),
              "not_signed_in");
    EXPECT_EQ(
        code_of(permissions.require(somebody("broker", "", stranger_id), "entry.edit", record())),
        "not_permitted");
    EXPECT_EQ(
        code_of(permissions.require(somebody("broker", "", owner_id), "entry.edit", record())),
        "ok");
    EXPECT_EQ(code_of(permissions.require(Actor::system(), "entry.edit", record())), "ok");
    EXPECT_DEATH((void)permissions.may(Actor::system(), "entry.fly", record()), "entry.fly");
    EXPECT_EQ(code_of(Permissions::from(*base::Yaml::parse("a.b: []", "p.yaml"))),
              "action_without_who");
    EXPECT_EQ(code_of(Permissions::from(*base::Yaml::parse("a.b: [own]", "p.yaml"))),
              "who_malformed");
}

TEST(Permissions, NameOnlyRolesThatExistAndScopesThatFit) {
    const auto region = party_test::World::region();
    const Roles roles = *Roles::load(region / "roles.yaml");
    const Permissions permissions = *Permissions::load(region / "permissions.yaml");
    EXPECT_EQ(roles.faults(permissions), std::vector<std::string>{});
    const Permissions wrong =
        *Permissions::from(*base::Yaml::parse("a.b: [captain@own, broker@place]", "p.yaml"));
    EXPECT_EQ(roles.faults(wrong), (std::vector<std::string>{"a.b: no role captain",
                                                             "a.b: broker is held for an "
                                                             "organisation"}));
}

/// The whole table of Guangxi, cell by cell, against the file that people read and agree on. A line
/// is an action and who may do it; columns are in the order of the file's first line.
TEST(Permissions, MatrixOfGuangxi) {
    const auto region = party_test::World::region();
    const Roles roles = *Roles::load(region / "roles.yaml");
    const Permissions permissions = *Permissions::load(region / "permissions.yaml");
    std::vector<std::pair<std::string, Actor>> actors = {{"visitor", Actor::visitor()},
                                                         {"clock", Actor::system()}};
    Actor signed_in;
    signed_in.account = somebody_id;
    actors.emplace_back("nobody-in-particular", signed_in);
    for (const Role& role : roles.all()) {
        if (role.scope == RoleScope::place) {
            for (const auto& [where, code] :
                 {std::pair{"region", "450000"}, std::pair{"city", "450100"},
                  std::pair{"county", "450102"}, std::pair{"other-county", "450103"},
                  std::pair{"other-city", "450200"}})
                actors.emplace_back(role.code + "/" + where, somebody(role.code, code, {}));
            continue;
        }
        for (const auto& [side, id] :
             {std::pair{"owner", owner_id}, std::pair{"counterpart", other_side_id},
              std::pair{"point", point_id}, std::pair{"stranger", stranger_id}})
            actors.emplace_back(role.code + "/" + side, somebody(role.code, "", id));
    }
    std::ostringstream table;
    for (const auto& [action, unused] : permissions.all()) {
        table << action << ":";
        for (const auto& [name, actor] : actors)
            if (permissions.may(actor, action, record())) table << " " << name;
        table << "\n";
    }
    const auto file =
        std::filesystem::path(GUIQIAO_SOURCE_DIR) / "tests/party/permission_matrix.case";
    std::ifstream stream(file);
    std::string agreed, line;
    while (std::getline(stream, line))
        if (!line.starts_with("#")) agreed += line + "\n";
    EXPECT_EQ(table.str(), agreed) << "permissions.yaml and " << file << " do not agree";
}

TEST(Roles, AreGivenDownwardsOnly) {
    const Roles roles = *Roles::load(party_test::World::region() / "roles.yaml");
    Organisation enterprise;
    enterprise.id = owner_id;
    enterprise.kind = OrganisationKind::enterprise;
    enterprise.place = "450102";
    Organisation office;
    office.id = stranger_id;
    office.kind = OrganisationKind::government;
    office.place = "450100";
    const auto give = [&](const Actor& actor, const char* role, const char* place,
                          const Organisation* organisation) {
        return code_of(roles.check_grant(actor, role, place, organisation));
    };
    const Actor city_officer = somebody("officer", "450100", stranger_id);
    EXPECT_EQ(give(city_officer, "officer", "450102", &office), "ok");
    EXPECT_EQ(give(city_officer, "officer", "450100", &office), "role_not_yours_to_give");
    EXPECT_EQ(give(city_officer, "officer", "450200", &office), "role_not_yours_to_give");
    EXPECT_EQ(give(city_officer, "officer", "450000", &office), "role_not_yours_to_give");
    EXPECT_EQ(give(city_officer, "administrator", "450102", nullptr), "role_not_yours_to_give");
    EXPECT_EQ(give(city_officer, "enterprise_member", "", &enterprise), "ok");
    EXPECT_EQ(give(city_officer, "registrar", "", &enterprise), "role_not_for_kind");
    EXPECT_EQ(give(city_officer, "applicant", "", &enterprise), "role_not_yours_to_give");
    EXPECT_EQ(give(city_officer, "emperor", "", nullptr), "role_unknown");
    EXPECT_EQ(give(city_officer, "officer", "", &office), "role_needs_place");
    EXPECT_EQ(give(city_officer, "broker", "", nullptr), "role_needs_organisation");
    const Actor member = somebody("enterprise_member", "", owner_id);
    EXPECT_EQ(give(member, "enterprise_member", "", &enterprise), "ok");
    EXPECT_EQ(give(member, "officer", "450102", &office), "role_not_yours_to_give");
    EXPECT_EQ(
        give(somebody("enterprise_member", "", stranger_id), "enterprise_member", "", &enterprise),
        "role_not_yours_to_give");
    EXPECT_EQ(give(Actor::visitor(), "enterprise_member", "", &enterprise),
              "role_not_yours_to_give");
    EXPECT_EQ(give(Actor::system(), "administrator", "450000", nullptr), "ok");
}

TEST(Roles, RefuseAFileThatDoesNotFit) {
    const auto read = [](std::string_view text) {
        return code_of(Roles::from(*base::Yaml::parse(text, "roles.yaml")));
    };
    EXPECT_EQ(read("roles: [{code: a, label: 甲, scope: place}]"), "ok");
    EXPECT_EQ(read("roles: [{code: a, label: 甲, scope: moon}]"), "role_scope_unknown");
    EXPECT_EQ(read("roles: [{code: a, label: 甲}]"), "key_missing");
    EXPECT_EQ(read("roles: [{code: a, label: 甲, scope: place, colour: red}]"), "key_unknown");
    EXPECT_EQ(read("roles: [{code: a, label: 甲, scope: place, granted_by: [own]}]"),
              "who_malformed");
    EXPECT_EQ(read("roles: [{code: a, label: 甲, scope: place, organisation_kinds: [circus]}]"),
              "organisation_kind_unknown");
    EXPECT_EQ(read("roles: [{code: a, label: 甲, scope: place}, {code: a, label: 乙, scope: "
                   "place}]"),
              "role_duplicate");
}

}  // namespace

}  // namespace party
