#include "probes/h5/schema.hpp"

namespace ww {

namespace {

using Dims = std::vector<std::string>;

std::vector<VariableRow> make_schema() {
  const Dims lf = {"layer", "frequency"}, l = {"layer"}, t = {"text"}, none = {};
  const Dims lhf = {"layer", "head", "frequency"}, lkf = {"layer", "kv_head", "frequency"};
  const char* const over_all = "text: head: mean";
  const char* const over_texts = "text: mean";
  constexpr auto f32 = Stored::f32, f64 = Stored::f64;
  // clang-format off
  return {
      {"layer",     {"layer"},     Stored::i32,  "1", "layer, 0 nearest the input", ""},
      {"head",      {"head"},      Stored::i32,  "1", "query head", ""},
      {"kv_head",   {"kv_head"},   Stored::i32,  "1", "key head", ""},
      {"frequency", {"frequency"}, Stored::i32,  "1", "frequency index, 0 the highest", ""},
      {"text",      {"text"},      Stored::text, "1", "text", ""},

      {"theta",      lf, f64, "rad token-1", "rotary frequency", ""},
      {"wavelength", lf, f64, "token", "wavelength, 2 pi / theta", ""},
      {"query_norm_mean", lf, f32, "1", "mean norm of the queries' chunks", over_all},
      {"key_norm_mean",   lf, f32, "1", "mean norm of the keys' chunks", over_all},
      {"query_norm_se",   lf, f32, "1", "standard error of query_norm_mean over texts (jackknife)", ""},
      {"key_norm_se",     lf, f32, "1", "standard error of key_norm_mean over texts (jackknife)", ""},
      {"usage_product",   lf, f32, "1", "geometric mean of query_norm_mean and key_norm_mean", over_all},
      {"query_norm_position0", lf, f32, "1", "mean norm of the queries' chunks at position 0", over_all},
      {"key_norm_position0",   lf, f32, "1", "mean norm of the keys' chunks at position 0", over_all},
      {"query_rest_norm", l, f32, "1", "mean norm of the query features that never turn", over_all},
      {"key_rest_norm",   l, f32, "1", "mean norm of the key features that never turn", over_all},
      {"pe_enabled", l, Stored::i8,  "1", "whether the layer turns queries and keys", ""},
      {"window",     l, Stored::i32, "token", "attention window, 0 none", ""},
      {"n_tokens",   t, Stored::i64, "1", "tokens of the text, windows' BOS included", ""},
      {"loss",       t, f32, "nat token-1", "mean cross-entropy of the text's predictions", over_texts},
      {"text_sha256", t, Stored::text, "1", "SHA-256 of the text", ""},

      {"per_head/query_norm_mean", lhf, f32, "1", "mean norm of the queries' chunks", over_texts},
      {"per_head/query_norm_cv",   lhf, f32, "1", "standard deviation / mean of the norm", ""},
      {"per_head/query_norm_max",  lhf, f32, "1", "largest norm", ""},
      {"per_head/query_mean_re",   lhf, f32, "1", "mean chunk, real part", over_texts},
      {"per_head/query_mean_im",   lhf, f32, "1", "mean chunk, imaginary part", over_texts},
      {"per_head/query_square_re", lhf, f32, "1", "mean squared chunk, real part", over_texts},
      {"per_head/query_square_im", lhf, f32, "1", "mean squared chunk, imaginary part", over_texts},
      {"per_head/key_norm_mean",   lkf, f32, "1", "mean norm of the keys' chunks", over_texts},
      {"per_head/key_norm_cv",     lkf, f32, "1", "standard deviation / mean of the norm", ""},
      {"per_head/key_norm_max",    lkf, f32, "1", "largest norm", ""},
      {"per_head/key_mean_re",     lkf, f32, "1", "mean chunk, real part", over_texts},
      {"per_head/key_mean_im",     lkf, f32, "1", "mean chunk, imaginary part", over_texts},
      {"per_head/key_square_re",   lkf, f32, "1", "mean squared chunk, real part", over_texts},
      {"per_head/key_square_im",   lkf, f32, "1", "mean squared chunk, imaginary part", over_texts},
      {"per_head/pope_delta",      lkf, f32, "rad", "learned phase of the keys, as it is used", ""},

      {"per_text/query_count", t, Stored::i64, "1", "tokens counted in the averages", ""},
      {"per_text/query_norm_mean", {"text", "layer", "head", "frequency"}, f32, "1",
       "mean norm of the queries' chunks", "token: mean"},
      {"per_text/key_norm_mean", {"text", "layer", "kv_head", "frequency"}, f32, "1",
       "mean norm of the keys' chunks", "token: mean"},

      {"provenance/config_json",       none, Stored::text, "1", "the model's configuration", ""},
      {"provenance/command",           none, Stored::text, "1", "the command that made this file", ""},
      {"provenance/versions_json",     none, Stored::text, "1", "versions of what made this file", ""},
      {"provenance/selfcheck_json",    none, Stored::text, "1", "what the self-check measured", ""},
      {"provenance/tensor_types_json", none, Stored::text, "1", "stored types of the weights", ""},
  };
  // clang-format on
}

}  // namespace

const std::vector<VariableRow>& probe_schema() {
  static const auto table = make_schema();
  return table;
}

const VariableRow* find_variable(const std::string& name) {
  for (const auto& row : probe_schema()) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

}  // namespace ww
