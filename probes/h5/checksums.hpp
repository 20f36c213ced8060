// checksums.hpp: what a probe file says of its own contents (since schema 1.1), so that a reader
// tells what is missing or changed from what was never there.
//
// /provenance/checksums is text, a line each: SHA-256, two spaces, a name. Hashed are, of a
// variable, its shape ("2,3" and a line end; only the line end where it has no dimensions) and its
// values as stored, row-major and little-endian; of texts, each with a zero byte behind it, after
// the same; of an attribute of the root ("@title"), its text, or its eight bytes. The last line,
// of the name ".", hashes the lines before it.
#pragma once

#include <map>
#include <string>

#include "probes/h5/probe_file.hpp"

namespace ww {

constexpr const char* kChecksums = "provenance/checksums";

/// The lines for a file of these variables and attributes; `text_attributes` are all of the root's.
std::string checksum_lines(const ProbeFile& file,
                           const std::map<std::string, std::string>& text_attributes);

/// Throws InputError that names what of `lines` the file lacks or has otherwise. Variables that the
/// schema does not know are passed over, and so is what no line names.
void check_contents(const ProbeFile& file, const std::string& lines, const std::string& where);

}  // namespace ww
