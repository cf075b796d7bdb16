#include "party/migrations.h"

#include <array>

namespace party {

namespace {

constexpr std::array steps{
    store::Migration{.module = "party", .number = 1, .title = "organisations", .sql = R"(
create table party_organisation (
    id text not null primary key,
    credit_code text not null,
    name text not null,
    name_folded text not null,
    name_en text not null,
    kind text not null,
    is_public_body {bigint} not null,
    place text not null,
    address text not null,
    introduction text not null,
    state text not null,
    decision_reason text not null,
    is_sample {bigint} not null,
    version {bigint} not null,
    created_at {bigint} not null
);
create unique index party_organisation_credit_code on party_organisation (credit_code)
    where credit_code <> '';
create index party_organisation_place on party_organisation (place, kind);
create index party_organisation_state on party_organisation (state, id))"},
    store::Migration{.module = "party", .number = 2, .title = "accounts", .sql = R"(
create table party_account (
    id text not null primary key,
    login text not null unique,
    name text not null,
    email text not null,
    phone text not null,
    language text not null,
    password_hash text not null,
    active {bigint} not null,
    must_change_password {bigint} not null,
    totp_secret text not null,
    totp_confirmed {bigint} not null,
    totp_last_step {bigint} not null,
    version {bigint} not null,
    created_at {bigint} not null
);
create table party_membership (
    id text not null primary key,
    account text not null references party_account (id),
    organisation text not null,
    role text not null,
    place text not null,
    valid_from {bigint} not null,
    valid_until {bigint},
    granted_by text not null
);
create index party_membership_account on party_membership (account);
create index party_membership_organisation on party_membership (organisation);
create index party_membership_role on party_membership (role, place);
create table party_session (
    id text not null primary key,
    token_hash text not null unique,
    account text not null references party_account (id),
    organisation text not null,
    address text not null,
    device text not null,
    created_at {bigint} not null,
    seen_at {bigint} not null,
    expires_at {bigint} not null
);
create index party_session_account on party_session (account);
create table party_sign_in_failure (
    scope text not null primary key,
    failures {bigint} not null,
    last_at {bigint} not null,
    locked_until {bigint} not null
);
create table party_invitation (
    id text not null primary key,
    code_hash text not null unique,
    email text not null,
    role text not null,
    place text not null,
    organisation text not null,
    invited_by text not null,
    created_at {bigint} not null,
    expires_at {bigint} not null,
    used_by text not null
);
create table party_setup (
    id {bigint} not null primary key,
    code_hash text not null,
    used_at {bigint}
))"},
    store::Migration{.module = "party", .number = 3, .title = "inbox", .sql = R"(
create table party_notice (
    id text not null primary key,
    account text not null references party_account (id),
    once_key text not null,
    text_key text not null,
    parameters text not null,
    link text not null,
    at {bigint} not null,
    read_at {bigint},
    mailed_at {bigint},
    unique (account, once_key)
);
create index party_notice_account on party_notice (account, id);
create index party_notice_unmailed on party_notice (at) where mailed_at is null)"},
    store::Migration{.module = "party", .number = 4, .title = "outbox", .sql = R"(
create table party_letter (
    id text not null primary key,
    sealed text not null,
    expires_at {bigint} not null
))"},
};

}  // namespace

std::span<const store::Migration> migrations() {
    return steps;
}

}  // namespace party
