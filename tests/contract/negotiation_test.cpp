#include "contract/negotiation.h"

#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/negotiation_world.h"

namespace contract {

namespace {

using negotiation_test::code_of;
using negotiation_test::must;
using negotiation_test::World;
using ::testing::Contains;

class ContactTest : public support::DatabaseTest {};
ON_BOTH_DATABASES(ContactTest);

TEST_P(ContactTest, IsAskedForOnce) {
    World world(GetParam());
    const Contact contact = must(world.ask(world.firm, world.achievement, &world.demand));
    EXPECT_EQ(contact.state, "requested");
    EXPECT_EQ(contact.owner, world.university.id);
    EXPECT_EQ(contact.requester, world.company.id);
    const auto again = world.ask(world.firm, world.achievement);
    EXPECT_EQ(code_of(again), "contact_already_open");
    EXPECT_EQ(again.error().parameters.at("contact"), contact.id.text());
    EXPECT_EQ(code_of(world.ask(world.owner, world.demand, &world.achievement)),
              "contact_already_open")
        << "the same pair from the other side";
    EXPECT_EQ(code_of(world.ask(world.stranger, world.achievement)), "ok");
    EXPECT_THAT(world.notices(world.owner), Contains("notify.contact_requested"));
    EXPECT_EQ(world.log_of(contact.id.text()), "contact.opened contact.requested");
}

TEST_P(ContactTest, RefusalsOfARequest) {
    World world(GetParam());
    EXPECT_EQ(code_of(world.ask(party::Actor::visitor(), world.achievement)), "not_signed_in");
    EXPECT_EQ(code_of(world.ask(world.researcher, world.demand)), "not_permitted");
    EXPECT_EQ(code_of(world.ask(world.owner, world.achievement)), "contact_with_oneself");
    EXPECT_EQ(code_of(world.ask(world.firm, world.achievement, nullptr, " 你好 ")),
              "contact_message_length");
    EXPECT_EQ(code_of(world.ask(world.firm, world.achievement, nullptr, std::string(2001, 'x'))),
              "contact_message_length");
    EXPECT_EQ(code_of(world.ask(world.firm, world.achievement, nullptr, "abc\x01 defgh")),
              "field_control_characters");
    EXPECT_EQ(code_of(world.ask(world.stranger, world.achievement, &world.demand)), "not_owner");
    catalog::Entry nowhere = world.achievement;
    nowhere.id = base::Id<catalog::Entry>("00000000000000000000000000");
    EXPECT_EQ(code_of(world.ask(world.firm, nowhere)), "entry_not_found");
    const auto draft = world.draft_entry(world.owner, "achievement",
                                         catalog::test::achievement("甘蔗渣制备纳米纤维素"));
    EXPECT_EQ(code_of(world.ask(world.firm, draft)), "entry_not_found")
        << "nobody learns of drafts";
    const auto own_draft = world.draft_entry(world.firm, "demand", World::full_demand());
    EXPECT_EQ(code_of(world.ask(world.firm, world.achievement, &own_draft)), "entry_not_open");
}

TEST_P(ContactTest, AcceptedItOpensNegotiationOfBothEntries) {
    World world(GetParam());
    const Contact contact = must(world.ask(world.firm, world.achievement, &world.demand));
    EXPECT_EQ(code_of(world.answer(world.firm, contact, "accept")), "not_permitted")
        << "one does not answer oneself";
    EXPECT_EQ(code_of(world.answer(world.researcher, contact, "accept")), "not_permitted");
    EXPECT_EQ(code_of(world.answer(world.stranger, contact, "accept")), "contact_unknown");
    EXPECT_EQ(code_of(world.answer(party::Actor::visitor(), contact, "accept")), "contact_unknown");
    EXPECT_EQ(code_of(world.answer(world.owner, contact, "fly")), "transition_unknown");
    EXPECT_EQ(code_of(world.answer(world.owner, contact, "accept", "", "", 9)), "version_stale");
    EXPECT_EQ(must(world.answer(world.owner, contact, "accept")).state, "accepted");
    EXPECT_EQ(world.state_of(world.achievement), "matched");
    EXPECT_EQ(world.state_of(world.demand), "matched");
    EXPECT_THAT(world.notices(world.firm), Contains("notify.contact_accepted"));
    EXPECT_EQ(code_of(world.answer(world.owner, contact, "accept")), "wrong_state");
    EXPECT_EQ(code_of(world.answer(world.firm, contact, "withdraw")), "wrong_state");
    EXPECT_EQ(code_of(world.ask(world.stranger, world.achievement)), "ok")
        << "others may still ask";
}

TEST_P(ContactTest, ClosingBringsTheEntriesBackWhenNoOtherRoomIsOpen) {
    World world(GetParam());
    const Contact first = world.room();
    const Contact second = must(world.ask(world.stranger, world.achievement));
    must(world.answer(world.owner, second, "accept"));
    EXPECT_EQ(code_of(world.answer(world.firm, first, "close")), "text_missing");
    EXPECT_EQ(must(world.answer(world.firm, first, "close", "", "条件谈不拢，以后再说")).state,
              "closed");
    EXPECT_EQ(world.state_of(world.achievement), "matched") << "the second room is open";
    EXPECT_EQ(world.state_of(world.demand), "published");
    must(world.answer(world.owner, second, "close", "", "已与对方面谈结束"));
    EXPECT_EQ(world.state_of(world.achievement), "published");
    EXPECT_EQ(code_of(world.ask(world.firm, world.achievement)), "ok")
        << "a closed contact does not stand in the way";
}

TEST_P(ContactTest, IsRefusedWithACodedReason) {
    World world(GetParam());
    const Contact contact = must(world.ask(world.firm, world.achievement));
    EXPECT_EQ(code_of(world.answer(world.owner, contact, "refuse")), "reason_missing");
    EXPECT_EQ(code_of(world.answer(world.owner, contact, "refuse", "bored")), "reason_unknown");
    EXPECT_EQ(code_of(world.answer(world.owner, contact, "refuse", "other")), "text_missing");
    EXPECT_EQ(must(world.answer(world.owner, contact, "refuse", "price")).state, "refused");
    EXPECT_EQ(world.state_of(world.achievement), "published");
    EXPECT_THAT(world.notices(world.firm), Contains("notify.contact_refused"));
    const Contact second = must(world.ask(world.firm, world.achievement));
    EXPECT_EQ(must(world.answer(world.owner, second, "refuse", "other", "明年再联系")).state,
              "refused");
}

TEST_P(ContactTest, IsWithdrawnByWhoAsked) {
    World world(GetParam());
    const Contact contact = must(world.ask(world.firm, world.achievement));
    EXPECT_EQ(code_of(world.answer(world.owner, contact, "withdraw")), "not_permitted");
    EXPECT_EQ(must(world.answer(world.firm, contact, "withdraw")).state, "withdrawn");
    EXPECT_EQ(code_of(world.answer(world.owner, contact, "accept")), "wrong_state");
}

TEST_P(ContactTest, LapsesAfterFiveWorkingDaysAndTheOfficerHears) {
    World world(GetParam());
    const Contact contact = must(world.ask(world.firm, world.achievement));  // Monday 2 March
    const auto state = [&] {
        return must(world.database->read<Contact>([&](store::Reader& reader) {
                   return world.contacts.read(reader, world.firm, contact.id);
               }))
            .state;
    };
    world.database.clock().set(*base::parse_local("2026-03-09 23:59"));
    must(world.cases.fire_due(*world.database));
    EXPECT_EQ(state(), "requested");
    EXPECT_NE(world.log_of(contact.id.text()).find("contact.reminded"), std::string::npos);
    world.database.clock().set(*base::parse_local("2026-03-10 00:01"));
    must(world.cases.fire_due(*world.database));
    EXPECT_EQ(state(), "lapsed");
    EXPECT_NE(world.log_of(contact.id.text()).find("contact.escalated"), std::string::npos);
    EXPECT_THAT(world.notices(world.firm), Contains("notify.contact_lapsed"));
    EXPECT_THAT(world.notices(world.owner), Contains("notify.contact_lapsed"));
    EXPECT_EQ(must(world.cases.fire_due(*world.database)), 0) << "firing twice does nothing";
    EXPECT_EQ(code_of(world.answer(world.owner, contact, "accept")), "wrong_state");
}

TEST_P(ContactTest, IsSeenByItsTwoSidesOnly) {
    World world(GetParam());
    const Contact contact = must(world.ask(world.firm, world.achievement));
    const auto read = [&](const party::Actor& actor) {
        return code_of(world.database->read<Contact>(
            [&](store::Reader& reader) { return world.contacts.read(reader, actor, contact.id); }));
    };
    EXPECT_EQ(read(world.owner), "ok");
    EXPECT_EQ(read(world.firm), "ok");
    EXPECT_EQ(read(world.stranger), "contact_unknown");
    EXPECT_EQ(read(party::Actor::visitor()), "contact_unknown");
    EXPECT_EQ(read(party::Actor::system()), "contact_unknown");
    const auto count = [&](const party::Actor& actor, Box box) {
        return must(world.database->read<std::size_t>(
            [&](store::Reader& reader) -> base::Result<std::size_t> {
                return Contacts::list(reader, actor, box, "", 10).size();
            }));
    };
    EXPECT_EQ(count(world.owner, Box::in), 1u);
    EXPECT_EQ(count(world.owner, Box::out), 0u);
    EXPECT_EQ(count(world.firm, Box::out), 1u);
    EXPECT_EQ(count(world.stranger, Box::out), 0u);
    EXPECT_EQ(count(party::Actor::visitor(), Box::in), 0u);
}

TEST_P(ContactTest, AnAnonymousOwnerShowsHimselfByAccepting) {
    World world(GetParam());
    base::json::object body = World::full_demand();
    body["title"] = "茶油果壳活性炭再生";
    body["visibility"] = "anonymous";
    const catalog::Entry hidden = world.publish(world.firm, "demand", body);
    const Contact asked = must(world.ask(world.owner, hidden));
    const bool hidden_before = !asked.owner_is_known;
    const Contact accepted = must(world.answer(world.firm, asked, "accept"));
    EXPECT_TRUE(accepted.owner_is_known);
    EXPECT_TRUE(hidden_before || world.entries.may_see_owner(world.owner, hidden));
}

/// Who may take which step in which state, cell by cell, against the file that people agree on.
TEST(ContactProcesses, Matrix) {
    using party::Actor;
    const base::Id<party::Organisation> own("00000000000000000000000OWN");
    const base::Id<party::Organisation> other("00000000000000000000000CPT");
    const base::Id<party::Organisation> stranger("00000000000000000000000STR");
    const auto acting = [](const char* role, const base::Id<party::Organisation>& organisation,
                           const char* place = "") {
        Actor actor;
        actor.account = base::Id<party::Account>("00000000000000000000000SBD");
        actor.organisation = organisation;
        actor.grants.push_back({role, place, organisation});
        return actor;
    };
    std::vector<std::pair<std::string, Actor>> actors = {{"visitor", Actor::visitor()},
                                                         {"clock", Actor::system()}};
    for (const char* role : {"transfer_officer", "enterprise_member", "broker", "researcher",
                             "registrar", "applicant"})
        for (const auto& [side, id] : {std::pair{"own", own}, std::pair{"counterpart", other},
                                       std::pair{"stranger", stranger}})
            actors.emplace_back(std::string(role) + "/" + side, acting(role, id));
    actors.emplace_back("officer/place", acting("officer", {}, "450100"));
    actors.emplace_back("administrator/place", acting("administrator", {}, "450000"));
    std::string table;
    for (const char* name : {"contact", "agreement"}) {
        const auto process = must(
            workflow::Process::load(World::region() / "processes" / (std::string(name) + ".yaml")));
        for (const auto& [code, state] : process.states()) {
            workflow::CaseState current;
            current.state = code;
            current.standing = {"450102", own, other, {}, {}};
            for (const workflow::Transition& transition : process.transitions()) {
                std::string line = std::string(name) + " " + code + " " + transition.code + ":";
                const std::size_t bare = line.size();
                for (const auto& [who, actor] : actors) {
                    const auto may = process.available(current, actor);
                    if (std::ranges::find(may, transition.code, &workflow::Transition::code) !=
                        may.end())
                        line += " " + who;
                }
                if (line.size() > bare) table += line + "\n";
            }
        }
    }
    std::ifstream stream("tests/contract/negotiation_matrix.case");
    std::string agreed, line;
    while (std::getline(stream, line))
        if (!line.starts_with("#")) agreed += line + "\n";
    EXPECT_EQ(table, agreed);
}

TEST_P(ContactTest, TheMessageIsNotInTheLog) {
    World world(GetParam());
    must(world.ask(world.firm, world.achievement, nullptr, "我们厂每年退货两百万元"));
    const auto rows = must(world.database->read<std::vector<store::LogRow>>(
        [](store::Reader& reader) -> base::Result<std::vector<store::LogRow>> {
            return store::changes_after(reader, 0, 1000);
        }));
    for (const store::LogRow& row : rows)
        EXPECT_EQ(row.change.payload.find("退货"), std::string::npos);
}

}  // namespace

}  // namespace contract
