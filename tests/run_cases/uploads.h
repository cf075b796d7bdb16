#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "run_cases/agent.h"
#include "run_cases/script.h"

namespace run_cases {

/// What `upload` and `put file` statements send, from their settings:
///   file=NAME            the name as the person's computer shows it (needed)
///   content="text"       UTF-8          gb="text"  GB 18030          hex=c3281f  bytes
///   xlsx=[[标题, …], …]   a workbook, headings first
///   pdf="text"           a PDF of one page
///   zeros=N              N bytes of nothing
///   bomb=N               a workbook whose sheet grows to N megabytes when unpacked
///   saved=NAME           what `save NAME` kept of an earlier answer
///   cut=N                and then only its first N bytes arrive
/// Every other setting is a field of the form. Errors: `upload_without_content`, `value_unreadable`.
struct Upload {
    std::string file_name;
    std::string bytes;
    std::vector<std::pair<std::string, std::string>> fields;

    static base::Result<Upload> from(const std::vector<Token>& settings,
                                     const std::map<std::string, std::string>& saved,
                                     base::Time now, const std::filesystem::path& scratch);
    /// As multipart/form-data.
    void put_into(Call& call) const;
};

}  // namespace run_cases
