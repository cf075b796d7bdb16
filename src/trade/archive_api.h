#pragma once

#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/result.h"
#include "base/texts.h"
#include "party/actor.h"
#include "store/database.h"
#include "trade/archive.h"
#include "trade/diligence.h"
#include "workflow/attachment.h"
#include "workflow/codes.h"

namespace trade {

/// What making an archive needs; everything outlives it.
struct ArchiveTools {
    store::Database* database;
    const base::Texts* texts;
    const workflow::Codes* codes;
    const DiligenceFiles* diligence;
    const workflow::Attachments* attachments;
    const base::Signer* signer;
};

/// The diligence file of a deal as one signed zip: evidence, records with proofs, summary.pdf,
/// README.txt, manifest and signature. Signs a batch of the change log first, so that every row has
/// its proof. Errors: those of DiligenceFiles::gather and archive_files.
base::Result<std::string> make_archive(const ArchiveTools&, const party::Actor&,
                                       const base::Id<contract::Agreement>&, base::Language);

/// Opens the zip and verifies it with the site's public key (see verify_archive_files). Errors:
/// those of ZipReader, `archive_damaged` {part}.
base::Result<ArchiveReport> verify_archive(std::string zip, std::string_view public_key_pem);

}  // namespace trade
