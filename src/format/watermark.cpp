#include "format/watermark.h"

#include <stdlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>

#include <cairo-pdf.h>

#include "base/check.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "format/content_type.h"
#include "format/image.h"
#include "format/lettering.h"

namespace format {
namespace {

constexpr std::size_t pdf_bytes_max = 100 << 20;
constexpr std::size_t pages_max = 2000;
constexpr double side_points_max = 14'400;  // the largest page of the PDF standard
constexpr int jpeg_quality = 88;

struct PageSize {
    double width = 0;
    double height = 0;
};

/// Rows of the mark at 30 degrees, close enough that no useful part of the page is without it.
void draw_mark(cairo_t* canvas, PageSize size, const Watermark& mark) {
    double points = std::max(8.0, std::min(size.width, size.height) / 34);
    std::string text = mark.viewer + "  " + base::to_local_string(mark.at);
    Layout layout = lay_out(canvas, text, {.points = points}, base::Language::zh_cn, -1);
    int pango_width = 0;
    pango_layout_get_size(layout.get(), &pango_width, nullptr);
    double step_x = static_cast<double>(pango_width) / PANGO_SCALE + 4 * points;
    double step_y = 7 * points;
    double reach = std::hypot(size.width, size.height) / 2 + points;
    cairo_save(canvas);
    cairo_translate(canvas, size.width / 2, size.height / 2);
    cairo_rotate(canvas, -M_PI / 6);
    cairo_set_source_rgba(canvas, 0.35, 0.35, 0.35, 0.22);
    int line = 0;
    for (double y = -reach; y < reach; y += step_y, ++line) {
        double shift = line % 2 == 0 ? 0 : step_x / 2;
        for (double x = -reach - shift; x < reach; x += step_x) {
            cairo_move_to(canvas, x, y);
            pango_cairo_show_layout(canvas, layout.get());
        }
    }
    cairo_restore(canvas);
}

cairo_status_t append(void* closure, const unsigned char* data, unsigned length) {
    static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
}

/// A document of empty pages of these sizes, each with the mark.
std::string make_stamp(const std::vector<PageSize>& pages, const Watermark& mark) {
    std::string bytes;
    Surface surface(cairo_pdf_surface_create_for_stream(append, &bytes, 1, 1),
                    cairo_surface_destroy);
    Canvas canvas(cairo_create(surface.get()), cairo_destroy);
    for (const PageSize& page : pages) {
        cairo_pdf_surface_set_size(surface.get(), page.width, page.height);
        draw_mark(canvas.get(), page, mark);
        cairo_show_page(canvas.get());
    }
    canvas.reset();
    cairo_surface_finish(surface.get());
    CHECK(cairo_surface_status(surface.get()) == CAIRO_STATUS_SUCCESS);
    return bytes;
}

/// A folder below `parent` for one job, removed with its files.
class ScratchFolder {
  public:
    explicit ScratchFolder(const std::filesystem::path& parent) {
        std::string name = (parent / "stamp-XXXXXX").string();
        if (::mkdtemp(name.data()) != nullptr) path_ = name;
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder() {
        std::error_code ignored;
        if (made()) std::filesystem::remove_all(path_, ignored);
    }
    bool made() const { return !path_.empty(); }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

bool write_file(const std::filesystem::path& file, std::string_view bytes) {
    std::ofstream out(file, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return static_cast<bool>(out.flush());
}

/// The first two numbers of "  595.28 x 841.89 pts (A4)".
std::optional<PageSize> read_size(std::string_view text) {
    PageSize size;
    for (double* side : {&size.width, &size.height}) {
        std::size_t start = text.find_first_of("0123456789");
        if (start == text.npos) return {};
        text.remove_prefix(start);
        auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), *side);
        if (problem != std::errc()) return {};
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
    bool sound = size.width >= 1 && size.height >= 1 && size.width <= side_points_max &&
                 size.height <= side_points_max;
    return sound ? std::optional(size) : std::nullopt;
}

base::Error unreadable(std::string_view words) {
    return base::malformed("pdf_unreadable").saying(words);
}

base::Error too_large() {
    return base::error(base::ErrorKind::too_large, "pdf_too_large")
        .with("pages", std::to_string(pages_max))
        .with("bytes", std::to_string(pdf_bytes_max));
}

/// Reads the lines of `pdfinfo -f 1 -l N`: "Page    3 size: …" and "Page    3 rot:  90".
base::Result<std::vector<PageSize>> parse_sizes(const std::string& report) {
    std::vector<PageSize> pages;
    for (const std::string& line : base::split(report, '\n')) {
        if (!line.starts_with("Page ")) continue;
        if (std::size_t at = line.find(" size:"); at != line.npos) {
            auto size = read_size(std::string_view(line).substr(at + 6));
            if (!size) return base::refuse(unreadable("page of unusable size"));
            pages.push_back(*size);
        } else if (std::size_t turn = line.find(" rot:"); turn != line.npos && !pages.empty()) {
            bool sideways =
                line.find("90", turn) != line.npos || line.find("270", turn) != line.npos;
            if (sideways) std::swap(pages.back().width, pages.back().height);
        }
        if (pages.size() > pages_max) return base::refuse(too_large());
    }
    if (pages.empty()) return base::refuse(unreadable("no pages"));
    return pages;
}

base::Result<std::vector<PageSize>> page_sizes(const std::filesystem::path& folder) {
    auto info = TRY(base::run_subprocess(
        {"pdfinfo", "-f", "1", "-l", std::to_string(pages_max + 1), "in.pdf"}, folder));
    bool locked = info.error_output.find("Incorrect password") != std::string::npos;
    if (locked) return base::refuse(base::invalid("pdf_encrypted"));
    if (info.exit_code != 0) return base::refuse(unreadable("pdfinfo: " + info.error_output));
    return parse_sizes(info.output);
}

}  // namespace

base::Result<std::string> watermark_pdf_pages(std::string_view pdf, const Watermark& mark,
                                              const std::filesystem::path& scratch) {
    if (pdf.size() > pdf_bytes_max) return base::refuse(too_large());
    if (detect(pdf) != ContentType::pdf) return base::refuse(unreadable("not a PDF"));
    ScratchFolder folder(scratch);
    if (!folder.made() || !write_file(folder.path() / "in.pdf", pdf)) {
        return base::refuse(base::error(base::ErrorKind::unavailable, "scratch_unwritable"));
    }
    std::vector<PageSize> pages = TRY(page_sizes(folder.path()));
    if (!write_file(folder.path() / "stamp.pdf", make_stamp(pages, mark))) {
        return base::refuse(base::error(base::ErrorKind::unavailable, "scratch_unwritable"));
    }
    auto stamped = TRY(base::run_subprocess(
        {"qpdf", "--deterministic-id", "in.pdf", "--overlay", "stamp.pdf", "--", "out.pdf"},
        folder.path()));
    constexpr int warnings_only = 3;  // qpdf repaired something and went on
    if (stamped.exit_code != 0 && stamped.exit_code != warnings_only) {
        return base::refuse(unreadable("qpdf: " + stamped.error_output));
    }
    std::ifstream in(folder.path() / "out.pdf", std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!bytes.starts_with("%PDF-")) return base::refuse(unreadable("qpdf wrote nothing"));
    return bytes;
}

base::Result<std::string> watermark_image(std::string_view bytes, const Watermark& mark) {
    Surface picture = TRY(decode_image(bytes));
    PageSize size{static_cast<double>(cairo_image_surface_get_width(picture.get())),
                  static_cast<double>(cairo_image_surface_get_height(picture.get()))};
    {
        Canvas canvas(cairo_create(picture.get()), cairo_destroy);
        draw_mark(canvas.get(), size, mark);
    }
    cairo_surface_flush(picture.get());
    if (detect(bytes) == ContentType::jpeg) return encode_jpeg(picture.get(), jpeg_quality);
    return encode_png(picture.get());
}

}  // namespace format
