// synthetic_probe.hpp: a probe file made up by formulas, with every variable that a figure draws,
// so that what a figure shows is known.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "plots/figures.hpp"
#include "probes/h5/schema.hpp"

namespace ww::test {

struct SyntheticProbe {
  std::string name = "a.h5", model = "tiny", encoding = "rope";
  size_t layers = 4, heads = 6, key_heads = 2, frequencies = 8, texts = 5, lags = 64, bands = 4,
         samples = 5;
  int64_t train_length = 512, step = -1;
  double base = 10000;
};

class SyntheticFile {
 public:
  explicit SyntheticFile(const SyntheticProbe& probe) : probe_(probe) {
    file.text_attributes = {
        {"model_id", probe.model}, {"pe_type", probe.encoding}, {"averaging", "micro"}};
    file.integer_attributes = {
        {"train_length", probe.train_length}, {"training_step", probe.step}, {"seed", 1}};
    sizes_ = {{"layer", probe.layers},
              {"head", probe.heads},
              {"kv_head", probe.key_heads},
              {"frequency", probe.frequencies},
              {"text", probe.texts},
              {"lag", probe.lags},
              {"sample", probe.samples},
              {"offset_range", 2},
              {"intervention", 3},
              {"band", probe.bands},
              {"control", 2}};
  }

  /// A variable of the schema by its formula over the indices.
  using Formula = std::function<double(const std::vector<size_t>&)>;
  void put(const std::string& name, const Formula& formula) {
    Array array{find_variable(name)->dims, {}, {}};
    for (const auto& dim : array.dims) array.shape.push_back(sizes_.at(dim));
    std::vector<size_t> at(array.dims.size(), 0);
    while (true) {
      array.values.push_back(formula(at));
      size_t axis = at.size();
      while (axis > 0 && ++at[axis - 1] == array.shape[axis - 1]) at[--axis] = 0;
      if (axis == 0) break;
    }
    file.variables[name] = array;
  }

  void add_usage();
  void add_decomposition();
  void add_kernel();
  void add_ablation();
  void add_contribution();
  void add_offsets();
  void add_moments();
  void add_samples();
  void add_heads();

  ProbeFile file;

 private:
  double theta(size_t f) const {
    return std::pow(probe_.base, -static_cast<double>(f) / static_cast<double>(probe_.frequencies));
  }
  SyntheticProbe probe_;
  std::map<std::string, size_t> sizes_;
};

inline double number(size_t i) { return static_cast<double>(i); }

inline void SyntheticFile::add_usage() {
  const auto index = [](const auto& at) { return number(at[0]); };
  for (const auto* name : {"layer", "head", "kv_head", "frequency", "lag"}) put(name, index);
  file.strings["text"] = std::vector<std::string>(probe_.texts, "a text");
  put("n_tokens", [](const auto& at) { return 120 + 10 * number(at[0]); });
  put("loss", [](const auto& at) { return 2 + 0.1 * number(at[0]); });
  put("theta", [&](const auto& at) { return theta(at[1]); });
  put("wavelength", [&](const auto& at) { return 2 * std::numbers::pi / theta(at[1]); });
  const auto norm = [&](double l, double h, double f, double side) {
    const double place = f / number(probe_.frequencies) - 0.45 - 0.1 * std::sin(l);
    return side + 3 * std::exp(-18 * place * place) * (1 + 0.25 * std::cos(h + l)) + 0.05 * h;
  };
  put("query_norm_mean", [=](const auto& at) { return norm(number(at[0]), 2, number(at[1]), .5); });
  put("key_norm_mean", [=](const auto& at) { return norm(number(at[0]), 1, number(at[1]), .8); });
  for (const auto* name : {"query_norm_se", "key_norm_se"}) {
    put(name, [](const auto& at) { return 0.05 + 0.01 * number(at[1]); });
  }
  put("per_head/query_norm_mean",
      [=](const auto& at) { return norm(number(at[0]), number(at[1]), number(at[2]), .5); });
  put("per_head/key_norm_mean",
      [=](const auto& at) { return norm(number(at[0]), number(at[1]), number(at[2]), .8); });
  if (probe_.encoding != "pope") return;
  put("per_head/pope_delta", [](const auto& at) {
    return -std::fmod(0.37 * number(at[0]) + 1.1 * number(at[1]) + 0.45 * number(at[2]), 6.28);
  });
}

/// where 0.6 .. falling with the head, Q rising with layer and head; the first range holds other
/// values.
inline void SyntheticFile::add_decomposition() {
  put("offset_range", [](const auto& at) { return at[0] == 0 ? 16.0 : 128.0; });
  const bool pope = probe_.encoding == "pope";
  const auto quadrature = [=, this](const auto& at) -> double {
    const double layer = number(at[1]) / number(probe_.layers);
    const double head = number(at[2]) / number(probe_.heads);
    return pope ? 0 : (0.02 + 0.7 * layer * head * head) / (at[0] == 0 ? 2 : 1);
  };
  const auto where = [](const auto& at) { return 0.1 + 0.4 / (1 + number((at[1] + at[2]) % 4)); };
  const auto inphase = [](const auto& at) { return at[2] == 3 ? 0.55 : 0.12; };
  put("metrics/share_quadrature", quadrature);
  put("metrics/share_where", where);
  put("metrics/share_inphase", inphase);
  put("metrics/share_cross", [](const auto&) { return 0.01; });
  put("metrics/share_what",
      [=](const auto& at) { return 0.99 - quadrature(at) - where(at) - inphase(at); });
  put("quadrature_share", [=, this](const auto& at) {
    return pope ? 0 : 0.03 + 0.2 * number(at[0]) / number(probe_.layers);
  });
  put("quadrature_share_se", [](const auto& at) { return 0.01 + 0.002 * number(at[0]); });
  file.strings["control/control"] = {"init", "words"};
  for (const auto* name : {"control/query_norm_mean", "control/key_norm_mean"}) {
    put(name, [](const auto& at) { return 0.6931 + number(at[0]); });
  }
  put("control/quadrature_share",
      [](const auto& at) { return 0.02 + 0.02 * number(at[0]) + 0.001 * number(at[1]); });
  put("metrics/eff_freqs_norm",
      [](const auto& at) { return 2 + number(at[0]) + 0.1 * number(at[1]); });
  put("metrics/sink_mass", [](const auto& at) { return 0.1 * number(at[1] % 7); });
}

inline void SyntheticFile::add_kernel() {
  put("metrics/kernel", [&](const auto& at) {
    double sum = 0;
    for (size_t f = 0; f < probe_.frequencies; ++f) {
      const double phase = 0.6 * number(at[1]) * theta(f) * number(1 + at[0]);
      sum += std::cos(number(at[2]) * theta(f) - phase) * (1 + 0.3 * std::sin(number(f + at[1])));
    }
    return sum / 3;
  });
  put("metrics/slash",
      [](const auto& at) { return 0.3 * std::exp(-std::abs(number(at[2]) - number(at[1])) / 2); });
}

inline void SyntheticFile::add_ablation() {
  file.strings["ablation/intervention"] = {"zero", "derotate", "unshift"};
  put("ablation/band", [](const auto& at) { return number(at[0]); });
  const auto width = number(probe_.frequencies) / number(probe_.bands);
  const auto length = [=, this](double band) {
    return 2 * std::numbers::pi * std::pow(probe_.base, band * width / number(probe_.frequencies));
  };
  put("ablation/band_wavelength_low", [=](const auto& at) { return length(number(at[0])); });
  put("ablation/band_wavelength_high", [=](const auto& at) { return length(number(at[0]) + 0.8); });
  const auto delta = [](const auto& at) {
    const double size = at[0] == 0 ? 0.3 : at[0] == 1 ? 0.2 : 0.03;
    return size * std::cos(0.9 * number(at[2]) + 0.4 * number(at[1])) + 0.1 * size;
  };
  put("ablation/delta_loss", delta);
  put("ablation/delta_loss_ci_low", [=](const auto& at) { return delta(at) - 0.03; });
  put("ablation/delta_loss_ci_high", [=](const auto& at) { return delta(at) + 0.04; });
  put("ablation/delta_loss_random", [=](const auto& at) { return 0.4 * delta(at); });
  put("ablation/delta_loss_matched", [=](const auto& at) { return 0.6 * delta(at); });
  put("ablation/delta_loss_head", [](const auto& at) {
    return at[0] == 1 ? std::numeric_limits<double>::quiet_NaN() : 0.02 * number(at[2]) - 0.03;
  });
  const auto total = [](const auto& at) { return at[0] == 0 ? 2.9 : at[0] == 1 ? 3.1 : 0.21; };
  put("ablation/total_delta_loss", total);
  put("ablation/total_delta_loss_ci_low", [=](const auto& at) { return total(at) - 0.1; });
  put("ablation/total_delta_loss_ci_high", [=](const auto& at) { return total(at) + 0.15; });
}

/// Shares of both signs, importances over some powers of ten.
inline void SyntheticFile::add_contribution() {
  put("usage_product",
      [](const auto& at) { return 1 + 0.1 * number(at[0]) + 0.3 * number(at[1]); });
  put("metrics/covariance_share", [](const auto& at) {
    return 0.3 * std::cos(0.8 * number(at[2]) + 0.5 * number(at[0])) + 0.01 * number(at[1]);
  });
  put("metrics/fisher", [](const auto& at) {
    return std::pow(10.0, -0.4 * number(at[2]) - 0.1 * number(at[0])) * (1 + number(at[1]));
  });
}

/// Phases that prefer one offset; of PoPE none but delta's.
inline void SyntheticFile::add_offsets() {
  const bool pope = probe_.encoding == "pope";
  put("metrics/resultant", [=](const auto& at) {
    return pope ? 1 : 0.1 + 0.8 / (1 + number(at[2])) - 0.01 * number(at[1]);
  });
  put("metrics/quadrature_part", [=](const auto& at) {
    return pope ? 0 : (0.1 + 0.02 * number(at[1])) / (1 + number(at[2]) + number(at[0]));
  });
  put("metrics/preferred_offset", [=, this](const auto& at) {
    return std::fmod(0.7 * number(1 + at[0]) + 1.3 * number(at[1]), 6.28) / theta(at[2]);
  });
  put("metrics/offset_spread",
      [=, this](const auto& at) { return pope ? 0 : (0.3 + 0.1 * number(at[1])) / theta(at[2]); });
  put("metrics/horizon", [](const auto& at) {
    return at[1] == 4 ? std::numeric_limits<double>::quiet_NaN()
                      : 3 + 40 * number(at[0]) + number(at[1]);
  });
  put("metrics/ood_exposure", [](const auto& at) { return 0.2 + 0.1 * number(at[0] % 7); });
}

/// Norms of 40 % spread about a phase that concentrates the less the higher the frequency; of PoPE
/// one phase.
inline void SyntheticFile::add_moments() {
  const bool pope = probe_.encoding == "pope";
  for (const std::string side : {"query", "key"}) {
    const double phase = side == "key" ? -1 : pope ? 0 : 0.5;
    const auto norm = [=, this](const auto& at) {
      const auto& means = file.variables.at("per_head/" + side + "_norm_mean");
      return means.values[(at[0] * means.shape[1] + at[1]) * means.shape[2] + at[2]];
    };
    const auto ray = [=](const auto& at) { return phase - (side == "key" ? number(at[1]) : 0); };
    const auto first = [=, this](const auto& at) {
      return pope ? 1 : 0.3 + 0.6 * number(at[2]) / number(probe_.frequencies);
    };
    const double square = 1.16;  // E|z|^2 / (E|z|)^2
    put("per_head/" + side + "_norm_cv", [](const auto&) { return 0.4; });
    put("per_head/" + side + "_mean_re",
        [=](const auto& at) { return norm(at) * first(at) * std::cos(ray(at)); });
    put("per_head/" + side + "_mean_im",
        [=](const auto& at) { return norm(at) * first(at) * std::sin(ray(at)); });
    const auto second = [=](const auto& at) { return std::pow(norm(at) * first(at), 2) * square; };
    put("per_head/" + side + "_square_re",
        [=](const auto& at) { return second(at) * std::cos(2 * ray(at)); });
    put("per_head/" + side + "_square_im",
        [=](const auto& at) { return second(at) * std::sin(2 * ray(at)); });
  }
  put("metrics/quadrature_axis", [=](const auto& at) { return pope ? 0 : 0.01 * number(at[2]); });
}

/// Queries about one phase, keys about another; of PoPE on one ray each.
inline void SyntheticFile::add_samples() {
  put("sample", [](const auto& at) { return number(at[0]); });
  const bool pope = probe_.encoding == "pope";
  const auto chunk = [=](double phase, bool real, const auto& at) {
    const double angle = phase + (pope ? 0 : 0.2 * number(at[3]) - 0.4);
    const double size = 1 + 0.5 * number(at[3]) + number(at[2]);
    return size * (real ? std::cos(angle) : std::sin(angle));
  };
  put("samples/query_re", [=](const auto& at) { return chunk(pope ? 0 : 0.5, true, at); });
  put("samples/query_im", [=](const auto& at) { return chunk(pope ? 0 : 0.5, false, at); });
  put("samples/key_re", [=](const auto& at) { return chunk(-1 - number(at[1]), true, at); });
  put("samples/key_im", [=](const auto& at) { return chunk(-1 - number(at[1]), false, at); });
}

inline void SyntheticFile::add_heads() {
  put("metrics/attention_entropy",
      [](const auto& at) { return 0.9 - 0.1 * number(at[0] % 4) - 0.05 * number(at[1] % 9); });
  put("metrics/s_pos", [](const auto& at) { return 0.9 - 0.12 * number(at[1] % 7); });
  put("metrics/s_pos_se", [](const auto& at) { return 0.01 + 0.002 * number(at[1] % 7); });
  put("metrics/s_sym_se", [](const auto&) { return 0.02; });
  put("metrics/s_sym",
      [](const auto& at) { return 0.1 + 0.1 * number(at[1] % 7) + 0.02 * number(at[0]); });
}

/// The whole file.
inline NamedProbe synthetic_probe(const SyntheticProbe& probe = {}) {
  SyntheticFile made(probe);
  made.add_usage();
  made.add_decomposition();
  made.add_kernel();
  made.add_ablation();
  made.add_contribution();
  made.add_offsets();
  made.add_moments();
  made.add_samples();
  made.add_heads();
  return {probe.name, made.file};
}

}  // namespace ww::test
