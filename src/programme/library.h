#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/texts.h"
#include "programme/programmes.h"
#include "store/database.h"
#include "workflow/process.h"

namespace programme {

/// The programmes of the region's files and every earlier text under which cases run. Made at start;
/// immutable after; shareable.
class Library {
  public:
    /// Keeps the text of each file that the database has not seen yet, gives it the next revision,
    /// and reads the earlier texts that applications rest on. Errors: those of Programme::from for a
    /// stored text that today's code lists no longer fit.
    static base::Result<std::unique_ptr<Library>> open(store::Database&, const Programmes& today,
                                                       const workflow::Codes&);
    /// As it is taken today; null if the region has no such file (any more).
    const Programme* newest(std::string_view code) const;
    const Programme* find(std::string_view code, int revision) const;
    /// For a stored revision: CHECKs that it was read.
    const Programme& of(std::string_view code, int revision) const;
    std::vector<const Programme*> today() const;
    /// The processes of all revisions, for workflow::Cases.
    base::Result<std::vector<workflow::Process>> processes(const base::Texts&) const;
    const std::vector<Programme>& all() const { return programmes_; }
    /// The programme that a process code belongs to, or null.
    const Programme* by_process(std::string_view process) const;

  private:
    std::vector<Programme> programmes_;
    std::vector<std::size_t> newest_;  ///< indices, in file order
};

}  // namespace programme
