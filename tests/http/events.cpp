#include "http/events.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "http/harness.h"
#include "http/watcher.h"

namespace http::test {
namespace {

class EventsTest : public ::testing::Test {
  protected:
    EventsTest() {
        router_.get("/events", {}, [this](const Request& request) -> base::Result<Reply> {
            return stream(EventStream::watch(*channel_, request.header("last-event-id"),
                                             [this] { return allowed_.load(); }));
        });
        server_ = start(router_);
    }
    std::unique_ptr<RawClient> watch(std::string_view last_id = {}) {
        auto client = std::make_unique<RawClient>(server_->port());
        client->send(
            request("GET", "/events",
                    last_id.empty() ? "" : "Last-Event-ID: " + std::string(last_id) + "\r\n"));
        head_ = client->read_until("retry: 3000\n\n");
        return client;
    }
    void wait_for_watchers(std::size_t count) {
        for (int i = 0; i < 400 && channel_->watchers() != count; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        EXPECT_EQ(channel_->watchers(), count);
    }
    Router router_;
    std::unique_ptr<Channel> channel_ = std::make_unique<Channel>(4);
    std::atomic<bool> allowed_{true};
    std::string head_;
    std::unique_ptr<Server> server_;
};

TEST_F(EventsTest, EventsArriveAndEndWithTheConnection) {
    {
        const auto client = watch();
        EXPECT_NE(head_.find("Content-Type: text/event-stream"), std::string::npos);
        EXPECT_NE(head_.find("Cache-Control: private, no-store"), std::string::npos);
        EXPECT_EQ(head_.find("Content-Length"), std::string::npos);
        wait_for_watchers(1);
        channel_->publish(5, "bid", R"({"price":"100.00"})");
        channel_->publish(9, "close", "{}");
        EXPECT_EQ(
            client->read_until("{}\n\n"),
            "id: 5\nevent: bid\ndata: {\"price\":\"100.00\"}\n\nid: 9\nevent: close\ndata: {}\n\n");
    }
    wait_for_watchers(0);
    EXPECT_DEATH(channel_->publish(9, "again", "{}"), "rise");
    EXPECT_DEATH(channel_->publish(10, "two", "a\nb"), "more than one line");
}

TEST_F(EventsTest, ResumeLosesNothing) {
    for (int id = 1; id <= 6; ++id)
        channel_->publish(id, "e", std::to_string(id));
    // 4 are kept: 3 to 6; 2 is the last forgotten one, so after it nothing is missing either.
    EXPECT_EQ(watch("4")->read_until("data: 6\n\n"),
              "id: 5\nevent: e\ndata: 5\n\nid: 6\nevent: e\ndata: 6\n\n");
    EXPECT_TRUE(watch("2")->read_until("data: 6\n\n").starts_with("id: 3\n"));
    const auto current = watch("6");
    wait_for_watchers(1);
    channel_->publish(7, "e", "7");
    EXPECT_EQ(current->read_until("data: 7\n\n"), "id: 7\nevent: e\ndata: 7\n\n");
}

TEST_F(EventsTest, AnIdThatIsTooOldOrUnknownResets) {
    for (int id = 1; id <= 6; ++id)
        channel_->publish(id * 10, "e", "x");
    for (const char* id : {"10", "25", "999", "x", "-1"}) {
        EXPECT_EQ(watch(id)->read_until("{}\n\n"), "id: 60\nevent: reset\ndata: {}\n\n") << id;
    }
    channel_ = std::make_unique<Channel>();
    EXPECT_EQ(watch("60")->read_until("{}\n\n"), "event: reset\ndata: {}\n\n");
}

TEST_F(EventsTest, AStreamEndsWhenAccessOrChannelEnds) {
    auto client = watch();
    wait_for_watchers(1);
    allowed_ = false;
    channel_->publish(1, "e", "secret");
    EXPECT_TRUE(client->closes_within(3000));
    EXPECT_EQ(client->read_until("secret", 100), "");
    allowed_ = true;
    client = watch();
    wait_for_watchers(1);
    channel_.reset();
    EXPECT_TRUE(client->closes_within(3000));
}

TEST_F(EventsTest, ASlowWatcherIsDroppedAndTheOthersGoOn) {
    auto slow = std::make_unique<RawClient>(server_->port());
    slow->limit_receive_buffer(2048);
    slow->send(request("GET", "/events"));
    slow->read_until("retry: 3000\n\n");
    const auto quick = watch();
    wait_for_watchers(2);
    const std::string data(20'000, 'x');
    std::int64_t id = 0;
    for (; id < 1000 && channel_->watchers() == 2; ++id) {
        channel_->publish(id, "e", data);
        EXPECT_FALSE(quick->read_until(data + "\n\n").empty());
    }
    EXPECT_LT(id, 1000);
    wait_for_watchers(1);
    channel_->publish(id, "e", "still there");
    EXPECT_NE(quick->read_until("still there\n\n").find("still"), std::string::npos);
}

TEST_F(EventsTest, StoppingTheServerEndsStreams) {
    const auto client = watch();
    wait_for_watchers(1);
    const base::Duration before = base::elapsed_since_start();
    server_->stop(base::seconds(10));
    EXPECT_LT(base::elapsed_since_start().microseconds - before.microseconds, 5'000'000);
    EXPECT_TRUE(client->closes_within(1000));
    server_.reset();
    EXPECT_EQ(channel_->watchers(), 0U);
    channel_->publish(1, "e", "to nobody");
}

TEST(Watcher, ABacklogBeyondItsLimitEndsTheWatcher) {
    Channel channel;
    const auto stream = EventStream::watch(channel, "");
    auto& watcher = dynamic_cast<Watcher&>(*stream);
    channel.publish(1, "e", "x");
    EXPECT_EQ(watcher.take().frames.size(), 1U);
    const std::string data(1000, 'x');
    for (int id = 2; id < 400; ++id)
        channel.publish(id, "e", data);
    const Watcher::Batch batch = watcher.take();
    EXPECT_TRUE(batch.ended);
    EXPECT_TRUE(batch.frames.empty());
}

}  // namespace
}  // namespace http::test
