#pragma once

#include "base/texts.h"
#include "http/router.h"
#include "store/database.h"
#include "trade/archive_api.h"
#include "trade/diligence.h"
#include "trade/notice.h"
#include "trade/objection.h"

namespace trade {

/// What the HTTP face of notices needs; everything outlives the router.
struct NoticeApi {
    store::Database* database;
    const base::Texts* texts;
    const Notices* notices;
    const Objections* objections;
    ArchiveTools archive;
};

/// /api/notices…, /api/objections…, /api/objection-status/{code}, /api/agreements/{id}/notice and
/// /api/agreements/{id}/diligence(.zip).
void mount_notices(http::Router& router, const NoticeApi& api);

/// A notice as the public sees it: what was published and what became of it.
base::json::object to_json(const Notice& notice);

}  // namespace trade
