#include "base/json.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace base {
namespace {

void write_canonical(const json::value& value, std::string& out);

void write_object(const json::object& object, std::string& out) {
    std::vector<const json::key_value_pair*> members;
    for (const json::key_value_pair& member : object)
        members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return a->key() < b->key(); });
    out += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (i > 0) out += ',';
        out += json::serialize(json::string_view(members[i]->key()));
        out += ':';
        write_canonical(members[i]->value(), out);
    }
    out += '}';
}

void write_canonical(const json::value& value, std::string& out) {
    if (value.is_object()) return write_object(value.get_object(), out);
    if (!value.is_array()) {
        out += json::serialize(value);
        return;
    }
    out += '[';
    bool first = true;
    for (const json::value& item : value.get_array()) {
        if (!first) out += ',';
        first = false;
        write_canonical(item, out);
    }
    out += ']';
}

/// A number too large for its type, which the parser takes as infinity: it could not be written again.
bool has_infinity(const json::value& value) {
    if (value.is_double()) return !std::isfinite(value.get_double());
    if (value.is_array())
        return std::any_of(value.get_array().begin(), value.get_array().end(), has_infinity);
    if (!value.is_object()) return false;
    return std::any_of(value.get_object().begin(), value.get_object().end(),
                       [](const auto& member) { return has_infinity(member.value()); });
}

}  // namespace

Result<json::value> parse_json(std::string_view text, std::size_t bytes_max) {
    if (text.size() > bytes_max) return refuse(error(ErrorKind::too_large, "json_too_large"));
    json::stream_parser parser({}, json::parse_options{.max_depth = 32});
    json::error_code problem;
    std::size_t read = parser.write(text, problem);
    if (!problem) parser.finish(problem);
    if (problem) {
        return refuse(malformed("json_malformed")
                          .with("offset", std::to_string(read))
                          .saying(problem.message()));
    }
    json::value value = parser.release();
    if (has_infinity(value))
        return refuse(malformed("json_malformed").saying("a number without bounds"));
    return value;
}

std::string canonical_json(const json::value& value) {
    std::string out;
    write_canonical(value, out);
    return out;
}

std::string text_at(const json::object& object, std::string_view key) {
    return text_at(object, key, {});
}

std::string text_at(const json::object& object, std::string_view key, std::string_view fallback) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) return std::string(fallback);
    return std::string(value->get_string());
}

std::optional<std::int64_t> integer_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) return {};
    if (value->is_int64()) return value->get_int64();
    if (value->is_uint64() && value->get_uint64() <= INT64_MAX) {
        return static_cast<std::int64_t>(value->get_uint64());
    }
    return {};
}

bool bool_at(const json::object& object, std::string_view key, bool fallback) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_bool() ? value->get_bool() : fallback;
}

const json::object& object_at(const json::object& object, std::string_view key) {
    static const json::object empty;
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_object() ? value->get_object() : empty;
}

const json::array& array_at(const json::object& object, std::string_view key) {
    static const json::array empty;
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_array() ? value->get_array() : empty;
}

Result<std::string> require_text(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || value->is_null()) return refuse(invalid("field_missing").at(key));
    if (!value->is_string()) {
        return refuse(invalid("field_wrong_type").with("expected", "text").at(key));
    }
    return std::string(value->get_string());
}

Result<std::int64_t> require_integer(const json::object& object, std::string_view key) {
    if (!object.contains(key)) return refuse(invalid("field_missing").at(key));
    auto value = integer_at(object, key);
    if (!value) return refuse(invalid("field_wrong_type").with("expected", "integer").at(key));
    return *value;
}

Result<json::object> require_object(const json::value& value) {
    if (!value.is_object()) {
        return refuse(malformed("body_not_object").saying("expected a JSON object"));
    }
    return value.get_object();
}

json::object to_json(const Error& error) {
    json::object object;
    object["code"] = error.code;
    if (!error.field.empty()) object["field"] = error.field;
    if (!error.clause.empty()) object["clause"] = error.clause;
    if (!error.detail.empty()) object["detail"] = error.detail;
    if (!error.parameters.empty()) {
        json::object& parameters = object["parameters"].emplace_object();
        for (const auto& [key, value] : error.parameters)
            parameters[key] = value;
    }
    if (!error.causes.empty()) {
        json::array& causes = object["causes"].emplace_array();
        for (const Error& cause : error.causes)
            causes.push_back(to_json(cause));
    }
    return object;
}

}  // namespace base
