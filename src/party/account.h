#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "base/texts.h"
#include "party/actor.h"
#include "party/organisation.h"
#include "party/permission.h"
#include "party/place.h"
#include "party/role.h"
#include "store/database.h"
#include "store/outcome.h"

namespace party {

struct Account {
    base::Id<Account> id;
    std::string login;
    std::string name;
    std::string email;
    std::string phone;
    base::Language language = base::Language::zh_cn;
    bool active = true;
    bool has_totp = false;
    bool must_change_password = false;
    std::int64_t version = 1;
};

struct Membership {
    std::string id;
    base::Id<Account> account;
    base::Id<Organisation> organisation;
    std::string role;
    std::string place;
    base::Time valid_from;
    std::optional<base::Time> valid_until;
};

struct Session {
    std::string id;  ///< public handle for the session list
    Actor actor;
    std::string csrf_token;
    base::Time expires_at;
    bool must_change_password = false;  ///< nothing else may be changed before
};

struct SessionInfo {
    std::string id, address, device;
    base::Time created_at, seen_at;
    bool current = false;
};

struct SignIn {
    std::string login, password, totp, address, device;
    std::string organisation;  ///< which membership to act for; empty = the first
};

/// People, what they may do where, and their sessions. Argon2id (libsodium, interactive limits),
/// lockout per account and address with growing wait, TOTP (RFC 6238) as a choice, one-time setup
/// code for the first administrator, invitations by link. Thread-safe; everything is in the store.
class Accounts {
  public:
    Accounts(const Places& places, const Permissions& permissions, const Roles& roles,
             const base::Vault& vault)
        : places_(&places), permissions_(&permissions), roles_(&roles), vault_(&vault) {}

    /// A session ends this long after the last request, and this long after signing in.
    static constexpr base::Duration idle_max = base::hours(12);
    static constexpr base::Duration session_max = base::days(7);
    static constexpr base::Duration invitation_max = base::days(7);

    /// Errors: `sign_in_failed` (one answer for unknown login and wrong password), `locked_out`
    /// {until}, `totp_required`, `totp_wrong`, `account_inactive`, `membership_unknown`. The password
    /// is checked outside the write transaction (Argon2 takes 50–100 ms); the attempt is counted
    /// before it is judged, so that guesses side by side do not slip past the lockout.
    base::Result<std::pair<Session, std::string /*cookie token*/>> sign_in(store::Database&,
                                                                           const SignIn&) const;
    base::Result<Session> resume(store::Database&,
                                 std::string_view cookie_token) const;  ///< `not_signed_in`
    base::Status sign_out(store::Database&, std::string_view cookie_token) const;
    /// Continues the session for another of the account's organisations (empty: for none).
    /// Errors: `not_signed_in`, `membership_unknown`.
    base::Result<Session> act_for(store::Database&, std::string_view cookie_token,
                                  std::string_view organisation) const;
    /// The living sessions of the actor's account, last used first; `current` is a session id.
    std::vector<SessionInfo> sessions(store::Reader&, const Actor&, std::string_view current,
                                      base::Time now) const;
    /// `session_unknown` for an id that is not one of the actor's own.
    base::Status end_session(store::Transaction&, const Actor&, std::string_view session_id) const;
    /// `password_weak` {rule}, `password_wrong`. Ends all other sessions.
    base::Status change_password(store::Database&, const Actor&, std::string_view old_password,
                                 std::string_view new_password,
                                 std::string_view keep_session) const;
    /// The otpauth:// URL to scan; counts only after confirm_totp. `totp_already_on`.
    base::Result<std::string> begin_totp(store::Database&, const Actor&) const;
    /// `totp_not_begun`, `totp_already_on`, `totp_wrong`.
    base::Status confirm_totp(store::Database&, const Actor&, std::string_view code) const;
    base::Status end_totp(store::Database&, const Actor&,
                          std::string_view password) const;  ///< `password_wrong`

    struct Profile {
        std::string name, email, phone;
        base::Language language = base::Language::zh_cn;
    };
    /// One's own name and addresses. Errors: form_invalid, `version_stale`.
    base::Result<Account> update(store::Transaction&, const Actor&, const Profile&,
                                 std::int64_t expected_version) const;

    struct Invitation {
        std::string email, role, place;
        base::Id<Organisation> organisation;
    };
    /// Returns the one-time code; valid 7 days. With an address the link is also mailed (Outbox). Only roles that the actor may give (roles.yaml
    /// `granted_by`). Errors: not_permitted, organisation_unknown, place_unknown, those of
    /// Roles::check_grant, form_invalid (email).
    base::Result<std::string> invite(store::Transaction&, const Actor&, const Invitation&) const;
    struct NewAccount {
        std::string login, name, email, phone, password;
        base::Language language = base::Language::zh_cn;
        bool must_change_password = false;
    };
    /// Errors: `invitation_unknown`, `invitation_used`, `invitation_expired`, `login_taken`,
    /// form_invalid with all defects (also password_weak).
    base::Result<Account> accept_invitation(store::Database&, std::string_view code,
                                            const NewAccount&,
                                            const store::Outcome<Account>& outcome = {}) const;
    /// As accept_invitation, by somebody who has an account already.
    base::Result<Membership> join(store::Transaction&, const Actor&, std::string_view code) const;
    /// Registers a new organisation (pending) with its first member, without an invitation. Errors:
    /// as above, those of Organisations::create_pending, `organisation_kind_not_open`.
    base::Result<Account> register_with_organisation(store::Database&, const NewAccount&,
                                                     const OrganisationDraft&, const Organisations&,
                                                     const store::Outcome<Account>& = {}) const;
    /// First administrator on an empty site: `setup_code_wrong`, `already_set_up`.
    /// Replaces an earlier code; empty when already set up.
    base::Result<std::string> make_setup_code(store::Database&) const;
    static bool is_set_up(store::Reader&);
    base::Result<Account> set_up(store::Database&, std::string_view code, const NewAccount&,
                                 const store::Outcome<Account>& outcome = {}) const;

    /// For sample data and the command line: no invitation, permission `account.create`.
    base::Result<Account> create(store::Database&, const Actor&, const NewAccount&) const;
    /// Errors: account_unknown, and those of invite. Giving again what is held changes nothing.
    base::Result<Membership> grant(store::Transaction&, const Actor&, const Membership&) const;
    /// By whoever may give the role, or by its holder. Errors: `membership_unknown`,
    /// `role_not_yours_to_give`, `last_administrator`.
    base::Status end_membership(store::Transaction&, const Actor&,
                                std::string_view membership_id) const;
    /// Ends all sessions of an account that is switched off. Errors: not_permitted, `not_yourself`,
    /// `account_unknown`.
    base::Status set_active(store::Transaction&, const Actor&, const base::Id<Account>&,
                            bool active) const;

    static std::optional<Account> find(store::Reader&, const base::Id<Account>&);
    static std::optional<Account> find_by_login(store::Reader&, std::string_view login);
    static std::vector<Membership> memberships(store::Reader&, const base::Id<Account>&,
                                               base::Time now);
    /// Whom to notify: active accounts that act for an organisation, or that hold `role` nearest to
    /// `place` (in its county; if there is none in its city; else in the region).
    static std::vector<Account> members_of(store::Reader&, const base::Id<Organisation>&,
                                           base::Time now);
    static std::vector<Account> holders_of(store::Reader&, std::string_view role,
                                           std::string_view place, base::Time now);
    /// The actor for an account acting for one of its organisations (empty: for none). Members of
    /// an organisation that is not verified act as `applicant`; of a suspended one, not at all.
    /// Errors: `account_unknown`, `membership_unknown`.
    static base::Result<Actor> actor_for(store::Reader&, const base::Id<Account>&,
                                         const base::Id<Organisation>&, base::Time now);

  private:
    base::Result<Account> insert(store::Transaction&, const Actor&, const NewAccount&,
                                 std::string_view password_hash) const;
    Membership insert_membership(store::Transaction&, const Actor&, Membership) const;
    base::Result<Membership> checked_membership(store::Reader&, const Actor&, Membership) const;
    base::Status check_password(store::Database&, const Actor&, std::string_view password) const;
    std::string totp_context(const base::Id<Account>&) const;
    void log(store::Transaction&, const Actor&, const base::Id<Account>& subject,
             std::string_view action, base::json::object payload,
             std::string_view place = {}) const;

    const Places* places_;
    const Permissions* permissions_;
    const Roles* roles_;
    const base::Vault* vault_;
};

}  // namespace party
