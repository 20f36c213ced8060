// byte_alphabet.hpp: GPT-2's alphabet: a printable character for each byte.
//
// Bytes that print in Latin-1 (0x21 .. 0x7e, 0xa1 .. 0xac, 0xae .. 0xff) are the characters of that
// number; the other 68 are U+0100, U+0101, .. in order (Radford et al., "Language Models are
// Unsupervised Multitask Learners", 2019, in the code that came with it).
#pragma once

#include <string>
#include <string_view>

namespace ww {

/// Each byte's character, as UTF-8.
std::string to_byte_alphabet(std::string_view bytes);
void append_byte_alphabet(std::string& text, std::string_view bytes);
/// The bytes of characters; text with a character outside the alphabet stands for itself.
std::string from_byte_alphabet(std::string_view text);

}  // namespace ww
