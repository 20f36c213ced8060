#include "probes/h5/schema.hpp"

namespace ww {

namespace {

using Dims = std::vector<std::string>;

std::vector<VariableRow> make_schema() {
  const Dims lf = {"layer", "frequency"}, l = {"layer"}, t = {"text"}, none = {};
  const Dims lhf = {"layer", "head", "frequency"}, lkf = {"layer", "kv_head", "frequency"};
  const Dims lh = {"layer", "head"}, olh = {"offset_range", "layer", "head"};
  const Dims lhs = {"layer", "head", "lag"}, ilb = {"intervention", "layer", "band"};
  const Dims i = {"intervention"}, b = {"band"}, c = {"control"},
             clf = {"control", "layer", "frequency"};
  const Dims lhfn = {"layer", "head", "frequency", "sample"};
  const Dims lkfn = {"layer", "kv_head", "frequency", "sample"};
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
      {"offset_range", {"offset_range"}, Stored::i32, "token", "offsets slid over, 0 up to this", ""},
      {"sample",    {"sample"},    Stored::i32,  "1", "sampled token", ""},
      {"lag",       {"lag"},       Stored::i32,  "token", "offset between query and key", ""},

      {"theta",      lf, f64, "rad token-1", "rotary frequency", ""},
      {"wavelength", lf, f64, "token", "wavelength, 2 pi / theta", ""},
      {"query_norm_mean", lf, f32, "1", "mean norm of the queries' chunks", over_all},
      {"key_norm_mean",   lf, f32, "1", "mean norm of the keys' chunks", over_all},
      {"query_norm_se",   lf, f32, "1", "standard error of query_norm_mean over texts (jackknife)", ""},
      {"key_norm_se",     lf, f32, "1", "standard error of key_norm_mean over texts (jackknife)", ""},
      {"usage_product",   lf, f32, "1", "geometric mean of query_norm_mean and key_norm_mean", over_all},
      {"query_norm_position0", lf, f32, "1", "mean norm of the queries' chunks at position 0", over_all},
      {"key_norm_position0",   lf, f32, "1", "mean norm of the keys' chunks at position 0", over_all},
      {"quadrature_share",    l, f32, "1", "share of the scores' variance in which content moves the tuning curves", ""},
      {"quadrature_share_se", l, f32, "1", "standard error of quadrature_share over texts (jackknife)", ""},
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

      {"metrics/covariance_share",  lhf, f32, "1", "chunk's share of the variance of the scores over visible keys", ""},
      {"metrics/fisher",            lhf, f32, "nat", "Fisher importance: half the variance of the chunk's scores under the pattern", ""},
      {"metrics/resultant",         lhf, f32, "1", "phase concentration of queries and keys, 1 for one phase", ""},
      {"metrics/preferred_offset",  lhf, f32, "token", "offset at which the mean chunk scores most", ""},
      {"metrics/offset_spread",     lhf, f32, "token", "spread of the preferred offset", ""},
      {"metrics/quadrature_part",   lhf, f32, "1", "chunk's part of the head's quadrature share", ""},
      {"metrics/quadrature_alone",  lhf, f32, "1", "quadrature share of the chunk by itself", ""},
      {"metrics/quadrature_axis",   lhf, f32, "1", "axis form of the quadrature share, 0 to 1/2", ""},
      {"metrics/negativity",        lhf, f32, "1", "share of |g| that is against the mean phase", ""},
      {"metrics/frequency_entropy_query", lhf, f32, "1", "entropy of the spectrum of the queries' norms along a window / its largest", ""},
      {"metrics/frequency_entropy_key",   lkf, f32, "1", "entropy of the spectrum of the keys' norms along a window / its largest", ""},
      {"metrics/leverage",          lf,  f32, "1", "how far positions turn the chunk within the longest text, 0 to 1", ""},
      {"metrics/covariance_share_rest", lh, f32, "1", "share of what never turns, bias included", ""},
      {"metrics/entanglement",      lh, f32, "1", "entanglement index: spread of phases weighted by usage and leverage", ""},
      {"metrics/eff_freqs_norm",       lh, f32, "1", "effective number of frequencies by usage", ""},
      {"metrics/eff_freqs_covariance", lh, f32, "1", "effective number of frequencies by covariance share", ""},
      {"metrics/eff_freqs_fisher",     lh, f32, "1", "effective number of frequencies by Fisher importance", ""},
      {"metrics/eff_freqs_entropy",    lh, f32, "1", "exponential of the entropy of the usage weights", ""},
      {"metrics/gini",                 lh, f32, "1", "Gini coefficient of the usage weights", ""},
      {"metrics/wavelength_centroid",  lh, f32, "1", "mean of ln(wavelength / token) by usage, theta = 0 left out", ""},
      {"metrics/wavelength_spread",    lh, f32, "1", "standard deviation of ln(wavelength / token) by usage", ""},
      {"metrics/share_beyond_train",   lh, f32, "1", "share of usage at wavelengths beyond the training length", ""},
      {"metrics/quadrature_share_positional", lh, f32, "1", "quadrature share of what depends on position", ""},
      {"metrics/effective_rank",    lh, f32, "1", "effective rank of scores by offset and pair of contents", ""},
      {"metrics/sink_mass",         lh, f32, "1", "mean attention to position 0", ""},
      {"metrics/attention_entropy", lh, f32, "1", "mean entropy of attention / ln(visible keys)", ""},
      {"metrics/ood_exposure",      lh, f32, "1", "share of usage whose chunk makes no full turn within the training length", ""},
      {"metrics/horizon",           lh, f32, "token", "first offset at which the usage-weighted cosines sum below 0", ""},
      {"metrics/offset_median",     lh, f32, "token", "median over pairs of the offset that scores most", ""},
      {"metrics/offset_iqr",        lh, f32, "token", "interquartile range over pairs of the offset that scores most", ""},
      {"metrics/offset_entropy",    lh, f32, "nat", "entropy over pairs of the offset that scores most", ""},
      {"metrics/s_pos",             lh, f32, "1", "swapped blocks: attention stays with the place", ""},
      {"metrics/s_sym",             lh, f32, "1", "swapped blocks: attention goes with the content", ""},
      {"metrics/s_pos_se",          lh, f32, "1", "standard error of s_pos over texts, jackknife", ""},
      {"metrics/s_sym_se",          lh, f32, "1", "standard error of s_sym over texts, jackknife", ""},
      {"metrics/split_half",        l,  f32, "1", "correlation of usage between two halves of the texts", ""},
      {"metrics/share_where",       olh, f32, "1", "share of the scores' variance that offset alone explains", ""},
      {"metrics/share_what",        olh, f32, "1", "share that content alone explains", ""},
      {"metrics/share_inphase",     olh, f32, "1", "share in which content scales the tuning curves", ""},
      {"metrics/share_quadrature",  olh, f32, "1", "share in which content moves the tuning curves", ""},
      {"metrics/share_cross",       olh, f32, "1", "share of scaling and moving together", ""},
      {"metrics/slash",             lhs, f32, "1", "mean attention at a lag", ""},
      {"metrics/kernel",            lhs, f32, "1", "mean score at a lag, contents paired freely", ""},

      {"samples/query_re", lhfn, f32, "1", "sampled query chunks, real part", ""},
      {"samples/query_im", lhfn, f32, "1", "sampled query chunks, imaginary part", ""},
      {"samples/key_re",   lkfn, f32, "1", "sampled key chunks, real part", ""},
      {"samples/key_im",   lkfn, f32, "1", "sampled key chunks, imaginary part", ""},

      {"ablation/intervention",  i, Stored::text, "1", "intervention", ""},
      {"ablation/averaged_offsets", i, Stored::i64, "token", "curves are averaged over offsets 0 to one less than this", ""},
      {"ablation/band",          b, Stored::i32,  "1", "band of frequencies, 0 the highest", ""},
      {"ablation/band_wavelength_low",  b, f64, "token", "shortest wavelength of the band", ""},
      {"ablation/band_wavelength_high", b, f64, "token", "longest wavelength of the band", ""},
      {"ablation/delta_loss",         ilb, f32, "nat token-1", "loss with the intervention minus loss without", "text: mean"},
      {"ablation/delta_loss_ci_low",  ilb, f32, "nat token-1", "lower end of its 95 % interval (bootstrap over texts)", ""},
      {"ablation/delta_loss_ci_high", ilb, f32, "nat token-1", "upper end of its 95 % interval", ""},
      {"ablation/delta_loss_se",      ilb, f32, "nat token-1", "its standard error over texts (jackknife)", ""},
      {"ablation/delta_loss_random",  ilb, f32, "nat token-1", "the same on as many random chunks outside the band, mean over draws", ""},
      {"ablation/delta_loss_matched", ilb, f32, "nat token-1", "the same on the chunks outside the band nearest in usage", ""},
      {"ablation/delta_loss_text", {"intervention", "layer", "band", "text"}, f32, "nat token-1",
       "loss with the intervention minus loss without, of each text", "token: mean"},
      {"ablation/delta_loss_head", {"intervention", "layer", "head"}, f32, "nat token-1",
       "loss with the intervention on one head minus loss without", "text: mean"},
      {"ablation/total_delta_loss",         i, f32, "nat token-1", "loss with the intervention in all layers at once minus loss without", "text: mean"},
      {"ablation/total_delta_loss_ci_low",  i, f32, "nat token-1", "lower end of its 95 % interval (bootstrap over texts)", ""},
      {"ablation/total_delta_loss_ci_high", i, f32, "nat token-1", "upper end of its 95 % interval", ""},
      {"ablation/total_delta_loss_se",      i, f32, "nat token-1", "its standard error over texts (jackknife)", ""},
      {"ablation/total_delta_loss_text", {"intervention", "text"}, f32, "nat token-1",
       "loss with the intervention in all layers at once minus loss without, of each text", "token: mean"},
      {"ablation/gate_gradient", lhf, f32, "nat token-1", "slope of the loss along a gate on the chunk, at 1", "text: mean"},

      {"control/control",         c,   Stored::text, "1", "control", ""},
      {"control/query_norm_mean", clf, f32, "1", "mean norm of the queries' chunks under the control", over_all},
      {"control/key_norm_mean",   clf, f32, "1", "mean norm of the keys' chunks under the control", over_all},
      {"control/quadrature_share", {"control", "layer"}, f32, "1", "quadrature share under the control", ""},
      {"control/loss",            c,   f32, "nat token-1", "mean cross-entropy under the control", over_texts},

      {"provenance/config_json",       none, Stored::text, "1", "the model's configuration", ""},
      {"provenance/command",           none, Stored::text, "1", "the command that made this file", ""},
      {"provenance/versions_json",     none, Stored::text, "1", "versions of what made this file", ""},
      {"provenance/selfcheck_json",    none, Stored::text, "1", "what the self-check measured", ""},
      {"provenance/tensor_types_json", none, Stored::text, "1", "stored types of the weights", ""},
      {"provenance/checksums",         none, Stored::text, "1", "SHA-256 of each variable and attribute of this file", ""},
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
