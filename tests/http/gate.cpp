#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "base/json.h"
#include "http/harness.h"

namespace http::test {
namespace {

class MemoryOfAnswers final : public IdempotencyMemory {
  public:
    std::optional<Remembered> recall(std::string_view scope, std::string_view key) override {
        const std::scoped_lock lock(mutex_);
        const auto found = answers_.find(std::string(scope) + '/' + std::string(key));
        if (found == answers_.end()) return {};
        return found->second;
    }
    void remember(std::string_view scope, std::string_view key, const Remembered& answer) override {
        const std::scoped_lock lock(mutex_);
        answers_.emplace(std::string(scope) + '/' + std::string(key), answer);
    }

  private:
    std::mutex mutex_;
    std::map<std::string, Remembered> answers_;
};

class GateTest : public ::testing::Test {
  protected:
    GateTest() {
        router_.post(
            "/pay", {.creates = true}, [this](const Request& request) -> base::Result<Reply> {
                const int count = ++paid_;
                if (request.body == "slow")
                    std::this_thread::sleep_for(std::chrono::milliseconds(300));
                if (request.body == "busy") {
                    return base::refuse(base::error(base::ErrorKind::unavailable, "unavailable"));
                }
                if (request.body == "bad") return base::refuse(base::invalid("form_invalid"));
                return created(base::json::object{{"count", count}}, "/payments/1").with_version(3);
            });
        router_.get("/cheap", {}, [](const Request&) { return text("x", "text/plain"); });
        router_.get("/dear", {.cost = 10}, [](const Request&) { return text("x", "text/plain"); });
        router_.get("/mine", {.signed_in = true}, [](const Request& request) {
            return text(std::any_cast<std::string>(request.session), "text/plain");
        });
        router_.post("/change", {.signed_in = true},
                     [](const Request&) { return text("changed", "text/plain"); });
        hooks_.rate_per_minute = 0;
        hooks_.idempotency = &memory_;
    }
    void begin() { server_ = start(router_, hooks_); }
    Answer pay(std::string_view key, std::string_view body, std::string_view more = {}) {
        return fetch(
            server_->port(),
            request("POST", "/pay",
                    "Idempotency-Key: " + std::string(key) + "\r\n" + std::string(more), body));
    }
    Router router_;
    Hooks hooks_;
    MemoryOfAnswers memory_;
    std::atomic<int> paid_{0};
    std::unique_ptr<Server> server_;
};

TEST_F(GateTest, ARepeatedRequestIsNotRepeated) {
    begin();
    const Answer first = pay("k1", "100");
    EXPECT_EQ(first.status, 201);
    EXPECT_FALSE(first.headers.contains("idempotency-replayed"));
    const Answer again = pay("k1", "100");
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.headers.at("idempotency-replayed"), "true");
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.headers.at("location"), "/payments/1");
    EXPECT_EQ(again.headers.at("etag"), "\"3\"");
    EXPECT_EQ(again.headers.at("content-type"), "application/json");
    EXPECT_EQ(paid_, 1);
    const Answer other = pay("k1", "200");
    EXPECT_EQ(other.status, 409);
    EXPECT_EQ(other.code(), "idempotency_conflict");
    EXPECT_EQ(pay("k2", "100").status, 201);
    EXPECT_EQ(paid_, 2);
    EXPECT_EQ(fetch(server_->port(), request("POST", "/pay", {}, "100")).status, 201);
    EXPECT_EQ(paid_, 3);
}

TEST_F(GateTest, KeysBelongToTheirScope) {
    hooks_.scope_of = [](const Request& request) { return request.header("x-account"); };
    begin();
    EXPECT_EQ(pay("k", "1", "X-Account: a\r\n").status, 201);
    EXPECT_EQ(pay("k", "2", "X-Account: b\r\n").status, 201);
    EXPECT_EQ(pay("k", "2", "X-Account: a\r\n").status, 409);
}

TEST_F(GateTest, RefusalsAreNotRemembered) {
    begin();
    EXPECT_EQ(pay("k", "busy").status, 503);
    EXPECT_EQ(pay("k", "busy").status, 503);
    EXPECT_EQ(paid_, 2);
    EXPECT_EQ(pay("k", "bad").status, 422);
    EXPECT_EQ(pay("k", "corrected").status, 201);
    EXPECT_EQ(pay(std::string(201, 'k'), "1").code(), "idempotency_key_malformed");
    EXPECT_EQ(pay("with space", "1").code(), "idempotency_key_malformed");
}

TEST_F(GateTest, TheSameRequestAtTheSameTime) {
    begin();
    RawClient first(server_->port());
    first.send(request("POST", "/pay", "Idempotency-Key: k\r\n", "slow"));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const Answer second = pay("k", "slow");
    EXPECT_EQ(second.status, 409);
    EXPECT_EQ(second.code(), "request_in_progress");
    EXPECT_EQ(first.receive()->status, 201);
    EXPECT_EQ(pay("k", "slow").headers.at("idempotency-replayed"), "true");
    EXPECT_EQ(paid_, 1);
}

TEST_F(GateTest, RateLimitPerScopeAndCost) {
    hooks_.rate_per_minute = 20;
    hooks_.scope_of = [](const Request& request) {
        const std::string account = request.header("x-account");
        return account.empty() ? request.remote_address : account;
    };
    begin();
    const auto get = [&](std::string_view path, std::string_view headers = {}) {
        return fetch(server_->port(), request("GET", path, headers));
    };
    EXPECT_EQ(get("/dear").status, 200);
    EXPECT_EQ(get("/dear").status, 200);
    const Answer limited = get("/dear");
    EXPECT_EQ(limited.status, 429);
    EXPECT_EQ(limited.code(), "too_many_requests");
    const int seconds = std::stoi(limited.headers.at("retry-after"));
    EXPECT_GE(seconds, 1);
    EXPECT_LE(seconds, 30);
    EXPECT_EQ(get("/nothing").status, 429);  // looking for holes costs as well
    EXPECT_EQ(get("/cheap", "X-Account: other\r\n").status, 200);
}

TEST_F(GateTest, SessionsAndAdmission) {
    hooks_.authenticate = [](Request& request) {
        if (const auto found = request.cookies.find("session"); found != request.cookies.end()) {
            request.session = found->second;
        }
    };
    hooks_.admit = [](const Request& request) -> base::Status {
        if (request.method == Method::post && request.header("x-csrf-token") != "good") {
            return base::refuse(base::forbidden("csrf_token_missing"));
        }
        return {};
    };
    begin();
    const Answer mine = fetch(server_->port(), request("GET", "/mine", "Cookie: session=A\r\n"));
    EXPECT_EQ(mine.body, "A");
    EXPECT_EQ(mine.headers.at("cache-control"), "private, no-store");
    EXPECT_EQ(fetch(server_->port(), request("GET", "/mine")).status, 401);
    EXPECT_EQ(fetch(server_->port(), request("POST", "/change", "Cookie: session=A\r\n")).code(),
              "csrf_token_missing");
    EXPECT_EQ(fetch(server_->port(),
                    request("POST", "/change", "Cookie: session=A\r\nX-CSRF-Token: good\r\n"))
                  .status,
              200);
}

TEST_F(GateTest, PeopleGetPagesAndProgramsGetProblems) {
    hooks_.render_error = [](const base::Error& error, const Request&) {
        return html("<h1>" + error.code + "</h1>", status_of(error));
    };
    begin();
    const Answer page = fetch(server_->port(), request("GET", "/nothing", "Accept: text/html\r\n"));
    EXPECT_EQ(page.status, 404);
    EXPECT_EQ(page.body, "<h1>page_not_found</h1>");
    EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
    const Answer wrong = fetch(server_->port(), request("POST", "/cheap", "Accept: text/html\r\n"));
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.headers.at("allow"), "GET, HEAD");
    EXPECT_EQ(fetch(server_->port(), request("GET", "/api/x", "Accept: text/html\r\n")).code(),
              "page_not_found");
}

TEST_F(GateTest, TheAccessLogHasNoPersonalData) {
    std::ostringstream lines;
    const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(lines);
    const auto logger = std::make_shared<spdlog::logger>("access", sink);
    logger->set_pattern("%v");
    spdlog::register_logger(logger);
    router_.get("/people/{name}", {}, [](const Request&) { return text("abc", "text/plain"); });
    begin();
    (void)fetch(server_->port(), request("GET", "/people/zhang?phone=138", "Cookie: s=secret\r\n"));
    server_->stop(base::seconds(1));
    spdlog::drop("access");
    const auto parsed = base::parse_json(lines.str());
    ASSERT_TRUE(parsed) << lines.str();
    const auto& line = parsed->as_object();
    EXPECT_EQ(line.at("route"), "/people/{name}");
    EXPECT_EQ(line.at("status"), 200);
    EXPECT_EQ(line.at("bytes"), 3);
    EXPECT_EQ(line.at("method"), "GET");
    EXPECT_GE(line.at("microseconds").as_int64(), 0);
    for (const char* secret : {"zhang", "138", "secret", "127.0.0.1"}) {
        EXPECT_EQ(lines.str().find(secret), std::string::npos) << secret;
    }
}

TEST_F(GateTest, AnAnswerThatLiesReadyNeedsNoHandlerAndKeepsTheRateLimit) {
    hooks_.rate_per_minute = 3;
    hooks_.ready = [](const Request& request) -> std::optional<Reply> {
        if (request.path != "/cheap" || !request.cookies.empty()) return {};
        return text("ready", "text/plain");
    };
    begin();
    EXPECT_EQ(fetch(server_->port(), "GET /cheap HTTP/1.1\r\nHost: x\r\n\r\n").body, "ready");
    EXPECT_EQ(fetch(server_->port(), "GET /cheap HTTP/1.1\r\nHost: x\r\nCookie: a=b\r\n\r\n").body,
              "x");
    EXPECT_EQ(fetch(server_->port(), "GET /cheap HTTP/1.1\r\nHost: x\r\n\r\n").body, "ready");
    EXPECT_EQ(fetch(server_->port(), "GET /cheap HTTP/1.1\r\nHost: x\r\n\r\n").status, 429);
}

}  // namespace
}  // namespace http::test
