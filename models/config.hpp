// config.hpp: what the one decoder is made of, in words and numbers, for small models that we
// train and for public checkpoints that we read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ww {

/// More than any model has. Files that say more are damaged; products of three sizes stay below
/// 2^63.
inline constexpr int64_t kSizeLimit = 1 << 20, kLayerLimit = 1 << 12;

/// The position encoding's options; which of them an encoding knows is in its row of the table.
struct EncodingOptions {
  double base = 10000;                 // theta = base^-..
  std::string layout = "half";         // rope: pairs are (c, c + r/2) half, r features turning, or
                                       // (2c, 2c + 1) adjacent
  double rotary_fraction = 1;          // rope: share of the head width that turns
  double keep_fraction = 1;            // rope: share of the frequencies, highest first, that turn
  std::string delta = "zero";          // pope: zero, uniform, off
  std::string magnitude = "softplus";  // pope: softplus, relu, identity
  double alibi_heads = 1;              // alibi: share of the heads with a distance bias
  int64_t buckets = 32;                // t5
  int64_t max_distance = 128;          // t5: tokens; farther ones share the last bucket
  int64_t max_length = 1024;           // learned, sinusoidal: tokens

  /// Calls f(name, field, help) for each option, names as on the command line: flags, config.json
  /// and error messages can't drift.
  template <typename Self, typename F>
  static void visit(Self& self, F&& f) {
    f("base", self.base, "Frequency c of F is base^(-c/F) rad a token");
    f("rope-layout",
      self.layout,
      "Pairs are half, (c, c + r/2) of r features that turn, or adjacent, (2c, 2c + 1)");
    f("rotary-fraction", self.rotary_fraction, "Share of the head width that turns");
    f("keep-fraction", self.keep_fraction, "Share of the frequencies, highest first, that turn");
    f("pope-delta",
      self.delta,
      "Learned phases of keys: they start at zero or uniform in -2 pi .. 0; off: none");
    f("pope-magnitude", self.magnitude, "Of features: softplus, relu or identity");
    f("alibi-heads", self.alibi_heads, "Share of the heads with a distance bias");
    f("t5-buckets", self.buckets, "Bins of distances, a learned bias each");
    f("t5-max-distance", self.max_distance, "Tokens from which on all share the last bin");
    f("max-length", self.max_length, "Tokens of the longest string");
  }
};

/// Frequencies that a checkpoint states by itself, in place of base and fractions.
struct FrequencyTable {
  std::vector<double> theta;  // [F], rad/token, frequency 0 first; 0 is legal: it never turns
  double factor = 1;          // "attention factor": cosines and sines of queries and keys times it
  bool operator==(const FrequencyTable&) const = default;
};

/// Causal softmax attention and an MLP in each block; what differs between families is named here.
struct ModelConfig {
  int64_t vocabulary = 0;           // V
  int64_t width = 64;               // C
  int64_t layers = 2;               // L
  int64_t heads = 4;                // H
  int64_t key_heads = 4;            // Hk, a divisor of H
  int64_t head_width = 16;          // D
  int64_t hidden = 256;             // M, rows of the MLP's middle
  std::string activation = "gelu";  // a name of activations()
  bool gated = false;               // the MLP multiplies act(gate x) with up x
  bool tied = false;                // the head is the embedding
  int64_t train_length = 0;         // tokens that training saw at most; 0 unknown

  std::string norm = "rms";  // rms or layer
  bool norm_weight = true;   // norms scale each feature
  bool norm_bias = false;    // layer norms shift it too
  double norm_epsilon = 1e-6;
  std::string norm_place = "before";  // before, after or around attention and MLP
  bool parallel = false;              // attention and MLP read the same x and are added together
  bool shared_norm = false;           // parallel: one norm serves both
  std::string qk_norm = "none";       // of queries and keys: head [D], heads [H, D], full [H D]
  bool qk_norm_bias = false;

  bool qkv_bias = false, out_bias = false, mlp_bias = false, head_bias = false;
  double qkv_clip = 0;           // queries, keys and values stay within +- this; 0: free
  double attention_scale = 0;    // sigma; 0: D^-1/2
  double score_cap = 0;          // scores become cap tanh(score / cap); 0: free
  double logit_cap = 0;          // the same of the logits
  double embedding_scale = 1;    // the embedding times this enters the first block
  std::vector<int64_t> windows;  // [L], tokens that attention reaches back, itself included; 0: all

  std::string encoding = "rope";
  EncodingOptions encoding_options;
  std::vector<FrequencyTable> tables;  // in place of encoding_options' frequencies; empty: those
  std::vector<int64_t> layer_tables;   // [L], index into tables; empty: the first for all

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
    f("train_length", self.train_length);
    f("norm", self.norm);
    f("norm_weight", self.norm_weight);
    f("norm_bias", self.norm_bias);
    f("norm_epsilon", self.norm_epsilon);
    f("norm_place", self.norm_place);
    f("parallel", self.parallel);
    f("shared_norm", self.shared_norm);
    f("qk_norm", self.qk_norm);
    f("qk_norm_bias", self.qk_norm_bias);
    f("qkv_bias", self.qkv_bias);
    f("out_bias", self.out_bias);
    f("mlp_bias", self.mlp_bias);
    f("head_bias", self.head_bias);
    f("qkv_clip", self.qkv_clip);
    f("attention_scale", self.attention_scale);
    f("score_cap", self.score_cap);
    f("logit_cap", self.logit_cap);
    f("embedding_scale", self.embedding_scale);
    f("windows", self.windows);
    f("encoding", self.encoding);
    f("layer_tables", self.layer_tables);
  }

  /// sigma, what attention multiplies q . k with.
  double scale() const;
  /// Tokens that a layer's attention reaches back, itself included; 0: all.
  int64_t window(int64_t layer) const;
  /// The layer's own frequencies, or null where encoding_options say them.
  const FrequencyTable* table(int64_t layer) const;
};

// Names and shapes of the parameters, as in model.safetensors (l counts blocks from 0). Those in
// brackets are there where the configuration asks for them:
//
//   embed.weight [V, C]      norm.weight [C], [norm.bias]      head.weight [V, C], [head.bias]
//   [blocks.l.attn_norm.weight [C], .bias]        before attention
//   [blocks.l.attn_post_norm.weight [C], .bias]   of its output
//   [blocks.l.mlp_norm.weight [C], .bias]         before the MLP
//   [blocks.l.mlp_post_norm.weight [C], .bias]    of its output
//   blocks.l.attn.qkv.weight [(H + 2 Hk) D, C], [.bias]   rows of q, then k, then v
//   [blocks.l.attn.q_norm.weight, .bias]  [D], [H, D] or [H D]; k_norm with Hk
//   blocks.l.attn.out.weight [C, H D], [.bias]
//   blocks.l.mlp.in.weight [M, C], [.bias]        [2 M, C] if gated: rows of the gate, then of up
//   blocks.l.mlp.out.weight [C, M], [.bias]
//   blocks.l.attn.delta [Hk, D] (pope)            blocks.l.attn.bias [H, buckets] (t5)
//   position.weight [max_length, C] (learned)

}  // namespace ww
