#include "http/request.h"

#include <charconv>

#include "base/check.h"
#include "http/decode.h"
#include "http/multipart.h"

namespace http {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size() || text.empty()) return {};
    return number;
}

base::Error unsupported(std::string_view expected, std::string_view got) {
    return base::error(base::ErrorKind::unsupported, "content_type_unsupported")
        .with("expected", expected)
        .with("got", got.substr(0, 100));
}

}  // namespace

std::string_view to_string(Method method) {
    switch (method) {
        case Method::get:
            return "GET";
        case Method::head:
            return "HEAD";
        case Method::post:
            return "POST";
        case Method::put:
            return "PUT";
        case Method::patch:
            return "PATCH";
        case Method::del:
            return "DELETE";
    }
    CHECK_WITH(false, "a method outside the enumeration");
    return {};
}

const std::string& Request::value(std::string_view name) const {
    const auto found = path_values.find(std::string(name));
    CHECK_WITH(found != path_values.end(), name);
    return found->second;
}

std::string Request::query_or(std::string_view name, std::string_view fallback) const {
    const auto found = query.find(std::string(name));
    return found == query.end() ? std::string(fallback) : found->second;
}

base::Result<std::int64_t> Request::query_integer(std::string_view name, std::int64_t fallback,
                                                  std::int64_t minimum,
                                                  std::int64_t maximum) const {
    const auto found = query.find(std::string(name));
    if (found == query.end() || found->second.empty()) return fallback;
    const auto number = whole_number(found->second);
    if (!number || *number < minimum || *number > maximum) {
        return base::refuse(base::malformed("query_malformed")
                                .at(name)
                                .with("name", name)
                                .with("min", std::to_string(minimum))
                                .with("max", std::to_string(maximum)));
    }
    return *number;
}

std::string Request::header(std::string_view name) const {
    const auto found = headers.find(std::string(name));
    return found == headers.end() ? std::string() : found->second;
}

base::Result<base::json::object> Request::json() const {
    const std::string type = media_type(header("content-type"));
    const bool is_json = type == "application/json" || type == "application/merge-patch+json";
    if (!is_json) return base::refuse(unsupported("application/json", type));
    return base::require_object(TRY(base::parse_json(body)));
}

base::Result<std::multimap<std::string, std::string>> Request::form_all() const {
    const std::string content_type = header("content-type");
    const std::string type = media_type(content_type);
    if (type == "application/x-www-form-urlencoded") return parse_pairs(body);
    if (type != "multipart/form-data") {
        return base::refuse(
            unsupported("application/x-www-form-urlencoded, multipart/form-data", type));
    }
    Multipart parts = TRY(parse_multipart(content_type, body));
    std::multimap<std::string, std::string> fields;
    for (auto& [name, text] : parts.fields)
        fields.emplace(std::move(name), std::move(text));
    return fields;
}

base::Result<std::map<std::string, std::string>> Request::form() const {
    std::map<std::string, std::string> last;
    for (auto& [name, text] : TRY(form_all()))
        last.insert_or_assign(name, std::move(text));
    return last;
}

base::Result<std::vector<Upload>> Request::uploads() const {
    const std::string content_type = header("content-type");
    const std::string type = media_type(content_type);
    if (type == "application/x-www-form-urlencoded") return std::vector<Upload>{};
    if (type != "multipart/form-data")
        return base::refuse(unsupported("multipart/form-data", type));
    return TRY(parse_multipart(content_type, body)).uploads;
}

base::Result<std::int64_t> Request::if_match() const {
    std::string_view tag = {};
    const auto found = headers.find("if-match");
    if (found == headers.end() || found->second.empty()) {
        return base::refuse(
            base::error(base::ErrorKind::precondition_required, "precondition_required"));
    }
    tag = found->second;
    if (tag.starts_with("W/")) tag.remove_prefix(2);  // proxies weaken tags when they compress
    const bool quoted = tag.size() >= 3 && tag.front() == '"' && tag.back() == '"';
    if (quoted) tag = tag.substr(1, tag.size() - 2);
    if (tag.ends_with("-gz")) tag.remove_suffix(3);
    const auto version = quoted ? whole_number(tag) : std::nullopt;
    if (!version || *version < 0) return base::refuse(base::malformed("if_match_malformed"));
    return *version;
}

void choose_language(Request& request) {
    const auto asked = request.query.find("lang");
    const auto kept = request.cookies.find(std::string(language_cookie));
    std::optional<base::Language> language;
    if (asked != request.query.end()) language = base::parse_language(asked->second);
    if (!language && kept != request.cookies.end()) language = base::parse_language(kept->second);
    request.language =
        language ? *language : base::preferred_language(request.header("accept-language"));
}

}  // namespace http
