#include "format/content_type.h"

#include <array>

#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "format/csv.h"
#include "format/encoding.h"
#include "format/qr.h"
#include "format/xlsx.h"
#include "format/zip.h"

namespace format {
namespace {

constexpr std::array documents{ContentType::pdf,  ContentType::png,  ContentType::jpeg,
                               ContentType::xlsx, ContentType::docx, ContentType::csv,
                               ContentType::text};

std::string office(std::string_view main_part) {
    ZipWriter writer;
    writer.add("[Content_Types].xml", "<Types/>", base::Time{});
    writer.add(main_part, "<x/>", base::Time{});
    return writer.finish();
}

std::string check(std::string_view bytes, std::string_view name) {
    auto type = check_content_type(bytes, name, documents);
    return type ? std::string(extension(*type)) : type.error().code;
}

TEST(ContentType, DetectsByContent) {
    EXPECT_EQ(detect("%PDF-1.7\n..."), ContentType::pdf);
    EXPECT_EQ(detect(QrCode::make("x").value().to_png(2)), ContentType::png);
    EXPECT_EQ(detect("\xFF\xD8\xFF\xE0 JFIF"), ContentType::jpeg);
    EXPECT_EQ(detect("GIF89a......"), ContentType::gif);
    EXPECT_EQ(detect(std::string("RIFF\x10\0\0\0WEBPVP8 ", 16)), ContentType::webp);
    EXPECT_EQ(detect(std::string("\0\0\0\x18"
                                 "ftypmp42\0\0\0\0isom",
                                 20)),
              ContentType::mp4);
    EXPECT_EQ(detect(office("xl/workbook.xml")), ContentType::xlsx);
    EXPECT_EQ(detect(office("word/document.xml")), ContentType::docx);
    EXPECT_EQ(detect(office("ppt/presentation.xml")), ContentType::pptx);
    EXPECT_EQ(detect(office("other.xml")), ContentType::zip);
    EXPECT_EQ(detect("一段说明。\n第二行，没有表格。\n"), ContentType::text);
    EXPECT_EQ(detect("名称,地区\n制砖,柳州\n"), ContentType::csv);
    EXPECT_EQ(detect(encode_gb18030("名称,地区\n固废制砖技术,柳州\n")), ContentType::csv);
    EXPECT_EQ(detect(write_csv({{"a", "b"}, {"1", "2"}})), ContentType::csv);
}

TEST(ContentType, WhatABrowserWouldRunIsUnknown) {
    for (const char* text :
         {"<!DOCTYPE html><p>", " \n<HTML>", "<svg onload=alert(1)>", "<script>x</script>",
          "<?xml version='1.0'?><a/>", "<!-- x --><script>", "\xEF\xBB\xBF<html>"}) {
        EXPECT_EQ(detect(text), ContentType::unknown) << text;
    }
    EXPECT_EQ(detect(""), ContentType::unknown);
    EXPECT_EQ(detect(std::string("MZ\x90\0\x03\0\0\0", 8)), ContentType::unknown);
    EXPECT_EQ(detect("\x7f"
                     "ELF\x02\x01\x01"),
              ContentType::unknown);
    EXPECT_EQ(detect("PK\x03\x04 broken"), ContentType::unknown);
}

TEST(ContentType, NameAndContentMustAgree) {
    EXPECT_EQ(check("%PDF-1.4 x", "a.pdf"), "pdf");
    EXPECT_EQ(check("%PDF-1.4 x", "A.PDF"), "pdf");
    EXPECT_EQ(check("\xFF\xD8\xFF\xE0", "a.jpeg"), "jpg");
    EXPECT_EQ(check("%PDF-1.4 x", "a.png"), "file_type_mismatch");
    EXPECT_EQ(check("<html>", "a.txt"), "file_type_mismatch");
    EXPECT_EQ(check("MZ\x90 program", "a.pdf"), "file_type_mismatch");
    EXPECT_EQ(check("a,b\n1,2\n", "a.txt"), "txt");
    EXPECT_EQ(check("one column\n", "a.csv"), "csv");
    EXPECT_EQ(check(office("word/document.xml"), "a.xlsx"), "file_type_mismatch");
    EXPECT_EQ(check("GIF89a..", "a.gif"), "file_type_not_allowed");
    EXPECT_EQ(check("MZ", "a.exe"), "file_type_not_allowed");
    EXPECT_EQ(check("%PDF-1.4", "pdf"), "file_type_not_allowed");
    EXPECT_EQ(check("%PDF-1.4", "a.pdf.exe"), "file_type_not_allowed");
    EXPECT_EQ(check("x", "a.bin"), "file_type_not_allowed");
    EXPECT_EQ(check("", "a.pdf"), "file_empty");
    auto mismatch = check_content_type("%PDF-1.4 x", "a.png", documents).error();
    EXPECT_EQ(mismatch.kind, base::ErrorKind::unsupported);
    EXPECT_EQ(mismatch.parameters.at("found"), "pdf");
}

TEST(ContentType, OurOwnTemplateIsAnXlsx) {
    base::TestFolder folder;
    Workbook workbook;
    workbook.title = "t";
    workbook.sheet.name = "s";
    workbook.sheet.columns = {{.title = "a"}};
    EXPECT_EQ(check(write_xlsx(workbook, folder.path()).value(), "a.xlsx"), "xlsx");
}

}  // namespace
}  // namespace format
