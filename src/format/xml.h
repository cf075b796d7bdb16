#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

#include "base/result.h"

namespace format {

/// Writes XML (feeds, sitemaps) element by element. Escapes everything, leaves out characters
/// that XML 1.0 forbids, and closes what was opened. Misuse is our own mistake and aborts.
class XmlWriter {
  public:
    XmlWriter();
    XmlWriter& start(std::string_view name);
    /// Only directly after start().
    XmlWriter& attribute(std::string_view name, std::string_view value);
    XmlWriter& text(std::string_view value);
    XmlWriter& end();
    /// start, text, end.
    XmlWriter& leaf(std::string_view name, std::string_view value);
    /// The document; every element must be closed.
    std::string finish();

  private:
    void close_tag();

    std::string out_;
    std::vector<std::string> open_;
    bool in_tag_ = false;
};

std::string escape_xml(std::string_view text);

/// Parses a document that we do not trust: UTF-8, no DOCTYPE (so no entities), limited size and
/// depth. Errors: `xml_too_large`, `xml_doctype_refused`, `xml_too_deep`, `xml_malformed` (offset).
base::Result<std::unique_ptr<pugi::xml_document>> parse_xml(std::string_view text,
                                                            std::size_t bytes_max = 16 << 20);

}  // namespace format
