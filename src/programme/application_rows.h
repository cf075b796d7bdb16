#pragma once

#include "programme/application.h"

/// The rows of applications, shared by this module's sources only.
namespace programme::rows {

#define PROGRAMME_APPLICATION_COLUMNS                                                           \
    "id, programme, revision, batch, owner, counterpart, point, author, place, title, body, "   \
    "prefilled, reasons, records, kind, result, score, rank, state, created_at, submitted_at, " \
    "decided_at, is_sample, version"

Application read_application(const store::Row&);
void insert(store::Transaction&, const Application&);
void update(store::Transaction&, const Application&);
base::json::object object_of(const std::string& text);

}  // namespace programme::rows
