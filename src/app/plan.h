#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/texts.h"

namespace app {

struct PlanService {
    std::string code;  ///< "process:contact", "kind:demand", "function:match" …
    base::LocalText name;
    std::string page;
};

struct PlanDemand {
    std::string id;  ///< part.section.sentence, e.g. "2.2.7"
    std::string part;
    std::string department;
    base::LocalText title;
    base::LocalText figure;              ///< how progress would be counted, in words
    std::vector<std::string> rests_on;   ///< services, programmes and indicators
    std::vector<std::string> walked_by;  ///< case files that walk it to the end

    /// Something serves it and a test walks it; otherwise: not yet.
    bool is_live() const { return !rests_on.empty() && !walked_by.empty(); }
};

struct PlanName {
    std::string code;
    base::LocalText name;
};

/// The demands of the region's policy plan, clause by clause, and what serves each today
/// (regions/<r>/plan.yaml). Immutable; shareable.
class Plan {
  public:
    /// Refuses unknown parts, departments, services and repeated ids, with file:line.
    static base::Result<Plan> load(const std::filesystem::path& file);

    const std::string& document() const { return document_; }
    const std::vector<PlanName>& parts() const { return parts_; }
    const std::vector<PlanDemand>& demands() const { return demands_; }
    const PlanService* service(std::string_view code) const;
    std::string department(std::string_view code, base::Language language) const;
    std::size_t live_count() const;

  private:
    std::string document_;
    std::vector<PlanName> parts_;
    std::vector<PlanName> departments_;
    std::vector<PlanService> services_;
    std::vector<PlanDemand> demands_;
};

}  // namespace app
