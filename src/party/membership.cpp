// Memberships, invitations and registration (class Accounts, see account.h).

#include <algorithm>

#include "base/check.h"
#include "base/hash.h"
#include "party/account.h"
#include "party/account_row.h"
#include "party/inbox.h"
#include "party/lockout.h"
#include "party/outbox.h"
#include "party/password.h"

namespace party {

namespace {

constexpr std::string_view applicant_role = "applicant";
constexpr std::string_view administrator_role = "administrator";

constexpr std::string_view select_membership =
    "select id, account, organisation, role, place, valid_from, valid_until from party_membership ";

Membership read_row(const store::Row& row) {
    return {.id = row.text(0),
            .account = row.id<Account>(1),
            .organisation = row.id<Organisation>(2),
            .role = row.text(3),
            .place = row.text(4),
            .valid_from = row.time(5),
            .valid_until = row.time_if(6)};
}

struct InvitationRow {
    std::string id;
    Membership membership;
    std::string invited_by;
    base::Time expires_at;
    bool used = false;
};

base::Result<InvitationRow> load_invitation(store::Reader& reader, std::string_view code,
                                            base::Time now) {
    const auto row = reader.first(
        "select id, role, place, organisation, invited_by, expires_at, used_by from "
        "party_invitation where code_hash = :hash",
        {{"hash", hash_of_token(code)}});
    if (!row) return base::refuse(base::not_found("invitation_unknown").at("code"));
    InvitationRow invitation;
    invitation.id = row->text(0);
    invitation.membership.role = row->text(1);
    invitation.membership.place = row->text(2);
    invitation.membership.organisation = row->id<Organisation>(3);
    invitation.invited_by = row->text(4);
    invitation.expires_at = row->time(5);
    if (!row->text(6).empty()) return base::refuse(base::conflict("invitation_used").at("code"));
    if (now >= invitation.expires_at)
        return base::refuse(base::conflict("invitation_expired").at("code"));
    return invitation;
}

void use_invitation(store::Transaction& transaction, const InvitationRow& invitation,
                    const base::Id<Account>& account) {
    transaction.execute("update party_invitation set used_by = :account where id = :id",
                        {{"account", account}, {"id", invitation.id}});
}

Actor as_oneself(const Account& account) {
    Actor actor;
    actor.account = account.id;
    actor.name = account.name;
    return actor;
}

/// Whether nobody else holds that role at exactly that place.
bool is_last(store::Transaction& transaction, const Membership& membership) {
    return transaction.number(
               "select count(*) from party_membership m join party_account a on a.id = m.account "
               "where m.role = :role and m.place = :place and m.account <> :account and a.active = "
               "1 and (m.valid_until is null or m.valid_until > :now)",
               {{"role", membership.role},
                {"place", membership.place},
                {"account", membership.account},
                {"now", transaction.now()}}) == 0;
}

/// An administrator of a place around it may leave a place without one: he can name another. For
/// the region's own only the command line on the server could.
bool administers_above(const Actor& actor, std::string_view place, std::string_view region) {
    if (actor.is_system) return place != region;
    return std::ranges::any_of(actor.grants, [&](const Grant& grant) {
        return grant.role == administrator_role && grant.place != place &&
               Places::contains(grant.place, place);
    });
}

/// The officers nearest to the place hear of a new organisation.
base::Status tell_officers(store::Transaction& transaction, const Organisation& organisation,
                           std::string_view place) {
    for (const Account& officer :
         Accounts::holders_of(transaction, "officer", place, transaction.now())) {
        Notice notice;
        notice.account = officer.id;
        notice.text_key = "notify.organisation_registered";
        notice.parameters = {{"organisation", organisation.name}};
        notice.link = "/desk/organisations/" + organisation.id.text();
        TRY(Inbox::deliver(transaction, notice, "registered:" + organisation.id.text()));
    }
    return {};
}

std::vector<Account> load_accounts(store::Reader& reader, const store::Rows& rows) {
    std::vector<Account> result;
    for (const store::Row& row : rows) {
        auto account = Accounts::find(reader, row.id<Account>(0));
        CHECK_WITH(account, "membership without an account");
        if (account->active) result.push_back(std::move(*account));
    }
    return result;
}

}  // namespace

base::Result<Membership> Accounts::checked_membership(store::Reader& reader, const Actor& actor,
                                                      Membership membership) const {
    const Role* role = TRY(roles_->require(membership.role));
    std::optional<Organisation> organisation;
    if (!membership.organisation.empty())
        organisation = TRY(Organisations::require(reader, membership.organisation));
    // A role of an organisation counts nowhere else: it carries no place.
    if (role->scope == RoleScope::organisation) membership.place.clear();
    if (!membership.place.empty()) {
        const auto place = places_->require(membership.place);
        if (!place) return base::refuse(base::Error(place.error()).at("place"));
    }
    TRY(roles_->check_grant(actor, membership.role, membership.place,
                            organisation ? &*organisation : nullptr));
    return membership;
}

Membership Accounts::insert_membership(store::Transaction& transaction, const Actor& actor,
                                       Membership membership) const {
    for (Membership& held : memberships(transaction, membership.account, transaction.now()))
        if (held.role == membership.role && held.place == membership.place &&
            held.organisation == membership.organisation)
            return held;
    membership.id = transaction.new_id<Membership>().text();
    if (membership.valid_from == base::Time{}) membership.valid_from = transaction.now();
    transaction.execute(
        "insert into party_membership (id, account, organisation, role, place, valid_from, "
        "valid_until, granted_by) values (:id, :account, :organisation, :role, :place, "
        ":valid_from, "
        ":valid_until, :granted_by)",
        {{"id", membership.id},
         {"account", membership.account},
         {"organisation", membership.organisation},
         {"role", membership.role},
         {"place", membership.place},
         {"valid_from", membership.valid_from},
         {"valid_until", membership.valid_until},
         {"granted_by", actor.log_name()}});
    log(transaction, actor, membership.account, "account.granted",
        {{"membership", membership.id},
         {"role", membership.role},
         {"place", membership.place},
         {"organisation", membership.organisation.text()}},
        membership.place);
    return membership;
}

base::Result<Membership> Accounts::grant(store::Transaction& transaction, const Actor& actor,
                                         const Membership& membership) const {
    if (!find(transaction, membership.account))
        return base::refuse(base::not_found("account_unknown").at("account"));
    return insert_membership(transaction, actor,
                             TRY(checked_membership(transaction, actor, membership)));
}

base::Status Accounts::end_membership(store::Transaction& transaction, const Actor& actor,
                                      std::string_view membership_id) const {
    const auto row = transaction.first(std::string(select_membership) + "where id = :id",
                                       {{"id", membership_id}});
    if (!row) return base::refuse(base::not_found("membership_unknown"));
    const Membership membership = read_row(*row);
    const base::Time now = transaction.now();
    if (membership.valid_until && *membership.valid_until <= now)
        return base::refuse(base::not_found("membership_unknown"));
    if (membership.account != actor.account)
        TRY(checked_membership(transaction, actor, membership));
    if (membership.role == administrator_role && is_last(transaction, membership) &&
        !administers_above(actor, membership.place, places_->region().code))
        return base::refuse(base::conflict("last_administrator"));
    transaction.execute("update party_membership set valid_until = :now where id = :id",
                        {{"now", now}, {"id", membership_id}});
    log(transaction, actor, membership.account, "account.membership_ended",
        {{"membership", membership.id},
         {"role", membership.role},
         {"organisation", membership.organisation.text()}},
        membership.place);
    return {};
}

base::Result<std::string> Accounts::invite(store::Transaction& transaction, const Actor& actor,
                                           const Invitation& invitation) const {
    // What is missing is said before who may: the form is wrong for everybody.
    const Role* role = TRY(roles_->require(invitation.role));
    if (role->scope == RoleScope::place && invitation.place.empty())
        return base::refuse(
            base::invalid("role_needs_place").with("role", invitation.role).at("place"));
    Standing standing;
    standing.place = invitation.place;
    standing.owner = invitation.organisation;
    if (!invitation.organisation.empty()) {
        const auto organisation = TRY(Organisations::require(transaction, invitation.organisation));
        if (standing.place.empty()) standing.place = organisation.place;
    }
    TRY(permissions_->require(actor, "account.invite", standing));
    if (!invitation.email.empty() && !is_plausible_email(invitation.email))
        return base::refuse(base::invalid("email_malformed").at("email"));
    Membership wanted;
    wanted.role = invitation.role;
    wanted.place = invitation.place;
    wanted.organisation = invitation.organisation;
    wanted = TRY(checked_membership(transaction, actor, wanted));
    const std::string code = base::random_token(transaction.random(), 24);
    const base::Time now = transaction.now();
    transaction.execute(
        "insert into party_invitation (id, code_hash, email, role, place, organisation, "
        "invited_by, "
        "created_at, expires_at, used_by) values (:id, :hash, :email, :role, :place, "
        ":organisation, :invited_by, :now, :expires_at, '')",
        {{"id", transaction.new_id<Invitation>()},
         {"hash", hash_of_token(code)},
         {"email", invitation.email},
         {"role", wanted.role},
         {"place", wanted.place},
         {"organisation", wanted.organisation},
         {"invited_by", actor.log_name()},
         {"now", now},
         {"expires_at", now + invitation_max}});
    if (!invitation.email.empty()) {
        Letter letter{.id = {},
                      .to = invitation.email,
                      .kind = "invitation",
                      .language = actor.language,
                      .parameters = {{"code", code},
                                     {"role", role->label.in(actor.language)},
                                     {"by", actor.name},
                                     {"until", base::to_local_string(now + invitation_max)}},
                      .expires_at = now + invitation_max};
        if (const auto host = Organisations::find(transaction, wanted.organisation))
            letter.parameters["organisation"] = host->name;
        else if (const Place* place = places_->find(wanted.place))
            letter.parameters["organisation"] = place->name.in(actor.language);
        Outbox::post(transaction, *vault_, letter);
    }
    const std::string subject =
        wanted.organisation.empty() ? actor.log_name() : wanted.organisation.text();
    transaction.append({.actor = actor.log_name(),
                        .place = standing.place,
                        .subject = subject,
                        .action = "account.invited",
                        .payload = base::canonical_json(
                            base::json::object{{"role", wanted.role},
                                               {"place", wanted.place},
                                               {"email", vault_->commit(invitation.email)}})});
    return code;
}

base::Result<Account> Accounts::accept_invitation(store::Database& database, std::string_view code,
                                                  const NewAccount& draft,
                                                  const store::Outcome<Account>& outcome) const {
    // Looked at before the costly hash, and again in the transaction that uses it.
    TRY(database.read<void>([&](store::Reader& reader) -> base::Status {
        TRY(load_invitation(reader, code, database.clock().now()));
        return {};
    }));
    NewAccount clean = draft;
    std::vector<base::Error> defects = check_account(clean);
    if (!defects.empty())
        return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
    const std::string hash = hash_password(clean.password);
    return database.write<Account>([&](store::Transaction& transaction) -> base::Result<Account> {
        const InvitationRow invitation = TRY(load_invitation(transaction, code, transaction.now()));
        const Account account = TRY(insert(transaction, Actor::visitor(), clean, hash));
        Membership membership = invitation.membership;
        membership.account = account.id;
        insert_membership(transaction, as_oneself(account), membership);
        use_invitation(transaction, invitation, account.id);
        return store::concluded(outcome, transaction, account);
    });
}

base::Result<Membership> Accounts::join(store::Transaction& transaction, const Actor& actor,
                                        std::string_view code) const {
    if (!actor.signed_in())
        return base::refuse(base::error(base::ErrorKind::unauthenticated, "not_signed_in"));
    const InvitationRow invitation = TRY(load_invitation(transaction, code, transaction.now()));
    Membership membership = invitation.membership;
    membership.account = actor.account;
    membership = insert_membership(transaction, actor, membership);
    use_invitation(transaction, invitation, actor.account);
    return membership;
}

base::Result<Account> Accounts::register_with_organisation(
    store::Database& database, const NewAccount& draft, const OrganisationDraft& organisation_draft,
    const Organisations& organisations, const store::Outcome<Account>& outcome) const {
    const Role* role = roles_->first_member_role(organisation_draft.kind);
    if (role == nullptr)
        return base::refuse(base::forbidden("organisation_kind_not_open")
                                .with("kind", to_string(organisation_draft.kind))
                                .at("kind"));
    NewAccount clean = draft;
    std::vector<base::Error> defects = check_account(clean);
    if (!defects.empty())
        return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
    const std::string hash = hash_password(clean.password);
    OrganisationDraft honest = organisation_draft;
    honest.is_sample = false;
    return database.write<Account>([&](store::Transaction& transaction) -> base::Result<Account> {
        const Account account = TRY(insert(transaction, Actor::visitor(), clean, hash));
        const Actor self = as_oneself(account);
        const Organisation organisation =
            TRY(organisations.create_pending(transaction, self, honest));
        Membership membership;
        membership.account = account.id;
        membership.organisation = organisation.id;
        membership.role = role->code;
        insert_membership(transaction, self, membership);
        TRY(tell_officers(transaction, organisation,
                          organisations.standing_of(organisation).place));
        return store::concluded(outcome, transaction, account);
    });
}

bool Accounts::is_set_up(store::Reader& reader) {
    return reader.number("select count(*) from party_membership where role = 'administrator'") > 0;
}

base::Result<std::string> Accounts::make_setup_code(store::Database& database) const {
    return database.write<std::string>(
        [&](store::Transaction& transaction) -> base::Result<std::string> {
            if (is_set_up(transaction)) return std::string();
            const std::string code = base::random_token(transaction.random(), 18);
            transaction.execute(
                "insert into party_setup (id, code_hash) values (1, :hash) on conflict (id) do "
                "update set code_hash = excluded.code_hash",
                {{"hash", hash_of_token(code)}});
            return code;
        });
}

base::Result<Account> Accounts::set_up(store::Database& database, std::string_view code,
                                       const NewAccount& draft,
                                       const store::Outcome<Account>& outcome) const {
    const std::string given = hash_of_token(code);
    const auto right =
        TRY(database.write<bool>([&](store::Transaction& transaction) -> base::Result<bool> {
            if (is_set_up(transaction)) return base::refuse(base::conflict("already_set_up"));
            TRY(Lockout::count_attempt(transaction, "setup", setup_rule));
            const auto row = transaction.first("select code_hash from party_setup where id = 1");
            const bool same = row && base::equal_in_constant_time(row->text(0), given);
            if (same) Lockout::forget(transaction, "setup");
            return same;
        }));
    if (!right) return base::refuse(base::forbidden("setup_code_wrong").at("code"));
    NewAccount clean = draft;
    std::vector<base::Error> defects = check_account(clean);
    if (!defects.empty())
        return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
    const std::string hash = hash_password(clean.password);
    return database.write<Account>([&](store::Transaction& transaction) -> base::Result<Account> {
        const std::int64_t used = transaction.execute(
            "update party_setup set used_at = :now where id = 1 and code_hash = :hash and used_at "
            "is null",
            {{"now", transaction.now()}, {"hash", given}});
        if (used == 0 || is_set_up(transaction))
            return base::refuse(base::conflict("already_set_up"));
        const Account account = TRY(insert(transaction, Actor::visitor(), clean, hash));
        Membership membership;
        membership.account = account.id;
        membership.role = administrator_role;
        membership.place = places_->region().code;
        insert_membership(transaction, as_oneself(account), membership);
        return store::concluded(outcome, transaction, account);
    });
}

std::vector<Membership> Accounts::memberships(store::Reader& reader,
                                              const base::Id<Account>& account, base::Time now) {
    std::vector<Membership> result;
    const auto rows = reader.query(
        std::string(select_membership) +
            "where account = :account and valid_from <= :now and (valid_until is null or "
            "valid_until > :now) order by id",
        {{"account", account}, {"now", now}});
    for (const store::Row& row : rows)
        result.push_back(read_row(row));
    return result;
}

std::vector<Account> Accounts::members_of(store::Reader& reader,
                                          const base::Id<Organisation>& organisation,
                                          base::Time now) {
    return load_accounts(
        reader,
        reader.query("select distinct account from party_membership where organisation = "
                     ":organisation and valid_from <= :now and (valid_until is null or valid_until "
                     "> :now) order by account",
                     {{"organisation", organisation}, {"now", now}}));
}

std::vector<Account> Accounts::holders_of(store::Reader& reader, std::string_view role,
                                          std::string_view place, base::Time now) {
    if (place.size() != 6) return {};
    const std::string county(place);
    const std::string around[] = {county, county.substr(0, 4) + "00", county.substr(0, 2) + "0000"};
    for (const std::string& at : around) {
        auto accounts = load_accounts(
            reader,
            reader.query("select distinct account from party_membership where role = :role and "
                         "place = :place and valid_from <= :now and (valid_until is null or "
                         "valid_until > :now) order by account",
                         {{"role", role}, {"place", at}, {"now", now}}));
        if (!accounts.empty()) return accounts;
    }
    return {};
}

base::Result<Actor> Accounts::actor_for(store::Reader& reader, const base::Id<Account>& id,
                                        const base::Id<Organisation>& organisation,
                                        base::Time now) {
    const auto account = find(reader, id);
    if (!account) return base::refuse(base::not_found("account_unknown"));
    Actor actor;
    actor.account = id;
    actor.name = account->name;
    actor.language = account->language;
    std::optional<Organisation> acted_for;
    if (!organisation.empty()) acted_for = Organisations::find(reader, organisation);
    bool is_member = organisation.empty();
    for (const Membership& membership : memberships(reader, id, now)) {
        if (membership.organisation.empty()) {
            actor.grants.push_back({membership.role, membership.place, {}});
            continue;
        }
        if (!acted_for || membership.organisation != organisation) continue;
        is_member = true;
        if (acted_for->state == OrganisationState::suspended) continue;
        if (acted_for->state == OrganisationState::verified)
            actor.grants.push_back({membership.role, membership.place, organisation});
        else
            actor.grants.push_back({std::string(applicant_role), {}, organisation});
    }
    if (!is_member) return base::refuse(base::forbidden("membership_unknown").at("organisation"));
    const bool may_act = acted_for && acted_for->state != OrganisationState::suspended;
    if (may_act) actor.organisation = organisation;
    return actor;
}

}  // namespace party
