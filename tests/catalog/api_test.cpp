// The HTTP face, called as the server calls it: through the router, without sockets.

#include "catalog/catalog_api.h"

#include <gtest/gtest.h>

#include "format/csv.h"
#include "party/session_api.h"
#include "workflow/workflow_api.h"
#include "world.h"

namespace catalog {
namespace {

namespace json = base::json;

struct Sent {
    std::map<std::string, std::string> query = {};
    std::string body = {};
    std::string if_match = {};
    std::string content_type = "application/json";
};

class ApiTest : public ::testing::Test {
  protected:
    ApiTest()
        : world_(store::Dialect::sqlite),
          attachments_(world_.files, *world_.vault),
          subscriptions_(test::Region::get().kinds),
          index_(search_schema(test::Region::get().kinds), search::Merging::at_once) {
        auto texts = base::Texts::load(test::region / "texts");
        CHECK_WITH(texts.has_value(), base::describe(texts.error()));
        texts_ = std::move(*texts);
        const test::Region& region = test::Region::get();
        CatalogApi{world_.database.operator*(),
                   world_.entries,
                   world_.imports,
                   subscriptions_,
                   attachments_,
                   region.codes,
                   region.places,
                   texts_,
                   [this](const search::Query& query) { return index_.search(query); },
                   world_.folder.path()}
            .mount(router_);
        workflow::WorkflowApi{world_.database.operator*(),
                              world_.cases,
                              region.codes,
                              region.places,
                              texts_,
                              [&region](std::string_view code) -> const workflow::Form* {
                                  const Kind* kind = region.kinds.find(code);
                                  return kind == nullptr ? nullptr : &kind->form;
                              },
                              nullptr}
            .mount(router_);
    }

    base::Result<http::Reply> call(const party::Actor& by, http::Method method, std::string path,
                                   Sent sent = {}) {
        http::Router::Match match = router_.find(method, path);
        CHECK_WITH(match.route != nullptr, path);
        http::Request request;
        request.method = method;
        request.path = path;
        request.path_values = match.path_values;
        request.query = sent.query;
        request.query_all = {sent.query.begin(), sent.query.end()};
        request.body = sent.body;
        request.headers["content-type"] = sent.content_type;
        if (!sent.if_match.empty()) request.headers["if-match"] = "\"" + sent.if_match + "\"";
        if (by.signed_in()) {
            auto session = std::make_shared<party::Session>();
            session->actor = by;
            request.session = std::shared_ptr<const party::Session>(std::move(session));
        }
        return match.route->handler(request);
    }
    json::object answer(const base::Result<http::Reply>& reply) {
        CHECK_WITH(reply.has_value(), base::describe(reply.error()));
        return base::parse_json(reply->body)->as_object();
    }
    static std::string code(const base::Result<http::Reply>& reply) {
        return reply ? std::to_string(reply->status) : reply.error().code;
    }
    static std::string draft_text() {
        return json::serialize(
            json::object{{"kind", "achievement"}, {"body", test::achievement()}});
    }
    std::string made() {
        return base::text_at(
            answer(call(world_.owner, http::Method::post, "/api/entries", {.body = draft_text()})),
            "id");
    }
    void index_all() { ASSERT_TRUE(rebuild(*world_.database, test::Region::get().kinds, index_)); }

    static std::string multipart(std::string_view name, std::string_view bytes) {
        return "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" +
               std::string(name) + "\"\r\nContent-Type: application/octet-stream\r\n\r\n" +
               std::string(bytes) + "\r\n--b--\r\n";
    }
    Sent upload(std::string_view name, std::string_view bytes,
                std::map<std::string, std::string> query) {
        return {.query = std::move(query),
                .body = multipart(name, bytes),
                .content_type = "multipart/form-data; boundary=b"};
    }

    test::World world_;
    workflow::Attachments attachments_;
    Subscriptions subscriptions_;
    search::Index index_;
    base::Texts texts_;
    http::Router router_;
};

TEST_F(ApiTest, FromDraftToSearch) {
    std::string id = made();
    std::string path = "/api/entries/" + id;
    json::object shown = answer(call(world_.owner, http::Method::get, path));
    EXPECT_EQ(shown.at("confidential").at("confidential_detail"), "膜孔径 50 nm，清洗液配方见附件");
    EXPECT_TRUE(shown.at("may_edit").as_bool());
    EXPECT_EQ(code(call(party::Actor::visitor(), http::Method::get, path)), "entry_not_found");

    EXPECT_EQ(code(call(world_.owner, http::Method::post, path + "/submit")),
              "precondition_required");
    EXPECT_EQ(code(call(world_.owner, http::Method::post, path + "/submit", {.if_match = "9"})),
              "version_stale");
    EXPECT_EQ(code(call(world_.owner, http::Method::post, path + "/submit", {.if_match = "1"})),
              "200");

    json::object queue = answer(call(world_.nanning, http::Method::get, "/api/queue"));
    ASSERT_EQ(queue.at("items").as_array().size(), 1u);
    EXPECT_EQ(queue.at("items").at(0).at("subject"), json::string(id));
    EXPECT_EQ(queue.at("count"), 1);
    json::object item = answer(call(world_.nanning, http::Method::get, "/api/cases/entry/" + id));
    EXPECT_EQ(item.at("transitions").as_array().size(), 2u);
    EXPECT_FALSE(item.at("transitions").at(0).at("reasons").as_array().empty());
    EXPECT_EQ(code(call(world_.firm, http::Method::get, "/api/cases/entry/" + id)),
              "case_not_found");

    EXPECT_EQ(code(call(world_.nanning, http::Method::post, path + "/publish", {.if_match = "2"})),
              "200");
    json::object for_public = answer(call(party::Actor::visitor(), http::Method::get, path));
    EXPECT_FALSE(for_public.contains("confidential"));
    EXPECT_FALSE(for_public.contains("duplicates"));
    index_all();
    json::object found = answer(call(party::Actor::visitor(), http::Method::get, "/api/entries",
                                     {.query = {{"q", "陶瓷膜"}, {"kind", "achievement"}}}));
    ASSERT_EQ(found.at("items").as_array().size(), 1u);
    EXPECT_EQ(found.at("total"), 1);
    EXPECT_EQ(code(call(party::Actor::visitor(), http::Method::get, "/api/entries",
                        {.query = {{"colour", "red"}}})),
              "filter_unknown");
}

TEST_F(ApiTest, BadBodiesGetClearRefusals) {
    auto post = [&](std::string body) {
        return code(call(world_.owner, http::Method::post, "/api/entries", {.body = body}));
    };
    EXPECT_EQ(post("{"), "json_malformed");
    EXPECT_EQ(post("[]"), "body_not_object");
    EXPECT_EQ(post("{}"), "field_missing");
    EXPECT_EQ(post("{\"kind\": 7, \"body\": {}}"), "field_wrong_type");
    EXPECT_EQ(post("{\"kind\": \"achievement\"}"), "field_missing");
    EXPECT_EQ(post("{\"kind\": \"achievement\", \"body\": []}"), "field_wrong_type");
    EXPECT_EQ(post("{\"kind\": \"unicorn\", \"body\": {}}"), "kind_unknown");
    EXPECT_EQ(code(call(party::Actor::visitor(), http::Method::post, "/api/entries",
                        {.body = draft_text()})),
              "not_signed_in");
    std::string path = "/api/entries/" + made();
    EXPECT_EQ(code(call(world_.owner, http::Method::put, path, {.body = "{\"body\": {}}"})),
              "precondition_required");
    EXPECT_EQ(code(call(world_.owner, http::Method::post, path + "/submit",
                        {.body = "{\"reason\": 7}", .if_match = "1"})),
              "field_wrong_type");
    EXPECT_EQ(code(call(world_.owner, http::Method::post, path + "/submit",
                        {.body = "{\"mood\": 7}", .if_match = "1"})),
              "field_unknown");
    EXPECT_EQ(code(call(world_.owner, http::Method::get, "/api/entries/short")), "entry_not_found");
    EXPECT_EQ(
        code(call(world_.owner, http::Method::get, "/api/queue", {.query = {{"after", "x"}}})),
        "cursor_malformed");
    EXPECT_EQ(code(call(world_.owner, http::Method::get, "/api/codes/none")), "code_list_unknown");
    EXPECT_EQ(code(call(world_.owner, http::Method::get, "/api/forms/none")), "form_unknown");
}

TEST_F(ApiTest, TheTemplateItselfCanBeCheckedAndHostileFilesCannot) {
    auto made_template = call(world_.owner, http::Method::get, "/api/imports/template",
                              {.query = {{"kind", "achievement"}}});
    ASSERT_TRUE(made_template) << base::describe(made_template.error());
    auto check = [&](std::string_view name, std::string_view bytes) {
        return call(world_.owner, http::Method::post, "/api/imports",
                    upload(name, bytes, {{"kind", "achievement"}}));
    };
    // Only the example row is in it: nothing to import, and no fault in reading.
    EXPECT_EQ(code(check("t.xlsx", made_template->body)), "import_empty");
    EXPECT_EQ(code(check("broken.xlsx", made_template->body.substr(0, 2000))), "xlsx_unreadable");
    EXPECT_EQ(code(check("empty.xlsx", "")), "import_empty");
    EXPECT_EQ(code(check("old.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 rest")), "xlsx_encrypted");
    EXPECT_EQ(code(check("a.csv", "title\n\x81\xff\x81\n")), "csv_encoding_unknown");
    EXPECT_EQ(world_.count("SELECT COUNT(*) FROM catalog_import"), 0);
}

TEST_F(ApiTest, ImportByCsvThenCommitOnce) {
    std::string csv = format::write_csv({{"成果名称", "一句话简介", "创新名片"},
                                         {"膜法制糖", "简介", "传统优势产业"},
                                         {"香蕉抗病品种", "简介", "第十张"}});
    json::object report = answer(call(world_.owner, http::Method::post, "/api/imports",
                                      upload("成果.csv", csv, {{"kind", "achievement"}})));
    EXPECT_EQ(report.at("rows_faulty"), 1);
    std::string faults = json::serialize(report.at("report"));
    EXPECT_NE(faults.find("\"cell\":\"C3\""), std::string::npos) << faults;
    std::string path = "/api/imports/" + base::text_at(report, "id");
    EXPECT_EQ(code(call(world_.owner, http::Method::post, path + "/commit")), "import_has_faults");
    EXPECT_EQ(code(call(world_.firm, http::Method::get, path)), "import_not_found");

    csv = format::write_csv({{"成果名称", "创新名片"}, {"膜法制糖", "传统优势产业"}});
    report = answer(call(world_.owner, http::Method::post, "/api/imports",
                         upload("成果.csv", csv, {{"kind", "achievement"}})));
    path = "/api/imports/" + base::text_at(report, "id");
    EXPECT_EQ(code(call(world_.owner, http::Method::post, path + "/commit",
                        {.body = "{\"submit\": true}"})),
              "import_incomplete");
    EXPECT_EQ(code(call(world_.owner, http::Method::post, path + "/commit",
                        {.body = "{\"after\": \"keep_drafts\"}"})),
              "200");
    EXPECT_EQ(code(call(world_.owner, http::Method::post, path + "/commit")),
              "import_already_committed");
    json::object mine =
        answer(call(world_.owner, http::Method::get, "/api/entries", {.query = {{"mine", "1"}}}));
    EXPECT_EQ(mine.at("items").as_array().size(), 1u);
    auto exported = call(world_.owner, http::Method::get, "/api/entries/export.xlsx",
                         {.query = {{"mine", "1"}, {"kind", "achievement"}}});
    ASSERT_TRUE(exported);
    EXPECT_TRUE(exported->body.starts_with("PK"));
}

TEST_F(ApiTest, FilesOfAnEntry) {
    std::string path = "/api/entries/" + made();
    auto add = [&](const party::Actor& by, std::string name, std::string bytes, std::string tier) {
        return call(by, http::Method::post, path + "/files",
                    upload(name, bytes, {{"kind", "evidence"}, {"tier", tier}}));
    };
    EXPECT_EQ(code(add(world_.firm, "a.txt", "text", "open")), "entry_not_found");
    EXPECT_EQ(code(add(world_.owner, "a.exe", "MZ\x90", "open")), "file_type_not_allowed");
    EXPECT_EQ(code(add(world_.owner, "a.txt", "text", "secret")), "field_not_an_option");
    json::object file = answer(add(world_.owner, "a.txt", "plain words", "confidential"));
    std::string link = path + "/files/" + base::text_at(file, "id");
    EXPECT_EQ(call(world_.owner, http::Method::get, link)->body, "plain words");
    EXPECT_EQ(code(call(world_.nanning, http::Method::get, link)), "file_not_found");
    EXPECT_EQ(code(call(world_.owner, http::Method::del, link)), "204");
    EXPECT_EQ(code(call(world_.owner, http::Method::get, link)), "file_not_found");
}

TEST_F(ApiTest, CoachAndSubscriptions) {
    json::object advice = answer(call(
        party::Actor::visitor(), http::Method::post, "/api/entries/coach",
        {.body = json::serialize(json::object{{"kind", "demand"}, {"body", test::demand()}})}));
    EXPECT_EQ(advice.at("class"), "to_refine");
    EXPECT_EQ(advice.at("asks").as_array().size(), 8u);
    EXPECT_EQ(json::serialize(advice).find("⟦"), std::string::npos);

    auto subscribe = [&](std::string body) {
        return call(world_.firm, http::Method::post, "/api/subscriptions", {.body = body});
    };
    EXPECT_EQ(code(subscribe("{\"name\": \"膜\", \"search\": {}}")), "field_missing");
    EXPECT_EQ(
        code(subscribe("{\"name\": \"膜\", \"rhythm\": \"hourly\", \"search\": {\"q\": \"膜\"}}")),
        "rhythm_unknown");
    EXPECT_EQ(code(subscribe("{\"name\": \"膜\", \"search\": {\"kind\": \"unicorn\"}}")),
              "kind_unknown");
    json::object made_subscription =
        answer(subscribe("{\"name\": \"膜\", \"search\": {\"q\": \"陶瓷膜\", \"kind\": \"\"}}"));
    world_.database.clock().advance(base::minutes(1));
    world_.published(world_.owner, "achievement", test::achievement());
    index_all();
    auto search = [&](const search::Query& query) -> base::Result<std::vector<std::string>> {
        std::vector<std::string> ids;
        for (const search::Hit& hit : TRY(index_.search(query)).hits)
            ids.push_back(hit.id);
        return ids;
    };
    auto told = [&] {
        auto count = subscriptions_.notify_due(*world_.database, search);
        return count ? std::to_string(*count) : base::describe(count.error());
    };
    EXPECT_EQ(told(), "0");
    world_.database.clock().advance(base::days(1));
    EXPECT_EQ(told(), "1");
    EXPECT_EQ(told(), "0");
    world_.database.clock().advance(base::days(1));
    EXPECT_EQ(told(), "0");
    std::string path = "/api/subscriptions/" + base::text_at(made_subscription, "id");
    EXPECT_EQ(code(call(world_.owner, http::Method::del, path)), "subscription_not_found");
    EXPECT_EQ(code(call(world_.firm, http::Method::del, path)), "204");
}

}  // namespace
}  // namespace catalog
