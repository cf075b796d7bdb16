#pragma once

#include <memory>
#include <vector>

#include "app/region.h"
#include "base/crypto.h"
#include "programme/follow_up.h"
#include "programme/library.h"
#include "programme/list.h"
#include "programme/outcome.h"
#include "programme/records.h"
#include "programme/review.h"
#include "store/database.h"
#include "workflow/case.h"
#include "workflow/process.h"

namespace app {

/// The programmes of a site, wired: which texts it has, what they know of applicants, who does what.
/// Members in the order of construction. Shared by all threads once attached.
struct ProgrammeSite {
    std::unique_ptr<programme::Library> library;
    programme::Records records;
    std::unique_ptr<programme::Applications> applications;
    std::unique_ptr<programme::Reviews> reviews;
    std::unique_ptr<programme::Outcomes> outcomes;
    std::unique_ptr<programme::FollowUps> follow_ups;
    std::unique_ptr<programme::Lists> lists;

    /// Takes the texts of the region's files into the database. Errors: those of Library::open.
    static base::Result<std::unique_ptr<ProgrammeSite>> open(store::Database& database,
                                                             const Region& region);
    /// The region's processes and those of its programmes.
    base::Result<std::vector<workflow::Process>> processes(const Region& region) const;
    void attach(workflow::Cases& cases, const Region& region, const base::Vault& vault);
    /// Opens follow-ups whose time has come, ends titles whose last day is over.
    base::Status run_due(store::Database& database) const;
};

}  // namespace app
