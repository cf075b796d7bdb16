// The HTTP face of notices, called through the router without sockets.
#include "trade/notice_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "party/session_api.h"
#include "trade/world.h"

namespace trade {
namespace {

using base::json::object;
using ::testing::HasSubstr;
using ::testing::Not;
using trade_test::code_of;
using trade_test::must;
using trade_test::World;

class NoticeApiTest : public support::DatabaseTest {
  protected:
    World world{GetParam()};
    base::Texts texts = must(base::Texts::load(World::region() / "texts"));
    std::unique_ptr<base::Signer> signer =
        must(base::Signer::open_or_create(world.database.folder() / "signing.key", "ed25519"));
    DiligenceFiles diligence{world.objections};
    http::Router router;

    NoticeApiTest() {
        mount_notices(router, {&*world.database,
                               &texts,
                               &world.notices,
                               &world.objections,
                               {&*world.database, &texts, &world.codes, &diligence,
                                &world.attachments, signer.get()}});
    }

    base::Result<http::Reply> send(const party::Actor& by, http::Method method,
                                   const std::string& path, const object& body = {},
                                   const std::string& if_match = {}) {
        http::Request request;
        request.method = method;
        request.path = path;
        request.headers["content-type"] = "application/json";
        if (!if_match.empty()) request.headers["if-match"] = if_match;
        request.body = base::json::serialize(body);
        if (by.signed_in()) {
            auto session = std::make_shared<party::Session>();
            session->actor = by;
            request.session = std::shared_ptr<const party::Session>(session);
        }
        const auto match = router.find(method, path);
        CHECK_WITH(match.route != nullptr, path);
        request.path_values = match.path_values;
        if (match.route->info.signed_in && !by.signed_in())
            return base::refuse(base::error(base::ErrorKind::unauthenticated, "not_signed_in"));
        return match.route->handler(request);
    }
    base::Result<http::Reply> get(const party::Actor& by, const std::string& path) {
        return send(by, http::Method::get, path);
    }
    base::Result<http::Reply> post(const party::Actor& by, const std::string& path,
                                   const object& body, const std::string& if_match = {}) {
        return send(by, http::Method::post, path, body, if_match);
    }
    static object body_of(const http::Reply& reply) {
        return must(base::parse_json(reply.body)).get_object();
    }
    object draft() {
        return {{"basis", "参照近三年三项可比许可，经评估机构出具意见。"},
                {"related_party", "none"},
                {"rights_check", "专利权人为本单位，年费已缴，未质押。"},
                {"rules", world.notices.rules().hash}};
    }
    static object objection() {
        return {{"ground", "price"},
                {"facts", "同类许可三个月前的成交价是公示价格的两倍。"},
                {"name", "王五"},
                {"contact", "0771-0000000"}};
    }
};
ON_BOTH_DATABASES(NoticeApiTest);

TEST_P(NoticeApiTest, FromNoticeToDecision) {
    const party::Actor visitor = party::Actor::visitor();
    EXPECT_TRUE(base::array_at(body_of(must(get(visitor, "/api/notices"))), "items").empty());
    const auto agreement = world.agreed();
    const std::string deal = "/api/agreements/" + agreement.id.text();
    EXPECT_EQ(code_of(post(visitor, deal + "/notice", draft())), "not_signed_in");
    object wrong = draft();
    wrong["basis"] = 7;
    EXPECT_EQ(code_of(post(world.owner, deal + "/notice", wrong)), "field_wrong_type");
    const http::Reply made = must(post(world.owner, deal + "/notice", draft()));
    EXPECT_EQ(made.status, 201);
    const std::string notice = "/api/notices/" + base::text_at(body_of(made), "id");
    EXPECT_EQ(base::text_at(body_of(must(get(visitor, notice))), "state"), "published");

    const http::Reply filed = must(post(visitor, notice + "/objections", objection()));
    EXPECT_EQ(filed.status, 201);
    EXPECT_EQ(code_of(post(visitor, notice + "/objections", objection())), "already_objected");
    const std::string code = base::text_at(body_of(filed), "tracking_code");
    const http::Reply status = must(get(visitor, "/api/objection-status/" + code));
    EXPECT_EQ(base::text_at(body_of(status), "state"), "filed");
    EXPECT_THAT(status.body, Not(HasSubstr("王五")));
    EXPECT_THAT(status.body, Not(HasSubstr("两倍")));

    const object listed = body_of(must(get(world.nanning, "/api/objections")));
    ASSERT_EQ(base::array_at(listed, "items").size(), 1U);
    const std::string id = base::text_at(base::array_at(listed, "items")[0].as_object(), "id");
    EXPECT_EQ(base::text_at(body_of(must(get(world.nanning, "/api/objections/" + id))), "name"),
              "王五");
    EXPECT_EQ(code_of(get(world.owner, "/api/objections/" + id)), "decider_in_deal_team");
    EXPECT_EQ(code_of(get(world.firm, "/api/objections/" + id)), "objection_unknown");
    const std::string admit = "/api/objections/" + id + "/admit";
    EXPECT_EQ(code_of(post(world.nanning, admit, {})), "precondition_required");
    EXPECT_EQ(code_of(post(world.nanning, admit, {}, "\"99\"")), "version_stale");
    EXPECT_EQ(code_of(post(world.nanning, admit, {}, "\"1\"")), "ok");
    EXPECT_EQ(base::text_at(body_of(must(get(visitor, notice))), "state"), "objected");
    EXPECT_EQ(code_of(post(world.owner, notice + "/withdraw", {{"text", "价格写错了"}})),
              "precondition_required");
    EXPECT_EQ(
        code_of(post(world.owner, notice + "/withdraw", {{"text", "价格写错了"}, {"version", 3}})),
        "ok");
    EXPECT_EQ(code_of(get(visitor, "/api/notices/nothing")), "price_notice_unknown");
}

TEST_P(NoticeApiTest, TheDiligenceFileIsDownloaded) {
    const auto agreement = world.agreed();
    const std::string deal = "/api/agreements/" + agreement.id.text();
    const object list = body_of(must(get(world.owner, deal + "/diligence")));
    EXPECT_EQ(base::array_at(list, "items").size(), 9U);
    EXPECT_EQ(base::text_at(base::object_at(list, "rules"), "hash"), world.notices.rules().hash);
    const http::Reply zip = must(get(world.owner, deal + "/diligence.zip"));
    EXPECT_EQ(zip.content_type, "application/zip");
    EXPECT_TRUE(verify_archive(zip.body, signer->public_key_pem()));
    EXPECT_EQ(code_of(get(world.firm, deal + "/diligence")), "not_permitted");
    EXPECT_EQ(code_of(get(world.firm, deal + "/diligence.zip")), "not_permitted");
}

}  // namespace
}  // namespace trade
