#include "models/formats/manifest.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/check.hpp"
#include "models/config_json.hpp"
#include "models/formats/config_reader.hpp"
#include "models/formats/huggingface.hpp"
#include "models/formats/nearest_names.hpp"

namespace ww {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

fs::path file_of(const fs::path& path) {
  return fs::is_directory(path) ? path / "whatwhere.json" : path;
}

void check_keys(const Json& object,
                const std::vector<std::string>& known,
                const std::string& where) {
  for (const auto& [key, value] : object.items()) {
    check(std::ranges::find(known, key) != known.end(),
          "{}: unknown key \"{}\"; there are: {}",
          where,
          key,
          fmt::join(known, ", "));
  }
}

std::string with_layer(std::string name, int64_t layer) {
  const auto at = name.find("{l}");
  return at == std::string::npos ? name : name.replace(at, 3, std::to_string(layer));
}

/// Fields without a value that means "nothing of the kind", and whose default fits tensors of a
/// model that differs.
bool must_be_given(const std::string& name) {
  static const std::vector<std::string> names = {"vocabulary",
                                                 "width",
                                                 "layers",
                                                 "heads",
                                                 "key_heads",
                                                 "head_width",
                                                 "hidden",
                                                 "activation",
                                                 "norm",
                                                 "norm_epsilon"};
  return std::ranges::find(names, name) != names.end();
}

/// One table of frequencies, for all layers.
bool is_told_by_encoding(const std::string& name) {
  return name == "encoding" || name == "layer_tables";
}

void note(const std::vector<std::string>& assumed, SourceModel& source) {
  if (assumed.empty()) return;
  source.notes.push_back(
      fmt::format("whatwhere.json does not give, so assumed: {}", fmt::join(assumed, ", ")));
}

/// Fields that are not given keep their defaults, which a note says.
ModelConfig read_model(const Json& object, const std::string& where, SourceModel& source) {
  check(object.is_object(), "{}: \"model\" must be an object", where);
  ModelConfig config;
  std::vector<std::string> known, missing, assumed;
  ModelConfig::visit(config, [&](const char* name, auto& field) {
    if (is_told_by_encoding(name)) return;
    known.emplace_back(name);
    if (object.contains(name)) {
      read_member(object, name, field, where);
    } else if (must_be_given(name)) {
      missing.emplace_back(name);
    } else {
      assumed.push_back(fmt::format("{} {}", name, Json(field).dump()));
    }
  });
  check_keys(object, known, where + ": model");
  check(missing.empty(),
        "{}: \"model\" does not give {}, which no tensor's shape would show to be wrong; say what "
        "the trainer had",
        where,
        fmt::join(missing, ", "));
  note(assumed, source);
  check(config.layers > 0 && config.layers <= kLayerLimit && config.head_width > 0 &&
            config.head_width <= kSizeLimit,
        "{}: says {} layers and a head width of {}, which cannot be",
        where,
        config.layers,
        config.head_width);
  return config;
}

void check_clamp(const ConfigReader& encoding) {
  const auto clamp = encoding.reals("delta_clamp");
  const bool ours = clamp.empty() || (clamp.size() == 2 && clamp[1] == 0 &&
                                      std::abs(clamp[0] + 2 * std::numbers::pi) < 1e-3);
  check(ours, "{}: delta_clamp must be [-6.2832, 0]; no other is supported", encoding.where());
}

/// Files of a probe and figures count on it.
void check_order(const std::vector<double>& theta, const std::string& where) {
  for (size_t i = 0; i < theta.size(); ++i) {
    check(theta[i] >= 0 && (i == 0 || theta[i] <= theta[i - 1]),
          "{}: frequencies must be 0 or more and none higher than the one before, but number {} is "
          "{:g}",
          where,
          i,
          theta[i]);
  }
}

/// theta as the manifest lists it, or from its base.
std::vector<double> read_theta(const ConfigReader& encoding, bool pope, const ModelConfig& c) {
  const auto listed = encoding.reals("frequencies");
  const auto width = encoding.integer_or("rotary_width", c.head_width);
  check(width <= c.head_width,
        "{}: rotary_width is {} but the head width {}",
        encoding.where(),
        width,
        c.head_width);
  const auto F = pope ? width : width / 2;
  check(listed.empty() || static_cast<int64_t>(listed.size()) == F,
        "{}: lists {} frequencies for a rotary width of {}",
        encoding.where(),
        listed.size(),
        width);
  check_order(listed, encoding.where());
  if (!listed.empty()) return listed;
  std::vector<double> theta;
  const double base = encoding.real_or("base", 10000);
  for (int64_t i = 0; i < F; ++i) {
    theta.push_back(std::pow(base, -static_cast<double>(i) / static_cast<double>(F)));
  }
  return theta;
}

/// What belongs to the other encoding is refused.
void check_own(const ConfigReader& encoding, bool pope) {
  const std::vector<std::string> ropes = {"layout"}, popes = {"delta", "delta_clamp", "magnitude"};
  for (const auto& key : pope ? ropes : popes) {
    check(!encoding.has(key),
          "{}: \"{}\" is of {} alone; leave it out",
          encoding.where(),
          key,
          pope ? "rope" : "pope");
  }
}

void note_encoding(const ConfigReader& encoding, bool pope, SourceModel& source) {
  std::vector<std::string> assumed;
  if (!encoding.has("rotary_width"))
    assumed.push_back(fmt::format("rotary_width {}", source.config.head_width));
  if (pope && !encoding.has("delta")) assumed.emplace_back("no delta");
  note(assumed, source);
}

void read_encoding(const Json& object, const std::string& where, SourceModel& source) {
  auto& c = source.config;
  const ConfigReader encoding(object, where + ": encoding");
  check_keys(object,
             {"name",
              "base",
              "frequencies",
              "rotary_width",
              "delta",
              "delta_clamp",
              "magnitude",
              "layout"},
             encoding.where());
  c.encoding = encoding.text("name");
  const bool pope = c.encoding == "pope";
  check(pope || c.encoding == "rope",
        "{}: \"name\" must be pope or rope but is '{}'",
        encoding.where(),
        c.encoding);
  check_own(encoding, pope);
  check_clamp(encoding);
  const auto* const needed = pope ? "magnitude" : "layout";
  check(encoding.has(needed), "{}: \"{}\" is missing", encoding.where(), needed);
  check(encoding.has("base") || encoding.has("frequencies"),
        "{}: \"base\" is missing, or \"frequencies\"",
        encoding.where());
  c.encoding_options.base = encoding.real_or("base", 10000);
  c.encoding_options.magnitude = encoding.text_or("magnitude", "softplus");
  c.encoding_options.layout = encoding.text_or("layout", "half");
  c.encoding_options.delta = encoding.has("delta") ? "zero" : "off";
  c.tables = {{read_theta(encoding, pope, c)}};
  note_encoding(encoding, pope, source);
}

/// Theirs, one or several below each other.
std::vector<std::string> names_of(const Json& value, const std::string& where) {
  if (value.is_string()) return {value.get<std::string>()};
  std::vector<std::string> names;
  const bool list = value.is_array() && !value.empty() &&
                    std::ranges::all_of(value, [](const Json& each) { return each.is_string(); });
  check(list, "{}: a tensor must be named by a text or a list of texts", where);
  return value.get<std::vector<std::string>>();
}

class ManifestReader {
 public:
  ManifestReader(const Json& manifest, std::string where, const WeightFile& weights)
      : where_(std::move(where)), weights_(weights) {
    if (!manifest.contains("transpose")) return;
    transposed_ = names_of(manifest["transpose"], where_);
  }

  void add(const std::string& ours, const Json& theirs, int64_t layers, SourceModel& source) const {
    const bool layered = ours.find("{l}") != std::string::npos;
    for (int64_t l = 0; l < (layered ? layers : 1); ++l) {
      auto& stack = source.stacks[with_layer(ours, l)];
      for (const auto& pattern : names_of(theirs, where_)) {
        const auto name = with_layer(pattern, l);
        check(weights_.tensors.contains(name),
              "{}: the weights have no tensor '{}'; the nearest are: {}",
              where_,
              name,
              fmt::join(nearest_names(name, weights_), ", "));
        const bool turned = std::ranges::find(transposed_, pattern) != transposed_.end();
        stack.push_back({.tensor = name, .transposed = turned});
      }
    }
  }

 private:
  std::string where_;
  const WeightFile& weights_;
  std::vector<std::string> transposed_;
};

}  // namespace

bool is_manifest(const fs::path& path) {
  return path.filename() == "whatwhere.json" ||
         (fs::is_directory(path) && fs::exists(path / "whatwhere.json"));
}

SourceModel read_manifest(const fs::path& path) {
  const auto file = file_of(path);
  const auto where = file.string();
  const auto manifest = parse_json(read_file(file), where);
  const ConfigReader reader(manifest, where);
  check_keys(manifest,
             {"format", "version", "weights", "model", "encoding", "tensors", "transpose"},
             where);
  check(reader.text("format") == "whatwhere-manifest" && reader.integer("version") == 1,
        "{}: is no whatwhere-manifest of version 1",
        where);
  const auto name = reader.text("weights");
  check(name.find("..") == std::string::npos && !name.starts_with("/"),
        "{}: the weights '{}' lie outside the folder",
        where,
        name);
  SourceModel source{.format = "manifest", .family = "manifest"};
  source.paths = {file.parent_path() / name};
  source.weights = read_weight_file(source.paths.front());
  source.config = read_model(member(manifest, "model", where), where, source);
  const auto& encoding = member(manifest, "encoding", where);
  read_encoding(encoding, where, source);
  const ManifestReader tensors(manifest, where, source.weights);
  for (const auto& [ours, theirs] : member(manifest, "tensors", where).items()) {
    tensors.add(ours, theirs, source.config.layers, source);
  }
  if (encoding.contains("delta")) {
    tensors.add("blocks.{l}.attn.delta", encoding["delta"], source.config.layers, source);
  }
  return source;
}

}  // namespace ww
