#include "http/wire_reply.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "http/decode.h"

namespace http {
namespace {

struct Header {
    std::string_view name;
    std::string_view value;
};

/// What every reply carries unless the handler says otherwise.
constexpr std::array security_headers{
    Header{"Content-Security-Policy",
           "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
           "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
    Header{"X-Content-Type-Options", "nosniff"},
    Header{"Referrer-Policy", "same-origin"},
    Header{"Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"},
    Header{"Cross-Origin-Opener-Policy", "same-origin"},
};

std::string_view reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 422:
            return "Unprocessable Content";
        case 428:
            return "Precondition Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        default:
            return "Status";
    }
}

/// A line end in a value would let a caller's data write headers of its own.
void append_clean(std::string& out, std::string_view value) {
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7f ? ' ' : c;
    }
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    append_clean(out, value);
    out += "\r\n";
}

/// True if If-None-Match names `tag`, compared weakly and whatever the coding it was sent in.
bool names_tag(std::string_view header, std::string_view tag) {
    const auto bare = [](std::string_view text) {
        if (text.starts_with("W/")) text.remove_prefix(2);
        if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
        if (text.ends_with("-gz")) text.remove_suffix(3);
        return text;
    };
    for (const std::string& item : base::split(header, ',')) {
        const std::string candidate = base::trim(item);
        if (candidate == "*" || bare(candidate) == bare(tag)) return true;
    }
    return false;
}

/// Opens the file of a reply, or turns the reply into a bare 404.
void open_file(Reply& reply, WireReply& wire, std::string& tag) {
    const int descriptor = ::open(reply.file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat facts{};
    if (descriptor >= 0) wire.file = OpenFile(descriptor, 0);
    if (descriptor < 0 || fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        wire.file = OpenFile();
        reply = text("not found\n", "text/plain; charset=utf-8");
        reply.status = 404;
        return;
    }
    wire.file.set_size(facts.st_size);
    const std::int64_t changed = facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec;
    tag = '"' + std::to_string(facts.st_size) + '-' + std::to_string(changed) + '"';
}

void append_caching(std::string& head, const Reply& reply, const Request& request) {
    if (reply.find_header("Cache-Control") == nullptr) {
        const bool personal =
            !reply.cookies.empty() || request.session.has_value() || reply.events != nullptr;
        append_header(head, "Cache-Control", personal ? "private, no-store" : "no-cache");
    }
    if (reply.find_header("Vary") == nullptr) {
        append_header(head, "Vary", "Accept-Encoding, Accept-Language, Cookie");
    }
}

/// The tag of the reply: the handler's, the file's, or a hash of the body of a plain answer to GET.
std::string choose_tag(const Reply& reply, const Request& request, std::string file_tag) {
    if (const std::string* own = reply.find_header("ETag")) return *own;
    if (!file_tag.empty()) return file_tag;
    const bool reads = request.method == Method::get || request.method == Method::head;
    if (!reads || reply.status != 200 || reply.events != nullptr) return {};
    const base::Digest hash = base::sha256(reply.body);
    return '"' + base::to_hex(std::span(hash).first(16)) + '"';
}

bool answers_not_modified(const Reply& reply, const Request& request, const std::string& tag) {
    const bool reads = request.method == Method::get || request.method == Method::head;
    if (!reads || reply.status != 200 || tag.empty()) return false;
    const auto known = request.headers.find("if-none-match");
    return known != request.headers.end() && names_tag(known->second, tag);
}

bool may_compress(const Reply& reply, const Request& request) {
    if (!is_compressible(reply.content_type)) return false;
    const auto accepted = request.headers.find("accept-encoding");
    return accepted != request.headers.end() && accepts_coding(accepted->second, "gzip") &&
           reply.find_header("Content-Encoding") == nullptr;
}

/// Compresses the body, or a file that is worth keeping compressed. True if it did.
bool compress(Reply& reply, WireReply& wire, const std::string& tag) {
    if (wire.file) {
        const auto packed = gzip_file(wire.file, reply.file.string() + '\n' + tag);
        if (packed == nullptr) return false;
        reply.body = *packed;
        wire.file = OpenFile();
        return true;
    }
    if (reply.body.size() <= gzip_bytes_min) return false;
    reply.body = gzip(reply.body);
    return true;
}

/// The security headers as they stand in almost every reply.
const std::string& security_block() {
    static const std::string block = [] {
        std::string text;
        for (const Header& header : security_headers)
            append_header(text, header.name, header.value);
        return text;
    }();
    return block;
}

void append_own_headers(std::string& head, const Reply& reply) {
    for (const auto& [name, value] : reply.headers) {
        if (base::to_lower_ascii(name) == "etag") continue;
        append_header(head, name, value);
    }
    bool replaced =
        std::any_of(security_headers.begin(), security_headers.end(),
                    [&](auto& header) { return reply.find_header(header.name) != nullptr; });
    if (!replaced) head += security_block();
    for (const Header& header : security_headers) {
        if (replaced && !reply.find_header(header.name)) {
            append_header(head, header.name, header.value);
        }
    }
    for (const std::string& cookie : reply.cookies)
        append_header(head, "Set-Cookie", cookie);
}

}  // namespace

OpenFile::OpenFile(OpenFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {
}

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(size_, other.size_);
    return *this;
}

OpenFile::~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::string http_date(base::Time moment) {
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::int64_t seconds = moment.microseconds / 1'000'000;
    const std::int64_t of_day = seconds % 86'400;
    const base::Date date = base::Date::from_days(seconds / 86'400);
    const auto two = [](std::int64_t number) { return std::to_string(100 + number).substr(1); };
    return std::string(days[static_cast<std::size_t>(date.weekday())]) + ", " + two(date.day) +
           ' ' + months[static_cast<std::size_t>(date.month - 1)] + ' ' +
           std::to_string(date.year) + ' ' + two(of_day / 3600) + ':' + two(of_day / 60 % 60) +
           ':' + two(of_day % 60) + " GMT";
}

WireReply to_wire(Reply reply, const Request& request, Persistence persistence, base::Time now) {
    WireReply wire;
    std::string tag;
    if (!reply.file.empty()) open_file(reply, wire, tag);
    tag = choose_tag(reply, request, std::move(tag));
    const bool not_modified = answers_not_modified(reply, request, tag);
    if (not_modified) reply.status = 304;
    const bool compressed =
        !not_modified && may_compress(reply, request) && compress(reply, wire, tag);
    // Another coding is another representation; a version tag must stay what If-Match will name.
    if (compressed && !tag.empty() && reply.find_header("ETag") == nullptr) {
        tag.insert(tag.size() - 1, "-gz");
    }

    wire.status = reply.status;
    wire.events = reply.events;
    wire.persistence = wire.events ? Persistence::close : persistence;
    std::string& head = wire.head;
    head.reserve(1024);
    head += "HTTP/1.1 ";
    head += std::to_string(reply.status);
    head += ' ';
    head += reason_of(reply.status);
    head += "\r\n";
    append_header(head, "Date", http_date(now));
    const bool bodiless = reply.status == 204 || reply.status == 304;
    if (!reply.content_type.empty() && !bodiless) {
        append_header(head, "Content-Type", reply.content_type);
    }
    const auto length = wire.file ? wire.file.size() : static_cast<std::int64_t>(reply.body.size());
    if (!wire.events && !bodiless) append_header(head, "Content-Length", std::to_string(length));
    if (compressed) append_header(head, "Content-Encoding", "gzip");
    if (!tag.empty()) append_header(head, "ETag", tag);
    if (wire.events) append_header(head, "X-Accel-Buffering", "no");
    append_caching(head, reply, request);
    append_header(head, "X-Request-Id", request.id);
    append_own_headers(head, reply);
    head += wire.persistence == Persistence::close ? "Connection: close\r\n\r\n"
                                                   : "Connection: keep-alive\r\n\r\n";
    if (bodiless || request.method == Method::head) {
        wire.file = OpenFile();
        wire.events = nullptr;
    } else {
        wire.body = std::move(reply.body);
    }
    return wire;
}

}  // namespace http
