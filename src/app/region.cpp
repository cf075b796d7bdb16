#include "app/region.h"

#include <algorithm>
#include <functional>

#include "app/city_map.h"
#include "app/region_files.h"
#include "base/check.h"
#include "trade/auction_presets.h"

namespace app {
namespace {

std::vector<std::filesystem::path> yaml_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

/// One step of loading: what it reads and how. The order matters: later steps use earlier ones.
struct Part {
    std::string_view what;
    std::function<base::Status(Region&)> load;
};

base::Status load_settings(Region& region) {
    base::Yaml root = TRY(base::Yaml::load(region.folder / "region.yaml"));
    TRY(root.only_keys({"code", "place", "name", "short_name", "plan", "languages", "currency",
                        "time_zone", "officers", "contract_authority", "settings"}));
    region.code = TRY(TRY(root.required("code")).text());
    region.name = TRY(base::LocalText::from(TRY(root.required("name"))));
    region.short_name = root["short_name"].is_defined()
                            ? TRY(base::LocalText::from(root["short_name"]))
                            : region.name;
    for (const base::Yaml& tag : root["languages"]["complete"].items()) {
        auto language = base::parse_language(TRY(tag.text()));
        if (!language) return base::refuse(tag.fault("language_unknown", "no such language"));
        region.languages.push_back(*language);
    }
    if (region.languages.empty()) region.languages.push_back(base::Language::zh_cn);
    for (const auto& [name, node] : root["settings"].pairs()) {
        TRY(node.only_keys({"value", "unit", "sure", "source"}));
        region.settings[name] = TRY(TRY(node.required("value")).text());
    }
    return {};
}

base::Status load_processes(Region& region) {
    for (const auto& file : yaml_files(region.folder / "processes")) {
        region.processes.push_back(TRY(workflow::Process::load(file)));
    }
    return {};
}

base::Status load_forms(Region& region) {
    for (const auto& file : yaml_files(region.folder / "forms")) {
        base::Yaml root = TRY(base::Yaml::load(file));
        auto form = TRY(workflow::Form::from(root, region.codes));
        std::string code = form.code;
        region.forms.emplace(std::move(code), std::move(form));
    }
    return {};
}

const std::vector<Part>& parts() {
    static const std::vector<Part> list{
        {"settings", load_settings},
        {"texts",
         [](Region& r) -> base::Status {
             r.texts = TRY(base::Texts::load(r.folder / "texts"));
             return {};
         }},
        {"places",
         [](Region& r) -> base::Status {
             r.places = TRY(party::Places::load(r.folder / "places.yaml"));
             return {};
         }},
        {"map",
         [](Region& r) -> base::Status {
             // The page that shows it reads it again: nothing else needs it.
             TRY(CityMap::load(r.folder, r.places));
             return {};
         }},
        {"calendar",
         [](Region& r) -> base::Status {
             r.calendar = TRY(base::WorkCalendar::load(r.folder / "calendar"));
             return {};
         }},
        {"codes",
         [](Region& r) -> base::Status {
             r.codes = TRY(workflow::Codes::load(r.folder / "codes"));
             return {};
         }},
        {"roles",
         [](Region& r) -> base::Status {
             r.roles = TRY(party::Roles::load(r.folder / "roles.yaml"));
             return {};
         }},
        {"permissions",
         [](Region& r) -> base::Status {
             r.permissions = TRY(party::Permissions::load(r.folder / "permissions.yaml"));
             return {};
         }},
        {"processes", load_processes},
        {"kinds",
         [](Region& r) -> base::Status {
             r.kinds = TRY(catalog::Kinds::load(r.folder / "kinds", r.codes));
             return {};
         }},
        {"doors",
         [](Region& r) -> base::Status {
             r.doors = TRY(catalog::Doors::load(r.folder / "doors.yaml", r.kinds));
             return {};
         }},
        {"forms", load_forms},
        {"programmes",
         [](Region& r) -> base::Status {
             r.programmes = TRY(programme::Programmes::load(r.folder / "programmes", r.codes));
             return {};
         }},
        {"rule sets",
         [](Region& r) -> base::Status {
             std::filesystem::path folder = r.folder / "contract";
             r.rule_sets = TRY(contract::RuleSets::load(folder));
             // A region may begin with rule sets alone.
             auto has = [&](std::string_view file) {
                 return std::filesystem::exists(folder / file);
             };
             if (has("quality.yaml"))
                 r.quality = TRY(contract::QualitySettings::load(folder / "quality.yaml"));
             if (has("clauses.yaml"))
                 r.clauses = TRY(contract::ClauseRules::load(folder / "clauses.yaml"));
             if (has("benefits.yaml"))
                 r.benefits = TRY(contract::load_benefits(folder / "benefits.yaml"));
             if (has("published.yaml"))
                 r.published = TRY(contract::load_published(folder / "published.yaml"));
             return {};
         }},
        {"indicators",
         [](Region& r) -> base::Status {
             r.indicators = TRY(indicator::Definitions::load(r.folder / "indicators"));
             return {};
         }},
        {"plan",
         [](Region& r) -> base::Status {
             r.plan = TRY(Plan::load(r.folder / "plan.yaml"));
             return {};
         }},
    };
    return list;
}

void add_faults(std::vector<std::string>& faults, std::string_view file,
                const std::vector<std::string>& found) {
    for (const std::string& fault : found)
        faults.push_back(std::string(file) + ": " + fault);
}

/// What only shows when the files are held side by side.
void cross_check(const Region& region, std::vector<std::string>& faults) {
    add_faults(faults, (region.folder / "roles.yaml").string(),
               region.roles.faults(region.permissions));
    for (const workflow::Process& process : region.processes) {
        std::string file = (region.folder / "processes" / (process.code() + ".yaml")).string();
        add_faults(faults, file, process.faults());
        for (const workflow::Transition& transition : process.transitions()) {
            if (!transition.reasons.empty() && !region.codes.has_list(transition.reasons)) {
                faults.push_back(file + ": no code list " + transition.reasons);
            }
        }
    }
    for (const catalog::Kind& kind : region.kinds.all()) {
        bool known = std::ranges::any_of(region.processes, [&](const workflow::Process& process) {
            return process.code() == kind.process;
        });
        if (!known) faults.push_back("kinds/" + kind.code() + ".yaml: no process " + kind.process);
    }
    add_faults(faults, "programmes",
               region.programmes.faults({region.roles, region.permissions, region.texts}));
    for (const std::string& code : region.doors.figures()) {
        if (region.indicators.find(code) == nullptr)
            faults.push_back("doors.yaml: no indicator " + code);
    }
    auto presets = trade::load_auction_presets(region.folder / "trade");
    if (!presets && std::filesystem::exists(region.folder / "trade")) {
        faults.push_back("trade: " + base::describe(presets.error()));
    }
    for (const PlanDemand& demand : region.plan.demands()) {
        for (const std::string& code : demand.rests_on) {
            if (code.starts_with("indicator:") &&
                region.indicators.find(code.substr(10)) == nullptr) {
                faults.push_back("plan.yaml: demand " + demand.id + " rests on unknown " + code);
            }
            if (code.starts_with("programme:") &&
                region.programmes.find(code.substr(10)) == nullptr) {
                faults.push_back("plan.yaml: demand " + demand.id + " rests on unknown " + code);
            }
        }
    }
    for (base::Language language : region.languages) {
        for (const std::string& key : region.texts.missing(language)) {
            faults.push_back("texts/" + std::string(base::tag_of(language)) + ": missing " + key);
        }
    }
}

}  // namespace

base::Result<std::unique_ptr<Region>> Region::load(const std::filesystem::path& folder) {
    auto region = std::make_unique<Region>();
    region->folder = folder;
    for (const Part& part : parts())
        TRY(part.load(*region));
    return region;
}

const workflow::Form& Region::form(std::string_view form_code) const {
    auto found = forms.find(form_code);
    CHECK_WITH(found != forms.end(), form_code);
    return found->second;
}

std::string Region::setting(std::string_view key, std::string_view fallback) const {
    auto found = settings.find(key);
    return found == settings.end() ? std::string(fallback) : found->second;
}

std::vector<std::string> check_region(const std::filesystem::path& folder) {
    std::vector<std::string> faults;
    Region region;
    region.folder = folder;
    for (const Part& part : parts()) {
        base::Status loaded = part.load(region);
        if (!loaded)
            faults.push_back(std::string(part.what) + ": " + base::describe(loaded.error()));
    }
    if (faults.empty()) cross_check(region, faults);
    const std::vector<std::string> of_files = check_region_files(folder);
    faults.insert(faults.end(), of_files.begin(), of_files.end());
    return faults;
}

}  // namespace app
