#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace format {

/// Kinds of file that we can tell from their bytes. `unknown` is never allowed anywhere.
enum class ContentType {
    unknown,
    pdf,
    png,
    jpeg,
    webp,
    gif,
    docx,
    xlsx,
    pptx,
    zip,
    mp4,
    csv,
    text,
};

/// By content alone. csv is text whose first lines have the same number of separators; a page of
/// HTML, SVG or XML is unknown, not text, since a browser would run it.
ContentType detect(std::string_view bytes);

/// "application/pdf" …; "application/octet-stream" for unknown.
std::string_view media_type(ContentType type);
/// "pdf" …; "bin" for unknown.
std::string_view extension(ContentType type);

/// The type of an upload, if it is one of `allowed` and its name says the same as its content.
/// Errors: `file_empty`, `file_type_not_allowed` (by the name's extension or by content) and
/// `file_type_mismatch` with claimed and found.
base::Result<ContentType> check_content_type(std::string_view bytes, std::string_view file_name,
                                             std::span<const ContentType> allowed);

}  // namespace format
