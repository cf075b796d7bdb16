#pragma once

#include <memory>
#include <string_view>

#include <pango/pangocairo.h>

#include "base/texts.h"

namespace format {

using Layout = std::shared_ptr<PangoLayout>;

enum class Align { left, centre, right };
enum class Weight { normal, bold };

struct Lettering {
    double points = 10.5;
    Weight weight = Weight::normal;
    Align align = Align::left;
    double line_spacing = 1.45;
};

/// A text laid out for a canvas, shaped in every script that we serve: Noto's Chinese face for the
/// language first, then whatever fontconfig finds for Thai, Lao, Khmer and Burmese. `width` in
/// points, negative for one line without end. Invalid UTF-8 is shown as "?".
Layout lay_out(cairo_t* canvas, std::string_view text, const Lettering& lettering,
               base::Language language, double width);

/// Puts all scripts of a line on one baseline. Pango 1.50 raises Thai, Lao, Khmer and Burmese by a
/// fifth of their size where the line begins in Chinese (it takes the ideographic baseline and
/// guesses it for fonts without one). To be called again whenever the layout has been changed.
void align_runs(const Layout& layout);

double height_of(const Layout& layout);

}  // namespace format
