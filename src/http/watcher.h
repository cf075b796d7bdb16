#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/events.h"

namespace http {

using Frame = std::shared_ptr<const std::string>;

/// One watcher's side of a channel: frames waiting to be sent, and how to wake the connection.
/// Thread-safe: the channel pushes from any thread, the connection takes.
class Watcher final : public EventStream {
  public:
    static constexpr std::size_t backlog_bytes_max = 256 << 10;

    Watcher(std::shared_ptr<Channel::Shared> channel, std::function<bool()> check);
    ~Watcher() override;

    struct Batch {
        std::vector<Frame> frames;
        bool ended = false;  ///< too slow, or the channel is gone: nothing will follow
    };
    Batch take();
    /// True once it was dropped for reading too slowly: what is being sent need not be finished.
    bool is_too_slow();
    /// `wake` is called (from any thread) when there is something to take.
    void attach(std::function<void()> wake);
    bool may_continue() const { return check_ == nullptr || check_(); }

    void push(Frame frame);
    void end();

  private:
    std::shared_ptr<Channel::Shared> channel_;
    std::function<bool()> check_;
    std::mutex mutex_;
    std::vector<Frame> frames_;
    std::size_t backlog_bytes_ = 0;
    bool ended_ = false;
    bool too_slow_ = false;
    std::function<void()> wake_;
};

}  // namespace http
