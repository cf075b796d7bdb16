#include <array>

#include "store/migrate.h"

namespace store {
namespace {

constexpr std::array steps{
    Migration{"store", 1, "settings, change log, batches, series", R"(
create table store_setting (
    name text primary key,
    value text not null
);
create table change_log (
    seq {bigint} primary key,
    at {bigint} not null,
    actor text not null,
    place text not null,
    subject text not null,
    action text not null,
    payload text not null,
    previous text not null,
    hash text not null
);
create unique index change_log_subject on change_log (subject, seq);
create table change_batch (
    first_seq {bigint} primary key,
    last_seq {bigint} not null unique,
    signed_at {bigint} not null,
    previous_root text not null,
    root text not null,
    signature text not null,
    algorithm text not null
);
create table store_series (
    name text primary key,
    last {bigint} not null
)
)"},
    Migration{"store", 2, "idempotency, follower positions", R"(
create table store_idempotency (
    scope text not null,
    request_key text not null,
    request_hash text not null,
    status {bigint} not null,
    content_type text not null,
    body text not null,
    location text not null,
    expires_at {bigint} not null,
    primary key (scope, request_key)
);
create index store_idempotency_expiry on store_idempotency (expires_at);
create table store_follower (
    name text primary key,
    seq {bigint} not null
)
)"},
    Migration{"store", 3, "the version that a remembered answer named", R"(
alter table store_idempotency add column etag text not null default ''
)"},
};

}  // namespace

std::span<const Migration> store_migrations() {
    return steps;
}

}  // namespace store
