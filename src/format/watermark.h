#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace format {

/// Who looks at a confidential file, and when: printed pale and slanting over the whole page, so
/// that a leaked copy names its reader.
struct Watermark {
    std::string viewer;  ///< e.g. "柳州某公司 张三"
    base::Time at;
};

/// The PDF with the mark over each page. The pages are stamped by qpdf (Apache-2.0), which runs as
/// a limited subprocess with its files in a folder made below `scratch` and removed again. The
/// mark is text: it survives printing and is found by a search. Blocks; never call it from an I/O
/// thread. Errors: `pdf_unreadable`, `pdf_encrypted`, `pdf_too_large` (100 MB, 2,000 pages),
/// `program_missing`, `program_timed_out`, `program_killed`.
base::Result<std::string> watermark_pdf_pages(std::string_view pdf, const Watermark& mark,
                                              const std::filesystem::path& scratch);

/// A PNG or JPEG (the same kind comes back) with the mark; errors of decode_image.
base::Result<std::string> watermark_image(std::string_view bytes, const Watermark& mark);

}  // namespace format
