#include "party/account.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"
#include "party/inbox.h"
#include "party/party_fixture.h"
#include "party/totp.h"

namespace party {

namespace {

using party_test::code_of;
using party_test::credit_code;
using party_test::defects_of;
using party_test::good_password;
using party_test::must;
using party_test::World;

class AccountTest : public support::DatabaseTest {};
ON_BOTH_DATABASES(AccountTest);

Accounts::NewAccount person(std::string login) {
    Accounts::NewAccount account;
    account.login = std::move(login);
    account.name = "黄小明";
    account.email = "huang@example.org";
    account.password = good_password;
    return account;
}

std::size_t notices_of(World& world, const base::Id<Account>& account) {
    return must(
        world.database->read<std::size_t>([&](store::Reader& reader) -> base::Result<std::size_t> {
            return Inbox::list(reader, account, "", 100).size();
        }));
}

std::string secret_of(const std::string& url) {
    const std::size_t from = url.find("secret=") + 7;
    const std::string text = url.substr(from, url.find('&', from) - from);
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string bytes;
    unsigned buffer = 0;
    int bits = 0;
    for (const char letter : text) {
        buffer = (buffer << 5) | static_cast<unsigned>(alphabet.find(letter));
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>((buffer >> bits) & 0xff);
        }
    }
    return bytes;
}

TEST_P(AccountTest, OneAnswerForUnknownLoginAndWrongPassword) {
    World world(GetParam());
    world.add_account("huang");
    EXPECT_EQ(code_of(world.sign_in("huang")), "ok");
    EXPECT_EQ(code_of(world.sign_in(" HUANG ")), "ok");
    EXPECT_EQ(code_of(world.sign_in("huang", "wrong-password")), "sign_in_failed");
    EXPECT_EQ(code_of(world.sign_in("nobody", "wrong-password")), "sign_in_failed");
    EXPECT_EQ(code_of(world.sign_in("", "")), "sign_in_failed");
    EXPECT_EQ(code_of(world.sign_in("huang", std::string(2000, 'x'))), "sign_in_failed");
    EXPECT_EQ(code_of(world.sign_in("hu\xff", "x")), "sign_in_failed");
}

TEST_P(AccountTest, LockoutGrowsAndTheOwnerIsTold) {
    World world(GetParam());
    const Account account = world.add_account("huang");
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of(world.sign_in("huang", "wrong-password")), "sign_in_failed");
    const auto locked = world.sign_in("huang");
    EXPECT_EQ(code_of(locked), "locked_out") << "also with the right password";
    EXPECT_EQ(locked.error().parameters.at("until"), "2026-03-02 09:01");
    EXPECT_EQ(locked.error().kind, base::ErrorKind::rate_limited);
    EXPECT_EQ(notices_of(world, account.id), 1u);
    world.database.clock().advance(base::minutes(1));
    EXPECT_EQ(code_of(world.sign_in("huang", "wrong-password")), "sign_in_failed");
    world.database.clock().advance(base::minutes(1));
    EXPECT_EQ(code_of(world.sign_in("huang")), "locked_out") << "the second wait is two minutes";
    world.database.clock().advance(base::minutes(1));
    EXPECT_EQ(code_of(world.sign_in("huang")), "ok");
    EXPECT_EQ(code_of(world.sign_in("huang", "wrong-password")), "sign_in_failed")
        << "a success forgets the failures";
    EXPECT_EQ(code_of(world.sign_in("huang")), "ok");
    EXPECT_EQ(notices_of(world, account.id), 2u);
}

TEST_P(AccountTest, LockoutIsTheSameForUnknownLogins) {
    World world(GetParam());
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of(world.sign_in("nobody", "wrong-password")), "sign_in_failed");
    EXPECT_EQ(code_of(world.sign_in("nobody")), "locked_out");
    world.database.clock().advance(base::days(2));
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of(world.sign_in("nobody", "wrong-password")), "sign_in_failed")
            << "a day without failures forgets them";
}

TEST_P(AccountTest, GuessesSideBySideDoNotSlipPast) {
    World world(GetParam());
    world.add_account("huang");
    std::atomic<int> judged = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 12; ++i)
        threads.emplace_back([&] {
            if (code_of(world.sign_in("huang", "wrong-password")) == "sign_in_failed") ++judged;
        });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_LE(judged, 5);
    EXPECT_EQ(code_of(world.sign_in("huang")), "locked_out");
}

TEST_P(AccountTest, AnAddressThatTriesManyLoginsIsLocked) {
    World world(GetParam());
    world.add_account("huang");
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(code_of(world.sign_in("login" + std::to_string(i), "")), "sign_in_failed");
    EXPECT_EQ(code_of(world.sign_in("huang")), "locked_out");
    EXPECT_EQ(code_of(world.sign_in("huang", good_password, "", "198.51.100.9")), "ok");
}

TEST_P(AccountTest, SessionsExpireWhenIdleAndAbsolutely) {
    World world(GetParam());
    world.add_account("huang");
    const auto [session, token] = must(world.sign_in("huang"));
    EXPECT_EQ(session.csrf_token.size(), 64u);
    EXPECT_EQ(must(world.accounts.resume(*world.database, token)).csrf_token, session.csrf_token);
    world.database.clock().advance(base::hours(11));
    EXPECT_EQ(code_of(world.accounts.resume(*world.database, token)), "ok");
    world.database.clock().advance(base::hours(11));
    EXPECT_EQ(code_of(world.accounts.resume(*world.database, token)), "ok") << "use keeps it alive";
    world.database.clock().advance(base::hours(12));
    EXPECT_EQ(code_of(world.accounts.resume(*world.database, token)), "not_signed_in");

    const auto [second, second_token] = must(world.sign_in("huang"));
    for (int i = 0; i < 20; ++i) {
        world.database.clock().advance(base::hours(8));
        EXPECT_EQ(code_of(world.accounts.resume(*world.database, second_token)), "ok") << i;
    }
    world.database.clock().advance(base::hours(8));
    EXPECT_EQ(code_of(world.accounts.resume(*world.database, second_token)), "not_signed_in")
        << "seven days are seven days";
    EXPECT_EQ(code_of(world.accounts.resume(*world.database, "")), "not_signed_in");
    EXPECT_EQ(code_of(world.accounts.resume(*world.database, "made-up")), "not_signed_in");
}

TEST_P(AccountTest, SessionsAreListedAndEndedByTheirOwner) {
    World world(GetParam());
    const Account huang = world.add_account("huang");
    const Account li = world.add_account("li-officer");
    const auto [first, first_token] = must(world.sign_in("huang"));
    world.database.clock().advance(base::minutes(1));
    const auto [second, second_token] = must(world.sign_in("huang"));
    const auto listed = must(world.database->read<std::vector<SessionInfo>>(
        [&](store::Reader& reader) -> base::Result<std::vector<SessionInfo>> {
            return world.accounts.sessions(reader, second.actor, second.id,
                                           world.database.clock().now());
        }));
    ASSERT_EQ(listed.size(), 2u);
    EXPECT_TRUE(listed[0].current);
    EXPECT_EQ(listed[1].id, first.id);
    EXPECT_EQ(listed[1].address, "192.0.2.7");
    const auto end = [&](const Actor& actor, const std::string& id) {
        return code_of(world.database->write<void>([&](store::Transaction& transaction) {
            return world.accounts.end_session(transaction, actor, id);
        }));
    };
    EXPECT_EQ(end(world.actor(li), first.id), "session_unknown") << "not somebody else's";
    EXPECT_EQ(end(second.actor, first.id), "ok");
    EXPECT_EQ(end(second.actor, first.id), "session_unknown");
    EXPECT_EQ(code_of(world.accounts.resume(*world.database, first_token)), "not_signed_in");
    EXPECT_EQ(code_of(world.accounts.sign_out(*world.database, second_token)), "ok");
    EXPECT_EQ(code_of(world.accounts.resume(*world.database, second_token)), "not_signed_in");
}

TEST_P(AccountTest, ChangingThePasswordEndsTheOtherSessions) {
    World world(GetParam());
    const Account huang = world.add_account("huang");
    const auto [first, first_token] = must(world.sign_in("huang"));
    const auto [second, second_token] = must(world.sign_in("huang"));
    const auto change = [&](const std::string& old_one, const std::string& new_one) {
        return world.accounts.change_password(*world.database, second.actor, old_one, new_one,
                                              second.id);
    };
    EXPECT_EQ(code_of(change("wrong-password", "osmanthus-by-the-river")), "password_wrong");
    EXPECT_EQ(code_of(change(good_password, "short")), "password_weak");
    EXPECT_EQ(code_of(change(good_password, good_password)), "password_weak");
    EXPECT_EQ(code_of(world.accounts.resume(*world.database, first_token)), "ok");
    EXPECT_EQ(code_of(change(good_password, "osmanthus-by-the-river")), "ok");
    EXPECT_EQ(code_of(world.accounts.resume(*world.database, first_token)), "not_signed_in");
    EXPECT_EQ(code_of(world.accounts.resume(*world.database, second_token)), "ok");
    EXPECT_EQ(code_of(world.sign_in("huang")), "sign_in_failed");
    EXPECT_EQ(code_of(world.sign_in("huang", "osmanthus-by-the-river")), "ok");
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of(change("wrong-password", "x")), "password_wrong");
    EXPECT_EQ(code_of(change("osmanthus-by-the-river", "another-good-one")), "locked_out")
        << "no guessing at an unlocked screen";
}

TEST_P(AccountTest, OneTimeCodes) {
    World world(GetParam());
    const Account huang = world.add_account("huang");
    const Actor actor = world.actor(huang);
    auto& database = *world.database;
    EXPECT_EQ(code_of(world.accounts.confirm_totp(database, actor, "000000")), "totp_not_begun");
    const std::string secret = secret_of(must(world.accounts.begin_totp(database, actor)));
    const auto code = [&](int offset) {
        return totp_code(secret, totp_step(world.database.clock().now()) + offset);
    };
    EXPECT_EQ(code_of(world.sign_in("huang")), "ok") << "not asked for before it is confirmed";
    EXPECT_EQ(code_of(world.accounts.confirm_totp(database, actor, code(5))), "totp_wrong");
    EXPECT_EQ(code_of(world.accounts.confirm_totp(database, actor, code(0))), "ok");
    EXPECT_EQ(code_of(world.accounts.confirm_totp(database, actor, code(0))), "totp_already_on");
    EXPECT_EQ(code_of(world.accounts.begin_totp(database, actor)), "totp_already_on");
    EXPECT_EQ(code_of(world.sign_in("huang")), "totp_required");
    EXPECT_EQ(code_of(world.sign_in("huang", good_password, code(0))), "totp_wrong")
        << "the code that confirmed is used up";
    EXPECT_EQ(code_of(world.sign_in("huang", good_password, code(1))), "ok");
    EXPECT_EQ(code_of(world.sign_in("huang", good_password, code(1))), "totp_wrong");
    world.database.clock().advance(base::minutes(2));
    EXPECT_EQ(code_of(world.sign_in("huang", good_password, code(-1))), "ok");
    EXPECT_EQ(code_of(world.sign_in("huang", "wrong-password", code(0))), "sign_in_failed")
        << "the code says nothing without the password";
    EXPECT_EQ(code_of(world.accounts.end_totp(database, actor, "wrong-password")),
              "password_wrong");
    EXPECT_EQ(code_of(world.accounts.end_totp(database, actor, good_password)), "ok");
    EXPECT_EQ(code_of(world.sign_in("huang")), "ok");
}

TEST_P(AccountTest, AskingForTheCodeDoesNotLockButGuessingItDoes) {
    World world(GetParam());
    const Account huang = world.add_account("huang");
    const Actor actor = world.actor(huang);
    const std::string secret = secret_of(must(world.accounts.begin_totp(*world.database, actor)));
    must(world.accounts.confirm_totp(*world.database, actor,
                                     totp_code(secret, totp_step(world.database.clock().now()))));
    for (int i = 0; i < 8; ++i)
        EXPECT_EQ(code_of(world.sign_in("huang")), "totp_required");
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of(world.sign_in("huang", good_password, "12345")), "totp_wrong");
    EXPECT_EQ(code_of(world.sign_in("huang")), "locked_out");
}

TEST_P(AccountTest, SwitchedOffAccountsAreOutAtOnce) {
    World world(GetParam());
    const Account huang = world.add_account("huang");
    const Account admin = world.add_member("admin-one", "administrator", {}, "450000");
    const auto [session, token] = must(world.sign_in("huang"));
    const auto set = [&](const Actor& actor, const base::Id<Account>& id, bool active) {
        return code_of(world.database->write<void>([&](store::Transaction& transaction) {
            return world.accounts.set_active(transaction, actor, id, active);
        }));
    };
    EXPECT_EQ(set(session.actor, admin.id, false), "not_permitted");
    EXPECT_EQ(set(Actor::visitor(), admin.id, false), "not_signed_in");
    const Actor actor = world.actor(admin);
    EXPECT_EQ(set(actor, admin.id, false), "not_yourself");
    EXPECT_EQ(set(actor, base::Id<Account>("00000000000000000000000000"), false),
              "account_unknown");
    EXPECT_EQ(set(actor, huang.id, false), "ok");
    EXPECT_EQ(code_of(world.accounts.resume(*world.database, token)), "not_signed_in");
    EXPECT_EQ(code_of(world.sign_in("huang")), "account_inactive");
    EXPECT_EQ(code_of(world.sign_in("huang", "wrong-password")), "sign_in_failed")
        << "only who knows the password learns of it";
    EXPECT_EQ(set(actor, huang.id, true), "ok");
    EXPECT_EQ(code_of(world.sign_in("huang")), "ok");
}

TEST_P(AccountTest, NamesAllDefectsOfANewAccountAtOnce) {
    World world(GetParam());
    Accounts::NewAccount wrong;
    wrong.login = "Ä";
    wrong.email = "no-address";
    wrong.phone = "call me";
    wrong.password = "short";
    EXPECT_EQ(defects_of(world.accounts.create(*world.database, Actor::system(), wrong)),
              "form_invalid login:login_malformed name:field_missing email:email_malformed "
              "phone:phone_malformed password:password_weak");
    EXPECT_EQ(code_of(world.accounts.create(*world.database, Actor::visitor(), person("huang"))),
              "not_signed_in");
    const Account account =
        must(world.accounts.create(*world.database, Actor::system(), person("Huang.X")));
    EXPECT_EQ(account.login, "huang.x");
    EXPECT_EQ(code_of(world.accounts.create(*world.database, world.actor(account), person("hu2"))),
              "not_permitted");
    EXPECT_EQ(code_of(world.accounts.create(*world.database, Actor::system(), person("HUANG.X"))),
              "login_taken");
}

TEST_P(AccountTest, PersonalDataIsNotInTheLog) {
    World world(GetParam());
    const Account account = world.add_account("secretive");
    Accounts::Profile profile{"韦大明", "wei@example.org", "13800001111", base::Language::en};
    const Actor actor = world.actor(account);
    const auto change = [&](const Accounts::Profile& to, std::int64_t version) {
        return world.database->write<Account>([&](store::Transaction& transaction) {
            return world.accounts.update(transaction, actor, to, version);
        });
    };
    EXPECT_EQ(code_of(change(profile, 9)), "version_stale");
    EXPECT_EQ(must(change(profile, 1)).version, 2);
    EXPECT_EQ(defects_of(change({"", "x", "y", {}}, 2)),
              "form_invalid name:field_missing email:email_malformed phone:phone_malformed");
    EXPECT_EQ(code_of(change({"a\x02", "", "", {}}, 2)), "form_invalid");
    const auto rows = must(world.database->read<std::vector<store::LogRow>>(
        [](store::Reader& reader) -> base::Result<std::vector<store::LogRow>> {
            return store::changes_after(reader, 0, 100);
        }));
    ASSERT_EQ(rows.size(), 2u);
    for (const store::LogRow& row : rows)
        for (const char* personal : {"secretive", "韦大明", "wei@example.org", "13800001111"})
            EXPECT_EQ(row.change.payload.find(personal), std::string::npos) << personal;
}

base::Result<std::string> invite(World& world, const Actor& actor,
                                 const Accounts::Invitation& invitation) {
    return world.database->write<std::string>([&](store::Transaction& transaction) {
        return world.accounts.invite(transaction, actor, invitation);
    });
}

TEST_P(AccountTest, InvitationsWorkOnceAndForSevenDays) {
    World world(GetParam());
    const auto mine = world.add_organisation(OrganisationKind::enterprise, "450204");
    const auto other = world.add_organisation(OrganisationKind::enterprise, "450204");
    const Account member = world.add_member("member", "enterprise_member", mine.id);
    const Actor actor = world.actor(member, mine.id);
    const Accounts::Invitation good{"new@example.org", "enterprise_member", "", mine.id};
    EXPECT_EQ(code_of(invite(world, Actor::visitor(), good)), "not_signed_in");
    EXPECT_EQ(code_of(invite(world, actor, {"", "enterprise_member", "", other.id})),
              "not_permitted");
    EXPECT_EQ(code_of(invite(world, actor, {"", "broker", "", mine.id})), "role_not_for_kind");
    EXPECT_EQ(code_of(invite(world, actor, {"", "officer", "450204", mine.id})),
              "role_not_for_kind");
    EXPECT_EQ(code_of(invite(world, actor, {"", "captain", "", mine.id})), "role_unknown");
    EXPECT_EQ(code_of(invite(world, actor, {"no", "enterprise_member", "", mine.id})),
              "email_malformed");
    EXPECT_EQ(code_of(invite(world, actor,
                             {"", "enterprise_member", "",
                              base::Id<Organisation>("00000000000000000000000000")})),
              "organisation_unknown");

    const std::string code = must(invite(world, actor, good));
    auto& database = *world.database;
    EXPECT_EQ(code_of(world.accounts.accept_invitation(database, "made-up", person("newcomer"))),
              "invitation_unknown");
    EXPECT_EQ(code_of(world.accounts.accept_invitation(database, code, person("member"))),
              "login_taken");
    EXPECT_EQ(code_of(world.accounts.accept_invitation(database, code, person("x"))),
              "form_invalid");
    const Account accepted =
        must(world.accounts.accept_invitation(database, code, person("newcomer")));
    EXPECT_EQ(world.actor(accepted, mine.id).grants.at(0).role, "enterprise_member");
    EXPECT_EQ(code_of(world.accounts.accept_invitation(database, code, person("second"))),
              "invitation_used");

    const std::string late = must(invite(world, actor, good));
    world.database.clock().advance(base::days(7));
    EXPECT_EQ(code_of(world.accounts.accept_invitation(database, late, person("third"))),
              "invitation_expired");
    const std::string for_member =
        must(invite(world, Actor::system(), {"", "enterprise_member", "", other.id}));
    const auto join = [&](const Actor& who) {
        return code_of(world.database->write<Membership>([&](store::Transaction& transaction) {
            return world.accounts.join(transaction, who, for_member);
        }));
    };
    EXPECT_EQ(join(Actor::visitor()), "not_signed_in");
    EXPECT_EQ(join(actor), "ok");
    EXPECT_EQ(join(actor), "invitation_used");
    EXPECT_EQ(world.actor(member, other.id).organisation, other.id);
}

TEST_P(AccountTest, ActsForOneOrganisationAtATime) {
    World world(GetParam());
    const auto first = world.add_organisation(OrganisationKind::enterprise, "450204");
    const auto second = world.add_organisation(OrganisationKind::enterprise, "450102");
    const auto third = world.add_organisation(OrganisationKind::enterprise, "450102");
    const Account member = world.add_member("member", "enterprise_member", first.id);
    world.database.clock().advance(base::seconds(1));
    world.give(member, "enterprise_member", second.id);
    const auto [session, token] = must(world.sign_in("member"));
    EXPECT_EQ(session.actor.organisation, first.id) << "the one held longest";
    ASSERT_EQ(session.actor.grants.size(), 1u);
    const auto act = [&, &cookie = token](const std::string& organisation) {
        return world.accounts.act_for(*world.database, cookie, organisation);
    };
    EXPECT_EQ(must(act(second.id.text())).actor.organisation, second.id);
    EXPECT_EQ(must(world.accounts.resume(*world.database, token)).actor.organisation, second.id);
    EXPECT_EQ(code_of(act(third.id.text())), "membership_unknown");
    EXPECT_EQ(must(act("")).actor.organisation, base::Id<Organisation>());
    EXPECT_EQ(code_of(world.accounts.act_for(*world.database, "made-up", "")), "not_signed_in");
    SignIn request;
    request.login = "member";
    request.password = good_password;
    request.organisation = third.id.text();
    EXPECT_EQ(code_of(world.accounts.sign_in(*world.database, request)), "membership_unknown");
    request.organisation = second.id.text();
    EXPECT_EQ(must(world.accounts.sign_in(*world.database, request)).first.actor.organisation,
              second.id);
}

TEST_P(AccountTest, EndingAMembershipEndsItsRights) {
    World world(GetParam());
    const auto mine = world.add_organisation(OrganisationKind::enterprise, "450204");
    const Account member = world.add_account("member");
    const Membership membership = world.give(member, "enterprise_member", mine.id);
    EXPECT_EQ(world.give(member, "enterprise_member", mine.id).id, membership.id)
        << "given twice, held once";
    const Account outsider = world.add_account("outsider");
    const Account admin = world.add_member("admin-one", "administrator", {}, "450000");
    const auto end = [&](const Actor& actor, const std::string& id) {
        return code_of(world.database->write<void>([&](store::Transaction& transaction) {
            return world.accounts.end_membership(transaction, actor, id);
        }));
    };
    EXPECT_EQ(end(world.actor(outsider), membership.id), "role_not_yours_to_give");
    EXPECT_EQ(end(world.actor(outsider), "nothing"), "membership_unknown");
    const auto [session, token] = must(world.sign_in("member"));
    EXPECT_EQ(session.actor.organisation, mine.id);
    EXPECT_EQ(end(world.actor(admin), membership.id), "ok");
    EXPECT_EQ(end(world.actor(admin), membership.id), "membership_unknown");
    const Session after = must(world.accounts.resume(*world.database, token));
    EXPECT_TRUE(after.actor.grants.empty());
    EXPECT_TRUE(after.actor.organisation.empty());
    const std::string only = must(
        world.database->read<std::string>([&](store::Reader& reader) -> base::Result<std::string> {
            return Accounts::memberships(reader, admin.id, world.database.clock().now())[0].id;
        }));
    EXPECT_EQ(end(world.actor(admin), only), "last_administrator");
}

TEST_P(AccountTest, RegistersWithAnOrganisation) {
    World world(GetParam());
    const auto office = world.add_organisation(OrganisationKind::government, "450200");
    const Account officer = world.add_member("officer-lz", "officer", office.id, "450200");
    OrganisationDraft draft;
    draft.credit_code = credit_code(500);
    draft.name = "柳州新来机械有限公司";
    draft.place = "450204";
    draft.is_sample = true;
    const auto apply = [&](const std::string& login, const OrganisationDraft& organisation) {
        return world.accounts.register_with_organisation(*world.database, person(login),
                                                         organisation, world.organisations);
    };
    OrganisationDraft office_draft = draft;
    office_draft.kind = OrganisationKind::government;
    EXPECT_EQ(code_of(apply("newcomer", office_draft)), "organisation_kind_not_open");
    EXPECT_EQ(code_of(apply("x", draft)), "form_invalid");
    OrganisationDraft bad = draft;
    bad.credit_code = "1";
    EXPECT_EQ(defects_of(apply("newcomer", bad)), "form_invalid credit_code:credit_code_invalid");
    EXPECT_EQ(code_of(world.sign_in("newcomer")), "sign_in_failed")
        << "the account of a refused registration is not there";
    const Account account = must(apply("newcomer", draft));
    EXPECT_EQ(code_of(apply("newcomer2", draft)), "organisation_exists");
    const auto [session, token] = must(world.sign_in("newcomer"));
    ASSERT_EQ(session.actor.grants.size(), 1u);
    EXPECT_EQ(session.actor.grants[0].role, "applicant");
    EXPECT_EQ(notices_of(world, officer.id), 1u);
    const base::Id<Organisation> organisation = session.actor.organisation;
    const Actor deciding = world.actor(officer, office.id);
    must(world.database->write<Organisation>([&](store::Transaction& transaction) {
        return world.organisations.verify(transaction, deciding, organisation,
                                          OrganisationState::verified, "");
    }));
    const Session after = must(world.accounts.resume(*world.database, token));
    EXPECT_EQ(after.actor.grants.at(0).role, "enterprise_member");
    EXPECT_EQ(notices_of(world, account.id), 1u);
    EXPECT_FALSE(must(world.database->read<Organisation>([&](store::Reader& reader) {
                     return Organisations::require(reader, organisation);
                 })).is_sample);
}

TEST_P(AccountTest, TheFirstAdministratorNeedsTheSetupCode) {
    World world(GetParam());
    auto& database = *world.database;
    EXPECT_EQ(code_of(world.accounts.set_up(database, "guess", person("first"))),
              "setup_code_wrong");
    const std::string old_code = must(world.accounts.make_setup_code(database));
    const std::string code = must(world.accounts.make_setup_code(database));
    EXPECT_NE(code, old_code);
    EXPECT_EQ(code_of(world.accounts.set_up(database, old_code, person("first"))),
              "setup_code_wrong");
    EXPECT_EQ(code_of(world.accounts.set_up(database, code, person("f"))), "form_invalid");
    const Account admin = must(world.accounts.set_up(database, code, person("first")));
    EXPECT_TRUE(world.actor(admin).holds("administrator"));
    EXPECT_EQ(world.actor(admin).grants[0].place, "450000");
    EXPECT_EQ(code_of(world.accounts.set_up(database, code, person("second"))), "already_set_up");
    EXPECT_EQ(must(world.accounts.make_setup_code(database)), "");
}

TEST_P(AccountTest, TheSetupCodeCannotBeGuessedForLong) {
    World world(GetParam());
    const std::string code = must(world.accounts.make_setup_code(*world.database));
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(code_of(world.accounts.set_up(*world.database, "guess", person("first"))),
                  "setup_code_wrong");
    EXPECT_EQ(code_of(world.accounts.set_up(*world.database, code, person("first"))), "locked_out");
}

TEST_P(AccountTest, KnowsWhomToNotify) {
    World world(GetParam());
    const auto office = world.add_organisation(OrganisationKind::government, "450000");
    const Account region = world.add_member("region", "officer", office.id, "450000");
    const Account city = world.add_member("city-nn", "officer", office.id, "450100");
    const auto nearest = [&](std::string_view place) {
        return must(world.database->read<std::string>(
            [&](store::Reader& reader) -> base::Result<std::string> {
                std::string text;
                for (const Account& account :
                     Accounts::holders_of(reader, "officer", place, world.database.clock().now()))
                    text += account.login + " ";
                return text;
            }));
    };
    EXPECT_EQ(nearest("450102"), "city-nn ");
    EXPECT_EQ(nearest("450204"), "region ");
    EXPECT_EQ(nearest("440106"), "");
    EXPECT_EQ(nearest(""), "");
}

}  // namespace

}  // namespace party
