// The client of an embedding service against a small one on this machine.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "app/match_site.h"
#include "base/check.h"
#include "base/texts.h"
#include "http/server.h"

namespace app {
namespace {

class EmbeddingService : public ::testing::Test {
  protected:
    EmbeddingService() {
        router_.post("/v1/embeddings", {}, [](const http::Request& request) {
            http::Reply reply = http::text(
                R"({"data": [{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [2, 0]}]})",
                "application/json");
            bool fits = request.header("authorization") == "Bearer secret" &&
                        request.body == R"({"model":"m","input":["甲","乙"]})";
            if (!fits) reply.status = 401;
            return reply;
        });
        auto texts = base::Texts::load(std::string(GUIQIAO_SOURCE_DIR) + "/regions/guangxi/texts");
        CHECK(texts.has_value());
        texts_ = std::move(*texts);
        http::ServerOptions options;
        options.port = 0;
        auto server = http::Server::start(options, router_, texts_, {});
        CHECK(server.has_value());
        server_ = std::move(*server);
        options_.url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/v1/embeddings";
        options_.key_file = std::filesystem::temp_directory_path() /
                            ("embedding-key-" + std::to_string(server_->port()));
        options_.private_addresses = true;
        std::ofstream(options_.key_file) << "secret\n";
    }
    ~EmbeddingService() override { std::filesystem::remove(options_.key_file); }
    /// The service's answer, or the code of the refusal.
    std::string asked() {
        auto ask = embedding_service(options_);
        if (!ask) return ask.error().code;
        std::vector<std::string> texts{"甲", "乙"};
        auto answer = (*ask)(match::embedding_request("m", texts));
        if (!answer) return answer.error().code;
        auto vectors = match::embedding_answer(*answer, texts.size());
        return vectors && vectors->at(0).at(0) == 2 ? "ok" : "wrong";
    }
    http::Router router_;
    base::Texts texts_;
    std::unique_ptr<http::Server> server_;
    MatchEmbedOptions options_;
};

TEST_F(EmbeddingService, IsAskedWithItsKey) {
    EXPECT_EQ(asked(), "ok");
    std::ofstream(options_.key_file) << "guess\n";
    EXPECT_EQ(asked(), "embedding_service_refused");
    std::filesystem::remove(options_.key_file);
    EXPECT_EQ(asked(), "embedding_key_unreadable");
}

TEST_F(EmbeddingService, IsNotLookedForInOurOwnNetworkUnlessAllowed) {
    options_.private_addresses = false;
    EXPECT_EQ(asked(), "fetch_address_refused");
}

}  // namespace
}  // namespace app
