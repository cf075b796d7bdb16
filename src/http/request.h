#pragma once

#include <any>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/texts.h"

namespace base {
class Vault;
}

namespace http {

enum class Method { get, head, post, put, patch, del };
std::string_view to_string(Method method);

/// One part of multipart/form-data.
struct Upload {
    std::string name;       ///< the form field
    std::string file_name;  ///< as sent; never used as a path
    std::string content_type;
    std::string bytes;
};

/// What makes a request happen once: set by the gate for a request with an Idempotency-Key. The
/// transaction that has the effect keeps the answer under it (party::write_once) and says so in
/// `kept`; the gate keeps what no transaction kept.
struct OnceKey {
    std::string scope;
    std::string key;
    std::string request_hash;
    const base::Vault* vault = nullptr;  ///< seals the kept answer
    bool kept = false;
};

/// A request after parsing and limits. Plain data: rules never see it, only `_api` files do.
struct Request {
    Method method = Method::get;
    std::string path;                                ///< decoded, starts with '/'
    std::map<std::string, std::string> path_values;  ///< from the route's {names}
    std::map<std::string, std::string> query;        ///< decoded; the last of repeated keys
    std::multimap<std::string, std::string> query_all;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::map<std::string, std::string> cookies;
    std::string body;
    std::string remote_address;
    std::string id;  ///< X-Request-Id: from a trusted proxy, else made here
    base::Language language = base::Language::zh_cn;  ///< ?lang=, cookie, Accept-Language
    bool wants_html = false;                          ///< a person's browser, not the API
    std::any session;               ///< set by the authenticator of `app` (party::Session)
    std::shared_ptr<OnceKey> once;  ///< null without an Idempotency-Key on a route that creates

    const std::string& value(std::string_view name) const;  ///< path value; CHECKs it exists
    std::string query_or(std::string_view name, std::string_view fallback = {}) const;
    /// Whole number in range, the fallback if absent, `query_malformed` otherwise.
    base::Result<std::int64_t> query_integer(std::string_view name, std::int64_t fallback,
                                             std::int64_t minimum, std::int64_t maximum) const;
    std::string header(std::string_view name) const;  ///< empty if absent
    /// The body as a JSON object; `json_malformed`, `body_not_object`; refuses other content types
    /// (`content_type_unsupported`).
    base::Result<base::json::object> json() const;
    /// Fields of a urlencoded or multipart HTML form (public pages work without scripts).
    /// The last of repeated names counts. Errors: see parse_pairs and parse_multipart.
    base::Result<std::map<std::string, std::string>> form() const;
    /// As `form`, with every value of repeated names, in order.
    base::Result<std::multimap<std::string, std::string>> form_all() const;
    /// The files of a multipart form; none when the body is an urlencoded form.
    base::Result<std::vector<Upload>> uploads() const;
    /// The version named by If-Match: `precondition_required` (428) if absent,
    /// `if_match_malformed` (400) unless it is one version in quotes.
    base::Result<std::int64_t> if_match() const;
};

/// The cookie that keeps the chosen language; written by the pages and by the workbench alike
/// (web/src/i18n.ts; tests/tidy/links.py compares the two).
inline constexpr std::string_view language_cookie = "gq_language";
/// Sets request.language from ?lang=, the cookie, or Accept-Language, in that order.
void choose_language(Request& request);

}  // namespace http
