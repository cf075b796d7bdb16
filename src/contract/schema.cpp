#include <array>

#include "contract/migrations.h"

namespace contract {
namespace {

constexpr std::array steps{store::Migration{"contract", 1, "contracts and their registration",
                                            R"(create table contract_contract (
  id text primary key,
  owner text not null,
  counterpart text,
  point text not null,
  author text not null,
  place text not null,
  agreement text,
  body text not null,
  answers text not null,
  pending_body text,
  round bigint not null,
  rule_set text,
  accepted_on text,
  registered_on text,
  local_no text,
  national_no text,
  certificate_code text,
  class_code text,
  total_fen bigint not null,
  technical_fen bigint not null,
  decision text not null,
  is_sample bigint not null,
  words text not null,
  version bigint not null,
  created_at bigint not null
);
create index contract_contract_owner on contract_contract (owner, id);
create index contract_contract_counterpart on contract_contract (counterpart, id);
create index contract_contract_point on contract_contract (point, id);
create index contract_contract_place on contract_contract (place, id);
create unique index contract_contract_local_no on contract_contract (local_no);
create unique index contract_contract_certificate on contract_contract (certificate_code);
create index contract_contract_agreement on contract_contract (agreement);
create table contract_point (
  organisation text primary key,
  number bigint not null
))"}};

}  // namespace

std::span<const store::Migration> migrations() {
    return steps;
}

}  // namespace contract
