#include <array>

#include "contract/migrations.h"

namespace contract {
namespace {

constexpr std::array steps{
    store::Migration{"contract", 1, "contracts and their registration",
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
))"},
    store::Migration{"contract", 2, "registry: statistics, past registers, quality",
                     R"(create table contract_statistic (
  subject text primary key,
  day text not null,
  quarter text not null,
  family text not null,
  class_code text not null,
  field text not null,
  industry text not null,
  ip_kind text not null,
  seller_nature text not null,
  buyer_nature text not null,
  seller_place text not null,
  buyer_place text not null,
  seller_city text not null,
  buyer_city text not null,
  seller_key text not null,
  buyer_key text not null,
  total_fen bigint not null,
  technical_fen bigint not null,
  is_imported bigint not null,
  is_sample bigint not null
);
create index contract_statistic_day on contract_statistic (day);
create index contract_statistic_seller on contract_statistic (seller_key, day);
create index contract_statistic_buyer on contract_statistic (buyer_key, day);
create table contract_past (
  id text primary key,
  national_no text not null,
  body text not null,
  batch text not null,
  imported_at bigint not null
);
create unique index contract_past_number on contract_past (national_no);
create table contract_second_review (
  contract text primary key,
  round bigint not null,
  drawn_at bigint not null,
  first_reviewer text not null,
  reviewer text,
  answers text,
  outcome text,
  class_code text,
  differences text,
  reviewed_at bigint
);
create table contract_work (
  id text primary key,
  contract text not null,
  point text not null,
  registrar text not null,
  action text not null,
  day text not null,
  days bigint not null
);
create index contract_work_point on contract_work (point, day);
create table contract_registrar (
  account text primary key,
  point text not null,
  name text not null,
  trained_until text not null,
  own_organisation text not null,
  state text not null
);
create index contract_registrar_point on contract_registrar (point);
create table contract_authority (
  organisation text primary key,
  state text not null,
  authority text not null,
  valid_from text not null,
  valid_to text not null
);
create table contract_inspection (
  id text primary key,
  point text not null,
  year bigint not null,
  contract text not null,
  result text,
  note text not null,
  inspector text,
  inspected_at bigint
);
create unique index contract_inspection_once on contract_inspection (point, year, contract);
create table contract_followup (
  id text primary key,
  contract text not null,
  recipient text not null,
  reason text not null,
  day text not null,
  done_at bigint,
  note text not null
);
create index contract_followup_contract on contract_followup (contract))"}};

}  // namespace

std::span<const store::Migration> migrations() {
    return steps;
}

}  // namespace contract
