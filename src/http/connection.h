#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/asio.h"
#include "http/server_core.h"
#include "http/watcher.h"
#include "http/wire_parser.h"

namespace http {

/// One client. Reads a request, has it answered on a worker thread, writes the reply, and again; or
/// turns into a stream of events for the rest of its life. Sockets are non-blocking: an operation
/// is tried first and awaited only when it would block, so an idle connection holds no buffers.
/// There is no timer per connection either: a sweeper asks `expire` every now and then. All but the
/// public functions run on the connection's strand.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(Socket socket, std::string peer, ServerCore& core);

    void start();
    /// Ends whatever waits beyond its time, and sends the heartbeat of a stream. Any thread.
    void sweep(base::Duration now);
    /// Server stop: closes if nothing is being answered, or (`at_once`) in any case. Any thread.
    enum class Ending { when_answered, at_once };
    void end(Ending ending);
    /// On the strand only, or once no I/O thread runs any more.
    void close();

  private:
    enum class Wait { ready, timed_out, closed };

    Task<void> serve();
    Task<bool> exchange_once();
    Task<Wait> read_head(WireParser& parser, base::Result<std::size_t>& outcome);
    Task<Wait> read_body(WireParser& parser, base::Result<std::size_t>& outcome);
    Task<Wait> wait_readable();
    Task<Wait> receive(std::string_view& bytes);
    Task<bool> run_on_worker(Exchange& exchange);
    Task<bool> write(std::string_view head, std::string_view body);
    Task<bool> write_file(const OpenFile& file);
    Task<bool> reply(Exchange& exchange);
    Task<void> linger();
    base::Status read_request(ParsedHead& head, Request& request) const;
    void take_addresses(Request& request) const;

    void begin_stream(std::shared_ptr<EventStream> events);
    void watch_for_close();
    void flush();
    void set_deadline(base::Duration from_now);
    void clear_deadline();

    Socket socket_;
    const std::string peer_;
    ServerCore& core_;
    std::string input_;                      ///< received but not yet taken by the parser
    std::atomic<std::int64_t> deadline_{0};  ///< microseconds since start; 0: none
    std::atomic<bool> idle_{true};           ///< no request has begun
    bool timed_out_ = false;
    bool closed_ = false;

    std::shared_ptr<Watcher> watcher_;
    std::vector<Frame> frames_;    ///< being sent
    std::size_t frames_sent_ = 0;  ///< of frames_
    std::size_t bytes_sent_ = 0;   ///< of frames_[frames_sent_]
    bool write_awaited_ = false;
    bool stream_ended_ = false;
    std::atomic<bool> flush_posted_{false};
    std::atomic<std::int64_t> heartbeat_at_{0};
};

}  // namespace http
