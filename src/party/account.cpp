#include "party/account.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "party/account_row.h"
#include "party/lockout.h"
#include "party/password.h"
#include "party/totp.h"

namespace party {

namespace {

/// RFC 4226 asks for 160 bits at least of what SHA-1 can use.
constexpr std::size_t totp_secret_bytes = 20;

base::Result<AccountSecrets> require_account(store::Reader& reader, const base::Id<Account>& id) {
    auto found = load_account(reader, id);
    if (!found) return base::refuse(base::not_found("account_unknown"));
    return std::move(*found);
}

}  // namespace

void Accounts::log(store::Transaction& transaction, const Actor& actor,
                   const base::Id<Account>& subject, std::string_view action,
                   base::json::object payload, std::string_view place) const {
    transaction.append({.actor = actor.log_name(),
                        .place = std::string(place),
                        .subject = subject.text(),
                        .action = std::string(action),
                        .payload = base::canonical_json(payload)});
}

std::string Accounts::totp_context(const base::Id<Account>& account) const {
    return "account:" + account.text() + ":totp";
}

base::Result<Account> Accounts::insert(store::Transaction& transaction, const Actor& actor,
                                       const NewAccount& draft,
                                       std::string_view password_hash) const {
    if (load_account_by_login(transaction, draft.login))
        return base::refuse(base::conflict("login_taken").at("login"));
    Account account;
    account.id = transaction.new_id<Account>();
    account.login = draft.login;
    account.name = draft.name;
    account.email = draft.email;
    account.phone = draft.phone;
    account.language = draft.language;
    account.must_change_password = draft.must_change_password;
    transaction.execute(
        "insert into party_account (id, login, name, email, phone, language, password_hash, "
        "active, "
        "must_change_password, totp_secret, totp_confirmed, totp_last_step, version, created_at) "
        "values (:id, :login, :name, :email, :phone, :language, :password_hash, 1, :must_change, "
        "'', 0, 0, 1, :now)",
        {{"id", account.id},
         {"login", account.login},
         {"name", account.name},
         {"email", account.email},
         {"phone", account.phone},
         {"language", base::tag_of(account.language)},
         {"password_hash", password_hash},
         {"must_change", account.must_change_password},
         {"now", transaction.now()}});
    Actor self;
    self.account = account.id;
    const bool by_oneself = !actor.signed_in() && !actor.is_system;
    log(transaction, by_oneself ? self : actor, account.id, "account.created",
        {{"login", vault_->commit(account.login)},
         {"name", vault_->commit(account.name)},
         {"email", vault_->commit(account.email)},
         {"phone", vault_->commit(account.phone)}});
    return account;
}

base::Result<Account> Accounts::create(store::Database& database, const Actor& actor,
                                       const NewAccount& draft) const {
    Standing standing;
    standing.place = places_->region().code;
    TRY(permissions_->require(actor, "account.create", standing));
    NewAccount clean = draft;
    std::vector<base::Error> defects = check_account(clean);
    if (!defects.empty())
        return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
    const std::string hash = hash_password(clean.password);
    return database.write<Account>(
        [&](store::Transaction& transaction) { return insert(transaction, actor, clean, hash); });
}

base::Result<Account> Accounts::update(store::Transaction& transaction, const Actor& actor,
                                       const Profile& profile,
                                       std::int64_t expected_version) const {
    Account account = TRY(require_account(transaction, actor.account)).account;
    if (account.version != expected_version)
        return base::refuse(base::error(base::ErrorKind::stale, "version_stale")
                                .with("version", std::to_string(account.version)));
    Profile clean = profile;
    std::vector<base::Error> defects = check_profile(clean);
    if (!defects.empty())
        return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
    account.name = clean.name;
    account.email = clean.email;
    account.phone = clean.phone;
    account.language = clean.language;
    account.version += 1;
    transaction.execute(
        "update party_account set name = :name, email = :email, phone = :phone, language = "
        ":language, version = :version where id = :id",
        {{"name", account.name},
         {"email", account.email},
         {"phone", account.phone},
         {"language", base::tag_of(account.language)},
         {"version", account.version},
         {"id", account.id}});
    log(transaction, actor, account.id, "account.updated",
        {{"name", vault_->commit(account.name)},
         {"email", vault_->commit(account.email)},
         {"phone", vault_->commit(account.phone)},
         {"language", base::tag_of(account.language)},
         {"version", account.version}});
    return account;
}

base::Status Accounts::check_password(store::Database& database, const Actor& actor,
                                      std::string_view password) const {
    // Somebody at an unlocked screen must not guess here what he could not at the door.
    const std::string scope = "confirm:" + actor.account.text();
    const AccountSecrets found = TRY(database.write<AccountSecrets>(
        [&](store::Transaction& transaction) -> base::Result<AccountSecrets> {
            TRY(Lockout::count_attempt(transaction, scope, account_rule));
            return require_account(transaction, actor.account);
        }));
    if (!verify_password(found.password_hash, password.substr(0, 1000)))
        return base::refuse(base::forbidden("password_wrong").at("password"));
    return database.write<void>([&](store::Transaction& transaction) -> base::Status {
        Lockout::forget(transaction, scope);
        return {};
    });
}

base::Status Accounts::change_password(store::Database& database, const Actor& actor,
                                       std::string_view old_password, std::string_view new_password,
                                       std::string_view keep_session) const {
    const Account account =
        TRY(database.read<Account>([&](store::Reader& reader) -> base::Result<Account> {
            return TRY(require_account(reader, actor.account)).account;
        }));
    TRY(check_password(database, actor, old_password));
    TRY(check_password_policy(new_password, account.login, account.name));
    if (old_password == new_password)
        return base::refuse(
            base::invalid("password_weak").with("rule", "unchanged").at("password"));
    const std::string hash = hash_password(new_password);
    return database.write<void>([&](store::Transaction& transaction) -> base::Status {
        transaction.execute(
            "update party_account set password_hash = :hash, must_change_password = 0, version = "
            "version + 1 where id = :id",
            {{"hash", hash}, {"id", actor.account}});
        transaction.execute("delete from party_session where account = :account and id <> :keep",
                            {{"account", actor.account}, {"keep", keep_session}});
        log(transaction, actor, actor.account, "account.password_changed", {});
        return {};
    });
}

base::Result<std::string> Accounts::begin_totp(store::Database& database,
                                               const Actor& actor) const {
    return database.write<std::string>(
        [&](store::Transaction& transaction) -> base::Result<std::string> {
            const Account account = TRY(require_account(transaction, actor.account)).account;
            if (account.has_totp) return base::refuse(base::conflict("totp_already_on"));
            std::string secret(totp_secret_bytes, '\0');
            transaction.random().fill(
                {reinterpret_cast<std::uint8_t*>(secret.data()), secret.size()});
            const std::string sealed =
                vault_->seal(secret, totp_context(account.id), transaction.random());
            transaction.execute(
                "update party_account set totp_secret = :secret, totp_last_step = 0 where id = :id",
                {{"secret", base::to_base64(sealed)}, {"id", account.id}});
            return totp_url(secret, account.login);
        });
}

base::Status Accounts::confirm_totp(store::Database& database, const Actor& actor,
                                    std::string_view code) const {
    return database.write<void>([&](store::Transaction& transaction) -> base::Status {
        const AccountSecrets found = TRY(require_account(transaction, actor.account));
        if (found.account.has_totp) return base::refuse(base::conflict("totp_already_on"));
        if (found.totp_secret.empty()) return base::refuse(base::conflict("totp_not_begun"));
        const std::string secret = TRY(
            vault_->open(TRY(base::from_base64(found.totp_secret)), totp_context(actor.account)));
        const auto step = match_totp(secret, code, transaction.now(), found.totp_last_step);
        if (!step) return base::refuse(base::invalid("totp_wrong").at("code"));
        transaction.execute(
            "update party_account set totp_confirmed = 1, totp_last_step = :step, version = "
            "version "
            "+ 1 where id = :id",
            {{"step", *step}, {"id", actor.account}});
        log(transaction, actor, actor.account, "account.totp_started", {});
        return {};
    });
}

base::Status Accounts::end_totp(store::Database& database, const Actor& actor,
                                std::string_view password) const {
    TRY(check_password(database, actor, password));
    return database.write<void>([&](store::Transaction& transaction) -> base::Status {
        transaction.execute(
            "update party_account set totp_secret = '', totp_confirmed = 0, totp_last_step = 0, "
            "version = version + 1 where id = :id",
            {{"id", actor.account}});
        log(transaction, actor, actor.account, "account.totp_ended", {});
        return {};
    });
}

base::Status Accounts::set_active(store::Transaction& transaction, const Actor& actor,
                                  const base::Id<Account>& id, bool active) const {
    Standing standing;
    standing.place = places_->region().code;
    TRY(permissions_->require(actor, "account.set_active", standing));
    if (actor.account == id && !active) return base::refuse(base::conflict("not_yourself"));
    const Account account = TRY(require_account(transaction, id)).account;
    if (account.active == active) return {};
    transaction.execute(
        "update party_account set active = :active, version = version + 1 where id = :id",
        {{"active", active}, {"id", id}});
    if (!active)
        transaction.execute("delete from party_session where account = :account",
                            {{"account", id}});
    log(transaction, actor, id, active ? "account.activated" : "account.deactivated", {});
    return {};
}

std::optional<Account> Accounts::find(store::Reader& reader, const base::Id<Account>& id) {
    auto found = load_account(reader, id);
    if (!found) return std::nullopt;
    return std::move(found->account);
}

std::optional<Account> Accounts::find_by_login(store::Reader& reader, std::string_view login) {
    auto found = load_account_by_login(reader, fold_login(login));
    if (!found) return std::nullopt;
    return std::move(found->account);
}

}  // namespace party
