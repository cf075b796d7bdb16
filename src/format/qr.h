#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace format {

/// A QR code as its matrix of modules, without the quiet zone.
class QrCode {
  public:
    /// Error correction M (15 %): survives a stamp or a fold on paper. `qr_too_long` beyond about
    /// 2,300 bytes.
    static base::Result<QrCode> make(std::string_view text);

    int size() const { return size_; }
    bool is_dark(int x, int y) const;
    /// The `d` of an SVG path in units of one module, with a quiet zone of four on each side; the
    /// view box is "0 0 N N" with N = size() + 8.
    std::string svg_path() const;
    /// A whole SVG picture, black on white, that scales to its container.
    std::string to_svg(std::string_view title) const;
    /// PNG with the quiet zone, `pixels_per_module` ≥ 1.
    std::string to_png(int pixels_per_module) const;

  private:
    int size_ = 0;
    std::vector<bool> dark_;
};

}  // namespace format
