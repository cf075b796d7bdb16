#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "http/gate.h"

namespace run_cases {

/// Somebody at a browser or a program of theirs: cookies, the token for changes, an address.
struct Agent {
    std::string address;
    std::map<std::string, std::string> cookies;
    std::string csrf;  ///< of the session, as the last answer about it said
};

/// A request before it is one: what a client would put on the wire.
struct Call {
    std::string method = "GET";
    std::string target;  ///< path and query, percent-encoded or not
    std::vector<std::pair<std::string, std::string>> headers;
    std::string content_type;
    std::string body;
    std::string accept = "application/json";
};

/// What came back, read as a client would.
struct Answer {
    int status = 0;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::vector<std::string> cookies;            ///< Set-Cookie values
    std::string body;
    std::optional<base::json::value> json;
    std::string code;                ///< of the refusal, or empty
    std::vector<std::string> codes;  ///< with those of its causes
    std::string header(std::string_view name) const;
};

/// The request that the server would make of these bytes, found its route; a body beyond the route's
/// limit is refused as the connection would. Errors: those of normalise_path and parse_pairs.
base::Result<http::Exchange> to_exchange(const Agent& agent, const Call& call,
                                         const http::Router& router);
Answer read_answer(http::WireReply& wire);
/// Keeps the cookies and the token of an answer.
void remember(Agent& agent, const Answer& answer);
/// "a=b&c=d", percent-encoded. Lists repeat their name. Members that are no text are written as JSON.
std::string urlencoded(const base::json::object& fields);
/// Encodes what a URL may not hold (Chinese, spaces) and leaves the rest as it is.
std::string encoded_target(std::string_view target);

}  // namespace run_cases
