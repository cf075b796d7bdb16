#include "format/qr.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace format {
namespace {

/// The 7 × 7 finder pattern with its corner at (left, top).
void expect_finder(const QrCode& code, int left, int top) {
    for (int y = 0; y < 7; ++y) {
        for (int x = 0; x < 7; ++x) {
            int ring = std::min({x, y, 6 - x, 6 - y});
            EXPECT_EQ(code.is_dark(left + x, top + y), ring != 1) << x << "," << y;
        }
    }
}

TEST(Qr, HasTheFixedPatterns) {
    QrCode code =
        QrCode::make("https://example.org/contracts/verify?number=2026450000000001").value();
    EXPECT_EQ((code.size() - 17) % 4, 0);
    int far = code.size() - 7;
    expect_finder(code, 0, 0);
    expect_finder(code, far, 0);
    expect_finder(code, 0, far);
    for (int i = 8; i < code.size() - 8; ++i) {
        EXPECT_EQ(code.is_dark(i, 6), i % 2 == 0);
        EXPECT_EQ(code.is_dark(6, i), i % 2 == 0);
    }
    EXPECT_TRUE(code.is_dark(8, code.size() - 8));  // always dark, ISO/IEC 18004 7.9.1
    EXPECT_FALSE(code.is_dark(-1, 0));
    EXPECT_FALSE(code.is_dark(0, code.size()));
}

TEST(Qr, GrowsWithTheTextUntilItIsRefused) {
    EXPECT_EQ(QrCode::make("A").value().size(), 21);
    EXPECT_EQ(QrCode::make(std::string(2000, 'x')).value().size() > 140, true);
    EXPECT_EQ(QrCode::make(std::string(3000, 'x')).error().code, "qr_too_long");
}

TEST(Qr, DrawsTheSameModulesAsSvg) {
    QrCode code = QrCode::make("桂桥").value();
    std::string path = code.svg_path();
    int dark = 0;
    for (int y = 0; y < code.size(); ++y) {
        for (int x = 0; x < code.size(); ++x)
            dark += code.is_dark(x, y);
    }
    int drawn = 0;
    for (std::size_t at = 0; (at = path.find('h', at)) != path.npos; ++at) {
        if (path[at + 1] != '-') drawn += std::stoi(path.substr(at + 1));
    }
    EXPECT_EQ(drawn, dark);
    std::string svg = code.to_svg("<验证>");
    EXPECT_NE(svg.find("<title>&lt;验证&gt;</title>"), svg.npos);
    EXPECT_NE(svg.find("viewBox=\"0 0 29 29\""), svg.npos);
}

TEST(Qr, DrawsPng) {
    std::string png = QrCode::make("A").value().to_png(3);
    ASSERT_TRUE(png.starts_with("\x89PNG"));
    EXPECT_EQ(png.substr(16, 8), std::string("\0\0\0\x57\0\0\0\x57", 8));  // (21 + 8) × 3 = 87
}

}  // namespace
}  // namespace format
