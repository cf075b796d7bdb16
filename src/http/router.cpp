#include "http/router.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/check.h"

namespace http {
namespace {

constexpr std::size_t method_count = 6;
constexpr std::size_t segments_max = 64;

std::vector<std::string_view> split_path(std::string_view path) {
    std::vector<std::string_view> segments;
    path.remove_prefix(1);
    while (segments.size() <= segments_max) {
        const std::size_t slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) break;
        path.remove_prefix(slash + 1);
    }
    return segments;
}

bool is_name(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool is_rest(std::string_view segment) {
    return is_name(segment) && segment[segment.size() - 2] == '*';
}

}  // namespace

/// One place in the tree of patterns: children by literal segment, one child for any name.
struct Router::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> named;
    std::array<const Route*, method_count> here{};
    std::array<const Route*, method_count> rest{};  ///< patterns that end in {name*} after this

    using Routes = std::array<const Route*, method_count>;

    static const Route* choose(const Routes& routes, Method method, std::vector<Method>& allowed) {
        const Route* route = routes[static_cast<std::size_t>(method)];
        if (route == nullptr && method == Method::head) {
            route = routes[static_cast<std::size_t>(Method::get)];
        }
        if (route != nullptr) return route;
        for (std::size_t i = 0; i < method_count; ++i) {
            if (routes[i] == nullptr) continue;
            allowed.push_back(static_cast<Method>(i));
            if (i == static_cast<std::size_t>(Method::get)) allowed.push_back(Method::head);
        }
        return nullptr;
    }

    const Route* find(Method method, std::span<const std::string_view> segments,
                      std::vector<Method>& allowed) const {
        if (segments.empty()) {
            if (const Route* route = choose(here, method, allowed)) return route;
            return nullptr;
        }
        if (const auto literal = literals.find(segments.front()); literal != literals.end()) {
            const Route* route = literal->second->find(method, segments.subspan(1), allowed);
            if (route != nullptr) return route;
        }
        if (named != nullptr && !segments.front().empty()) {
            const Route* route = named->find(method, segments.subspan(1), allowed);
            if (route != nullptr) return route;
        }
        return choose(rest, method, allowed);
    }
};

void Router::get(std::string pattern, RouteInfo info, Handler handler) {
    add(Method::get, std::move(pattern), std::move(info), std::move(handler));
}
void Router::post(std::string pattern, RouteInfo info, Handler handler) {
    add(Method::post, std::move(pattern), std::move(info), std::move(handler));
}
void Router::put(std::string pattern, RouteInfo info, Handler handler) {
    add(Method::put, std::move(pattern), std::move(info), std::move(handler));
}
void Router::patch(std::string pattern, RouteInfo info, Handler handler) {
    add(Method::patch, std::move(pattern), std::move(info), std::move(handler));
}
void Router::del(std::string pattern, RouteInfo info, Handler handler) {
    add(Method::del, std::move(pattern), std::move(info), std::move(handler));
}

void Router::add(Method method, std::string pattern, RouteInfo info, Handler handler) {
    CHECK_WITH(pattern.starts_with('/'), pattern);
    CHECK_WITH(handler != nullptr, pattern);
    routes_.push_back(std::make_unique<Route>(
        Route{method, std::move(pattern), std::move(info), std::move(handler)}));
    const Route& route = *routes_.back();
    if (root_ == nullptr) root_ = std::make_shared<Node>();
    Node* node = root_.get();
    const auto segments = split_path(route.pattern);
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (is_rest(segments[i])) {
            CHECK_WITH(i + 1 == segments.size(), route.pattern);
            const Route*& slot = node->rest[static_cast<std::size_t>(method)];
            CHECK_WITH(slot == nullptr, route.pattern);
            slot = &route;
            return;
        }
        std::unique_ptr<Node>& next =
            is_name(segments[i]) ? node->named : node->literals[std::string(segments[i])];
        if (next == nullptr) next = std::make_unique<Node>();
        node = next.get();
    }
    const Route*& slot = node->here[static_cast<std::size_t>(method)];
    CHECK_WITH(slot == nullptr, route.pattern);
    slot = &route;
}

void Router::schema(std::string name, base::json::object schema) {
    CHECK_WITH(!schemas_.contains(name), name);
    schemas_[name] = std::move(schema);
}

Router::Match Router::find(Method method, std::string_view path) const {
    Match match;
    if (root_ == nullptr || !path.starts_with('/')) return match;
    const auto segments = split_path(path);
    if (segments.size() > segments_max) return match;
    match.route = root_->find(method, segments, match.allowed);
    if (match.route == nullptr) {
        std::sort(match.allowed.begin(), match.allowed.end());
        match.allowed.erase(std::unique(match.allowed.begin(), match.allowed.end()),
                            match.allowed.end());
        return match;
    }
    match.allowed.clear();
    const auto names = split_path(match.route->pattern);
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!is_name(names[i])) continue;
        std::string_view name = names[i].substr(1, names[i].size() - 2);
        if (!is_rest(names[i])) {
            match.path_values.emplace(name, segments[i]);
            continue;
        }
        name.remove_suffix(1);
        const char* from = segments[i].data();
        match.path_values.emplace(name, std::string(from, path.data() + path.size()));
    }
    return match;
}

}  // namespace http
