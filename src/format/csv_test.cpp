#include "format/csv.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "format/encoding.h"

namespace format {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows cells(std::string_view bytes) {
    auto table = read_csv(bytes);
    EXPECT_TRUE(table) << base::describe(table.error());
    Rows rows;
    for (Row& row : table.value().rows)
        rows.push_back(std::move(row.cells));
    return rows;
}

std::string refusal(std::string_view bytes, const CsvLimits& limits = {}) {
    auto table = read_csv(bytes, limits);
    return table ? "accepted" : base::describe(table.error());
}

TEST(Csv, ReadsRfc4180) {
    EXPECT_EQ(cells("a,b\r\n\"x,1\",\"say \"\"hi\"\"\"\r\n"),
              (Rows{{"a", "b"}, {"x,1", "say \"hi\""}}));
    EXPECT_EQ(cells("a,\"line 1\r\nline 2\"\nc"), (Rows{{"a", "line 1\r\nline 2"}, {"c"}}));
    EXPECT_EQ(cells(""), Rows{});
    EXPECT_EQ(cells("a\rb\r"), (Rows{{"a"}, {"b"}}));
    EXPECT_EQ(cells("a;b\n1,5;2\n"), (Rows{{"a", "b"}, {"1,5", "2"}}));
    EXPECT_EQ(cells("a\tb\n1\t2"), (Rows{{"a", "b"}, {"1", "2"}}));
    EXPECT_EQ(cells(",,x,,\n"), (Rows{{"", "", "x"}}));
}

TEST(Csv, KeepsTheRowNumbersOfTheSpreadsheet) {
    Table table = read_csv("a\n\n,,\n\"b\nb\"\nc\n").value();
    ASSERT_EQ(table.rows.size(), 3u);
    EXPECT_EQ(table.rows[1].number, 4u);
    EXPECT_EQ(table.rows[2].number, 5u);
    EXPECT_EQ(cell_name(2, 12), "C12");
    EXPECT_EQ(cell_name(26, 1), "AA1");
    EXPECT_EQ(cell_name(701, 3), "ZZ3");
    EXPECT_EQ(cell_name(702, 3), "AAA3");
    EXPECT_EQ(table.rows[0].at(7), "");
}

TEST(Csv, ReadsTheEncodingsOfSpreadsheets) {
    Rows expected{{"名称", "地区"}, {"固废制砖", "柳州"}};
    std::string utf8 = "名称,地区\r\n固废制砖,柳州\r\n";
    EXPECT_EQ(cells(utf8), expected);
    EXPECT_EQ(cells("\xEF\xBB\xBF" + utf8), expected);
    EXPECT_EQ(cells(encode_gb18030(utf8)), expected);
    std::string little = "\xFF\xFE";
    std::string big = "\xFE\xFF";
    for (char16_t unit : std::u16string(u"名称,地区\r\n固废制砖,柳州\r\n")) {
        little += {static_cast<char>(unit & 0xFF), static_cast<char>(unit >> 8)};
        big += {static_cast<char>(unit >> 8), static_cast<char>(unit & 0xFF)};
    }
    EXPECT_EQ(cells(little), expected);
    EXPECT_EQ(cells(big), expected);
    EXPECT_EQ(decode_text(encode_gb18030("𠮷野家 龘㙟")).error().code, "csv_encoding_unknown");
    EXPECT_EQ(decode_text(encode_gb18030("公司名称：𠮷野家有限公司")).value().encoding,
              Encoding::gb18030);
}

TEST(Csv, NamesTheByteOfAnUnknownEncoding) {
    EXPECT_EQ(refusal("caf\xE9,1\n"), "csv_encoding_unknown offset=3");
    EXPECT_EQ(refusal(std::string("a\0b", 3)), "csv_encoding_unknown offset=1");
    EXPECT_EQ(refusal("\xEF\xBB\xBF"
                      "ab\xB0\xA1"),
              "csv_encoding_unknown offset=5");
    EXPECT_EQ(refusal("\xFF\xFE"
                      "a"),
              "csv_encoding_unknown offset=2");
    // 技術移轉平台名稱與地區 in Big5
    EXPECT_TRUE(refusal("\xA7\xDE\xB3\x4E\xB2\xBE\xC2\xE0\xA5\xAD\xA5\x78\xA6\x57\xBA\xD9\xBB\x50"
                        "\xA6\x61\xB0\xCF\n")
                    .starts_with("csv_encoding_unknown"));
}

TEST(Csv, RefusesBrokenQuotesWithTheCell) {
    EXPECT_EQ(refusal("a,b\nc,\"open\n"), "csv_quote_unclosed cell=B2");
    EXPECT_EQ(refusal("\"a\"x,b\n"), "csv_quote_misplaced cell=A1");
}

TEST(Csv, HoldsTheLimits) {
    EXPECT_TRUE(refusal("abcdef", {.bytes_max = 5}).starts_with("csv_too_large"));
    EXPECT_EQ(refusal("a\nb\nc\n", {.rows_max = 2}), "csv_too_large cell=A3");
    EXPECT_EQ(refusal("a,b,c\n", {.columns_max = 2}), "csv_too_large cell=C1");
    EXPECT_EQ(refusal("a,b,,,\n", {.columns_max = 2}), "accepted");
    EXPECT_EQ(refusal("a,bcdef\n", {.cell_bytes_max = 4}), "csv_too_large cell=B1");
    EXPECT_EQ(refusal("a,\"bcdef\"\n", {.cell_bytes_max = 4}), "csv_too_large cell=B1");
}

TEST(Csv, DisarmsFormulas) {
    EXPECT_EQ(
        write_csv({{"=1+2", "@SUM(A1)", "+1", "-1+cmd|' /C calc'!A0", "＝1"}}, ByteOrderMark::none),
        "\"'=1+2\",\"'@SUM(A1)\",\"'+1\",\"'-1+cmd|' /C calc'!A0\",\"'＝1\"\r\n");
    EXPECT_EQ(write_csv({{"-12.50", "a=b", "12", "it's"}}, ByteOrderMark::none),
              "-12.50,a=b,12,it's\r\n");
    EXPECT_EQ(write_csv({{"\t=1"}}, ByteOrderMark::none), "\"'\t=1\"\r\n");
    EXPECT_TRUE(write_csv({{"名"}}).starts_with("\xEF\xBB\xBF"));
}

RC_GTEST_PROP(Csv, EveryTextComesBack, ()) {
    auto cell = rc::gen::map(
        rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
            "a", "桂", ",", "\"", "\r\n", "\n", "=", "+", "-", "@", "'", ";", "\t", " ", "1", ".")),
        [](const std::vector<std::string>& parts) {
            std::string text;
            for (const std::string& part : parts)
                text += part;
            return text;
        });
    Rows rows = *rc::gen::container<Rows>(rc::gen::container<std::vector<std::string>>(3, cell));
    rows.insert(rows.begin(), {"a", "b", "c", "d"});  // the header line fixes the separator
    Rows expected;
    for (auto row : rows) {
        while (!row.empty() && row.back().empty())
            row.pop_back();
        if (!row.empty()) expected.push_back(row);
    }
    RC_ASSERT(cells(write_csv(rows)) == expected);
}

}  // namespace
}  // namespace format
