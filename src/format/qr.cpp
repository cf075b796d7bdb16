#include "format/qr.h"

#include <memory>

#include <cairo.h>
#include <fmt/format.h>
#include <qrencode.h>

#include "base/check.h"
#include "format/xml.h"

namespace format {
namespace {

constexpr int quiet_zone = 4;  // ISO/IEC 18004

cairo_status_t append(void* closure, const unsigned char* data, unsigned length) {
    static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
}

}  // namespace

base::Result<QrCode> QrCode::make(std::string_view text) {
    CHECK(!text.empty());
    std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeData(static_cast<int>(text.size()),
                          reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M),
        QRcode_free);
    if (!code) {
        return base::refuse(
            base::invalid("qr_too_long").with("bytes", std::to_string(text.size())));
    }
    QrCode result;
    result.size_ = code->width;
    for (int i = 0; i < code->width * code->width; ++i) {
        result.dark_.push_back((code->data[i] & 1) != 0);
    }
    return result;
}

bool QrCode::is_dark(int x, int y) const {
    if (x < 0 || y < 0 || x >= size_ || y >= size_) return false;
    return dark_[static_cast<std::size_t>(y * size_ + x)];
}

std::string QrCode::svg_path() const {
    std::string path;
    for (int y = 0; y < size_; ++y) {
        for (int x = 0; x < size_;) {
            int start = x;
            while (is_dark(x, y))
                ++x;
            if (x == start) {
                ++x;
                continue;
            }
            int length = x - start;
            path +=
                fmt::format("M{} {}h{}v1h-{}z", start + quiet_zone, y + quiet_zone, length, length);
        }
    }
    return path;
}

std::string QrCode::to_svg(std::string_view title) const {
    int side = size_ + 2 * quiet_zone;
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {0}\" role=\"img\" "
        "shape-rendering=\"crispEdges\"><title>{1}</title>"
        "<rect width=\"{0}\" height=\"{0}\" fill=\"#fff\"/><path d=\"{2}\" fill=\"#000\"/></svg>",
        side, escape_xml(title), svg_path());
}

std::string QrCode::to_png(int pixels_per_module) const {
    CHECK(pixels_per_module >= 1 && pixels_per_module <= 64);
    int side = (size_ + 2 * quiet_zone) * pixels_per_module;
    std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, side, side), cairo_surface_destroy);
    std::unique_ptr<cairo_t, decltype(&cairo_destroy)> canvas(cairo_create(surface.get()),
                                                              cairo_destroy);
    cairo_set_source_rgb(canvas.get(), 1, 1, 1);
    cairo_paint(canvas.get());
    cairo_set_source_rgb(canvas.get(), 0, 0, 0);
    for (int y = 0; y < size_; ++y) {
        for (int x = 0; x < size_; ++x) {
            if (!is_dark(x, y)) continue;
            cairo_rectangle(canvas.get(), (x + quiet_zone) * pixels_per_module,
                            (y + quiet_zone) * pixels_per_module, pixels_per_module,
                            pixels_per_module);
        }
    }
    cairo_fill(canvas.get());
    std::string png;
    CHECK(cairo_surface_write_to_png_stream(surface.get(), append, &png) == CAIRO_STATUS_SUCCESS);
    return png;
}

}  // namespace format
