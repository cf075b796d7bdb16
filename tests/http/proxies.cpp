#include "http/proxies.h"

#include <gtest/gtest.h>

#include "http/harness.h"

namespace http::test {
namespace {

TrustedProxies of(std::vector<std::string> networks) {
    auto proxies = TrustedProxies::parse(networks);
    EXPECT_TRUE(proxies.has_value());
    return *proxies;
}

TEST(TrustedProxies, ANetworkHoldsWhatItsPrefixSays) {
    const TrustedProxies proxies = of({"10.1.0.0/16", "192.0.2.7", "fd00:1::/32", "172.16.0.0/12"});
    EXPECT_TRUE(proxies.contains("10.1.255.255"));
    EXPECT_FALSE(proxies.contains("10.2.0.0"));
    EXPECT_TRUE(proxies.contains("192.0.2.7"));
    EXPECT_FALSE(proxies.contains("192.0.2.8"));
    EXPECT_TRUE(proxies.contains("172.31.0.1"));
    EXPECT_FALSE(proxies.contains("172.32.0.1"));
    EXPECT_TRUE(proxies.contains("fd00:1:ffff::1"));
    EXPECT_FALSE(proxies.contains("fd00:2::1"));
    EXPECT_TRUE(proxies.contains("::ffff:10.1.2.3")) << "the same address, mapped";
    EXPECT_FALSE(proxies.contains("not an address"));
    EXPECT_TRUE(of({"0.0.0.0/0"}).contains("203.0.113.1"));
    EXPECT_FALSE(of({"0.0.0.0/0"}).contains("2001:db8::1")) << "of the other family";
    EXPECT_TRUE(of({}).empty());
}

TEST(TrustedProxies, WhatIsNoNetworkIsRefusedByName) {
    for (const char* wrong : {"", "proxy.example.org", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/",
                              "10.0.0.0/8x", "10.0.0.1/8", "fd00::/129", "10.0.0", "/8"}) {
        const std::vector<std::string> one{wrong};
        const auto refused = TrustedProxies::parse(one);
        ASSERT_FALSE(refused.has_value()) << wrong;
        EXPECT_EQ(refused.error().code, "proxy_malformed");
        EXPECT_EQ(refused.error().parameters.at("value"), wrong);
    }
}

TEST(TrustedProxies, TheClientIsTheNearestThatIsNoProxy) {
    const TrustedProxies proxies = of({"10.0.0.0/8"});
    EXPECT_EQ(proxies.client_of("10.0.0.1", "203.0.113.9"), "203.0.113.9");
    EXPECT_EQ(proxies.client_of("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2"), "198.51.100.7");
    EXPECT_EQ(proxies.client_of("10.0.0.1", "1.2.3.4 ,\t10.9.9.9 "), "1.2.3.4");
    EXPECT_EQ(proxies.client_of("10.0.0.1", ""), "10.0.0.1");
    EXPECT_EQ(proxies.client_of("10.0.0.1", "unknown"), "10.0.0.1");
    EXPECT_EQ(proxies.client_of("10.0.0.1", "203.0.113.9:41234"), "203.0.113.9");
    EXPECT_EQ(proxies.client_of("10.0.0.1", "[2001:db8::1]:443"), "2001:db8::1");
    EXPECT_EQ(proxies.client_of("10.0.0.1", "2001:db8::1"), "2001:db8::1");
    EXPECT_EQ(proxies.client_of("10.0.0.1", "["), "10.0.0.1");
    EXPECT_EQ(proxies.client_of("10.0.0.1", "203.0.113.9:, 10.0.0.2"), "203.0.113.9");
    EXPECT_EQ(proxies.client_of("10.0.0.1", "1.2.3.4, junk, 10.0.0.2"), "10.0.0.2");
    // Whoever is not a proxy may claim what he likes.
    EXPECT_EQ(proxies.client_of("203.0.113.5", "1.2.3.4"), "203.0.113.5");
}

TEST(TrustedProxies, TheServerAsksTheNetworkAndRefusesToStartWithNone) {
    Router router;
    router.get("/who", {},
               [](const Request& request) { return text(request.remote_address, "text/plain"); });
    const std::string asked = request("GET", "/who", "X-Forwarded-For: 203.0.113.9\r\n");
    ServerOptions options = quick_options();
    options.trusted_proxies = {"127.0.0.0/8"};
    EXPECT_EQ(fetch(start(router, {}, options)->port(), asked).body, "203.0.113.9");
    options.trusted_proxies = {"10.0.0.0/8"};
    EXPECT_EQ(fetch(start(router, {}, options)->port(), asked).body, "127.0.0.1");
    options.trusted_proxies = {"127.0.0.1/8"};
    const auto refused = Server::start(options, router, texts(), {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, "proxy_malformed");
}

}  // namespace
}  // namespace http::test
