#include "format/pdf.h"

#include <algorithm>

#include <cairo-pdf.h>
#include <fmt/format.h>

#include "base/check.h"
#include "format/image.h"

namespace format {
namespace {

// Geometry in points of 1/72 inch.
constexpr double points_per_mm = 72.0 / 25.4;
constexpr double page_width = 210 * points_per_mm;
constexpr double page_height = 297 * points_per_mm;
constexpr double margin = 20 * points_per_mm;
constexpr double content_width = page_width - 2 * margin;
constexpr double content_bottom = page_height - margin - 6;
constexpr double cell_padding = 4;
constexpr double gap = 6;

constexpr double black = 0.1;
constexpr double grey_text = 0.42;
constexpr double no_fill = 1;
constexpr double header_fill = 0.92;

cairo_status_t append(void* closure, const unsigned char* data, unsigned length) {
    static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
}

void set_grey(cairo_t* canvas, double grey) {
    cairo_set_source_rgb(canvas, grey, grey, grey);
}

double left_edge(Align align, double width) {
    switch (align) {
        case Align::left:
            return margin;
        case Align::centre:
            return (page_width - width) / 2;
        case Align::right:
            return page_width - margin - width;
    }
    return margin;
}

}  // namespace

PdfDocument::PdfDocument(PdfOptions options) : options_(std::move(options)), y_(margin) {
    surface_ = cairo_pdf_surface_create_for_stream(append, &bytes_, page_width, page_height);
    canvas_ = cairo_create(surface_);
    CHECK(cairo_status(canvas_) == CAIRO_STATUS_SUCCESS);
    cairo_pdf_surface_set_metadata(surface_, CAIRO_PDF_METADATA_TITLE, options_.title.c_str());
    cairo_pdf_surface_set_metadata(surface_, CAIRO_PDF_METADATA_CREATOR, "Guiqiao");
    std::string created = base::to_iso(options_.created).substr(0, 19) + "Z";
    cairo_pdf_surface_set_metadata(surface_, CAIRO_PDF_METADATA_CREATE_DATE, created.c_str());
}

PdfDocument::~PdfDocument() {
    if (canvas_ != nullptr) cairo_destroy(canvas_);
    if (surface_ != nullptr) cairo_surface_destroy(surface_);
}

void PdfDocument::page_break() {
    pages_.emplace_back();
    y_ = margin;
}

void PdfDocument::make_room(double height) {
    if (y_ + height > content_bottom && y_ > margin) page_break();
}

void PdfDocument::space(int mm) {
    y_ += mm * points_per_mm;
}

void PdfDocument::lines(std::string_view text, const Lettering& lettering, double grey) {
    Layout layout = lay_out(canvas_, text, lettering, options_.language, content_width);
    std::unique_ptr<PangoLayoutIter, decltype(&pango_layout_iter_free)> at(
        pango_layout_get_iter(layout.get()), pango_layout_iter_free);
    int number = 0;
    double previous_bottom = 0;
    do {
        PangoRectangle extents;
        pango_layout_iter_get_line_extents(at.get(), nullptr, &extents);
        double top = static_cast<double>(extents.y) / PANGO_SCALE;
        double bottom = top + static_cast<double>(extents.height) / PANGO_SCALE;
        double baseline =
            static_cast<double>(pango_layout_iter_get_baseline(at.get())) / PANGO_SCALE;
        double height = bottom - previous_bottom;
        make_room(height);
        double x = margin + static_cast<double>(extents.x) / PANGO_SCALE;
        double y = y_ + baseline - previous_bottom;
        draw([layout, number, x, y, grey](cairo_t* canvas) {
            set_grey(canvas, grey);
            cairo_move_to(canvas, x, y);
            pango_cairo_show_layout_line(canvas,
                                         pango_layout_get_line_readonly(layout.get(), number));
        });
        y_ += height;
        previous_bottom = bottom;
        ++number;
    } while (pango_layout_iter_next_line(at.get()));
}

void PdfDocument::title(std::string_view text) {
    lines(text, {.points = 20, .weight = Weight::bold, .align = Align::centre, .line_spacing = 1.3},
          black);
    y_ += 2 * gap;
}

void PdfDocument::heading(std::string_view text) {
    y_ += gap;
    make_room(60);  // a heading does not stand alone at the foot
    lines(text, {.points = 13, .weight = Weight::bold, .line_spacing = 1.3}, black);
    y_ += gap;
}

void PdfDocument::paragraph(std::string_view text) {
    lines(text, {.points = 10.5, .line_spacing = 1.6}, black);
    y_ += gap;
}

void PdfDocument::note(std::string_view text) {
    lines(text, {.points = 8.5}, grey_text);
    y_ += gap;
}

double PdfDocument::height_of_row(const std::vector<Cell>& cells) const {
    double height = 0;
    for (const Cell& cell : cells) {
        double width = cell.width - 2 * cell_padding;
        height = std::max(height, height_of(lay_out(canvas_, cell.text, cell.lettering,
                                                    options_.language, width)));
    }
    return std::min(height + 2 * cell_padding, content_bottom - margin - 60);
}

/// Draws the cells at y_ and moves on; the caller has made room.
void PdfDocument::row(const std::vector<Cell>& cells, double fill) {
    double height = height_of_row(cells);
    // Laid out again when drawn: keeping a layout for each cell of a long table is costly.
    draw([cells, height, fill, y = y_, language = options_.language](cairo_t* canvas) {
        cairo_set_line_width(canvas, 0.5);
        for (const Cell& cell : cells) {
            cairo_rectangle(canvas, cell.x, y, cell.width, height);
            set_grey(canvas, fill);
            cairo_fill_preserve(canvas);
            set_grey(canvas, 0.7);
            cairo_stroke(canvas);
            Layout layout =
                lay_out(canvas, cell.text, cell.lettering, language, cell.width - 2 * cell_padding);
            double room = height - 2 * cell_padding;
            if (height_of(layout) > room + 1) {
                pango_layout_set_height(layout.get(), static_cast<int>(room * PANGO_SCALE));
                pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
                align_runs(layout);
            }
            set_grey(canvas, black);
            cairo_move_to(canvas, cell.x + cell_padding, y + cell_padding);
            pango_cairo_show_layout(canvas, layout.get());
        }
    });
    y_ += height;
}

void PdfDocument::key_values(const std::vector<std::pair<std::string, std::string>>& pairs) {
    constexpr double key_width = content_width * 0.28;
    Lettering key{.points = 10, .weight = Weight::bold};
    Lettering value{.points = 10};
    for (const auto& [name, text] : pairs) {
        std::vector<Cell> cells{{name, key, margin, key_width},
                                {text, value, margin + key_width, content_width - key_width}};
        make_room(height_of_row(cells));
        row(cells, no_fill);
    }
    y_ += 2 * gap;
}

void PdfDocument::table(const std::vector<PdfColumn>& columns,
                        const std::vector<std::vector<std::string>>& rows) {
    int shares = 0;
    for (const PdfColumn& column : columns)
        shares += column.share;
    CHECK(shares > 0);
    std::vector<Cell> header;
    double x = margin;
    for (const PdfColumn& column : columns) {
        double width = content_width * column.share / shares;
        Lettering lettering{.points = 9.5, .weight = Weight::bold, .align = column.align};
        header.push_back({column.title, lettering, x, width});
        x += width;
    }
    double header_height = height_of_row(header);
    make_room(header_height + 40);
    row(header, header_fill);
    for (const auto& values : rows) {
        CHECK(values.size() <= columns.size());
        std::vector<Cell> cells = header;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            cells[i].text = i < values.size() ? values[i] : "";
            cells[i].lettering.weight = Weight::normal;
        }
        if (y_ + height_of_row(cells) > content_bottom) {
            page_break();
            row(header, header_fill);
        }
        row(cells, no_fill);
    }
    y_ += 2 * gap;
}

base::Status PdfDocument::image(std::string_view bytes, int width_mm, Align align) {
    std::shared_ptr<cairo_surface_t> picture = TRY(decode_image(bytes));
    double pixels_wide = cairo_image_surface_get_width(picture.get());
    double pixels_high = cairo_image_surface_get_height(picture.get());
    double scale = std::min({width_mm * points_per_mm / pixels_wide, content_width / pixels_wide,
                             (content_bottom - margin) / pixels_high});
    make_room(pixels_high * scale);
    double x = left_edge(align, pixels_wide * scale);
    draw([picture, x, y = y_, scale](cairo_t* canvas) {
        cairo_save(canvas);
        cairo_translate(canvas, x, y);
        cairo_scale(canvas, scale, scale);
        cairo_set_source_surface(canvas, picture.get(), 0, 0);
        cairo_paint(canvas);
        cairo_restore(canvas);
    });
    y_ += pixels_high * scale + gap;
    return {};
}

void PdfDocument::qr(const QrCode& code, int width_mm, std::string_view caption) {
    double side = std::min(width_mm * points_per_mm, content_width / 2);
    make_room(side);
    double text_x = margin + side + 2 * gap;
    Layout layout =
        lay_out(canvas_, caption, {.points = 9}, options_.language, content_width - side - 2 * gap);
    draw([code, side, text_x, layout, y = y_](cairo_t* canvas) {
        double module = side / (code.size() + 8);
        set_grey(canvas, 0);
        for (int row = 0; row < code.size(); ++row) {
            for (int column = 0; column < code.size(); ++column) {
                if (!code.is_dark(column, row)) continue;
                cairo_rectangle(canvas, margin + (column + 4) * module, y + (row + 4) * module,
                                module, module);
            }
        }
        cairo_fill(canvas);
        set_grey(canvas, black);
        cairo_move_to(canvas, text_x, y + std::max(0.0, (side - height_of(layout)) / 2));
        pango_cairo_show_layout(canvas, layout.get());
    });
    y_ += std::max(side, height_of(layout)) + gap;
}

void PdfDocument::draw_foot(std::size_t page) const {
    double y = page_height - margin + 4;
    Lettering small{.points = 8};
    set_grey(canvas_, grey_text);
    if (!options_.footer.empty()) {
        Layout left =
            lay_out(canvas_, options_.footer, small, options_.language, content_width - 60);
        pango_layout_set_height(left.get(), -1);
        pango_layout_set_ellipsize(left.get(), PANGO_ELLIPSIZE_END);
        align_runs(left);
        cairo_move_to(canvas_, margin, y);
        pango_cairo_show_layout(canvas_, left.get());
    }
    small.align = Align::right;
    Layout number = lay_out(canvas_, fmt::format("{} / {}", page + 1, pages_.size()), small,
                            options_.language, content_width);
    cairo_move_to(canvas_, margin, y);
    pango_cairo_show_layout(canvas_, number.get());
}

std::string PdfDocument::finish() {
    CHECK(surface_ != nullptr);
    for (std::size_t page = 0; page < pages_.size(); ++page) {
        for (const Drawing& drawing : pages_[page])
            drawing(canvas_);
        draw_foot(page);
        cairo_show_page(canvas_);
    }
    pages_.clear();
    cairo_destroy(std::exchange(canvas_, nullptr));
    cairo_surface_finish(surface_);
    CHECK(cairo_surface_status(surface_) == CAIRO_STATUS_SUCCESS);
    cairo_surface_destroy(std::exchange(surface_, nullptr));
    return std::move(bytes_);
}

}  // namespace format
