#include "app/kept_pages.h"

#include <algorithm>
#include <span>

#include "base/hash.h"
#include "http/decode.h"
#include "http/wire_reply.h"

namespace app {
namespace {

bool is_plain_visit(const http::Request& request) {
    bool reads = request.method == http::Method::get || request.method == http::Method::head;
    bool nameless = std::all_of(request.cookies.begin(), request.cookies.end(),
                                [](const auto& c) { return c.first == http::language_cookie; });
    return reads && nameless && request.query_all.empty() && !request.session.has_value() &&
           !request.headers.contains("authorization");
}

std::string key_of(const http::Request& request) {
    return std::string(base::tag_of(request.language)) + request.path;
}

bool takes_gzip(const http::Request& request) {
    auto accepted = request.headers.find("accept-encoding");
    return accepted != request.headers.end() && http::accepts_coding(accepted->second, "gzip");
}

/// The reply compressed once for all; null when it is too small to be worth it.
std::shared_ptr<const http::Reply> packed(const http::Reply& reply) {
    if (reply.body.size() <= http::gzip_bytes_min) return nullptr;
    auto result = std::make_shared<http::Reply>(reply);
    result->body = http::gzip(reply.body);
    result->headers["Content-Encoding"] = "gzip";
    return result;
}

}  // namespace

std::optional<KeptPages::Kept> KeptPages::find(const std::string& key) {
    Live::Position position = live_.latest();
    base::Time now = clock_.now();
    std::lock_guard lock(mutex_);
    auto found = pages_.find(key);
    if (found == pages_.end() || found->second.position != position ||
        now - found->second.drawn_at >= base::seconds(30)) {
        return {};
    }
    return found->second;
}

void KeptPages::keep(const std::string& key, Kept kept) {
    std::lock_guard lock(mutex_);
    if (pages_.size() >= pages_max) pages_.clear();
    pages_.insert_or_assign(key, std::move(kept));
}

std::optional<http::Reply> KeptPages::ready(const http::Request& request) {
    if (!is_plain_visit(request)) return {};
    std::optional<Kept> kept = find(key_of(request));
    if (!kept) return {};
    if (!takes_gzip(request)) return *kept->plain;
    if (kept->packed) return *kept->packed;
    return {};
}

base::Result<http::Reply> KeptPages::give(const http::Request& request, const Draw& draw) {
    if (!is_plain_visit(request)) return draw();
    std::string key = key_of(request);
    std::optional<Kept> kept = find(key);
    if (!kept) {
        kept.emplace();
        // Before the page is drawn: what is committed meanwhile makes it old at once.
        kept->position = live_.latest();
        kept->drawn_at = clock_.now();
        http::Reply reply = TRY(draw());
        if (reply.status != 200 || !reply.cookies.empty()) return reply;
        // Weak, because it stands for both codings of the page.
        base::Digest hash = base::sha256(reply.body);
        reply.headers["ETag"] = "W/\"" + base::to_hex(std::span(hash).first(16)) + "\"";
        kept->plain = std::make_shared<const http::Reply>(std::move(reply));
    } else if (!takes_gzip(request) || kept->packed) {
        return takes_gzip(request) ? *kept->packed : *kept->plain;
    }
    if (takes_gzip(request)) kept->packed = packed(*kept->plain);
    keep(key, *kept);
    return kept->packed && takes_gzip(request) ? *kept->packed : *kept->plain;
}

}  // namespace app
