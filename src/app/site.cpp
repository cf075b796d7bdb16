#include "app/site.h"

#include "base/text.h"
#include "catalog/migrations.h"
#include "contract/migrations.h"
#include "indicator/migrations.h"
#include "match/migrations.h"
#include "party/migrations.h"
#include "party/qualification.h"
#include "programme/migrations.h"
#include "store/migrate.h"
#include "trade/migrations.h"
#include "workflow/migrations.h"
#include "workflow/organisation_check.h"

namespace app {
namespace {

base::Status open_data(Site& site, const base::Clock& clock, base::Random& random) {
    std::error_code problem;
    std::filesystem::create_directories(site.options.data / "keys", problem);
    if (problem) {
        return base::refuse(base::error(base::ErrorKind::unavailable, "storage_unavailable")
                                .saying(site.options.data.string() + ": " + problem.message()));
    }
    std::filesystem::permissions(site.options.data / "keys", std::filesystem::perms::owner_all,
                                 problem);
    if (site.options.database_url.empty()) {
        site.options.database_url = "sqlite:" + (site.options.data / "guiqiao.db").string();
    }
    site.database = TRY(store::Database::open({.url = site.options.database_url}, clock, random));
    TRY(store::migrate(*site.database, store::store_migrations()));
    TRY(store::migrate(*site.database, all_migrations()));
    site.vault = TRY(base::Vault::open_or_create(site.options.data / "keys" / "master.key"));
    site.signer =
        TRY(base::Signer::open_or_create(site.options.data / "keys" / "signing.key",
                                         site.region->setting("signature_algorithm", "ed25519")));
    // Beside the secret key, so that whoever keeps backups can verify them without it.
    TRY(store::write_durably(site.options.data / "keys" / "signing.pub.pem",
                             site.signer->public_key_pem()));
    site.files = std::make_unique<store::Files>(site.options.data / "files");
    return {};
}

void wire(Site& site, std::vector<workflow::Process> processes) {
    const Region& region = *site.region;
    site.attachments = std::make_unique<workflow::Attachments>(*site.files, *site.vault);
    site.cases =
        std::make_unique<workflow::Cases>(std::move(processes), region.codes, region.calendar);
    site.programmes->attach(*site.cases, region, *site.vault);
    site.accounts = std::make_unique<party::Accounts>(region.places, region.permissions,
                                                      region.roles, *site.vault);
    site.organisations = std::make_unique<party::Organisations>(region.places, region.permissions);
    site.organisations->follow([check = workflow::OrganisationCheck(*site.cases)](
                                   store::Transaction& transaction, const party::Actor& actor,
                                   const party::Organisation& organisation,
                                   const party::Standing& standing) {
        return check.changed(transaction, actor, organisation, standing);
    });
    site.entries =
        std::make_unique<catalog::Entries>(region.kinds, region.permissions, *site.vault);
    site.entries->attach(*site.cases);
    site.imports = std::make_unique<catalog::Imports>(*site.entries, region.permissions,
                                                      *site.files, *site.vault);
    site.subscriptions = std::make_unique<catalog::Subscriptions>(region.kinds);
    site.contacts =
        std::make_unique<contract::Contacts>(*site.entries, region.permissions, *site.vault);
    site.contacts->attach(*site.cases);
    site.rooms = std::make_unique<contract::Rooms>(
        *site.contacts, *site.entries, region.permissions, *site.attachments, *site.vault,
        contract::Terms::from(region.texts));
    site.agreements = std::make_unique<contract::Agreements>(
        region.form("agreement"), *site.contacts, *site.entries, region.permissions, region.places,
        *site.vault);
    site.agreements->attach(*site.cases);
    site.notices = std::make_unique<trade::Notices>(*site.agreements,
                                                    trade::Notices::rules_from(region.texts));
    site.notices->attach(*site.cases);
    site.objections = std::make_unique<trade::Objections>(*site.notices, region.codes, *site.vault);
    site.objections->attach(*site.cases);
    // Whatever step a contract takes, its price never falls below the one that was published.
    site.cases->follow(std::string(contract::Contracts::process),
                       [](store::Transaction& transaction, const party::Actor&,
                          const workflow::Case& item, const workflow::Event& event) {
                           return trade::Notices::check_contract_step(transaction, item, event);
                       });
    site.diligence = std::make_unique<trade::DiligenceFiles>(*site.objections);
    site.auctions = std::make_unique<trade::Auctions>(region.permissions, *site.vault);
    site.listings = std::make_unique<trade::Listings>(trade::Listings::Parts{
        region.permissions, region.calendar, *site.entries, *site.attachments, *site.auctions,
        site.auction_presets, site.listing_rule_sets, contract::Terms::from(region.texts)});
    site.statements = std::make_unique<trade::Statements>(*site.listings);
    site.auctions->listen([listings = site.listings.get()](store::Transaction& transaction,
                                                           const trade::Auction& auction,
                                                           const trade::AuctionNews& news) {
        return listings->on_auction(transaction, auction, news);
    });
    site.contracts = std::make_unique<contract::Contracts>(
        region.form("contract"), region.permissions, region.places, *site.cases);
    site.contracts->attach(*site.agreements);
    site.registration = std::make_unique<contract::Registration>(*site.cases, *site.contracts,
                                                                 region.rule_sets, region.places);
    site.registration->set_second_review_share(region.quality.second_review);
    site.certificates = std::make_unique<contract::Certificates>(
        *site.signer, region.texts, region.rule_sets, site.options.site_url);
}

}  // namespace

std::vector<store::Migration> all_migrations() {
    std::vector<store::Migration> steps;
    for (auto part :
         {party::migrations(), party::qualification_migrations(), workflow::migrations(),
          indicator::migrations(), catalog::migrations(), match::migrations(),
          contract::migrations(), contract::negotiation_migrations(), trade::migrations(),
          trade::auction_migrations(), trade::listing_migrations(), programme::migrations()}) {
        steps.insert(steps.end(), part.begin(), part.end());
    }
    return steps;
}

base::Result<std::unique_ptr<Site>> Site::open(SiteOptions options, const base::Clock& clock,
                                               base::Random& random) {
    auto site = std::make_unique<Site>();
    site->options = std::move(options);
    site->region = TRY(Region::load(site->options.region));
    if (std::filesystem::exists(site->options.region / "trade" / "presets.yaml")) {
        site->auction_presets = TRY(trade::load_auction_presets(site->options.region / "trade"));
    }
    site->listing_rule_sets = TRY(trade::load_listing_rule_sets(site->options.region / "trade"));
    TRY(open_data(*site, clock, random));
    site->programmes = TRY(ProgrammeSite::open(*site->database, *site->region));
    wire(*site, TRY(site->programmes->processes(*site->region)));
    std::vector<std::string> missing = site->cases->missing_effects();
    if (!missing.empty()) {
        return base::refuse(base::invalid("effects_missing").saying(base::join(missing, ", ")));
    }
    TRY(site->rooms->seal_clear(*site->database));
    TRY(workflow::OrganisationCheck(*site->cases).adopt(*site->database, *site->organisations));
    return site;
}

}  // namespace app
