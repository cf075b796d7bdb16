#include "catalog/migrations.h"

namespace catalog {
namespace {

constexpr std::string_view first = R"(
CREATE TABLE catalog_entry (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    version {bigint} NOT NULL,
    state TEXT NOT NULL,
    owner TEXT NOT NULL,
    place TEXT NOT NULL,
    author TEXT NOT NULL,
    language TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    confidential TEXT NOT NULL,
    card TEXT NOT NULL,
    level {bigint},
    amount {bigint},
    deadline TEXT NOT NULL,
    visibility TEXT NOT NULL,
    created_at {bigint} NOT NULL,
    updated_at {bigint} NOT NULL,
    first_published_at {bigint},
    published_at {bigint},
    valid_until {bigint},
    remind_at {bigint},
    is_sample {bigint} NOT NULL,
    import TEXT NOT NULL
);
CREATE INDEX catalog_entry_by_owner ON catalog_entry (owner, id);
CREATE INDEX catalog_entry_by_state ON catalog_entry (state, kind, id);
CREATE INDEX catalog_entry_by_place ON catalog_entry (place, id);
CREATE INDEX catalog_entry_by_valid_until ON catalog_entry (valid_until);
CREATE INDEX catalog_entry_by_remind_at ON catalog_entry (remind_at);
CREATE TABLE catalog_mark (
    mark TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (mark, entry)
);
CREATE INDEX catalog_mark_by_entry ON catalog_mark (entry);
CREATE TABLE catalog_import (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    author TEXT NOT NULL,
    file_name TEXT NOT NULL,
    file_hash TEXT NOT NULL,
    stored TEXT NOT NULL,
    rows_total {bigint} NOT NULL,
    rows_faulty {bigint} NOT NULL,
    rows_incomplete {bigint} NOT NULL,
    rows_duplicate {bigint} NOT NULL,
    report TEXT NOT NULL,
    created_at {bigint} NOT NULL,
    committed_at {bigint},
    entries_made {bigint} NOT NULL
);
CREATE INDEX catalog_import_by_owner ON catalog_import (owner, id);
CREATE TABLE catalog_subscription (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    rhythm TEXT NOT NULL,
    created_at {bigint} NOT NULL,
    seen_until {bigint} NOT NULL,
    next_at {bigint} NOT NULL
);
CREATE INDEX catalog_subscription_by_account ON catalog_subscription (account, id);
CREATE INDEX catalog_subscription_by_next_at ON catalog_subscription (next_at)
)";

constexpr store::Migration steps[] = {
    {"catalog", 1, "Entries, marks of duplicates, imports, subscriptions", first},
};

}  // namespace

std::span<const store::Migration> migrations() {
    return steps;
}

}  // namespace catalog
