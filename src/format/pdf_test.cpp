#include "format/pdf.h"

#include <gtest/gtest.h>

#include "base/money.h"
#include "base/subprocess.h"
#include "base/test_folder.h"
#include "base/text.h"
#include "format/image.h"

namespace format {
namespace {

const base::Time moment = base::parse_local("2026-11-24 15:30").value();

/// What pdftotext finds in the file, page after page.
std::string text_in(const std::string& pdf) {
    base::TestFolder folder;
    folder.write("a.pdf", pdf);
    auto result = base::run_subprocess({"pdftotext", "-layout", "a.pdf", "-"}, folder.path());
    EXPECT_TRUE(result) << base::describe(result.error());
    EXPECT_EQ(result->exit_code, 0) << result->error_output;
    return result->output;
}

std::string info_of(const std::string& pdf) {
    base::TestFolder folder;
    folder.write("a.pdf", pdf);
    return base::run_subprocess({"pdfinfo", "a.pdf"}, folder.path()).value().output;
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t times = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size())
        ++times;
    return times;
}

/// Without spaces, which pdftotext sets by the gaps it sees.
bool has_page(const std::string& text, std::size_t page, std::size_t pages) {
    std::string foot = std::to_string(page) + "/" + std::to_string(pages);
    return count(base::replace_all(text, " ", ""), foot) > 0;
}

bool has(std::string_view text, std::string_view part) {
    return count(text, part) > 0;
}

PdfDocument document() {
    return PdfDocument({.title = "技术合同登记证明", .created = moment, .footer = "桂桥"});
}

TEST(Pdf, HoldsACertificateAsText) {
    PdfDocument pdf = document();
    pdf.title("技术合同登记证明");
    pdf.key_values({{"合同登记编号", "2026450000000001"},
                    {"成交金额", "1,050,000.00 元"},
                    {"大写", base::Money::yuan(1'050'000).to_chinese_capitals()}});
    pdf.paragraph("经审核，该合同符合《技术合同认定登记管理办法》的规定。");
    pdf.qr(QrCode::make("https://example.org/v?n=1").value(), 30, "扫码验证");
    pdf.note("本证明由系统生成。");
    std::string bytes = pdf.finish();
    ASSERT_TRUE(bytes.starts_with("%PDF-"));
    std::string text = text_in(bytes);
    for (const char* part : {"技术合同登记证明", "2026450000000001", "壹佰零伍万元整", "扫码验证",
                             "1,050,000.00 元", "桂桥"}) {
        EXPECT_TRUE(has(text, part)) << part << "\n" << text;
    }
    EXPECT_TRUE(has_page(text, 1, 1)) << text;
    std::string info = info_of(bytes);
    EXPECT_TRUE(has(info, "Title:           技术合同登记证明")) << info;
    EXPECT_TRUE(has(info, "(A4)")) << info;
}

TEST(Pdf, TheSameContentGivesTheSameBytes) {
    auto build = [] {
        PdfDocument pdf = document();
        pdf.paragraph("同样的内容");
        return pdf.finish();
    };
    EXPECT_EQ(build(), build());
}

TEST(Pdf, ShapesEveryLanguage) {
    struct Sample {
        base::Language language;
        const char* text;
    };
    for (Sample sample :
         {Sample{base::Language::vi, "Chuyển giao công nghệ giữa các trường đại học"},
          Sample{base::Language::th, "การถ่ายทอดเทคโนโลยี"},
          Sample{base::Language::lo, "ການໂອນເຕັກໂນໂລຊີ"}, Sample{base::Language::km, "ផ្ទេរបច្ចេកវិទ្យា"},
          Sample{base::Language::my, "နည်းပညာ"}, Sample{base::Language::zh_tw, "技術移轉與資訊軟體"},
          Sample{base::Language::en, "Technology transfer (Guangxi)"}}) {
        PdfDocument pdf({.title = "x", .language = sample.language, .created = moment});
        pdf.paragraph(sample.text);
        std::string bytes = pdf.finish();
        std::string text = base::fold(text_in(bytes));
        // Marks may come back in another order; the letters of each script must all be there.
        std::string first = base::fold(base::shorten(sample.text, 1));
        first = base::replace_all(first, "...", "");
        EXPECT_TRUE(has(text, first)) << sample.text << "\n" << text;
        base::TestFolder folder;
        folder.write("a.pdf", bytes);
        std::string fonts =
            base::run_subprocess({"pdffonts", "a.pdf"}, folder.path()).value().output;
        EXPECT_TRUE(has(fonts, "Noto")) << sample.text << "\n" << fonts;
    }
}

TEST(Pdf, ScriptsOfOneLineShareABaseline) {
    Surface picture(cairo_image_surface_create(CAIRO_FORMAT_RGB24, 10, 10), cairo_surface_destroy);
    Canvas canvas(cairo_create(picture.get()), cairo_destroy);
    Layout layout =
        lay_out(canvas.get(), "经审核 การถ่ายทอด ພາສາ ផ្ទេរ နည်း 规定", {}, base::Language::zh_cn, -1);
    PangoLayoutLine* line = pango_layout_get_line_readonly(layout.get(), 0);
    int runs = 0;
    for (GSList* run = line->runs; run != nullptr; run = run->next, ++runs) {
        EXPECT_EQ(static_cast<PangoGlyphItem*>(run->data)->y_offset, 0);
    }
    EXPECT_GE(runs, 5);
    EXPECT_EQ(pango_layout_get_unknown_glyphs_count(layout.get()), 0);
}

TEST(Pdf, RepeatsTheHeaderOfALongTable) {
    PdfDocument pdf = document();
    std::vector<std::vector<std::string>> rows;
    for (int i = 1; i <= 200; ++i) {
        rows.push_back({std::to_string(i), "合同" + std::to_string(1000 + i), "1,000.00"});
    }
    pdf.table({{"序号", 1}, {"编号栏", 4}, {"金额", 2, Align::right}}, rows);
    std::string bytes = pdf.finish();
    std::string text = text_in(bytes);
    std::size_t pages = count(text, "\f");
    EXPECT_GT(pages, 4u);
    EXPECT_EQ(count(text, "编号栏"), pages);
    for (int i = 1; i <= 200; ++i)
        EXPECT_EQ(count(text, "合同" + std::to_string(1000 + i)), 1u) << i;
    EXPECT_TRUE(has_page(text, 1, pages)) << text;
    EXPECT_TRUE(has_page(text, pages, pages));
}

TEST(Pdf, BreaksParagraphsBetweenLines) {
    PdfDocument pdf = document();
    std::string text;
    for (int i = 1; i <= 400; ++i)
        text += "第" + std::to_string(i) + "句话写在这里。";
    pdf.paragraph(text);
    std::string found = base::replace_all(text_in(pdf.finish()), "\n", "");
    EXPECT_GE(count(found, "\f"), 2u);
    EXPECT_TRUE(has(found, "第1句话"));
    EXPECT_TRUE(has(found, "第400句话"));
}

TEST(Pdf, ACellLongerThanAPageIsCutNotLost) {
    PdfDocument pdf = document();
    std::string text;
    for (int i = 0; i < 3000; ++i)
        text += "很长的说明";
    pdf.table({{"说明", 1}, {"备注", 1}}, {{text, "短"}, {"后一行", ""}});
    std::string found = text_in(pdf.finish());
    // The ellipsis is a glyph without a text of its own, so pdftotext cannot show it.
    std::string joined = base::replace_all(found, "\n", "");
    EXPECT_GT(count(joined, "说明"), 100u);
    EXPECT_LT(count(joined, "说明"), 2900u);
    EXPECT_LE(count(found, "\f"), 2u);
    EXPECT_TRUE(has(found, "后一行"));
}

TEST(Pdf, PlacesPicturesAndRefusesBrokenOnes) {
    PdfDocument pdf = document();
    std::string png = QrCode::make("x").value().to_png(4);
    EXPECT_TRUE(pdf.image(png, 40));
    EXPECT_EQ(pdf.image("no picture", 40).error().code, "image_type_unsupported");
    EXPECT_EQ(pdf.image(png.substr(0, 60), 40).error().code, "image_unreadable");
    pdf.page_break();
    pdf.heading("第二页");
    std::string bytes = pdf.finish();
    EXPECT_TRUE(has_page(text_in(bytes), 2, 2));
    base::TestFolder folder;
    folder.write("a.pdf", bytes);
    auto images = base::run_subprocess({"pdfimages", "-list", "a.pdf"}, folder.path()).value();
    EXPECT_TRUE(has(images.output, "116")) << images.output;  // (21 + 8) × 4 pixels
}

TEST(Pdf, InvalidTextIsShownAsSuch) {
    PdfDocument pdf = document();
    pdf.paragraph("broken \xff bytes");
    EXPECT_TRUE(has(text_in(pdf.finish()), "?"));
}

}  // namespace
}  // namespace format
