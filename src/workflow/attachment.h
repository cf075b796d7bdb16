#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/result.h"
#include "party/actor.h"
#include "store/database.h"
#include "store/files.h"

namespace workflow {

enum class Tier { open, confidential };

/// A file belonging to a record. Bytes are in the content-addressed store, sealed when confidential.
struct Attachment {
    std::string id;
    std::string subject;       ///< id of the record
    std::string kind;          ///< "decision_minutes", "evidence", "contract_text", … or "other"
    std::string name;          ///< as uploaded, for display only
    std::string content_type;  ///< by content
    std::int64_t size = 0;
    std::string sha256;  ///< hex, of the plain bytes
    Tier tier = Tier::open;
    std::string uploaded_by;
    base::Time at;
    bool removed = false;  ///< stays in the record, no longer offered
    std::string stored;    ///< address of the stored (perhaps sealed) bytes
};

/// Whether a type may be uploaded is told by `check_upload` of the format module, called by `_api`
/// files before: this class trusts content_type. Permission is the owning module's: it asks before.
class Attachments {
  public:
    Attachments(store::Files& files, const base::Vault& vault) : files_(&files), vault_(&vault) {}

    static constexpr std::size_t bytes_max = 20 << 20;
    /// `file_empty`, `file_too_large`, `files_too_many` (50 per record).
    base::Result<Attachment> add(store::Transaction&, const party::Actor&, Attachment meta,
                                 std::string_view bytes) const;
    static std::vector<Attachment> of(store::Reader&, std::string_view subject);
    static std::optional<Attachment> find(store::Reader&, std::string_view id);
    /// The bytes, opened if sealed, checked against the hash: `file_damaged`.
    base::Result<std::string> read(const Attachment&) const;
    /// `file_not_found`, also when it was removed before.
    base::Status remove(store::Transaction&, const party::Actor&, std::string_view id) const;

  private:
    store::Files* files_;
    const base::Vault* vault_;
};

}  // namespace workflow
