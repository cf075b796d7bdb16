#include "format/xlsx.h"

#include <sys/resource.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/money.h"
#include "base/random.h"
#include "base/test_folder.h"
#include "base/text.h"
#include "format/zip.h"

namespace format {
namespace {

const base::Time moment = base::parse_local("2026-11-24 15:30").value();

constexpr std::string_view content_types =
    R"(<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>)";
constexpr std::string_view top_relations =
    R"(<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>)";
constexpr std::string_view workbook_xml =
    R"(<workbook xmlns:r="x"><sheets><sheet name="数据" sheetId="1" r:id="r1"/></sheets></workbook>)";
constexpr std::string_view workbook_relations =
    R"(<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>)"
    R"(<Relationship Id="r2" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/>)"
    R"(<Relationship Id="r3" Type="http://x/styles" Target="styles.xml"/></Relationships>)";

using Parts = std::map<std::string, std::string>;

/// The parts of a small workbook with these rows, to be changed by the test.
Parts parts_with(std::string_view rows) {
    return {{"[Content_Types].xml", std::string(content_types)},
            {"_rels/.rels", std::string(top_relations)},
            {"xl/workbook.xml", std::string(workbook_xml)},
            {"xl/_rels/workbook.xml.rels", std::string(workbook_relations)},
            {"xl/worksheets/sheet1.xml",
             "<worksheet><sheetData>" + std::string(rows) + "</sheetData></worksheet>"}};
}

std::string package(const Parts& parts) {
    ZipWriter writer;
    for (const auto& [name, bytes] : parts)
        writer.add(name, bytes, moment);
    return writer.finish();
}

std::string text_of(const base::Result<Table>& table) {
    if (!table) return base::describe(table.error());
    std::string text;
    for (const Row& row : table->rows) {
        text += std::to_string(row.number) + ":" + base::join(row.cells, "|") + "\n";
    }
    return text;
}

std::string read(const Parts& parts, const XlsxLimits& limits = {}) {
    return text_of(read_xlsx(package(parts), limits));
}

std::string refusal(const base::Result<Table>& table) {
    return table ? "accepted" : table.error().code;
}

Workbook sample() {
    Workbook workbook;
    workbook.title = "科技成果导入模板";
    workbook.created = moment;
    workbook.instructions = {"每行一项成果。", "带颜色的列必填。"};
    workbook.sheet.name = "成果";
    workbook.sheet.columns = {
        {.title = "名称",
         .help = "成果的名称",
         .description = "最多 200 字",
         .required = true,
         .width = 40},
        {.title = "编号"},
        {.title = "价格（元）", .type = ColumnType::money},
        {.title = "人数", .type = ColumnType::integer},
        {.title = "比例", .type = ColumnType::decimal},
        {.title = "日期", .type = ColumnType::date},
        {.title = "公开", .type = ColumnType::boolean},
        {.title = "方式", .options = {"转让", "许可", "作价投资"}},
    };
    workbook.sheet.blank_rows = 500;
    return workbook;
}

TEST(Xlsx, WhatIsWrittenIsRead) {
    base::TestFolder folder;
    Workbook workbook = sample();
    workbook.sheet.rows = {
        {"固废制砖 <&> \"'", "000450", "1050000.5", "12", "0.1", "2026-11-24", "true", "转让"},
        {"=HYPERLINK(\"http://x\")", "+86", "99999999999999.99", "-3", "12.345678901234567", "下周",
         "false", ""},
        {"多行\n文字_x0041_", "", "-0.01", "007", "1e3", "1899-01-01", "maybe", "许可"},
    };
    std::string bytes = write_xlsx(workbook, folder.path()).value();
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    EXPECT_EQ(text_of(read_xlsx(bytes)),
              "1:名称|编号|价格（元）|人数|比例|日期|公开|方式\n"
              "2:固废制砖 <&> \"'|000450|1050000.5|12|0.1|2026-11-24|true|转让\n"
              "3:=HYPERLINK(\"http://x\")|+86|99999999999999.99|-3|12.345678901234567|下周|false\n"
              "4:多行\n文字_x0041_||-0.01|007|1e3|1899-01-01|maybe|许可\n");
    auto second = read_xlsx(bytes, {}, "说明");
    ASSERT_TRUE(second);
    EXPECT_EQ(second->rows[0].at(0), "科技成果导入模板");
    EXPECT_EQ(second->rows[0].at(5), "方式");
    EXPECT_EQ(second->rows[3].at(5), "作价投资");
    EXPECT_EQ(read_xlsx(bytes, {}, "没有").error().code, "xlsx_no_sheet");
}

TEST(Xlsx, TheTemplateHasListsHelpAndAFrozenHeader) {
    base::TestFolder folder;
    ZipReader archive = ZipReader::open(write_xlsx(sample(), folder.path()).value()).value();
    std::string sheet = archive.read("xl/worksheets/sheet1.xml").value();
    EXPECT_NE(sheet.find("state=\"frozen\""), sheet.npos);
    EXPECT_NE(sheet.find("sqref=\"H2:H501\""), sheet.npos) << sheet;
    EXPECT_NE(sheet.find("<formula1>'说明'!$F$2:$F$4</formula1>"), sheet.npos) << sheet;
    EXPECT_NE(archive.read("xl/comments1.xml").value().find("成果的名称"), std::string::npos);
}

TEST(Xlsx, AMoneyCellIsANumberOnlyWhenExact) {
    base::TestFolder folder;
    Workbook workbook = sample();
    workbook.sheet.rows = {{"a", "", "1050000.00"}, {"b", "", "99999999999999.99"}};
    ZipReader archive = ZipReader::open(write_xlsx(workbook, folder.path()).value()).value();
    std::string sheet = archive.read("xl/worksheets/sheet1.xml").value();
    EXPECT_NE(sheet.find("<v>1050000</v>"), sheet.npos);
    EXPECT_EQ(sheet.find("99999999999999.9"), sheet.npos);  // a shared string instead
}

TEST(Xlsx, RefusesAScratchFolderThatIsNotThere) {
    EXPECT_EQ(write_xlsx(sample(), "/nonexistent").error().code, "xlsx_not_written");
}

RC_GTEST_PROP(Xlsx, NumbersComeBackExactly, ()) {
    auto minor = *rc::gen::inRange<std::int64_t>(-10'000'000'000'000'000, 10'000'000'000'000'001);
    static base::TestFolder folder;
    std::string amount = base::Money::fen(minor).to_string();
    Workbook workbook = sample();
    workbook.sheet.rows = {{"a", "", amount}};
    Table table = read_xlsx(write_xlsx(workbook, folder.path()).value()).value();
    RC_ASSERT(base::Money::parse(table.rows[1].at(2)).value() == base::Money::fen(minor));
}

TEST(Xlsx, ReadsEveryKindOfCell) {
    Parts parts = parts_with(
        R"(<row r="2"><c r="A2" t="s"><v>0</v></c><c r="C2" t="inlineStr"><is><t xml:space="preserve"> a </t></is></c>)"
        R"(<c r="D2"><v>1.1000000000000001</v></c><c r="E2" t="b"><v>1</v></c><c r="F2" t="e"><v>#N/A</v></c></row>)"
        R"(<row r="5"/><row r="7"><c t="s"><v>1</v></c><c><f>1+1</f><v>2</v></c><c t="str"><f>x</f><v>a_x000A_b</v></c>)"
        R"(<c r="AA7" s="1"><v>46350</v></c><c r="AB7" s="2"><v>46350.645833333336</v></c><c r="AC7" s="3"><v>46350</v></c></row>)"
        R"(<row r="9"><c r="A9" s="1"/><c r="B9"><v></v></c></row>)");
    parts["xl/sharedStrings.xml"] =
        R"(<sst><si><t>plain &amp; simple</t></si><si><r><rPr><b/></rPr><t>bold </t></r><r><t>rest</t></r><rPh sb="0" eb="1"><t>reading</t></rPh></si></sst>)";
    parts["xl/styles.xml"] =
        R"(<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot; hh:mm"/></numFmts>)"
        R"(<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="4"/></cellXfs></styleSheet>)";
    std::string blanks(22, '|');
    EXPECT_EQ(read(parts),
              "2:plain & simple|| a |1.1|true|#N/A\n"
              "7:bold rest|2|a\nb|" +
                  blanks + "|2026-11-24|2026-11-24 15:30:00|46350\n");
}

TEST(Xlsx, ReadsPrefixedNamesUtf16AndTheOtherDateSystem) {
    Parts parts = parts_with("");
    parts["xl/worksheets/sheet1.xml"] =
        R"(<x:worksheet xmlns:x="y"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>甲</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>)";
    EXPECT_EQ(read(parts), "1:甲\n");
    std::string utf16 = "\xFF\xFE";
    for (char c : std::string(
             "<worksheet><sheetData><row r='1'><c><v>5</v></c></row></sheetData></worksheet>")) {
        utf16 += {c, '\0'};
    }
    parts["xl/worksheets/sheet1.xml"] = utf16;
    EXPECT_EQ(read(parts), "1:5\n");
    EXPECT_EQ(date_of_serial("0", DateSystem::from_1904), "1904-01-01");
    EXPECT_EQ(date_of_serial("1", DateSystem::from_1900), "1900-01-01");
    EXPECT_EQ(date_of_serial("59", DateSystem::from_1900), "1900-02-28");
    EXPECT_EQ(date_of_serial("60", DateSystem::from_1900), "60");
    EXPECT_EQ(date_of_serial("61", DateSystem::from_1900), "1900-03-01");
    EXPECT_EQ(date_of_serial("0.5", DateSystem::from_1900), "12:00:00");
    EXPECT_EQ(date_of_serial("46350.9999999", DateSystem::from_1900), "2026-11-25");
    EXPECT_EQ(date_of_serial("99999999", DateSystem::from_1900), "99999999");
    EXPECT_EQ(date_of_serial("-1", DateSystem::from_1900), "-1");
}

TEST(Xlsx, ShowsNumbersAsThePersonSawThem) {
    EXPECT_EQ(plain_number("1050000.00"), "1050000.00");
    EXPECT_EQ(plain_number("1.1000000000000001"), "1.1");
    EXPECT_EQ(plain_number("1234567.8899999999"), "1234567.89");
    EXPECT_EQ(plain_number("0.30000000000000004"), "0.3");
    EXPECT_EQ(plain_number("1E-3"), "0.001");
    EXPECT_EQ(plain_number("1.05E6"), "1050000");
    EXPECT_EQ(plain_number("-2.5e+02"), "-250");
    EXPECT_EQ(plain_number("9.9999999999999999"), "10");
    EXPECT_EQ(plain_number("450100199001011234"), "450100199001011234");
    EXPECT_EQ(plain_number("0.0"), "0.0");
    EXPECT_EQ(plain_number("1E400"), "1E400");
    EXPECT_EQ(plain_number("1E99999999999"), "1E99999999999");
    for (const char* text : {"", "-", "1.", ".5", "abc", "1e", "１"})
        EXPECT_EQ(plain_number(text), text);
}

TEST(Xlsx, KnowsDateFormats) {
    for (const char* code : {"yyyy-mm-dd", "m/d/yy", "[$-804]yyyy\"年\"m\"月\"d\"日\"", "[h]:mm",
                             "mm:ss.0", "[Red]d.m.", "h:mm AM/PM"}) {
        EXPECT_TRUE(is_date_format(code)) << code;
    }
    for (const char* code : {"General", "0.00", "#,##0.00\"元\"", "[Red]0;[Blue]-0", "0.00E+00",
                             "@", "\"day\" 0", "\\d0", "[$-409]0", "", "[", "\""}) {
        EXPECT_FALSE(is_date_format(code)) << code;
    }
}

TEST(Xlsx, RefusesWhatIsNoWorkbook) {
    EXPECT_EQ(refusal(read_xlsx("")), "xlsx_unreadable");
    EXPECT_EQ(refusal(read_xlsx("just text")), "xlsx_unreadable");
    EXPECT_EQ(refusal(read_xlsx("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(600, '\0'))),
              "xlsx_encrypted");
    EXPECT_EQ(refusal(read_xlsx(package({{"a.txt", "x"}}))), "xlsx_unreadable");
    Parts parts = parts_with("");
    parts.erase("xl/worksheets/sheet1.xml");
    EXPECT_TRUE(read(parts).starts_with("xlsx_no_sheet"));
    parts = parts_with("");
    parts["xl/workbook.xml"] = "<workbook><sheets/></workbook>";
    EXPECT_TRUE(read(parts).starts_with("xlsx_no_sheet"));
    parts["xl/workbook.xml"] = "<workbook><sheets>";
    EXPECT_TRUE(read(parts).starts_with("xlsx_unreadable"));
    EXPECT_TRUE(read(parts_with("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>7</v></c></row>"))
                    .starts_with("xlsx_unreadable"));
    EXPECT_TRUE(read(parts_with("<row r=\"2\"/><row r=\"1\"/>")).starts_with("xlsx_unreadable"));
    EXPECT_TRUE(read(parts_with("<row r=\"x\"/>")).starts_with("xlsx_unreadable"));
    EXPECT_TRUE(
        read(parts_with("<row r=\"1\"><c r=\"1A\"/></row>")).starts_with("xlsx_unreadable"));
    EXPECT_TRUE(read(parts_with("<row r=\"1\"><c><v>1</row>")).starts_with("xlsx_unreadable"));
    EXPECT_TRUE(read(parts_with("<row r=\"1\"><c")).starts_with("xlsx_unreadable"));
}

TEST(Xlsx, RefusesDocumentTypes) {
    std::string dtd = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>";
    for (const char* part : {"xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml",
                             "xl/sharedStrings.xml", "_rels/.rels"}) {
        Parts parts = parts_with("<row r=\"1\"><c><v>1</v></c></row>");
        parts[part] = dtd + parts[part] + (parts[part].empty() ? "<x/>" : "");
        EXPECT_TRUE(read(parts).starts_with("xlsx_unreadable")) << part;
    }
}

TEST(Xlsx, RefusesBombsAndTraversal) {
    Parts parts = parts_with("");
    parts["xl/media/zeros.bin"] = std::string(30 << 20, '\0');
    EXPECT_TRUE(read(parts).starts_with("xlsx_zip_bomb"));
    parts = parts_with("");
    parts["xl/worksheets/sheet1.xml"] =
        "<worksheet><sheetData>" + std::string(40 << 20, ' ') + "</sheetData></worksheet>";
    EXPECT_TRUE(read(parts).starts_with("xlsx_zip_bomb"));
    std::string bytes = package({{"xl/aaaaaaaa", "x"}, {"xl/workbook.xml", "<workbook/>"}});
    for (std::size_t at = 0; (at = bytes.find("xl/aaaaaaaa", at)) != bytes.npos;) {
        bytes.replace(at, 11, "../../etc/x");
    }
    EXPECT_EQ(refusal(read_xlsx(bytes)), "xlsx_unreadable");
}

TEST(Xlsx, HoldsTheLimits) {
    Parts parts = parts_with(
        R"(<row r="1"><c r="A1"><v>1</v></c><c r="C1"><v>2</v></c></row><row r="2"><c><v>3</v></c></row>)");
    EXPECT_EQ(read(parts, {.rows_max = 1}), "xlsx_too_large cell=A2");
    EXPECT_EQ(read(parts, {.columns_max = 2}), "xlsx_too_large cell=C1");
    EXPECT_TRUE(read(parts, {.file_bytes_max = 10}).starts_with("xlsx_too_large"));
    EXPECT_TRUE(read(parts, {.parts_max = 2}).starts_with("xlsx_too_large"));
    EXPECT_EQ(read(parts_with(R"(<row r="1"><c r="ZZZ1"><v>1</v></c></row>)")),
              "xlsx_too_large cell=ZZZ1");
    EXPECT_TRUE(read(parts_with(R"(<row r="9999999"><c><v>1</v></c></row>)"))
                    .starts_with("xlsx_unreadable"));
}

TEST(Xlsx, AHugeSharedStringIsNotMultiplied) {
    std::string cells;
    for (int i = 1; i <= 2000; ++i)
        cells += "<row><c t=\"s\"><v>0</v></c></row>";
    Parts parts = parts_with(cells);
    base::SeededRandom random(5);
    std::string noise(40'000, 'a');
    for (char& c : noise)
        c = static_cast<char>('a' + random.below(26));
    parts["xl/sharedStrings.xml"] = "<sst><si><t>" + noise + "</t></si></sst>";
    EXPECT_EQ(read(parts), "xlsx_too_large cell=A1");
    parts["xl/sharedStrings.xml"] = "<sst><si><t>" + noise.substr(0, 30'000) + "</t></si></sst>";
    EXPECT_EQ(read(parts, {.text_bytes_max = 1'000'000}), "xlsx_too_large cell=A34");
}

TEST(Xlsx, EveryTruncationIsRefused) {
    base::TestFolder folder;
    std::string bytes = write_xlsx(sample(), folder.path()).value();
    for (std::size_t length = 0; length < bytes.size(); length += 97) {
        EXPECT_EQ(refusal(read_xlsx(bytes.substr(0, length))), "xlsx_unreadable") << length;
    }
}

TEST(Xlsx, DamageNeverCrashes) {
    base::TestFolder folder;
    Workbook workbook = sample();
    workbook.sheet.rows = {{"a", "b", "1.5", "2", "3", "2026-01-01", "true", "转让"}};
    std::string bytes = write_xlsx(workbook, folder.path()).value();
    base::SeededRandom random(6);
    int refused = 0;
    for (int i = 0; i < 400; ++i) {
        std::string broken = bytes;
        for (int j = 0; j < 3; ++j)
            broken[random.below(broken.size())] ^= static_cast<char>(1 + random.below(255));
        refused += !read_xlsx(broken);
    }
    EXPECT_GT(refused, 100);
}

/// Of this process: what others do on the machine does not count.
double processor_seconds() {
    struct rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

TEST(Xlsx, Reads20000RowsQuickly) {
    base::TestFolder folder;
    Workbook workbook;
    workbook.title = "大表";
    workbook.sheet.name = "数据";
    for (int i = 0; i < 30; ++i) {
        ColumnType type = i % 3 == 0   ? ColumnType::text
                          : i % 3 == 1 ? ColumnType::money
                                       : ColumnType::date;
        workbook.sheet.columns.push_back({.title = "列" + std::to_string(i), .type = type});
    }
    for (int r = 0; r < 20'000; ++r) {
        std::vector<std::string> row;
        for (int c = 0; c < 30; ++c) {
            row.push_back(c % 3 == 0   ? "成果 " + std::to_string(r * 31 + c)
                          : c % 3 == 1 ? std::to_string(r) + ".25"
                                       : base::Date{2020, 1, 1}.plus_days(r % 2000).to_string());
        }
        workbook.sheet.rows.push_back(std::move(row));
    }
    std::string bytes = write_xlsx(workbook, folder.path()).value();
    double start = processor_seconds();
    Table table = read_xlsx(bytes).value();
    double seconds = processor_seconds() - start;
    std::printf("20,000 x 30 cells, %zu bytes: read in %.2f s\n", bytes.size(), seconds);
    ASSERT_EQ(table.rows.size(), 20'001u);
    EXPECT_EQ(table.rows[20'000].at(0), workbook.sheet.rows[19'999][0]);
    EXPECT_EQ(table.rows[777].at(1), "776.25");
    EXPECT_EQ(table.rows[777].at(2), workbook.sheet.rows[776][2]);
    EXPECT_LT(seconds, 12.0);  // 3 s in a release build; sanitizers are slower
}

}  // namespace
}  // namespace format
