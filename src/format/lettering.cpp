#include "format/lettering.h"

#include <string>

#include "base/check.h"
#include "base/text.h"

namespace format {
namespace {

/// Chinese faces hold Latin letters but not all of Vietnamese, so elsewhere Latin comes first.
std::string family_of(base::Language language) {
    static const std::string others =
        ",Noto Sans Thai,Noto Sans Lao,Noto Sans Khmer,Noto Sans Myanmar,sans-serif";
    switch (language) {
        case base::Language::zh_cn:
            return "Noto Sans CJK SC,Noto Sans" + others;
        case base::Language::zh_tw:
            return "Noto Sans CJK TC,Noto Sans" + others;
        default:
            return "Noto Sans,Noto Sans CJK SC" + others;
    }
}

PangoAlignment alignment_of(Align align) {
    switch (align) {
        case Align::left:
            return PANGO_ALIGN_LEFT;
        case Align::centre:
            return PANGO_ALIGN_CENTER;
        case Align::right:
            return PANGO_ALIGN_RIGHT;
    }
    return PANGO_ALIGN_LEFT;
}

}  // namespace

Layout lay_out(cairo_t* canvas, std::string_view text, const Lettering& lettering,
               base::Language language, double width) {
    Layout layout(pango_cairo_create_layout(canvas), g_object_unref);
    CHECK(layout != nullptr);
    std::unique_ptr<PangoFontDescription, decltype(&pango_font_description_free)> font(
        pango_font_description_new(), pango_font_description_free);
    pango_font_description_set_family(font.get(), family_of(language).c_str());
    pango_font_description_set_size(font.get(), static_cast<int>(lettering.points * PANGO_SCALE));
    pango_font_description_set_weight(
        font.get(), lettering.weight == Weight::bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    PangoContext* context = pango_layout_get_context(layout.get());
    pango_cairo_context_set_resolution(context, 72);  // so that points are points
    std::string tag(base::tag_of(language));
    pango_context_set_language(context, pango_language_from_string(tag.c_str()));
    pango_layout_context_changed(layout.get());
    pango_layout_set_font_description(layout.get(), font.get());
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout.get(), alignment_of(lettering.align));
    pango_layout_set_line_spacing(layout.get(), static_cast<float>(lettering.line_spacing));
    if (width >= 0) pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
    std::string shown = base::is_valid_utf8(text) ? std::string(text) : "?";
    pango_layout_set_text(layout.get(), shown.data(), static_cast<int>(shown.size()));
    align_runs(layout);
    return layout;
}

void align_runs(const Layout& layout) {
    for (GSList* at = pango_layout_get_lines(layout.get()); at != nullptr; at = at->next) {
        auto* line = static_cast<PangoLayoutLine*>(at->data);
        for (GSList* run = line->runs; run != nullptr; run = run->next) {
            static_cast<PangoGlyphItem*>(run->data)->y_offset = 0;
        }
    }
}

double height_of(const Layout& layout) {
    int width = 0;
    int height = 0;
    pango_layout_get_size(layout.get(), &width, &height);
    return static_cast<double>(height) / PANGO_SCALE;
}

}  // namespace format
