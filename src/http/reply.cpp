#include "http/reply.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "http/decode.h"

namespace http {
namespace {

using base::ErrorKind;

base::json::object describe_problem(const base::Error& error, base::Language language,
                                    const base::Texts& texts) {
    base::json::object object;
    object["code"] = error.code;
    object["title"] = texts.explain(language, error);
    if (!error.field.empty()) object["field"] = error.field;
    if (!error.clause.empty()) object["clause"] = error.clause;
    if (!error.parameters.empty()) {
        base::json::object& parameters = object["parameters"].emplace_object();
        for (const auto& [key, value] : error.parameters)
            parameters[key] = value;
    }
    if (!error.causes.empty()) {
        base::json::array& causes = object["causes"].emplace_array();
        for (const base::Error& cause : error.causes) {
            causes.push_back(describe_problem(cause, language, texts));
        }
    }
    return object;
}

}  // namespace

const std::string* Reply::find_header(std::string_view name) const {
    const std::string wanted = base::to_lower_ascii(name);
    for (const auto& [key, value] : headers) {
        if (key.size() == wanted.size() && base::to_lower_ascii(key) == wanted) return &value;
    }
    return nullptr;
}

Reply&& Reply::with_version(std::int64_t version) && {
    headers.insert_or_assign("ETag", '"' + std::to_string(version) + '"');
    return std::move(*this);
}

Reply ok(const base::json::value& body) {
    return {.content_type = "application/json", .body = base::json::serialize(body)};
}

Reply created(const base::json::value& body, std::string location) {
    Reply reply = ok(body);
    reply.status = 201;
    reply.headers["Location"] = std::move(location);
    return reply;
}

Reply no_content() {
    return {.status = 204, .content_type = {}};
}

Reply html(std::string page, int status) {
    return {.status = status, .content_type = "text/html; charset=utf-8", .body = std::move(page)};
}

Reply text(std::string body, std::string content_type) {
    return {.content_type = std::move(content_type), .body = std::move(body)};
}

Reply file(std::filesystem::path path, std::string content_type, std::string_view file_name) {
    Reply reply{.content_type = std::move(content_type), .file = std::move(path)};
    if (!file_name.empty()) {
        reply.headers["Content-Disposition"] = attachment_disposition(file_name);
    }
    return reply;
}

Reply stream(std::shared_ptr<EventStream> events) {
    return {.content_type = "text/event-stream", .events = std::move(events)};
}

Reply attachment(std::string bytes, std::string content_type, std::string_view file_name) {
    Reply reply{.content_type = std::move(content_type), .body = std::move(bytes)};
    reply.headers["Content-Disposition"] = attachment_disposition(file_name);
    return reply;
}

Reply see_other(std::string location) {
    Reply reply{.status = 303, .content_type = {}};
    reply.headers["Location"] = std::move(location);
    return reply;
}

bool is_repeatable(const Reply& reply) {
    return reply.status < 400 && reply.cookies.empty() && reply.file.empty() &&
           reply.events == nullptr;
}

Reply repeated(int status, std::string content_type, std::string body, const std::string& location,
               const std::string& etag) {
    Reply reply{.status = status, .content_type = std::move(content_type)};
    reply.body = std::move(body);
    if (!location.empty()) reply.headers["Location"] = location;
    if (!etag.empty()) reply.headers["ETag"] = etag;
    reply.headers["Idempotency-Replayed"] = "true";
    return reply;
}

std::string attachment_disposition(std::string_view file_name) {
    const std::size_t slash = file_name.find_last_of("/\\");
    if (slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
    std::string clean;
    std::string ascii;
    bool in_multibyte = false;
    for (const char c : file_name.substr(0, 400)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) continue;
        clean += c;
        // One "_" per character that ASCII does not have.
        if (byte < 0x80) {
            ascii += c == '"' || c == '%' || c == ';' ? '_' : c;
        } else if (byte >= 0xc0 || !in_multibyte) {
            ascii += '_';
        }
        in_multibyte = byte >= 0x80;
    }
    if (clean.empty() || !base::is_valid_utf8(clean)) clean = ascii = "download";
    std::string value = "attachment; filename=\"" + ascii + "\"";
    if (clean != ascii) value += "; filename*=UTF-8''" + percent_encode(clean);
    return value;
}

Reply problem(const base::Error& error, base::Language language, const base::Texts& texts) {
    base::json::object object = describe_problem(error, language, texts);
    const int status = status_of(error);
    object["type"] = "/errors/" + percent_encode(error.code);
    object["status"] = status;
    Reply reply{.status = status,
                .content_type = "application/problem+json",
                .body = base::json::serialize(object)};
    reply.headers["Content-Language"] = std::string(base::tag_of(language));
    if (const auto wait = error.parameters.find("seconds");
        wait != error.parameters.end() && (status == 429 || status == 503)) {
        reply.headers["Retry-After"] = wait->second;
    }
    return reply;
}

int status_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid:
            return 422;
        case ErrorKind::malformed:
            return 400;
        case ErrorKind::unauthenticated:
            return 401;
        case ErrorKind::forbidden:
            return 403;
        case ErrorKind::not_found:
            return 404;
        case ErrorKind::conflict:
            return 409;
        case ErrorKind::stale:
            return 412;
        case ErrorKind::precondition_required:
            return 428;
        case ErrorKind::too_large:
            return 413;
        case ErrorKind::unsupported:
            return 415;
        case ErrorKind::rate_limited:
            return 429;
        case ErrorKind::unavailable:
            return 503;
        case ErrorKind::internal:
            return 500;
    }
    CHECK_WITH(false, "a kind of error outside the enumeration");
    return 500;
}

int status_of(const base::Error& error) {
    if (error.code == "method_not_allowed") return 405;
    if (error.code == "request_timed_out") return 408;
    if (error.code == "header_too_large") return 431;
    if (error.code == "method_unknown") return 501;
    return status_of(error.kind);
}

}  // namespace http
