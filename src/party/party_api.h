#pragma once

#include <string>

#include "http/reply.h"
#include "http/request.h"
#include "http/router.h"
#include "party/account.h"
#include "party/organisation.h"
#include "party/permission.h"
#include "party/place.h"
#include "party/role.h"
#include "party/session_api.h"
#include "store/database.h"

namespace party {

/// The HTTP face of people and organisations: sign-in, sessions, places, organisations,
/// invitations, inbox, and the two hooks that guard every request. Holds references only; they
/// must outlive the router. Thread-safe.
struct PartyApi {
    store::Database& database;
    const Places& places;
    const Permissions& permissions;
    const Roles& roles;
    const Accounts& accounts;
    const Organisations& organisations;
    const base::Texts& texts;
    /// Cookies only over TLS; off for plain http on one's own machine.
    bool secure_cookies = false;
    /// "https://host" as people reach the site; empty: the Host header is trusted for comparing.
    std::string public_origin;

    static constexpr std::string_view cookie_name = "gq_session";

    void mount(http::Router& router) const;

    /// Hook: puts the session of the cookie on the request and, where the request does not say
    /// otherwise, its language.
    void authenticate(http::Request& request) const;
    /// Hook: a changing request must come from our own pages (`origin_refused`) and, when it
    /// carries a session, bring the session's token in X-CSRF-Token or in the form field `csrf`
    /// (`csrf_token_wrong`). Signing in is guarded by the origin alone. Who has to change his
    /// password can do nothing else before (`password_change_required`).
    base::Status admit(const http::Request& request) const;
    /// Hook: whose rate limit and idempotency keys these are.
    static std::string scope_of(const http::Request& request);

    /// Set-Cookie values.
    std::string session_cookie(std::string_view token) const;
    std::string ended_cookie() const;

  private:
    void mount_sessions(http::Router& router) const;
    void mount_account(http::Router& router) const;
    void mount_organisations(http::Router& router) const;
    void mount_people(http::Router& router) const;
    void mount_joining(http::Router& router) const;
    void mount_forms(http::Router& router) const;
};

/// The member as text, empty if absent; `field_wrong_type` if it is something else.
base::Result<std::string> text_member(const base::json::object& body, std::string_view key);
base::Result<Accounts::NewAccount> read_new_account(const base::json::object& body);
base::Result<OrganisationDraft> read_organisation_draft(const base::json::object& body);

}  // namespace party
