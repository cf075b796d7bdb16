#include "run_cases/agent.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "base/check.h"
#include "http/decode.h"

namespace run_cases {

namespace {

namespace json = base::json;

http::Method method_of(const std::string& name) {
    if (name == "GET") return http::Method::get;
    if (name == "HEAD") return http::Method::head;
    if (name == "POST") return http::Method::post;
    if (name == "PUT") return http::Method::put;
    if (name == "PATCH") return http::Method::patch;
    CHECK_WITH(name == "DELETE", name);
    return http::Method::del;
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

void set_headers(http::Request& request, const Agent& agent, const Call& call) {
    request.headers["host"] = "localhost:8080";
    request.headers["accept"] = call.accept;
    request.headers["user-agent"] = "run_cases";
    if (!call.content_type.empty()) request.headers["content-type"] = call.content_type;
    std::string cookies;
    for (const auto& [name, value] : agent.cookies)
        cookies += (cookies.empty() ? "" : "; ") + name + "=" + value;
    if (!cookies.empty()) request.headers["cookie"] = cookies;
    if (!agent.csrf.empty()) request.headers["x-csrf-token"] = agent.csrf;
    for (const auto& [name, value] : call.headers) {
        if (value == "none")
            request.headers.erase(lower(name));
        else
            request.headers[lower(name)] = value;
    }
}

std::string read_all(const http::OpenFile& file) {
    std::string bytes(static_cast<std::size_t>(file.size()), '\0');
    const auto count = ::pread(file.descriptor(), bytes.data(), bytes.size(), 0);
    CHECK(count == file.size());
    return bytes;
}

void collect_codes(const json::object& problem, std::vector<std::string>& codes) {
    if (std::string code = base::text_at(problem, "code"); !code.empty())
        codes.push_back(std::move(code));
    for (const json::value& cause : base::array_at(problem, "causes"))
        if (cause.is_object()) collect_codes(cause.get_object(), codes);
}

void read_head(const std::string& head, Answer& answer) {
    std::istringstream lines(head);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line) && line != "\r") {
        line.pop_back();
        const std::size_t colon = line.find(": ");
        const std::string name = lower(line.substr(0, colon));
        const std::string value = line.substr(colon + 2);
        if (name == "set-cookie")
            answer.cookies.push_back(value);
        else
            answer.headers[name] = value;
    }
}

}  // namespace

std::string Answer::header(std::string_view name) const {
    const auto found = headers.find(lower(std::string(name)));
    return found == headers.end() ? std::string() : found->second;
}

base::Result<http::Exchange> to_exchange(const Agent& agent, const Call& call,
                                         const http::Router& router) {
    http::Exchange exchange;
    exchange.started = base::elapsed_since_start();
    http::Request& request = exchange.request;
    request.id = "case";
    request.remote_address = agent.address;
    request.method = method_of(call.method);
    set_headers(request, agent, call);
    const std::string target = encoded_target(call.target);
    const std::size_t mark = target.find('?');
    request.path = TRY(http::normalise_path(target.substr(0, mark)));
    if (mark != std::string::npos) {
        auto pairs = http::parse_pairs(target.substr(mark + 1));
        if (!pairs) return base::refuse(base::malformed("query_unreadable"));
        request.query_all = std::move(*pairs);
        for (const auto& [name, value] : request.query_all)
            request.query[name] = value;
    }
    request.cookies = http::parse_cookies(request.header("cookie"));
    http::choose_language(request);
    request.wants_html =
        !request.path.starts_with("/api/") && call.accept.find("text/html") != std::string::npos;
    exchange.match = router.find(request.method, request.path);
    request.path_values = std::move(exchange.match.path_values);
    const http::Router::Route* route = exchange.match.route;
    const std::size_t body_max = route == nullptr ? 0 : route->info.body_bytes_max;
    if (call.body.size() <= body_max) {
        request.body = call.body;
    } else if (route != nullptr) {
        exchange.refusal = base::error(base::ErrorKind::too_large, "body_too_large")
                               .with("max", std::to_string(body_max));
    }
    return exchange;
}

Answer read_answer(http::WireReply& wire) {
    Answer answer;
    answer.status = wire.status;
    read_head(wire.head, answer);
    answer.body = wire.file ? read_all(wire.file) : std::move(wire.body);
    const std::string type = answer.header("content-type");
    if (type.find("json") == std::string::npos) return answer;
    auto parsed = base::parse_json(answer.body, 64 << 20);
    if (!parsed) return answer;
    answer.json = std::move(*parsed);
    if (answer.status >= 400 && answer.json->is_object()) {
        collect_codes(answer.json->get_object(), answer.codes);
        answer.code = base::text_at(answer.json->get_object(), "code");
    }
    return answer;
}

void remember(Agent& agent, const Answer& answer) {
    for (const std::string& cookie : answer.cookies) {
        const std::size_t equals = cookie.find('=');
        const std::string name = cookie.substr(0, equals);
        const std::string value = cookie.substr(equals + 1, cookie.find(';') - equals - 1);
        const bool ended = value.empty() || cookie.find("Max-Age=0") != std::string::npos;
        if (ended)
            agent.cookies.erase(name);
        else
            agent.cookies[name] = value;
        if (ended) agent.csrf.clear();
    }
    if (!answer.json || !answer.json->is_object() || answer.status >= 400) return;
    const std::string token = base::text_at(answer.json->get_object(), "csrf");
    if (!token.empty()) agent.csrf = token;
}

std::string urlencoded(const base::json::object& fields) {
    std::string body;
    const auto add = [&body](std::string_view name, const json::value& value) {
        if (!body.empty()) body += '&';
        const std::string text = value.is_string() ? std::string(value.get_string())
                                 : value.is_null() ? std::string()
                                                   : json::serialize(value);
        body += http::percent_encode(name) + "=" + http::percent_encode(text);
    };
    for (const auto& [name, value] : fields) {
        if (!value.is_array()) {
            add(name, value);
            continue;
        }
        for (const json::value& element : value.get_array())
            add(name, element);
    }
    return body;
}

std::string encoded_target(std::string_view target) {
    std::string encoded;
    for (const char c : target) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7f)
            encoded += c;
        else
            encoded += http::percent_encode(std::string_view(&c, 1));
    }
    return encoded;
}

}  // namespace run_cases
