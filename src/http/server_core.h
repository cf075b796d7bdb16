#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "http/gate.h"
#include "http/proxies.h"
#include "http/server.h"
#include "http/workers.h"

namespace http {

class Connection;

/// What all connections of one server share. Outlives them.
struct ServerCore {
    ServerCore(ServerOptions given, const Router& router, const base::Texts& texts, Hooks hooks,
               Metrics& figures, std::string id_prefix);

    void add(std::shared_ptr<Connection> connection);
    void remove(const std::shared_ptr<Connection>& connection);
    std::vector<std::shared_ptr<Connection>> connections() const;
    /// True when all connections are gone, waiting for that at most so long.
    bool wait_until_empty(base::Duration wait);
    std::string next_request_id();

    const ServerOptions options;
    TrustedProxies proxies;  ///< of the options, set before the first connection
    Metrics& metrics;
    Gate gate;
    Workers workers;
    std::atomic<bool> draining{false};
    Gauge& open_connections;
    Gauge& event_watchers;
    Counter& refused_connections;
    Gauge& queue_length;

  private:
    const std::string id_prefix_;
    std::atomic<std::uint64_t> requests_{0};
    mutable std::mutex mutex_;
    std::condition_variable emptied_;
    std::unordered_set<std::shared_ptr<Connection>> connections_;
};

}  // namespace http
