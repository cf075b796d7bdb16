#pragma once

#include <string>
#include <vector>

#include "base/clock.h"

namespace exchange {

struct FeedEntry {
    std::string id;  ///< of the record
    std::string title;
    std::string summary;
    std::string link;  ///< absolute
    base::Time published;
    base::Time updated;
    std::string author;
};

struct Feed {
    std::string id;  ///< absolute address of the feed: its identity
    std::string title;
    std::string link;  ///< the page it belongs to
    base::Time updated;
    std::vector<FeedEntry> entries;
};

/// Atom 1.0 (RFC 4287).
std::string to_atom(const Feed& feed);

struct SitemapUrl {
    std::string address;  ///< absolute
    std::string day;      ///< "2026-11-24", or empty
};

/// sitemaps.org 0.9; at most 50,000 addresses, the rest is left out.
std::string to_sitemap(const std::vector<SitemapUrl>& urls);

}  // namespace exchange
