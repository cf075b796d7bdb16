// Signing in, sessions and one's own account (struct PartyApi).

#include "party/inbox.h"
#include "party/party_api.h"

namespace party {

namespace {

namespace json = base::json;

json::object show(const SessionInfo& info) {
    return {{"id", info.id},
            {"address", info.address},
            {"device", info.device},
            {"created_at", base::to_iso(info.created_at)},
            {"seen_at", base::to_iso(info.seen_at)},
            {"current", info.current}};
}

json::object show(const Account& account) {
    return {{"id", account.id.text()},      {"name", account.name},
            {"login", account.login},       {"email", account.email},
            {"phone", account.phone},       {"language", base::tag_of(account.language)},
            {"has_totp", account.has_totp}, {"must_change_password", account.must_change_password},
            {"version", account.version}};
}

json::value show_organisation(store::Reader& reader, const Places& places,
                              const base::Id<Organisation>& id, base::Language language) {
    if (id.empty()) return nullptr;
    const auto organisation = Organisations::find(reader, id);
    if (!organisation) return nullptr;
    return json::object{{"id", organisation->id.text()},
                        {"name", organisation->name},
                        {"kind", to_string(organisation->kind)},
                        {"state", to_string(organisation->state)},
                        {"is_public_body", organisation->is_public_body},
                        {"place", organisation->place},
                        {"place_name", places.name(organisation->place, language)}};
}

std::string role_label(const Roles& roles, const std::string& code, base::Language language) {
    const Role* role = roles.find(code);
    return role == nullptr ? code : role->label.in(language);
}

/// Everything the workbench needs to know of who is there.
base::Result<json::object> describe(const PartyApi& api, store::Reader& reader,
                                    const Session& session, base::Language language) {
    const auto account = Accounts::find(reader, session.actor.account);
    if (!account) return base::refuse(base::not_found("account_unknown"));
    json::array grants;
    for (const Grant& grant : session.actor.grants)
        grants.push_back(json::object{{"role", grant.role},
                                      {"label", role_label(api.roles, grant.role, language)},
                                      {"place", grant.place},
                                      {"place_name", api.places.name(grant.place, language)},
                                      {"organisation", grant.organisation.text()}});
    json::array memberships;
    for (const Membership& membership :
         Accounts::memberships(reader, account->id, api.database.clock().now()))
        memberships.push_back(json::object{
            {"id", membership.id},
            {"role", membership.role},
            {"label", role_label(api.roles, membership.role, language)},
            {"place", membership.place},
            {"organisation",
             show_organisation(reader, api.places, membership.organisation, language)}});
    return json::object{{"account", show(*account)},
                        {"organisation", show_organisation(reader, api.places,
                                                           session.actor.organisation, language)},
                        {"grants", std::move(grants)},
                        {"memberships", std::move(memberships)},
                        {"csrf", session.csrf_token},
                        {"unread", Inbox::unread(reader, account->id)},
                        {"expires_at", base::to_iso(session.expires_at)}};
}

base::Result<http::Reply> answer(const PartyApi& api, const Session& session,
                                 base::Language language) {
    return http::ok(TRY(api.database.read<json::object>(
        [&](store::Reader& reader) { return describe(api, reader, session, language); })));
}

std::string cookie_of(const http::Request& request) {
    const auto found = request.cookies.find(std::string(PartyApi::cookie_name));
    return found == request.cookies.end() ? std::string() : found->second;
}

base::Result<http::Reply> sign_in(const PartyApi& api, const http::Request& request) {
    const json::object body = TRY(request.json());
    SignIn wanted;
    wanted.login = TRY(text_member(body, "login"));
    wanted.password = TRY(text_member(body, "password"));
    wanted.totp = TRY(text_member(body, "totp"));
    wanted.organisation = TRY(text_member(body, "organisation"));
    wanted.address = request.remote_address;
    wanted.device = request.header("user-agent");
    const auto [session, token] = TRY(api.accounts.sign_in(api.database, wanted));
    // The old session of this browser ends with the new one.
    if (const std::string old_token = cookie_of(request); !old_token.empty())
        TRY(api.accounts.sign_out(api.database, old_token));
    return TRY(answer(api, session, request.language)).with_cookie(api.session_cookie(token));
}

base::Result<http::Reply> list_sessions(const PartyApi& api, const http::Request& request) {
    const auto session = TRY(require_session(request));
    const auto infos = TRY(api.database.read<std::vector<SessionInfo>>(
        [&](store::Reader& reader) -> base::Result<std::vector<SessionInfo>> {
            return api.accounts.sessions(reader, session->actor, session->id,
                                         api.database.clock().now());
        }));
    json::array list;
    for (const SessionInfo& info : infos)
        list.push_back(show(info));
    return http::ok(json::object{{"sessions", std::move(list)}});
}

base::Result<http::Reply> update_account(const PartyApi& api, const http::Request& request) {
    const auto session = TRY(require_session(request));
    const std::int64_t version = TRY(request.if_match());
    const json::object body = TRY(request.json());
    Accounts::Profile profile;
    profile.name = TRY(text_member(body, "name"));
    profile.email = TRY(text_member(body, "email"));
    profile.phone = TRY(text_member(body, "phone"));
    const std::string tag = TRY(text_member(body, "language"));
    const auto language = base::parse_language(tag.empty() ? "zh-CN" : tag);
    if (!language) return base::refuse(base::invalid("language_unknown").at("language"));
    profile.language = *language;
    const Account account = TRY(api.database.write<Account>([&](store::Transaction& transaction) {
        return api.accounts.update(transaction, session->actor, profile, version);
    }));
    return http::ok(show(account)).with_version(account.version);
}

}  // namespace

base::Result<std::string> text_member(const base::json::object& body, std::string_view key) {
    const json::value* member = body.if_contains(key);
    if (member == nullptr || member->is_null()) return std::string();
    if (!member->is_string()) return base::refuse(base::invalid("field_wrong_type").at(key));
    return std::string(member->as_string());
}

void PartyApi::mount_sessions(http::Router& router) const {
    const PartyApi api = *this;
    router.post("/api/session", {.summary = "Sign in", .cost = 10},
                [api](const http::Request& request) { return sign_in(api, request); });
    router.get("/api/session", {.summary = "Who is signed in, with the token for changes"},
               [api](const http::Request& request) -> base::Result<http::Reply> {
                   const auto session = session_of(request);
                   if (!session) return http::ok(json::object{{"account", nullptr}});
                   return answer(api, *session, request.language);
               });
    router.del("/api/session", {.summary = "Sign out"},
               [api](const http::Request& request) -> base::Result<http::Reply> {
                   TRY(api.accounts.sign_out(api.database, cookie_of(request)));
                   return http::no_content().with_cookie(api.ended_cookie());
               });
    router.post("/api/session/organisation",
                {.summary = "Act for another of one's organisations", .signed_in = true},
                [api](const http::Request& request) -> base::Result<http::Reply> {
                    TRY(require_session(request));
                    const json::object body = TRY(request.json());
                    const std::string organisation = TRY(text_member(body, "organisation"));
                    const Session session =
                        TRY(api.accounts.act_for(api.database, cookie_of(request), organisation));
                    return answer(api, session, request.language);
                });
    router.get("/api/sessions", {.summary = "One's living sessions", .signed_in = true},
               [api](const http::Request& request) { return list_sessions(api, request); });
    router.del("/api/sessions/{id}", {.summary = "End one of one's sessions", .signed_in = true},
               [api](const http::Request& request) -> base::Result<http::Reply> {
                   const auto session = TRY(require_session(request));
                   TRY(api.database.write<void>([&](store::Transaction& transaction) {
                       return api.accounts.end_session(transaction, session->actor,
                                                       request.value("id"));
                   }));
                   return http::no_content();
               });
}

void PartyApi::mount_account(http::Router& router) const {
    const PartyApi api = *this;
    router.put("/api/account", {.summary = "Change one's name and addresses", .signed_in = true},
               [api](const http::Request& request) { return update_account(api, request); });
    router.post("/api/password",
                {.summary = "Change one's password", .signed_in = true, .cost = 10},
                [api](const http::Request& request) -> base::Result<http::Reply> {
                    const auto session = TRY(require_session(request));
                    const json::object body = TRY(request.json());
                    const std::string old_password = TRY(text_member(body, "old_password"));
                    const std::string new_password = TRY(text_member(body, "new_password"));
                    TRY(api.accounts.change_password(api.database, session->actor, old_password,
                                                     new_password, session->id));
                    return http::no_content();
                });
    router.post("/api/totp", {.summary = "Begin to set up one-time codes", .signed_in = true},
                [api](const http::Request& request) -> base::Result<http::Reply> {
                    const auto session = TRY(require_session(request));
                    return http::ok(json::object{
                        {"url", TRY(api.accounts.begin_totp(api.database, session->actor))}});
                });
    router.post("/api/totp/confirm",
                {.summary = "Switch one-time codes on", .signed_in = true, .cost = 10},
                [api](const http::Request& request) -> base::Result<http::Reply> {
                    const auto session = TRY(require_session(request));
                    const json::object body = TRY(request.json());
                    const std::string code = TRY(text_member(body, "code"));
                    TRY(api.accounts.confirm_totp(api.database, session->actor, code));
                    return http::no_content();
                });
    router.del("/api/totp", {.summary = "Switch one-time codes off", .signed_in = true, .cost = 10},
               [api](const http::Request& request) -> base::Result<http::Reply> {
                   const auto session = TRY(require_session(request));
                   const json::object body = TRY(request.json());
                   const std::string password = TRY(text_member(body, "password"));
                   TRY(api.accounts.end_totp(api.database, session->actor, password));
                   return http::no_content();
               });
}

}  // namespace party
