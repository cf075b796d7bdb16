#include "party/organisation.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "party/inbox.h"
#include "party/party_fixture.h"

namespace party {

namespace {

using party_test::code_of;
using party_test::credit_code;
using party_test::defects_of;
using party_test::must;
using party_test::World;

class OrganisationTest : public support::DatabaseTest {};
ON_BOTH_DATABASES(OrganisationTest);

OrganisationDraft draft(int number) {
    OrganisationDraft result;
    result.credit_code = credit_code(number);
    result.name = "柳州测试机械有限公司";
    result.place = "450204";
    return result;
}

base::Result<Organisation> create(World& world, const Actor& actor, const OrganisationDraft& with) {
    return world.database->write<Organisation>([&](store::Transaction& transaction) {
        return world.organisations.create(transaction, actor, with);
    });
}

base::Result<Organisation> pend(World& world, const OrganisationDraft& with) {
    return world.database->write<Organisation>([&](store::Transaction& transaction) {
        return world.organisations.create_pending(transaction, Actor::visitor(), with);
    });
}

base::Result<Organisation> verify(World& world, const Actor& actor, const Organisation& which,
                                  OrganisationState decision, std::string_view reason = {}) {
    return world.database->write<Organisation>([&](store::Transaction& transaction) {
        return world.organisations.verify(transaction, actor, which.id, decision, reason);
    });
}

base::Result<Organisation> update(World& world, const Actor& actor, const Organisation& which,
                                  const OrganisationDraft& with, std::int64_t version) {
    return world.database->write<Organisation>([&](store::Transaction& transaction) {
        return world.organisations.update(transaction, actor, which.id, with, version);
    });
}

Actor officer_at(std::string place) {
    Actor actor;
    actor.account = base::Id<Account>("0000000000000000000000OFFC");
    actor.grants.push_back({"officer", std::move(place), {}});
    return actor;
}

TEST_P(OrganisationTest, NamesAllDefectsAtOnce) {
    World world(GetParam());
    OrganisationDraft wrong;
    wrong.credit_code = "91350100M000100Y44";
    wrong.name = " x ";
    wrong.place = "450999";
    wrong.introduction = std::string(2001, 'x');
    wrong.is_public_body = true;
    EXPECT_EQ(defects_of(create(world, Actor::system(), wrong)),
              "form_invalid name:field_missing introduction:field_too_long "
              "credit_code:credit_code_invalid place:place_unknown "
              "is_public_body:public_body_wrong_kind");
    EXPECT_EQ(defects_of(pend(world, {})),
              "form_invalid name:field_missing credit_code:field_missing place:field_missing");
    OrganisationDraft bytes = draft(1);
    bytes.name = "a\x01 b c";
    bytes.address = "\xff";
    EXPECT_EQ(defects_of(pend(world, bytes)),
              "form_invalid name:field_control_characters address:text_not_utf8");
    EXPECT_EQ(world.log_actions(), "");
}

TEST_P(OrganisationTest, FromElsewhereAndAbroad) {
    World world(GetParam());
    OrganisationDraft guangdong = draft(1);
    guangdong.place = "440106";
    const Organisation outside = must(pend(world, guangdong));
    EXPECT_EQ(code_of(verify(world, officer_at("450100"), outside, OrganisationState::verified)),
              "not_permitted");
    EXPECT_EQ(code_of(verify(world, officer_at("450000"), outside, OrganisationState::verified)),
              "ok");
    OrganisationDraft foreign;
    foreign.kind = OrganisationKind::foreign;
    foreign.name = "Hanoi Institute";
    EXPECT_EQ(code_of(pend(world, foreign)), "ok");
    EXPECT_EQ(code_of(pend(world, foreign)), "ok") << "foreign ones have no code to collide";
}

TEST_P(OrganisationTest, ACreditCodeIsTakenOnce) {
    World world(GetParam());
    OrganisationDraft first = draft(7);
    first.credit_code = " " + base::to_lower_ascii(first.credit_code) + " ";
    EXPECT_EQ(must(pend(world, first)).credit_code, credit_code(7));
    EXPECT_EQ(code_of(pend(world, draft(7))), "organisation_exists");
    const Organisation second = must(pend(world, draft(8)));
    EXPECT_EQ(code_of(update(world, Actor::system(), second, draft(7), 1)), "organisation_exists");
}

TEST_P(OrganisationTest, OnlyOfficersOfThePlaceCreateVerifiedOnes) {
    World world(GetParam());
    EXPECT_EQ(code_of(create(world, Actor::visitor(), draft(1))), "not_signed_in");
    EXPECT_EQ(code_of(create(world, officer_at("450100"), draft(1))), "not_permitted");
    EXPECT_EQ(must(create(world, officer_at("450200"), draft(1))).state,
              OrganisationState::verified);
}

TEST_P(OrganisationTest, IsVerifiedStepByStep) {
    World world(GetParam());
    const Organisation pending = must(pend(world, draft(1)));
    const Actor officer = officer_at("450200");
    EXPECT_EQ(pending.state, OrganisationState::pending);
    EXPECT_EQ(code_of(verify(world, officer_at("450100"), pending, OrganisationState::verified)),
              "not_permitted");
    EXPECT_EQ(code_of(verify(world, Actor::visitor(), pending, OrganisationState::verified)),
              "not_signed_in");
    EXPECT_EQ(code_of(verify(world, officer, pending, OrganisationState::pending)),
              "already_decided");
    EXPECT_EQ(code_of(verify(world, officer, pending, OrganisationState::suspended, "太早了啊啊")),
              "already_decided");
    EXPECT_EQ(code_of(verify(world, officer, pending, OrganisationState::refused)),
              "reason_missing");
    EXPECT_EQ(
        code_of(verify(world, officer, pending, OrganisationState::refused, std::string(501, 'x'))),
        "field_too_long");
    EXPECT_EQ(
        code_of(verify(world, officer, pending, OrganisationState::refused, "营业执照与名称不符")),
        "ok");
    EXPECT_EQ(
        code_of(verify(world, officer, pending, OrganisationState::refused, "营业执照与名称不符")),
        "already_decided");
    EXPECT_EQ(code_of(verify(world, officer, pending, OrganisationState::verified)), "ok");
    EXPECT_EQ(code_of(verify(world, officer, pending, OrganisationState::verified)),
              "already_decided");
    const Organisation last =
        must(verify(world, officer, pending, OrganisationState::suspended, "多次失信行为记录"));
    EXPECT_EQ(last.decision_reason, "多次失信行为记录");
    EXPECT_EQ(world.log_actions(),
              "organisation.created organisation.refused organisation.verified "
              "organisation.suspended");
    Organisation nobody;
    nobody.id = base::Id<Organisation>("00000000000000000000000000");
    EXPECT_EQ(code_of(verify(world, officer, nobody, OrganisationState::verified)),
              "organisation_unknown");
}

TEST_P(OrganisationTest, ItsMembersChangeItButNotWhatWasConfirmed) {
    World world(GetParam());
    const Organisation mine = world.add_organisation(OrganisationKind::enterprise, "450204");
    const Organisation other = world.add_organisation(OrganisationKind::enterprise, "450204");
    const Account member = world.add_member("member", "enterprise_member", mine.id);
    const Account stranger = world.add_member("stranger", "enterprise_member", other.id);
    OrganisationDraft change;
    change.credit_code = mine.credit_code;
    change.name = mine.name;
    change.kind = mine.kind;
    change.place = mine.place;
    change.address = "柳州市柳南区";
    const Actor actor = world.actor(member, mine.id);
    EXPECT_EQ(code_of(update(world, world.actor(stranger, other.id), mine, change, 1)),
              "not_permitted");
    EXPECT_EQ(code_of(update(world, Actor::visitor(), mine, change, 1)), "not_signed_in");
    EXPECT_EQ(code_of(update(world, actor, mine, change, 7)), "version_stale");
    const Organisation moved = must(update(world, actor, mine, change, 1));
    EXPECT_EQ(moved.state, OrganisationState::verified) << "an address needs no new decision";
    EXPECT_EQ(moved.version, 2);
    EXPECT_EQ(code_of(update(world, actor, mine, change, 1)), "version_stale");
    change.name = "柳州更名机械有限公司";
    EXPECT_EQ(must(update(world, actor, mine, change, 2)).state, OrganisationState::pending);
    EXPECT_EQ(world.actor(member, mine.id).grants.front().role, "applicant");
    EXPECT_EQ(must(verify(world, officer_at("450200"), mine, OrganisationState::verified)).state,
              OrganisationState::verified);
    change.name = "柳州再更名有限公司";
    EXPECT_EQ(must(update(world, officer_at("450200"), mine, change, 4)).state,
              OrganisationState::verified)
        << "the officer of the place confirms what he writes";
    change.place = "450102";
    EXPECT_EQ(must(update(world, officer_at("450200"), mine, change, 5)).state,
              OrganisationState::pending)
        << "another place's officer decides";
}

TEST_P(OrganisationTest, ASuspendedOneStaysSoAndItsMembersDoNothing) {
    World world(GetParam());
    const Organisation mine = world.add_organisation(OrganisationKind::enterprise, "450204");
    const Account member = world.add_member("member", "enterprise_member", mine.id);
    must(verify(world, Actor::system(), mine, OrganisationState::suspended, "多次失信行为记录"));
    const Actor actor = world.actor(member, mine.id);
    EXPECT_TRUE(actor.grants.empty());
    EXPECT_TRUE(actor.organisation.empty());
    OrganisationDraft change = draft(99);
    EXPECT_EQ(code_of(update(world, actor, mine, change, 2)), "not_permitted");
    EXPECT_EQ(must(update(world, Actor::system(), mine, change, 2)).state,
              OrganisationState::suspended);
    const auto told = must(world.database->read<std::vector<Notice>>(
        [&](store::Reader& reader) -> base::Result<std::vector<Notice>> {
            return Inbox::list(reader, member.id, "", 10);
        }));
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].text_key, "notify.organisation_suspended");
    EXPECT_EQ(told[0].parameters.at("reason"), "多次失信行为记录");
}

TEST_P(OrganisationTest, IsListedByPlaceKindStateAndName) {
    World world(GetParam());
    world.add_organisation(OrganisationKind::university, "450103", true);
    world.add_organisation(OrganisationKind::enterprise, "450204");
    world.add_organisation(OrganisationKind::enterprise, "450102");
    OrganisationDraft tricky = draft(50);
    tricky.name = "百分百%_公司 ＡＢＣ";
    must(pend(world, tricky));
    const auto count = [&](const Organisations::Filter& filter) {
        return must(world.database->read<std::size_t>(
            [&](store::Reader& reader) -> base::Result<std::size_t> {
                return Organisations::list(reader, filter).size();
            }));
    };
    EXPECT_EQ(count({}), 4u);
    EXPECT_EQ(count({.place = "450100"}), 2u);
    EXPECT_EQ(count({.place = "450000"}), 4u);
    EXPECT_EQ(count({.kind = OrganisationKind::enterprise}), 3u);
    EXPECT_EQ(count({.state = OrganisationState::pending}), 1u);
    EXPECT_EQ(count({.name_part = "单位"}), 3u);
    EXPECT_EQ(count({.name_part = "abc"}), 1u) << "folded";
    EXPECT_EQ(count({.name_part = "%"}), 1u) << "no wildcard from outside";
    EXPECT_EQ(count({.name_part = "'"}), 0u);
    EXPECT_EQ(count({.limit = 2}), 2u);
}

TEST_P(OrganisationTest, TheNearestRegistrationPointIsResponsible) {
    World world(GetParam());
    const auto point_for = [&](std::string_view place) {
        return must(world.database->read<std::string>(
            [&](store::Reader& reader) -> base::Result<std::string> {
                const auto point = Organisations::registration_point_for(reader, place);
                return point ? point->name : std::string("none");
            }));
    };
    EXPECT_EQ(point_for("450102"), "none");
    const auto region = world.add_organisation(OrganisationKind::registration_point, "450000");
    EXPECT_EQ(point_for("450102"), region.name);
    const auto city = world.add_organisation(OrganisationKind::registration_point, "450100");
    EXPECT_EQ(point_for("450102"), city.name);
    EXPECT_EQ(point_for("450204"), region.name);
    const auto county = world.add_organisation(OrganisationKind::registration_point, "450102");
    EXPECT_EQ(point_for("450102"), county.name);
    EXPECT_EQ(point_for("450103"), city.name);
    must(verify(world, Actor::system(), county, OrganisationState::suspended, "停止登记业务"));
    EXPECT_EQ(point_for("450102"), city.name);
    EXPECT_EQ(point_for("440106"), "none");
    EXPECT_EQ(point_for(""), "none");
}

}  // namespace

}  // namespace party
