#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/reply.h"
#include "http/request.h"

namespace http {

using Handler = std::function<base::Result<Reply>(const Request&)>;

/// A query parameter, for the OpenAPI document.
struct Parameter {
    std::string name;
    std::string summary;
    bool required = false;
};

/// What the OpenAPI document and the gatekeeping need to know of a route.
struct RouteInfo {
    std::string summary;        ///< one line, English
    std::string body_schema;    ///< name of a schema registered with the router, or empty
    std::string answer_schema;  ///< as above
    bool signed_in = false;     ///< refuse `not_signed_in` without a session
    bool creates = false;       ///< honours Idempotency-Key
    std::size_t body_bytes_max = 1 << 20;
    int cost = 1;         ///< tokens of the rate limit that one call takes
    bool hidden = false;  ///< not in the OpenAPI document (pages, assets)
    std::vector<Parameter> query = {};
    /// Media type of the body when it is not application/json ("multipart/form-data").
    std::string body_type = {};
};

/// Routes by method and pattern ("/api/entries/{id}"). Literal segments win over {names};
/// `{rest*}` takes the remainder. A GET route answers HEAD too. Filled at start, then read-only and
/// shared between threads. Two routes of one shape and method, or a schema that nobody registered,
/// are our own mistake (CHECK at `add` and `openapi`).
class Router {
  public:
    void get(std::string pattern, RouteInfo info, Handler handler);
    void post(std::string pattern, RouteInfo info, Handler handler);
    void put(std::string pattern, RouteInfo info, Handler handler);
    void patch(std::string pattern, RouteInfo info, Handler handler);
    void del(std::string pattern, RouteInfo info, Handler handler);
    void add(Method method, std::string pattern, RouteInfo info, Handler handler);
    /// A JSON Schema that routes may name.
    void schema(std::string name, base::json::object schema);

    struct Route {
        Method method;
        std::string pattern;
        RouteInfo info;
        Handler handler;
    };
    struct Match {
        const Route* route = nullptr;  ///< null: no such path
        std::map<std::string, std::string> path_values;
        std::vector<Method> allowed;  ///< for 405 when only the method is wrong
    };
    Match find(Method method, std::string_view path) const;
    const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }
    /// OpenAPI 3.1 of all routes that are not hidden.
    base::json::object openapi(std::string_view title, std::string_view version) const;

  private:
    struct Node;
    std::vector<std::unique_ptr<Route>> routes_;
    std::shared_ptr<Node> root_;
    base::json::object schemas_;
};

}  // namespace http
