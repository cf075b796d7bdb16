#include "app/plan.h"

#include <algorithm>

#include "base/yaml.h"

namespace app {
namespace {

base::Result<std::vector<PlanName>> read_names(const base::Yaml& list) {
    std::vector<PlanName> names;
    for (const base::Yaml& node : list.items()) {
        TRY(node.only_keys({"code", "name"}));
        names.push_back({TRY(TRY(node.required("code")).text()),
                         TRY(base::LocalText::from(TRY(node.required("name"))))});
    }
    return names;
}

bool has(const std::vector<PlanName>& names, std::string_view code) {
    return std::ranges::find(names, code, &PlanName::code) != names.end();
}

base::Result<PlanDemand> read_demand(const base::Yaml& node) {
    TRY(node.only_keys({"id", "part", "department", "title", "figure", "rests_on", "walked_by"}));
    PlanDemand demand;
    demand.id = TRY(TRY(node.required("id")).text());
    demand.part = TRY(TRY(node.required("part")).text());
    demand.department = TRY(TRY(node.required("department")).text());
    demand.title = TRY(base::LocalText::from(TRY(node.required("title"))));
    demand.figure = TRY(base::LocalText::from(TRY(node.required("figure"))));
    demand.rests_on = TRY(node["rests_on"].texts());
    demand.walked_by = TRY(node["walked_by"].texts());
    return demand;
}

}  // namespace

base::Result<Plan> Plan::load(const std::filesystem::path& file) {
    base::Yaml root = TRY(base::Yaml::load(file));
    TRY(root.only_keys({"document", "parts", "departments", "services", "clauses"}));
    Plan plan;
    plan.document_ = TRY(TRY(root.required("document")).text());
    plan.parts_ = TRY(read_names(TRY(root.required("parts"))));
    plan.departments_ = TRY(read_names(TRY(root.required("departments"))));
    for (const base::Yaml& node : root["services"].items()) {
        TRY(node.only_keys({"code", "name", "page"}));
        plan.services_.push_back({TRY(TRY(node.required("code")).text()),
                                  TRY(base::LocalText::from(TRY(node.required("name")))),
                                  node["page"].text_or("")});
    }
    for (const base::Yaml& node : TRY(root.required("clauses")).items()) {
        PlanDemand demand = TRY(read_demand(node));
        auto same = std::ranges::find(plan.demands_, demand.id, &PlanDemand::id);
        if (same != plan.demands_.end()) {
            return base::refuse(node["id"].fault("code_repeated", "demand " + demand.id));
        }
        if (!has(plan.parts_, demand.part) || !has(plan.departments_, demand.department)) {
            return base::refuse(node.fault("reference_unknown", "unknown part or department"));
        }
        for (const std::string& code : demand.rests_on) {
            // Indicators and programmes have files of their own; the region checks them.
            bool elsewhere = code.starts_with("indicator:") || code.starts_with("programme:");
            if (!elsewhere && plan.service(code) == nullptr) {
                return base::refuse(
                    node["rests_on"].fault("reference_unknown", "no service " + code));
            }
        }
        plan.demands_.push_back(std::move(demand));
    }
    return plan;
}

const PlanService* Plan::service(std::string_view code) const {
    auto found = std::ranges::find(services_, code, &PlanService::code);
    return found == services_.end() ? nullptr : &*found;
}

std::string Plan::department(std::string_view code, base::Language language) const {
    auto found = std::ranges::find(departments_, code, &PlanName::code);
    return found == departments_.end() ? std::string(code) : found->name.in(language);
}

std::size_t Plan::live_count() const {
    return static_cast<std::size_t>(std::ranges::count_if(demands_, &PlanDemand::is_live));
}

}  // namespace app
