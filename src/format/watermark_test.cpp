#include "format/watermark.h"

#include <gtest/gtest.h>

#include "base/subprocess.h"
#include "base/test_folder.h"
#include "base/text.h"
#include "format/content_type.h"
#include "format/image.h"
#include "format/pdf.h"

namespace format {
namespace {

const Watermark mark{"柳州某公司 张三", base::parse_local("2026-11-24 15:30").value()};

std::string output_of(const std::string& pdf, std::vector<std::string> command) {
    base::TestFolder folder;
    folder.write("a.pdf", pdf);
    return base::run_subprocess(command, folder.path()).value().output;
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t times = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size())
        ++times;
    return times;
}

std::string two_pages() {
    PdfDocument pdf({.title = "机密", .created = mark.at});
    pdf.paragraph("第一页的机密配方");
    pdf.page_break();
    pdf.paragraph("第二页的机密数据");
    return pdf.finish();
}

Surface grey_picture(int width, int height) {
    Surface picture(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height),
                    cairo_surface_destroy);
    Canvas canvas(cairo_create(picture.get()), cairo_destroy);
    cairo_set_source_rgb(canvas.get(), 1, 1, 1);
    cairo_paint(canvas.get());
    cairo_set_source_rgb(canvas.get(), 1, 0, 0);
    cairo_rectangle(canvas.get(), 0, 0, width / 2.0, height / 2.0);  // upper left in red
    cairo_fill(canvas.get());
    canvas.reset();
    cairo_surface_flush(picture.get());
    return picture;
}

std::uint32_t pixel(cairo_surface_t* picture, int x, int y) {
    const unsigned char* data = cairo_image_surface_get_data(picture);
    const unsigned char* at = data + y * cairo_image_surface_get_stride(picture) + x * 4;
    return static_cast<std::uint32_t>(at[2] << 16 | at[1] << 8 | at[0]);
}

bool is_red(std::uint32_t colour) {
    return (colour >> 16) > 200 && (colour >> 8 & 255) < 90 && (colour & 255) < 90;
}

TEST(Watermark, NamesTheViewerOnEveryPdfPage) {
    base::TestFolder scratch;
    auto stamped = watermark_pdf_pages(two_pages(), mark, scratch.path());
    ASSERT_TRUE(stamped) << base::describe(stamped.error());
    EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
    for (const char* page : {"1", "2"}) {
        std::string text = output_of(*stamped, {"pdftotext", "-f", page, "-l", page, "a.pdf", "-"});
        EXPECT_EQ(count(text, "机密"), 1u) << text;
        std::string raw =
            output_of(*stamped, {"pdftotext", "-raw", "-f", page, "-l", page, "a.pdf", "-"});
        std::string found = base::replace_all(raw, "\n", "");
        EXPECT_GE(count(found, "柳州某公司"), 3u) << found;
        EXPECT_GE(count(found, "2026-11-24"), 3u) << found;
    }
}

TEST(Watermark, CoversPagesOfEverySizeAndTurn) {
    base::TestFolder scratch;
    scratch.write("a.pdf", two_pages());
    auto turned = base::run_subprocess({"qpdf", "a.pdf", "--rotate=90:1", "b.pdf"}, scratch.path());
    ASSERT_EQ(turned.value().exit_code, 0) << turned->error_output;
    auto stamped = watermark_pdf_pages(scratch.read("b.pdf"), mark, scratch.path());
    ASSERT_TRUE(stamped) << base::describe(stamped.error());
    scratch.write("c.pdf", *stamped);
    // Drawn as a picture: marks must reach all four quarters of the turned page.
    ASSERT_EQ(base::run_subprocess({"pdftoppm", "-png", "-r", "40", "-f", "1", "-l", "1",
                                    "-singlefile", "c.pdf", "c"},
                                   scratch.path())
                  .value()
                  .exit_code,
              0);
    Surface picture = decode_image(scratch.read("c.png")).value();
    int width = cairo_image_surface_get_width(picture.get());
    int height = cairo_image_surface_get_height(picture.get());
    EXPECT_GT(width, height);
    for (int quarter = 0; quarter < 4; ++quarter) {
        int marked = 0;
        int left = quarter % 2 * width / 2;
        int top = quarter / 2 * height / 2;
        for (int y = top; y < top + height / 2; ++y) {
            for (int x = left; x < left + width / 2; ++x)
                marked += pixel(picture.get(), x, y) != 0xFFFFFF;
        }
        EXPECT_GT(marked, 200) << quarter;
    }
}

TEST(Watermark, RefusesWhatIsNoOpenPdf) {
    base::TestFolder scratch;
    std::string pdf = two_pages();
    auto code = [&](std::string_view bytes) {
        auto stamped = watermark_pdf_pages(bytes, mark, scratch.path());
        return stamped ? "accepted" : stamped.error().code;
    };
    EXPECT_EQ(code("text"), "pdf_unreadable");
    EXPECT_EQ(code("%PDF-1.7\nnothing"), "pdf_unreadable");
    scratch.write("a.pdf", pdf);
    ASSERT_EQ(
        base::run_subprocess({"qpdf", "--encrypt", "user", "owner", "256", "--", "a.pdf", "b.pdf"},
                             scratch.path())
            .value()
            .exit_code,
        0);
    EXPECT_EQ(code(scratch.read("b.pdf")), "pdf_encrypted");
    EXPECT_EQ(watermark_pdf_pages(pdf, mark, "/nonexistent").error().code, "scratch_unwritable");
}

TEST(Watermark, MarksPicturesAndKeepsTheirKind) {
    Surface picture = grey_picture(400, 300);
    for (const std::string& bytes : {encode_png(picture.get()), encode_jpeg(picture.get(), 90)}) {
        auto marked = watermark_image(bytes, mark);
        ASSERT_TRUE(marked) << base::describe(marked.error());
        EXPECT_EQ(detect(*marked), detect(bytes));
        Surface before = decode_image(bytes).value();
        Surface after = decode_image(*marked).value();
        EXPECT_EQ(cairo_image_surface_get_width(after.get()), 400);
        int changed = 0;
        for (int y = 0; y < 300; ++y) {
            for (int x = 0; x < 400; ++x) {
                auto a = static_cast<int>(pixel(before.get(), x, y) & 255);
                auto b = static_cast<int>(pixel(after.get(), x, y) & 255);
                changed += std::abs(a - b) > 20;
            }
        }
        EXPECT_GT(changed, 500);
        EXPECT_LT(changed, 60'000);
    }
}

TEST(Image, TurnsAsTheCameraWasHeldAndDropsMetadata) {
    Surface picture = grey_picture(80, 40);
    std::string jpeg = encode_jpeg(picture.get(), 95);
    struct Turn {
        char orientation;
        int width, red_x, red_y;
    };
    for (Turn turn :
         {Turn{1, 80, 10, 10}, Turn{2, 80, 70, 10}, Turn{3, 80, 70, 30}, Turn{4, 80, 10, 30},
          Turn{5, 40, 10, 10}, Turn{6, 40, 30, 10}, Turn{7, 40, 30, 70}, Turn{8, 40, 10, 70}}) {
        std::string tiff("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19);
        tiff += turn.orientation;
        tiff += std::string("\0\0\0\0\0\0", 6);
        std::string exif = std::string("Exif\0\0", 6) + tiff;
        std::string block("\xFF\xE1\0", 3);
        block += static_cast<char>(exif.size() + 2);
        std::string held = jpeg.substr(0, 2) + block + exif + jpeg.substr(2);
        auto decoded = decode_image(held);
        ASSERT_TRUE(decoded) << base::describe(decoded.error());
        EXPECT_EQ(cairo_image_surface_get_width(decoded->get()), turn.width);
        EXPECT_TRUE(is_red(pixel(decoded->get(), turn.red_x, turn.red_y))) << int{turn.orientation};
        std::string marked = watermark_image(held, mark).value();
        EXPECT_EQ(marked.find("Exif"), marked.npos);
    }
}

TEST(Image, RefusesBombsAndDamage) {
    auto code = [](std::string_view bytes) {
        auto picture = decode_image(bytes);
        return picture ? "accepted" : picture.error().code;
    };
    Surface picture = grey_picture(64, 64);
    std::string png = encode_png(picture.get());
    std::string huge = png;
    huge.replace(16, 8, std::string("\0\0\x70\0\0\0\x70\0", 8));
    EXPECT_EQ(code(huge), "image_too_large");
    huge.replace(16, 8, std::string("\0\0\0\0\0\0\0\0", 8));
    EXPECT_EQ(code(huge), "image_unreadable");
    for (std::size_t length : {8u, 20u, 40u, 60u})
        EXPECT_EQ(code(png.substr(0, length)), "image_unreadable");
    std::string jpeg = encode_jpeg(picture.get(), 80);
    std::string large = jpeg;
    std::size_t frame = large.find("\xFF\xC0");
    ASSERT_NE(frame, large.npos);
    large.replace(frame + 5, 4, std::string("\x70\0\x70\0", 4));
    EXPECT_EQ(code(large), "image_too_large");
    EXPECT_EQ(code(jpeg.substr(0, 10)), "image_unreadable");
    EXPECT_EQ(code("GIF89a"), "image_type_unsupported");
    for (std::size_t i = 2; i < jpeg.size(); i += 3) {
        std::string broken = jpeg;
        broken[i] = static_cast<char>(broken[i] ^ 0xA5);
        code(broken);  // any answer, but no crash
    }
}

}  // namespace
}  // namespace format
