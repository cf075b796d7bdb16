#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include <pugixml.hpp>

#include "base/text.h"
#include "format/encoding.h"
#include "format/xlsx.h"
#include "format/xml.h"
#include "format/zip.h"

namespace format {
namespace {

constexpr std::string_view ole_mark = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
constexpr std::size_t small_part_bytes_max = 32 << 20;  ///< parts that become a tree at once

base::Error unreadable(std::string_view part, std::string_view words) {
    return base::malformed("xlsx_unreadable").with("part", part).saying(words);
}

base::Error too_large(std::string_view key, std::string_view value) {
    return base::error(base::ErrorKind::too_large, "xlsx_too_large").with(key, value);
}

/// What the archive refuses, in the words of a spreadsheet.
base::Error as_xlsx(const base::Error& reason, std::string_view part) {
    if (reason.code == "zip_bomb") {
        return base::error(base::ErrorKind::too_large, "xlsx_zip_bomb");
    }
    if (reason.code == "zip_too_many_entries") return too_large("what", "parts");
    if (reason.code == "zip_encrypted") return base::invalid("xlsx_encrypted");
    return unreadable(part, base::describe(reason));
}

/// "x:row" → "row": some programs prefix the names.
std::string_view local_name(std::string_view name) {
    std::size_t colon = name.find(':');
    return colon == name.npos ? name : name.substr(colon + 1);
}

pugi::xml_node child_of(pugi::xml_node parent, std::string_view name) {
    return parent.find_child([&](pugi::xml_node node) { return local_name(node.name()) == name; });
}

std::string_view attribute_of(pugi::xml_node node, std::string_view name) {
    for (pugi::xml_attribute attribute : node.attributes()) {
        if (local_name(attribute.name()) == name) return attribute.value();
    }
    return {};
}

/// "_x000D_" → CR: how spreadsheets write what XML cannot hold.
std::string unescape(std::string_view text) {
    std::string result;
    while (true) {
        std::size_t at = text.find("_x");
        if (at == text.npos) return result += text;
        result += text.substr(0, at);
        unsigned code = 0;
        const char* first = text.data() + at + 2;
        bool whole = text.size() >= at + 7 && text[at + 6] == '_';
        auto read = whole ? std::from_chars(first, first + 4, code, 16)
                          : std::from_chars_result{first, std::errc::invalid_argument};
        if (read.ec != std::errc() || read.ptr != first + 4 || code > 0x7F) {
            result += "_x";
            text.remove_prefix(at + 2);
            continue;
        }
        result += static_cast<char>(code);
        text.remove_prefix(at + 7);
    }
}

/// The text of <si> or <is>: plain <t>, or the <t> of each <r>; readings (rPh) left out.
std::string rich_text(pugi::xml_node node) {
    std::string text;
    for (pugi::xml_node child : node.children()) {
        if (local_name(child.name()) == "t") text += child.text().get();
        if (local_name(child.name()) == "r") text += child_of(child, "t").text().get();
    }
    return unescape(text);
}

/// Walks the `<name …>…</name>` elements of a large part one by one, so that only one of them is
/// a tree at a time. Elements of that name do not nest in spreadsheets.
class ElementWalk {
  public:
    ElementWalk(std::string_view xml, std::string_view name) : xml_(xml), name_(name) {}

    /// The next element's whole text; nothing at the end. Malformed ends as an element that does
    /// not parse.
    std::optional<std::string_view> next() {
        std::size_t start = find_start();
        if (start == xml_.npos) return {};
        std::size_t tag_end = end_of_tag(start);
        if (tag_end == xml_.npos) return rest_from(start);
        if (xml_[tag_end - 1] == '/') {
            at_ = tag_end + 1;
            return xml_.substr(start, at_ - start);
        }
        std::size_t name_end = xml_.find_first_of(" \t\r\n>/", start + 1);
        std::string closing = "</" + std::string(xml_.substr(start + 1, name_end - start - 1));
        std::size_t close = xml_.find(closing, tag_end);
        std::size_t end = close == xml_.npos ? close : xml_.find('>', close);
        if (end == xml_.npos) return rest_from(start);
        at_ = end + 1;
        return xml_.substr(start, at_ - start);
    }

  private:
    std::string_view rest_from(std::size_t start) {
        at_ = xml_.size();
        return xml_.substr(start);
    }

    std::size_t find_start() {
        while (true) {
            std::size_t start = xml_.find('<', at_);
            if (start == xml_.npos) return start;
            std::size_t end = xml_.find_first_of(" \t\r\n>/", start + 1);
            if (end == xml_.npos) return end;
            if (local_name(xml_.substr(start + 1, end - start - 1)) == name_) return start;
            at_ = start + 1;
        }
    }

    std::size_t end_of_tag(std::size_t start) const {
        char quote = 0;
        for (std::size_t i = start; i < xml_.size(); ++i) {
            char c = xml_[i];
            if (quote != 0) {
                if (c == quote) quote = 0;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '>') {
                return i;
            }
        }
        return xml_.npos;
    }

    std::string_view xml_;
    std::string_view name_;
    std::size_t at_ = 0;
};

bool parse_element(pugi::xml_document& document, std::string_view element) {
    unsigned options = pugi::parse_default | pugi::parse_ws_pcdata | pugi::parse_fragment;
    return static_cast<bool>(
        document.load_buffer(element.data(), element.size(), options, pugi::encoding_utf8));
}

/// The parts of one workbook.
class Package {
  public:
    Package(ZipReader archive, const XlsxLimits& limits)
        : archive_(std::move(archive)), limits_(limits) {}

    bool has(const std::string& part) const { return archive_.has(part); }

    base::Result<std::string> text(const std::string& part) {
        auto bytes = archive_.read(part);
        if (!bytes) return base::refuse(as_xlsx(bytes.error(), part));
        if (bytes->starts_with("\xFF\xFE") || bytes->starts_with("\xFE\xFF")) {
            auto decoded = decode_text(*bytes);
            if (!decoded) return base::refuse(unreadable(part, "wrong encoding"));
            *bytes = std::move(decoded->text);
        }
        bool dtd =
            bytes->find("<!DOCTYPE") != bytes->npos || bytes->find("<!ENTITY") != bytes->npos;
        if (dtd) return base::refuse(unreadable(part, "holds a document type"));
        if (!base::is_valid_utf8(*bytes)) return base::refuse(unreadable(part, "not UTF-8"));
        return std::move(*bytes);
    }

    base::Result<std::unique_ptr<pugi::xml_document>> tree(const std::string& part) {
        std::string xml = TRY(text(part));
        auto document = parse_xml(xml, small_part_bytes_max);
        if (!document) return base::refuse(unreadable(part, base::describe(document.error())));
        return std::move(*document);
    }

    const XlsxLimits& limits() const { return limits_; }

  private:
    ZipReader archive_;
    const XlsxLimits& limits_;
};

struct Relation {
    std::string type;    ///< last part of the type's address, e.g. "worksheet"
    std::string target;  ///< path of the part
};
using Relations = std::map<std::string, Relation, std::less<>>;

/// "xl" + "../a/b.xml" → "a/b.xml"; "/xl/b.xml" → "xl/b.xml".
std::string resolve(const std::string& folder, std::string_view target) {
    if (target.starts_with('/')) return std::string(target.substr(1));
    std::vector<std::string> parts;
    if (!folder.empty()) parts = base::split(folder, '/');
    for (const std::string& part : base::split(target, '/')) {
        if (part == ".." && !parts.empty()) parts.pop_back();
        if (part != ".." && part != ".") parts.push_back(part);
    }
    return base::join(parts, "/");
}

base::Result<Relations> read_relations(Package& package, const std::string& folder,
                                       const std::string& file) {
    std::string part = (folder.empty() ? "" : folder + "/") + "_rels/" + file + ".rels";
    Relations relations;
    if (!package.has(part)) return relations;
    auto document = TRY(package.tree(part));
    for (pugi::xml_node node : document->document_element().children()) {
        std::string_view type = attribute_of(node, "Type");
        if (attribute_of(node, "TargetMode") == "External") continue;
        relations[std::string(attribute_of(node, "Id"))] = {
            std::string(type.substr(type.rfind('/') + 1)),
            resolve(folder, attribute_of(node, "Target"))};
    }
    return relations;
}

const Relation* relation_of_type(const Relations& relations, std::string_view type) {
    for (const auto& [id, relation] : relations) {
        if (relation.type == type) return &relation;
    }
    return nullptr;
}

base::Result<std::vector<std::string>> read_shared_strings(Package& package,
                                                           const std::string& part) {
    std::string xml = TRY(package.text(part));
    std::vector<std::string> strings;
    std::size_t bytes = 0;
    ElementWalk walk(xml, "si");
    pugi::xml_document document;
    while (auto element = walk.next()) {
        if (!parse_element(document, *element)) return base::refuse(unreadable(part, "malformed"));
        strings.push_back(rich_text(document.first_child()));
        bytes += strings.back().size();
        if (bytes > package.limits().text_bytes_max) {
            return base::refuse(too_large("what", "text"));
        }
    }
    return strings;
}

bool is_builtin_date(int format_id) {
    return (format_id >= 14 && format_id <= 22) || (format_id >= 27 && format_id <= 36) ||
           (format_id >= 45 && format_id <= 47) || (format_id >= 50 && format_id <= 58);
}

/// For each cell style whether it shows a date.
base::Result<std::vector<bool>> read_styles(Package& package, const std::string& part) {
    auto document = TRY(package.tree(part));
    std::map<int, bool> formats;
    pugi::xml_node root = document->document_element();
    for (pugi::xml_node node : child_of(root, "numFmts").children()) {
        int id = node.attribute("numFmtId").as_int(-1);
        formats[id] = is_date_format(attribute_of(node, "formatCode"));
    }
    std::vector<bool> dates;
    for (pugi::xml_node node : child_of(root, "cellXfs").children()) {
        int id = node.attribute("numFmtId").as_int(0);
        auto own = formats.find(id);
        dates.push_back(own != formats.end() ? own->second : is_builtin_date(id));
    }
    return dates;
}

/// "C12" → column 2; nothing when malformed.
std::optional<std::size_t> column_of(std::string_view reference) {
    std::size_t column = 0;
    std::size_t letters = 0;
    while (letters < reference.size() && reference[letters] >= 'A' && reference[letters] <= 'Z') {
        column = column * 26 + static_cast<std::size_t>(reference[letters++] - 'A' + 1);
        if (letters > 3) return {};
    }
    if (letters == 0) return {};
    return column - 1;
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number value{};
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size()) return {};
    return value;
}

class SheetReader {
  public:
    SheetReader(const XlsxLimits& limits, std::string part, std::vector<std::string> strings,
                std::vector<bool> date_styles, DateSystem date_system)
        : limits_(limits),
          part_(std::move(part)),
          strings_(std::move(strings)),
          date_styles_(std::move(date_styles)),
          date_system_(date_system) {}

    base::Status read(std::string_view xml, std::vector<Row>& rows) {
        std::size_t data = xml.find("sheetData");
        if (data == xml.npos) return base::refuse(unreadable(part_, "no sheet data"));
        ElementWalk walk(xml.substr(data), "row");
        pugi::xml_document document;
        std::size_t number = 0;
        while (auto element = walk.next()) {
            if (!parse_element(document, *element)) {
                return base::refuse(unreadable(part_, "malformed row"));
            }
            Row row;
            TRY(read_row(document.first_child(), number, row));
            number = row.number;
            if (row.cells.empty()) continue;
            if (rows.size() == limits_.rows_max) {
                return base::refuse(too_large("cell", cell_name(0, row.number)));
            }
            rows.push_back(std::move(row));
        }
        return {};
    }

  private:
    base::Status read_row(pugi::xml_node node, std::size_t previous, Row& row) {
        std::string_view given = attribute_of(node, "r");
        auto number = given.empty() ? std::optional(previous + 1) : number_of<std::size_t>(given);
        if (!number || *number <= previous || *number > 1'048'576) {
            return base::refuse(unreadable(part_, "row numbers out of order"));
        }
        row.number = *number;
        std::size_t next = 0;
        for (pugi::xml_node cell : node.children()) {
            if (local_name(cell.name()) != "c") continue;
            std::string_view reference = attribute_of(cell, "r");
            auto column = reference.empty() ? std::optional(next) : column_of(reference);
            if (!column) return base::refuse(unreadable(part_, "malformed cell reference"));
            next = *column + 1;
            std::string name = cell_name(*column, row.number);
            std::string text = TRY(read_cell(cell, name));
            if (text.empty()) continue;
            if (*column >= limits_.columns_max) return base::refuse(too_large("cell", name));
            if (row.cells.size() <= *column) row.cells.resize(*column + 1);
            row.cells[*column] = std::move(text);
        }
        return {};
    }

    base::Result<std::string> read_cell(pugi::xml_node cell, const std::string& name) {
        std::string text = TRY(text_of(cell, name));
        bool long_cell = text.size() > limits_.cell_characters_max &&
                         base::count_characters(text) > limits_.cell_characters_max;
        text_bytes_ += text.size();
        if (long_cell || text_bytes_ > limits_.text_bytes_max) {
            return base::refuse(too_large("cell", name));
        }
        return text;
    }

    base::Result<std::string> text_of(pugi::xml_node cell, const std::string& name) const {
        std::string_view type = attribute_of(cell, "t");
        if (type == "inlineStr") return rich_text(child_of(cell, "is"));
        std::string_view value = child_of(cell, "v").text().get();
        if (value.empty()) return std::string();
        if (type == "s") {
            auto index = number_of<std::size_t>(value);
            if (index && *index < strings_.size()) return strings_[*index];
            return base::refuse(unreadable(part_, "no shared string for " + name));
        }
        if (type == "b") return std::string(value == "1" ? "true" : "false");
        if (type == "str" || type == "e") return unescape(value);
        if (type == "d") {
            std::size_t midnight = value.find("T00:00:00");
            return std::string(value.substr(0, midnight));
        }
        auto style = number_of<std::size_t>(attribute_of(cell, "s"));
        bool date = style && *style < date_styles_.size() && date_styles_[*style];
        return date ? date_of_serial(value, date_system_) : plain_number(value);
    }

    const XlsxLimits& limits_;
    std::string part_;
    std::vector<std::string> strings_;
    std::vector<bool> date_styles_;
    DateSystem date_system_;
    std::size_t text_bytes_ = 0;
};

struct FoundSheet {
    std::string name;
    std::string part;
};

base::Result<FoundSheet> find_sheet(pugi::xml_node workbook, const Relations& relations,
                                    const Package& package, std::string_view wanted) {
    for (pugi::xml_node node : child_of(workbook, "sheets").children()) {
        std::string_view name = attribute_of(node, "name");
        if (!wanted.empty() && name != wanted) continue;
        bool hidden =
            !attribute_of(node, "state").empty() && attribute_of(node, "state") != "visible";
        if (wanted.empty() && hidden) continue;
        std::string_view id;
        for (pugi::xml_attribute attribute : node.attributes()) {
            std::string_view full = attribute.name();
            if (full.ends_with(":id")) id = attribute.value();
        }
        auto relation = relations.find(id);
        bool usable = relation != relations.end() && relation->second.type == "worksheet" &&
                      package.has(relation->second.target);
        if (usable) return FoundSheet{std::string(name), relation->second.target};
    }
    return base::refuse(base::invalid("xlsx_no_sheet").with("sheet", base::shorten(wanted, 40)));
}

base::Result<Package> open_package(std::string bytes, const XlsxLimits& limits) {
    if (bytes.starts_with(ole_mark)) return base::refuse(base::invalid("xlsx_encrypted"));
    if (bytes.size() > limits.file_bytes_max) return base::refuse(too_large("what", "file"));
    ZipLimits zip_limits;
    zip_limits.entries_max = limits.parts_max;
    zip_limits.entry_bytes_max = limits.part_bytes_max;
    zip_limits.total_bytes_max = limits.total_bytes_max;
    zip_limits.ratio_max = limits.ratio_max;
    auto archive = ZipReader::open(std::move(bytes), zip_limits);
    if (!archive) return base::refuse(as_xlsx(archive.error(), "zip"));
    return Package(std::move(*archive), limits);
}

}  // namespace

base::Result<Table> read_xlsx(std::string bytes, const XlsxLimits& limits,
                              std::string_view sheet_name) {
    Package package = TRY(open_package(std::move(bytes), limits));
    Relations top = TRY(read_relations(package, "", ""));
    const Relation* main = relation_of_type(top, "officeDocument");
    std::string workbook_part = main != nullptr ? main->target : "xl/workbook.xml";
    if (!package.has(workbook_part)) {
        return base::refuse(unreadable(workbook_part, "no workbook in the archive"));
    }
    std::size_t slash = workbook_part.rfind('/');
    std::string folder = slash == workbook_part.npos ? "" : workbook_part.substr(0, slash);
    std::string file = workbook_part.substr(slash == workbook_part.npos ? 0 : slash + 1);
    Relations relations = TRY(read_relations(package, folder, file));
    auto workbook = TRY(package.tree(workbook_part));
    pugi::xml_node root = workbook->document_element();
    FoundSheet found = TRY(find_sheet(root, relations, package, sheet_name));

    std::vector<std::string> strings;
    const Relation* shared = relation_of_type(relations, "sharedStrings");
    if (shared != nullptr && package.has(shared->target)) {
        strings = TRY(read_shared_strings(package, shared->target));
    }
    std::vector<bool> date_styles;
    const Relation* styles = relation_of_type(relations, "styles");
    if (styles != nullptr && package.has(styles->target)) {
        date_styles = TRY(read_styles(package, styles->target));
    }
    bool from_1904 = child_of(root, "workbookPr").attribute("date1904").as_bool();
    std::string xml = TRY(package.text(found.part));
    Table table{found.name, {}};
    SheetReader reader(limits, found.part, std::move(strings), std::move(date_styles),
                       from_1904 ? DateSystem::from_1904 : DateSystem::from_1900);
    TRY(reader.read(xml, table.rows));
    return table;
}

}  // namespace format
