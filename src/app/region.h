#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/plan.h"
#include "base/calendar.h"
#include "base/result.h"
#include "base/texts.h"
#include "base/yaml.h"
#include "catalog/doors.h"
#include "catalog/kind.h"
#include "contract/benefits.h"
#include "contract/profile.h"
#include "contract/quality.h"
#include "contract/statistics.h"
#include "contract/text_clauses.h"
#include "indicator/definition.h"
#include "party/permission.h"
#include "party/place.h"
#include "party/role.h"
#include "programme/programmes.h"
#include "workflow/codes.h"
#include "workflow/form.h"
#include "workflow/process.h"

namespace app {

/// Everything that one region decides, read from its folder at start and never changed after:
/// places, calendar, codes, roles, permissions, processes, kinds, forms, rule sets, indicators, plan
/// and texts. Another province is another folder. Immutable; shared by all threads.
struct Region {
    std::filesystem::path folder;
    std::string code;
    base::LocalText name;
    base::LocalText short_name;
    base::Texts texts;
    party::Places places;
    base::WorkCalendar calendar;
    workflow::Codes codes;
    party::Roles roles;
    party::Permissions permissions;
    std::vector<workflow::Process> processes;
    catalog::Kinds kinds;
    catalog::Doors doors;
    std::map<std::string, workflow::Form, std::less<>> forms;
    contract::RuleSets rule_sets;
    contract::QualitySettings quality;
    contract::ClauseRules clauses;
    std::vector<contract::Benefit> benefits;
    std::vector<contract::PublishedFigure> published;
    programme::Programmes programmes;
    indicator::Definitions indicators;
    Plan plan;
    std::vector<base::Language> languages;  ///< complete ones, offered on every page

    /// Reads and validates; a refusal's detail is "file:line: words" of the first fault.
    static base::Result<std::unique_ptr<Region>> load(const std::filesystem::path& folder);
    const workflow::Form& form(std::string_view form_code) const;
    /// The value of a setting of region.yaml as text, or `fallback`.
    std::string setting(std::string_view key, std::string_view fallback) const;

    std::map<std::string, std::string, std::less<>> settings;
};

/// Loads every file on its own and gathers all faults, one "file:line: words" each: for
/// `guiqiao check`. Empty if the folder is valid.
std::vector<std::string> check_region(const std::filesystem::path& folder);

}  // namespace app
