#include "http/reply.h"

#include <gtest/gtest.h>

#include <thread>

#include "http/harness.h"
#include "http/metrics.h"
#include "http/rate_limit.h"
#include "http/router.h"
#include "http/wire_reply.h"

namespace http::test {
namespace {

using base::ErrorKind;

TEST(Reply, EachKindHasItsStatus) {
    const std::pair<ErrorKind, int> table[] = {
        {ErrorKind::invalid, 422},         {ErrorKind::malformed, 400},
        {ErrorKind::unauthenticated, 401}, {ErrorKind::forbidden, 403},
        {ErrorKind::not_found, 404},       {ErrorKind::conflict, 409},
        {ErrorKind::stale, 412},           {ErrorKind::precondition_required, 428},
        {ErrorKind::too_large, 413},       {ErrorKind::unsupported, 415},
        {ErrorKind::rate_limited, 429},    {ErrorKind::unavailable, 503},
        {ErrorKind::internal, 500}};
    for (const auto& [kind, status] : table)
        EXPECT_EQ(status_of(kind), status);
    EXPECT_EQ(status_of(base::malformed("method_not_allowed")), 405);
    EXPECT_EQ(status_of(base::malformed("header_too_large")), 431);
}

TEST(Reply, AProblemSaysWhyInTheReadersLanguage) {
    const base::Error error = base::invalid("query_malformed")
                                  .with("name", "page")
                                  .with("min", "1")
                                  .with("max", "9")
                                  .at("page")
                                  .under("art. 5")
                                  .because({base::not_found("page_not_found").at("first")})
                                  .saying("secret detail");
    const Reply reply = problem(error, base::Language::en, texts());
    EXPECT_EQ(reply.status, 422);
    EXPECT_EQ(reply.content_type, "application/problem+json");
    EXPECT_EQ(reply.body.find("secret detail"), std::string::npos);
    const auto object = base::parse_json(reply.body)->as_object();
    EXPECT_EQ(object.at("type"), "/errors/query_malformed");
    EXPECT_EQ(object.at("status"), 422);
    EXPECT_EQ(object.at("code"), "query_malformed");
    EXPECT_EQ(object.at("field"), "page");
    EXPECT_EQ(object.at("clause"), "art. 5");
    EXPECT_NE(base::text_at(object, "title").find("whole number from 1 to 9"), std::string::npos);
    const auto& cause = object.at("causes").as_array().at(0).as_object();
    EXPECT_EQ(cause.at("field"), "first");
    EXPECT_NE(base::text_at(cause, "title").find("no such page"), std::string::npos);
    const Reply chinese = problem(error, base::Language::zh_cn, texts());
    EXPECT_NE(chinese.body.find("应为 1 到 9 之间的整数"), std::string::npos);
}

TEST(Reply, DownloadNames) {
    EXPECT_EQ(attachment_disposition("report.pdf"), "attachment; filename=\"report.pdf\"");
    EXPECT_EQ(attachment_disposition("../../etc/passwd"), "attachment; filename=\"passwd\"");
    EXPECT_EQ(attachment_disposition("合同.pdf"),
              "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E5%90%88%E5%90%8C.pdf");
    EXPECT_EQ(attachment_disposition("a\"\r\nb"),
              "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b");
    EXPECT_EQ(attachment_disposition("\r\n"), "attachment; filename=\"download\"");
}

TEST(Reply, DatesOfTheProtocol) {
    EXPECT_EQ(http_date({1795505400LL * 1'000'000}), "Tue, 24 Nov 2026 07:30:00 GMT");
    EXPECT_EQ(http_date({0}), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(Router, LiteralsWinAndNamesAreFilled) {
    Router router;
    const Handler handler = [](const Request&) { return no_content(); };
    router.get("/entries/{id}", {}, handler);
    router.get("/entries/new", {}, handler);
    router.post("/entries/{id}/publish", {}, handler);
    router.del("/entries/{entry}", {}, handler);
    router.get("/files/{rest*}", {}, handler);
    router.get("/", {}, handler);

    EXPECT_EQ(router.find(Method::get, "/").route->pattern, "/");
    EXPECT_EQ(router.find(Method::get, "/entries/new").route->pattern, "/entries/new");
    const auto one = router.find(Method::get, "/entries/7");
    EXPECT_EQ(one.route->pattern, "/entries/{id}");
    EXPECT_EQ(one.path_values.at("id"), "7");
    EXPECT_EQ(router.find(Method::del, "/entries/7").path_values.at("entry"), "7");
    EXPECT_EQ(router.find(Method::head, "/entries/7").route->method, Method::get);
    EXPECT_EQ(router.find(Method::get, "/files/a/b.css").path_values.at("rest"), "a/b.css");
    // "new" is also an id where no literal goes on.
    EXPECT_EQ(router.find(Method::post, "/entries/new/publish").path_values.at("id"), "new");

    const auto wrong_method = router.find(Method::put, "/entries/7");
    EXPECT_EQ(wrong_method.route, nullptr);
    EXPECT_EQ(wrong_method.allowed, (std::vector{Method::get, Method::head, Method::del}));
    EXPECT_TRUE(router.find(Method::get, "/nothing").allowed.empty());
    EXPECT_EQ(router.find(Method::get, "/entries/").route, nullptr);
    EXPECT_EQ(router.find(Method::get, "/entries/7/").route, nullptr);
    EXPECT_DEATH(router.get("/entries/{other}", {}, handler), "CHECK");
}

TEST(Router, OpenApiDescribesRoutes) {
    Router router;
    const Handler handler = [](const Request&) { return no_content(); };
    router.schema("Entry", {{"type", "object"}});
    router.get("/api/entries/{id}", {.summary = "One entry", .answer_schema = "Entry"}, handler);
    router.post("/api/entries",
                {.summary = "Make an entry",
                 .body_schema = "Entry",
                 .answer_schema = "Entry",
                 .signed_in = true,
                 .creates = true,
                 .query = {{.name = "draft", .summary = "keep as a draft"}}},
                handler);
    router.get("/page", {.hidden = true}, handler);
    const auto document = router.openapi("Guiqiao", "1");
    EXPECT_EQ(document.at("openapi"), "3.1.0");
    const auto& paths = document.at("paths").as_object();
    EXPECT_EQ(paths.size(), 2U);
    const auto& get = paths.at("/api/entries/{id}").at("get").as_object();
    EXPECT_EQ(get.at("parameters").at(0).at("name"), "id");
    EXPECT_EQ(get.at("parameters").at(0).at("in"), "path");
    EXPECT_EQ(
        get.at("responses").at("200").at("content").at("application/json").at("schema").at("$ref"),
        "#/components/schemas/Entry");
    EXPECT_TRUE(get.at("responses")
                    .at("default")
                    .at("content")
                    .as_object()
                    .contains("application/problem+json"));
    EXPECT_TRUE(get.at("security").as_array().empty());
    const auto& post = paths.at("/api/entries").at("post").as_object();
    EXPECT_EQ(post.at("parameters").at(0).at("name"), "draft");
    EXPECT_EQ(post.at("parameters").at(1).at("name"), "Idempotency-Key");
    EXPECT_TRUE(post.at("responses").as_object().contains("201"));
    EXPECT_TRUE(post.at("security").at(0).as_object().contains("session"));
    EXPECT_EQ(document.at("components").at("securitySchemes").at("session").at("in"), "cookie");
    EXPECT_TRUE(document.at("components").at("schemas").as_object().contains("Problem"));
}

TEST(RateLimit, TokensComeBackWithTime) {
    RateLimit limit(60);
    for (int i = 0; i < 60; ++i)
        EXPECT_FALSE(limit.take("a", 1, base::seconds(1)));
    EXPECT_EQ(limit.take("a", 1, base::seconds(1)), 1);
    EXPECT_EQ(limit.take("a", 10, base::seconds(1)), 10);
    EXPECT_FALSE(limit.take("b", 1, base::seconds(1)));
    EXPECT_FALSE(limit.take("a", 1, base::seconds(2)));
    EXPECT_TRUE(limit.take("a", 1, base::seconds(2)));
    EXPECT_FALSE(limit.take("a", 1000, base::seconds(200)));
    EXPECT_FALSE(RateLimit(0).take("a", 1, base::seconds(1)));
}

TEST(RateLimit, MemoryIsBounded) {
    RateLimit limit(60, 160);
    for (int i = 0; i < 10'000; ++i)
        (void)limit.take(std::to_string(i), 1, base::seconds(1));
    EXPECT_LE(limit.scopes(), 160U);
    EXPECT_GT(limit.scopes(), 16U);
}

TEST(Metrics, PrometheusText) {
    Metrics metrics;
    metrics.counter("requests_total", "How many", {{"route", "/a\"b\\"}}).add(3);
    metrics.counter("requests_total", "How many", {{"route", "/a\"b\\"}}).add(2);
    metrics.gauge("open", "Open now").set(7);
    metrics.gauge_from("asked", "Asked when read", {}, [] { return 9; });
    Histogram& latency = metrics.histogram("wait_seconds", "Wait");
    latency.observe(base::milliseconds(1));
    latency.observe(base::seconds(60));
    const std::string text = metrics.render();
    for (const std::string line :
         {"# HELP requests_total How many\n# TYPE requests_total counter\n",
          "requests_total{route=\"/a\\\"b\\\\\"} 5\n", "# TYPE open gauge\nopen 7\n", "asked 9\n",
          "# TYPE wait_seconds histogram\n", "wait_seconds_bucket{le=\"0.0005\"} 0\n",
          "wait_seconds_bucket{le=\"0.001\"} 1\n", "wait_seconds_bucket{le=\"10.0\"} 1\n",
          "wait_seconds_bucket{le=\"+Inf\"} 2\n", "wait_seconds_sum 60.001\n",
          "wait_seconds_count 2\n"}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
    }
    EXPECT_DEATH(metrics.gauge("requests_total", "x"), "CHECK");
    EXPECT_DEATH(metrics.counter("bad name", "x"), "CHECK");
}

}  // namespace
}  // namespace http::test
