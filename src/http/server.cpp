#include "http/server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <span>
#include <thread>

#include <boost/asio/redirect_error.hpp>

#include "base/hash.h"
#include "http/connection.h"

namespace http {
namespace {

using StrandTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Strand>;

base::Error cannot_listen(std::string_view address, std::uint16_t port,
                          const SystemError& problem) {
    return base::error(base::ErrorKind::unavailable, "address_unavailable")
        .with("address", std::string(address) + ':' + std::to_string(port))
        .saying(problem.message());
}

std::string random_prefix() {
    base::SecureRandom random;
    std::array<std::uint8_t, 4> bytes{};
    random.fill(bytes);
    return base::to_hex(bytes);
}

class BeastServer final : public Server {
  public:
    BeastServer(ServerOptions options, const Router& router, const base::Texts& texts, Hooks hooks)
        : own_metrics_(hooks.metrics == nullptr ? std::make_unique<Metrics>() : nullptr),
          core_(std::move(options), router, texts, hooks,
                own_metrics_ ? *own_metrics_ : *hooks.metrics, random_prefix()),
          io_(static_cast<int>(core_.options.io_threads)),
          work_(asio::make_work_guard(io_)),
          acceptor_(asio::make_strand(io_)),
          metrics_acceptor_(asio::make_strand(io_)),
          sweeper_(io_) {}
    ~BeastServer() override { stop(base::Duration{}); }

    base::Status begin();
    std::uint16_t port() const override { return port_; }
    void stop(base::Duration wait) override;

  private:
    base::Status listen(Acceptor& acceptor, std::uint16_t port) const;
    Task<void> accept();
    Task<void> accept_metrics();
    Task<void> answer_metrics(std::shared_ptr<Socket> held) const;
    void take(Socket socket);
    void sweep();

    std::unique_ptr<Metrics> own_metrics_;
    ServerCore core_;
    asio::io_context io_;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    Acceptor acceptor_;
    Acceptor metrics_acceptor_;
    asio::steady_timer sweeper_;
    std::vector<std::thread> threads_;
    std::uint16_t port_ = 0;
    std::mutex stop_mutex_;
    bool stopped_ = false;
};

base::Status BeastServer::listen(Acceptor& acceptor, std::uint16_t port) const {
    SystemError problem;
    const auto address = asio::ip::make_address(core_.options.address, problem);
    if (problem) return base::refuse(cannot_listen(core_.options.address, port, problem));
    const asio::ip::tcp::endpoint endpoint(address, port);
    acceptor.open(endpoint.protocol(), problem);
    if (!problem) acceptor.set_option(Acceptor::reuse_address(true), problem);
    if (!problem) acceptor.bind(endpoint, problem);
    if (!problem) acceptor.listen(4096, problem);
    if (problem) return base::refuse(cannot_listen(core_.options.address, port, problem));
    return {};
}

base::Status BeastServer::begin() {
    core_.proxies = TRY(TrustedProxies::parse(core_.options.trusted_proxies));
    TRY(listen(acceptor_, core_.options.port));
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(acceptor_.get_executor(), [this] { return accept(); }, asio::detached);
    if (core_.options.metrics_port != 0) {
        TRY(listen(metrics_acceptor_, core_.options.metrics_port));
        asio::co_spawn(
            metrics_acceptor_.get_executor(), [this] { return accept_metrics(); }, asio::detached);
    }
    sweep();
    for (std::size_t i = 0; i < std::max<std::size_t>(core_.options.io_threads, 1); ++i) {
        threads_.emplace_back([this] { io_.run(); });
    }
    return {};
}

Task<void> BeastServer::accept() {
    while (acceptor_.is_open()) {
        SystemError problem;
        Socket socket = co_await acceptor_.async_accept(asio::make_strand(io_),
                                                        asio::redirect_error(await, problem));
        if (!problem) {
            take(std::move(socket));
        } else if (problem != asio::error::operation_aborted) {
            // Out of descriptors, most likely: let some close before the next try.
            spdlog::warn("accept failed: {}", problem.message());
            StrandTimer pause(acceptor_.get_executor(), std::chrono::milliseconds(50));
            co_await pause.async_wait(asio::redirect_error(await, problem));
        }
    }
}

void BeastServer::take(Socket socket) {
    SystemError problem;
    const auto peer = socket.remote_endpoint(problem);
    if (problem) return;
    socket.non_blocking(true, problem);
    socket.set_option(asio::ip::tcp::no_delay(true), problem);
    if (static_cast<std::size_t>(core_.open_connections.value()) >= core_.options.connections_max) {
        static constexpr std::string_view busy =
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
            "Connection: close\r\n\r\n";
        core_.refused_connections.add();
        socket.write_some(asio::buffer(busy), problem);
        return;
    }
    std::make_shared<Connection>(std::move(socket), peer.address().to_string(), core_)->start();
}

Task<void> BeastServer::accept_metrics() {
    while (metrics_acceptor_.is_open()) {
        SystemError problem;
        Socket socket = co_await metrics_acceptor_.async_accept(
            asio::make_strand(io_), asio::redirect_error(await, problem));
        if (problem == asio::error::operation_aborted) co_return;
        if (problem) continue;
        const auto held = std::make_shared<Socket>(std::move(socket));
        asio::co_spawn(
            held->get_executor(), [this, held] { return answer_metrics(held); }, asio::detached);
    }
}

/// A client that neither asks nor reads within five seconds is not a monitoring system.
Task<void> BeastServer::answer_metrics(std::shared_ptr<Socket> held) const {
    StrandTimer deadline(held->get_executor(), std::chrono::seconds(5));
    deadline.async_wait([held](const SystemError& ended) {
        SystemError ignored;
        if (!ended) held->cancel(ignored);
    });
    Socket& socket = *held;
    static constexpr std::size_t head_bytes_max = 8 << 10;
    std::string head;
    std::array<char, 1024> bytes{};
    SystemError problem;
    while (head.find("\r\n\r\n") == std::string::npos && head.size() < head_bytes_max) {
        const std::size_t count = co_await socket.async_read_some(
            asio::buffer(bytes), asio::redirect_error(await, problem));
        if (problem) co_return;
        head.append(bytes.data(), count);
    }
    const bool known = head.starts_with("GET /metrics ") || head.starts_with("GET /metrics?");
    core_.queue_length.set(static_cast<std::int64_t>(core_.workers.waiting()));
    const std::string body = known ? core_.metrics.render() : "not found\n";
    std::string reply = known ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 404 Not Found\r\n";
    reply += "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\nConnection: close\r\n";
    reply += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    std::size_t sent = 0;
    while (sent < reply.size()) {
        sent +=
            co_await socket.async_write_some(asio::buffer(reply.data() + sent, reply.size() - sent),
                                             asio::redirect_error(await, problem));
        if (problem) co_return;
    }
    socket.shutdown(Socket::shutdown_both, problem);
}

void BeastServer::sweep() {
    const base::Duration shortest =
        std::min({core_.options.header_wait, core_.options.body_wait, core_.options.idle_wait});
    const std::int64_t pause = std::clamp<std::int64_t>(shortest.microseconds / 4, 10'000, 500'000);
    sweeper_.expires_after(std::chrono::microseconds(pause));
    sweeper_.async_wait([this](const SystemError& problem) {
        if (problem) return;
        const base::Duration now = base::elapsed_since_start();
        for (const auto& connection : core_.connections())
            connection->sweep(now);
        sweep();
    });
}

void BeastServer::stop(base::Duration wait) {
    const std::scoped_lock lock(stop_mutex_);
    if (stopped_) return;
    stopped_ = true;
    core_.draining = true;
    const auto close = [](Acceptor& acceptor) {
        asio::post(acceptor.get_executor(), [&acceptor] {
            SystemError ignored;
            acceptor.close(ignored);
        });
    };
    close(acceptor_);
    for (const auto& connection : core_.connections()) {
        connection->end(Connection::Ending::when_answered);
    }
    if (!core_.wait_until_empty(wait)) {
        for (const auto& connection : core_.connections()) {
            connection->end(Connection::Ending::at_once);
        }
    }
    core_.workers.stop();
    core_.wait_until_empty(base::seconds(1));
    close(metrics_acceptor_);
    work_.reset();
    io_.stop();
    for (std::thread& thread : threads_)
        thread.join();
    threads_.clear();
    // No thread is left that could run on a strand: what remains is closed from here.
    for (const auto& connection : core_.connections())
        connection->close();
}

}  // namespace

ServerCore::ServerCore(ServerOptions given, const Router& router, const base::Texts& texts,
                       Hooks hooks, Metrics& figures, std::string id_prefix)
    : options(std::move(given)),
      metrics(figures),
      gate(router, texts, std::move(hooks), figures),
      workers(std::max<std::size_t>(options.workers, 1), options.queue_max),
      open_connections(figures.gauge("http_connections", "Open connections of clients")),
      event_watchers(figures.gauge("http_event_watchers", "Open streams of events")),
      refused_connections(figures.counter("http_connections_refused_total",
                                          "Connections beyond the limit, closed at once")),
      queue_length(figures.gauge("http_queue_length", "Requests waiting for a worker thread")),
      id_prefix_(std::move(id_prefix)) {
}

void ServerCore::add(std::shared_ptr<Connection> connection) {
    const std::scoped_lock lock(mutex_);
    connections_.insert(std::move(connection));
    open_connections.set(static_cast<std::int64_t>(connections_.size()));
}

void ServerCore::remove(const std::shared_ptr<Connection>& connection) {
    const std::scoped_lock lock(mutex_);
    connections_.erase(connection);
    open_connections.set(static_cast<std::int64_t>(connections_.size()));
    if (connections_.empty()) emptied_.notify_all();
}

std::vector<std::shared_ptr<Connection>> ServerCore::connections() const {
    const std::scoped_lock lock(mutex_);
    return {connections_.begin(), connections_.end()};
}

bool ServerCore::wait_until_empty(base::Duration wait) {
    std::unique_lock lock(mutex_);
    return emptied_.wait_for(lock, std::chrono::microseconds(wait.microseconds),
                             [this] { return connections_.empty(); });
}

std::string ServerCore::next_request_id() {
    return id_prefix_ + '-' + std::to_string(requests_.fetch_add(1));
}

base::Result<std::unique_ptr<Server>> Server::start(ServerOptions options, const Router& router,
                                                    const base::Texts& texts, Hooks hooks) {
    auto server =
        std::make_unique<BeastServer>(std::move(options), router, texts, std::move(hooks));
    TRY(server->begin());
    return server;
}

}  // namespace http
