#include "fuzz/targets.h"

#include <algorithm>

#include "base/check.h"
#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"
#include "format/csv.h"
#include "format/xlsx.h"
#include "format/zip.h"
#include "http/decode.h"
#include "http/multipart.h"
#include "http/wire_parser.h"
#include "search/page_cursor.h"
#include "search/query.h"

namespace fuzz {
namespace {

const search::Schema schema{{{"title", 4}, {"body", 1}}, {}, {}};

void run_json(std::string_view bytes) {
    const auto value = base::parse_json(bytes, 1 << 20);
    if (!value) return;
    const std::string text = base::json::serialize(*value);
    const auto again = base::parse_json(text, 4 << 20);
    CHECK_WITH(again.has_value(), text);
    CHECK_WITH(base::json::serialize(*again) == text, text);
}

void walk(const base::Yaml& node, int depth) {
    if (depth > 200) return;
    (void)node.text_or("");
    for (const base::Yaml& item : node.items())
        walk(item, depth + 1);
    for (const auto& [name, item] : node.pairs())
        walk(item, depth + 1);
}

void run_yaml(std::string_view bytes) {
    const auto root = base::Yaml::parse(bytes, "fuzz.yaml");
    if (root) walk(*root, 0);
}

void run_csv(std::string_view bytes) {
    const format::CsvLimits limits{
        .bytes_max = 1 << 20, .rows_max = 1000, .columns_max = 100, .cell_bytes_max = 10'000};
    const auto table = format::read_csv(bytes, limits);
    if (!table) return;
    for (const format::Row& row : table->rows) {
        CHECK(row.cells.size() <= limits.columns_max);
        for (const std::string& cell : row.cells)
            CHECK_WITH(base::is_valid_utf8(cell), "a cell that is no text");
    }
}

const format::XlsxLimits xlsx_limits{.file_bytes_max = 1 << 20,
                                     .part_bytes_max = 1 << 20,
                                     .total_bytes_max = 4 << 20,
                                     .rows_max = 1000,
                                     .columns_max = 100,
                                     .text_bytes_max = 1 << 20};

void check_table(const format::Table& table) {
    CHECK(table.rows.size() <= xlsx_limits.rows_max + 1);
    for (const format::Row& row : table.rows)
        for (const std::string& cell : row.cells)
            CHECK_WITH(base::is_valid_utf8(cell), "a cell that is no text");
}

void run_xlsx(std::string_view bytes) {
    const auto table = format::read_xlsx(std::string(bytes), xlsx_limits);
    if (table) check_table(*table);
}

/// A workbook around one sheet, so that what is mutated is the XML and not the checksum of the zip.
std::string workbook_around(std::string_view sheet) {
    format::ZipWriter zip;
    const base::Time moment{1'700'000'000'000'000};
    const auto add = [&](std::string_view name, std::string_view content) {
        zip.add(std::string(name), std::string(content), moment, format::ZipMethod::store);
    };
    add("[Content_Types].xml",
        R"(<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>)");
    add("xl/workbook.xml",
        R"(<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">)"
        R"(<sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>)");
    add("xl/_rels/workbook.xml.rels",
        R"(<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>)");
    add("xl/sharedStrings.xml", R"(<sst><si><t>甲</t></si><si><r><t>乙</t></r></si></sst>)");
    add("xl/worksheets/sheet1.xml", sheet);
    return zip.finish();
}

void run_xlsx_sheet(std::string_view bytes) {
    run_xlsx(workbook_around(bytes));
}

/// What comes of the bytes when they are offered `step` at a time.
std::string parsed_http(std::string_view bytes, std::size_t step) {
    http::WireParser parser(http::WireParser::Kind::request, 8192);
    std::string pending;
    std::size_t taken = 0;
    while (parser.state() != http::WireParser::State::done) {
        if (taken >= bytes.size()) return "more";
        const std::size_t count = std::min(step, bytes.size() - taken);
        pending.append(bytes.substr(taken, count));
        taken += count;
        while (!pending.empty() && parser.state() != http::WireParser::State::done) {
            const bool in_head = parser.state() == http::WireParser::State::head;
            const auto used = parser.feed(pending);
            if (!used) return used.error().code;
            CHECK(*used <= pending.size());
            pending.erase(0, *used);
            if (in_head && parser.state() != http::WireParser::State::head) {
                if (const auto accepted = parser.take_body(4096); !accepted)
                    return accepted.error().code;
            } else if (*used == 0) {
                break;
            }
        }
    }
    return parser.head().method + " " + parser.head().target + " " + parser.body();
}

void run_http(std::string_view bytes) {
    if (bytes.size() > 20'000) return;
    (void)parsed_http(bytes, 1);
    (void)parsed_http(bytes, 7);
    (void)parsed_http(bytes, bytes.size() + 1);
}

void run_target(std::string_view bytes) {
    const auto path = http::normalise_path(bytes);
    if (path) {
        CHECK(path->starts_with("/"));
        CHECK_WITH(path->find("/../") == std::string::npos, *path);
    }
    (void)http::parse_pairs(bytes);
    (void)http::parse_cookies(bytes);
}

void run_multipart(std::string_view bytes) {
    (void)http::parse_multipart("multipart/form-data; boundary=b", bytes);
}

void run_query(std::string_view bytes) {
    for (const auto matching : {search::Matching::all, search::Matching::any})
        (void)search::parse_query(bytes, schema, matching);
}

void run_cursor(std::string_view bytes) {
    search::Query query;
    query.text = "膜";
    query.cursor = std::string(bytes);
    const auto end = search::read_cursor(query);
    if (!end) return;
    query.cursor = search::write_cursor(query, *end);
    const auto again = search::read_cursor(query);
    CHECK(again.has_value() && again->key == end->key && again->id == end->id);
}

std::string seed_cursor() {
    search::Query query;
    query.text = "膜";
    return search::write_cursor(query, {42, "01J00000000000000000000000"});
}

const std::string sheet_seed =
    R"(<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1.5E3</v></c></row>)"
    R"(<row r="3"><c r="A3" t="inlineStr"><is><t>丙</t></is></c><c r="C3" t="b"><v>1</v></c>)"
    R"(<c r="D3" s="1"><v>45000.5</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/>)"
    R"(</mergeCells></worksheet>)";

}  // namespace

const std::vector<Target>& targets() {
    static const std::vector<Target> all{
        {"json",
         run_json,
         {R"({"a":[1,-2,"三",true,null,{"b":1e3}]})", R"("\u4e2d\ud83d\ude00")", "[[[[[]]]]]"},
         {"{", "}", "[", "]", "\"", "\\u", "\\ud83d", "1e999", "-0", "null", ",", ":"}},
        {"yaml",
         run_yaml,
         {"a: 1\nb: [x, y]\nc:\n  - {d: e}\n", "- 'q'\n- \"\\u4e2d\"\n- |\n  text\n", "&x a: *x\n"},
         {": ", "- ", "&a ", "*a", "!!str", "|\n", ">", "{", "[", "---\n", "\t", "<<: "}},
        {"csv",
         run_csv,
         {"a,b\r\n1,\"x, \"\"y\"\"\"\r\n", "甲;乙\n1;2\n", "a\tb\n\"多\n行\"\t2\n"},
         {"\"", "\"\"", ",", ";", "\t", "\r\n", "\xEF\xBB\xBF", "\xFF\xFE", "'=", "\xC3\x28"}},
        {"xlsx",
         run_xlsx,
         {workbook_around(sheet_seed)},
         {"PK\x03\x04", "PK\x05\x06", "\xFF\xFF\xFF\xFF", "../", "xl/workbook.xml"}},
        {"xlsx_sheet",
         run_xlsx_sheet,
         {sheet_seed},
         {"<row", "<c r=\"", "t=\"s\"", "ZZZ99999999", "<v>", "</v>", "&#x10FFFF;", "<!DOCTYPE x [",
          "<is><t>", "1E400", "-1", "<mergeCell ref=\"A1:XFD1048576\"/>"}},
        {"http",
         run_http,
         {"POST /api/x?y=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
          "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
          "GET / HTTP/1.0\r\nCookie: a=b; c=d\r\n\r\n"},
         {"\r\n", "\r\n\r\n", "Content-Length: ", "Transfer-Encoding: chunked\r\n",
          "18446744073709551616", "-1", "FFFFFFFFFFFFFFFF\r\n", " HTTP/1.1", "Host: ", "\t"}},
        {"target",
         run_target,
         {"/a/b%20c/../d?x=1", "/%E4%B8%AD/?q=%E6%96%87&q=2", "lang=zh; gq_session=abc"},
         {"%2e%2e%2f", "..", "%", "%00", "//", "?", "&", "=", ";", "%zz"}},
        {"multipart",
         run_multipart,
         {"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"甲.csv\"\r\nContent-Type: "
          "text/csv\r\n\r\na,b\r\n--b--\r\n"},
         {"--b", "--b--", "\r\n\r\n", "name=\"", "filename*=UTF-8''", "\"", "; ", "\r"}},
        {"query",
         run_query,
         {"膜 \"a phrase\" title:word pre* fuzzy~ -not +must (a OR b) AND NOT c", "（甲 或 乙）"},
         {"(", ")", "\"", "*", "~", "-", "+", " OR ", " AND ", " NOT ", "title:", "（", "）", "“"}},
        {"cursor", run_cursor, {seed_cursor()}, {"=", "_", "-", "A", "|", "fHx8"}},
    };
    return all;
}

const Target* find_target(std::string_view name) {
    const auto found = std::ranges::find(targets(), name, &Target::name);
    return found == targets().end() ? nullptr : &*found;
}

}  // namespace fuzz
