#include "party/outbox.h"

#include <gtest/gtest.h>

#include "party/party_fixture.h"

namespace party_test {
namespace {

class OutboxTest : public ::testing::TestWithParam<store::Dialect> {};

std::vector<party::Letter> waiting(World& world) {
    return must(world.database->read<std::vector<party::Letter>>(
        [&](store::Reader& reader) -> base::Result<std::vector<party::Letter>> {
            return party::Outbox::waiting(reader, *world.vault, world.database.clock().now(), 50);
        }));
}

std::string invite(World& world, const party::Actor& actor, const std::string& email,
                   const base::Id<party::Organisation>& organisation) {
    party::Accounts::Invitation invitation;
    invitation.email = email;
    invitation.role = "enterprise_member";
    invitation.organisation = organisation;
    return must(world.database->write<std::string>([&](store::Transaction& transaction) {
        return world.accounts.invite(transaction, actor, invitation);
    }));
}

TEST_P(OutboxTest, AnInvitationWithAnAddressIsALetterWithItsLink) {
    World world(GetParam());
    const auto firm = world.add_organisation(party::OrganisationKind::enterprise, "450202");
    const auto member = world.add_member("member", "enterprise_member", firm.id);
    party::Actor actor = world.actor(member, firm.id);
    actor.language = base::Language::en;
    const std::string code = invite(world, actor, "colleague@example.org", firm.id);
    invite(world, actor, "", firm.id);
    ASSERT_EQ(waiting(world).size(), 1U) << "no address, no letter";
    const party::Letter letter = waiting(world)[0];
    EXPECT_EQ(letter.to, "colleague@example.org");
    EXPECT_EQ(letter.kind, "invitation");
    EXPECT_EQ(letter.language, base::Language::en);
    EXPECT_EQ(letter.parameters.at("code"), code);
    EXPECT_EQ(letter.parameters.at("organisation"), firm.name);
    EXPECT_EQ(letter.parameters.at("by"), member.name);
    EXPECT_FALSE(letter.parameters.at("role").empty());

    const auto stored = must(world.database->read<std::string>([](store::Reader& reader) {
        return base::Result<std::string>(reader.first("select sealed from party_letter")->text(0));
    }));
    EXPECT_EQ(stored.find(code), std::string::npos) << "the code admits its reader";
    EXPECT_EQ(stored.find("colleague"), std::string::npos);

    must(world.database->write<void>([&](store::Transaction& transaction) -> base::Status {
        party::Outbox::remove(transaction, letter.id);
        return {};
    }));
    EXPECT_TRUE(waiting(world).empty());
}

TEST_P(OutboxTest, ALetterThatCameTooLateIsNotSentAndGoes) {
    World world(GetParam());
    const auto firm = world.add_organisation(party::OrganisationKind::enterprise, "450202");
    const auto member = world.add_member("member", "enterprise_member", firm.id);
    invite(world, world.actor(member, firm.id), "colleague@example.org", firm.id);
    world.database.clock().advance(base::days(8));
    EXPECT_TRUE(waiting(world).empty());
    EXPECT_EQ(must(world.database->write<std::int64_t>([](store::Transaction& transaction) {
                  return base::Result<std::int64_t>(party::Outbox::sweep(transaction));
              })),
              1);
}

TEST_P(OutboxTest, ARefusedInvitationLeavesNoLetter) {
    World world(GetParam());
    const auto firm = world.add_organisation(party::OrganisationKind::enterprise, "450202");
    const auto stranger = world.add_organisation(party::OrganisationKind::enterprise, "450202");
    const auto member = world.add_member("member", "enterprise_member", firm.id);
    party::Accounts::Invitation invitation;
    invitation.email = "colleague@example.org";
    invitation.role = "enterprise_member";
    invitation.organisation = stranger.id;
    const party::Actor actor = world.actor(member, firm.id);
    EXPECT_EQ(code_of(world.database->write<std::string>([&](store::Transaction& transaction) {
                  return world.accounts.invite(transaction, actor, invitation);
              })),
              "not_permitted");
    EXPECT_TRUE(waiting(world).empty());
}

ON_BOTH_DATABASES(OutboxTest);

}  // namespace
}  // namespace party_test
