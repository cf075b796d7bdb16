#include "http/connection.h"

#include <sys/sendfile.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>

#include "base/check.h"
#include "http/decode.h"

namespace http {
namespace {

constexpr std::size_t scratch_bytes = 64 << 10;
constexpr std::int64_t slowest_bytes_per_second = 16 << 10;
constexpr base::Duration write_wait = base::seconds(60);
constexpr base::Duration linger_wait = base::seconds(2);
constexpr std::size_t linger_bytes_max = 1 << 20;

/// Bytes just received; a read and its use never have another task between them.
char* scratch() {
    thread_local const std::unique_ptr<char[]> buffer = std::make_unique<char[]>(scratch_bytes);
    return buffer.get();
}

bool would_block(const SystemError& problem) {
    return problem == asio::error::would_block || problem == asio::error::try_again;
}

base::Duration transfer_wait(base::Duration pause, std::uint64_t bytes) {
    return pause + base::seconds(static_cast<std::int64_t>(bytes) / slowest_bytes_per_second);
}

std::optional<Method> method_of(std::string_view name) {
    if (name == "GET") return Method::get;
    if (name == "HEAD") return Method::head;
    if (name == "POST") return Method::post;
    if (name == "PUT") return Method::put;
    if (name == "PATCH") return Method::patch;
    if (name == "DELETE") return Method::del;
    return {};
}

/// Runs the handler's side on a worker and comes back to the strand.
template <class Done>
class AnswerJob final : public Job {
  public:
    AnswerJob(ServerCore& core, Exchange& exchange, Strand strand, Done done)
        : core_(core), exchange_(exchange), strand_(std::move(strand)), done_(std::move(done)) {}
    void run() override {
        core_.gate.answer(exchange_);
        resume(true);
    }
    void resume(bool answered) {
        asio::post(strand_,
                   [done = std::move(done_), answered]() mutable { std::move(done)(answered); });
    }

  private:
    ServerCore& core_;
    Exchange& exchange_;
    Strand strand_;
    Done done_;
};

}  // namespace

Connection::Connection(Socket socket, std::string peer, ServerCore& core)
    : socket_(std::move(socket)), peer_(std::move(peer)), core_(core) {
}

void Connection::start() {
    core_.add(shared_from_this());
    set_deadline(core_.options.header_wait);
    asio::co_spawn(
        socket_.get_executor(), [self = shared_from_this()] { return self->serve(); },
        asio::detached);
}

void Connection::set_deadline(base::Duration from_now) {
    deadline_ = (base::elapsed_since_start() + from_now).microseconds;
}

void Connection::clear_deadline() {
    deadline_ = 0;
}

void Connection::sweep(base::Duration now) {
    const std::int64_t deadline = deadline_;
    if (deadline != 0 && now.microseconds > deadline) {
        asio::post(socket_.get_executor(), [self = shared_from_this(), now] {
            const std::int64_t still = self->deadline_;
            if (self->closed_ || still == 0 || now.microseconds <= still) return;
            self->timed_out_ = true;
            if (self->watcher_) return self->close();
            SystemError ignored;
            self->socket_.cancel(ignored);
        });
    }
    const std::int64_t heartbeat = heartbeat_at_;
    if (heartbeat != 0 && now.microseconds > heartbeat) {
        asio::post(socket_.get_executor(), [self = shared_from_this()] {
            static const Frame comment = std::make_shared<const std::string>(": \n\n");
            if (self->closed_ || self->write_awaited_) return;
            self->frames_.push_back(comment);
            self->flush();
        });
    }
}

void Connection::end(Ending ending) {
    asio::post(socket_.get_executor(), [self = shared_from_this(), ending] {
        if (ending == Ending::at_once || self->watcher_ || self->idle_) self->close();
    });
}

void Connection::close() {
    if (closed_) return;
    closed_ = true;
    clear_deadline();
    heartbeat_at_ = 0;
    if (watcher_) {
        watcher_->attach(nullptr);
        watcher_.reset();
        core_.event_watchers.add(-1);
    }
    SystemError ignored;
    socket_.close(ignored);
    core_.remove(shared_from_this());
}

Task<void> Connection::serve() {
    try {
        bool more = true;
        while (more && !closed_)
            more = co_await exchange_once();
    } catch (const std::exception&) {
        // Memory or the system ran out on this connection; the others go on.
        close();
    }
    if (!watcher_) close();
}

/// One request and its reply. False when the connection has no further request.
Task<bool> Connection::exchange_once() {
    WireParser parser(WireParser::Kind::request, core_.options.header_bytes_max);
    base::Result<std::size_t> outcome = 0;
    Exchange exchange;
    Wait wait = co_await read_head(parser, outcome);
    if (wait == Wait::closed || (wait == Wait::timed_out && idle_)) co_return false;
    exchange.started = base::elapsed_since_start();
    Request& request = exchange.request;
    request.id = core_.next_request_id();
    request.remote_address = peer_;
    if (wait == Wait::timed_out) outcome = base::refuse(base::malformed("request_timed_out"));
    ParsedHead head = std::move(parser.head());
    if (outcome) {
        if (base::Status status = read_request(head, request); !status) {
            outcome = base::refuse(std::move(status).error());
        }
    }
    if (!outcome) {
        core_.gate.refuse_at_once(exchange, outcome.error());
        co_return co_await reply(exchange);
    }

    exchange.match = core_.gate.router().find(request.method, request.path);
    request.path_values = std::move(exchange.match.path_values);
    const Router::Route* route = exchange.match.route;
    const std::uint64_t body_max = route == nullptr ? 0 : route->info.body_bytes_max;
    base::Status body = parser.take_body(body_max);
    if (body && parser.state() != WireParser::State::done) {
        if (head.expects_continue && input_.empty()) {
            const bool written = co_await write("HTTP/1.1 100 Continue\r\n\r\n", {});
            if (!written) co_return false;
        }
        set_deadline(
            transfer_wait(core_.options.body_wait, head.content_length.value_or(body_max)));
        wait = co_await read_body(parser, outcome);
        if (wait == Wait::closed) co_return false;
        if (wait == Wait::timed_out) body = base::refuse(base::malformed("request_timed_out"));
        if (!outcome) body = base::refuse(std::move(outcome).error());
    }
    clear_deadline();
    if (!body) {
        exchange.refusal = std::move(body).error();
        exchange.refusal->parameters["max"] = std::to_string(body_max);
        // What is left of the body is not read: the connection cannot go on.
        if (route == nullptr) exchange.refusal.reset();
    } else if (head.keep_alive) {
        exchange.persistence = Persistence::keep_alive;
    }
    request.body = std::move(parser.body());
    if (core_.gate.answer_ready(exchange)) co_return co_await reply(exchange);
    const bool answered = co_await run_on_worker(exchange);
    if (!answered) {
        core_.gate.refuse_at_once(
            exchange,
            base::error(base::ErrorKind::unavailable, "server_busy").with("seconds", "1"));
    }
    co_return co_await reply(exchange);
}

Task<Connection::Wait> Connection::read_head(WireParser& parser,
                                             base::Result<std::size_t>& outcome) {
    idle_ = input_.empty();
    if (idle_ && core_.draining) co_return Wait::closed;
    if (!idle_) set_deadline(core_.options.header_wait);
    while (true) {
        if (!input_.empty()) {
            outcome = parser.feed(input_);
            if (!outcome) co_return Wait::ready;
            input_.erase(0, *outcome);
            if (parser.state() != WireParser::State::head) co_return Wait::ready;
        }
        std::string_view bytes;
        const Wait wait = co_await receive(bytes);
        if (wait != Wait::ready) co_return wait;
        if (idle_) {
            idle_ = false;
            set_deadline(core_.options.header_wait);
        }
        input_.append(bytes);
    }
}

Task<Connection::Wait> Connection::read_body(WireParser& parser,
                                             base::Result<std::size_t>& outcome) {
    while (true) {
        if (!input_.empty()) {
            outcome = parser.feed(input_);
            if (!outcome) co_return Wait::ready;
            input_.erase(0, *outcome);
        }
        if (parser.state() == WireParser::State::done) co_return Wait::ready;
        std::string_view bytes;
        const Wait wait = co_await receive(bytes);
        if (wait != Wait::ready) co_return wait;
        if (input_.empty()) {
            // The common case: straight from the socket into the body.
            outcome = parser.feed(bytes);
            if (!outcome) co_return Wait::ready;
            bytes.remove_prefix(*outcome);
        }
        input_.append(bytes);
    }
}

Task<Connection::Wait> Connection::wait_readable() {
    if (input_.empty()) input_ = std::string();
    SystemError problem;
    co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(await, problem));
    if (timed_out_) {
        timed_out_ = false;
        co_return Wait::timed_out;
    }
    co_return problem || closed_ ? Wait::closed : Wait::ready;
}

/// What the socket has, as bytes that are good until the next await.
Task<Connection::Wait> Connection::receive(std::string_view& bytes) {
    while (true) {
        if (closed_) co_return Wait::closed;
        SystemError problem;
        const std::size_t count =
            socket_.read_some(asio::buffer(scratch(), scratch_bytes), problem);
        if (!problem) {
            bytes = {scratch(), count};
            co_return Wait::ready;
        }
        if (!would_block(problem)) co_return Wait::closed;
        const Wait wait = co_await wait_readable();
        if (wait != Wait::ready) co_return wait;
    }
}

Task<bool> Connection::run_on_worker(Exchange& exchange) {
    return asio::async_initiate<const asio::use_awaitable_t<Strand>, void(bool)>(
        [this, &exchange](auto done) {
            using Answer = AnswerJob<decltype(done)>;
            std::unique_ptr<Job> job =
                std::make_unique<Answer>(core_, exchange, socket_.get_executor(), std::move(done));
            if (core_.workers.submit(job) == Taken::queue_full) {
                static_cast<Answer&>(*job).resume(false);
            }
        },
        await);
}

Task<bool> Connection::reply(Exchange& exchange) {
    WireReply& wire = exchange.wire;
    if (core_.draining && wire.persistence == Persistence::keep_alive) {
        wire.persistence = Persistence::close;
    }
    set_deadline(transfer_wait(write_wait, wire.body.size()));
    bool written = co_await write(wire.head, wire.body);
    if (written && wire.file) {
        set_deadline(transfer_wait(write_wait, static_cast<std::uint64_t>(wire.file.size())));
        written = co_await write_file(wire.file);
    }
    if (!written) co_return false;
    if (wire.events) {
        begin_stream(std::move(wire.events));
        co_return false;
    }
    if (wire.persistence == Persistence::keep_alive) {
        set_deadline(core_.options.idle_wait);
        co_return true;
    }
    co_await linger();
    co_return false;
}

Task<bool> Connection::write(std::string_view head, std::string_view body) {
    std::array<asio::const_buffer, 2> buffers{asio::buffer(head.data(), head.size()),
                                              asio::buffer(body.data(), body.size())};
    while (buffers[0].size() + buffers[1].size() > 0) {
        if (closed_) co_return false;
        SystemError problem;
        std::size_t count = socket_.write_some(buffers, problem);
        if (!problem) {
            const std::size_t of_head = std::min(count, buffers[0].size());
            buffers[0] += of_head;
            buffers[1] += count - of_head;
            continue;
        }
        if (!would_block(problem)) co_return false;
        co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(await, problem));
        if (problem || timed_out_) co_return false;
    }
    co_return true;
}

Task<bool> Connection::write_file(const OpenFile& file) {
    off_t sent = 0;
    while (sent < file.size()) {
        if (closed_) co_return false;
        const auto rest = static_cast<std::size_t>(file.size() - sent);
        const ssize_t count = ::sendfile(socket_.native_handle(), file.descriptor(), &sent,
                                         std::min<std::size_t>(rest, 1 << 20));
        if (count > 0) continue;
        // The file became shorter than announced: the client must see that the reply is cut off.
        if (count == 0) co_return false;
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) co_return false;
        SystemError problem;
        co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(await, problem));
        if (problem || timed_out_) co_return false;
    }
    co_return true;
}

/// Closing with unread input would reset the connection and could destroy the reply on its way.
Task<void> Connection::linger() {
    if (closed_) co_return;
    SystemError problem;
    socket_.shutdown(Socket::shutdown_send, problem);
    set_deadline(linger_wait);
    std::size_t total = 0;
    std::string_view bytes;
    while (!problem && total < linger_bytes_max) {
        const Wait wait = co_await receive(bytes);
        if (wait != Wait::ready) co_return;
        total += bytes.size();
    }
}

base::Status Connection::read_request(ParsedHead& head, Request& request) const {
    request.headers = std::move(head.headers);
    const auto method = method_of(head.method);
    if (!method) return base::refuse(base::malformed("method_unknown"));
    request.method = *method;
    if (head.is_http_1_1 && !request.headers.contains("host")) {
        return base::refuse(base::malformed("request_malformed").saying("no Host header"));
    }
    std::string_view target = head.target;
    if (target.starts_with("http://") || target.starts_with("https://")) {
        const std::size_t slash = target.find('/', target.find("//") + 2);
        target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    }
    const std::size_t mark = target.find('?');
    request.path = TRY(normalise_path(target.substr(0, mark)));
    if (mark != std::string_view::npos) {
        auto pairs = parse_pairs(target.substr(mark + 1));
        if (!pairs) return base::refuse(base::malformed("query_unreadable"));
        request.query_all = std::move(*pairs);
        for (const auto& [name, value] : request.query_all)
            request.query[name] = value;
    }
    if (const auto cookie = request.headers.find("cookie"); cookie != request.headers.end()) {
        request.cookies = parse_cookies(cookie->second);
    }
    take_addresses(request);
    choose_language(request);
    const std::string accept = request.header("accept");
    request.wants_html =
        !request.path.starts_with("/api/") && accept.find("text/html") != std::string::npos;
    return {};
}

/// Behind a load balancer that we trust, the client is the last address that it added.
void Connection::take_addresses(Request& request) const {
    if (!core_.proxies.contains(peer_)) return;
    request.remote_address = core_.proxies.client_of(peer_, request.header("x-forwarded-for"));
    const std::string id = request.header("x-request-id");
    const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-';
    });
    if (!id.empty() && id.size() <= 64 && plain) request.id = id;
}

void Connection::begin_stream(std::shared_ptr<EventStream> events) {
    watcher_ = std::dynamic_pointer_cast<Watcher>(std::move(events));
    CHECK_WITH(watcher_ != nullptr, "an event stream not made by EventStream::watch");
    core_.event_watchers.add(1);
    idle_ = false;
    static const Frame opening = std::make_shared<const std::string>("retry: 3000\n\n");
    frames_.push_back(opening);
    if (core_.draining) return close();
    watch_for_close();
    watcher_->attach([self = shared_from_this()] {
        if (self->flush_posted_.exchange(true)) return;
        asio::post(self->socket_.get_executor(), [self] {
            self->flush_posted_ = false;
            self->flush();
        });
    });
    flush();
}

/// A watcher has nothing more to say; all that can arrive is the end.
void Connection::watch_for_close() {
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](SystemError problem) {
        if (self->closed_) return;
        if (problem) return self->close();
        const std::size_t count =
            self->socket_.read_some(asio::buffer(scratch(), scratch_bytes), problem);
        if ((problem && !would_block(problem)) || (!problem && count == 0)) return self->close();
        self->watch_for_close();
    });
}

void Connection::flush() {
    static constexpr std::size_t frames_per_write = 16;
    if (closed_) return;
    if (watcher_->is_too_slow()) return close();
    if (write_awaited_) return;
    if (!watcher_->may_continue()) return close();
    while (true) {
        if (frames_sent_ == frames_.size()) {
            Watcher::Batch batch = watcher_->take();
            stream_ended_ = batch.ended;
            frames_ = std::move(batch.frames);
            frames_sent_ = 0;
            if (frames_.empty()) break;
        }
        std::array<asio::const_buffer, frames_per_write> buffers;
        std::size_t count = 0;
        for (std::size_t i = frames_sent_; i < frames_.size() && count < frames_per_write; ++i) {
            buffers[count++] = asio::buffer(*frames_[i]);
        }
        buffers[0] += bytes_sent_;
        SystemError problem;
        std::size_t sent =
            socket_.write_some(std::span(buffers.data(), count), problem) + bytes_sent_;
        if (would_block(problem)) {
            write_awaited_ = true;
            set_deadline(write_wait);
            socket_.async_wait(Socket::wait_write, [self = shared_from_this()](SystemError failed) {
                self->write_awaited_ = false;
                if (failed) return self->close();
                self->flush();
            });
            return;
        }
        if (problem) return close();
        while (frames_sent_ < frames_.size() && sent >= frames_[frames_sent_]->size()) {
            sent -= frames_[frames_sent_++]->size();
        }
        bytes_sent_ = sent;
    }
    clear_deadline();
    if (stream_ended_) return close();
    heartbeat_at_ = (base::elapsed_since_start() + base::seconds(15)).microseconds;
}

}  // namespace http
