#include "workflow/migrations.h"

namespace workflow {
namespace {

// workflow_wait holds, for each case and each place level, organisation or account that it waits
// for, one row in the order in which queues are shown: a queue is then a walk along one index, at
// whatever level of the tree the reader stands and however many cases there are.
constexpr std::string_view first = R"(
CREATE TABLE workflow_case (
    process TEXT NOT NULL,
    subject TEXT NOT NULL,
    process_version {bigint} NOT NULL,
    version {bigint} NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    place TEXT NOT NULL,
    owner TEXT NOT NULL,
    counterpart TEXT NOT NULL,
    point TEXT NOT NULL,
    author TEXT NOT NULL,
    opened_at {bigint} NOT NULL,
    since {bigint} NOT NULL,
    due_at {bigint},
    fires_at {bigint},
    remind_at {bigint},
    paused_remaining {bigint},
    escalation {bigint} NOT NULL,
    PRIMARY KEY (process, subject)
);
CREATE INDEX workflow_case_by_subject ON workflow_case (subject);
CREATE INDEX workflow_case_by_fires_at ON workflow_case (fires_at);
CREATE INDEX workflow_case_by_remind_at ON workflow_case (remind_at);
CREATE TABLE workflow_wait (
    scope TEXT NOT NULL,
    role TEXT NOT NULL,
    due_at {bigint} NOT NULL,
    opened_at {bigint} NOT NULL,
    process TEXT NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (scope, role, due_at, opened_at, process, subject)
);
CREATE INDEX workflow_wait_by_process
    ON workflow_wait (scope, role, process, due_at, opened_at, subject);
CREATE INDEX workflow_wait_by_case ON workflow_wait (process, subject);
CREATE TABLE workflow_decision (
    id TEXT NOT NULL PRIMARY KEY,
    process TEXT NOT NULL,
    subject TEXT NOT NULL,
    case_version {bigint} NOT NULL,
    transition TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    reason TEXT NOT NULL,
    words TEXT NOT NULL,
    salt TEXT NOT NULL,
    data TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    at {bigint} NOT NULL
);
CREATE INDEX workflow_decision_by_case ON workflow_decision (process, subject, case_version);
CREATE TABLE workflow_history (
    subject TEXT NOT NULL,
    version {bigint} NOT NULL,
    at {bigint} NOT NULL,
    actor TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    changes TEXT NOT NULL,
    PRIMARY KEY (subject, version)
);
CREATE TABLE workflow_attachment (
    id TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size {bigint} NOT NULL,
    sha256 TEXT NOT NULL,
    stored TEXT NOT NULL,
    tier TEXT NOT NULL,
    uploaded_by TEXT NOT NULL,
    at {bigint} NOT NULL,
    removed {bigint} NOT NULL
);
CREATE INDEX workflow_attachment_by_subject ON workflow_attachment (subject, id)
)";

constexpr store::Migration steps[] = {
    {"workflow", 1, "Cases, queues, decisions, history, attachments", first},
    {"workflow", 2, "Deadlines in years that are not announced yet",
     R"(ALTER TABLE workflow_case ADD COLUMN provisional_year {bigint} NOT NULL DEFAULT 0;
CREATE INDEX workflow_case_by_provisional_year ON workflow_case (provisional_year)
    WHERE provisional_year > 0)"},
};

}  // namespace

std::span<const store::Migration> migrations() {
    return steps;
}

}  // namespace workflow
