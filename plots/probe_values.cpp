#include "plots/probe_values.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/check.hpp"
#include "plots/axis.hpp"
#include "probes/h5/schema.hpp"

namespace ww {

namespace {

std::string title_of(const NamedProbe& probe) {
  const auto model = text_attribute(probe.file, "model_id");
  const auto encoding = text_attribute(probe.file, "pe_type");
  const auto name = model.empty() ? probe.name : model;
  return encoding.empty() ? name : fmt::format("{} ({})", name, encoding);
}

/// Only encodings that act in the scores have what parts where from what there.
void check_writable(const NamedProbe& probe, const std::string& name, const std::string& drawing) {
  const bool parted = name.starts_with("metrics/share_") || name == "quadrature_share";
  check(!parted || text_attribute(probe.file, "pe_place") != "embedding",
        "{}: no variable '{}', which {} draws: its encoding '{}' is added to the embedding, where "
        "nothing parts where from what; choose --figure heads or ablation",
        probe.name,
        name,
        drawing,
        text_attribute(probe.file, "pe_type"));
}

/// Where a variable of the schema is of other dimensions, or does not fit those before it.
void check_shape(const NamedProbe& probe,
                 const std::string& name,
                 const Array& array,
                 std::map<std::string, size_t>& sizes) {
  const auto* const row = find_variable(name);
  check(row == nullptr || row->dims == array.dims,
        "{}: '{}' is by ({}), not by ({})",
        probe.name,
        name,
        fmt::join(array.dims, ", "),
        fmt::join(row->dims, ", "));
  size_t count = 1;
  for (size_t i = 0; i < array.shape.size(); ++i) {
    const auto size = sizes.emplace(array.dims.at(i), array.shape[i]).first->second;
    check(size == array.shape[i],
          "{}: '{}' has {} along '{}' where others have {}",
          probe.name,
          name,
          array.shape[i],
          array.dims[i],
          size);
    count *= array.shape[i];
  }
  check(count > 0 && count == array.values.size(), "{}: '{}' is empty", probe.name, name);
}

}  // namespace

std::string text_attribute(const ProbeFile& file, const std::string& name) {
  const auto found = file.text_attributes.find(name);
  return found == file.text_attributes.end() ? "" : found->second;
}

int64_t integer_attribute(const ProbeFile& file, const std::string& name, int64_t otherwise) {
  const auto found = file.integer_attributes.find(name);
  return found == file.integer_attributes.end() ? otherwise : found->second;
}

ProbeAbout about(const NamedProbe& probe) {
  ProbeAbout result;
  result.title = title_of(probe);
  result.averaging = text_attribute(probe.file, "averaging");
  result.train_length = std::max<int64_t>(0, integer_attribute(probe.file, "train_length", 0));
  const auto* const offsets = find_array(probe, "ablation/averaged_offsets");
  if (offsets != nullptr && !offsets->values.empty()) {
    result.averaged_offsets = static_cast<int64_t>(offsets->values.front());
  }
  const auto* const tokens = find_array(probe, "n_tokens");
  if (tokens == nullptr) return result;
  result.texts = static_cast<int64_t>(tokens->values.size());
  for (const double count : tokens->values) {
    result.tokens += static_cast<int64_t>(count);
    result.longest_text = std::max(result.longest_text, static_cast<int64_t>(count));
  }
  return result;
}

std::string about_note(const ProbeAbout& about) {
  std::string note = about.title;
  if (about.texts > 0) {
    note += fmt::format(": {} text{}, {} tokens, the longest {}",
                        with_commas(about.texts),
                        about.texts == 1 ? "" : "s",
                        with_commas(about.tokens),
                        with_commas(about.longest_text));
  }
  if (about.averaging == "micro") note += "; averaged over tokens";
  if (about.averaging == "macro") note += "; averaged over texts";
  return note + ".";
}

const Array* find_array(const NamedProbe& probe, const std::string& name) {
  const auto found = probe.file.variables.find(name);
  return found == probe.file.variables.end() ? nullptr : &found->second;
}

std::vector<double> values_or_nan(const NamedProbe& probe, const std::string& name, size_t count) {
  const auto* const array = find_array(probe, name);
  return array != nullptr ? array->values
                          : std::vector<double>(count, std::numeric_limits<double>::quiet_NaN());
}

const Array& array_of(const NamedProbe& probe, const std::string& name) {
  return probe.file.variables.at(name);
}

double value_at(const Array& array, std::initializer_list<size_t> place) {
  size_t index = 0, axis = 0;
  for (const size_t i : place) index = index * array.shape.at(axis++) + i;
  return array.values.at(index);
}

std::vector<bool> rotated_layers(const NamedProbe& probe, size_t layers) {
  std::vector<bool> rotated(layers, true);
  const auto* const enabled = find_array(probe, "pe_enabled");
  if (enabled == nullptr) return rotated;
  for (size_t l = 0; l < std::min(layers, enabled->values.size()); ++l) {
    rotated[l] = enabled->values[l] != 0;
  }
  return rotated;
}

void require_variables(const NamedProbe& probe,
                       const std::vector<std::string>& names,
                       const std::string& drawing,
                       const std::string& writer) {
  const bool added = text_attribute(probe.file, "pe_place") == "embedding";
  std::map<std::string, size_t> sizes;
  for (const auto& name : names) {
    const auto* const array = find_array(probe, name);
    const bool is_text = probe.file.strings.contains(name);
    check(array != nullptr || name != "theta",
          "{}: its model has no frequencies, over which {} is drawn; choose --figure {}",
          probe.name,
          drawing,
          added ? "heads or ablation" : "heads, triangle, quadrature or ablation");
    if (array == nullptr) check_writable(probe, name, drawing);
    check(array != nullptr || is_text,
          "{}: no variable '{}', which {} draws; `{}` writes it",
          probe.name,
          name,
          drawing,
          writer);
    if (array != nullptr) check_shape(probe, name, *array, sizes);
  }
}

void check_there(const NamedProbe& probe,
                 const char* what,
                 std::optional<size_t> index,
                 size_t count) {
  check(!index || *index < count,
        "{}: there is no {} {}; its {}s are 0 to {}",
        probe.name,
        what,
        index.value_or(0),
        what,
        count - 1);
}

void check_values(const NamedProbe& probe) {
  for (const auto& [name, array] : probe.file.variables) {
    const bool scale = name == "theta" || name == "wavelength";
    if (!scale && !name.ends_with("_se")) continue;
    for (const double value : array.values) {
      check(value >= 0 || (!scale && std::isnan(value)),
            "{}: '{}' holds {}, which cannot be; was the file changed by another program?",
            probe.name,
            name,
            value);
    }
  }
}

std::vector<double> finite_values(const std::vector<double>& values) {
  std::vector<double> kept;
  std::copy_if(values.begin(), values.end(), std::back_inserter(kept), [](double value) {
    return std::isfinite(value);
  });
  return kept;
}

}  // namespace ww
