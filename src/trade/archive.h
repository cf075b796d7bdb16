#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/result.h"
#include "store/database.h"
#include "trade/diligence.h"
#include "workflow/attachment.h"

/// The diligence file as files of an archive, and its verification from those files alone
/// (docs/formats/diligence-archive.md). Packing them into a zip is the business of archive_api.h.
namespace trade {

/// Bytes by path.
using ArchiveFiles = std::map<std::string, std::string, std::less<>>;

/// Of all files together; larger ones are downloaded one by one.
inline constexpr std::int64_t archive_bytes_max = std::int64_t{200} << 20;

/// Evidence (minutes, notices, objections without names, contract) and for each step a folder
/// records/<seq> with its change-log row, the proof up to a signed batch root, and the key. Errors:
/// `archive_too_large`, `file_damaged`, `archive_not_signed` (a row has no signed batch yet: sign
/// and gather again).
base::Result<ArchiveFiles> archive_files(store::Reader&, const Diligence&, const Objections&,
                                         const workflow::Attachments&, const base::Signer&);

/// Adds SHA256SUMS, manifest.json (canonical) and manifest.sig over all that is there. Nothing may
/// be added afterwards.
base::Status seal_archive(store::Reader&, ArchiveFiles&, const Diligence&, const base::Signer&,
                          base::Time made_at);

struct ArchiveReport {
    std::string agreement;
    base::Time made_at;
    bool is_complete = false;         ///< every item of the checklist done or not needed
    std::vector<std::string> course;  ///< "2026-03-02 09:00 #17 notice_published", in order
};
/// Recomputes everything: signature of the manifest by `public_key_pem`, every file's hash, no file
/// more or less, every row's hash, its proof and the batch's signature, that rows speak of the
/// evidence they stand for, and the order: agreed and minutes before the notice, the notice its full
/// term, objections decided before its end, then contract, then registration. Error:
/// `archive_damaged` {part} at the first fault. Pure.
base::Result<ArchiveReport> verify_archive_files(const ArchiveFiles&,
                                                 std::string_view public_key_pem);

}  // namespace trade
