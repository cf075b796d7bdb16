#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/crypto.h"
#include "base/texts.h"
#include "http/events.h"
#include "http/router.h"
#include "store/database.h"
#include "trade/auction_bidding.h"
#include "trade/auction_presets.h"

namespace trade {

/// The HTTP face of online bidding: /api/auctions…, the public record, the signed roots, and the
/// live stream of each sale. Holds references that outlive it, and one channel per sale watched.
/// Must be destroyed after the router's last request. Thread-safe.
class AuctionApi {
  public:
    struct Parts {
        store::Database* database;
        const base::Texts* texts;
        AuctionDesk* desk;
        const AuctionPresets* presets;
        const base::Signer* signer;
    };
    explicit AuctionApi(Parts parts);
    ~AuctionApi() { parts_.desk->stop_updates(); }
    AuctionApi(const AuctionApi&) = delete;
    AuctionApi& operator=(const AuctionApi&) = delete;

    void mount(http::Router& router);
    const AuctionBidding& bidding() const { return bidding_; }
    AuctionDesk& desk() const { return *parts_.desk; }
    const AuctionPresets& presets() const { return *parts_.presets; }
    const base::Signer& signer() const { return *parts_.signer; }

  private:
    struct Stream {
        explicit Stream(std::size_t kept) : channel(kept) {}
        http::Channel channel;
        std::uint64_t last = 0;
    };
    struct Streams {
        std::mutex mutex;
        std::map<std::string, std::unique_ptr<Stream>> by_auction;
    };

    void mount_bidding(http::Router& router);
    void mount_hosting(http::Router& router);
    void mount_evidence(http::Router& router);

    base::Result<http::Reply> list(const http::Request&) const;
    base::Result<http::Reply> read(const http::Request&) const;
    base::Result<http::Reply> events(const http::Request&) const;
    base::Result<http::Reply> mine(const http::Request&) const;
    base::Result<http::Reply> bid(const http::Request&) const;
    base::Result<http::Reply> read_bid(const http::Request&) const;
    base::Result<http::Reply> set_agent(const http::Request&) const;
    base::Result<http::Reply> end_agent(const http::Request&) const;
    base::Result<http::Reply> watch(const http::Request&);
    base::Result<http::Reply> announce(const http::Request&) const;
    base::Result<http::Reply> admit(const http::Request&) const;
    base::Result<http::Reply> operate(const http::Request&) const;
    base::Result<http::Reply> give_key(const http::Request&) const;
    base::Result<http::Reply> console(const http::Request&) const;
    base::Result<http::Reply> record(const http::Request&) const;
    base::Result<http::Reply> anchor(const http::Request&) const;
    base::Result<http::Reply> roots(const http::Request&) const;

    http::Reply answer_json(const http::Request&, const AuctionBidding::Answer&) const;
    Stream& stream_of(const AuctionView& view);
    void publish(const AuctionUpdate& update);

    Parts parts_;
    AuctionBidding bidding_;
    std::shared_ptr<Streams> streams_ = std::make_shared<Streams>();
};

/// `key_holders` of a request: [{account, name, public_key}].
base::Result<std::vector<KeyHolder>> read_key_holders(const base::json::object& body);

/// What a bid's body says; `malformed_request` for what cannot be one.
base::Result<AuctionBidding::Request> read_bid_request(const base::json::object& body);

}  // namespace trade
