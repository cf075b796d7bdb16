#include "http/events.h"

#include <charconv>
#include <deque>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/check.h"
#include "http/watcher.h"

namespace http {

struct Channel::Shared {
    struct Kept {
        std::int64_t id;
        Frame frame;
    };
    explicit Shared(std::size_t kept_events) : kept_max(kept_events) {}

    const std::size_t kept_max;
    std::mutex mutex;
    std::deque<Kept> kept;
    std::optional<std::int64_t> forgotten;  ///< the last id that fell out of `kept`
    std::unordered_set<Watcher*> watchers;
    bool ended = false;
};

namespace {

Frame frame_event(std::optional<std::int64_t> id, std::string_view event, std::string_view data) {
    CHECK_WITH(event.find_first_of("\r\n") == std::string_view::npos, event);
    CHECK_WITH(data.find_first_of("\r\n") == std::string_view::npos, "data of more than one line");
    std::string frame;
    frame.reserve(event.size() + data.size() + 48);
    if (id) frame += "id: " + std::to_string(*id) + '\n';
    frame += "event: ";
    frame += event;
    frame += "\ndata: ";
    frame += data;
    frame += "\n\n";
    return std::make_shared<const std::string>(std::move(frame));
}

}  // namespace

Channel::Channel(std::size_t kept) : shared_(std::make_shared<Shared>(kept)) {
}

Channel::~Channel() {
    const std::scoped_lock lock(shared_->mutex);
    shared_->ended = true;
    for (Watcher* watcher : shared_->watchers)
        watcher->end();
}

void Channel::publish(std::int64_t id, std::string_view event, std::string_view data) {
    Frame frame = frame_event(id, event, data);
    const std::scoped_lock lock(shared_->mutex);
    CHECK_WITH(shared_->kept.empty() || shared_->kept.back().id < id, "event ids must rise");
    CHECK_WITH(!shared_->forgotten || *shared_->forgotten < id, "event ids must rise");
    for (Watcher* watcher : shared_->watchers)
        watcher->push(frame);
    shared_->kept.push_back({id, std::move(frame)});
    if (shared_->kept.size() > shared_->kept_max) {
        shared_->forgotten = shared_->kept.front().id;
        shared_->kept.pop_front();
    }
}

std::size_t Channel::watchers() const {
    const std::scoped_lock lock(shared_->mutex);
    return shared_->watchers.size();
}

std::shared_ptr<EventStream> EventStream::watch(Channel& channel, std::string_view last_event_id,
                                                std::function<bool()> check) {
    Channel::Shared& shared = *channel.shared_;
    auto watcher = std::make_shared<Watcher>(channel.shared_, std::move(check));
    std::int64_t last = 0;
    const auto [end, problem] =
        std::from_chars(last_event_id.data(), last_event_id.data() + last_event_id.size(), last);
    const bool readable =
        problem == std::errc() && end == last_event_id.data() + last_event_id.size();

    const std::scoped_lock lock(shared.mutex);
    shared.watchers.insert(watcher.get());
    if (last_event_id.empty()) return watcher;
    // Nothing is missing only if the last event seen is one that we still know.
    auto next = shared.kept.begin();
    bool known = readable && shared.forgotten == last;
    if (readable && !known) {
        while (next != shared.kept.end() && next->id != last)
            ++next;
        known = next != shared.kept.end();
        if (known) ++next;
    }
    if (known) {
        for (; next != shared.kept.end(); ++next)
            watcher->push(next->frame);
        return watcher;
    }
    std::optional<std::int64_t> latest = shared.forgotten;
    if (!shared.kept.empty()) latest = shared.kept.back().id;
    watcher->push(frame_event(latest, "reset", "{}"));
    return watcher;
}

Watcher::Watcher(std::shared_ptr<Channel::Shared> channel, std::function<bool()> check)
    : channel_(std::move(channel)), check_(std::move(check)) {
}

Watcher::~Watcher() {
    const std::scoped_lock lock(channel_->mutex);
    channel_->watchers.erase(this);
}

Watcher::Batch Watcher::take() {
    const std::scoped_lock lock(mutex_);
    Batch batch{std::exchange(frames_, {}), ended_};
    backlog_bytes_ = 0;
    return batch;
}

void Watcher::attach(std::function<void()> wake) {
    const std::scoped_lock lock(mutex_);
    wake_ = std::move(wake);
    if (wake_ && (!frames_.empty() || ended_)) wake_();
}

void Watcher::push(Frame frame) {
    const std::scoped_lock lock(mutex_);
    if (ended_) return;
    backlog_bytes_ += frame->size();
    if (backlog_bytes_ > backlog_bytes_max) {
        ended_ = true;
        too_slow_ = true;
        frames_.clear();
    } else {
        frames_.push_back(std::move(frame));
    }
    if (wake_) wake_();
}

bool Watcher::is_too_slow() {
    const std::scoped_lock lock(mutex_);
    return too_slow_;
}

void Watcher::end() {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    if (wake_) wake_();
}

}  // namespace http
