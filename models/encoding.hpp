// encoding.hpp: what attention knows of a position encoding, and the table of them.
//
// Attention scores are   a_ts = scale * query(x_t) . key(x_s) + bias_ts   for whatever row of the
// table the model was given; nothing outside an encoding's own file knows its name. Encodings with
// frequencies also give the chunks z that a probe reads (complex, before any rotation):
//
//   a_ts = scale * ( factor^2 sum_c Re( conj(zq_tc) zk_sc e^{-i (t - s) theta_c} )
//                    + tail_t . tail_s ) + bias_ts
//
// factor is 1 but for checkpoints with an "attention factor" (yarn, longrope).
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/options.hpp"
#include "models/config.hpp"
#include "models/kernels/rotation.hpp"
#include "models/parameters.hpp"

namespace ww {

/// Where the rows of a batch stand, as angles of one frequency table: [T, F], or [B, 1, T, F] where
/// strings differ in their positions; rad.
struct Turn {
  at::Tensor angle;         // reduced to (-2 pi, 2 pi)
  at::Tensor cosine, sine;  // of the angle, times the factor, rounded from float64
};

/// Angles position x theta, formed in float64 on the host and reduced before they are rounded.
/// positions [T] or [B, T], int64 on the CPU; theta [F], rad/token, float64 on the CPU.
Turn make_turn(const at::Tensor& positions,
               const at::Tensor& theta,
               at::TensorOptions options,
               double factor = 1);

/// Queries or keys as complex chunks, one per frequency, and the features that never turn.
struct Chunks {
  at::Tensor real, imaginary;  // [.., T, F]
  at::Tensor tail;             // [.., T, D - rotary width]; undefined where every feature turns
};

/// query() and key() in the words of kernels: what turns, never who asked. Angles are those of
/// theta(), and of key_phase() on keys.
struct Rotation {
  kernels::Kind kind = kernels::Kind::none;
  kernels::Magnitude magnitude = kernels::Magnitude::softplus;  // polar
  /// pairs: [D]; pair c is features order[c] and order[c + D/2], pairs without a frequency stay.
  std::vector<int32_t> order;
};

/// Phases that keys learn: a parameter [Hk, F], rad, used as held to low .. high; undefined: none.
struct LearnedPhase {
  at::Tensor parameter;
  double low = 0, high = 0;
};
at::Tensor held(const LearnedPhase& phase);

/// The part of an encoding inside attention; one object a layer. This base class is `nope`.
class Encoding {
 public:
  virtual ~Encoding() = default;
  /// x [B, H, T, D] -> [B, H, T, E], what the score's products run over (E = D or 2D).
  virtual at::Tensor query(const at::Tensor& x, const Turn& turn) const;
  /// x [B, Hk, T, D] -> [B, Hk, T, E].
  virtual at::Tensor key(const at::Tensor& x, const Turn& turn) const;
  /// Added to the scaled scores: [H, T, T] or [B, H, T, T]; undefined where there is none.
  /// positions [T] or [B, T], int64 on the CPU.
  virtual at::Tensor bias(const at::Tensor& positions) const;
  /// Frequencies [F], rad/token, float64 on the CPU, highest first; F = 0 where there are none.
  virtual at::Tensor theta() const;
  /// What cosines and sines are multiplied with.
  virtual double factor() const { return 1; }
  /// Whether content sets magnitudes alone: queries' chunks are real, keys' have key_phase().
  virtual bool polar() const { return false; }
  virtual LearnedPhase learned_phase() const { return {}; }
  /// Learned phases on keys [Hk, F], rad, as they are used; undefined where there are none.
  at::Tensor key_phase() const { return held(learned_phase()); }
  /// Empty where kernels have no words for it.
  virtual std::optional<Rotation> rotation() const;
  /// Chunks of queries [B, H, T, D] or keys [B, Hk, T, D]; without frequencies all is tail.
  virtual Chunks query_chunks(const at::Tensor& x) const;
  virtual Chunks key_chunks(const at::Tensor& x) const;
};

/// What an encoding is built for. Sizes of the attention layer it works in.
struct EncodingSetting {
  int64_t heads = 1, key_heads = 1, width = 16;  // H, Hk, D
  EncodingOptions options;
  const FrequencyTable* table = {};  // in place of the options' frequencies
};

/// The setting of one layer of a model.
EncodingSetting setting_of(const ModelConfig& config, int64_t layer);

/// An encoding's own parameters by their local name ("delta").
using ParameterLookup = std::function<at::Tensor(const std::string&)>;

struct EncodingRow {
  const char* name;
  const char* what;                  // one line for a person
  const char* paper;                 // where it was proposed
  std::vector<std::string> options;  // names of those EncodingOptions that it reads
  EncodingOptions fallbacks;         // `rope_half` is `rope` with another fraction
  /// Its parameters in one layer. Throws InputError for sizes or options that cannot work.
  std::vector<ParameterSpec> (*layer_parameters)(const EncodingSetting&);
  std::unique_ptr<Encoding> (*make)(const EncodingSetting&, const ParameterLookup&);
  /// What is added to the embedding of width C at positions: [T, C] or [B, T, C]. Null: nothing.
  std::vector<ParameterSpec> (*embedding_parameters)(const EncodingOptions&, int64_t C) = nullptr;
  at::Tensor (*embedding)(const EncodingOptions&,
                          int64_t C,
                          const at::Tensor& positions,
                          const ParameterLookup&) = nullptr;

  bool reads(const std::string& option) const;
};

/// The table. A new encoding is one .hpp/.cpp pair in models/encodings and one line in
/// encodings.cpp.
const std::vector<EncodingRow>& encodings();
/// Throws InputError that lists the encodings where `name` is none of them.
const EncodingRow& encoding_row(const std::string& name);

/// Whether models of this configuration have frequencies that a probe can measure.
bool has_frequencies(const ModelConfig& config);

/// The row's options with the typed ones in place. Throws InputError for an option that the
/// encoding does not read or a value that is none.
EncodingOptions encoding_options(const EncodingRow& row, const Overrides& overrides);

}  // namespace ww
