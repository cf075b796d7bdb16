#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "http/router.h"

namespace http {
namespace {

using base::json::array;
using base::json::object;

object reference(std::string_view schema) {
    return {{"$ref", "#/components/schemas/" + std::string(schema)}};
}

object content(std::string_view media_type, object schema) {
    object media;
    media["schema"] = std::move(schema);
    object types;
    types[media_type] = std::move(media);
    return types;
}

object parameter(std::string_view name, std::string_view where, bool required,
                 std::string_view summary) {
    object item{{"name", name}, {"in", where}, {"required", required}};
    item["schema"] = object{{"type", "string"}};
    if (!summary.empty()) item["description"] = summary;
    return item;
}

/// "/files/{rest*}" → "/files/{rest}".
std::string openapi_path(const std::string& pattern) {
    return base::replace_all(pattern, "*}", "}");
}

array parameters_of(const Router::Route& route) {
    array parameters;
    std::string_view rest = route.pattern;
    for (std::size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
        const std::size_t close = rest.find('}', open);
        CHECK_WITH(close != std::string_view::npos, route.pattern);
        std::string_view name = rest.substr(open + 1, close - open - 1);
        if (name.ends_with('*')) name.remove_suffix(1);
        parameters.push_back(parameter(name, "path", true, {}));
        rest.remove_prefix(close + 1);
    }
    for (const Parameter& item : route.info.query) {
        parameters.push_back(parameter(item.name, "query", item.required, item.summary));
    }
    if (route.info.creates) {
        parameters.push_back(parameter("Idempotency-Key", "header", false,
                                       "Repeating a request with the same key does not repeat "
                                       "its effect; the first answer is sent again."));
    }
    return parameters;
}

object responses_of(const Router::Route& route) {
    object success{{"description", "Success"}};
    if (!route.info.answer_schema.empty()) {
        success["content"] = content("application/json", reference(route.info.answer_schema));
    }
    object refusal{{"description", "Refused; `code` says why"}};
    refusal["content"] = content("application/problem+json", reference("Problem"));
    object responses;
    responses[route.info.creates ? "201" : "200"] = std::move(success);
    responses["default"] = std::move(refusal);
    return responses;
}

object operation_of(const Router::Route& route) {
    object operation;
    operation["summary"] = route.info.summary;
    const array parameters = parameters_of(route);
    if (!parameters.empty()) operation["parameters"] = parameters;
    if (!route.info.body_schema.empty()) {
        const std::string type =
            route.info.body_type.empty() ? "application/json" : route.info.body_type;
        object body{{"required", true}};
        body["content"] = content(type, reference(route.info.body_schema));
        operation["requestBody"] = std::move(body);
    }
    operation["responses"] = responses_of(route);
    operation["security"] = route.info.signed_in ? array{object{{"session", array{}}}} : array{};
    return operation;
}

object problem_schema() {
    const object string{{"type", "string"}};
    object properties;
    properties["type"] = object{{"type", "string"}, {"format", "uri-reference"}};
    properties["status"] = object{{"type", "integer"}};
    properties["code"] = object{{"type", "string"}, {"description", "stable, for programs"}};
    properties["title"] = object{{"type", "string"}, {"description", "in the reader's language"}};
    properties["field"] = string;
    properties["clause"] = string;
    properties["parameters"] = object{{"type", "object"}, {"additionalProperties", string}};
    // A cause is a problem without a type and status of its own.
    properties["causes"] = object{{"type", "array"}, {"items", reference("Problem")}};
    object schema{{"type", "object"}};
    schema["required"] = array{"code", "title"};
    schema["properties"] = std::move(properties);
    return schema;
}

}  // namespace

object Router::openapi(std::string_view title, std::string_view version) const {
    object paths;
    for (const auto& route : routes_) {
        if (route->info.hidden) continue;
        for (const std::string& name : {route->info.body_schema, route->info.answer_schema}) {
            CHECK_WITH(name.empty() || schemas_.contains(name), name);
        }
        base::json::value& path = paths[openapi_path(route->pattern)];
        if (!path.is_object()) path.emplace_object();
        path.get_object()[base::to_lower_ascii(to_string(route->method))] = operation_of(*route);
    }
    object schemas = schemas_;
    schemas["Problem"] = problem_schema();
    object cookie{{"type", "apiKey"}, {"in", "cookie"}, {"name", "session"}};
    object schemes;
    schemes["session"] = std::move(cookie);
    object components;
    components["schemas"] = std::move(schemas);
    components["securitySchemes"] = std::move(schemes);
    object document{{"openapi", "3.1.0"}};
    document["info"] = object{{"title", title}, {"version", version}};
    document["paths"] = std::move(paths);
    document["components"] = std::move(components);
    return document;
}

}  // namespace http
