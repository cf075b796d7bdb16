#include "match/migrations.h"

namespace match {
namespace {

constexpr const char* first = R"(
CREATE TABLE match_evidence (
    id TEXT NOT NULL PRIMARY KEY,
    demand TEXT NOT NULL,
    achievement TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    account TEXT NOT NULL,
    organisation TEXT NOT NULL,
    source TEXT NOT NULL,
    shares TEXT NOT NULL,
    weights_version {bigint} NOT NULL,
    at {bigint} NOT NULL,
    UNIQUE (kind, source)
);
CREATE INDEX match_evidence_by_pair ON match_evidence (demand, achievement, id);
CREATE INDEX match_evidence_by_organisation ON match_evidence (organisation, kind);
CREATE TABLE match_weights (
    version {bigint} NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    weights TEXT NOT NULL,
    measured TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at {bigint} NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at {bigint}
);
CREATE TABLE match_term (
    id TEXT NOT NULL PRIMARY KEY,
    concept TEXT NOT NULL,
    language TEXT NOT NULL,
    term TEXT NOT NULL,
    relation TEXT NOT NULL,
    card TEXT NOT NULL,
    state TEXT NOT NULL,
    origin TEXT NOT NULL,
    strength {bigint} NOT NULL,
    made_at {bigint} NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at {bigint},
    UNIQUE (concept, language, term)
);
CREATE TABLE match_answer (
    contact TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX match_answer_by_owner ON match_answer (owner, state);
CREATE TABLE match_block (
    organisation TEXT NOT NULL,
    blocked TEXT NOT NULL,
    account TEXT NOT NULL,
    at {bigint} NOT NULL,
    PRIMARY KEY (organisation, blocked)
);
CREATE INDEX match_term_by_state ON match_term (state, id)
)";

constexpr store::Migration steps[] = {
    {"match", 1, "Evidence about pairs, versions of the weights, terms of the site", first},
};

}  // namespace

std::span<const store::Migration> migrations() {
    return steps;
}

}  // namespace match
