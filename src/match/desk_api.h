#pragma once

#include <filesystem>

#include "match/desk.h"
#include "match/evidence.h"
#include "match/learning.h"
#include "match/match_api.h"
#include "match/site_terms.h"
#include "party/permission.h"

namespace match {

/// What the HTTP face of the brokers' desk needs; everything outlives the router.
struct DeskApi {
    MatchApi match;
    const party::Permissions* permissions;
    Tuners tuners;
    const party::Places* places;
    std::filesystem::path scratch;  ///< for spreadsheets in the making
};

/// GET /api/matches/today, POST /api/matches/verdicts, POST /api/matches/invitations,
/// GET /api/matches/gaps, GET /api/matches/trend, GET /api/entries/{id}/similar,
/// POST /api/matches/batch (a list in, partners out), and the tuning of matching:
/// /api/match-weights, /api/match-terms, /api/match-blocks.
void mount_match_desk(http::Router& router, const DeskApi& api);

/// The part of it that tunes: weights, terms and blocks (mounted by mount_match_desk).
void mount_match_tuning(http::Router& router, const DeskApi& api);

}  // namespace match
