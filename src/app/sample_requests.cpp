#include "app/sample_requests.h"

#include <fstream>

#include <fmt/format.h>

#include "base/text.h"
#include "format/pdf.h"
#include "party/session_api.h"

namespace app {
namespace {

namespace json = base::json;

constexpr std::string_view boundary = "----sample-file";

std::string one_page(const std::string& title, const std::string& text, base::Time now) {
    format::PdfDocument document({.title = title, .created = now});
    document.title(title);
    document.paragraph(text);
    return document.finish();
}

/// The file and its fields as a browser sends them.
std::string multipart(const json::object& file, base::Time now) {
    std::string body;
    for (const auto& [name, value] : base::object_at(file, "fields")) {
        body += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n",
                            boundary, std::string_view(name), std::string_view(value.as_string()));
    }
    const std::string name = base::text_at(file, "name");
    body += fmt::format(
        "--{}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}.pdf\"\r\n"
        "Content-Type: application/pdf\r\n\r\n{}\r\n--{}--\r\n",
        boundary, name, one_page(name, base::text_at(file, "text"), now), boundary);
    return body;
}

/// The member at "a.b.0" of an answer, as text.
std::string at_path(const json::value& answer, std::string_view path) {
    const json::value* here = &answer;
    for (const std::string& part : base::split(path, '.')) {
        if (const auto* object = here->if_object(); object != nullptr && object->contains(part)) {
            here = &object->at(part);
        } else if (const auto* array = here->if_array();
                   array != nullptr && part.find_first_not_of("0123456789") == part.npos &&
                   std::stoul(part) < array->size()) {
            here = &array->at(std::stoul(part));
        } else {
            return {};
        }
    }
    return here->is_string() ? std::string(here->get_string()) : json::serialize(*here);
}

/// A line has "post" with what it sends, or "get" for what a later line needs to know.
std::string path_of(const json::object& line) {
    return base::text_at(line, line.contains("get") ? "get" : "post");
}

base::Result<base::Time> time_of(const json::object& line, base::Time now) {
    const std::int64_t days = base::integer_at(line, "days_ago").value_or(0);
    const base::Date day = base::date_in_shanghai(now).plus_days(-days);
    return base::parse_local(day.to_string() + " " + base::text_at(line, "at", "09:00"));
}

}  // namespace

base::Result<std::unique_ptr<SampleRequests>> SampleRequests::open(
    Site& site, const std::filesystem::path& web, std::map<std::string, std::string>& names) {
    std::unique_ptr<SampleRequests> requests(new SampleRequests(site, names));
    requests->live_ = TRY(Live::start(site));
    requests->routes_ = TRY(Routes::mount(requests->router_, site, *requests->live_, web));
    return requests;
}

base::Result<std::vector<SampleRequests::Step>> SampleRequests::read(
    const std::filesystem::path& file, base::Time now) {
    std::vector<Step> steps;
    std::ifstream in(file);
    int number = 0;
    for (std::string text; std::getline(in, text);) {
        ++number;
        if (text.empty() || text.starts_with('#')) continue;
        auto line = base::parse_json(text);
        if (!line || !line->is_object() || path_of(line->get_object()).empty()) {
            return base::refuse(base::invalid("sample_request_malformed")
                                    .with("file", file.filename().string())
                                    .with("line", std::to_string(number)));
        }
        json::object request = std::move(line->get_object());
        if (!request.contains("days_ago") && !steps.empty()) {
            const json::object& before = steps.back().line;
            request["days_ago"] = base::integer_at(before, "days_ago").value_or(0);
            if (!request.contains("at")) request["at"] = base::text_at(before, "at", "09:00");
        }
        // What is said to have happened later today has happened just now.
        const base::Time at = std::min(TRY(time_of(request, now)), now);
        steps.push_back({at, std::move(request)});
    }
    return steps;
}

base::Status SampleRequests::perform(const json::object& line) {
    auto request = compose(line);
    auto reply = request ? call(*request) : base::refuse(request.error());
    base::Status done = reply ? remember(base::object_at(line, "keep"), *reply)
                              : base::Status(base::refuse(reply.error()));
    if (done) return {};
    return base::refuse(base::Error(done.error())
                            .saying(base::text_at(line, "as") + " " + path_of(line) + ": " +
                                    base::describe(done.error())));
}

base::Result<http::Request> SampleRequests::compose(const json::object& line) const {
    http::Request request;
    request.method = line.contains("get") ? http::Method::get : http::Method::post;
    request.path = filled(path_of(line));
    request.remote_address = "127.0.0.1";
    TRY(sign_in(request, base::text_at(line, "as")));
    TRY(add_body(request, line));
    const std::string versioned = filled(base::text_at(line, "if_match"));
    if (versioned.empty()) return request;
    http::Request look = request;
    look.method = http::Method::get;
    look.path = versioned;
    look.body.clear();
    const http::Reply seen = TRY(call(look));
    if (const std::string* version = seen.find_header("ETag"))
        request.headers["if-match"] = *version;
    return request;
}

base::Status SampleRequests::sign_in(http::Request& request, const std::string& login) const {
    if (login.empty()) return {};
    auto session = TRY(site_.database->read<std::shared_ptr<const party::Session>>(
        [&](store::Reader& reader) -> base::Result<std::shared_ptr<const party::Session>> {
            const auto account = party::Accounts::find_by_login(reader, login);
            if (!account) return base::refuse(base::not_found("account_unknown"));
            const base::Time now = site_.clock().now();
            const auto held = party::Accounts::memberships(reader, account->id, now);
            party::Session made;
            made.actor = TRY(party::Accounts::actor_for(
                reader, account->id,
                held.empty() ? base::Id<party::Organisation>() : held.front().organisation, now));
            return std::make_shared<const party::Session>(std::move(made));
        }));
    request.session = std::move(session);
    return {};
}

base::Status SampleRequests::add_body(http::Request& request, const json::object& line) const {
    if (line.contains("file")) {
        request.headers["content-type"] = fmt::format("multipart/form-data; boundary={}", boundary);
        request.body = multipart(base::object_at(line, "file"), site_.clock().now());
        return {};
    }
    request.headers["content-type"] = "application/json";
    request.body = filled(json::serialize(base::object_at(line, "body")));
    return {};
}

base::Result<http::Reply> SampleRequests::call(const http::Request& request) const {
    http::Router::Match match = router_.find(request.method, request.path);
    if (match.route == nullptr) return base::refuse(base::not_found("page_not_found"));
    http::Request routed = request;
    routed.path_values = std::move(match.path_values);
    return match.route->handler(routed);
}

base::Status SampleRequests::remember(const json::object& wanted, const http::Reply& reply) {
    if (wanted.empty()) return {};
    const json::value answer = TRY(base::parse_json(reply.body));
    for (const auto& [name, path] : wanted) {
        std::string value = at_path(answer, std::string_view(path.as_string()));
        if (value.empty()) {
            return base::refuse(
                base::invalid("reference_unknown").with("name", std::string_view(name)));
        }
        names_[std::string(name)] = std::move(value);
    }
    return {};
}

std::string SampleRequests::filled(std::string text) const {
    // Longer names first, so that $A10 is not taken for $A1.
    for (auto name = names_.rbegin(); name != names_.rend(); ++name)
        text = base::replace_all(std::move(text), "$" + name->first, name->second);
    return text;
}

}  // namespace app
