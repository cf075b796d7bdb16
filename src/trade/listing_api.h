#pragma once

#include <filesystem>

#include "base/crypto.h"
#include "base/texts.h"
#include "http/router.h"
#include "trade/listing_office.h"
#include "trade/statement.h"

namespace trade {

/// What the HTTP face of listings and deposits needs; everything outlives the router.
struct ListingApi {
    store::Database* database;
    const base::Texts* texts;
    const Listings* listings;
    const Statements* statements;
    const contract::Contracts* contracts;
    const base::Signer* signer;
    std::string site_url;
    std::filesystem::path scratch;
};

/// /api/listings…, /api/statement-lines…, /api/deposits/check and /api/deal-certificates/{code}.
void mount_listings(http::Router& router, const ListingApi& api);

/// The certificate as an A4 page with a QR code that leads to /deals/verify.
base::Result<std::string> deal_certificate_pdf(store::Reader&, const ListingApi&, const Listing&,
                                               base::Language, base::Time now);
/// Label and value pairs, as the PDF and the public page show them.
std::vector<std::pair<std::string, std::string>> deal_certificate_lines(const base::Texts&,
                                                                        const base::json::object&,
                                                                        base::Language);

}  // namespace trade
