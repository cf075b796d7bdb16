#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/texts.h"
#include "catalog/entry.h"
#include "http/router.h"
#include "match/entry_items.h"
#include "store/database.h"

namespace match {

/// What the HTTP face of matching needs; everything outlives the router.
struct MatchApi {
    store::Database* database;
    const base::Texts* texts;
    const catalog::Entries* entries;
    const EntryPairing* pairing;
};

/// GET /api/entries/{id}/matches: ranked partners, each with its reasons and with what is missing.
void mount_matches(http::Router& router, const MatchApi& api);

/// A score for people: total of 100, reasons in words with the terms of both sides, what is missing.
base::json::object explain(const Score& score, const base::Texts& texts, base::Language language);

}  // namespace match
