#include "exchange/feed.h"

#include <gtest/gtest.h>

#include "format/xml.h"

namespace exchange {
namespace {

TEST(FeedTest, AtomHoldsEveryEntryEscapedAndWellFormed) {
    base::Time now = *base::parse_local("2026-11-24 10:00");
    Feed feed{.id = "http://h/feeds/search.atom?q=a&b",
              .title = "糖 <&>",
              .link = "http://h/search?q=a&b",
              .updated = now,
              .entries = {{"1", "陶瓷膜 & 无硫", "一句话", "http://h/entries/1", now, now, ""}}};
    auto parsed = format::parse_xml(to_atom(feed));
    ASSERT_TRUE(parsed.has_value());
    pugi::xml_node root = (*parsed)->child("feed");
    EXPECT_STREQ(root.child_value("title"), "糖 <&>");
    EXPECT_STREQ(root.child("entry").child_value("title"), "陶瓷膜 & 无硫");
    EXPECT_STREQ(root.child("entry").child("author").child_value("name"), "糖 <&>");
    EXPECT_STREQ(root.child("entry").child_value("updated"), "2026-11-24T02:00:00.000000Z");
}

TEST(FeedTest, SitemapListsAddresses) {
    auto parsed =
        format::parse_xml(to_sitemap({{"http://h/?a&b", "2026-11-24"}, {"http://h/plan", ""}}));
    ASSERT_TRUE(parsed.has_value());
    pugi::xml_node first = (*parsed)->child("urlset").child("url");
    EXPECT_STREQ(first.child_value("loc"), "http://h/?a&b");
    EXPECT_STREQ(first.child_value("lastmod"), "2026-11-24");
    EXPECT_FALSE(first.next_sibling("url").child("lastmod"));
}

}  // namespace
}  // namespace exchange
