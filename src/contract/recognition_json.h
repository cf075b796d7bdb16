#pragma once

#include <string>

#include "base/json.h"
#include "contract/recognition.h"

namespace contract {

/// A decision for machines and for storing with a case: outcome, class, reasons with citation, flags,
/// amounts as texts, lane, per-part results and the whole path with the facts that each condition
/// read. Without words for people; those come from the texts by the keys given here.
base::json::object to_json(const Profile& profile, const Case& facts, const Decision& decision);

/// A case from JSON in the shape of the case format ({facts, parts, lines}), as the workbench and the
/// public self-check send it. Errors: those of Case, with the field's path.
base::Result<Case> case_from_json(const base::json::object& body);

}  // namespace contract
