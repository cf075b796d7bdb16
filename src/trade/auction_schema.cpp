#include <array>

#include "trade/migrations.h"

namespace trade {
namespace {

constexpr std::array steps{store::Migration{"auction", 1, "sales, their events, answers and keys",
                                            R"(create table trade_auction (
  id text not null primary key,
  listing text not null,
  entry text not null,
  host text not null,
  seller text not null,
  place text not null,
  title text not null,
  type text not null,
  rules text not null,
  reserve text not null,
  terms_hash text not null,
  phase text not null,
  announced_at {bigint} not null,
  opens_at {bigint} not null,
  closes_at {bigint},
  last_seq {bigint} not null,
  head text not null,
  refused {bigint} not null,
  missed {bigint} not null,
  agent_allowed {bigint} not null,
  is_sample {bigint} not null,
  alive_at {bigint} not null,
  lease_owner text not null,
  lease_epoch {bigint} not null,
  lease_until {bigint} not null,
  version {bigint} not null
);
create index trade_auction_listing on trade_auction (listing, id);
create index trade_auction_phase on trade_auction (phase, id);
create table trade_auction_seat (
  auction text not null references trade_auction (id),
  alias text not null,
  organisation text not null,
  name text not null,
  deposit {bigint} not null,
  seat text not null,
  admitted_at {bigint} not null,
  primary key (auction, alias),
  unique (auction, organisation)
);
create index trade_auction_seat_organisation on trade_auction_seat (organisation, auction);
create table trade_auction_key (
  auction text not null references trade_auction (id),
  slot {bigint} not null,
  account text not null,
  name text not null,
  public_key text not null,
  secret_key text not null,
  given_at {bigint},
  primary key (auction, slot)
);
create table trade_auction_event (
  auction text not null,
  seq {bigint} not null,
  stamp {bigint} not null,
  type text not null,
  payload text not null,
  hash text not null,
  sealed text not null,
  primary key (auction, seq)
);
create table trade_auction_answer (
  auction text not null,
  bidder text not null,
  key_hash text not null,
  digest text not null,
  outcome text not null,
  primary key (auction, bidder, key_hash)
);
create table trade_auction_command (
  id text not null primary key,
  auction text not null,
  event text not null,
  actor text not null,
  asked_at {bigint} not null,
  done_at {bigint},
  answer text not null
);
create index trade_auction_command_due on trade_auction_command (done_at, auction);
create table trade_auction_agent (
  auction text not null,
  alias text not null,
  maximum text not null,
  set_at {bigint} not null,
  ended_at {bigint},
  primary key (auction, alias)
))"}};

}  // namespace

std::span<const store::Migration> auction_migrations() {
    return steps;
}

}  // namespace trade
