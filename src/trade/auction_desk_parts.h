#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "trade/auction_desk.h"

namespace trade {

inline base::Error desk_unavailable(std::string_view words) {
    return base::error(base::ErrorKind::unavailable, name_of(Code::storage_unavailable))
        .saying(words);
}

/// Something that waits for the writer, with where its answer goes.
struct AuctionDesk::Job {
    enum class Kind { event, agent, key, peek_agent, sweep } kind = Kind::event;
    base::Id<Auction> auction;
    Event event;
    std::string key;
    base::Time stamp;
    std::string alias;
    std::optional<base::Money> maximum;
    party::Actor actor;
    std::string secret_key;
    DeskAnswer answer;
    base::Status outcome;
    std::promise<base::Result<DeskAnswer>> promise;
};

struct AuctionDesk::Held {
    std::unique_ptr<AuctionRoom> room;
    Lease lease;
};

}  // namespace trade
