#include "party/once_api.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "http/gate.h"
#include "party/party_fixture.h"
#include "store/idempotency.h"

namespace party_test {
namespace {

using http::Reply;
using http::Request;
using store::Transaction;

/// The memory of a node, as `app` makes it.
class NodeMemory final : public http::IdempotencyMemory {
  public:
    NodeMemory(store::Database& database, const base::Vault* vault)
        : vault_(vault), table_(database, vault) {}
    const base::Vault* vault() const override { return vault_; }
    std::optional<Remembered> recall(std::string_view scope, std::string_view key) override {
        if (blind_) return {};
        auto found = table_.recall(scope, key);
        if (!found || !*found) return {};
        return Remembered{(*found)->request_hash, (*found)->status,   (*found)->content_type,
                          (*found)->body,         (*found)->location, (*found)->etag};
    }
    void remember(std::string_view, std::string_view, const Remembered&) override { ++late_; }
    int late() const { return late_; }
    /// As a node that looked before another one committed.
    void be_blind() { blind_ = true; }

  private:
    const base::Vault* vault_;
    store::IdempotencyTable table_;
    std::atomic<int> late_ = 0;
    std::atomic<bool> blind_ = false;
};

/// Where the process dies.
enum class Crash { never, before_the_commit, after_the_commit };

/// A node with one route that pays: one row of the change log is one payment.
class Node {
  public:
    explicit Node(store::Database& database, const base::Vault* vault = nullptr)
        : database_(&database), memory_(database, vault) {
        router_.post("/pay", {.creates = true},
                     [this](const Request& request) { return pay(request); });
        hooks_.idempotency = &memory_;
        hooks_.rate_per_minute = 0;
        gate_ = std::make_unique<http::Gate>(router_, texts_, hooks_, metrics_);
    }

    http::WireReply post(const std::string& key, const std::string& body) {
        http::Exchange exchange;
        exchange.request.method = http::Method::post;
        exchange.request.path = "/pay";
        exchange.request.body = body;
        exchange.request.remote_address = "192.0.2.1";
        exchange.request.headers["idempotency-key"] = key;
        exchange.match = router_.find(http::Method::post, "/pay");
        gate_->answer(exchange);
        return std::move(exchange.wire);
    }
    Crash crash = Crash::never;
    NodeMemory& memory() { return memory_; }

  private:
    base::Result<Reply> pay(const Request& request) {
        Reply reply = TRY(party::write_once(
            *database_, request, [&](Transaction& transaction) -> base::Result<Reply> {
                const std::int64_t seq = transaction.append({.actor = "payer",
                                                             .place = {},
                                                             .subject = "account",
                                                             .action = "payment.made",
                                                             .payload = request.body});
                if (request.body == "refused") return base::refuse(base::invalid("form_invalid"));
                if (crash == Crash::before_the_commit) throw std::runtime_error("power cut");
                return http::created(base::json::object{{"payment", seq}}, "/payments/1")
                    .with_version(7);
            }));
        if (crash == Crash::after_the_commit) throw std::runtime_error("power cut");
        return reply;
    }

    store::Database* database_;
    NodeMemory memory_;
    base::Texts texts_;
    http::Router router_;
    http::Hooks hooks_;
    http::Metrics metrics_;
    std::unique_ptr<http::Gate> gate_;
};

std::size_t payments(store::Database& database) {
    return must(database.read<std::size_t>([](store::Reader& reader) -> base::Result<std::size_t> {
        return store::changes_after(reader, 0, 1000).size();
    }));
}

bool is_repeat(const http::WireReply& reply) {
    return reply.head.find("Idempotency-Replayed: true") != std::string::npos;
}

class OnceTest : public ::testing::TestWithParam<store::Dialect> {};

TEST_P(OnceTest, AfterACrashBetweenEffectAndAnswerTheRetryGetsTheFirstAnswer) {
    support::TestDatabase database(GetParam());
    {
        Node node(*database);
        node.crash = Crash::after_the_commit;
        EXPECT_EQ(node.post("k", "100").status, 500);
    }
    ASSERT_EQ(payments(*database), 1U);
    Node node(*database);  // started again
    const http::WireReply answer = node.post("k", "100");
    EXPECT_EQ(answer.status, 201);
    EXPECT_TRUE(is_repeat(answer)) << answer.head;
    EXPECT_EQ(answer.body, R"({"payment":1})");
    EXPECT_NE(answer.head.find("Location: /payments/1"), std::string::npos);
    EXPECT_NE(answer.head.find("ETag: \"7\""), std::string::npos);
    EXPECT_EQ(payments(*database), 1U);
    EXPECT_EQ(node.post("k", "200").status, 409) << "another request under the same key";
    EXPECT_EQ(payments(*database), 1U);
    EXPECT_EQ(node.memory().late(), 0) << "the gate has nothing left to keep";
}

TEST_P(OnceTest, ACrashBeforeTheCommitLeavesNeitherEffectNorAnswer) {
    support::TestDatabase database(GetParam());
    Node node(*database);
    node.crash = Crash::before_the_commit;
    EXPECT_GE(node.post("k", "100").status, 500);
    EXPECT_EQ(payments(*database), 0U);
    node.crash = Crash::never;
    const http::WireReply answer = node.post("k", "100");
    EXPECT_EQ(answer.status, 201);
    EXPECT_FALSE(is_repeat(answer));
    EXPECT_EQ(payments(*database), 1U);
}

TEST_P(OnceTest, ARefusalIsNotKept) {
    support::TestDatabase database(GetParam());
    Node node(*database);
    EXPECT_EQ(node.post("k", "refused").status, 422);
    EXPECT_EQ(node.post("k", "100").status, 201);
    EXPECT_EQ(payments(*database), 1U);
}

TEST_P(OnceTest, TwoNodesWithOneKeyActOnce) {
    support::TestDatabase database(GetParam());
    std::unique_ptr<store::Database> other = database.open_again();
    Node first(*database);
    Node second(*other);
    // Both looked before either had committed: only the transaction itself can tell.
    first.memory().be_blind();
    second.memory().be_blind();
    for (int round = 0; round < 10; ++round) {
        const std::string key = "k" + std::to_string(round);
        http::WireReply answers[2];
        {
            std::jthread one([&] { answers[0] = first.post(key, "100"); });
            std::jthread two([&] { answers[1] = second.post(key, "100"); });
        }
        EXPECT_EQ(answers[0].status, 201);
        EXPECT_EQ(answers[1].status, 201);
        EXPECT_EQ(answers[0].body, answers[1].body);
        EXPECT_EQ(payments(*database), static_cast<std::size_t>(round) + 1);
    }
    EXPECT_EQ(second.post("k0", "200").status, 409);
}

TEST_P(OnceTest, TheKeptAnswerLiesSealedAndIsRepeatedAllTheSame) {
    support::TestDatabase database(GetParam());
    const auto vault = must(base::Vault::open_or_create(database.folder() / "vault.key"));
    Node node(*database, vault.get());
    EXPECT_EQ(node.post("k", "100").status, 201);
    const auto row = must(database->read<std::string>([](store::Reader& reader) {
        return base::Result<std::string>(
            reader.first("select body from store_idempotency")->text(0));
    }));
    EXPECT_EQ(row.find("payment"), std::string::npos) << row;
    const http::WireReply again = node.post("k", "100");
    EXPECT_TRUE(is_repeat(again));
    EXPECT_EQ(again.body, R"({"payment":1})");
}

ON_BOTH_DATABASES(OnceTest);

}  // namespace
}  // namespace party_test
