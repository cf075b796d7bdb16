#include "http/server.h"

#include <gtest/gtest.h>

#include "http/harness.h"

namespace http::test {
namespace {

Router simple_router() {
    Router router;
    router.get("/hello", {}, [](const Request&) { return text("hello", "text/plain"); });
    return router;
}

TEST(Server, AnswersARequest) {
    const Router router = simple_router();
    const auto server = start(router);
    const Answer answer = fetch(server->port(), request("GET", "/hello"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
}

}  // namespace
}  // namespace http::test
