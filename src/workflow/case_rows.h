#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"
#include "workflow/case.h"

/// The rows of cases, shared by case.cpp, case_queue.cpp and case_clock.cpp only.
namespace workflow::rows {

std::optional<Case> load(store::Reader&, std::string_view process, std::string_view subject);
/// False, and nothing written, if there is one for this process and subject.
bool insert(store::Transaction&, const Case&, std::optional<base::Time> fires_at);
/// Writes `next` over version `before`, which the caller has just read in this transaction.
void update(store::Transaction&, const Case& next, std::int64_t before,
            std::optional<base::Time> fires_at);
Case read(const store::Row&);

/// The column list that `read` expects.
#define WORKFLOW_CASE_COLUMNS                                                               \
    "process, subject, process_version, version, title, state, place, owner, counterpart, " \
    "point, author, opened_at, since, due_at, remind_at, paused_remaining, escalation, "    \
    "provisional_year"

}  // namespace workflow::rows
