#pragma once

#include <functional>
#include <string_view>

#include "base/json.h"
#include "base/texts.h"
#include "http/router.h"
#include "party/actor.h"
#include "party/place.h"
#include "store/database.h"
#include "workflow/attachment.h"
#include "workflow/case.h"
#include "workflow/codes.h"
#include "workflow/form.h"

namespace workflow {

/// The HTTP face of procedures: the queue, a case with its buttons and decisions, code lists, forms.
/// Steps are taken at the records' own addresses (`POST /api/entries/{id}/{transition}` …).
/// What is referred to must outlive the router. Thread-safe.
struct WorkflowApi {
    store::Database& database;
    const Cases& cases;
    const Codes& codes;
    const party::Places& places;
    const base::Texts& texts;
    /// A form by its code, whatever module owns it; null if there is none.
    std::function<const Form*(std::string_view)> form_of;
    /// May this actor see that record (and so its case)? Asked for cases of their process; where
    /// none is registered only those see a case who may take a step in some state of it.
    std::function<bool(store::Reader&, const party::Actor&, const Case&)> may_see;
    /// Refuses to tell the state and decisions of a case that the actor may see otherwise, because he
    /// is to judge it on his own. Optional.
    std::function<base::Status(store::Reader&, const party::Actor&, const Case&)> check_open;

    void mount(http::Router& router) const;
};

/// {code, title, to, reasons: [{code, label}], needs_text, needs_files, source}
base::json::object show_transition(const Codes& codes, const Transition& transition,
                                   base::Language language);
/// The case with state, clock, the actor's transitions and all decisions.
base::json::object show_case(store::Reader& reader, const Cases& cases, const Case& item,
                             const party::Actor& actor, base::Language language);
/// {id, kind, kind_label, name, content_type, size, sha256, tier, at}
base::json::object show_attachment(const Attachment& file, const base::Texts& texts,
                                   base::Language language);

/// A state in words; the code itself where the process does not know it.
std::string state_title(const Cases& cases, std::string_view process, std::string_view state,
                        base::Language language);
/// Adds `due` and `working_days_left`: 0 on the day itself, negative when late, left out where the
/// calendar of the year is not known. Nothing without a running clock.
void add_clock(base::json::object& shown, const Cases& cases, const std::optional<base::Time>& due,
               base::Time now);

/// Reads {reason, text, data} of a step. `form_invalid`-free: wrong types are `field_wrong_type`.
base::Result<Event> read_event(const http::Request& request, std::string_view transition);

}  // namespace workflow
