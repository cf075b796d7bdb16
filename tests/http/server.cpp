#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/hash.h"
#include "http/harness.h"

namespace http::test {
namespace {

Router basic_router() {
    Router router;
    router.get("/hello", {}, [](const Request&) { return text("hello", "text/plain"); });
    router.get("/echo/{name}", {}, [](const Request& request) {
        return ok(base::json::object{
            {"name", request.value("name")},
            {"q", request.query_or("q")},
            {"language", std::string(base::tag_of(request.language))},
            {"cookie", request.cookies.contains("c") ? request.cookies.at("c") : std::string()}});
    });
    router.post("/echo", {.body_bytes_max = 1000},
                [](const Request& request) { return text(request.body, "text/plain"); });
    router.post("/json", {}, [](const Request& request) -> base::Result<Reply> {
        return ok(TRY(request.json()));
    });
    router.post("/form", {}, [](const Request& request) -> base::Result<Reply> {
        base::json::object fields;
        for (const auto& [name, value] : TRY(request.form()))
            fields[name] = value;
        for (const Upload& upload : TRY(request.uploads()))
            fields[upload.name] = upload.bytes.size();
        return ok(fields);
    });
    router.put("/version", {}, [](const Request& request) -> base::Result<Reply> {
        return text(std::to_string(TRY(request.if_match())), "text/plain");
    });
    router.get("/number", {}, [](const Request& request) -> base::Result<Reply> {
        return text(std::to_string(TRY(request.query_integer("n", 5, 1, 9))), "text/plain");
    });
    router.get("/long", {}, [](const Request&) {
        return text(std::string(50'000, 'a') + "end", "text/html; charset=utf-8");
    });
    router.get("/image", {},
               [](const Request&) { return text(std::string(5000, 'a'), "image/png"); });
    router.get("/versioned", {}, [](const Request&) {
        return ok(base::json::object{{"long", std::string(3000, 'x')}}).with_version(7);
    });
    router.get("/cookie", {},
               [](const Request&) { return html("x").with_cookie("session=1; HttpOnly"); });
    router.get("/own-headers", {}, [](const Request&) {
        return html("x")
            .with_header("content-security-policy", "default-src 'none'")
            .with_header("Cache-Control", "public, max-age=60")
            .with_header("X-Test", "a\r\nSet-Cookie: evil=1");
    });
    router.get("/throws", {},
               [](const Request&) -> Reply { throw std::runtime_error("secret reason"); });
    router.get("/refuses", {}, [](const Request&) -> base::Result<Reply> {
        return base::refuse(base::forbidden("not_owner"));
    });
    router.get("/slow", {}, [](const Request&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return text("slow", "text/plain");
    });
    router.get("/private", {.signed_in = true},
               [](const Request&) { return text("private", "text/plain"); });
    return router;
}

class ServerTest : public ::testing::Test {
  protected:
    Answer get(std::string_view target, std::string_view headers = {}) {
        return fetch(server_->port(), request("GET", target, headers));
    }
    const Router router_ = basic_router();
    std::unique_ptr<Server> server_ = start(router_);
};

TEST_F(ServerTest, PlainRequestsAndWhatEveryReplyCarries) {
    const Answer answer = get("/hello");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.headers.at("content-type"), "text/plain");
    EXPECT_NE(answer.headers.at("content-security-policy").find("frame-ancestors 'none'"),
              std::string::npos);
    EXPECT_EQ(answer.headers.at("content-security-policy").find("unsafe"), std::string::npos);
    EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.headers.at("referrer-policy"), "same-origin");
    EXPECT_EQ(answer.headers.at("cross-origin-opener-policy"), "same-origin");
    EXPECT_TRUE(answer.headers.contains("permissions-policy"));
    EXPECT_FALSE(answer.headers.at("x-request-id").empty());
    EXPECT_EQ(answer.headers.at("cache-control"), "no-cache");
    EXPECT_TRUE(answer.headers.at("date").ends_with(" GMT"));
}

TEST_F(ServerTest, PathQueryCookieAndLanguage) {
    const Answer answer = get("/echo/%E6%A1%82?q=a+b&q=c%26d&lang=en", "Cookie: c=1; d=2\r\n");
    EXPECT_EQ(answer.body, R"({"name":"桂","q":"c&d","language":"en","cookie":"1"})");
    EXPECT_NE(get("/echo/x", "Accept-Language: th, en;q=0.5\r\n").body.find("\"th\""),
              std::string::npos);
    EXPECT_NE(
        get("/echo/x", "Accept-Language: th\r\nCookie: gq_language=vi\r\n").body.find("\"vi\""),
        std::string::npos);
    EXPECT_NE(get("/echo/x").body.find("\"zh-CN\""), std::string::npos);
    EXPECT_EQ(fetch(server_->port(), request("GET", "http://localhost/hello")).status, 200);
}

TEST_F(ServerTest, WrongAddressesAreRefused) {
    for (const char* path : {"/a/../hello", "/%2e%2e/x", "/a%2fb", "/a%00", "/a//b", "/%zz"}) {
        const Answer answer = get(path);
        EXPECT_EQ(answer.status, 400) << path;
        EXPECT_EQ(answer.code(), "path_malformed") << path;
    }
    EXPECT_EQ(get("/hello?a=%zz").code(), "query_unreadable");
    const Answer missing = get("/nothing");
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.code(), "page_not_found");
    EXPECT_EQ(missing.headers.at("content-type"), "application/problem+json");
    const Answer method = fetch(server_->port(), request("PUT", "/hello"));
    EXPECT_EQ(method.status, 405);
    EXPECT_EQ(method.headers.at("allow"), "GET, HEAD");
    EXPECT_EQ(fetch(server_->port(), request("BREW", "/hello")).status, 501);
}

TEST_F(ServerTest, RefusalsAndFailuresOfHandlers) {
    EXPECT_EQ(get("/refuses").status, 403);
    EXPECT_EQ(get("/refuses").code(), "not_owner");
    const Answer failure = get("/throws");
    EXPECT_EQ(failure.status, 500);
    EXPECT_EQ(failure.code(), "internal_error");
    EXPECT_EQ(failure.body.find("secret"), std::string::npos);
    EXPECT_EQ(get("/private").status, 401);
    EXPECT_EQ(get("/private").code(), "not_signed_in");
    EXPECT_EQ(get("/number?n=9").body, "9");
    EXPECT_EQ(get("/number").body, "5");
    for (const char* bad : {"10", "0", "x", "1x", "99999999999999999999", "-1"}) {
        EXPECT_EQ(get("/number?n=" + std::string(bad)).code(), "query_malformed") << bad;
    }
}

TEST_F(ServerTest, HeadHasTheHeadersAndNoBody) {
    RawClient client(server_->port());
    const auto head = client.ask(request("HEAD", "/hello"), true);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 200);
    EXPECT_EQ(head->headers.at("content-length"), "5");
    EXPECT_EQ(client.ask(request("GET", "/hello"))->body, "hello");
}

TEST_F(ServerTest, KeepAliveAndPipelining) {
    RawClient client(server_->port());
    client.send(request("GET", "/echo/1") + request("POST", "/echo", {}, "two") +
                request("GET", "/echo/3") + request("GET", "/nothing"));
    EXPECT_NE(client.receive()->body.find("\"1\""), std::string::npos);
    EXPECT_EQ(client.receive()->body, "two");
    EXPECT_NE(client.receive()->body.find("\"3\""), std::string::npos);
    const auto missing = client.receive();
    EXPECT_EQ(missing->status, 404);
    EXPECT_EQ(missing->headers.at("connection"), "keep-alive");
    EXPECT_EQ(client.ask(request("GET", "/hello"))->status, 200);
    EXPECT_EQ(
        client.ask(request("GET", "/hello", "Connection: close\r\n"))->headers.at("connection"),
        "close");
    EXPECT_TRUE(client.closes_within(3000));
}

TEST_F(ServerTest, Http10ClosesUnlessAsked) {
    RawClient client(server_->port());
    EXPECT_EQ(client.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                  ->headers.at("connection"),
              "keep-alive");
    EXPECT_EQ(client.ask("GET /hello HTTP/1.0\r\n\r\n")->headers.at("connection"), "close");
    EXPECT_TRUE(client.closes_within(3000));
}

TEST_F(ServerTest, BodiesArriveInAnyPieces) {
    RawClient client(server_->port());
    for (const char byte : request("POST", "/echo", {}, "slowly"))
        client.send({&byte, 1});
    EXPECT_EQ(client.receive()->body, "slowly");
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
    client.send("lo\r\n6;ext=1\r\n world\r\n0\r\nHost: evil\r\nX: y\r\n\r\n");
    EXPECT_EQ(client.receive()->body, "hello world");
    client.send(
        "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(client.receive()->status, 100);
    client.send("ok");
    EXPECT_EQ(client.receive()->body, "ok");
    EXPECT_EQ(client.ask(request("POST", "/echo"))->body, "");
}

TEST_F(ServerTest, BodiesBeyondTheRoutesLimit) {
    EXPECT_EQ(fetch(server_->port(), request("POST", "/echo", {}, std::string(1000, 'x'))).status,
              200);
    const Answer large =
        fetch(server_->port(), request("POST", "/echo", {}, std::string(1001, 'x')));
    EXPECT_EQ(large.status, 413);
    EXPECT_EQ(large.code(), "body_too_large");
    EXPECT_NE(large.body.find("1000"), std::string::npos);
    // Announced, never sent: refused without waiting for it.
    RawClient client(server_->port());
    EXPECT_EQ(
        client.ask("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 50000000000\r\n\r\n")->status,
        413);
    EXPECT_TRUE(client.closes_within(4000));
    RawClient chunks(server_->port());
    std::string chunk = "3e8\r\n" + std::string(1000, 'x') + "\r\n";
    EXPECT_EQ(chunks
                  .ask("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                       chunk + "1\r\nx\r\n")
                  ->status,
              413);
    RawClient huge(server_->port());
    EXPECT_EQ(huge.ask("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "ffffffff\r\n")
                  ->status,
              413);
    // A body for nobody is not read either.
    RawClient nobody(server_->port());
    EXPECT_EQ(nobody.ask(request("POST", "/nothing", {}, "body"))->status, 404);
    EXPECT_TRUE(nobody.closes_within(4000));
}

TEST_F(ServerTest, MalformedRequests) {
    const std::string_view bad[] = {
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET /hello HTTP/9.9\r\nHost: h\r\n\r\n",
        "GET /hello HTTP/1.1\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: -3\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET * HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET hello HTTP/1.1\r\nHost: h\r\n\r\n",
    };
    for (const std::string_view bytes : bad) {
        RawClient client(server_->port());
        const auto answer = client.ask(bytes);
        ASSERT_TRUE(answer) << bytes;
        EXPECT_EQ(answer->status, 400) << bytes;
        EXPECT_TRUE(client.closes_within(4000)) << bytes;
    }
    EXPECT_EQ(get("/hello").status, 200);
}

TEST_F(ServerTest, HeadersBeyondTheLimit) {
    const std::string big = "X: " + std::string(40'000, 'x') + "\r\n";
    const Answer answer = fetch(server_->port(), request("GET", "/hello", big));
    EXPECT_EQ(answer.status, 431);
    EXPECT_EQ(answer.code(), "header_too_large");
    EXPECT_EQ(get("/hello", "X: " + std::string(20'000, 'x') + "\r\n").status, 200);
}

TEST_F(ServerTest, SlowSendersAreCutOff) {
    RawClient head(server_->port());
    head.send("GET /hello HTTP/1.1\r\nHo");
    const auto answer = head.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 408);
    EXPECT_TRUE(head.closes_within(4000));

    RawClient body(server_->port());
    const auto late = body.ask("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
    ASSERT_TRUE(late);
    EXPECT_EQ(late->status, 408);
    EXPECT_EQ(late->code(), "request_timed_out");

    RawClient drip(server_->port());
    drip.send("GET /hello HTTP/1.1\r\nHost: h\r\n");
    for (int i = 0; i < 8; ++i) {
        drip.send("X: y\r\n");  // activity does not extend the time for the whole head
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    EXPECT_EQ(drip.receive()->status, 408);

    RawClient silent(server_->port());
    EXPECT_TRUE(silent.closes_within(4000));
}

TEST_F(ServerTest, NotModified) {
    const Answer first = get("/hello");
    const std::string tag = first.headers.at("etag");
    EXPECT_TRUE(tag.starts_with('"'));
    const Answer again = get("/hello", "If-None-Match: \"other\", " + tag + "\r\n");
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.headers.at("etag"), tag);
    EXPECT_FALSE(again.headers.contains("content-length"));
    EXPECT_TRUE(again.headers.contains("cache-control"));
    EXPECT_EQ(get("/hello", "If-None-Match: \"other\"\r\n").status, 200);
    EXPECT_EQ(get("/hello", "If-None-Match: *\r\n").status, 304);
    EXPECT_FALSE(get("/refuses").headers.contains("etag"));
    EXPECT_FALSE(
        fetch(server_->port(), request("POST", "/echo", {}, "x")).headers.contains("etag"));
}

TEST_F(ServerTest, Compression) {
    const Answer plain = get("/long");
    EXPECT_FALSE(plain.headers.contains("content-encoding"));
    EXPECT_NE(plain.headers.at("vary").find("Accept-Encoding"), std::string::npos);
    const Answer small = get("/long", "Accept-Encoding: br, gzip\r\n");
    EXPECT_EQ(small.headers.at("content-encoding"), "gzip");
    EXPECT_LT(small.body.size(), 1000U);
    EXPECT_EQ(gunzip(small.body), plain.body);
    EXPECT_NE(small.headers.at("etag"), plain.headers.at("etag"));
    EXPECT_EQ(
        get("/long", "Accept-Encoding: gzip\r\nIf-None-Match: " + small.headers.at("etag") + "\r\n")
            .status,
        304);
    EXPECT_FALSE(get("/image", "Accept-Encoding: gzip\r\n").headers.contains("content-encoding"));
    EXPECT_FALSE(get("/hello", "Accept-Encoding: gzip\r\n").headers.contains("content-encoding"));
    EXPECT_FALSE(
        get("/long", "Accept-Encoding: gzip;q=0\r\n").headers.contains("content-encoding"));
    EXPECT_EQ(get("/versioned", "Accept-Encoding: gzip\r\n").headers.at("etag"), "\"7\"");
}

TEST_F(ServerTest, HandlersMayOverrideHeadersButNotWriteNewOnes) {
    const Answer answer = get("/own-headers");
    EXPECT_EQ(answer.headers.at("content-security-policy"), "default-src 'none'");
    EXPECT_EQ(answer.headers.at("cache-control"), "public, max-age=60");
    EXPECT_FALSE(answer.headers.contains("set-cookie"));
    EXPECT_EQ(answer.headers.at("x-test"), "a  Set-Cookie: evil=1");
    const Answer cookie = get("/cookie");
    EXPECT_EQ(cookie.headers.at("set-cookie"), "session=1; HttpOnly");
    EXPECT_EQ(cookie.headers.at("cache-control"), "private, no-store");
}

TEST_F(ServerTest, JsonFormsAndVersions) {
    const auto post = [&](std::string_view path, std::string_view type, std::string_view body) {
        return fetch(server_->port(),
                     request("POST", path, "Content-Type: " + std::string(type) + "\r\n", body));
    };
    EXPECT_EQ(post("/json", "application/json; charset=utf-8", R"({"a":1})").body, R"({"a":1})");
    EXPECT_EQ(post("/json", "text/plain", "{}").status, 415);
    EXPECT_EQ(post("/json", "application/json", "{").code(), "json_malformed");
    EXPECT_EQ(post("/json", "application/json", "[]").code(), "body_not_object");
    EXPECT_EQ(post("/form", "application/x-www-form-urlencoded", "a=1&a=2&b=%E6%A1%82").body,
              R"({"a":"2","b":"桂"})");
    EXPECT_EQ(post("/form", "application/x-www-form-urlencoded", "a=%ff").code(), "form_malformed");
    EXPECT_EQ(post("/form", "application/json", "{}").code(), "content_type_unsupported");
    EXPECT_EQ(
        post("/form", "multipart/form-data; boundary=B",
             "--B\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\nx\r\n"
             "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n123\r\n"
             "--B--\r\n")
            .body,
        R"({"t":"x","f":3})");
    const auto put = [&](std::string_view headers) {
        return fetch(server_->port(), request("PUT", "/version", headers));
    };
    EXPECT_EQ(put("If-Match: \"12\"\r\n").body, "12");
    EXPECT_EQ(put("If-Match: W/\"12-gz\"\r\n").body, "12");
    EXPECT_EQ(put("").status, 428);
    EXPECT_EQ(put("").code(), "precondition_required");
    for (const char* bad : {"12", "\"x\"", "*", "\"-1\"", "\"1\", \"2\"", "\"\""}) {
        EXPECT_EQ(put("If-Match: " + std::string(bad) + "\r\n").code(), "if_match_malformed")
            << bad;
    }
}

TEST(ServerFiles, AreStreamedFromDisk) {
    const TemporaryFolder folder;
    std::string content(3 << 20, 'x');
    content += "end";
    folder.write("big.bin", content);
    Router router;
    router.get("/big", {}, [&](const Request&) {
        return file(folder.path() / "big.bin", "application/octet-stream", "大.bin");
    });
    router.get("/script", {},
               [&](const Request&) { return file(folder.path() / "site.js", "text/javascript"); });
    router.get("/gone", {}, [&](const Request&) {
        return file(folder.path() / "gone", "application/octet-stream");
    });
    router.get("/folder", {},
               [&](const Request&) { return file(folder.path(), "application/octet-stream"); });
    const auto server = start(router);
    const Answer answer = fetch(server->port(), request("GET", "/big"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(base::sha256(answer.body), base::sha256(content));
    EXPECT_TRUE(answer.headers.at("content-disposition").starts_with("attachment;"));
    EXPECT_EQ(fetch(server->port(),
                    request("GET", "/big", "If-None-Match: " + answer.headers.at("etag") + "\r\n"))
                  .status,
              304);
    EXPECT_EQ(fetch(server->port(), request("HEAD", "/big")).headers.at("content-length"),
              std::to_string(content.size()));
    EXPECT_EQ(fetch(server->port(), request("GET", "/gone")).status, 404);
    EXPECT_EQ(fetch(server->port(), request("GET", "/folder")).status, 404);
    folder.write("site.js", "let words = '" + std::string(20'000, 'w') + "';");
    for (int i = 0; i < 2; ++i) {
        const Answer script =
            fetch(server->port(), request("GET", "/script", "Accept-Encoding: gzip\r\n"));
        EXPECT_EQ(script.headers.at("content-encoding"), "gzip");
        EXPECT_LT(script.body.size(), 500U);
        EXPECT_EQ(gunzip(script.body).size(), 20'015U);
        EXPECT_TRUE(script.headers.at("etag").ends_with("-gz\""));
    }
    folder.write("site.js", "let other = '" + std::string(30'000, 'w') + "';");
    EXPECT_EQ(
        gunzip(fetch(server->port(), request("GET", "/script", "Accept-Encoding: gzip\r\n")).body)
            .size(),
        30'015U);
    // A client that goes away in the middle hurts nobody.
    {
        RawClient client(server->port());
        client.limit_receive_buffer(4096);
        client.send(request("GET", "/big"));
        client.read_until("\r\n\r\n");
    }
    EXPECT_EQ(fetch(server->port(), request("GET", "/big")).status, 200);
}

TEST(ServerLimits, AFullQueueIsAnswered503) {
    std::atomic<bool> go{false};
    Router router;
    router.get("/wait", {}, [&](const Request&) {
        while (!go)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        return text("done", "text/plain");
    });
    ServerOptions options = quick_options();
    options.workers = 1;
    options.queue_max = 1;
    const auto server = start(router, {}, options);
    RawClient running(server->port());
    running.send(request("GET", "/wait"));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    RawClient queued(server->port());
    queued.send(request("GET", "/wait"));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    RawClient refused(server->port());
    const auto busy = refused.ask(request("GET", "/wait"));
    ASSERT_TRUE(busy);
    EXPECT_EQ(busy->status, 503);
    EXPECT_EQ(busy->code(), "server_busy");
    EXPECT_EQ(busy->headers.at("retry-after"), "1");
    go = true;
    EXPECT_EQ(running.receive()->body, "done");
    EXPECT_EQ(queued.receive()->body, "done");
    EXPECT_EQ(refused.ask(request("GET", "/wait"))->body, "done");  // the connection lives on
}

TEST(ServerLimits, ConnectionsBeyondTheLimit) {
    const Router router = basic_router();
    ServerOptions options = quick_options();
    options.connections_max = 2;
    options.header_wait = base::seconds(5);
    const auto server = start(router, {}, options);
    RawClient one(server->port());
    RawClient two(server->port());
    EXPECT_EQ(one.ask(request("GET", "/hello"))->status, 200);
    EXPECT_EQ(two.ask(request("GET", "/hello"))->status, 200);
    {
        RawClient three(server->port());
        const auto busy = three.receive();
        ASSERT_TRUE(busy);
        EXPECT_EQ(busy->status, 503);
        EXPECT_TRUE(three.closes_within(2000));
    }
    EXPECT_EQ(one.ask(request("GET", "/hello"))->status, 200);
}

TEST(ServerStop, LetsRunningRequestsFinish) {
    const Router router = basic_router();
    auto server = start(router);
    RawClient idle(server->port());
    EXPECT_EQ(idle.ask(request("GET", "/hello"))->status, 200);
    RawClient busy(server->port());
    busy.send(request("GET", "/slow"));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const std::uint16_t port = server->port();
    std::thread stopper([&] { server->stop(base::seconds(5)); });
    EXPECT_TRUE(idle.closes_within(2000));
    const auto answer = busy.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "slow");
    EXPECT_TRUE(busy.closes_within(4000));
    stopper.join();
    server.reset();
    EXPECT_DEATH(RawClient(port).close_writing(), "cannot connect");
}

TEST(ServerStop, DoesNotWaitForeverAndFreesThePort) {
    const Router router = basic_router();
    ServerOptions options = quick_options();
    options.port = free_port();
    auto server = start(router, {}, options);
    RawClient half(server->port());
    half.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
    const base::Duration before = base::elapsed_since_start();
    server->stop(base::milliseconds(50));
    EXPECT_LT((base::elapsed_since_start().microseconds - before.microseconds), 3'000'000);
    server.reset();
    server = start(router, {}, options);
    EXPECT_EQ(fetch(server->port(), request("GET", "/hello")).status, 200);
    const auto second = Server::start(options, router, texts(), {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "address_unavailable");
    options.address = "nonsense";
    EXPECT_EQ(Server::start(options, router, texts(), {}).error().code, "address_unavailable");
}

TEST(ServerMetrics, CountsByRouteAndStatus) {
    const Router router = basic_router();
    Metrics metrics;
    metrics.gauge("mine", "Added by others").set(5);
    Hooks hooks;
    hooks.metrics = &metrics;
    ServerOptions options = quick_options();
    options.metrics_port = free_port();
    const auto server = start(router, hooks, options);
    RawClient open(server->port());
    EXPECT_EQ(open.ask(request("GET", "/echo/1"))->status, 200);
    EXPECT_EQ(open.ask(request("GET", "/echo/2"))->status, 200);
    EXPECT_EQ(open.ask(request("GET", "/nothing"))->status, 404);
    const Answer answer = fetch(options.metrics_port, request("GET", "/metrics"));
    EXPECT_EQ(answer.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    for (const std::string line :
         {"http_requests_total{method=\"GET\",route=\"/echo/{name}\",status=\"200\"} 2\n",
          "http_requests_total{method=\"any\",route=\"unmatched\",status=\"404\"} 1\n",
          "# TYPE http_request_seconds histogram\n",
          "http_request_seconds_count{method=\"GET\",route=\"/echo/{name}\"} 2\n",
          "http_connections 1\n", "http_event_watchers 0\n", "http_queue_length 0\n", "mine 5\n"}) {
        EXPECT_NE(answer.body.find(line), std::string::npos) << line;
    }
    EXPECT_EQ(fetch(options.metrics_port, request("GET", "/other")).status, 404);
    // The figures are not on the public port.
    EXPECT_EQ(fetch(server->port(), request("GET", "/metrics")).status, 404);
}

TEST(ServerProxies, AddressesOfTrustedPeersOnly) {
    Router router;
    router.get("/who", {},
               [](const Request& request) { return text(request.remote_address, "text/plain"); });
    const std::string_view forwarded =
        "X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\nX-Request-Id: abc-1\r\n";
    const auto plain = start(router);
    const Answer untrusted = fetch(plain->port(), request("GET", "/who", forwarded));
    EXPECT_EQ(untrusted.body, "127.0.0.1");
    EXPECT_NE(untrusted.headers.at("x-request-id"), "abc-1");
    ServerOptions options = quick_options();
    options.trusted_proxies = {"127.0.0.1"};
    const auto server = start(router, {}, options);
    const Answer trusted = fetch(server->port(), request("GET", "/who", forwarded));
    EXPECT_EQ(trusted.body, "198.51.100.7");
    EXPECT_EQ(trusted.headers.at("x-request-id"), "abc-1");
    EXPECT_EQ(fetch(server->port(), request("GET", "/who", "X-Forwarded-For: junk\r\n")).body,
              "127.0.0.1");
}

}  // namespace
}  // namespace http::test
