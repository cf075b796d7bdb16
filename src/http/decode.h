#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace http {

/// Decoders of what a client writes. Pure functions; every input gives a value or a refusal.
enum class PlusSign { literal, space };

inline constexpr std::size_t form_fields_max = 2000;
inline constexpr std::size_t path_bytes_max = 2048;

/// Nothing when a `%` is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text, PlusSign plus);
/// Everything but unreserved characters (RFC 3986) is encoded, so also "/" and " ".
std::string percent_encode(std::string_view text);

/// Pairs of a query or an urlencoded body, in order. UTF-8 without NUL only.
/// Errors: `form_malformed` (400), `form_too_many_fields` (413).
base::Result<std::multimap<std::string, std::string>> parse_pairs(std::string_view text);

/// The decoded path of a request target. Refuses (`path_malformed`, 400) what two readers could
/// take in two ways: encoded slashes, backslashes, NUL and control characters, "." and ".."
/// segments, empty segments inside, bad UTF-8, more than path_bytes_max.
base::Result<std::string> normalise_path(std::string_view raw);

/// The Cookie header; parts without "=" are skipped, the first of repeated names counts.
std::map<std::string, std::string> parse_cookies(std::string_view header);

/// The media type in lower case without parameters: "application/json".
std::string media_type(std::string_view content_type);

/// A parameter of a header such as `multipart/form-data; boundary="x"`; quoted or bare.
std::optional<std::string> header_parameter(std::string_view header, std::string_view name);

/// True if `header` (Accept-Encoding) takes `coding` with a weight above zero.
bool accepts_coding(std::string_view header, std::string_view coding);

}  // namespace http
