#include "format/content_type.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "format/encoding.h"
#include "format/zip.h"

namespace format {
namespace {

struct Kind {
    ContentType type;
    std::string_view extension;
    std::string_view media_type;
};

constexpr std::array kinds{
    Kind{ContentType::unknown, "bin", "application/octet-stream"},
    Kind{ContentType::pdf, "pdf", "application/pdf"},
    Kind{ContentType::png, "png", "image/png"},
    Kind{ContentType::jpeg, "jpg", "image/jpeg"},
    Kind{ContentType::webp, "webp", "image/webp"},
    Kind{ContentType::gif, "gif", "image/gif"},
    Kind{ContentType::docx, "docx",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    Kind{ContentType::xlsx, "xlsx",
         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    Kind{ContentType::pptx, "pptx",
         "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    Kind{ContentType::zip, "zip", "application/zip"},
    Kind{ContentType::mp4, "mp4", "video/mp4"},
    Kind{ContentType::csv, "csv", "text/csv; charset=utf-8"},
    Kind{ContentType::text, "txt", "text/plain; charset=utf-8"},
};

const Kind& kind_of(ContentType type) {
    return kinds[static_cast<std::size_t>(type)];
}

ContentType type_of_extension(std::string_view extension) {
    if (extension == "jpeg") return ContentType::jpeg;
    for (const Kind& kind : kinds) {
        if (kind.extension == extension) return kind.type;
    }
    return ContentType::unknown;
}

ContentType detect_zip(std::string_view bytes) {
    auto archive = ZipReader::open(std::string(bytes));
    if (!archive) return ContentType::unknown;
    if (!archive->has("[Content_Types].xml")) return ContentType::zip;
    if (archive->has("xl/workbook.xml")) return ContentType::xlsx;
    if (archive->has("word/document.xml")) return ContentType::docx;
    if (archive->has("ppt/presentation.xml")) return ContentType::pptx;
    return ContentType::zip;
}

bool is_markup(std::string_view text) {
    std::string start = base::to_lower_ascii(base::trim(text.substr(0, 4096)));
    if (!start.starts_with('<')) return false;
    for (std::string_view mark : {"<!doctype", "<html", "<head", "<body", "<script", "<svg",
                                  "<?xml", "<!--", "<iframe", "<img", "<math"}) {
        if (start.starts_with(mark)) return true;
    }
    return false;
}

/// Two lines or more, each with the same number (at least one) of commas outside quotes.
bool is_csv(std::string_view text) {
    int expected = -1;
    int count = 0;
    int lines = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size() && lines < 5; ++i) {
        char c = text[i];
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == ',') ++count;
        if (c != '\n') continue;
        if (count == 0 || (expected >= 0 && count != expected)) return false;
        expected = std::exchange(count, 0);
        ++lines;
    }
    return lines >= 2 || (lines == 1 && count == expected);
}

ContentType detect_text(std::string_view bytes) {
    auto decoded = decode_text(bytes);
    if (!decoded || base::has_control_characters(decoded->text)) return ContentType::unknown;
    if (is_markup(decoded->text)) return ContentType::unknown;
    return is_csv(decoded->text) ? ContentType::csv : ContentType::text;
}

bool is_mp4(std::string_view bytes) {
    if (bytes.size() < 16 || bytes.substr(4, 4) != "ftyp") return false;
    constexpr std::array<std::string_view, 8> brands{"isom", "iso2", "iso4", "iso5",
                                                     "iso6", "mp41", "mp42", "avc1"};
    std::string_view brand = bytes.substr(8, 4);
    return std::find(brands.begin(), brands.end(), brand) != brands.end() || brand == "M4V ";
}

/// Text files of a table and of prose cannot be told apart surely: the name decides.
bool agrees(ContentType claimed, ContentType found) {
    if (claimed == found) return true;
    auto is_text = [](ContentType type) {
        return type == ContentType::csv || type == ContentType::text;
    };
    return is_text(claimed) && is_text(found);
}

}  // namespace

ContentType detect(std::string_view bytes) {
    if (bytes.empty()) return ContentType::unknown;
    if (bytes.starts_with("%PDF-")) return ContentType::pdf;
    if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return ContentType::png;
    if (bytes.starts_with("\xFF\xD8\xFF")) return ContentType::jpeg;
    if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return ContentType::gif;
    bool riff = bytes.starts_with("RIFF") && bytes.size() >= 16;
    if (riff && bytes.substr(8, 4) == "WEBP") return ContentType::webp;
    if (bytes.starts_with("PK\x03\x04")) return detect_zip(bytes);
    if (is_mp4(bytes)) return ContentType::mp4;
    return detect_text(bytes);
}

std::string_view media_type(ContentType type) {
    return kind_of(type).media_type;
}

std::string_view extension(ContentType type) {
    return kind_of(type).extension;
}

base::Result<ContentType> check_content_type(std::string_view bytes, std::string_view file_name,
                                             std::span<const ContentType> allowed) {
    if (bytes.empty()) return base::refuse(base::invalid("file_empty"));
    std::size_t point = file_name.rfind('.');
    std::string claimed_extension =
        point == file_name.npos ? "" : base::to_lower_ascii(file_name.substr(point + 1));
    ContentType claimed = type_of_extension(claimed_extension);
    auto is_allowed = [&](ContentType type) {
        return type != ContentType::unknown &&
               std::find(allowed.begin(), allowed.end(), type) != allowed.end();
    };
    std::string list;
    for (ContentType type : allowed)
        list += (list.empty() ? "" : ", ") + std::string(extension(type));
    if (!is_allowed(claimed)) {
        return base::refuse(base::error(base::ErrorKind::unsupported, "file_type_not_allowed")
                                .with("claimed", base::shorten(claimed_extension, 20))
                                .with("allowed", list));
    }
    ContentType found = detect(bytes);
    if (!agrees(claimed, found)) {
        return base::refuse(base::error(base::ErrorKind::unsupported, "file_type_mismatch")
                                .with("claimed", claimed_extension)
                                .with("found", extension(found))
                                .with("allowed", list));
    }
    return claimed;
}

}  // namespace format
