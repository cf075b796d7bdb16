#include "format/xml.h"

#include "base/check.h"
#include "base/text.h"

namespace format {
namespace {

constexpr int depth_max = 64;

/// Depth without recursion, so that a hostile document cannot exhaust the stack here either.
bool is_too_deep(const pugi::xml_document& document) {
    int depth = 0;
    pugi::xml_node node = document.first_child();
    while (node) {
        if (pugi::xml_node child = node.first_child()) {
            if (++depth > depth_max) return true;
            node = child;
            continue;
        }
        while (node && !node.next_sibling()) {
            node = node.parent();
            --depth;
        }
        if (node) node = node.next_sibling();
    }
    return false;
}

}  // namespace

std::string escape_xml(std::string_view text) {
    std::string result;
    result.reserve(text.size() + text.size() / 8);
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\r':
                result += "&#13;";
                break;
            case '\t':
            case '\n':
                result += c;
                break;
            default:
                if (byte >= 0x20) result += c;
        }
    }
    // U+FFFE and U+FFFF are valid UTF-8 but no XML characters.
    result = base::replace_all(std::move(result), "\xEF\xBF\xBE", "");
    return base::replace_all(std::move(result), "\xEF\xBF\xBF", "");
}

XmlWriter::XmlWriter() : out_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {
}

void XmlWriter::close_tag() {
    if (in_tag_) out_ += '>';
    in_tag_ = false;
}

XmlWriter& XmlWriter::start(std::string_view name) {
    CHECK(!name.empty());
    close_tag();
    out_ += '<';
    out_ += name;
    open_.emplace_back(name);
    in_tag_ = true;
    return *this;
}

XmlWriter& XmlWriter::attribute(std::string_view name, std::string_view value) {
    CHECK(in_tag_);
    std::string escaped = escape_xml(value);
    escaped = base::replace_all(std::move(escaped), "\n", "&#10;");
    escaped = base::replace_all(std::move(escaped), "\t", "&#9;");
    out_ += ' ';
    out_ += name;
    out_ += "=\"" + escaped + '"';
    return *this;
}

XmlWriter& XmlWriter::text(std::string_view value) {
    CHECK(!open_.empty());
    close_tag();
    out_ += escape_xml(value);
    return *this;
}

XmlWriter& XmlWriter::end() {
    CHECK(!open_.empty());
    if (in_tag_) {
        out_ += "/>";
        in_tag_ = false;
    } else {
        out_ += "</" + open_.back() + '>';
    }
    open_.pop_back();
    return *this;
}

XmlWriter& XmlWriter::leaf(std::string_view name, std::string_view value) {
    return start(name).text(value).end();
}

std::string XmlWriter::finish() {
    CHECK(open_.empty());
    return std::move(out_);
}

base::Result<std::unique_ptr<pugi::xml_document>> parse_xml(std::string_view text,
                                                            std::size_t bytes_max) {
    if (text.size() > bytes_max) {
        return base::refuse(base::error(base::ErrorKind::too_large, "xml_too_large"));
    }
    bool dtd = text.find("<!DOCTYPE") != text.npos || text.find("<!ENTITY") != text.npos;
    if (dtd) return base::refuse(base::malformed("xml_doctype_refused"));
    auto document = std::make_unique<pugi::xml_document>();
    unsigned options = pugi::parse_default | pugi::parse_ws_pcdata_single;
    auto result = document->load_buffer(text.data(), text.size(), options, pugi::encoding_utf8);
    if (!result || !document->document_element()) {
        return base::refuse(base::malformed("xml_malformed")
                                .with("offset", std::to_string(result.offset))
                                .saying(result.description()));
    }
    if (is_too_deep(*document)) return base::refuse(base::malformed("xml_too_deep"));
    return document;
}

}  // namespace format
