#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "http/metrics.h"
#include "http/rate_limit.h"
#include "http/router.h"
#include "http/server.h"
#include "http/wire_reply.h"

namespace spdlog {
class logger;
}

namespace http {

/// A request on its way through the server.
struct Exchange {
    Request request;
    Router::Match match;
    /// Found wrong before the handler's turn (a bad path, a body beyond its limit).
    std::optional<base::Error> refusal;
    Persistence persistence = Persistence::close;
    base::Duration started;
    WireReply wire;
};

/// Everything between a parsed request and a finished reply that is not network: rate limit,
/// authentication, permission hook, idempotency, the handler, refusals, figures and the access log.
/// Runs on worker threads; thread-safe.
class Gate {
  public:
    Gate(const Router& router, const base::Texts& texts, Hooks hooks, Metrics& metrics);
    ~Gate();

    const Router& router() const { return router_; }
    /// Fills exchange.wire. Never throws: a handler's exception becomes `internal_error`.
    void answer(Exchange& exchange);
    /// Fills exchange.wire if an answer lies ready (Hooks::ready) and the rate limit is kept; false:
    /// the request has to go to a worker. For I/O threads.
    bool answer_ready(Exchange& exchange);
    /// The reply to a refusal that needs no handler and no hook; for I/O threads.
    void refuse_at_once(Exchange& exchange, const base::Error& error);

  private:
    struct RouteFigures;
    base::Result<Reply> pass(Exchange& exchange);
    base::Result<Reply> handle(const Exchange& exchange);
    base::Result<Reply> handle_once(Exchange& exchange, const std::string& scope,
                                    const std::string& key);
    Reply render(const base::Error& error, const Request& request) const;
    base::Status limit_rate(const Exchange& exchange, const std::string& scope);
    std::string scope_of(const Request& request) const;
    void finish(Exchange& exchange, Reply reply);
    void record(const Exchange& exchange);

    const Router& router_;
    const base::Texts& texts_;
    Hooks hooks_;
    base::SystemClock clock_;
    RateLimit rate_limit_;
    std::unordered_map<const Router::Route*, std::unique_ptr<RouteFigures>> figures_;
    std::unique_ptr<RouteFigures> unmatched_;
    std::shared_ptr<spdlog::logger> access_log_;
    std::mutex running_mutex_;
    std::set<std::string> running_;  ///< idempotency keys whose first request is not answered yet
};

}  // namespace http
