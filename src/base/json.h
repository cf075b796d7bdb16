#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/result.h"

namespace base {

namespace json = boost::json;

/// Reads a text with limits on depth (32) and size (given); `json_malformed` with the byte offset.
Result<json::value> parse_json(std::string_view text, std::size_t bytes_max = 8 << 20);
/// Keys sorted at every level, no white space, numbers as written by Boost: one text per value,
/// so that it can be hashed (RFC 8785 for the values we use: no floating numbers).
std::string canonical_json(const json::value& value);

/// The member as text; empty if absent or of another type.
std::string text_at(const json::object& object, std::string_view key);
std::string text_at(const json::object& object, std::string_view key, std::string_view fallback);
/// The member as whole number; nothing if absent or of another type.
std::optional<std::int64_t> integer_at(const json::object& object, std::string_view key);
bool bool_at(const json::object& object, std::string_view key, bool fallback = false);
/// The member as object or array; an empty one if absent or of another type.
const json::object& object_at(const json::object& object, std::string_view key);
const json::array& array_at(const json::object& object, std::string_view key);
/// The member as text, or `field_missing` / `field_wrong_type` at that field.
Result<std::string> require_text(const json::object& object, std::string_view key);
Result<std::int64_t> require_integer(const json::object& object, std::string_view key);
Result<json::object> require_object(const json::value& value);

/// {"code", "field", "clause", "parameters", "detail", "causes"}: an Error for machines.
json::object to_json(const Error& error);

}  // namespace base
