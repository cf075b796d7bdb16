#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/region.h"
#include "base/json.h"
#include "indicator/definition.h"
#include "store/database.h"

namespace app {

/// A target in force for a figure, and how the figure stands to its linear path today.
struct PlanTarget {
    const indicator::Target* target = nullptr;
    const indicator::Policy* policy = nullptr;
    indicator::Value actual;
    indicator::TargetState state = indicator::TargetState::no_data;
};

struct PlanFigure {
    const indicator::Definition* definition = nullptr;
    indicator::Value value;  ///< of this year
    std::vector<PlanTarget> targets;
};

/// What a demand rests on, with where to look.
struct PlanRest {
    std::string code;
    std::string name;
    std::string page;
    int unset = 0;  ///< parameters of a programme that the region has still to set
};

/// The light of a demand: the worst of its targets in force. None of them with data: no light.
enum class PlanLight { none, green, amber, red };
std::string_view to_string(PlanLight light);

struct PlanRow {
    const PlanDemand* demand = nullptr;
    std::string department;
    std::vector<PlanRest> rests_on;
    std::vector<PlanFigure> figures;
    PlanLight light = PlanLight::none;
    std::string next;  ///< key of the texts: who must act next, and what for
    int unset = 0;     ///< parameters to be set, of all its programmes
};

/// The plan's demands with what serves them and their figures: for the page, the command, the
/// workbook and the printed sheet alike. `place` narrows figures and targets to a city or county;
/// empty: the whole region with every target. Reads only.
std::vector<PlanRow> plan_rows(store::Reader& reader, const Region& region, base::Language language,
                               const std::string& place, base::Date today);

/// Rows as `guiqiao plan --json` prints them: {id, title, department, state: live | not_yet,
/// rests_on, figures, light, next}.
base::json::array plan_json(const std::vector<PlanRow>& rows, const Region& region,
                            base::Language language);

/// The same as a workbook for a meeting. `scratch`: a folder for a passing file.
base::Result<std::string> plan_xlsx(const std::vector<PlanRow>& rows, const Region& region,
                                    base::Language language, base::Time now,
                                    const std::filesystem::path& scratch);
/// And as a printed sheet.
std::string plan_pdf(const std::vector<PlanRow>& rows, const Region& region,
                     base::Language language, base::Time now);

}  // namespace app
