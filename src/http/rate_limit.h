#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace http {

/// A token bucket per scope (account or address): holds one minute's tokens, refills evenly.
/// Remembers at most `scopes_max` scopes; full buckets are forgotten first, since a forgotten scope
/// starts full. Time is passed in. Thread-safe (sharded).
class RateLimit {
  public:
    /// `tokens_per_minute` 0 switches it off.
    explicit RateLimit(int tokens_per_minute, std::size_t scopes_max = 200'000);
    /// Takes `cost` tokens, or says how many whole seconds (at least 1) to wait until they are
    /// there. A cost above a whole bucket counts as a whole bucket.
    std::optional<std::int64_t> take(std::string_view scope, int cost, base::Duration now);
    std::size_t scopes() const;

  private:
    static constexpr std::size_t shard_count = 16;
    struct Bucket {
        std::int64_t level;  ///< tokens × microseconds per minute
        std::int64_t at_microseconds;
    };
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<std::string, Bucket> buckets;
    };
    void make_room(Shard& shard, base::Duration now) const;

    std::int64_t tokens_per_minute_;
    std::int64_t capacity_;
    std::size_t per_shard_max_;
    std::array<Shard, shard_count> shards_;
};

}  // namespace http
