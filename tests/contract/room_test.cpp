#include "contract/room.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/negotiation_world.h"

namespace contract {

namespace {

using negotiation_test::code_of;
using negotiation_test::must;
using negotiation_test::World;
using ::testing::Contains;

class RoomTest : public support::DatabaseTest {};
ON_BOTH_DATABASES(RoomTest);

base::Result<Room> read(World& world, const party::Actor& actor, const Contact& contact) {
    return world.database->read<Room>(
        [&](store::Reader& reader) { return world.rooms.read(reader, actor, contact.id); });
}
base::Result<Message> say(World& world, const party::Actor& actor, const Contact& contact,
                          const std::string& text) {
    return world.write<Message>([&](store::Transaction& transaction) {
        return world.rooms.say(transaction, actor, contact.id, text);
    });
}
base::Result<Acceptance> accept(World& world, const party::Actor& actor, const Contact& contact,
                                const std::string& hash) {
    return world.write<Acceptance>([&](store::Transaction& transaction) {
        return world.rooms.accept_terms(transaction, actor, contact.id, hash, "192.0.2.1");
    });
}
std::string terms_hash() {
    return Terms::of("1", "双方保守秘密。").hash;
}
base::Status release(World& world, const party::Actor& actor, const Contact& contact,
                     const std::string& item, Rooms::Release how) {
    return world.write<void>([&](store::Transaction& transaction) {
        return world.rooms.release(transaction, actor, contact.id, item, how);
    });
}
base::Result<base::json::object> open_entry(World& world, const party::Actor& actor,
                                            const Contact& contact, const std::string& entry) {
    return world.write<base::json::object>([&](store::Transaction& transaction) {
        return world.rooms.open_entry(transaction, actor, contact.id, entry, "192.0.2.1");
    });
}
base::Result<workflow::Attachment> add_file(World& world, const party::Actor& actor,
                                            const Contact& contact, workflow::Tier tier,
                                            const std::string& type = "application/pdf",
                                            const std::string& bytes = "%PDF-1.4 secret") {
    return world.write<workflow::Attachment>([&](store::Transaction& transaction) {
        Rooms::NewFile file{"other", "参数.pdf", type, tier};
        return world.rooms.add_file(transaction, actor, contact.id, file, bytes);
    });
}
base::Result<workflow::Attachment> open_file(World& world, const party::Actor& actor,
                                             const Contact& contact, const std::string& file) {
    return world.write<workflow::Attachment>([&](store::Transaction& transaction) {
        return world.rooms.open_file(transaction, actor, contact.id, file, "192.0.2.1");
    });
}
std::vector<View> views(World& world, const party::Actor& actor, const Contact& contact) {
    return must(world.database->read<std::vector<View>>(
        [&](store::Reader& reader) { return world.rooms.views(reader, actor, contact.id); }));
}

/// All bytes of the database's files, or nothing on PostgreSQL, whose files are not ours to read.
std::string stored_bytes(World& world) {
    std::string bytes;
    for (const auto& file :
         std::filesystem::recursive_directory_iterator(world.database.folder())) {
        if (!file.is_regular_file()) continue;
        std::ifstream in(file.path(), std::ios::binary);
        bytes.append(std::istreambuf_iterator<char>(in), {});
    }
    return bytes;
}
std::vector<std::string> stored_words(World& world) {
    return must(world.database->read<std::vector<std::string>>(
        [](store::Reader& reader) -> base::Result<std::vector<std::string>> {
            std::vector<std::string> all;
            for (const store::Row& row :
                 reader.query("select words, sealed from negotiation_message order by id"))
                all.push_back(row.text(0) + "|" + row.text(1));
            return all;
        }));
}

TEST_P(RoomTest, MessagesLieSealedAndCanBeErased) {
    World world(GetParam());
    const Contact contact = must(world.ask(world.firm, world.achievement));
    must(world.answer(world.owner, contact, "accept"));
    const std::string secret = "the price floor is 700,000 yuan";
    const Message message = must(say(world, world.owner, contact, secret));
    EXPECT_EQ(must(read(world, world.firm, contact)).messages.back().text, secret);
    ASSERT_EQ(stored_words(world).size(), 1U);
    EXPECT_EQ(stored_words(world)[0].find(secret), std::string::npos);
    EXPECT_EQ(stored_words(world)[0].front(), '|') << "nothing in clear";
    if (GetParam() == store::Dialect::sqlite) {
        const std::string bytes = stored_bytes(world);
        EXPECT_GT(bytes.size(), 1000U);
        EXPECT_EQ(bytes.find(secret), std::string::npos);
    }
    const auto erase = [&](const party::Actor& actor, const std::string& id) {
        return code_of(world.write<void>([&](store::Transaction& transaction) {
            return world.rooms.erase(transaction, actor, contact.id, id);
        }));
    };
    EXPECT_EQ(erase(world.firm, message.id), "message_not_own");
    EXPECT_EQ(erase(world.owner, "nothing"), "message_unknown");
    EXPECT_EQ(erase(world.owner, message.id), "ok");
    EXPECT_EQ(stored_words(world)[0], "|erased");
    const Message after = must(read(world, world.firm, contact)).messages.back();
    EXPECT_TRUE(after.is_erased);
    EXPECT_EQ(after.text, "");
}

TEST_P(RoomTest, WhatEarlierVersionsWroteInClearIsSealedOnce) {
    World world(GetParam());
    const Contact contact = must(world.ask(world.firm, world.achievement));
    must(world.answer(world.owner, contact, "accept"));
    const Message message = must(say(world, world.owner, contact, "第一句话"));
    must(world.write<void>([&](store::Transaction& transaction) -> base::Status {
        transaction.execute(
            "update negotiation_message set words = :words, sealed = '' where id = :id",
            {{"words", "从前的明文"}, {"id", message.id}});
        return {};
    }));
    EXPECT_EQ(must(read(world, world.firm, contact)).messages.back().text, "从前的明文");
    EXPECT_EQ(must(world.rooms.seal_clear(*world.database)), 1);
    EXPECT_EQ(must(world.rooms.seal_clear(*world.database)), 0);
    EXPECT_EQ(stored_words(world)[0].find("从前的明文"), std::string::npos);
    EXPECT_EQ(must(read(world, world.firm, contact)).messages.back().text, "从前的明文");
}

TEST_P(RoomTest, OpensWhenTheContactIsAccepted) {
    World world(GetParam());
    const Contact asked = must(world.ask(world.firm, world.achievement));
    EXPECT_EQ(code_of(read(world, world.firm, asked)), "room_not_open");
    EXPECT_EQ(code_of(say(world, world.firm, asked, "在吗")), "room_not_open");
    must(world.answer(world.owner, asked, "accept"));
    EXPECT_EQ(code_of(read(world, world.stranger, asked)), "contact_unknown");
    EXPECT_EQ(code_of(read(world, party::Actor::visitor(), asked)), "contact_unknown");
    EXPECT_EQ(code_of(say(world, world.stranger, asked, "在吗")), "contact_unknown");
    must(say(world, world.firm, asked, " 您好，请问处理量多大？ "));
    world.database.clock().advance(base::seconds(1));
    must(say(world, world.researcher, asked, "每天两千吨"));
    const Room room = must(read(world, world.owner, asked));
    ASSERT_EQ(room.messages.size(), 2u);
    EXPECT_EQ(room.messages[0].text, "您好，请问处理量多大？");
    EXPECT_EQ(room.messages[0].organisation, world.company.id);
    EXPECT_EQ(room.terms.hash, terms_hash());
    EXPECT_EQ(code_of(say(world, world.firm, asked, "  ")), "message_length");
    EXPECT_EQ(code_of(say(world, world.firm, asked, std::string(5001, 'x'))), "message_length");
    EXPECT_THAT(world.notices(world.owner), Contains("notify.room_message"));
}

TEST_P(RoomTest, MessagesAreOneNoticeAnHour) {
    World world(GetParam());
    const Contact contact = world.room();
    for (int i = 0; i < 3; ++i)
        must(say(world, world.firm, contact, "消息"));
    const auto count = [&] {
        return std::ranges::count(world.notices(world.owner), "notify.room_message");
    };
    EXPECT_EQ(count(), 1);
    world.database.clock().advance(base::hours(1));
    must(say(world, world.firm, contact, "消息"));
    EXPECT_EQ(count(), 2);
}

TEST_P(RoomTest, MeetingsAreProposedByOneSideAndAnsweredByTheOther) {
    World world(GetParam());
    const Contact contact = world.room();
    const base::Time now = world.database.clock().now();
    const auto propose = [&](const Rooms::NewMeeting& wanted) {
        return world.write<Meeting>([&](store::Transaction& transaction) {
            return world.rooms.propose_meeting(transaction, world.firm, contact.id, wanted);
        });
    };
    const base::Time start = now + base::days(2);
    EXPECT_EQ(code_of(propose({"看中试线", "南宁", now, start})), "meeting_in_past");
    EXPECT_EQ(code_of(propose({"看中试线", "南宁", start, start})), "meeting_times");
    EXPECT_EQ(code_of(propose({"看中试线", "南宁", start, start + base::days(2)})),
              "meeting_times");
    EXPECT_EQ(code_of(propose({" ", "南宁", start, start + base::hours(1)})),
              "meeting_topic_length");
    const Meeting meeting =
        must(propose({"看中试线；带样品, 谢谢", "南宁", start, start + base::hours(1)}));
    const auto answer = [&](const party::Actor& actor, const std::string& id, Rooms::Answer how) {
        return world.write<Meeting>([&](store::Transaction& transaction) {
            return world.rooms.answer_meeting(transaction, actor, contact.id, id, how);
        });
    };
    EXPECT_EQ(code_of(answer(world.firm, meeting.id, Rooms::Answer::accept)), "meeting_own");
    EXPECT_EQ(code_of(answer(world.owner, "nothing", Rooms::Answer::accept)), "meeting_unknown");
    const Meeting accepted = must(answer(world.owner, meeting.id, Rooms::Answer::accept));
    EXPECT_EQ(accepted.state, "accepted");
    EXPECT_EQ(code_of(answer(world.owner, meeting.id, Rooms::Answer::decline)), "meeting_answered");
    const std::string file = to_ical(accepted, contact);
    EXPECT_NE(file.find("DTSTART:20260304T010000Z\r\n"), std::string::npos) << file;
    EXPECT_NE(file.find("SUMMARY:看中试线；带样品\\, 谢谢\r\n"), std::string::npos) << file;
    EXPECT_NE(file.find("STATUS:CONFIRMED"), std::string::npos);
    std::size_t from = 0;
    for (std::size_t end; (end = file.find("\r\n", from)) != std::string::npos; from = end + 2)
        EXPECT_LE(end - from, 75u);
}

TEST_P(RoomTest, TermsAreAcceptedPerOrganisationByTheirHash) {
    World world(GetParam());
    const Contact contact = world.room();
    EXPECT_EQ(code_of(accept(world, world.firm, contact, "0000")), "terms_changed");
    EXPECT_EQ(code_of(accept(world, world.researcher, contact, terms_hash())), "not_permitted")
        << "a researcher does not bind the university";
    EXPECT_EQ(code_of(accept(world, world.stranger, contact, terms_hash())), "contact_unknown");
    const Acceptance acceptance = must(accept(world, world.firm, contact, terms_hash()));
    EXPECT_EQ(acceptance.organisation, world.company.id);
    EXPECT_EQ(acceptance.account, world.firm.account.text());
    EXPECT_EQ(code_of(accept(world, world.firm, contact, terms_hash())), "terms_already_accepted");
    EXPECT_EQ(code_of(accept(world, world.owner, contact, terms_hash())), "ok");
    EXPECT_EQ(must(read(world, world.owner, contact)).acceptances.size(), 2u);
}

TEST_P(RoomTest, TheConfidentialTextOpensAfterTermsAndRelease) {
    World world(GetParam());
    const Contact contact = world.room();
    const std::string entry = world.achievement.id.text();
    EXPECT_EQ(code_of(open_entry(world, world.firm, contact, entry)), "terms_not_accepted");
    EXPECT_EQ(code_of(open_entry(world, world.stranger, contact, entry)), "contact_unknown");
    must(accept(world, world.owner, contact, terms_hash()));
    EXPECT_EQ(code_of(open_entry(world, world.firm, contact, entry)), "terms_not_accepted")
        << "the other side has to accept, not the owner";
    must(accept(world, world.firm, contact, terms_hash()));
    EXPECT_EQ(code_of(open_entry(world, world.firm, contact, entry)), "not_released");
    EXPECT_EQ(code_of(release(world, world.firm, contact, entry, Rooms::Release::open)),
              "not_owner");
    EXPECT_EQ(code_of(release(world, world.researcher, contact, entry, Rooms::Release::open)),
              "not_permitted");
    EXPECT_EQ(code_of(release(world, world.owner, contact, "nothing", Rooms::Release::open)),
              "room_item_unknown");
    EXPECT_EQ(code_of(release(world, world.owner, contact, entry, Rooms::Release::open)), "ok");
    EXPECT_TRUE(views(world, world.owner, contact).empty()) << "refused looks are not looks";
    const auto opened = must(open_entry(world, world.firm, contact, entry));
    EXPECT_EQ(opened.at("confidential_detail"), "膜孔径 50 nm，清洗液配方见附件");
    EXPECT_EQ(code_of(open_entry(world, world.firm, contact, world.demand.id.text())),
              "room_item_unknown")
        << "it has nothing confidential";

    const auto seen = views(world, world.owner, contact);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].organisation, world.company.id);
    EXPECT_EQ(seen[0].account, world.firm.account.text());
    EXPECT_EQ(seen[0].item_name, world.achievement.title);
    EXPECT_EQ(seen[0].address, "192.0.2.1");
    EXPECT_TRUE(views(world, world.firm, contact).empty()) << "each side sees its own";
    EXPECT_NE(world.log_of(contact.id.text()).find("room.viewed"), std::string::npos);

    EXPECT_EQ(code_of(release(world, world.owner, contact, entry, Rooms::Release::end)), "ok");
    EXPECT_EQ(code_of(open_entry(world, world.firm, contact, entry)), "not_released");
    EXPECT_THAT(world.notices(world.firm), Contains("notify.room_access_ended"));
}

TEST_P(RoomTest, ConfidentialFilesFollowTheSameRule) {
    World world(GetParam());
    const Contact contact = world.room();
    EXPECT_EQ(
        code_of(add_file(world, world.owner, contact, workflow::Tier::confidential, "text/plain")),
        "confidential_type");
    EXPECT_EQ(
        code_of(add_file(world, world.owner, contact, workflow::Tier::open, "application/pdf", "")),
        "file_empty");
    EXPECT_EQ(code_of(add_file(world, world.stranger, contact, workflow::Tier::open)),
              "contact_unknown");
    const auto open = must(add_file(world, world.owner, contact, workflow::Tier::open));
    const auto secret = must(add_file(world, world.owner, contact, workflow::Tier::confidential));
    EXPECT_EQ(code_of(open_file(world, world.firm, contact, open.id)), "ok");
    EXPECT_EQ(code_of(open_file(world, world.firm, contact, secret.id)), "terms_not_accepted");
    EXPECT_EQ(code_of(open_file(world, world.firm, contact, "nothing")), "file_not_found");
    EXPECT_EQ(code_of(open_file(world, world.stranger, contact, open.id)), "contact_unknown");
    must(accept(world, world.firm, contact, terms_hash()));
    const auto opened = must(open_file(world, world.firm, contact, secret.id));
    EXPECT_EQ(must(world.rooms.bytes_of(opened)), "%PDF-1.4 secret");
    ASSERT_EQ(views(world, world.owner, contact).size(), 1u) << "open files are not recorded";
    must(release(world, world.owner, contact, secret.id, Rooms::Release::end));
    EXPECT_EQ(code_of(open_file(world, world.firm, contact, secret.id)), "not_released");
    EXPECT_EQ(code_of(open_file(world, world.researcher, contact, secret.id)), "ok")
        << "the owner's side always may";
    EXPECT_EQ(views(world, world.owner, contact).size(), 2u) << "and is recorded too";

    const Contact second = must(world.ask(world.stranger, world.achievement));
    must(world.answer(world.owner, second, "accept"));
    EXPECT_EQ(code_of(open_file(world, world.stranger, second, open.id)), "file_not_found")
        << "not through another room";
}

TEST_P(RoomTest, AfterTheEndNothingIsAddedOrOpened) {
    World world(GetParam());
    const Contact contact = world.room();
    const auto secret = must(add_file(world, world.owner, contact, workflow::Tier::confidential));
    must(accept(world, world.firm, contact, terms_hash()));
    must(world.answer(world.owner, contact, "close", "", "双方商定结束"));
    EXPECT_EQ(code_of(say(world, world.firm, contact, "还在吗")), "room_closed");
    EXPECT_EQ(code_of(add_file(world, world.firm, contact, workflow::Tier::open)), "room_closed");
    EXPECT_EQ(code_of(open_file(world, world.firm, contact, secret.id)), "room_closed");
    EXPECT_EQ(code_of(open_file(world, world.owner, contact, secret.id)), "ok");
    EXPECT_EQ(code_of(accept(world, world.owner, contact, terms_hash())), "room_closed");
    EXPECT_EQ(code_of(release(world, world.owner, contact, secret.id, Rooms::Release::end)), "ok");
    EXPECT_EQ(code_of(release(world, world.owner, contact, secret.id, Rooms::Release::open)),
              "room_closed");
    EXPECT_EQ(code_of(read(world, world.firm, contact)), "ok") << "what was said stays readable";
}

}  // namespace

}  // namespace contract
