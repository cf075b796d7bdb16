#include "http/multipart.h"

#include <algorithm>

#include "base/text.h"
#include "http/decode.h"

namespace http {
namespace {

base::Error malformed_part(std::string_view why) {
    return base::malformed("multipart_malformed").saying(why);
}

bool is_boundary(std::string_view text) {
    static constexpr std::string_view others = "'()+_,-./:=? ";
    if (text.empty() || text.size() > 70 || text.back() == ' ') return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               others.find(c) != std::string_view::npos;
    });
}

struct PartHeader {
    std::string name;
    std::string file_name;
    std::string content_type = "text/plain";
    bool is_file = false;
};

/// Browsers write `"`, CR and LF in names as %22, %0D and %0A and leave everything else alone.
std::string unescape_name(std::string text) {
    text = base::replace_all(std::move(text), "%22", "\"");
    text = base::replace_all(std::move(text), "%0D", " ");
    return base::replace_all(std::move(text), "%0A", " ");
}

base::Status read_disposition(std::string_view value, PartHeader& part) {
    if (media_type(value) != "form-data") return base::refuse(malformed_part("not form-data"));
    const auto name = header_parameter(value, "name");
    if (!name) return base::refuse(malformed_part("part without a name"));
    const auto file_name = header_parameter(value, "filename");
    part.is_file = file_name.has_value();
    part.name = unescape_name(*name);
    if (file_name) part.file_name = unescape_name(*file_name);
    for (const std::string& text : {part.name, part.file_name}) {
        if (!base::is_valid_utf8(text) || base::has_control_characters(text)) {
            return base::refuse(malformed_part("a name is not clean UTF-8"));
        }
    }
    return {};
}

base::Result<PartHeader> read_part_header(std::string_view block) {
    PartHeader part;
    bool disposed = false;
    while (!block.empty()) {
        const std::size_t end = block.find("\r\n");
        const std::string_view line = block.substr(0, end);
        block.remove_prefix(end == std::string_view::npos ? block.size() : end + 2);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0) {
            return base::refuse(malformed_part("a header line without a name"));
        }
        const std::string name = base::to_lower_ascii(line.substr(0, colon));
        const std::string value = base::trim(line.substr(colon + 1));
        if (name == "content-disposition") {
            if (disposed) return base::refuse(malformed_part("two Content-Disposition headers"));
            TRY(read_disposition(value, part));
            disposed = true;
        } else if (name == "content-type") {
            part.content_type = value;
        } else if (name == "content-transfer-encoding" && base::to_lower_ascii(value) != "binary" &&
                   base::to_lower_ascii(value) != "8bit" && base::to_lower_ascii(value) != "7bit") {
            return base::refuse(malformed_part("a transfer encoding is not supported"));
        }
    }
    if (!disposed) return base::refuse(malformed_part("part without Content-Disposition"));
    return part;
}

base::Status take_part(PartHeader header, std::string_view content, Multipart& out) {
    if (out.fields.size() + out.uploads.size() >= multipart_parts_max) {
        return base::refuse(base::error(base::ErrorKind::too_large, "form_too_many_fields")
                                .with("max", std::to_string(multipart_parts_max)));
    }
    if (!header.is_file) {
        if (content.find('\0') != std::string_view::npos || !base::is_valid_utf8(content)) {
            return base::refuse(malformed_part("a field is not clean UTF-8").at(header.name));
        }
        out.fields.emplace_back(std::move(header.name), content);
        return {};
    }
    if (header.file_name.empty() && content.empty()) return {};
    out.uploads.push_back({.name = std::move(header.name),
                           .file_name = std::move(header.file_name),
                           .content_type = std::move(header.content_type),
                           .bytes = std::string(content)});
    return {};
}

}  // namespace

base::Result<Multipart> parse_multipart(std::string_view content_type, std::string_view body) {
    const auto boundary = header_parameter(content_type, "boundary");
    if (!boundary || !is_boundary(*boundary)) {
        return base::refuse(malformed_part("no usable boundary"));
    }
    const std::string first = "--" + *boundary;
    const std::string delimiter = "\r\n" + first;
    if (body.starts_with("\r\n")) body.remove_prefix(2);
    if (!body.starts_with(first)) return base::refuse(malformed_part("does not begin with a part"));
    body.remove_prefix(first.size());

    Multipart out;
    while (!body.starts_with("--")) {
        if (body.size() < 2) return base::refuse(base::malformed("multipart_truncated"));
        if (!body.starts_with("\r\n")) return base::refuse(malformed_part("text after a boundary"));
        body.remove_prefix(2);
        const std::size_t blank = body.find("\r\n\r\n");
        if (blank == std::string_view::npos && body.size() <= multipart_part_header_bytes_max) {
            return base::refuse(base::malformed("multipart_truncated"));
        }
        if (blank == std::string_view::npos || blank > multipart_part_header_bytes_max) {
            return base::refuse(malformed_part("a part's header is too long"));
        }
        PartHeader header = TRY(read_part_header(body.substr(0, blank)));
        // The blank line's second line end may begin the delimiter of an empty part.
        body.remove_prefix(blank + 2);
        const std::size_t end = body.find(delimiter);
        if (end == std::string_view::npos) {
            return base::refuse(base::malformed("multipart_truncated"));
        }
        const std::string_view content = end < 2 ? std::string_view{} : body.substr(2, end - 2);
        TRY(take_part(std::move(header), content, out));
        body.remove_prefix(end + delimiter.size());
    }
    return out;
}

}  // namespace http
