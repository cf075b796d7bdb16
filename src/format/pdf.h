#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/texts.h"
#include "format/lettering.h"
#include "format/qr.h"

namespace format {

struct PdfOptions {
    std::string title;  ///< in the file's metadata
    base::Language language = base::Language::zh_cn;
    base::Time created;
    std::string footer;  ///< at the left of each page's foot; the page number stands at the right
};

struct PdfColumn {
    std::string title;
    int share = 1;  ///< of the table's width
    Align align = Align::left;
};

/// Builds an A4 document from top to bottom and breaks pages by itself: between the lines of a
/// paragraph, between the rows of a table, whose header is repeated. Text stays text: it can be
/// searched and copied in every script. Each page's foot has "n / m".
///
/// One document belongs to one thread; several documents may be built at once.
class PdfDocument {
  public:
    explicit PdfDocument(PdfOptions options);
    ~PdfDocument();

    void title(std::string_view text);
    void heading(std::string_view text);
    void paragraph(std::string_view text);
    /// Small grey text: sources, how to verify.
    void note(std::string_view text);
    void key_values(const std::vector<std::pair<std::string, std::string>>& pairs);
    /// A cell too long for a whole page ends with "…".
    void table(const std::vector<PdfColumn>& columns,
               const std::vector<std::vector<std::string>>& rows);
    /// PNG or JPEG, at its own proportions and at most as large as the page; errors of
    /// decode_image.
    base::Status image(std::string_view bytes, int width_mm, Align align = Align::centre);
    /// A QR code drawn as vectors, with the caption to its right.
    void qr(const QrCode& code, int width_mm, std::string_view caption);
    void space(int mm);
    void page_break();

    /// The file; the document is spent afterwards.
    std::string finish();

  private:
    using Drawing = std::function<void(cairo_t*)>;
    struct Cell {
        std::string text;
        Lettering lettering;
        double x = 0;
        double width = 0;
    };

    void lines(std::string_view text, const Lettering& lettering, double grey);
    void row(const std::vector<Cell>& cells, double fill);
    double height_of_row(const std::vector<Cell>& cells) const;
    void make_room(double height);
    void draw(Drawing drawing) { pages_.back().push_back(std::move(drawing)); }
    void draw_foot(std::size_t page) const;

    PdfOptions options_;
    std::string bytes_;
    cairo_surface_t* surface_ = nullptr;
    cairo_t* canvas_ = nullptr;
    std::vector<std::vector<Drawing>> pages_{1};
    double y_ = 0;
};

}  // namespace format
