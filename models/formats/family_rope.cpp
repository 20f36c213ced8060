// family_rope.cpp: rotary parameters of a config.json, in the old form and in that of version 5.
// Where a configuration says a thing twice, transformers decides which counts; a note says so.

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/check.hpp"
#include "models/formats/families.hpp"
#include "models/formats/family_defaults.hpp"

namespace ww {

namespace {

using Json = nlohmann::json;

constexpr const char* kOriginal = "original_max_position_embeddings";

/// Of a set of parameters, what read() below reads; and what says nothing of how layers turn.
constexpr auto kKeys = std::to_array<std::string_view>({
    "type",
    "rope_type",
    "rope_theta",
    "factor",
    "partial_rotary_factor",
    kOriginal,
    "beta_fast",
    "beta_slow",
    "truncate",
    "mscale",
    "mscale_all_dim",
    "attention_factor",
    "low_freq_factor",
    "high_freq_factor",
    "short_factor",
    "long_factor",
    "finetuned",
});

/// One set of parameters: `own` where it has a key, else the configuration around it.
class RopeReader {
 public:
  RopeReader(const ConfigReader& config, const Json& own, FamilyModel& model)
      : config_(config), own_(own, config.where() + ": rope parameters"), model_(model) {}

  /// `base_key` is the base's name in the configuration around; `alone`: its original length does
  /// not count (sets of layer types).
  RopeScaling read(const char* base_key, bool alone) const {
    RopeScaling rope{.type = type()};
    refuse_unsupported();
    refuse_missing(rope.type);
    rope.base = own_.real_or("rope_theta", config_.real(base_key));
    note_unread(base_key, "rope_theta");
    rope.head_width = model_.config.head_width;
    set_width(rope);
    rope.factor = own_.maybe_real("factor");
    rope.longest = config_.real("max_position_embeddings");
    rope.original_length = original_length(alone, rope.longest);
    rope.beta_fast = own_.real_or("beta_fast", 32);
    rope.beta_slow = own_.real_or("beta_slow", 1);
    rope.truncate = own_.flag_or("truncate", true);
    rope.mscale = own_.maybe_real("mscale");
    rope.mscale_all = own_.maybe_real("mscale_all_dim");
    rope.attention_factor = own_.maybe_real("attention_factor");
    rope.low = own_.real_or("low_freq_factor", 1);
    rope.high = own_.real_or("high_freq_factor", 4);
    rope.short_factors = own_.reals("short_factor");
    rope.long_factors = own_.reals("long_factor");
    return rope;
  }

 private:
  bool is_phi3() const { return config_.text("model_type") == "phi3"; }

  void note(std::string text) const {
    model_.notes.push_back(own_.where() + ": " + std::move(text));
  }

  /// rope_type, else type; Phi-3 has had other words for longrope.
  std::string type() const {
    const auto older = own_.text_or("type", "default"), type = own_.text_or("rope_type", older);
    if (own_.has("type") && older != type) {
      note(fmt::format("\"rope_type\" '{}' counts, not \"type\" '{}'", type, older));
    }
    if (type == "default" && own_.real_or("factor", 1) != 1) {
      note("\"factor\" does nothing, for the rope type is 'default'");
    }
    if (!is_phi3()) return type == "su" ? "longrope" : type;
    check(type == "default" || type == "longrope" || type == "su" || type == "yarn",
          "{}: rope type '{}' is not one of models of type phi3; there are: default, longrope",
          own_.where(),
          type);
    return type == "default" ? type : "longrope";
  }

  /// Where the configuration around says something of its own that is not read.
  void note_unread(const char* around_key, const char* own_key) const {
    const auto around = config_.maybe_real(around_key), own = own_.maybe_real(own_key);
    const auto& usual = family_defaults(config_.text("model_type")).at(around_key);
    if (!own || !around || *around == *own || usual == *around) return;
    note(fmt::format(
        "\"{}\" {} counts, not \"{}\" {} around them", own_key, *own, around_key, *around));
  }

  /// Tokens. What the configuration around says counts more than the parameters do.
  double original_length(bool alone, double longest) const {
    const auto own = own_.maybe_real(kOriginal);
    const auto around = alone ? std::nullopt : config_.maybe_real(kOriginal);
    if (own && around && *own != *around) {
      note(fmt::format("\"{}\" {} around them counts, not {}", kOriginal, *around, *own));
    }
    return around.value_or(own.value_or(longest));
  }

  /// The family's name for the share of the head width that turns; null where all of it does.
  const char* share_key() const {
    for (const auto* const key : {"partial_rotary_factor", "rotary_pct"}) {
      if (config_.has(key)) return key;
    }
    return nullptr;
  }

  double share() const {
    const auto* const key = share_key();
    const bool own = own_.has("partial_rotary_factor");
    const auto& reader = own ? own_ : config_;
    const auto* const name = own || key == nullptr ? "partial_rotary_factor" : key;
    const double given = reader.positive_or(name, 1);
    check(given <= 1, "{}: \"{}\" must be at most 1 but is {}", reader.where(), name, given);
    return given;
  }

  void set_width(RopeScaling& rope) const {
    const bool partial = share_key() != nullptr;
    const double part = share();
    rope.width = rope.head_width;
    check(
        rope.type != "proportional" || part == 1 || !config_.has("partial_rotary_factor"),
        "{}: rope type 'proportional' does not fit models of type {}, of whose heads a part turns",
        own_.where(),
        config_.text("model_type"));
    if (rope.type == "proportional") {
      rope.share = part;
    } else if (partial) {
      const auto among = config_.integer_or("head_dim", rope.head_width);
      rope.width = static_cast<int64_t>(static_cast<double>(among) * part);
    } else if (part != 1) {
      check(rope.type == "default",
            "{}: \"partial_rotary_factor\" is {}, but heads of models of type {} turn whole",
            own_.where(),
            part,
            config_.text("model_type"));
      note("\"partial_rotary_factor\" does nothing: heads of this family turn whole");
    }
  }

  /// What a rope type cannot do without; transformers fails without them too.
  void refuse_missing(const std::string& type) const {
    const auto needs = [&](std::initializer_list<const char*> keys) {
      for (const auto* const key : keys) {
        check(
            own_.object().contains(key), "{}: rope type {} needs \"{}\"", own_.where(), type, key);
      }
    };
    if (type == "linear" || type == "dynamic" || type == "yarn") needs({"factor"});
    if (type == "llama3") needs({"factor", "low_freq_factor", "high_freq_factor"});
  }

  /// A key that is not read could be one that turns otherwise: every other one is refused by name.
  void refuse_unsupported() const {
    for (const auto& [key, value] : own_.object().items()) {
      if (std::ranges::find(kKeys, key) == kKeys.end()) own_.refuse_if_set(key);
    }
  }

  const ConfigReader& config_;
  ConfigReader own_;
  FamilyModel& model_;
};

/// An object under the key; an empty one where there is none.
Json object_at(const ConfigReader& config, const std::string& key) {
  if (!config.has(key)) return Json::object();
  const auto& found = config.object().at(key);
  check(found.is_object(), "{}: \"{}\" must be an object", config.where(), key);
  return found;
}

/// rope_scaling, where it says anything, counts more than rope_parameters.
Json stated_parameters(const ConfigReader& config, FamilyModel& model) {
  const auto older = object_at(config, "rope_scaling"),
             newer = object_at(config, "rope_parameters");
  if (older.empty()) return newer;
  for (const auto& [key, value] : newer.items()) {
    if (older.contains(key) && older.at(key) == value) continue;
    model.notes.push_back(
        fmt::format("{}: \"rope_scaling\" counts, not \"rope_parameters\"; they differ in \"{}\"",
                    config.where(),
                    key));
    break;
  }
  return older;
}

/// The parameters of one type of layer; `fallback` where it has none of its own.
Json parameters_of_type(const Json& all, const char* layer_type, const Json& fallback) {
  const auto own = all.find(layer_type);
  return own == all.end() || own->is_null() ? fallback : *own;
}

}  // namespace

void read_rope(const ConfigReader& config, FamilyModel& model) {
  const auto own = stated_parameters(config, model);
  check(!own.contains("full_attention") && !own.contains("sliding_attention"),
        "{}: the rope parameters differ by type of layer, but all layers of models of type {} turn "
        "alike",
        config.where(),
        config.text("model_type"));
  const auto* const base = config.has("rotary_emb_base") ? "rotary_emb_base" : "rope_theta";
  model.ropes = {RopeReader(config, own, model).read(base, false)};
}

void read_rope_by_type(const ConfigReader& config,
                       FamilyModel& model,
                       const std::vector<bool>& slides) {
  const auto all = object_at(config, "rope_parameters");
  // Its type stands before rope_scaling is read, which can change it as "rope_type" alone, not as
  // "type".
  auto full = parameters_of_type(all, "full_attention", {{"rope_type", "default"}});
  full.update(object_at(config, "rope_scaling"));
  const auto sliding = parameters_of_type(all, "sliding_attention", Json::object());
  for (const auto& [key, value] : all.items()) {
    if (key == "full_attention" || key == "sliding_attention") continue;
    model.notes.push_back(fmt::format(
        "{}: \"rope_parameters\" counts by type of layer; \"{}\" beside the types does nothing",
        config.where(),
        key));
  }
  model.ropes = {RopeReader(config, full, model).read("rope_theta", true),
                 RopeReader(config, sliding, model).read("rope_local_base_freq", true)};
  for (const bool slide : slides) model.config.layer_tables.push_back(slide ? 1 : 0);
}

std::vector<bool> stated_sliding_layers(const ConfigReader& config, int64_t layers) {
  const auto types = config.texts("layer_types");
  check(!config.has("layer_types") || std::ssize(types) == layers,
        "{}: \"layer_types\" must have an entry for each of {} layers but has {}",
        config.where(),
        layers,
        types.size());
  std::vector<bool> slides;
  for (const auto& type : types) {
    slides.push_back(type == "sliding_attention");
    check(slides.back() || type == "full_attention",
          "{}: \"layer_types\" has '{}'; there are: full_attention, sliding_attention",
          config.where(),
          type);
  }
  return slides;
}

void use_windows(const ConfigReader& config, FamilyModel& model, const std::vector<bool>& slides) {
  if (std::ranges::none_of(slides, [](bool slide) { return slide; })) return;
  const auto window = config.integer_or("sliding_window", 0);
  check(window > 0,
        "{}: \"sliding_window\" must be a number of tokens above 0, for some of its layers slide",
        config.where());
  for (const bool slide : slides) model.config.windows.push_back(slide ? window : 0);
}

void refuse_windows(const ConfigReader& config, const FamilyModel& model) {
  const auto slides = stated_sliding_layers(config, model.config.layers);
  check(std::ranges::none_of(slides, [](bool slide) { return slide; }),
        "{}: \"layer_types\" names layers that slide, but models of type {} have no windows",
        config.where(),
        config.text("model_type"));
}

}  // namespace ww
