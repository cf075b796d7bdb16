#pragma once

#include <vector>

#include "base/texts.h"
#include "contract/benefits.h"
#include "contract/contract.h"
#include "contract/quality.h"
#include "contract/registration.h"
#include "contract/statistics.h"
#include "contract/text_clauses.h"
#include "http/router.h"
#include "party/place.h"
#include "store/database.h"
#include "workflow/attachment.h"
#include "workflow/codes.h"

namespace contract {

/// What the HTTP face of the registry needs; everything outlives the router.
struct RegistryApi {
    store::Database* database;
    const base::Texts* texts;
    const Contracts* contracts;
    const Registration* registration;
    const workflow::Cases* cases;
    const workflow::Attachments* attachments;
    const party::Places* places;
    const workflow::Codes* codes;
    const ClauseRules* clauses;
    const std::vector<Benefit>* benefits;
    const QualitySettings* quality;
    const std::vector<PublishedFigure>* published;
};

/// Beside a contract: text help, neighbours, benefits, blind second review, follow-ups. For points:
/// authority, registrars, workload, inspection. Figures: tables, flow, calibers, panel, top, bulletin.
void mount_registry(http::Router& router, const RegistryApi& api);

}  // namespace contract
