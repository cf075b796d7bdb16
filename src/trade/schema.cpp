#include <array>

#include "trade/migrations.h"

namespace trade {
namespace {

constexpr std::array steps{store::Migration{"trade", 1, "price notices and objections",
                                            R"(create table trade_notice (
  id text not null primary key,
  agreement text not null,
  contact text not null,
  entry text not null,
  revision {bigint} not null,
  seller text not null,
  buyer text not null,
  author text not null,
  place text not null,
  title text not null,
  body text not null,
  body_hash text not null,
  record text not null,
  state text not null,
  ends_at {bigint},
  started_at {bigint} not null,
  ended_at {bigint},
  end_reason text not null,
  is_sample {bigint} not null,
  version {bigint} not null
);
create index trade_notice_state on trade_notice (state, id);
create index trade_notice_agreement on trade_notice (agreement, id);
create table trade_objection (
  id text not null primary key,
  notice text not null references trade_notice (id),
  seller text not null,
  place text not null,
  ground text not null,
  is_tip {bigint} not null,
  sealed text not null,
  person text not null,
  tracking text not null,
  state text not null,
  filed_at {bigint} not null,
  version {bigint} not null,
  unique (tracking),
  unique (notice, ground, person)
);
create index trade_objection_seller on trade_objection (seller, id);
create index trade_objection_place on trade_objection (place, id))"}};

}  // namespace

std::span<const store::Migration> migrations() {
    return steps;
}

}  // namespace trade
