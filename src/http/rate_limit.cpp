#include "http/rate_limit.h"

#include <algorithm>

namespace http {
namespace {

constexpr std::int64_t minute = 60'000'000;

}  // namespace

RateLimit::RateLimit(int tokens_per_minute, std::size_t scopes_max)
    : tokens_per_minute_(tokens_per_minute),
      capacity_(tokens_per_minute * minute),
      per_shard_max_(std::max<std::size_t>(scopes_max / shard_count, 1)) {
}

std::optional<std::int64_t> RateLimit::take(std::string_view scope, int cost, base::Duration now) {
    if (tokens_per_minute_ <= 0) return {};
    const std::string key(scope);
    Shard& shard = shards_[std::hash<std::string>()(key) % shard_count];
    const std::scoped_lock lock(shard.mutex);
    auto found = shard.buckets.find(key);
    if (found == shard.buckets.end()) {
        if (shard.buckets.size() >= per_shard_max_) make_room(shard, now);
        found = shard.buckets.emplace(key, Bucket{capacity_, now.microseconds}).first;
    }
    Bucket& bucket = found->second;
    const std::int64_t passed =
        std::clamp<std::int64_t>(now.microseconds - bucket.at_microseconds, 0, minute);
    bucket.level = std::min(capacity_, bucket.level + passed * tokens_per_minute_);
    bucket.at_microseconds = std::max(bucket.at_microseconds, now.microseconds);
    const std::int64_t price = std::min(capacity_, cost * minute);
    if (bucket.level >= price) {
        bucket.level -= price;
        return {};
    }
    const std::int64_t wait = (price - bucket.level) / tokens_per_minute_;
    return std::max<std::int64_t>(1, (wait + 999'999) / 1'000'000);
}

void RateLimit::make_room(Shard& shard, base::Duration now) const {
    std::erase_if(shard.buckets, [&](const auto& item) {
        const std::int64_t passed =
            std::clamp<std::int64_t>(now.microseconds - item.second.at_microseconds, 0, minute);
        return item.second.level + passed * tokens_per_minute_ >= capacity_;
    });
    if (shard.buckets.size() < per_shard_max_) return;
    // All of them in use: some go, whichever. The bound on memory matters more than their tokens,
    // and dropping an eighth keeps the sweep above from running at every request.
    const std::size_t kept = per_shard_max_ - per_shard_max_ / 8 - 1;
    while (shard.buckets.size() > kept)
        shard.buckets.erase(shard.buckets.begin());
}

std::size_t RateLimit::scopes() const {
    std::size_t count = 0;
    for (const Shard& shard : shards_) {
        const std::scoped_lock lock(shard.mutex);
        count += shard.buckets.size();
    }
    return count;
}

}  // namespace http
