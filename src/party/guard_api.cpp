// The hooks that every request passes (struct PartyApi).

#include <array>

#include "base/hash.h"
#include "party/party_api.h"

namespace party {

namespace {

bool changes_something(http::Method method) {
    return method != http::Method::get && method != http::Method::head;
}

/// Signing in replaces a session, so the old one's token is not asked for.
bool is_sign_in(const http::Request& request) {
    return request.method == http::Method::post &&
           (request.path == "/api/session" || request.path == "/sign-in");
}

/// What somebody with a password that others know may still do: change it, or leave.
bool is_about_oneself(const http::Request& request) {
    return request.path == "/api/password" || request.path == "/api/session" ||
           request.path == "/sign-out";
}

std::string host_of(std::string_view origin) {
    const std::size_t from = origin.find("://");
    return from == std::string_view::npos ? std::string() : std::string(origin.substr(from + 3));
}

std::string token_of(const http::Request& request) {
    std::string token = request.header("x-csrf-token");
    if (!token.empty()) return token;
    const std::string type = request.header("content-type");
    const bool is_form = type.starts_with("application/x-www-form-urlencoded") ||
                         type.starts_with("multipart/form-data");
    if (!is_form) return {};
    const auto form = request.form();
    if (!form) return {};
    const auto found = form->find("csrf");
    return found == form->end() ? std::string() : found->second;
}

}  // namespace

void PartyApi::authenticate(http::Request& request) const {
    const auto cookie = request.cookies.find(std::string(cookie_name));
    if (cookie == request.cookies.end() || cookie->second.empty()) return;
    auto session = accounts.resume(database, cookie->second);
    if (!session) return;
    const bool language_chosen = request.query.contains("lang") ||
                                 request.cookies.contains(std::string(http::language_cookie));
    if (!language_chosen) request.language = session->actor.language;
    session->actor.language = request.language;
    request.session = std::make_shared<const Session>(std::move(*session));
}

base::Status PartyApi::admit(const http::Request& request) const {
    if (!changes_something(request.method)) return {};
    const std::string site = request.header("sec-fetch-site");
    if (!site.empty() && site != "same-origin" && site != "none")
        return base::refuse(base::forbidden("origin_refused"));
    const std::string origin = request.header("origin");
    if (!origin.empty()) {
        const bool ours = public_origin.empty() ? host_of(origin) == request.header("host")
                                                : origin == public_origin;
        if (!ours || host_of(origin).empty())
            return base::refuse(base::forbidden("origin_refused"));
    }
    const auto session = session_of(request);
    if (!session || is_sign_in(request)) return {};
    if (!base::equal_in_constant_time(token_of(request), session->csrf_token))
        return base::refuse(base::forbidden("csrf_token_wrong"));
    if (session->must_change_password && !is_about_oneself(request))
        return base::refuse(base::forbidden("password_change_required"));
    return {};
}

std::string PartyApi::scope_of(const http::Request& request) {
    if (const auto session = session_of(request)) return "account:" + session->actor.account.text();
    return "address:" + request.remote_address;
}

std::string PartyApi::session_cookie(std::string_view token) const {
    return std::string(cookie_name) + "=" + std::string(token) +
           "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" +
           std::to_string(Accounts::session_max.microseconds / 1'000'000) +
           (secure_cookies ? "; Secure" : "");
}

std::string PartyApi::ended_cookie() const {
    return std::string(cookie_name) + "=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0" +
           (secure_cookies ? "; Secure" : "");
}

}  // namespace party
