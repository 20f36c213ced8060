// normal_form.hpp: Unicode's normal forms (UAX 15), in time n log n whatever the text.
#pragma once

#include <string>
#include <string_view>

namespace ww {

enum class NormalForm { nfc, nfd, nfkc, nfkd };

/// The text in a normal form, as Hugging Face's normalisers give it: their tables are those of
/// Unicode 9, for which later marks and compatibility characters have no properties.
std::string normal_form(std::string_view text, NormalForm form);

}  // namespace ww
