#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "contract/agreement.h"
#include "contract/contract.h"
#include "party/actor.h"
#include "store/change_log.h"
#include "store/database.h"
#include "trade/notice.h"
#include "trade/objection.h"
#include "workflow/attachment.h"

namespace trade {

enum class ItemState {
    done,
    open,        ///< under way
    missing,     ///< not there yet
    late,        ///< there, but recorded after what it should come before
    not_needed,  ///< this deal does not need it
};
std::string_view to_string(ItemState state);

/// One thing a diligent seller has done, with the change-log row that proves when.
struct DiligenceItem {
    std::string code;  ///< rules_known, rights_check, price_basis, decision_minutes …
    ItemState state = ItemState::missing;
    std::optional<base::Time> at;
    std::string hash;      ///< hex SHA-256 of the evidence, or empty
    std::int64_t seq = 0;  ///< of the change-log row, 0 if there is none
};

/// One thing that happened to the deal and stands in the change log.
struct DiligenceStep {
    std::string role;  ///< minutes, agreed, notice_published, notice_completed, notice_ended,
        ///< objection_filed, objection_decided, contract, contract_text, registration
    store::LogRow row;
    std::string notice;    ///< id of the notice it belongs to, or empty
    std::string evidence;  ///< path of its file in the archive, or empty
};

/// Everything the diligence file of a deal rests on, gathered in one snapshot.
struct Diligence {
    contract::Agreement agreement;
    std::vector<Notice> notices;    ///< oldest first
    std::optional<Notice> current;  ///< the newest for the terms in force
    std::vector<Objection> objections;
    std::vector<workflow::Attachment> minutes;
    std::optional<contract::Contract> contract;
    std::vector<workflow::Attachment> contract_files;
    std::vector<DiligenceItem> items;
    std::vector<DiligenceStep> steps;  ///< in the order of the log

    bool is_complete() const;
};

/// Where a file stands in the archive: by its id, with the ending of its name if that is harmless.
std::string archive_path(std::string_view folder, const workflow::Attachment& attachment);

/// The file that shows a price was decided with care (桂政发〔2017〕64号 3.5.1; 国发〔2016〕16号 item 10):
/// it builds itself from what the modules recorded; nobody writes into it. Stateless; thread-safe.
class DiligenceFiles {
  public:
    explicit DiligenceFiles(const Objections& objections) : objections_(&objections) {}

    /// For the seller's people and the officer of the place. Errors: `agreement_unknown`,
    /// not_permitted (the other side), `diligence_not_ready` (before both have confirmed).
    base::Result<Diligence> gather(store::Reader&, const party::Actor&,
                                   const base::Id<contract::Agreement>&) const;
    const Objections& objections() const { return *objections_; }

  private:
    const Objections* objections_;
};

}  // namespace trade
