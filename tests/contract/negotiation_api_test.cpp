// The HTTP face of contacts, rooms and agreements, called through the router without sockets.

#include "contract/negotiation_api.h"

#include <any>

#include <gtest/gtest.h>

#include "base/text.h"
#include "contract/negotiation_world.h"

namespace contract {

namespace {

using negotiation_test::code_of;
using negotiation_test::must;
using negotiation_test::World;
namespace json = base::json;

class NegotiationApiTest : public support::DatabaseTest {};
ON_BOTH_DATABASES(NegotiationApiTest);

class Client {
  public:
    explicit Client(World& world)
        : api_{*world.database,        world.contacts, world.rooms,
               world.agreements,       world.entries,  world.places,
               world.database.folder()} {
        api_.mount(router_);
    }

    base::Result<http::Reply> send(http::Method method, const party::Actor& actor, std::string path,
                                   std::string body = {},
                                   std::map<std::string, std::string> headers = {}) {
        http::Request request;
        request.method = method;
        const std::size_t mark = path.find('?');
        request.path = path.substr(0, mark);
        if (mark != std::string::npos) {
            for (const std::string& pair : base::split(path.substr(mark + 1), '&')) {
                const std::size_t equals = pair.find('=');
                request.query[pair.substr(0, equals)] = pair.substr(equals + 1);
            }
        }
        request.headers = {{"content-type", "application/json"}};
        for (const auto& [name, value] : headers)
            request.headers[name] = value;
        request.body = std::move(body);
        request.remote_address = "192.0.2.9";
        if (actor.signed_in()) {
            auto session = std::make_shared<party::Session>();
            session->actor = actor;
            request.session = std::shared_ptr<const party::Session>(std::move(session));
        }
        const auto match = router_.find(method, request.path);
        CHECK_WITH(match.route != nullptr, request.path);
        request.path_values = match.path_values;
        return match.route->handler(request);
    }
    base::Result<http::Reply> get(const party::Actor& actor, const std::string& path) {
        return send(http::Method::get, actor, path);
    }
    base::Result<http::Reply> post(const party::Actor& actor, const std::string& path,
                                   const json::value& body, const std::string& version = {}) {
        std::map<std::string, std::string> headers;
        if (!version.empty()) headers["if-match"] = "\"" + version + "\"";
        return send(http::Method::post, actor, path, json::serialize(body), headers);
    }
    base::Result<http::Reply> upload(const party::Actor& actor, const std::string& path,
                                     const std::string& name, const std::string& bytes,
                                     const std::string& tier, const std::string& kind = "other") {
        std::string body;
        for (const auto& [field, value] : {std::pair{"tier", tier}, std::pair{"kind", kind}})
            body += "--xx\r\nContent-Disposition: form-data; name=\"" + std::string(field) +
                    "\"\r\n\r\n" + value + "\r\n";
        if (!name.empty())
            body += "--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name +
                    "\"\r\nContent-Type: application/octet-stream\r\n\r\n" + bytes + "\r\n";
        body += "--xx--\r\n";
        return send(http::Method::post, actor, path, body,
                    {{"content-type", "multipart/form-data; boundary=xx"}});
    }

  private:
    NegotiationApi api_;
    http::Router router_;
};

json::object body_of(const base::Result<http::Reply>& reply) {
    CHECK_WITH(reply.has_value(), reply ? "" : base::describe(reply.error()));
    return json::parse(reply->body).as_object();
}

std::string text_at(const json::value& value, std::string_view key) {
    return std::string(value.as_object().at(key).as_string());
}

/// The room of firm and owner, asked for and opened through the API.
std::string open_room(World& world, Client& client) {
    const auto asked = client.post(world.firm, "/api/contacts",
                                   {{"entry", world.achievement.id.text()},
                                    {"from_entry", world.demand.id.text()},
                                    {"message", "想了解这项工艺"}});
    const std::string id = text_at(body_of(asked), "id");
    CHECK(asked->status == 201);
    must(client.post(world.owner, "/api/contacts/" + id + "/accept", json::object{}));
    return id;
}

TEST_P(NegotiationApiTest, AskAnswerAndList) {
    World world(GetParam());
    Client client(world);
    const json::object good = {{"entry", world.achievement.id.text()},
                               {"message", "想了解这项工艺"}};
    EXPECT_EQ(code_of(client.post(party::Actor::visitor(), "/api/contacts", good)),
              "not_signed_in");
    EXPECT_EQ(code_of(client.post(world.firm, "/api/contacts", json::object{})), "field_missing");
    EXPECT_EQ(code_of(client.post(world.firm, "/api/contacts", {{"entry", "x"}})), "id_malformed");
    EXPECT_EQ(code_of(client.post(world.firm, "/api/contacts",
                                  {{"entry", world.achievement.id.text()}, {"message", 7}})),
              "field_wrong_type");
    const std::string id = text_at(body_of(client.post(world.firm, "/api/contacts", good)), "id");
    const json::object seen = body_of(client.get(world.owner, "/api/contacts/" + id));
    EXPECT_EQ(seen.at("mine"), "in");
    EXPECT_EQ(seen.at("requester").at("name"), world.company.name.c_str());
    EXPECT_TRUE(seen.contains("due"));
    EXPECT_EQ(seen.at("transitions").as_array().size(), 2u) << "accept and refuse";
    EXPECT_EQ(code_of(client.get(world.stranger, "/api/contacts/" + id)), "contact_unknown");
    EXPECT_EQ(code_of(client.get(world.owner, "/api/contacts/nonsense")), "contact_unknown");
    EXPECT_EQ(
        body_of(client.get(world.owner, "/api/contacts?box=in")).at("contacts").as_array().size(),
        1u);
    EXPECT_EQ(
        body_of(client.get(world.firm, "/api/contacts?box=out")).at("contacts").as_array().size(),
        1u);
    EXPECT_EQ(code_of(client.get(world.firm, "/api/contacts?box=up")), "field_not_an_option");
    const std::string refuse = "/api/contacts/" + id + "/refuse";
    EXPECT_EQ(code_of(client.post(world.owner, refuse, {{"reason", "price"}}, "9")),
              "version_stale");
    const json::object refused =
        body_of(client.post(world.owner, refuse, {{"reason", "price"}}, "1"));
    EXPECT_EQ(refused.at("state"), "refused");
    EXPECT_EQ(refused.at("decisions").at(0).at("reason_label"), "价格不合适");
    EXPECT_EQ(code_of(client.get(world.firm, "/api/rooms/" + id)), "room_not_open");
}

TEST_P(NegotiationApiTest, WorkInTheRoom) {
    World world(GetParam());
    Client client(world);
    const std::string room = "/api/rooms/" + open_room(world, client);
    EXPECT_EQ(must(client.post(world.firm, room + "/messages", {{"text", "您好"}})).status, 201);
    EXPECT_EQ(code_of(client.post(world.firm, room + "/messages", json::object{})),
              "field_missing");
    EXPECT_EQ(code_of(client.post(world.firm, room + "/meetings",
                                  {{"topic", "看线"}, {"starts_at", "tomorrow"}})),
              "meeting_time_malformed");
    const std::string meeting = text_at(body_of(client.post(world.firm, room + "/meetings",
                                                            {{"topic", "看线"},
                                                             {"location", "南宁"},
                                                             {"starts_at", "2026-03-04T01:00:00Z"},
                                                             {"ends_at", "2026-03-04T02:00:00Z"}})),
                                        "id");
    EXPECT_EQ(text_at(body_of(client.post(world.owner, room + "/meetings/" + meeting + "/accept",
                                          json::object{})),
                      "state"),
              "accepted");
    EXPECT_EQ(code_of(client.post(world.owner, room + "/meetings/" + meeting + "/decline",
                                  json::object{})),
              "meeting_answered");
    const auto ical = must(client.get(world.owner, room + "/meetings/" + meeting + "/ical"));
    EXPECT_TRUE(ical.content_type.starts_with("text/calendar"));
    const json::object seen = body_of(client.get(world.owner, room));
    EXPECT_EQ(seen.at("messages").as_array().size(), 1u);
    EXPECT_EQ(seen.at("meetings").as_array().size(), 1u);
    EXPECT_EQ(seen.at("confidential_entries").as_array().size(), 1u);
    EXPECT_TRUE(seen.at("agreement").is_null());
    EXPECT_EQ(seen.at("contact").at("state"), "accepted");
    EXPECT_EQ(code_of(client.get(world.stranger, room)), "contact_unknown");
    EXPECT_EQ(code_of(client.get(party::Actor::visitor(), room)), "not_signed_in");
}

std::string small_pdf() {
    static const std::string bytes = [] {
        // A whole one-page file, as small as they come.
        std::string text = "%PDF-1.4\n";
        std::vector<std::size_t> at;
        for (const char* object :
             {"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
              "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
              "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>endobj\n"}) {
            at.push_back(text.size());
            text += object;
        }
        const std::size_t table = text.size();
        text += "xref\n0 4\n0000000000 65535 f \n";
        for (const std::size_t offset : at) {
            std::string number = std::to_string(offset);
            text += std::string(10 - number.size(), '0') + number + " 00000 n \n";
        }
        text += "trailer<</Size 4/Root 1 0 R>>\nstartxref\n" + std::to_string(table) + "\n%%EOF\n";
        return text;
    }();
    return bytes;
}

TEST_P(NegotiationApiTest, ConfidentialFilesCarryTheViewersMark) {
    World world(GetParam());
    Client client(world);
    const std::string room = "/api/rooms/" + open_room(world, client);
    const std::string files = room + "/files";
    EXPECT_EQ(code_of(client.upload(world.owner, files, "", "", "open")), "file_missing");
    EXPECT_EQ(code_of(client.upload(world.owner, files, "a.pdf", small_pdf(), "secret")),
              "tier_unknown");
    EXPECT_EQ(code_of(client.upload(world.owner, files, "a.pdf", small_pdf(), "open", "poem")),
              "file_kind_unknown");
    EXPECT_EQ(code_of(client.upload(world.owner, files, "a.pdf", "not a pdf", "open")),
              "file_type_mismatch");
    EXPECT_EQ(code_of(client.upload(world.owner, files, "a.html", "<html>", "open")),
              "file_type_not_allowed");
    EXPECT_EQ(
        code_of(client.upload(world.owner, files, "a.txt", "plain words here", "confidential")),
        "confidential_type");
    const auto added = client.upload(world.owner, files, "参数.pdf", small_pdf(), "confidential");
    const std::string file = files + "/" + text_at(body_of(added), "id");
    EXPECT_EQ(code_of(client.get(world.firm, file)), "terms_not_accepted");

    const json::object terms = body_of(client.get(world.firm, room + "/nda"));
    EXPECT_FALSE(text_at(terms, "text").empty());
    EXPECT_EQ(code_of(client.post(world.firm, room + "/nda", {{"hash", text_at(terms, "hash")}})),
              "terms_not_confirmed");
    EXPECT_EQ(code_of(client.post(world.firm, room + "/nda", {{"accept", true}, {"hash", "0"}})),
              "terms_changed");
    EXPECT_EQ(code_of(client.post(world.firm, room + "/nda",
                                  {{"accept", true}, {"hash", text_at(terms, "hash")}})),
              "ok");
    const auto sent = must(client.get(world.firm, file));
    EXPECT_EQ(sent.headers.at("Cache-Control"), "no-store");
    EXPECT_TRUE(sent.body.starts_with("%PDF-"));
    EXPECT_NE(sent.body, small_pdf()) << "marked";
    const auto log = body_of(client.get(world.owner, room + "/access-log"));
    ASSERT_EQ(log.at("views").as_array().size(), 1u);
    EXPECT_EQ(log.at("views").at(0).at("address"), "192.0.2.9");
    EXPECT_EQ(log.at("views").at(0).at("organisation").at("name"), world.company.name.c_str());
    const std::string item = file.substr(files.size() + 1);
    EXPECT_EQ(
        code_of(client.post(world.firm, room + "/items/" + item + "/end-access", json::object{})),
        "not_owner");
    EXPECT_EQ(
        code_of(client.post(world.owner, room + "/items/" + item + "/end-access", json::object{})),
        "ok");
    EXPECT_EQ(code_of(client.get(world.firm, file)), "not_released");

    const std::string entry = world.achievement.id.text();
    EXPECT_EQ(code_of(client.get(world.firm, room + "/confidential")), "not_released");
    must(client.post(world.owner, room + "/items/" + entry + "/release", json::object{}));
    const auto opened = body_of(client.get(world.firm, room + "/confidential"));
    EXPECT_EQ(opened.at("fields").at("confidential_detail"), "膜孔径 50 nm，清洗液配方见附件");
}

TEST_P(NegotiationApiTest, AgreeOnTerms) {
    World world(GetParam());
    Client client(world);
    const std::string room = "/api/rooms/" + open_room(world, client);
    const json::object terms = {{"result_name", "陶瓷膜无硫澄清工艺"},
                                {"seller_side", "entry_owner"},
                                {"mode", "licence_ordinary"},
                                {"price_mode", "negotiable"},
                                {"price", "1200000.00"},
                                {"payment_mode", "LUMP"},
                                {"ip_terms", "专利权归卖方。"},
                                {"pricing_basis", "可比许可。"},
                                {"related_party", "none"}};
    EXPECT_TRUE(body_of(client.get(world.firm, "/api/agreements/form")).contains("sections"));
    EXPECT_EQ(code_of(client.post(world.firm, room + "/agreement", json::object{})),
              "form_invalid");
    const json::object proposed = body_of(client.post(world.firm, room + "/agreement", terms));
    const std::string path = "/api/agreements/" + text_at(proposed, "id");
    EXPECT_EQ(code_of(client.post(world.owner, room + "/agreement", terms)), "version_stale")
        << "replacing needs If-Match";
    EXPECT_EQ(code_of(client.post(world.owner, path + "/confirm", json::object{})),
              "precondition_required");
    EXPECT_EQ(code_of(client.post(world.owner, path + "/confirm", json::object{}, "9")),
              "version_stale");
    EXPECT_EQ(code_of(client.post(world.owner, path + "/clear", json::object{}, "1")),
              "transition_unknown")
        << "the platform's own steps are not for people";
    EXPECT_EQ(code_of(client.post(world.owner, path + "/confirm", json::object{}, "1")),
              "decision_minutes_missing");
    must(client.upload(world.owner, room + "/files", "纪要.pdf", small_pdf(), "open",
                       "decision_minutes"));
    const json::object agreed =
        body_of(client.post(world.owner, path + "/confirm", json::object{}, "1"));
    EXPECT_EQ(agreed.at("state"), "notice_required");
    EXPECT_EQ(agreed.at("mine"), "seller");
    EXPECT_FALSE(agreed.at("buyer_confirmed").is_null());
    EXPECT_EQ(code_of(client.get(world.stranger, path)), "agreement_unknown");
    EXPECT_EQ(code_of(client.get(world.firm, "/api/agreements/nonsense")), "agreement_unknown");
    const auto read = must(client.get(world.firm, path));
    EXPECT_EQ(read.headers.at("ETag"),
              "\"" + std::to_string(agreed.at("version").as_int64()) + "\"");
    EXPECT_EQ(body_of(client.get(world.firm, "/api/agreements")).at("agreements").as_array().size(),
              1u);
    EXPECT_EQ(body_of(client.get(world.firm, room)).at("agreement").at("state"), "notice_required");
    EXPECT_EQ(
        text_at(body_of(client.post(world.firm, path + "/abandon", {{"text", "预算取消，放弃"}},
                                    std::to_string(agreed.at("version").as_int64()))),
                "state"),
        "abandoned");
}

}  // namespace

}  // namespace contract
