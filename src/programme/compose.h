#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/texts.h"
#include "programme/definition.h"
#include "workflow/process.h"

namespace programme {

/// The process codes that belong to a programme.
std::string application_process(std::string_view programme);
std::string review_process(std::string_view programme);
std::string list_process(std::string_view programme);
std::string objection_process(std::string_view programme);
std::string follow_up_process(std::string_view programme, std::string_view follow_up);

/// Transitions of a step: "formal_pass".
std::string transition_of(std::string_view step, std::string_view what);

/// Makes the processes of a programme from its steps, so that cases, clocks, queues and permissions
/// are workflow's: the application, the experts' reviews, lists (notices, final lists), objections and
/// one for each follow-up. Words of steps come from the file, those of buttons and common states
/// from the region's texts (programme.process.…). Errors: those of workflow::Process::from.
base::Result<std::vector<workflow::Process>> compose(const Programme&, const base::Texts&);

}  // namespace programme
