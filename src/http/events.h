#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace http {

/// One topic of server-sent events ("auction:01J…", "account:01J…"). Keeps the last events so that
/// a client that comes back with Last-Event-ID loses nothing; an id that is too old gets `event:
/// reset`. Every event is framed once and shared by all watchers. A watcher that reads too slowly
/// is dropped and comes back with its last id. Ending a channel closes its streams. Thread-safe.
class Channel {
  public:
    explicit Channel(std::size_t kept = 256);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    /// `id` must rise (CHECK); `data` is one line of JSON. Cheap: each watcher is only woken.
    void publish(std::int64_t id, std::string_view event, std::string_view data);
    std::size_t watchers() const;

  private:
    friend class EventStream;
    friend class Watcher;
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

/// The answer to one watcher, to be put into Reply::events. The server sends a comment every 15 s.
class EventStream {
  public:
    /// `last_event_id` as sent by the client, empty for a new watcher. `check` (may be null) is
    /// asked before sending: false closes the stream (session ended, access withdrawn). It runs on
    /// an I/O thread: a look into memory, never into the database.
    static std::shared_ptr<EventStream> watch(Channel& channel, std::string_view last_event_id,
                                              std::function<bool()> check = nullptr);
    virtual ~EventStream() = default;
};

}  // namespace http
