#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <cairo.h>

#include "base/result.h"

namespace format {

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Canvas = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

/// Decodes PNG and JPEG (by libjpeg-turbo; grey, RGB and CMYK; turned as its EXIF says) into a
/// cairo picture. Nothing is allocated before the size in the header is found to be at most
/// 50 million pixels. Errors: `image_unreadable`, `image_too_large`, `image_type_unsupported`.
base::Result<Surface> decode_image(std::string_view bytes);

std::string encode_png(cairo_surface_t* picture);
/// Without any metadata of the original: an EXIF thumbnail or position would leak.
std::string encode_jpeg(cairo_surface_t* picture, int quality);

}  // namespace format
