#include "exchange/feed.h"

#include <algorithm>

#include "format/xml.h"

namespace exchange {

std::string to_atom(const Feed& feed) {
    format::XmlWriter xml;
    xml.start("feed").attribute("xmlns", "http://www.w3.org/2005/Atom");
    xml.leaf("id", feed.id).leaf("title", feed.title).leaf("updated", base::to_iso(feed.updated));
    xml.start("link").attribute("rel", "self").attribute("href", feed.id).end();
    xml.start("link").attribute("rel", "alternate").attribute("href", feed.link).end();
    for (const FeedEntry& entry : feed.entries) {
        xml.start("entry");
        xml.leaf("id", entry.link).leaf("title", entry.title);
        xml.leaf("published", base::to_iso(entry.published));
        xml.leaf("updated", base::to_iso(entry.updated));
        xml.start("link").attribute("rel", "alternate").attribute("href", entry.link).end();
        xml.start("author").leaf("name", entry.author.empty() ? feed.title : entry.author).end();
        if (!entry.summary.empty()) xml.leaf("summary", entry.summary);
        xml.end();
    }
    xml.end();
    return xml.finish();
}

std::string to_sitemap(const std::vector<SitemapUrl>& urls) {
    constexpr std::size_t urls_max = 50'000;
    format::XmlWriter xml;
    xml.start("urlset").attribute("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9");
    for (std::size_t i = 0; i < std::min(urls.size(), urls_max); ++i) {
        xml.start("url").leaf("loc", urls[i].address);
        if (!urls[i].day.empty()) xml.leaf("lastmod", urls[i].day);
        xml.end();
    }
    xml.end();
    return xml.finish();
}

}  // namespace exchange
