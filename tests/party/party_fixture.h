#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "party/account.h"
#include "party/migrations.h"
#include "party/organisation.h"
#include "party/permission.h"
#include "party/place.h"
#include "party/role.h"
#include "store/change_log.h"
#include "support/database_fixture.h"

namespace party_test {

template <class T>
T must(base::Result<T> result) {
    CHECK_WITH(result.has_value(), result ? "" : base::describe(result.error()));
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The code of a refusal, or "ok".
template <class T>
std::string code_of(const base::Result<T>& result) {
    return result ? "ok" : result.error().code;
}

/// The codes of all defects at once, as "field:code", or "ok".
template <class T>
std::string defects_of(const base::Result<T>& result) {
    if (result) return "ok";
    std::string text = result.error().code;
    for (const base::Error& cause : result.error().causes)
        text += " " + cause.field + ":" + cause.code;
    return text;
}

/// A credit code with the right check character, different for each number.
inline std::string credit_code(int number) {
    std::string digits = std::to_string(number);
    std::string body = "91450100MA5" + std::string(6 - digits.size(), '0') + digits;
    return body + party::credit_code_check(body);
}

inline const std::string good_password = "river-teal-osmanthus";

/// The people and rules of the Guangxi folder on a fresh database.
class World {
  public:
    explicit World(store::Dialect dialect, std::vector<store::Migration> more = {})
        : database(dialect, with_party(std::move(more))),
          places(must(party::Places::load(region() / "places.yaml"))),
          permissions(must(party::Permissions::load(region() / "permissions.yaml"))),
          roles(must(party::Roles::load(region() / "roles.yaml"))),
          vault(must(base::Vault::open_or_create(database.folder() / "vault.key"))),
          organisations(places, permissions),
          accounts(places, permissions, roles, *vault) {}

    static std::filesystem::path region() {
        return std::filesystem::path(GUIQIAO_SOURCE_DIR) / "regions/guangxi";
    }
    static party::Actor system() { return party::Actor::system(); }

    party::Organisation add_organisation(party::OrganisationKind kind, const std::string& place,
                                         bool is_public_body = false) {
        party::OrganisationDraft draft;
        draft.credit_code = credit_code(++numbers_);
        draft.name = "单位" + std::to_string(numbers_);
        draft.kind = kind;
        draft.place = place;
        draft.is_public_body = is_public_body;
        return must(database->write<party::Organisation>([&](store::Transaction& transaction) {
            return organisations.create(transaction, system(), draft);
        }));
    }
    party::Account add_account(const std::string& login) {
        party::Accounts::NewAccount draft;
        draft.login = login;
        draft.name = "人 " + login;
        draft.email = login + "@example.org";
        draft.phone = "+86 771 0000000";
        draft.password = good_password;
        return must(accounts.create(*database, system(), draft));
    }
    /// The account's id with a role given by the command line.
    party::Account add_member(const std::string& login, const std::string& role,
                              const base::Id<party::Organisation>& organisation,
                              const std::string& place = {}) {
        const party::Account account = add_account(login);
        give(account, role, organisation, place);
        return account;
    }
    party::Membership give(const party::Account& account, const std::string& role,
                           const base::Id<party::Organisation>& organisation,
                           const std::string& place = {}) {
        party::Membership membership;
        membership.account = account.id;
        membership.role = role;
        membership.organisation = organisation;
        membership.place = place;
        return must(database->write<party::Membership>([&](store::Transaction& transaction) {
            return accounts.grant(transaction, system(), membership);
        }));
    }
    party::Actor actor(const party::Account& account,
                       const base::Id<party::Organisation>& organisation = {}) {
        return must(database->read<party::Actor>([&](store::Reader& reader) {
            return party::Accounts::actor_for(reader, account.id, organisation,
                                              database.clock().now());
        }));
    }
    base::Result<std::pair<party::Session, std::string>> sign_in(
        const std::string& login, const std::string& password = good_password,
        const std::string& totp = {}, const std::string& address = "192.0.2.7") {
        party::SignIn request;
        request.login = login;
        request.password = password;
        request.totp = totp;
        request.address = address;
        request.device = "test";
        return accounts.sign_in(*database, request);
    }
    /// The actions in the change log, oldest first, joined by spaces.
    std::string log_actions() {
        return must(
            database->read<std::string>([](store::Reader& reader) -> base::Result<std::string> {
                std::string text;
                for (const store::LogRow& row : store::changes_after(reader, 0, 10'000))
                    text += (text.empty() ? "" : " ") + row.change.action;
                return text;
            }));
    }

    support::TestDatabase database;
    party::Places places;
    party::Permissions permissions;
    party::Roles roles;
    std::unique_ptr<base::Vault> vault;
    party::Organisations organisations;
    party::Accounts accounts;

  private:
    static std::vector<store::Migration> with_party(std::vector<store::Migration> more) {
        std::vector<store::Migration> steps(party::migrations().begin(), party::migrations().end());
        steps.insert(steps.end(), more.begin(), more.end());
        return steps;
    }
    int numbers_ = 0;
};

}  // namespace party_test
