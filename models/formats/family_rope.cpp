// family_rope.cpp: rotary parameters of a config.json, in the old form and in that of version 5.

#include <algorithm>

#include "base/check.hpp"
#include "models/formats/families.hpp"

namespace ww {

namespace {

/// One set of parameters: `own` where it has a key, else the configuration around it.
class RopeReader {
 public:
  RopeReader(const ConfigReader& config, const nlohmann::json& own)
      : config_(config), own_(own, config.where() + ": rope parameters") {}

  RopeScaling read(int64_t head_width, double base) const {
    RopeScaling rope{.type = type()};
    refuse_unsupported();
    rope.base = own_.real_or("rope_theta", base);
    rope.head_width = head_width;
    set_width(rope);
    rope.factor = own_.maybe_real("factor");
    rope.longest = config_.real_or("max_position_embeddings", 0);
    rope.original_length =
        config_.real_or("original_max_position_embeddings",
                        own_.real_or("original_max_position_embeddings", rope.longest));
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
  std::string type() const {
    const auto type = own_.text_or("rope_type", own_.text_or("type", "default"));
    const bool phi3 = config_.text_or("model_type", "") == "phi3";
    return type == "su" || (type == "yarn" && phi3) ? "longrope" : type;
  }

  /// The share of the head width that turns has had many names.
  double share() const {
    for (const auto* const key : {"partial_rotary_factor", "rotary_pct", "rope_pct"}) {
      if (own_.has(key)) return own_.real(key);
      if (config_.has(key)) return config_.real(key);
    }
    return -1;
  }

  void set_width(RopeScaling& rope) const {
    const double given = share();
    check(given <= 1, "{}: a share of {} of the head width cannot turn", own_.where(), given);
    if (rope.type == "proportional") {
      rope.width = rope.head_width;
      rope.share = given < 0 ? 1 : given;
    } else if (config_.has("rotary_dim")) {
      rope.width = config_.integer("rotary_dim");
    } else {
      rope.width = given < 0 ? rope.head_width
                             : static_cast<int64_t>(static_cast<double>(rope.head_width) * given);
    }
  }

  void refuse_unsupported() const {
    for (const auto* const key : {"mrope_section", "axial", "mrope_interleaved"}) {
      own_.refuse_if_set(key);
    }
  }

  const ConfigReader& config_;
  ConfigReader own_;
};

const nlohmann::json& nothing() {
  static const auto empty = nlohmann::json::object();
  return empty;
}

/// Where the parameters of all layers, or of one type of layer, stand.
const nlohmann::json& parameters_of(const ConfigReader& config, const std::string& layer_type) {
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
double base_of(const ConfigReader& config) {
  return config.real_or("rope_theta", config.real_or("rotary_emb_base", 10000));
}

}  // namespace

void read_rope(const ConfigReader& config, FamilyModel& model) {
  const auto& own = parameters_of(config, "full_attention");
  model.ropes = {RopeReader(config, own).read(model.config.head_width, base_of(config))};
}

void read_rope_by_type(const ConfigReader& config,
                       FamilyModel& model,
                       const std::vector<bool>& slides) {
  const auto table = [&](const char* type, double base, const nlohmann::json& own) {
    if (own.is_null()) {  // layers of this type do not turn
      RopeScaling still{.type = "none"};
      still.head_width = still.width = model.config.head_width;
      return still;
    }
    (void)type;
    return RopeReader(config, own).read(model.config.head_width, base);
  };
  const bool nested = config.has("rope_parameters") &&
                      config.object().at("rope_parameters").contains("sliding_attention");
  const auto& full = parameters_of(config, "full_attention");
  const auto& sliding = nested ? parameters_of(config, "sliding_attention") : nothing();
  model.ropes = {
      table("full_attention", base_of(config), full),
      table("sliding_attention", config.real_or("rope_local_base_freq", 10000), sliding)};
  for (const bool slide : slides) model.config.layer_tables.push_back(slide ? 1 : 0);
}

void use_windows(const ConfigReader& config, FamilyModel& model, const std::vector<bool>& slides) {
  const auto window = config.integer_or("sliding_window", 0);
  if (window == 0 || std::ranges::none_of(slides, [](bool slide) { return slide; })) return;
  for (const bool slide : slides) model.config.windows.push_back(slide ? window : 0);
}

}  // namespace ww
