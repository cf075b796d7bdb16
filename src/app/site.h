#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "app/programmes.h"
#include "app/region.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/random.h"
#include "base/result.h"
#include "catalog/entry.h"
#include "catalog/import.h"
#include "catalog/subscription.h"
#include "contract/agreement.h"
#include "contract/certificate.h"
#include "contract/contract.h"
#include "contract/negotiation.h"
#include "contract/registration.h"
#include "contract/room.h"
#include "party/account.h"
#include "party/organisation.h"
#include "store/database.h"
#include "store/files.h"
#include "store/migrate.h"
#include "trade/auction_house.h"
#include "trade/auction_presets.h"
#include "trade/diligence.h"
#include "trade/listing_office.h"
#include "trade/notice.h"
#include "trade/objection.h"
#include "trade/statement.h"
#include "workflow/attachment.h"
#include "workflow/case.h"

namespace app {

struct SiteOptions {
    std::filesystem::path data;    ///< made when it is not there
    std::filesystem::path region;  ///< regions/<name>
    std::string database_url;      ///< empty: SQLite in the data folder
    std::string site_url =
        "http://localhost:8080";  ///< as people reach it, without a slash at the end
};

/// The composition root: one site with its region, database, keys and modules, wired and migrated.
/// Members are in the order of construction; each module gets references to what it needs and
/// nothing else. No rule lives here. Shared by all threads once opened.
struct Site {
    SiteOptions options;
    std::unique_ptr<Region> region;
    std::unique_ptr<store::Database> database;
    std::unique_ptr<base::Vault> vault;
    std::unique_ptr<base::Signer> signer;
    std::unique_ptr<store::Files> files;
    std::unique_ptr<workflow::Attachments> attachments;
    std::unique_ptr<workflow::Cases> cases;
    std::unique_ptr<ProgrammeSite> programmes;
    std::unique_ptr<party::Accounts> accounts;
    std::unique_ptr<party::Organisations> organisations;
    std::unique_ptr<catalog::Entries> entries;
    std::unique_ptr<catalog::Imports> imports;
    std::unique_ptr<catalog::Subscriptions> subscriptions;
    std::unique_ptr<contract::Contacts> contacts;
    std::unique_ptr<contract::Rooms> rooms;
    std::unique_ptr<contract::Agreements> agreements;
    std::unique_ptr<trade::Notices> notices;
    std::unique_ptr<trade::Objections> objections;
    std::unique_ptr<trade::DiligenceFiles> diligence;
    trade::AuctionPresets auction_presets;
    std::unique_ptr<trade::Auctions> auctions;
    trade::ListingRuleSets listing_rule_sets;
    std::unique_ptr<trade::Listings> listings;
    std::unique_ptr<trade::Statements> statements;
    std::unique_ptr<contract::Contracts> contracts;
    std::unique_ptr<contract::Registration> registration;
    std::unique_ptr<contract::Certificates> certificates;

    /// Reads the region, opens or makes the data folder, migrates, wires. Errors: those of each part;
    /// `effects_missing` when a process file names an effect that no module knows.
    static base::Result<std::unique_ptr<Site>> open(SiteOptions options, const base::Clock& clock,
                                                    base::Random& random);
    /// Asks what the time and chance are from the database, which was given both.
    const base::Clock& clock() const { return database->clock(); }
};

/// The schema steps of every module, in the order of the arrows.
std::vector<store::Migration> all_migrations();

}  // namespace app
