#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/result.h"
#include "base/texts.h"
#include "party/actor.h"
#include "party/organisation.h"
#include "party/permission.h"
#include "party/place.h"
#include "store/database.h"

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
    Accounts(const Places& places, const Permissions& permissions, const base::Vault& vault)
        : places_(&places), permissions_(&permissions), vault_(&vault) {}

    /// Errors: `sign_in_failed` (one answer for unknown login and wrong password), `locked_out`
    /// {until}, `totp_required`, `totp_wrong`, `account_inactive`. The password is checked outside
    /// the write transaction (Argon2 takes 50–100 ms).
    base::Result<std::pair<Session, std::string /*cookie token*/>> sign_in(store::Database&,
                                                                           const SignIn&) const;
    base::Result<Session> resume(store::Database&,
                                 std::string_view cookie_token) const;  ///< `not_signed_in`
    base::Status sign_out(store::Database&, std::string_view cookie_token) const;
    std::vector<SessionInfo> sessions(store::Reader&, const Actor&, std::string_view current) const;
    base::Status end_session(store::Transaction&, const Actor&, std::string_view session_id) const;
    /// `password_weak` {rule}, `password_wrong`. Ends all other sessions.
    base::Status change_password(store::Database&, const Actor&, std::string_view old_password,
                                 std::string_view new_password,
                                 std::string_view keep_session) const;
    base::Result<std::string> begin_totp(store::Database&, const Actor&) const;  ///< otpauth:// URL
    base::Status confirm_totp(store::Database&, const Actor&, std::string_view code) const;
    base::Status end_totp(store::Database&, const Actor&, std::string_view password) const;

    struct Invitation {
        std::string email, role, place;
        base::Id<Organisation> organisation;
    };
    /// Returns the one-time code; valid 7 days. Only roles that the actor may give (roles.yaml `granted_by`).
    base::Result<std::string> invite(store::Transaction&, const Actor&, const Invitation&) const;
    struct NewAccount {
        std::string login, name, email, phone, password;
        base::Language language = base::Language::zh_cn;
    };
    base::Result<Account> accept_invitation(store::Database&, std::string_view code,
                                            const NewAccount&) const;
    /// Registers a new organisation (pending) with its first member, without an invitation.
    base::Result<Account> register_with_organisation(store::Database&, const NewAccount&,
                                                     const OrganisationDraft&,
                                                     const Organisations&) const;
    /// First administrator on an empty site: `setup_code_wrong`, `already_set_up`.
    base::Result<std::string> make_setup_code(
        store::Database&) const;  ///< empty when already set up
    base::Result<Account> set_up(store::Database&, std::string_view code, const NewAccount&) const;

    /// For sample data and the command line: no invitation, permission `account.create`.
    base::Result<Account> create(store::Database&, const Actor&, const NewAccount&) const;
    base::Result<Membership> grant(store::Transaction&, const Actor&, const Membership&) const;
    base::Status end_membership(store::Transaction&, const Actor&,
                                std::string_view membership_id) const;
    base::Status set_active(store::Transaction&, const Actor&, const base::Id<Account>&,
                            bool active) const;

    static std::optional<Account> find(store::Reader&, const base::Id<Account>&);
    static std::optional<Account> find_by_login(store::Reader&, std::string_view login);
    static std::vector<Membership> memberships(store::Reader&, const base::Id<Account>&,
                                               base::Time now);
    /// Accounts that act for an organisation, or hold `role` at a place containing `place`: whom to notify.
    static std::vector<Account> members_of(store::Reader&, const base::Id<Organisation>&,
                                           base::Time now);
    static std::vector<Account> holders_of(store::Reader&, std::string_view role,
                                           std::string_view place, base::Time now);
    /// The actor for an account acting for one of its organisations; for tests and jobs.
    static base::Result<Actor> actor_for(store::Reader&, const base::Id<Account>&,
                                         const base::Id<Organisation>&, base::Time now);

  private:
    const Places* places_;
    const Permissions* permissions_;
    const base::Vault* vault_;
};

}  // namespace party
