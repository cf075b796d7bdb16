#include "http/gate.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "base/crypto.h"
#include "base/hash.h"
#include "base/text.h"

namespace http {
namespace {

/// The statuses that are counted one by one; any other is counted as the last.
constexpr std::array counted_statuses{200, 201, 202, 204, 303, 304, 400, 401, 403, 404, 405, 408,
                                      409, 410, 412, 413, 415, 422, 428, 429, 431, 500, 503, 0};

constexpr std::size_t key_length_max = 200;

bool is_idempotency_key(std::string_view key) {
    return !key.empty() && key.size() <= key_length_max &&
           std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Keyed where there is a vault: the body may hold a password, which nobody shall find by trying.
std::string hash_of(const Request& request, const base::Vault* vault) {
    std::string text(to_string(request.method));
    // Each part with its length, so that no two requests give the same text.
    const auto add = [&text](std::string_view part) {
        text += '\n';
        text += std::to_string(part.size());
        text += ':';
        text += part;
    };
    add(request.path);
    for (const auto& [name, value] : request.query_all) {
        add(name);
        add(value);
    }
    add(request.header("content-type"));
    add(request.body);
    return vault == nullptr ? base::to_hex(base::sha256(text)) : vault->commit(text);
}

std::string header_or_empty(const Reply& reply, std::string_view name) {
    const std::string* value = reply.find_header(name);
    return value == nullptr ? std::string() : *value;
}

/// Forgets a running key however the handler ends.
class RunningKey {
  public:
    RunningKey(std::mutex& mutex, std::set<std::string>& keys, std::string key)
        : mutex_(mutex), keys_(keys), key_(std::move(key)) {
        const std::scoped_lock lock(mutex_);
        first_ = keys_.insert(key_).second;
    }
    ~RunningKey() {
        if (!first_) return;
        const std::scoped_lock lock(mutex_);
        keys_.erase(key_);
    }
    RunningKey(const RunningKey&) = delete;
    RunningKey& operator=(const RunningKey&) = delete;
    bool is_first() const { return first_; }

  private:
    std::mutex& mutex_;
    std::set<std::string>& keys_;
    std::string key_;
    bool first_ = false;
};

std::string methods_text(const std::vector<Method>& methods) {
    std::string text;
    for (const Method method : methods) {
        if (!text.empty()) text += ", ";
        text += to_string(method);
    }
    return text;
}

}  // namespace

struct Gate::RouteFigures {
    RouteFigures(Metrics& metrics, std::string_view method, std::string_view pattern)
        : latency(metrics.histogram(
              "http_request_seconds", "Time from the complete head to the finished answer",
              {{"method", std::string(method)}, {"route", std::string(pattern)}})) {
        for (std::size_t i = 0; i < counted_statuses.size(); ++i) {
            const int status = counted_statuses[i];
            labels[i] = {{"method", std::string(method)},
                         {"route", std::string(pattern)},
                         {"status", status == 0 ? "other" : std::to_string(status)}};
        }
    }
    void count(Metrics& metrics, int status) {
        std::size_t slot = 0;
        while (counted_statuses[slot] != status && counted_statuses[slot] != 0)
            ++slot;
        Counter* counter = counters[slot].load(std::memory_order_acquire);
        if (counter == nullptr) {
            counter = &metrics.counter("http_requests_total", "Requests by route and status",
                                       labels[slot]);
            counters[slot].store(counter, std::memory_order_release);
        }
        counter->add();
    }
    Histogram& latency;
    std::array<Labels, counted_statuses.size()> labels;
    std::array<std::atomic<Counter*>, counted_statuses.size()> counters{};
};

Gate::Gate(const Router& router, const base::Texts& texts, Hooks hooks, Metrics& metrics)
    : router_(router),
      texts_(texts),
      hooks_(std::move(hooks)),
      rate_limit_(hooks_.rate_per_minute),
      access_log_(spdlog::get("access")) {
    hooks_.metrics = &metrics;
    for (const auto& route : router.routes()) {
        figures_[route.get()] =
            std::make_unique<RouteFigures>(metrics, to_string(route->method), route->pattern);
    }
    unmatched_ = std::make_unique<RouteFigures>(metrics, "any", "unmatched");
}

Gate::~Gate() = default;

void Gate::answer(Exchange& exchange) {
    Request& request = exchange.request;
    try {
        base::Result<Reply> reply = pass(exchange);
        if (reply) return finish(exchange, std::move(*reply));
        if (reply.error().kind == base::ErrorKind::internal) {
            spdlog::error("request {}: {}", request.id, base::describe(reply.error()));
        }
        finish(exchange, render(reply.error(), request));
    } catch (const std::exception& exception) {
        spdlog::error("request {}: exception in the handler: {}", request.id, exception.what());
        refuse_at_once(
            exchange,
            base::error(base::ErrorKind::internal, "internal_error").with("request", request.id));
    }
}

bool Gate::answer_ready(Exchange& exchange) {
    if (!hooks_.ready || exchange.refusal || exchange.match.route == nullptr) return false;
    std::optional<Reply> reply = hooks_.ready(exchange.request);
    // Beyond the limit the refusal is drawn where refusals are drawn; the token stays untaken here.
    if (!reply || !limit_rate(exchange, scope_of(exchange.request))) return false;
    finish(exchange, std::move(*reply));
    return true;
}

void Gate::refuse_at_once(Exchange& exchange, const base::Error& error) {
    finish(exchange, problem(error, exchange.request.language, texts_));
}

base::Result<Reply> Gate::pass(Exchange& exchange) {
    Request& request = exchange.request;
    if (hooks_.authenticate) hooks_.authenticate(request);
    const std::string scope = scope_of(request);
    TRY(limit_rate(exchange, scope));
    if (exchange.refusal) return base::refuse(*exchange.refusal);
    const Router::Route* route = exchange.match.route;
    if (route == nullptr && exchange.match.allowed.empty()) {
        return base::refuse(base::not_found("page_not_found").with("path", request.path));
    }
    if (route == nullptr) {
        const std::string allowed = methods_text(exchange.match.allowed);
        return base::refuse(base::malformed("method_not_allowed").with("allowed", allowed));
    }
    if (route->info.signed_in && !request.session.has_value()) {
        return base::refuse(base::error(base::ErrorKind::unauthenticated, "not_signed_in"));
    }
    if (hooks_.admit) TRY(hooks_.admit(request));
    if (!route->info.creates || hooks_.idempotency == nullptr) return handle(exchange);
    const std::string key = request.header("idempotency-key");
    if (key.empty()) return handle(exchange);
    if (!is_idempotency_key(key)) {
        return base::refuse(base::malformed("idempotency_key_malformed"));
    }
    return handle_once(exchange, scope, key);
}

base::Result<Reply> Gate::handle(const Exchange& exchange) {
    return exchange.match.route->handler(exchange.request);
}

base::Result<Reply> Gate::handle_once(Exchange& exchange, const std::string& scope,
                                      const std::string& key) {
    const RunningKey running(running_mutex_, running_, scope + '\n' + key);
    if (!running.is_first()) return base::refuse(base::conflict("request_in_progress"));
    const std::string hash = hash_of(exchange.request, hooks_.idempotency->vault());
    if (auto known = hooks_.idempotency->recall(scope, key)) {
        if (known->request_hash != hash)
            return base::refuse(base::conflict("idempotency_conflict"));
        return repeated(known->status, std::move(known->content_type), std::move(known->body),
                        known->location, known->etag);
    }
    const auto once =
        std::make_shared<OnceKey>(OnceKey{scope, key, hash, hooks_.idempotency->vault()});
    exchange.request.once = once;
    Reply reply = TRY(handle(exchange));
    if (once->kept || !is_repeatable(reply)) return reply;
    hooks_.idempotency->remember(scope, key,
                                 {.request_hash = hash,
                                  .status = reply.status,
                                  .content_type = reply.content_type,
                                  .body = reply.body,
                                  .location = header_or_empty(reply, "Location"),
                                  .etag = header_or_empty(reply, "ETag")});
    return reply;
}

Reply Gate::render(const base::Error& error, const Request& request) const {
    Reply reply = request.wants_html && hooks_.render_error
                      ? hooks_.render_error(error, request)
                      : problem(error, request.language, texts_);
    if (const auto allowed = error.parameters.find("allowed");
        allowed != error.parameters.end() && reply.status == 405) {
        reply.headers["Allow"] = allowed->second;
    }
    if (const auto seconds = error.parameters.find("seconds");
        seconds != error.parameters.end() && reply.status == 429) {
        reply.headers["Retry-After"] = seconds->second;
    }
    return reply;
}

base::Status Gate::limit_rate(const Exchange& exchange, const std::string& scope) {
    const Router::Route* route = exchange.match.route;
    const int cost = route == nullptr ? 1 : route->info.cost;
    const auto wait = rate_limit_.take(scope, cost, base::elapsed_since_start());
    if (!wait) return {};
    return base::refuse(base::error(base::ErrorKind::rate_limited, "too_many_requests")
                            .with("seconds", std::to_string(*wait)));
}

std::string Gate::scope_of(const Request& request) const {
    return hooks_.scope_of ? hooks_.scope_of(request) : request.remote_address;
}

void Gate::finish(Exchange& exchange, Reply reply) {
    exchange.wire = to_wire(std::move(reply), exchange.request, exchange.persistence, clock_.now());
    record(exchange);
}

void Gate::record(const Exchange& exchange) {
    const Router::Route* route = exchange.match.route;
    RouteFigures& figures = route == nullptr ? *unmatched_ : *figures_.at(route);
    const base::Duration length{base::elapsed_since_start().microseconds -
                                exchange.started.microseconds};
    figures.count(*hooks_.metrics, exchange.wire.status);
    figures.latency.observe(length);
    if (access_log_ == nullptr) return;
    const std::size_t bytes = exchange.wire.file
                                  ? static_cast<std::size_t>(exchange.wire.file.size())
                                  : exchange.wire.body.size();
    // Every value is a number, a route of ours or an id of safe characters: no escaping needed.
    access_log_->info(R"({{"at":"{}","id":"{}","method":"{}","route":"{}",)"
                      R"("status":{},"bytes":{},"microseconds":{}}})",
                      base::to_iso(clock_.now()), exchange.request.id,
                      to_string(exchange.request.method), route == nullptr ? "" : route->pattern,
                      exchange.wire.status, bytes, length.microseconds);
}

}  // namespace http
