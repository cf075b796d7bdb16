// Signing in, sessions and their end (class Accounts, see account.h).

#include "base/hash.h"
#include "base/text.h"
#include "party/account.h"
#include "party/account_row.h"
#include "party/inbox.h"
#include "party/lockout.h"
#include "party/password.h"
#include "party/totp.h"

namespace party {

namespace {

/// The last use of a session is written at most this often.
constexpr base::Duration touch_interval = base::minutes(1);
/// Longer ones are not hashed: nobody's password, but work for us.
constexpr std::size_t password_bytes_max = 1000;

base::Error unauthenticated(std::string_view code) {
    return base::error(base::ErrorKind::unauthenticated, code);
}

std::string account_scope(std::string_view login) {
    return "login:" + base::shorten(login, 60);
}
std::string address_scope(std::string_view address) {
    return "address:" + std::string(address);
}

/// The token a page must send back, derived from the cookie: nothing to store, nothing to leak.
std::string csrf_of(std::string_view cookie_token) {
    return base::to_hex(base::hmac_sha256(cookie_token, "guiqiao csrf"));
}

base::Status count_attempt(store::Transaction& transaction, const std::string& login,
                           const SignIn& request) {
    TRY(Lockout::count_attempt(transaction, account_scope(login), account_rule));
    if (!request.address.empty())
        TRY(Lockout::count_attempt(transaction, address_scope(request.address), address_rule));
    return {};
}

/// Tells the account's owner, once per lock, that somebody is guessing.
base::Status warn_if_locked(store::Transaction& transaction, const std::string& login,
                            const base::Id<Account>& account, const SignIn& request) {
    const base::Time until =
        Lockout::locked_until(transaction, account_scope(login), transaction.now());
    if (account.empty() || until == base::Time{}) return {};
    Notice notice;
    notice.account = account;
    notice.text_key = "notify.account_locked";
    notice.parameters = {{"until", base::to_local_string(until)}, {"address", request.address}};
    notice.link = "/desk/settings";
    return Inbox::deliver(transaction, notice, "locked:" + base::to_iso(until));
}

/// The organisation to act for: the one asked for, else the first with one, else none.
base::Result<std::string> choose_organisation(store::Reader& reader, const Account& account,
                                              const std::string& wanted, base::Time now) {
    const auto memberships = Accounts::memberships(reader, account.id, now);
    if (wanted.empty()) {
        for (const Membership& membership : memberships)
            if (!membership.organisation.empty()) return membership.organisation.text();
        return std::string();
    }
    for (const Membership& membership : memberships)
        if (membership.organisation.text() == wanted) return wanted;
    return base::refuse(base::forbidden("membership_unknown").at("organisation"));
}

struct SessionRow {
    std::string id;
    base::Id<Account> account;
    std::string organisation;
    base::Time seen_at, expires_at;
};

std::optional<SessionRow> load_session(store::Reader& reader, std::string_view cookie_token,
                                       base::Time now) {
    if (cookie_token.empty() || cookie_token.size() > 200) return std::nullopt;
    const auto row = reader.first(
        "select id, account, organisation, seen_at, expires_at from party_session where token_hash "
        "= :hash",
        {{"hash", hash_of_token(cookie_token)}});
    if (!row) return std::nullopt;
    SessionRow session{row->text(0), row->id<Account>(1), row->text(2), row->time(3), row->time(4)};
    if (now >= session.expires_at || now - session.seen_at >= Accounts::idle_max)
        return std::nullopt;
    return session;
}

/// Nobody if the account was switched off. An organisation that was lost in the meantime is simply
/// no longer acted for: the person stays signed in and may choose another.
base::Result<Session> build_session(store::Reader& reader, const SessionRow& row,
                                    std::string_view cookie_token, base::Time now) {
    const auto account = Accounts::find(reader, row.account);
    if (!account || !account->active) return base::refuse(unauthenticated("not_signed_in"));
    auto actor =
        Accounts::actor_for(reader, row.account, base::Id<Organisation>(row.organisation), now);
    if (!actor) actor = Accounts::actor_for(reader, row.account, {}, now);
    return Session{row.id, TRY(std::move(actor)), csrf_of(cookie_token), row.expires_at,
                   account->must_change_password};
}

/// One try at the door, counted already.
struct Attempt {
    store::Database& database;
    const std::string& login;
    const base::Id<Account>& account;
    const SignIn& request;

    /// Keeps the count; the refusal to give.
    base::Error failed(std::string_view code) const {
        const auto warned = database.write<void>([&](store::Transaction& transaction) {
            return warn_if_locked(transaction, login, account, request);
        });
        return warned ? unauthenticated(code) : warned.error();
    }
    /// Takes the count back: the password was right, something else is missing.
    base::Error forgiven(base::Error reason) const {
        const auto done = database.write<void>([&](store::Transaction& transaction) {
            Lockout::forgive_attempt(transaction, account_scope(login), account_rule);
            forgive_address(transaction);
            return base::Status{};
        });
        return done ? reason : done.error();
    }
    void succeeded(store::Transaction& transaction) const {
        Lockout::forget(transaction, account_scope(login));
        forgive_address(transaction);
    }
    /// One success does not clear an address: an attacker may have an account of his own.
    void forgive_address(store::Transaction& transaction) const {
        if (!request.address.empty())
            Lockout::forgive_attempt(transaction, address_scope(request.address), address_rule);
    }
};

/// A code works once, also for two sign-ins side by side.
base::Status use_totp_step(store::Transaction& transaction, const base::Id<Account>& account,
                           std::int64_t step) {
    const std::int64_t used = transaction.execute(
        "update party_account set totp_last_step = :step where id = :id and totp_last_step < :step",
        {{"step", step}, {"id", account}});
    if (used == 0) return base::refuse(unauthenticated("totp_wrong").at("totp"));
    return {};
}

base::Result<Session> open_session(store::Transaction& transaction,
                                   const base::Id<Account>& account,
                                   const std::string& organisation, const SignIn& request,
                                   std::string_view token) {
    const base::Time now = transaction.now();
    SessionRow row{transaction.new_id<Session>().text(), account, organisation, now,
                   now + Accounts::session_max};
    transaction.execute(
        "delete from party_session where account = :account and (expires_at <= :now or seen_at <= "
        ":idle)",
        {{"account", account}, {"now", now}, {"idle", now - Accounts::idle_max}});
    const std::string device =
        base::is_valid_utf8(request.device) ? base::shorten(request.device, 200) : std::string();
    transaction.execute(
        "insert into party_session (id, token_hash, account, organisation, address, device, "
        "created_at, seen_at, expires_at) values (:id, :hash, :account, :organisation, :address, "
        ":device, :now, :now, :expires_at)",
        {{"id", row.id},
         {"hash", hash_of_token(token)},
         {"account", account},
         {"organisation", row.organisation},
         {"address", request.address},
         {"device", device},
         {"now", now},
         {"expires_at", row.expires_at}});
    return build_session(transaction, row, token, now);
}

}  // namespace

base::Result<std::pair<Session, std::string>> Accounts::sign_in(store::Database& database,
                                                                const SignIn& request) const {
    const std::string login = fold_login(request.login);
    const bool plausible = !login.empty() && request.password.size() <= password_bytes_max;
    const auto found = TRY(database.write<std::optional<AccountSecrets>>(
        [&](store::Transaction& transaction) -> base::Result<std::optional<AccountSecrets>> {
            TRY(count_attempt(transaction, login, request));
            return load_account_by_login(transaction, login);
        }));
    const base::Id<Account> account = found ? found->account.id : base::Id<Account>();
    const Attempt attempt{database, login, account, request};
    const bool right = verify_password(found ? found->password_hash : std::string(),
                                       plausible ? request.password : std::string());
    if (!right || !plausible) return base::refuse(attempt.failed("sign_in_failed"));
    if (!found->account.active)
        return base::refuse(attempt.forgiven(base::forbidden("account_inactive")));

    std::optional<std::int64_t> step;
    if (found->account.has_totp) {
        if (request.totp.empty())
            return base::refuse(attempt.forgiven(unauthenticated("totp_required").at("totp")));
        const std::string sealed = TRY(base::from_base64(found->totp_secret));
        const std::string secret = TRY(vault_->open(sealed, totp_context(account)));
        step = match_totp(secret, request.totp, database.clock().now(), found->totp_last_step);
        if (!step) return base::refuse(attempt.failed("totp_wrong"));
    }
    const std::string token = base::random_token(database.random(), 32);
    auto session =
        database.write<Session>([&](store::Transaction& transaction) -> base::Result<Session> {
            if (step) TRY(use_totp_step(transaction, account, *step));
            attempt.succeeded(transaction);
            const std::string organisation = TRY(choose_organisation(
                transaction, found->account, request.organisation, transaction.now()));
            Session opened = TRY(open_session(transaction, account, organisation, request, token));
            log(transaction, opened.actor, account, "account.signed_in", {{"session", opened.id}});
            return opened;
        });
    if (!session && session.error().code == "totp_wrong")
        return base::refuse(attempt.failed("totp_wrong"));
    return std::pair{TRY(std::move(session)), token};
}

base::Result<Session> Accounts::resume(store::Database& database,
                                       std::string_view cookie_token) const {
    const base::Time now = database.clock().now();
    auto [session, seen_at] = TRY((database.read<std::pair<Session, base::Time>>(
        [&](store::Reader& reader) -> base::Result<std::pair<Session, base::Time>> {
            const auto row = load_session(reader, cookie_token, now);
            if (!row) return base::refuse(unauthenticated("not_signed_in"));
            return std::pair{TRY(build_session(reader, *row, cookie_token, now)), row->seen_at};
        })));
    if (now - seen_at < touch_interval) return session;
    const std::string id = session.id;
    TRY(database.write<void>([&](store::Transaction& transaction) -> base::Status {
        transaction.execute("update party_session set seen_at = :now where id = :id",
                            {{"now", now}, {"id", id}});
        return {};
    }));
    return session;
}

base::Status Accounts::sign_out(store::Database& database, std::string_view cookie_token) const {
    return database.write<void>([&](store::Transaction& transaction) -> base::Status {
        transaction.execute("delete from party_session where token_hash = :hash",
                            {{"hash", hash_of_token(cookie_token)}});
        return {};
    });
}

base::Result<Session> Accounts::act_for(store::Database& database, std::string_view cookie_token,
                                        std::string_view organisation) const {
    return database.write<Session>([&](store::Transaction& transaction) -> base::Result<Session> {
        const base::Time now = transaction.now();
        auto row = load_session(transaction, cookie_token, now);
        if (!row) return base::refuse(unauthenticated("not_signed_in"));
        row->organisation = std::string(organisation);
        // Asked for by name: here a lost membership is an answer, not a fallback.
        TRY(actor_for(transaction, row->account, base::Id<Organisation>(row->organisation), now));
        transaction.execute(
            "update party_session set organisation = :organisation, seen_at = :now where id = :id",
            {{"organisation", organisation}, {"now", now}, {"id", row->id}});
        return build_session(transaction, *row, cookie_token, now);
    });
}

std::vector<SessionInfo> Accounts::sessions(store::Reader& reader, const Actor& actor,
                                            std::string_view current, base::Time now) const {
    std::vector<SessionInfo> result;
    const auto rows = reader.query(
        "select id, address, device, created_at, seen_at from party_session where account = "
        ":account and expires_at > :now and seen_at > :idle order by seen_at desc, id",
        {{"account", actor.account}, {"now", now}, {"idle", now - idle_max}});
    for (const store::Row& row : rows)
        result.push_back({row.text(0), row.text(1), row.text(2), row.time(3), row.time(4),
                          row.text(0) == current});
    return result;
}

base::Status Accounts::end_session(store::Transaction& transaction, const Actor& actor,
                                   std::string_view session_id) const {
    const std::int64_t ended =
        transaction.execute("delete from party_session where id = :id and account = :account",
                            {{"id", session_id}, {"account", actor.account}});
    if (ended == 0) return base::refuse(base::not_found("session_unknown"));
    log(transaction, actor, actor.account, "account.session_ended", {{"session", session_id}});
    return {};
}

}  // namespace party
