#include "run_cases/uploads.h"

#include <functional>

#include "format/encoding.h"
#include "format/pdf.h"
#include "format/xlsx.h"
#include "format/zip.h"
#include "run_cases/value.h"

namespace run_cases {

namespace {

namespace json = base::json;

struct Making {
    const std::map<std::string, std::string>& saved;
    base::Time now;
    const std::filesystem::path& scratch;
};

std::string cell_text(const json::value& cell) {
    if (cell.is_null()) return {};
    return cell.is_string() ? std::string(cell.get_string()) : json::serialize(cell);
}

base::Result<std::string> workbook(const std::string& text, const Making& making) {
    const json::value table = TRY(read_value(text));
    if (!table.is_array() || table.get_array().empty()) {
        return base::refuse(
            base::malformed("value_unreadable").saying("xlsx=[[heading…], [row…]]"));
    }
    format::Workbook book{.title = "case", .created = making.now, .sheet = {.name = "Sheet1"}};
    bool is_heading = true;
    for (const json::value& row : table.get_array()) {
        std::vector<std::string> cells;
        for (const json::value& cell : row.as_array())
            cells.push_back(cell_text(cell));
        if (!is_heading) {
            book.sheet.rows.push_back(std::move(cells));
            continue;
        }
        for (std::string& cell : cells)
            book.sheet.columns.push_back({.title = std::move(cell)});
        is_heading = false;
    }
    return format::write_xlsx(book, making.scratch);
}

/// A workbook whose one sheet is almost nothing on the wire and `megabytes` when unpacked.
std::string zip_bomb(std::size_t megabytes, base::Time now) {
    format::ZipWriter zip;
    zip.add("[Content_Types].xml",
            R"(<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/)"
            R"(content-types"><Default Extension="xml" ContentType="application/xml"/></Types>)",
            now);
    zip.add(
        "xl/workbook.xml",
        R"(<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/)"
        R"(spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/)"
        R"(2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>)",
        now);
    zip.add(
        "xl/_rels/workbook.xml.rels",
        R"(<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/)"
        R"(2006/relationships"><Relationship Id="r1" Target="worksheets/sheet1.xml" )"
        R"(Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>)"
        R"(</Relationships>)",
        now);
    zip.add("xl/worksheets/sheet1.xml", std::string(megabytes << 20, ' '), now);
    return zip.finish();
}

base::Result<std::string> from_hex(const std::string& text) {
    std::string bytes;
    const std::string digits = "0123456789abcdef";
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        const std::size_t high = digits.find(text[i]), low = digits.find(text[i + 1]);
        if (high == std::string::npos || low == std::string::npos)
            return base::refuse(base::malformed("value_unreadable").saying("hex=" + text));
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

std::string one_page(const std::string& text, base::Time now) {
    format::PdfDocument document({.title = text, .created = now});
    document.paragraph(text);
    return document.finish();
}

using Maker = std::function<base::Result<std::string>(const std::string&, const Making&)>;

const std::map<std::string, Maker>& makers() {
    using Text = base::Result<std::string>;
    static const std::map<std::string, Maker> table{
        {"content", [](const std::string& text, const Making&) -> Text { return text; }},
        {"gb",
         [](const std::string& text, const Making&) -> Text {
             return format::encode_gb18030(text);
         }},
        {"hex", [](const std::string& text, const Making&) { return from_hex(text); }},
        {"xlsx", workbook},
        {"pdf",
         [](const std::string& text, const Making& making) -> Text {
             return one_page(text, making.now);
         }},
        {"zeros",
         [](const std::string& text, const Making&) -> Text {
             return std::string(std::stoull(text), '\0');
         }},
        {"bomb",
         [](const std::string& text, const Making& making) -> Text {
             return zip_bomb(std::stoull(text), making.now);
         }},
        {"saved",
         [](const std::string& text, const Making& making) -> Text {
             const auto kept = making.saved.find(text);
             if (kept == making.saved.end())
                 return base::refuse(base::malformed("value_unreadable").saying("saved=" + text));
             return kept->second;
         }},
    };
    return table;
}

}  // namespace

base::Result<Upload> Upload::from(const std::vector<Token>& settings,
                                  const std::map<std::string, std::string>& saved, base::Time now,
                                  const std::filesystem::path& scratch) {
    Upload upload;
    const Making making{saved, now, scratch};
    bool has_content = false;
    std::size_t cut = std::string::npos;
    for (const Token& setting : settings) {
        const auto maker = makers().find(setting.key);
        if (maker != makers().end()) {
            upload.bytes = TRY(maker->second(setting.text, making));
            has_content = true;
        } else if (setting.key == "file") {
            upload.file_name = setting.text;
        } else if (setting.key == "cut") {
            cut = std::stoull(setting.text);
        } else {
            upload.fields.emplace_back(setting.key, setting.text);
        }
    }
    if (!upload.file_name.empty() && !has_content)
        return base::refuse(base::malformed("upload_without_content"));
    if (cut < upload.bytes.size()) upload.bytes.resize(cut);
    return upload;
}

void Upload::put_into(Call& call) const {
    const std::string boundary = "----case-boundary-7d1f";
    std::string& body = call.body;
    for (const auto& [name, value] : fields) {
        body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name +
                "\"\r\n\r\n" + value + "\r\n";
    }
    if (!file_name.empty()) {
        body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" +
                file_name + "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        body += bytes;
        body += "\r\n";
    }
    body += "--" + boundary + "--\r\n";
    call.content_type = "multipart/form-data; boundary=" + boundary;
}

}  // namespace run_cases
