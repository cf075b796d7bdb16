#pragma once

#include "store/database.h"
#include "trade/notice.h"

/// The table of notices: read and written only here and in notice_rows.cpp.
namespace trade::rows {

void insert(store::Transaction& transaction, const Notice& notice);
/// What the clock changes; the body never.
void update(store::Transaction& transaction, const Notice& notice);

}  // namespace trade::rows
