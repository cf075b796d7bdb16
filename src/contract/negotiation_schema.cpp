#include <array>

#include "contract/migrations.h"

namespace contract {

namespace {

constexpr std::array steps{
    store::Migration{"negotiation", 1, "contacts and rooms", R"(
create table negotiation_contact (
    id text not null primary key,
    entry text not null,
    from_entry text not null,
    entry_title text not null,
    owner text not null,
    requester text not null,
    author text not null,
    place text not null,
    message text not null,
    state text not null,
    owner_is_known {bigint} not null,
    created_at {bigint} not null,
    answered_at {bigint}
);
create index negotiation_contact_owner on negotiation_contact (owner, id);
create index negotiation_contact_requester on negotiation_contact (requester, id);
create index negotiation_contact_entry on negotiation_contact (entry, requester);
create table negotiation_room (
    contact text not null primary key references negotiation_contact (id),
    terms_version text not null,
    terms_hash text not null,
    terms text not null,
    opened_at {bigint} not null
);
create table negotiation_message (
    id text not null primary key,
    contact text not null references negotiation_contact (id),
    organisation text not null,
    account text not null,
    account_name text not null,
    words text not null,
    at {bigint} not null
);
create index negotiation_message_contact on negotiation_message (contact, id);
create table negotiation_meeting (
    id text not null primary key,
    contact text not null references negotiation_contact (id),
    organisation text not null,
    account_name text not null,
    topic text not null,
    location text not null,
    starts_at {bigint} not null,
    ends_at {bigint} not null,
    state text not null,
    answered_by text not null,
    at {bigint} not null
);
create index negotiation_meeting_contact on negotiation_meeting (contact, id);
create table negotiation_acceptance (
    id text not null primary key,
    contact text not null references negotiation_contact (id),
    organisation text not null,
    account text not null,
    account_name text not null,
    terms_hash text not null,
    address text not null,
    at {bigint} not null,
    unique (contact, organisation)
);
create table negotiation_item (
    contact text not null references negotiation_contact (id),
    item text not null,
    kind text not null,
    organisation text not null,
    released {bigint} not null,
    changed_at {bigint} not null,
    primary key (contact, item)
);
create table negotiation_view (
    id text not null primary key,
    contact text not null references negotiation_contact (id),
    item text not null,
    item_name text not null,
    organisation text not null,
    account text not null,
    account_name text not null,
    address text not null,
    at {bigint} not null
);
create index negotiation_view_contact on negotiation_view (contact, id))"},
    store::Migration{"negotiation", 2, "agreements", R"(
create table negotiation_agreement (
    id text not null primary key,
    contact text not null references negotiation_contact (id),
    entry text not null,
    seller text not null,
    buyer text not null,
    proposer text not null,
    place text not null,
    body text not null,
    revision {bigint} not null,
    seller_confirmed_by text not null,
    seller_confirmed_at {bigint},
    buyer_confirmed_by text not null,
    buyer_confirmed_at {bigint},
    needs_notice {bigint} not null,
    state text not null,
    contract text not null,
    version {bigint} not null,
    created_at {bigint} not null,
    agreed_at {bigint}
);
create index negotiation_agreement_contact on negotiation_agreement (contact, id);
create index negotiation_agreement_seller on negotiation_agreement (seller, id);
create index negotiation_agreement_buyer on negotiation_agreement (buyer, id))"},
    // What lies in `words` still is sealed at the next start (Rooms::seal_clear).
    store::Migration{"negotiation", 3, "sealed words of messages", R"(
alter table negotiation_message add column sealed text not null default '')"},
};

}  // namespace

std::span<const store::Migration> negotiation_migrations() {
    return steps;
}

}  // namespace contract
