#include <array>

#include "programme/migrations.h"

namespace programme {
namespace {

constexpr std::array steps{
    store::Migration{"programme", 1, "applications, reviews, lists, objections",
                     R"(create table programme_version (
  programme text not null,
  revision {bigint} not null,
  hash text not null,
  label text not null,
  content text not null,
  seen_at {bigint} not null,
  primary key (programme, revision)
);
create table programme_application (
  id text not null primary key,
  programme text not null,
  revision {bigint} not null,
  batch text not null,
  owner text not null,
  counterpart text not null,
  point text not null,
  author text not null,
  place text not null,
  title text not null,
  body {json} not null,
  prefilled {json} not null,
  reasons {json} not null,
  records {json} not null,
  kind text not null,
  result text not null,
  score {bigint},
  rank {bigint} not null,
  state text not null,
  created_at {bigint} not null,
  submitted_at {bigint},
  decided_at {bigint},
  is_sample {bigint} not null,
  version {bigint} not null
);
create index programme_application_state on programme_application (programme, state, batch, id);
create index programme_application_owner on programme_application (owner, id);
create index programme_application_author on programme_application (author, id);
create index programme_application_counterpart on programme_application (counterpart, id);
create index programme_application_place on programme_application (place, id);
create table programme_review (
  id text not null primary key,
  application text not null references programme_application (id),
  expert text not null,
  expert_name text not null,
  state text not null,
  marks {json} not null,
  words text not null,
  total {bigint},
  assigned_at {bigint} not null,
  scored_at {bigint},
  version {bigint} not null
);
create index programme_review_application on programme_review (application, id);
create index programme_review_expert on programme_review (expert, id);
create table programme_list (
  id text not null primary key,
  programme text not null,
  revision {bigint} not null,
  batch text not null,
  kind text not null,
  place text not null,
  title text not null,
  document_no text not null,
  body {json} not null,
  hash text not null,
  state text not null,
  published_at {bigint} not null,
  ends_at {bigint},
  is_sample {bigint} not null,
  version {bigint} not null
);
create index programme_list_programme on programme_list (programme, batch, id);
create index programme_list_state on programme_list (state, id);
create table programme_list_item (
  list text not null references programme_list (id),
  application text not null,
  primary key (list, application)
);
create index programme_list_item_application on programme_list_item (application, list);
create table programme_objection (
  id text not null primary key,
  list text not null references programme_list (id),
  application text not null,
  place text not null,
  ground text not null,
  sealed text not null,
  person text not null,
  tracking text not null unique,
  state text not null,
  filed_at {bigint} not null,
  version {bigint} not null,
  unique (list, application, person)
);
create index programme_objection_list on programme_objection (list, id))"},
    store::Migration{"programme", 2, "titles, awards, follow-ups",
                     R"(create table programme_title (
  id text not null primary key,
  programme text not null,
  application text not null,
  code text not null,
  number text not null unique,
  organisation text not null,
  account text not null,
  holder text not null,
  place text not null,
  detail text not null,
  grade text not null,
  state text not null,
  is_public {bigint} not null,
  valid_from text not null,
  valid_until text not null,
  ended_on text not null,
  end_reason text not null,
  is_sample {bigint} not null,
  version {bigint} not null
);
create index programme_title_register on programme_title (code, state, id);
create index programme_title_organisation on programme_title (organisation, id);
create index programme_title_application on programme_title (application, id);
create index programme_title_until on programme_title (state, valid_until);
create table programme_award (
  id text not null primary key,
  programme text not null,
  application text not null unique,
  owner text not null,
  place text not null,
  year {bigint} not null,
  total {bigint} not null,
  paid {bigint} not null,
  to_return {bigint} not null,
  returned {bigint} not null,
  calculation {json} not null,
  state text not null,
  is_sample {bigint} not null,
  version {bigint} not null
);
create index programme_award_owner on programme_award (owner, programme, year);
create index programme_award_year on programme_award (programme, year);
create table programme_payment (
  id text not null primary key,
  award text not null references programme_award (id),
  kind text not null,
  part text not null,
  amount {bigint} not null,
  document text not null,
  actor text not null,
  at {bigint} not null
);
create index programme_payment_award on programme_payment (award, id);
create table programme_claim (
  contract_number text not null primary key,
  award text not null,
  programme text not null
);
create table programme_followup (
  id text not null primary key,
  programme text not null,
  revision {bigint} not null,
  application text not null references programme_application (id),
  code text not null,
  round {bigint} not null,
  owner text not null,
  author text not null,
  place text not null,
  title text not null,
  opens_on text not null,
  due_on text not null,
  state text not null,
  body {json} not null,
  result text not null,
  score {bigint},
  is_failed {bigint} not null,
  filed_at {bigint},
  judged_at {bigint},
  version {bigint} not null,
  unique (application, code, round)
);
create index programme_followup_opens on programme_followup (state, opens_on);
create index programme_followup_owner on programme_followup (owner, id);
create table programme_tally (
  owner text not null,
  kind text not null,
  day text not null,
  subject text not null,
  counted {bigint} not null,
  amount {bigint} not null
);
create index programme_tally_owner on programme_tally (owner, kind, day))"},
    store::Migration{"programme", 3, "a person's own follow-ups",
                     "create index programme_followup_author on programme_followup (author, id)"}};

}  // namespace

std::span<const store::Migration> migrations() {
    return steps;
}

}  // namespace programme
