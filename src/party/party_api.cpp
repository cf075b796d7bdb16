#include "party/party_api.h"

#include <set>

#include "base/text.h"
#include "party/inbox.h"
#include "party/once_api.h"

namespace party {

namespace {

namespace json = base::json;

json::object show_place(const Places& places, const Place& place, base::Language language) {
    json::object shown{{"code", place.code}, {"name", place.name.in(language)}};
    json::array children;
    for (const Place& child : places.children(place.code))
        children.push_back(show_place(places, child, language));
    if (!children.empty()) shown["children"] = std::move(children);
    return shown;
}

json::object show(const PartyApi& api, const Organisation& organisation, const Actor& actor,
                  base::Language language) {
    json::object shown{{"id", organisation.id.text()},
                       {"name", organisation.name},
                       {"name_en", organisation.name_en},
                       {"credit_code", organisation.credit_code},
                       {"kind", to_string(organisation.kind)},
                       {"is_public_body", organisation.is_public_body},
                       {"place", organisation.place},
                       {"place_name", api.places.name(organisation.place, language)},
                       {"introduction", organisation.introduction},
                       {"state", to_string(organisation.state)},
                       {"is_sample", organisation.is_sample}};
    const Standing standing = api.organisations.standing_of(organisation);
    if (!api.permissions.may(actor, "organisation.read_private", standing)) return shown;
    shown["address"] = organisation.address;
    shown["decision_reason"] = organisation.decision_reason;
    shown["version"] = organisation.version;
    shown["created_at"] = base::to_iso(organisation.created_at);
    shown["may_update"] = api.permissions.may(actor, "organisation.update", standing);
    shown["may_verify"] = api.permissions.may(actor, "organisation.verify", standing);
    return shown;
}

bool may_see(const PartyApi& api, const Organisation& organisation, const Actor& actor) {
    return organisation.state == OrganisationState::verified ||
           api.permissions.may(actor, "organisation.read_private",
                               api.organisations.standing_of(organisation));
}

/// Where this actor looks when he does not say: the first place he holds a role at.
std::string home_of(const Actor& actor, const std::string& region) {
    for (const Grant& grant : actor.grants)
        if (!grant.place.empty()) return grant.place;
    return region;
}

base::Result<Organisations::Filter> read_filter(const PartyApi& api, const http::Request& request) {
    Organisations::Filter filter;
    filter.place = request.query_or("place");
    if (!filter.place.empty()) TRY(api.places.require(filter.place));
    if (const std::string kind = request.query_or("kind"); !kind.empty())
        filter.kind = TRY(parse_organisation_kind(kind));
    filter.name_part = base::trim(request.query_or("q"));
    if (filter.name_part.size() > 200 || !base::is_valid_utf8(filter.name_part))
        return base::refuse(base::invalid("field_too_long").with("max", "60").at("q"));
    filter.after = request.query_or("after");
    filter.limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 50, 1, 200)));
    const std::string state = request.query_or("state", "verified");
    if (state != "any") filter.state = TRY(parse_organisation_state(state));
    if (state == "verified") return filter;
    // What is not verified is seen only by whoever looks after the place asked for.
    const Actor actor = actor_of(request);
    if (filter.place.empty()) filter.place = home_of(actor, api.places.region().code);
    Standing standing;
    standing.place = filter.place;
    TRY(api.permissions.require(actor, "organisation.read_private", standing));
    return filter;
}

base::Result<http::Reply> list_organisations(const PartyApi& api, const http::Request& request) {
    const Actor actor = actor_of(request);
    const Organisations::Filter filter = TRY(read_filter(api, request));
    const auto found = TRY(api.database.read<std::vector<Organisation>>(
        [&](store::Reader& reader) -> base::Result<std::vector<Organisation>> {
            return Organisations::list(reader, filter);
        }));
    json::array list;
    for (const Organisation& organisation : found)
        list.push_back(show(api, organisation, actor, request.language));
    json::object answer{{"organisations", std::move(list)}};
    if (found.size() == filter.limit) answer["next"] = found.back().id.text();
    return http::ok(answer);
}

base::Result<http::Reply> read_organisation(const PartyApi& api, const http::Request& request) {
    const Actor actor = actor_of(request);
    const auto id = TRY(path_id<Organisation>(request, "id", "organisation_unknown"));
    const Organisation organisation = TRY(api.database.read<Organisation>(
        [&](store::Reader& reader) { return Organisations::require(reader, id); }));
    if (!may_see(api, organisation, actor))
        return base::refuse(base::not_found("organisation_unknown"));
    return http::ok(show(api, organisation, actor, request.language))
        .with_version(organisation.version);
}

base::Result<http::Reply> create_organisation(const PartyApi& api, const http::Request& request) {
    const auto session = TRY(require_session(request));
    const json::object body = TRY(request.json());
    const OrganisationDraft draft = TRY(read_organisation_draft(body));
    return write_once(
        api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const Organisation organisation =
                TRY(api.organisations.create(transaction, session->actor, draft));
            return http::created(show(api, organisation, session->actor, request.language),
                                 "/api/organisations/" + organisation.id.text());
        });
}

base::Result<http::Reply> update_organisation(const PartyApi& api, const http::Request& request) {
    const auto session = TRY(require_session(request));
    const auto id = TRY(path_id<Organisation>(request, "id", "organisation_unknown"));
    const std::int64_t version = TRY(request.if_match());
    const json::object body = TRY(request.json());
    const OrganisationDraft draft = TRY(read_organisation_draft(body));
    const Organisation organisation =
        TRY(api.database.write<Organisation>([&](store::Transaction& transaction) {
            return api.organisations.update(transaction, session->actor, id, draft, version);
        }));
    return http::ok(show(api, organisation, session->actor, request.language))
        .with_version(organisation.version);
}

base::Result<http::Reply> verify_organisation(const PartyApi& api, const http::Request& request) {
    const auto session = TRY(require_session(request));
    const auto id = TRY(path_id<Organisation>(request, "id", "organisation_unknown"));
    const json::object body = TRY(request.json());
    const std::string decision = TRY(base::require_text(body, "decision"));
    const std::string reason = TRY(text_member(body, "reason"));
    const auto state = parse_organisation_state(decision);
    if (!state || *state == OrganisationState::pending)
        return base::refuse(base::invalid("decision_unknown").at("decision"));
    const Organisation organisation =
        TRY(api.database.write<Organisation>([&](store::Transaction& transaction) {
            return api.organisations.verify(transaction, session->actor, id, *state, reason);
        }));
    return http::ok(show(api, organisation, session->actor, request.language))
        .with_version(organisation.version);
}

json::object show_member(const PartyApi& api, store::Reader& reader, const Account& account,
                         const base::Id<Organisation>& organisation, base::Language language) {
    json::array roles;
    for (const Membership& membership :
         Accounts::memberships(reader, account.id, api.database.clock().now())) {
        if (membership.organisation != organisation) continue;
        const Role* role = api.roles.find(membership.role);
        roles.push_back(
            json::object{{"membership", membership.id},
                         {"role", membership.role},
                         {"label", role == nullptr ? membership.role : role->label.in(language)},
                         {"place", membership.place},
                         {"since", base::to_iso(membership.valid_from)}});
    }
    return {{"id", account.id.text()}, {"name", account.name},   {"login", account.login},
            {"email", account.email},  {"phone", account.phone}, {"roles", std::move(roles)}};
}

base::Result<http::Reply> list_members(const PartyApi& api, const http::Request& request) {
    const auto session = TRY(require_session(request));
    const auto id = TRY(path_id<Organisation>(request, "id", "organisation_unknown"));
    return http::ok(TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            const Organisation organisation = TRY(Organisations::require(reader, id));
            TRY(api.permissions.require(session->actor, "organisation.members",
                                        api.organisations.standing_of(organisation)));
            json::array members;
            for (const Account& account :
                 Accounts::members_of(reader, id, api.database.clock().now()))
                members.push_back(show_member(api, reader, account, id, request.language));
            return json::object{{"members", std::move(members)}};
        })));
}

base::Result<http::Reply> invite(const PartyApi& api, const http::Request& request) {
    const auto session = TRY(require_session(request));
    const json::object body = TRY(request.json());
    Accounts::Invitation invitation;
    invitation.email = TRY(text_member(body, "email"));
    invitation.role = TRY(base::require_text(body, "role"));
    invitation.place = TRY(text_member(body, "place"));
    if (const std::string id = TRY(text_member(body, "organisation")); !id.empty())
        invitation.organisation = TRY(base::Id<Organisation>::parse(id));
    return write_once(
        api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            const std::string code =
                TRY(api.accounts.invite(transaction, session->actor, invitation));
            return http::created(json::object{{"code", code}, {"link", "/invitations/" + code}},
                                 "/invitations/" + code);
        });
}

http::Reply made_account(const Account& account) {
    return http::created(json::object{{"account", account.id.text()}}, "/sign-in");
}

base::Result<http::Reply> accept_invitation(const PartyApi& api, const http::Request& request) {
    const json::object body = TRY(request.json());
    const std::string code = TRY(base::require_text(body, "code"));
    if (const auto session = session_of(request)) {
        return write_once(
            api.database, request,
            [&](store::Transaction& transaction) -> base::Result<http::Reply> {
                const Membership membership =
                    TRY(api.accounts.join(transaction, session->actor, code));
                return http::ok(json::object{{"account", session->actor.account.text()},
                                             {"organisation", membership.organisation.text()}});
            });
    }
    const Accounts::NewAccount draft = TRY(read_new_account(body));
    const auto outcome = outcome_once<Account>(api.database, request, made_account);
    return made_account(TRY(api.accounts.accept_invitation(api.database, code, draft, outcome)));
}

json::object show(const Notice& notice, const base::Texts& texts, base::Language language) {
    json::object parameters;
    for (const auto& [key, value] : notice.parameters)
        parameters[key] = value;
    return {{"id", notice.id},
            {"text_key", notice.text_key},
            {"parameters", std::move(parameters)},
            {"text", texts.get(language, notice.text_key, notice.parameters)},
            {"link", notice.link},
            {"at", base::to_iso(notice.at)},
            {"read", notice.read}};
}

base::Result<http::Reply> read_inbox(const PartyApi& api, const http::Request& request) {
    const auto session = TRY(require_session(request));
    const auto limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 50, 1, 200)));
    const std::string after = request.query_or("after");
    return http::ok(TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            const auto& account = session->actor.account;
            json::array list;
            const auto notices = Inbox::list(reader, account, after, limit);
            for (const Notice& notice : notices)
                list.push_back(show(notice, api.texts, request.language));
            json::object answer{{"notices", std::move(list)},
                                {"unread", Inbox::unread(reader, account)}};
            if (notices.size() == limit) answer["next"] = notices.back().id;
            return answer;
        })));
}

json::object show(const Role& role, base::Language language) {
    json::array kinds;
    for (const OrganisationKind kind : role.organisation_kinds)
        kinds.push_back(json::value(to_string(kind)));
    return {{"code", role.code},
            {"label", role.label.in(language)},
            {"scope", role.scope == RoleScope::place ? "place" : "organisation"},
            {"organisation_kinds", std::move(kinds)}};
}

}  // namespace

base::Result<Accounts::NewAccount> read_new_account(const base::json::object& body) {
    Accounts::NewAccount draft;
    draft.login = TRY(text_member(body, "login"));
    draft.name = TRY(text_member(body, "name"));
    draft.email = TRY(text_member(body, "email"));
    draft.phone = TRY(text_member(body, "phone"));
    draft.password = TRY(text_member(body, "password"));
    const std::string tag = TRY(text_member(body, "language"));
    const auto language = base::parse_language(tag.empty() ? "zh-CN" : tag);
    if (!language) return base::refuse(base::invalid("language_unknown").at("language"));
    draft.language = *language;
    return draft;
}

base::Result<OrganisationDraft> read_organisation_draft(const base::json::object& body) {
    OrganisationDraft draft;
    draft.credit_code = TRY(text_member(body, "credit_code"));
    draft.name = TRY(text_member(body, "name"));
    draft.name_en = TRY(text_member(body, "name_en"));
    draft.place = TRY(text_member(body, "place"));
    draft.address = TRY(text_member(body, "address"));
    draft.introduction = TRY(text_member(body, "introduction"));
    draft.kind = TRY(parse_organisation_kind(TRY(text_member(body, "kind"))));
    if (const json::value* flag = body.if_contains("is_public_body"); flag != nullptr) {
        if (!flag->is_bool())
            return base::refuse(base::invalid("field_wrong_type").at("is_public_body"));
        draft.is_public_body = flag->as_bool();
    }
    return draft;
}

void PartyApi::mount_organisations(http::Router& router) const {
    const PartyApi api = *this;
    router.get("/api/places", {.summary = "The tree of places with their names"},
               [api](const http::Request& request) -> base::Result<http::Reply> {
                   return http::ok(show_place(api.places, api.places.region(), request.language));
               });
    router.get("/api/organisations",
               {.summary = "Organisations by place, kind, state and part of the name"},
               [api](const http::Request& request) { return list_organisations(api, request); });
    router.post(
        "/api/organisations",
        {.summary = "Enter a verified organisation (officers)", .signed_in = true, .creates = true},
        [api](const http::Request& request) { return create_organisation(api, request); });
    router.get("/api/organisations/{id}", {.summary = "One organisation"},
               [api](const http::Request& request) { return read_organisation(api, request); });
    router.put("/api/organisations/{id}", {.summary = "Change an organisation", .signed_in = true},
               [api](const http::Request& request) { return update_organisation(api, request); });
    router.post("/api/organisations/{id}/verify",
                {.summary = "Verify, refuse or suspend an organisation", .signed_in = true},
                [api](const http::Request& request) { return verify_organisation(api, request); });
    router.get("/api/organisations/{id}/members",
               {.summary = "Who acts for an organisation", .signed_in = true},
               [api](const http::Request& request) { return list_members(api, request); });
}

void PartyApi::mount_people(http::Router& router) const {
    const PartyApi api = *this;
    router.get("/api/roles", {.summary = "The roles of the region"},
               [api](const http::Request& request) -> base::Result<http::Reply> {
                   json::array list;
                   for (const Role& role : api.roles.all())
                       list.push_back(show(role, request.language));
                   return http::ok(json::object{{"roles", std::move(list)}});
               });
    router.post("/api/invitations",
                {.summary = "Invite somebody to a role", .signed_in = true, .creates = true},
                [api](const http::Request& request) { return invite(api, request); });
    router.post("/api/invitations/accept",
                {.summary = "Accept an invitation, with a new account or one's own",
                 .creates = true,
                 .cost = 10},
                [api](const http::Request& request) { return accept_invitation(api, request); });
    router.del("/api/memberships/{id}", {.summary = "End a membership", .signed_in = true},
               [api](const http::Request& request) -> base::Result<http::Reply> {
                   const auto session = TRY(require_session(request));
                   TRY(api.database.write<void>([&](store::Transaction& transaction) {
                       return api.accounts.end_membership(transaction, session->actor,
                                                          request.value("id"));
                   }));
                   return http::no_content();
               });
    router.post(
        "/api/accounts/{id}/active", {.summary = "Switch an account on or off", .signed_in = true},
        [api](const http::Request& request) -> base::Result<http::Reply> {
            const auto session = TRY(require_session(request));
            const auto id = TRY(path_id<Account>(request, "id", "account_unknown"));
            const json::object body = TRY(request.json());
            const json::value* active = body.if_contains("active");
            if (active == nullptr || !active->is_bool())
                return base::refuse(base::invalid("field_wrong_type").at("active"));
            TRY(api.database.write<void>([&](store::Transaction& transaction) {
                return api.accounts.set_active(transaction, session->actor, id, active->as_bool());
            }));
            return http::no_content();
        });
    router.get("/api/inbox", {.summary = "One's messages, newest first", .signed_in = true},
               [api](const http::Request& request) { return read_inbox(api, request); });
    router.post(
        "/api/inbox/{id}/read", {.summary = "Mark a message, or all, as read", .signed_in = true},
        [api](const http::Request& request) -> base::Result<http::Reply> {
            const auto session = TRY(require_session(request));
            TRY(api.database.write<void>([&](store::Transaction& transaction) {
                return Inbox::mark_read(transaction, session->actor.account, request.value("id"));
            }));
            return http::no_content();
        });
    mount_joining(router);
}

void PartyApi::mount_joining(http::Router& router) const {
    const PartyApi api = *this;
    router.post(
        "/api/register",
        {.summary = "Register an organisation with its first member", .creates = true, .cost = 20},
        [api](const http::Request& request) -> base::Result<http::Reply> {
            const json::object body = TRY(request.json());
            const auto account = TRY(read_new_account(base::object_at(body, "account")));
            const auto organisation =
                TRY(read_organisation_draft(base::object_at(body, "organisation")));
            return made_account(TRY(api.accounts.register_with_organisation(
                api.database, account, organisation, api.organisations,
                outcome_once<Account>(api.database, request, made_account))));
        });
    router.post("/api/setup",
                {.summary = "Make the first administrator", .creates = true, .cost = 20},
                [api](const http::Request& request) -> base::Result<http::Reply> {
                    const json::object body = TRY(request.json());
                    const std::string code = TRY(base::require_text(body, "code"));
                    const auto account = TRY(read_new_account(base::object_at(body, "account")));
                    return made_account(TRY(api.accounts.set_up(
                        api.database, code, account,
                        outcome_once<Account>(api.database, request, made_account))));
                });
}

void PartyApi::mount(http::Router& router) const {
    mount_sessions(router);
    mount_account(router);
    mount_organisations(router);
    mount_people(router);
    mount_forms(router);
}

}  // namespace party
