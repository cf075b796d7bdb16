#pragma once

#include "party/organisation.h"
#include "workflow/case.h"

namespace workflow {

/// Keeps a case of the process `organisation_check` for every organisation that waits for its
/// officer, so that it stands in the officer's queue with a clock. Follows the record: a step of the
/// organisation is a step of its case, in the same transaction; the case is never moved by itself.
/// A region without that process has no such queue. Holds references; they outlive it.
class OrganisationCheck {
  public:
    static constexpr std::string_view process = "organisation_check";

    explicit OrganisationCheck(const Cases& cases) : cases_(&cases) {}

    /// For Organisations::follow.
    base::Status changed(store::Transaction&, const party::Actor&,
                         const party::Organisation& organisation,
                         const party::Standing& standing) const;
    /// Opens the cases of organisations that were waiting before there was this process. At start.
    base::Result<int> adopt(store::Database&, const party::Organisations&) const;

  private:
    const Cases* cases_;
};

}  // namespace workflow
