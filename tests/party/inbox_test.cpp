#include "party/inbox.h"

#include <gtest/gtest.h>

#include "party/party_fixture.h"

namespace party {

namespace {

using party_test::code_of;
using party_test::must;
using party_test::World;

class InboxTest : public support::DatabaseTest {};
ON_BOTH_DATABASES(InboxTest);

void deliver(World& world, const Account& to, const std::string& what, const std::string& once) {
    must(world.database->write<void>([&](store::Transaction& transaction) {
        Notice notice;
        notice.account = to.id;
        notice.text_key = "notify.test";
        notice.parameters = {{"what", what}};
        notice.link = "/desk";
        return Inbox::deliver(transaction, notice, once);
    }));
    world.database.clock().advance(base::seconds(1));
}

std::vector<Notice> list(World& world, const Account& of, std::string_view after = {},
                         std::size_t limit = 50) {
    return must(world.database->read<std::vector<Notice>>(
        [&](store::Reader& reader) -> base::Result<std::vector<Notice>> {
            return Inbox::list(reader, of.id, after, limit);
        }));
}

base::Status mark(World& world, const Account& of, const std::string& what) {
    return world.database->write<void>([&](store::Transaction& transaction) {
        return Inbox::mark_read(transaction, of.id, what);
    });
}

TEST_P(InboxTest, DeliversOncePerKeyAndPerPerson) {
    World world(GetParam());
    const Account huang = world.add_account("huang");
    const Account wei = world.add_account("wei-two");
    deliver(world, huang, "\"一\"", "a");
    deliver(world, huang, "again", "a");
    deliver(world, wei, "to another", "a");
    deliver(world, huang, "二", "b");
    const auto notices = list(world, huang);
    ASSERT_EQ(notices.size(), 2u);
    EXPECT_EQ(notices[0].parameters.at("what"), "二") << "newest first";
    EXPECT_EQ(notices[1].parameters.at("what"), "\"一\"");
    EXPECT_EQ(list(world, huang, notices[0].id).at(0).id, notices[1].id);
    EXPECT_EQ(list(world, huang, "", 1).size(), 1u);
}

TEST_P(InboxTest, IsReadByItsOwnerOnly) {
    World world(GetParam());
    const Account huang = world.add_account("huang");
    const Account wei = world.add_account("wei-two");
    for (const char* key : {"a", "b", "c"})
        deliver(world, huang, key, key);
    const std::string id = list(world, huang)[0].id;
    EXPECT_EQ(code_of(mark(world, wei, id)), "notice_unknown");
    EXPECT_EQ(code_of(mark(world, huang, "nothing")), "notice_unknown");
    EXPECT_EQ(code_of(mark(world, huang, id)), "ok");
    EXPECT_EQ(code_of(mark(world, huang, id)), "ok") << "twice is harmless";
    const auto unread = [&] {
        return must(world.database->read<std::int64_t>(
            [&](store::Reader& reader) -> base::Result<std::int64_t> {
                return Inbox::unread(reader, huang.id);
            }));
    };
    EXPECT_EQ(unread(), 2);
    EXPECT_EQ(code_of(mark(world, huang, "all")), "ok");
    EXPECT_EQ(unread(), 0);
}

TEST_P(InboxTest, WhatIsUnreadIsMailedOnce) {
    World world(GetParam());
    const Account huang = world.add_account("huang");
    world.database.clock().advance(base::seconds(1));
    const Account wei = world.add_account("wei-two");
    deliver(world, huang, "1", "a");
    deliver(world, wei, "2", "b");
    deliver(world, huang, "3", "c");
    deliver(world, huang, "read", "d");
    must(mark(world, huang, list(world, huang)[0].id));
    const auto digests = [&] {
        return must(world.database->read<std::vector<Inbox::Digest>>(
            [&](store::Reader& reader) -> base::Result<std::vector<Inbox::Digest>> {
                return Inbox::unmailed(reader, world.database.clock().now(), 100);
            }));
    };
    const auto first = digests();
    ASSERT_EQ(first.size(), 2u);
    EXPECT_EQ(first[0].email, "huang@example.org");
    EXPECT_EQ(first[0].notices.size(), 2u);
    must(world.database->write<void>([&](store::Transaction& transaction) {
        return Inbox::mark_mailed(transaction, first[0]);
    }));
    EXPECT_EQ(digests().size(), 1u);
}

}  // namespace

}  // namespace party
