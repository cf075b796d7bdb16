#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace contract {

struct TextLimits {
    int pages_max = 300;  ///< of a PDF; further pages are not read, and that is said
    std::size_t characters_max = 2'000'000;  ///< likewise
    std::size_t archive_bytes_max = std::size_t{64} << 20;
};

/// What could be read of an uploaded contract. `remarks` are codes of texts ("text_pages_cut") for
/// whatever was left out, so that a missing clause is never blamed on a page nobody read.
struct ContractText {
    std::vector<std::string> paragraphs;  ///< in reading order, trimmed, none empty
    std::vector<std::string> remarks;
    int pages = 0;  ///< of a PDF, else 0
};

/// The plain text of a contract as docx, pdf or text file that we do not trust. PDF goes through
/// pdftotext and pdfinfo with limits on time, memory and output; macros and embedded objects of a
/// docx are never opened. Blocks: call it from a worker. The upload itself stays as it is.
///
/// `scratch` is a folder for one file that only we can read and that lives only during the call. Errors, each with what to do:
/// `text_type_unsupported`, `text_unreadable` (damaged), `text_encrypted` (needs a password),
/// `text_empty` (a scan without text layer), `text_encoding_unknown`, `text_timed_out`,
/// `text_tool_missing`, `text_too_large`, `file_unwritable` (no room in the scratch folder).
base::Result<ContractText> read_contract_text(std::string_view bytes,
                                              const std::filesystem::path& scratch,
                                              const TextLimits& limits = {});

/// Paragraphs of plain text: lines, trimmed, without empty ones. Lines of a PDF that only wrap are
/// joined to the one before.
std::vector<std::string> paragraphs_of(std::string_view utf8);

}  // namespace contract
