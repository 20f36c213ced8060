// streams.hpp: the standard streams, and inputs that may be pipes.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace ww {

/// Opens what is closed of descriptors 0 to 2, so that no file of ours takes their place.
void open_standard_streams();

/// Whether tell() says nothing.
void keep_quiet(bool quiet);

/// On standard error, whether quiet or not; what cannot be written there is dropped.
void tell_always(std::string_view text);

/// Notes and progress, on standard error.
void tell(std::string_view text);
template <typename... Args>
void tell(fmt::format_string<Args...> text, Args&&... args) {
  tell(std::string_view(fmt::format(text, std::forward<Args>(args)...)));
}

/// The end of standard output. Throws std::runtime_error with the system's reason where not all
/// of it could be written.
void flush_standard_output();

/// "standard output cannot be written: No space left on device".
std::string standard_output_fault(int error);

/// Whether the name of an output means standard output: "-", /dev/stdout and its like. AtomicFile
/// writes there as it comes, without opening anew or cutting what it is redirected to.
bool is_standard_output(const std::filesystem::path& out);
/// What a command did: on standard output unless that is where the output itself goes.
void report_line(const std::filesystem::path& out, std::string_view line);
/// Of a command whose output can't be a stream. Throws InputError that says why.
void refuse_standard_output(const std::filesystem::path& out, std::string_view what);

/// The bytes of a file, of a pipe, or of standard input ("-"). A pipe is read once, however often
/// it is asked for. Throws InputError that names what can't be read.
std::string read_input(const std::filesystem::path& path);

}  // namespace ww
