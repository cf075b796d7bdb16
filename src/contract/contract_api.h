#pragma once

#include "base/texts.h"
#include "contract/certificate.h"
#include "contract/contract.h"
#include "contract/registration.h"
#include "http/router.h"
#include "store/database.h"
#include "workflow/attachment.h"

namespace contract {

/// What the HTTP face of contracts needs; everything outlives the router.
struct ContractApi {
    store::Database* database;
    const base::Texts* texts;
    const Contracts* contracts;
    const Registration* registration;
    const Certificates* certificates;
    const workflow::Cases* cases;
    const workflow::Attachments* attachments;
};

/// /api/contracts…: write, file, judge, change, cancel; certificate; files of a contract.
void mount_contracts(http::Router& router, const ContractApi& api);

}  // namespace contract
