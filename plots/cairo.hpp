// cairo.hpp: the same figure through cairo: PDF with text that can be searched, PNG in pixels.
#pragma once

#include "plots/canvas.hpp"

namespace ww {

/// A one-page PDF, a page as large as the figure, without a creation time: same figure, same bytes.
std::string pdf_document(const Figure& figure);

/// A PNG of `scale` pixels to a CSS pixel. Throws InputError where cairo can't hold that many.
std::string png_image(const Figure& figure, double scale = 2);

}  // namespace ww
