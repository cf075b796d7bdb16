#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/request.h"

namespace http {

/// The parts of a multipart/form-data body (RFC 7578).
struct Multipart {
    std::vector<std::pair<std::string, std::string>> fields;
    std::vector<Upload> uploads;  ///< parts with a file name; a chosen-no-file part is left out
};

inline constexpr std::size_t multipart_parts_max = 500;
inline constexpr std::size_t multipart_part_header_bytes_max = 4096;

/// Strict reader: the body must begin with the boundary, every part must have a form-data name, and
/// the closing boundary must be there (else the upload was cut off and nothing is taken).
/// Errors: `multipart_malformed` (400, detail says what), `multipart_truncated` (400),
/// `form_too_many_fields` (413).
base::Result<Multipart> parse_multipart(std::string_view content_type, std::string_view body);

}  // namespace http
