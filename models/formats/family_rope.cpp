// family_rope.cpp: rotary parameters of a config.json, in the old form and in that of version 5.

#include <algorithm>
#include <array>
#include <string_view>

#include "base/check.hpp"
#include "models/formats/families.hpp"

namespace ww {

namespace {

constexpr double kUsualBase = 10000;

/// Of a set of parameters, what read() below reads; and what says nothing of how layers turn.
constexpr auto kKeys = std::to_array<std::string_view>({
    "type",
    "rope_type",
    "rope_theta",
    "factor",
    "partial_rotary_factor",
    "rotary_pct",
    "rope_pct",
    "original_max_position_embeddings",
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
  RopeReader(const ConfigReader& config, const nlohmann::json& own)
      : config_(config), own_(own, config.where() + ": rope parameters") {}

  /// `base` is what the configuration says outside of `own`.
  RopeScaling read(int64_t head_width, std::optional<double> base) const {
    RopeScaling rope{.type = type()};
    refuse_unsupported();
    rope.base = own_.real_or("rope_theta", base.value_or(kUsualBase));
    refuse_other(base, own_.maybe_real("rope_theta"), "rope_theta");
    rope.head_width = head_width;
    set_width(rope);
    rope.factor = own_.maybe_real("factor");
    rope.longest = config_.real_or("max_position_embeddings", 0);
    const auto* const original = "original_max_position_embeddings";
    rope.original_length = config_.real_or(original, own_.real_or(original, rope.longest));
    refuse_other(config_.maybe_real(original), own_.maybe_real(original), original);
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
  /// The type under one of its two names; Phi-3 has had other words for longrope.
  std::string type_under(const char* key) const {
    const auto type = own_.text_or(key, "default");
    const bool phi3 = config_.text_or("model_type", "") == "phi3";
    return type == "su" || (type == "yarn" && phi3) ? "longrope" : type;
  }

  std::string type() const {
    const bool newer = own_.has("rope_type"), older = own_.has("type");
    const auto type = type_under(newer ? "rope_type" : "type");
    check(!newer || !older || type == type_under("type"),
          "{}: \"type\" is '{}' but \"rope_type\" is '{}'; they must be equal",
          own_.where(),
          own_.text_or("type", ""),
          own_.text_or("rope_type", ""));
    check(type != "default" || own_.real_or("factor", 1) == 1,
          "{}: \"factor\" is {}, but \"rope_type\" {}; name one that scales",
          own_.where(),
          own_.real_or("factor", 1),
          newer || older ? "is 'default'" : "is missing");
    return type;
  }

  void refuse_other(std::optional<double> around,
                    std::optional<double> own,
                    const char* key) const {
    check(!around || !own || *around == *own,
          "{}: \"{}\" is {}, but {} around them; they must be equal",
          own_.where(),
          key,
          own.value_or(0),
          around.value_or(0));
  }

  /// The share of the head width that turns has had many names.
  double share() const {
    for (const auto* const key : {"partial_rotary_factor", "rotary_pct", "rope_pct"}) {
      for (const auto* const reader : {&own_, &config_}) {
        if (!reader->has(key)) continue;
        const double given = reader->positive_or(key, 1);
        check(given <= 1, "{}: \"{}\" must be at most 1 but is {}", reader->where(), key, given);
        return given;
      }
    }
    return 1;
  }

  void set_width(RopeScaling& rope) const {
    if (rope.type == "proportional") {
      rope.width = rope.head_width;
      rope.share = share();
    } else if (config_.has("rotary_dim")) {
      rope.width = config_.integer("rotary_dim");
    } else {
      rope.width = static_cast<int64_t>(static_cast<double>(rope.head_width) * share());
    }
  }

  /// A key that is not read could be one that turns otherwise: every other one is refused by name.
  void refuse_unsupported() const {
    for (const auto& [key, value] : own_.object().items()) {
      if (std::ranges::find(kKeys, key) == kKeys.end()) own_.refuse_if_set(key);
    }
  }

  const ConfigReader& config_;
  ConfigReader own_;
};

const nlohmann::json& nothing() {
  static const auto empty = nlohmann::json::object();
  return empty;
}

/// What rope_scaling says, rope_parameters must say too.
void refuse_two_sets(const ConfigReader& config) {
  if (!config.has("rope_parameters") || !config.has("rope_scaling")) return;
  const auto& parameters = config.object().at("rope_parameters");
  for (const auto& [key, value] : config.object().at("rope_scaling").items()) {
    check(parameters.is_object() && parameters.contains(key) && parameters.at(key) == value,
          "{}: \"rope_scaling\" and \"rope_parameters\" differ in \"{}\"; leave one of them out",
          config.where(),
          key);
  }
}

/// Where the parameters of all layers, or of one type of layer, stand.
const nlohmann::json& parameters_of(const ConfigReader& config, const std::string& layer_type) {
  refuse_two_sets(config);
  for (const auto* const key : {"rope_parameters", "rope_scaling"}) {
    if (!config.has(key)) continue;
    const auto& all = config.object().at(key);
    check(all.is_object(), "{}: \"{}\" must be an object", config.where(), key);
    const auto nested = all.find(layer_type);
    return nested != all.end() ? *nested : all;
  }
  return nothing();
}

/// The older keys of the base.
std::optional<double> base_of(const ConfigReader& config) {
  const auto base = config.maybe_real("rope_theta"), older = config.maybe_real("rotary_emb_base");
  check(!base || !older || *base == *older,
        "{}: \"rotary_emb_base\" is {}, but \"rope_theta\" is {}; they must be equal",
        config.where(),
        older.value_or(0),
        base.value_or(0));
  return base ? base : older;
}

/// Whether the parameters are those of each type of layer. Throws InputError where one is missing.
bool has_types(const ConfigReader& config) {
  if (!config.has("rope_parameters")) return false;
  const auto& all = config.object().at("rope_parameters");
  const bool full = all.contains("full_attention"), sliding = all.contains("sliding_attention");
  check(full == sliding,
        "{}: \"rope_parameters\" has no \"{}\"",
        config.where(),
        full ? "sliding_attention" : "full_attention");
  return full;
}

}  // namespace

void read_rope(const ConfigReader& config, FamilyModel& model) {
  const auto& own = parameters_of(config, "full_attention");
  check(!has_types(config) || parameters_of(config, "sliding_attention") == own,
        "{}: \"rope_parameters\" of \"sliding_attention\" differ from \"full_attention\"; all "
        "layers of this family turn alike",
        config.where());
  model.ropes = {RopeReader(config, own).read(model.config.head_width, base_of(config))};
}

void read_rope_by_type(const ConfigReader& config,
                       FamilyModel& model,
                       const std::vector<bool>& slides) {
  const auto table = [&](std::optional<double> base, const nlohmann::json& own) {
    if (own.is_null()) {  // layers of this type do not turn
      RopeScaling still{.type = "none"};
      still.head_width = still.width = model.config.head_width;
      return still;
    }
    return RopeReader(config, own).read(model.config.head_width, base);
  };
  const bool nested = has_types(config);
  const auto& full = parameters_of(config, "full_attention");
  const auto& sliding = nested ? parameters_of(config, "sliding_attention") : nothing();
  model.ropes = {table(base_of(config), full),
                 table(config.maybe_real("rope_local_base_freq"), sliding)};
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

}  // namespace ww
