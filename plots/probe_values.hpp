// probe_values.hpp: what figures take from a probe file: variables by name, and what the file says
// of itself.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "probes/h5/probe_file.hpp"

namespace ww {

/// A probe file and what to call it in figures and errors.
struct NamedProbe {
  std::string name;
  ProbeFile file;
};

/// Where a probe comes from, for titles and captions.
struct ProbeAbout {
  std::string title;              // "model (encoding)"
  int64_t train_length = 0;       // tokens, 0 unknown
  int64_t longest_text = 0;       // tokens, 0 unknown
  int64_t texts = 0, tokens = 0;  // 0 unknown
  std::string averaging;          // as the file says it
  int64_t averaged_offsets = 0;   // of an ablation's curves; 0 none or unknown
};
ProbeAbout about(const NamedProbe& probe);

/// "model (rope): 10 texts, 1,523 tokens, the longest 157; averaged over tokens."
std::string about_note(const ProbeAbout& about);

/// An attribute of the root, "" or `otherwise` where there is none.
std::string text_attribute(const ProbeFile& file, const std::string& name);
int64_t integer_attribute(const ProbeFile& file, const std::string& name, int64_t otherwise);

/// Null where the file has no such variable.
const Array* find_array(const NamedProbe& probe, const std::string& name);
/// Its values, or `count` NaN.
std::vector<double> values_or_nan(const NamedProbe& probe, const std::string& name, size_t count);
/// Throws std::out_of_range where there is none: for variables that were asked for before.
const Array& array_of(const NamedProbe& probe, const std::string& name);

/// The value at an index for each axis.
double value_at(const Array& array, std::initializer_list<size_t> place);

/// Whether each layer turns queries and keys: [L]; all do where the file does not say.
std::vector<bool> rotated_layers(const NamedProbe& probe, size_t layers);

/// Throws InputError where a variable is missing ("..; `writer` writes it"), of other dimensions
/// than the schema's, empty, or of another size on an axis than the ones before it. `drawing` is
/// who needs them, "the figure 'usage'".
void require_variables(const NamedProbe& probe,
                       const std::vector<std::string>& names,
                       const std::string& drawing,
                       const std::string& writer);

/// Throws InputError where a variable holds what it cannot mean: a frequency, a wavelength or an
/// error below zero, a wavelength that is not a number. NaN of an error is "none".
void check_values(const NamedProbe& probe);

/// Throws InputError where an index is set and there is no such `what` ("layer").
void check_there(const NamedProbe& probe,
                 const char* what,
                 std::optional<size_t> index,
                 size_t count);

/// The finite ones.
std::vector<double> finite_values(const std::vector<double>& values);

}  // namespace ww
