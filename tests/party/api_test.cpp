// The HTTP face of party, called through the router without sockets.

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/text.h"
#include "party/party_api.h"
#include "party/party_fixture.h"

namespace party {

namespace {

using party_test::code_of;
using party_test::credit_code;
using party_test::good_password;
using party_test::must;
using party_test::World;
namespace json = base::json;

/// A browser: keeps its cookie, sends its token, asks the hooks as the server does.
class Browser {
  public:
    explicit Browser(World& world)
        : api_{world.database.operator*(),
               world.places,
               world.permissions,
               world.roles,
               world.accounts,
               world.organisations,
               texts_} {
        api_.mount(router_);
    }

    base::Result<http::Reply> send(http::Method method, std::string path, std::string body = {},
                                   std::map<std::string, std::string> headers = {}) {
        http::Request request;
        request.method = method;
        const std::size_t mark = path.find('?');
        request.path = path.substr(0, mark);
        if (mark != std::string::npos) {
            for (const std::string& pair : base::split(path.substr(mark + 1), '&')) {
                const std::size_t equals = pair.find('=');
                request.query[pair.substr(0, equals)] = pair.substr(equals + 1);
            }
        }
        request.headers = {{"host", "guiqiao.test"}, {"content-type", "application/json"}};
        if (!csrf.empty()) request.headers["x-csrf-token"] = csrf;
        for (const auto& [name, value] : headers)
            request.headers[name] = value;
        request.body = std::move(body);
        request.remote_address = "192.0.2.7";
        if (!cookie.empty()) request.cookies["gq_session"] = cookie;
        api_.authenticate(request);
        const auto match = router_.find(method, request.path);
        CHECK_WITH(match.route != nullptr, request.path);
        request.path_values = match.path_values;
        if (match.route->info.signed_in && !request.session.has_value())
            return base::refuse(base::error(base::ErrorKind::unauthenticated, "not_signed_in"));
        TRY(api_.admit(request));
        auto reply = match.route->handler(request);
        if (reply && !reply->cookies.empty()) take_cookie(reply->cookies.back());
        return reply;
    }
    base::Result<http::Reply> get(const std::string& path) { return send(http::Method::get, path); }
    base::Result<http::Reply> post(const std::string& path, const json::value& body) {
        return send(http::Method::post, path, json::serialize(body));
    }
    base::Result<http::Reply> form(const std::string& path, const std::string& body,
                                   std::map<std::string, std::string> headers = {}) {
        headers.emplace("content-type", "application/x-www-form-urlencoded");
        return send(http::Method::post, path, body, std::move(headers));
    }
    base::Result<http::Reply> sign_in(const std::string& login,
                                      const std::string& password = good_password) {
        auto reply = post("/api/session", {{"login", login}, {"password", password}});
        if (reply) csrf = base::text_at(json::parse(reply->body).as_object(), "csrf");
        return reply;
    }

    std::string cookie, csrf, last_cookie;

  private:
    void take_cookie(const std::string& text) {
        last_cookie = text;
        const std::size_t from = text.find('=') + 1;
        cookie = text.substr(from, text.find(';') - from);
    }
    base::Texts texts_ = must(base::Texts::load(World::region() / "texts"));
    PartyApi api_;
    http::Router router_;
};

json::object body_of(const base::Result<http::Reply>& reply) {
    CHECK_WITH(reply.has_value(), reply ? "" : base::describe(reply.error()));
    return json::parse(reply->body).as_object();
}

class PartyApiTest : public support::DatabaseTest {};
ON_BOTH_DATABASES(PartyApiTest);

TEST_P(PartyApiTest, ASessionFromSignInToSignOut) {
    World world(GetParam());
    const auto mine = world.add_organisation(OrganisationKind::enterprise, "450204");
    world.add_member("member", "enterprise_member", mine.id);
    Browser browser(world);
    EXPECT_TRUE(body_of(browser.get("/api/session")).at("account").is_null());
    EXPECT_EQ(code_of(browser.get("/api/sessions")), "not_signed_in");
    EXPECT_EQ(code_of(browser.sign_in("member", "wrong-password")), "sign_in_failed");
    const json::object opened = body_of(browser.sign_in("member"));
    EXPECT_EQ(opened.at("account").at("login"), "member");
    EXPECT_EQ(opened.at("organisation").at("name"), mine.name.c_str());
    EXPECT_EQ(opened.at("grants").at(0).at("role"), "enterprise_member");
    EXPECT_EQ(opened.at("unread"), 0);
    EXPECT_NE(browser.last_cookie.find("; HttpOnly; SameSite=Lax;"), std::string::npos);
    EXPECT_EQ(browser.last_cookie.find("Secure"), std::string::npos);
    EXPECT_EQ(body_of(browser.get("/api/session")).at("csrf"), browser.csrf.c_str());
    EXPECT_EQ(body_of(browser.get("/api/sessions")).at("sessions").as_array().size(), 1u);
    EXPECT_EQ(code_of(browser.post("/api/session/organisation", {{"organisation", "x"}})),
              "membership_unknown");
    EXPECT_EQ(code_of(browser.send(http::Method::del, "/api/sessions/none")), "session_unknown");
    EXPECT_EQ(must(browser.send(http::Method::del, "/api/session")).status, 204);
    EXPECT_TRUE(browser.cookie.empty());
    EXPECT_TRUE(body_of(browser.get("/api/session")).at("account").is_null());
}

TEST_P(PartyApiTest, SigningInAgainEndsTheOldSession) {
    World world(GetParam());
    world.add_account("member");
    Browser browser(world);
    must(browser.sign_in("member"));
    const std::string old_cookie = browser.cookie;
    must(browser.sign_in("member"));
    EXPECT_NE(browser.cookie, old_cookie);
    EXPECT_EQ(code_of(world.accounts.resume(*world.database, old_cookie)), "not_signed_in");
}

TEST_P(PartyApiTest, ChangesNeedTheTokenAndOurOwnPages) {
    World world(GetParam());
    world.add_account("member");
    Browser browser(world);
    must(browser.sign_in("member"));
    const std::string csrf = browser.csrf;
    const auto read_all = [&](std::map<std::string, std::string> headers) {
        return code_of(
            browser.send(http::Method::post, "/api/inbox/all/read", "", std::move(headers)));
    };
    EXPECT_EQ(read_all({}), "ok");
    EXPECT_EQ(read_all({{"origin", "http://guiqiao.test"}}), "ok");
    EXPECT_EQ(read_all({{"origin", "https://evil.test"}}), "origin_refused");
    EXPECT_EQ(read_all({{"origin", "null"}}), "origin_refused");
    EXPECT_EQ(read_all({{"sec-fetch-site", "cross-site"}}), "origin_refused");
    EXPECT_EQ(read_all({{"sec-fetch-site", "same-site"}}), "origin_refused");
    EXPECT_EQ(read_all({{"sec-fetch-site", "same-origin"}}), "ok");
    EXPECT_EQ(read_all({{"x-csrf-token", "wrong"}}), "csrf_token_wrong");
    browser.csrf.clear();
    EXPECT_EQ(read_all({}), "csrf_token_wrong");
    EXPECT_EQ(code_of(browser.get("/api/inbox")), "ok") << "reading needs no token";
    EXPECT_EQ(code_of(browser.form("/sign-out", "csrf=wrong")), "csrf_token_wrong");
    const auto left = must(browser.form("/sign-out", "csrf=" + csrf));
    EXPECT_EQ(left.status, 303);
    EXPECT_EQ(left.headers.at("Location"), "/");
}

TEST_P(PartyApiTest, APasswordSetBySomebodyElseIsChangedFirst) {
    World world(GetParam());
    Accounts::NewAccount draft;
    draft.login = "fresh";
    draft.name = "新人";
    draft.password = good_password;
    draft.must_change_password = true;
    must(world.accounts.create(*world.database, Actor::system(), draft));
    Browser browser(world);
    const json::object opened = body_of(browser.sign_in("fresh"));
    EXPECT_TRUE(opened.at("account").at("must_change_password").as_bool());
    EXPECT_EQ(code_of(browser.post("/api/inbox/all/read", json::object{})),
              "password_change_required");
    EXPECT_EQ(code_of(browser.get("/api/inbox")), "ok");
    EXPECT_EQ(code_of(browser.post("/api/password", {{"old_password", good_password},
                                                     {"new_password", "osmanthus-by-river"}})),
              "ok");
    EXPECT_EQ(code_of(browser.post("/api/inbox/all/read", json::object{})), "ok");
}

TEST_P(PartyApiTest, TheSignInFormRedirectsWithinTheSite) {
    World world(GetParam());
    world.add_account("member");
    Browser browser(world);
    const auto location = [&](const std::string& body) {
        return must(browser.form("/sign-in", body)).headers.at("Location");
    };
    EXPECT_EQ(location("login=member&password=wrong&next=%2Fentries%2F1"),
              "/sign-in?error=sign_in_failed&next=/entries/1");
    EXPECT_TRUE(browser.cookie.empty());
    const std::string right = "login=member&password=" + good_password;
    EXPECT_EQ(location(right + "&next=%2Fentries%2F1"), "/entries/1");
    EXPECT_FALSE(browser.cookie.empty());
    EXPECT_EQ(location(right), "/desk/");
    for (const char* elsewhere :
         {"https%3A%2F%2Fevil.test", "%2F%2Fevil.test", "%2F%5Cevil.test", "%2Fa%0D%0Ab"})
        EXPECT_EQ(location(right + "&next=" + elsewhere), "/desk/") << elsewhere;
    EXPECT_EQ(code_of(browser.form("/sign-in", right, {{"origin", "https://evil.test"}})),
              "origin_refused");
}

TEST_P(PartyApiTest, WrongBodiesAreRefused) {
    World world(GetParam());
    Browser browser(world);
    EXPECT_EQ(code_of(browser.send(http::Method::post, "/api/session", "{")), "json_malformed");
    EXPECT_EQ(code_of(browser.post("/api/session", {{"login", 7}})), "field_wrong_type");
    EXPECT_EQ(code_of(browser.form("/api/session", "login=a")), "content_type_unsupported");
    EXPECT_EQ(code_of(browser.post("/api/setup", json::object{})), "field_missing");
    EXPECT_EQ(code_of(browser.post("/api/register", json::object{})), "organisation_kind_unknown");
    EXPECT_EQ(code_of(browser.get("/api/organisations/x")), "organisation_unknown");
    EXPECT_EQ(code_of(browser.get("/api/organisations/00000000000000000000000000")),
              "organisation_unknown");
    EXPECT_EQ(code_of(browser.get("/api/organisations?kind=circus")), "organisation_kind_unknown");
    EXPECT_EQ(code_of(browser.get("/api/organisations?place=450999")), "place_unknown");
    EXPECT_EQ(code_of(browser.get("/api/organisations?limit=0")), "query_malformed");
}

TEST_P(PartyApiTest, RegisterVerifyAndChange) {
    World world(GetParam());
    const auto office = world.add_organisation(OrganisationKind::government, "450200");
    world.add_member("officer", "officer", office.id, "450200");
    Browser visitor(world), officer(world), member(world);
    const json::object registration = {
        {"account", {{"login", "newcomer"}, {"name", "韦一"}, {"password", good_password}}},
        {"organisation",
         {{"credit_code", credit_code(900)},
          {"name", "柳州新来机械有限公司"},
          {"place", "450204"},
          {"kind", "enterprise"}}}};
    EXPECT_EQ(must(visitor.post("/api/register", registration)).status, 201);
    const std::string id =
        std::string(body_of(member.sign_in("newcomer")).at("organisation").at("id").as_string());
    EXPECT_EQ(code_of(visitor.get("/api/organisations/" + id)), "organisation_unknown")
        << "not public before it is verified";
    EXPECT_EQ(body_of(visitor.get("/api/organisations")).at("organisations").as_array().size(), 1u);
    EXPECT_EQ(code_of(visitor.get("/api/organisations?state=pending")), "not_signed_in");
    must(officer.sign_in("officer"));
    EXPECT_EQ(body_of(officer.get("/api/organisations?state=pending"))
                  .at("organisations")
                  .as_array()
                  .size(),
              1u);
    EXPECT_EQ(code_of(officer.get("/api/organisations?state=pending&place=450100")),
              "not_permitted");
    EXPECT_EQ(body_of(officer.get("/api/inbox")).at("unread"), 1);
    const std::string verify = "/api/organisations/" + id + "/verify";
    EXPECT_EQ(code_of(member.post(verify, {{"decision", "verified"}})), "not_permitted");
    EXPECT_EQ(code_of(officer.post(verify, {{"decision", "perhaps"}})), "decision_unknown");
    EXPECT_EQ(code_of(officer.post(verify, {{"decision", "refused"}})), "reason_missing");
    EXPECT_EQ(code_of(officer.post(verify, {{"decision", "verified"}})), "ok");
    const json::object seen = body_of(visitor.get("/api/organisations/" + id));
    EXPECT_EQ(seen.at("state"), "verified");
    EXPECT_FALSE(seen.contains("address")) << "visitors see the public part only";

    const json::object change = {{"credit_code", credit_code(900)},
                                 {"name", "柳州新来机械有限公司"},
                                 {"place", "450204"},
                                 {"kind", "enterprise"},
                                 {"address", "柳南区"}};
    const auto put = [&](const std::string& version) {
        return member.send(http::Method::put, "/api/organisations/" + id, json::serialize(change),
                           {{"if-match", "\"" + version + "\""}});
    };
    EXPECT_EQ(code_of(member.send(http::Method::put, "/api/organisations/" + id,
                                  json::serialize(change))),
              "precondition_required");
    EXPECT_EQ(code_of(put("1")), "version_stale");
    EXPECT_EQ(body_of(put("2")).at("address"), "柳南区");
    const auto members = body_of(member.get("/api/organisations/" + id + "/members"));
    EXPECT_EQ(members.at("members").at(0).at("login"), "newcomer");
    EXPECT_EQ(code_of(visitor.get("/api/organisations/" + id + "/members")), "not_signed_in");
}

TEST_P(PartyApiTest, InvitePeopleAndEndTheirMembership) {
    World world(GetParam());
    const auto mine = world.add_organisation(OrganisationKind::enterprise, "450204");
    world.add_member("member", "enterprise_member", mine.id);
    Browser member(world), visitor(world);
    must(member.sign_in("member"));
    EXPECT_EQ(code_of(visitor.post("/api/invitations", {{"role", "enterprise_member"}})),
              "not_signed_in");
    EXPECT_EQ(code_of(member.post("/api/invitations", json::object{})), "field_missing");
    const auto invited = member.post(
        "/api/invitations", {{"role", "enterprise_member"}, {"organisation", mine.id.text()}});
    const std::string code(body_of(invited).at("code").as_string());
    EXPECT_EQ(invited->status, 201);
    EXPECT_EQ(must(visitor.form("/invitations/" + code,
                                "login=second&person_name=Second&password=" + good_password))
                  .status,
              303);
    EXPECT_EQ(
        code_of(visitor.post("/api/invitations/accept", {{"code", code}, {"login", "third"}})),
        "invitation_used");
    const auto members = body_of(member.get("/api/organisations/" + mine.id.text() + "/members"));
    ASSERT_EQ(members.at("members").as_array().size(), 2u);
    for (const json::value& each : members.at("members").as_array()) {
        if (each.at("login") != "second") continue;
        const std::string membership(each.at("roles").at(0).at("membership").as_string());
        EXPECT_EQ(code_of(member.send(http::Method::del, "/api/memberships/" + membership)), "ok");
    }
    EXPECT_EQ(body_of(member.get("/api/organisations/" + mine.id.text() + "/members"))
                  .at("members")
                  .as_array()
                  .size(),
              1u);
}

TEST_P(PartyApiTest, OnesOwnAccount) {
    World world(GetParam());
    world.add_account("member");
    Browser browser(world);
    must(browser.sign_in("member"));
    const auto put = [&](const json::object& body, const std::string& version) {
        return browser.send(http::Method::put, "/api/account", json::serialize(body),
                            {{"if-match", "\"" + version + "\""}});
    };
    EXPECT_EQ(code_of(put({{"name", "韦二"}, {"language", "xx"}}, "1")), "language_unknown");
    EXPECT_EQ(body_of(put({{"name", "韦二"}, {"language", "en"}}, "1")).at("name"), "韦二");
    EXPECT_EQ(code_of(put({{"name", "韦三"}}, "1")), "version_stale");
    EXPECT_EQ(code_of(browser.post("/api/password", {{"old_password", "wrong"},
                                                     {"new_password", "osmanthus-by-river"}})),
              "password_wrong");
    EXPECT_EQ(code_of(browser.post("/api/password", {{"old_password", good_password},
                                                     {"new_password", "osmanthus-by-river"}})),
              "ok");
    EXPECT_TRUE(body_of(browser.post("/api/totp", json::object{})).contains("url"));
    EXPECT_EQ(code_of(browser.post("/api/totp/confirm", {{"code", "000"}})), "totp_wrong");
    EXPECT_EQ(code_of(browser.send(http::Method::del, "/api/totp", R"({"password": "x"})")),
              "password_wrong");
    EXPECT_EQ(code_of(browser.post("/api/inbox/nothing/read", json::object{})), "notice_unknown");
}

TEST_P(PartyApiTest, PlacesAndRolesForEverybody) {
    World world(GetParam());
    Browser visitor(world);
    const json::object region = body_of(visitor.get("/api/places"));
    EXPECT_EQ(region.at("code"), "450000");
    EXPECT_EQ(region.at("children").as_array().size(), 14u);
    EXPECT_EQ(body_of(visitor.get("/api/roles")).at("roles").as_array().size(),
              world.roles.all().size());
}

TEST_P(PartyApiTest, SetUpOnce) {
    World world(GetParam());
    Browser visitor(world);
    const std::string code = must(world.accounts.make_setup_code(*world.database));
    const json::object account = {
        {"login", "first"}, {"name", "管理员"}, {"password", good_password}};
    EXPECT_EQ(code_of(visitor.post("/api/setup", {{"code", "guess"}, {"account", account}})),
              "setup_code_wrong");
    EXPECT_EQ(
        must(visitor.form("/setup", "code=" + code +
                                        "&login=first&person_name=Admin&password=" + good_password))
            .status,
        303);
    EXPECT_EQ(code_of(visitor.post("/api/setup", {{"code", code}, {"account", account}})),
              "already_set_up");
    Browser admin(world);
    const json::object opened = body_of(admin.sign_in("first"));
    EXPECT_EQ(opened.at("grants").at(0).at("role"), "administrator");
    const Account other = world.add_account("other");
    const std::string path = "/api/accounts/" + other.id.text() + "/active";
    EXPECT_EQ(code_of(admin.post(path, {{"active", "no"}})), "field_wrong_type");
    EXPECT_EQ(code_of(admin.post(path, {{"active", false}})), "ok");
    EXPECT_EQ(code_of(world.sign_in("other")), "account_inactive");
}

}  // namespace

}  // namespace party
