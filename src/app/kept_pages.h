#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "app/live.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/reply.h"
#include "http/request.h"

namespace app {

/// Public pages as they were drawn for visitors whom nothing distinguishes (no cookie but the
/// language's, no authorization, no query), by language and path. A drawn page is given out while
/// nothing was committed on this node and nothing was followed in the change log since before it was
/// drawn, and while it is younger than half a minute; what another node commits is seen once it is
/// followed. Only for pages without a countdown. Thread-safe.
class KeptPages {
  public:
    using Draw = std::function<base::Result<http::Reply>()>;
    KeptPages(const Live& live, const base::Clock& clock) : live_(live), clock_(clock) {}

    /// The kept page, or the one that `draw` draws. Others than visitors always get their own.
    base::Result<http::Reply> give(const http::Request& request, const Draw& draw);
    /// The kept page if it is there, compressed if the visitor takes that. Never waits.
    std::optional<http::Reply> ready(const http::Request& request);

  private:
    struct Kept {
        std::shared_ptr<const http::Reply> plain;
        std::shared_ptr<const http::Reply> packed;  ///< gzip; made when first asked for
        Live::Position position;
        base::Time drawn_at;
    };
    std::optional<Kept> find(const std::string& key);
    void keep(const std::string& key, Kept kept);

    static constexpr std::size_t pages_max = 2000;
    const Live& live_;
    const base::Clock& clock_;
    std::mutex mutex_;
    std::unordered_map<std::string, Kept> pages_;  // guarded by mutex_
};

}  // namespace app
