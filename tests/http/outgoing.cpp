#include "http/outgoing.h"

#include <gtest/gtest.h>

#include <thread>

#include "http/harness.h"

namespace http::test {
namespace {

std::string code_of(const base::Result<Fetched>& result) {
    return result ? std::to_string(result->status) : result.error().code;
}

class OutgoingTest : public ::testing::Test {
  protected:
    OutgoingTest() {
        router_.get("/feed", {}, [](const Request& request) {
            return text("feed " + request.query_or("q") + request.header("x-test"), "text/plain");
        });
        router_.get("/moved", {}, [](const Request&) { return see_other("/feed?q=moved"); });
        router_.get("/loop", {}, [](const Request&) { return see_other("/loop"); });
        router_.get("/away", {}, [](const Request&) { return see_other("http://example.com/"); });
        router_.get("/other-port", {},
                    [](const Request&) { return see_other("http://127.0.0.1:1/feed"); });
        router_.get("/tricky", {}, [](const Request&) { return see_other("//example.com/"); });
        router_.get("/large", {},
                    [](const Request&) { return text(std::string(5000, 'x'), "text/plain"); });
        router_.get("/slow", {}, [](const Request&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(500));
            return text("late", "text/plain");
        });
        router_.post("/echo", {}, [](const Request& request) {
            return text(request.header("content-type") + " " + request.body, "text/plain");
        });
        server_ = start(router_);
        options_.private_addresses = PrivateAddresses::allowed;
    }
    base::Result<Fetched> get(std::string_view path) {
        return http::fetch(
            "http://127.0.0.1:" + std::to_string(server_->port()) + std::string(path), options_);
    }
    Router router_;
    FetchOptions options_;
    std::unique_ptr<Server> server_;
};

TEST_F(OutgoingTest, FetchesAndFollowsWithinTheHost) {
    options_.headers["X-Test"] = "!";
    const auto feed = get("/feed?q=a");
    ASSERT_TRUE(feed) << base::describe(feed.error());
    EXPECT_EQ(feed->status, 200);
    EXPECT_EQ(feed->body, "feed a!");
    EXPECT_EQ(feed->headers.at("content-type"), "text/plain");
    EXPECT_EQ(get("/moved")->body, "feed moved!");
    EXPECT_EQ(code_of(get("/nothing")), "404");
}

TEST_F(OutgoingTest, PostsABody) {
    options_.body = "{\"input\": [\"甲\"]}";
    options_.headers["Content-Type"] = "application/json";
    const auto echoed = get("/echo");
    ASSERT_TRUE(echoed) << base::describe(echoed.error());
    EXPECT_EQ(echoed->body, "application/json {\"input\": [\"甲\"]}");
    options_.private_addresses = PrivateAddresses::refused;
    EXPECT_EQ(code_of(get("/echo")), "fetch_address_refused");
}

TEST_F(OutgoingTest, RefusesToBeLedAway) {
    for (const char* path : {"/away", "/loop", "/other-port", "/tricky"}) {
        EXPECT_EQ(code_of(get(path)), "fetch_redirect_refused") << path;
    }
    options_.headers["X-Test"] = "a\r\nHost: b";
    EXPECT_EQ(code_of(get("/feed")), "fetch_url_malformed");
}

TEST_F(OutgoingTest, SizeAndTime) {
    options_.bytes_max = 5000;
    EXPECT_EQ(code_of(get("/large")), "200");
    options_.bytes_max = 4999;
    EXPECT_EQ(code_of(get("/large")), "fetch_too_large");
    options_.wait = base::milliseconds(100);
    EXPECT_EQ(code_of(get("/slow")), "fetch_timed_out");
}

TEST_F(OutgoingTest, PrivateAddressesAreRefusedUnlessAllowed) {
    const std::string port = std::to_string(server_->port());
    for (const std::string host :
         {"127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "0.0.0.0", "[::ffff:127.0.0.1]",
          "169.254.169.254", "10.0.0.1"}) {
        const auto outcome = http::fetch("http://" + host + ":" + port + "/feed");
        EXPECT_EQ(code_of(outcome), "fetch_address_refused") << host;
    }
}

TEST_F(OutgoingTest, AddressesThatAreNotTaken) {
    for (const char* url : {"", "ftp://example.com/", "file:///etc/passwd", "http://", "http:///x",
                            "http://a@b/", "http://a b/", "http://h:0/", "http://h:99999/",
                            "http://h:x/", "http://h/\r\nX: y", "gopher://x", "http://[::1/"}) {
        EXPECT_EQ(code_of(http::fetch(url)), "fetch_url_malformed") << url;
    }
    FetchOptions allowed;
    allowed.private_addresses = PrivateAddresses::allowed;
    const std::string closed = "http://127.0.0.1:" + std::to_string(free_port()) + "/";
    EXPECT_EQ(code_of(http::fetch(closed, allowed)), "fetch_failed");
}

TEST_F(OutgoingTest, TlsWithoutAValidCertificateFails) {
    const auto outcome =
        http::fetch("https://127.0.0.1:" + std::to_string(server_->port()) + "/feed",
                    {.private_addresses = PrivateAddresses::allowed});
    EXPECT_EQ(code_of(outcome), "fetch_failed");
}

TEST(Outgoing, WhichAddressesArePublic) {
    for (const char* address : {"8.8.8.8", "223.5.5.5", "172.32.0.1", "100.128.0.1", "192.0.1.1",
                                "2400:3200::1", "2002:0808:0808::1", "64:ff9b::8.8.8.8"}) {
        EXPECT_TRUE(is_public_address(address)) << address;
    }
    for (const char* address : {"0.0.0.0",
                                "10.1.2.3",
                                "100.64.0.1",
                                "127.0.0.1",
                                "169.254.1.1",
                                "172.16.0.1",
                                "172.31.255.255",
                                "192.168.0.1",
                                "192.0.2.1",
                                "198.18.0.1",
                                "198.51.100.1",
                                "203.0.113.1",
                                "224.0.0.1",
                                "255.255.255.255",
                                "::",
                                "::1",
                                "::ffff:10.0.0.1",
                                "fe80::1",
                                "fc00::1",
                                "fd12::1",
                                "ff02::1",
                                "2001:db8::1",
                                "2001::1",
                                "2002:0a00:0001::1",
                                "64:ff9b::10.0.0.1",
                                "nonsense",
                                ""}) {
        EXPECT_FALSE(is_public_address(address)) << address;
    }
}

}  // namespace
}  // namespace http::test
