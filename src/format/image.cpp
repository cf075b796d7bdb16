#include "format/image.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include <jpeglib.h>

#include "base/check.h"
#include "format/content_type.h"

namespace format {
namespace {

constexpr std::uint64_t pixels_max = 50'000'000;
constexpr int side_max = 30'000;  // cairo's own limit is 32,767

base::Error unreadable(std::string_view words) {
    return base::malformed("image_unreadable").saying(words);
}

base::Status check_size(std::uint64_t width, std::uint64_t height) {
    if (width == 0 || height == 0) return base::refuse(unreadable("no pixels"));
    if (width > side_max || height > side_max || width * height > pixels_max) {
        return base::refuse(base::error(base::ErrorKind::too_large, "image_too_large")
                                .with("width", std::to_string(width))
                                .with("height", std::to_string(height)));
    }
    return {};
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    }
    return value;
}

cairo_status_t read_some(void* closure, unsigned char* data, unsigned length) {
    auto& rest = *static_cast<std::string_view*>(closure);
    if (length > rest.size()) return CAIRO_STATUS_READ_ERROR;
    std::memcpy(data, rest.data(), length);
    rest.remove_prefix(length);
    return CAIRO_STATUS_SUCCESS;
}

cairo_status_t append(void* closure, const unsigned char* data, unsigned length) {
    static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
}

base::Result<Surface> decode_png(std::string_view bytes) {
    if (bytes.size() < 33) return base::refuse(unreadable("PNG is cut off"));
    TRY(check_size(big_endian(bytes, 16, 4), big_endian(bytes, 20, 4)));
    Surface picture(cairo_image_surface_create_from_png_stream(read_some, &bytes),
                    cairo_surface_destroy);
    if (cairo_surface_status(picture.get()) != CAIRO_STATUS_SUCCESS) {
        return base::refuse(unreadable("PNG is damaged"));
    }
    return picture;
}

/// libjpeg ends the process on errors unless told otherwise.
struct JpegErrors {
    jpeg_error_mgr manager;
    std::jmp_buf back;
};

void jump_back(j_common_ptr codec) {
    std::longjmp(reinterpret_cast<JpegErrors*>(codec->err)->back, 1);
}
void say_nothing(j_common_ptr, int) {
}
void print_nothing(j_common_ptr) {
}

jpeg_error_mgr* quiet_errors(JpegErrors& errors) {
    jpeg_std_error(&errors.manager);
    errors.manager.error_exit = jump_back;
    errors.manager.emit_message = say_nothing;
    errors.manager.output_message = print_nothing;
    return &errors.manager;
}

/// Orientation 1…8 of an EXIF block (JPEG APP1); 1 when there is none.
int exif_orientation(std::string_view block) {
    constexpr std::string_view mark("Exif\0\0", 6);
    if (!block.starts_with(mark)) return 1;
    std::string_view tiff = block.substr(mark.size());
    if (tiff.size() < 8) return 1;
    bool little = tiff.starts_with("II");
    auto number = [&](std::size_t at, std::size_t count) -> std::uint32_t {
        if (at > tiff.size() || count > tiff.size() - at) return 0;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            std::size_t from = little ? at + count - 1 - i : at + i;
            value = value << 8 | static_cast<unsigned char>(tiff[from]);
        }
        return value;
    };
    std::size_t directory = number(4, 4);
    std::uint32_t entries = number(directory, 2);
    for (std::uint32_t i = 0; i < entries && i < 100; ++i) {
        std::size_t entry = directory + 2 + std::size_t{i} * 12;
        if (number(entry, 2) != 0x0112) continue;
        auto orientation = static_cast<int>(number(entry + 8, 2));
        return orientation >= 1 && orientation <= 8 ? orientation : 1;
    }
    return 1;
}

/// The decoder and what it fills; lives outside the frame that longjmp leaves.
struct JpegReading {
    jpeg_decompress_struct codec{};
    JpegErrors errors{};
    cairo_surface_t* picture = nullptr;
    std::vector<unsigned char> line;
    int orientation = 1;
    base::Status size;
    ~JpegReading() {
        jpeg_destroy_decompress(&codec);
        if (picture != nullptr) cairo_surface_destroy(picture);
    }
};

/// CMYK as Adobe writes it (inverted) → the pixels of cairo.
void convert_cmyk(const unsigned char* from, unsigned char* to, unsigned width) {
    for (unsigned x = 0; x < width; ++x, from += 4, to += 4) {
        for (int channel = 0; channel < 3; ++channel) {
            to[2 - channel] = static_cast<unsigned char>(from[channel] * from[3] / 255);
        }
        to[3] = 0xFF;
    }
}

bool run_decoder(JpegReading& reading, std::string_view bytes) {
    jpeg_decompress_struct& codec = reading.codec;
    codec.err = quiet_errors(reading.errors);
    if (setjmp(reading.errors.back) != 0) return false;
    jpeg_create_decompress(&codec);
    jpeg_mem_src(&codec, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_save_markers(&codec, JPEG_APP0 + 1, 0xFFFF);
    if (jpeg_read_header(&codec, TRUE) != JPEG_HEADER_OK) return false;
    reading.size = check_size(codec.image_width, codec.image_height);
    if (!reading.size) return false;
    for (jpeg_marker_struct* marker = codec.marker_list; marker != nullptr; marker = marker->next) {
        std::string_view block(reinterpret_cast<const char*>(marker->data), marker->data_length);
        if (reading.orientation == 1) reading.orientation = exif_orientation(block);
    }
    bool cmyk = codec.num_components == 4;
    codec.out_color_space = cmyk ? JCS_CMYK : JCS_EXT_BGRX;
    jpeg_start_decompress(&codec);
    reading.picture =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(codec.output_width),
                                   static_cast<int>(codec.output_height));
    if (cairo_surface_status(reading.picture) != CAIRO_STATUS_SUCCESS) return false;
    reading.line.resize(std::size_t{codec.output_width} * 4);
    unsigned char* pixels = cairo_image_surface_get_data(reading.picture);
    int stride = cairo_image_surface_get_stride(reading.picture);
    while (codec.output_scanline < codec.output_height) {
        unsigned char* to = pixels + static_cast<std::ptrdiff_t>(codec.output_scanline) * stride;
        unsigned char* target = cmyk ? reading.line.data() : to;
        jpeg_read_scanlines(&codec, &target, 1);
        if (cmyk) convert_cmyk(reading.line.data(), to, codec.output_width);
    }
    cairo_surface_mark_dirty(reading.picture);
    jpeg_finish_decompress(&codec);
    return true;
}

/// The picture upright, as the camera was held.
Surface turned(cairo_surface_t* picture, int orientation) {
    int width = cairo_image_surface_get_width(picture);
    int height = cairo_image_surface_get_height(picture);
    bool swapped = orientation >= 5;
    Surface result(cairo_image_surface_create(CAIRO_FORMAT_RGB24, swapped ? height : width,
                                              swapped ? width : height),
                   cairo_surface_destroy);
    Canvas canvas(cairo_create(result.get()), cairo_destroy);
    double w = width;
    double h = height;
    // Rows: where x and y of the stored picture go for EXIF orientations 1 … 8.
    const cairo_matrix_t matrices[] = {
        {1, 0, 0, 1, 0, 0}, {-1, 0, 0, 1, w, 0}, {-1, 0, 0, -1, w, h}, {1, 0, 0, -1, 0, h},
        {0, 1, 1, 0, 0, 0}, {0, 1, -1, 0, h, 0}, {0, -1, -1, 0, h, w}, {0, -1, 1, 0, 0, w},
    };
    cairo_set_matrix(canvas.get(), &matrices[orientation - 1]);
    cairo_set_source_surface(canvas.get(), picture, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(canvas.get()), CAIRO_FILTER_NEAREST);
    cairo_paint(canvas.get());
    return result;
}

base::Result<Surface> decode_jpeg(std::string_view bytes) {
    JpegReading reading;
    bool done = run_decoder(reading, bytes);
    if (!reading.size) return base::refuse(reading.size.error());
    if (!done) return base::refuse(unreadable("JPEG is damaged"));
    if (reading.orientation != 1) return turned(reading.picture, reading.orientation);
    return Surface(std::exchange(reading.picture, nullptr), cairo_surface_destroy);
}

struct JpegWriting {
    jpeg_compress_struct codec{};
    JpegErrors errors{};
    unsigned char* bytes = nullptr;
    unsigned long length = 0;
    ~JpegWriting() {
        jpeg_destroy_compress(&codec);
        std::free(bytes);
    }
};

bool run_encoder(JpegWriting& writing, cairo_surface_t* picture, int quality) {
    jpeg_compress_struct& codec = writing.codec;
    codec.err = quiet_errors(writing.errors);
    if (setjmp(writing.errors.back) != 0) return false;
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &writing.bytes, &writing.length);
    codec.image_width = static_cast<unsigned>(cairo_image_surface_get_width(picture));
    codec.image_height = static_cast<unsigned>(cairo_image_surface_get_height(picture));
    codec.input_components = 4;
    codec.in_color_space = JCS_EXT_BGRX;
    jpeg_set_defaults(&codec);
    jpeg_set_quality(&codec, quality, TRUE);
    jpeg_start_compress(&codec, TRUE);
    unsigned char* pixels = cairo_image_surface_get_data(picture);
    int stride = cairo_image_surface_get_stride(picture);
    while (codec.next_scanline < codec.image_height) {
        unsigned char* line = pixels + static_cast<std::ptrdiff_t>(codec.next_scanline) * stride;
        jpeg_write_scanlines(&codec, &line, 1);
    }
    jpeg_finish_compress(&codec);
    return true;
}

}  // namespace

base::Result<Surface> decode_image(std::string_view bytes) {
    switch (detect(bytes)) {
        case ContentType::png:
            return decode_png(bytes);
        case ContentType::jpeg:
            return decode_jpeg(bytes);
        default:
            return base::refuse(
                base::error(base::ErrorKind::unsupported, "image_type_unsupported"));
    }
}

std::string encode_png(cairo_surface_t* picture) {
    std::string png;
    CHECK(cairo_surface_write_to_png_stream(picture, append, &png) == CAIRO_STATUS_SUCCESS);
    return png;
}

std::string encode_jpeg(cairo_surface_t* picture, int quality) {
    CHECK(cairo_image_surface_get_format(picture) == CAIRO_FORMAT_RGB24);
    cairo_surface_flush(picture);
    JpegWriting writing;
    CHECK(run_encoder(writing, picture, quality));
    return {reinterpret_cast<const char*>(writing.bytes), writing.length};
}

}  // namespace format
