#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/texts.h"
#include "http/metrics.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/router.h"

namespace http {

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;       ///< 0: any free port, see Server::port
    std::uint16_t metrics_port = 0;  ///< 0: no metrics endpoint
    std::size_t io_threads = 2;
    std::size_t workers = 8;       ///< threads on which handlers run
    std::size_t queue_max = 2000;  ///< waiting requests beyond which 503 is answered
    std::size_t header_bytes_max = 32 << 10;
    std::size_t connections_max = 20'000;
    base::Duration header_wait = base::seconds(10);
    base::Duration body_wait = base::seconds(60);
    base::Duration idle_wait = base::seconds(75);
    /// Peers whose X-Forwarded-For and X-Request-Id are believed: addresses or networks of the load
    /// balancer, see TrustedProxies. `proxy_malformed` from Server::start.
    std::vector<std::string> trusted_proxies = {};
};

/// Remembers the answers to requests with an Idempotency-Key; backed by the store, supplied by
/// `app`. Only answers below 400 are remembered: a refusal changed nothing and may be tried again.
/// Most answers are kept by the transaction that had the effect (Request::once); `remember` takes
/// the others, after the fact. Called from worker threads; must be thread-safe.
class IdempotencyMemory {
  public:
    virtual ~IdempotencyMemory() = default;
    struct Remembered {
        std::string request_hash;
        int status;
        std::string content_type;
        std::string body;
        std::string location;
        std::string etag = {};
    };
    /// Seals what is kept; null: kept in clear.
    virtual const base::Vault* vault() const { return nullptr; }
    virtual std::optional<Remembered> recall(std::string_view scope, std::string_view key) = 0;
    virtual void remember(std::string_view scope, std::string_view key,
                          const Remembered& answer) = 0;
};

/// What `app` plugs into the request path; all may be null.
struct Hooks {
    /// Sets request.session and request.language from cookie or bearer token.
    std::function<void(Request&)> authenticate;
    /// CSRF and origin check for changing requests with a session cookie.
    std::function<base::Status(const Request&)> admit;
    /// Scope of rate limit and idempotency: account id or address.
    std::function<std::string(const Request&)> scope_of;
    std::function<Reply(const base::Error&, const Request&)> render_error;
    /// An answer that lies ready in memory, given before authentication: only what any visitor may
    /// have. Asked on the I/O threads, so it must not wait for anything. Nothing: the usual way.
    std::function<std::optional<Reply>(const Request&)> ready;
    IdempotencyMemory* idempotency = nullptr;
    /// Tokens per minute per scope; 0 switches the limit off.
    int rate_per_minute = 600;
    /// Where the figures go and others may add theirs; the server makes its own when null.
    Metrics* metrics = nullptr;
};

/// Accepts connections with Beast coroutines, runs handlers on worker threads, never the other way
/// round. Adds security headers (CSP without inline script, nosniff, frame-ancestors, referrer),
/// gzip for compressible bodies, ETag handling (304), HEAD, 405 with Allow. Writes one JSON line
/// per request to the spdlog logger named "access" when there is one (no query, no address, no path
/// values: the route's pattern). A body must arrive within body_wait plus one second per 16 KB.
class Server {
  public:
    static base::Result<std::unique_ptr<Server>> start(ServerOptions options, const Router& router,
                                                       const base::Texts& texts, Hooks hooks);
    virtual ~Server() = default;
    virtual std::uint16_t port() const = 0;
    /// Stops accepting, lets running requests finish (at most `wait`), closes streams.
    virtual void stop(base::Duration wait) = 0;
};

}  // namespace http
