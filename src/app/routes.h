#pragma once

#include <filesystem>
#include <memory>

#include "app/live.h"
#include "app/page_view.h"
#include "app/site.h"
#include "base/result.h"
#include "catalog/catalog_api.h"
#include "contract/negotiation_api.h"
#include "http/events.h"
#include "http/page.h"
#include "http/router.h"
#include "http/server.h"
#include "party/party_api.h"
#include "store/idempotency.h"
#include "trade/auction_api.h"
#include "workflow/workflow_api.h"

namespace app {

/// Everything that answers requests: the API of each module, the public pages, the workbench's files.
/// Mounted once on a router that outlives it; the tests call the same handlers without a server.
class Routes {
  public:
    /// `web` is the folder with pages/ and dist/desk/. Errors: those of Pages::load.
    static base::Result<std::unique_ptr<Routes>> mount(http::Router& router, Site& site, Live& live,
                                                       const std::filesystem::path& web);
    ~Routes();

    http::Hooks hooks();
    bool has_sample() const { return has_sample_; }
    /// Live events of one account ("inbox", "room"): what the workbench listens to.
    http::Channel& channel_of(const std::string& account);
    const http::Pages& pages() const { return *pages_; }

  private:
    Routes(Site& site, Live& live, std::filesystem::path web);
    void mount_modules(http::Router& router);
    void mount_files(http::Router& router);
    http::Reply render_error(const base::Error& error, const http::Request& request) const;

    class Memory;
    struct Channels;

    Site& site_;
    Live& live_;
    std::filesystem::path web_;
    bool has_sample_ = false;
    std::unique_ptr<http::Pages> pages_;
    std::unique_ptr<PageView> view_;
    std::unique_ptr<party::PartyApi> party_;
    std::unique_ptr<contract::NegotiationApi> negotiation_;
    std::unique_ptr<catalog::CatalogApi> catalog_;
    std::unique_ptr<workflow::WorkflowApi> workflow_;
    std::unique_ptr<trade::AuctionApi> auctions_;
    std::unique_ptr<Memory> memory_;
    std::unique_ptr<Channels> channels_;
};

}  // namespace app
