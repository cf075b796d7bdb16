#include <array>

#include "trade/migrations.h"

namespace trade {
namespace {

constexpr std::array steps{store::Migration{"listing", 1, "listings, deposits, bank statements",
                                            R"(create table trade_listing (
  id text not null primary key,
  entry text not null,
  place text not null,
  seller text not null,
  host text not null,
  title text not null,
  body text not null,
  rules text not null,
  rule_set text not null,
  previous text not null,
  stage text not null,
  price {bigint} not null,
  currency text not null,
  due_at {bigint},
  published_at {bigint},
  certificate text not null,
  is_sample {bigint} not null,
  created_at {bigint} not null,
  version {bigint} not null
);
create index trade_listing_stage on trade_listing (stage, id);
create index trade_listing_due on trade_listing (due_at);
create index trade_listing_entry on trade_listing (entry);
create index trade_listing_seller on trade_listing (seller, id);
create index trade_listing_host on trade_listing (host, id);
create index trade_listing_certificate on trade_listing (certificate);
create table trade_listing_event (
  listing text not null references trade_listing (id),
  seq {bigint} not null,
  at {bigint} not null,
  event text not null,
  primary key (listing, seq)
);
create table trade_deposit_reference (
  reference text not null primary key,
  listing text not null,
  party text not null,
  unique (listing, party)
);
create table trade_deposit_posting (
  procedure_id text not null,
  seq {bigint} not null,
  owner text not null,
  from_account text not null,
  to_account text not null,
  amount {bigint} not null,
  currency text not null,
  reason text not null,
  source text not null,
  due_at {bigint},
  at {bigint} not null,
  primary key (procedure_id, seq)
);
create table trade_statement_line (
  id text not null primary key,
  host text not null,
  number text not null,
  day text not null,
  amount {bigint} not null,
  payer text not null,
  reference text not null,
  verdict text not null,
  listing text not null,
  party text not null,
  file text not null,
  imported_by text not null,
  at {bigint} not null
);
create index trade_statement_line_host on trade_statement_line (host, verdict, id);
create index trade_statement_line_number on trade_statement_line (host, number);
create table trade_bar (
  party text not null,
  listing text not null,
  ground text not null,
  until_at {bigint} not null,
  primary key (party, listing)
))"}};

}  // namespace

std::span<const store::Migration> listing_migrations() {
    return steps;
}

}  // namespace trade
