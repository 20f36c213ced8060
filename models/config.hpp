// config.hpp: what the one decoder is made of, in words and numbers, for small models that we
// train and for public checkpoints that we read.
#pragma once

#include <cstdint>
#include <string>

namespace ww {

/// The position encoding's options; which of them an encoding knows is in its row of the table.
struct EncodingOptions {
  double base = 10000;          // theta = base^-..
  std::string layout = "half";  // rope: pairs are (c, c + D/2) half, or (2c, 2c + 1) adjacent
  double rotary_fraction = 1;   // rope: share of the head width that turns
  double keep_fraction = 1;     // rope: share of the frequencies, highest first, that turn
  std::string delta = "zero";   // pope: zero, uniform, off
  std::string magnitude = "softplus";  // pope: softplus, relu, identity
  double alibi_heads = 1;              // alibi: share of the heads with a distance bias
  int64_t buckets = 32;                // t5
  int64_t max_distance = 128;          // t5: tokens; farther ones share the last bucket
  int64_t max_length = 1024;           // learned, sinusoidal: tokens

  /// Calls f(name, field) for each option, names as on the command line: flags, config.json and
  /// error messages can't drift.
  template <typename Self, typename F>
  static void visit(Self& self, F&& f) {
    f("base", self.base);
    f("rope-layout", self.layout);
    f("rotary-fraction", self.rotary_fraction);
    f("keep-fraction", self.keep_fraction);
    f("pope-delta", self.delta);
    f("pope-magnitude", self.magnitude);
    f("alibi-heads", self.alibi_heads);
    f("t5-buckets", self.buckets);
    f("t5-max-distance", self.max_distance);
    f("max-length", self.max_length);
  }
};

/// Pre-norm RMSNorm blocks, causal softmax attention, sequential residuals, no biases.
struct ModelConfig {
  int64_t vocabulary = 0;           // V
  int64_t width = 64;               // C
  int64_t layers = 2;               // L
  int64_t heads = 4;                // H
  int64_t key_heads = 4;            // Hk, a divisor of H
  int64_t head_width = 16;          // D
  int64_t hidden = 256;             // rows of the MLP's middle
  std::string activation = "gelu";  // gelu (tanh form) or silu
  bool gated = false;               // the MLP multiplies act(gate x) with up x
  bool tied = false;                // the head is the embedding
  double norm_epsilon = 1e-6;
  int64_t train_length = 0;  // tokens that training saw at most; 0 unknown
  std::string encoding = "rope";
  EncodingOptions encoding_options;

  template <typename Self, typename F>
  static void visit(Self& self, F&& f) {
    f("vocabulary", self.vocabulary);
    f("width", self.width);
    f("layers", self.layers);
    f("heads", self.heads);
    f("key_heads", self.key_heads);
    f("head_width", self.head_width);
    f("hidden", self.hidden);
    f("activation", self.activation);
    f("gated", self.gated);
    f("tied", self.tied);
    f("norm_epsilon", self.norm_epsilon);
    f("train_length", self.train_length);
    f("encoding", self.encoding);
  }
};

// Names and shapes of the parameters, as in model.safetensors (l counts blocks from 0):
//
//   embed.weight [V, C]                  norm.weight [C]                    head.weight [V, C]
//   blocks.l.attn_norm.weight [C]        blocks.l.mlp_norm.weight [C]
//   blocks.l.attn.qkv.weight [(H + 2 Hk) D, C]   rows of q, then k, then v
//   blocks.l.attn.out.weight [C, H D]
//   blocks.l.mlp.in.weight [M, C]        [2 M, C] if gated: rows of the gate, then of up
//   blocks.l.mlp.out.weight [C, M]
//   blocks.l.attn.delta [H, D] (pope)    blocks.l.attn.bias [H, buckets] (t5)
//   position.weight [max_length, C] (learned)

}  // namespace ww
