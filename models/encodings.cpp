// encodings.cpp: the table of encodings.

#include <fmt/ranges.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/options.hpp"
#include "models/encoding.hpp"
#include "models/encodings/absolute.hpp"
#include "models/encodings/alibi.hpp"
#include "models/encodings/pope.hpp"
#include "models/encodings/rope.hpp"
#include "models/encodings/t5.hpp"

namespace ww {

namespace {

std::vector<ParameterSpec> no_parameters(const EncodingSetting&) { return {}; }

std::unique_ptr<Encoding> make_plain(const EncodingSetting&, const ParameterLookup&) {
  return std::make_unique<Encoding>();
}

const std::vector<std::string> kRopeOptions = {
    "base", "rope-layout", "rotary-fraction", "keep-fraction"};

std::vector<EncodingRow> make_table() {
  return {
      {"rope",
       "rotation of D/2 pairs",
       "arXiv 2104.09864",
       kRopeOptions,
       {},
       rope_parameters,
       make_rope},
      {"rope_half",
       "rope on half the channels",
       "arXiv 2509.10534, Table 9",
       kRopeOptions,
       {.rotary_fraction = 0.5},
       rope_parameters,
       make_rope},
      {"p_rope",
       "rope without its lowest frequencies",
       "arXiv 2410.06205",
       kRopeOptions,
       {.keep_fraction = 0.75},
       rope_parameters,
       make_rope},
      {"pope",
       "D frequencies; content sets magnitudes, position phases",
       "arXiv 2509.10534",
       {"base", "pope-delta", "pope-magnitude"},
       {},
       pope_parameters,
       make_pope},
      {"nope",
       "nothing but the causal mask",
       "arXiv 2203.16634",
       {},
       {},
       no_parameters,
       make_plain},
      {"alibi",
       "linear distance bias",
       "arXiv 2108.12409",
       {"alibi-heads"},
       {},
       alibi_parameters,
       make_alibi},
      {"alibi_half",
       "linear distance bias on half the heads",
       "arXiv 2509.10534, Table 9",
       {"alibi-heads"},
       {.alibi_heads = 0.5},
       alibi_parameters,
       make_alibi},
      {"t5",
       "learned bias by log-binned distance",
       "arXiv 1910.10683",
       {"t5-buckets", "t5-max-distance"},
       {},
       t5_parameters,
       make_t5},
      {"learned",
       "a learned vector added to the embedding",
       "arXiv 1705.03122",
       {"max-length"},
       {},
       no_parameters,
       make_plain,
       learned_parameters,
       learned_embedding},
      {"sinusoidal",
       "fixed sines added to the embedding",
       "arXiv 1706.03762",
       {"base", "max-length"},
       {},
       no_parameters,
       make_plain,
       sinusoidal_parameters,
       sinusoidal_embedding},
  };
}

}  // namespace

const std::vector<EncodingRow>& encodings() {
  static const auto table = make_table();
  return table;
}

bool EncodingRow::reads(const std::string& option) const {
  return std::ranges::find(options, option) != options.end();
}

const EncodingRow& encoding_row(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& row : encodings()) {
    if (name == row.name) return row;
    names.emplace_back(row.name);
  }
  refuse("unknown encoding '{}'; there are: {}", name, fmt::join(names, ", "));
}

bool has_frequencies(const ModelConfig& c) {
  const auto nothing = [](const std::string&) { return at::Tensor(); };
  return encoding_row(c.encoding).make(setting_of(c, 0), nothing)->theta().numel() > 0;
}

EncodingOptions encoding_options(const EncodingRow& row, const Overrides& overrides) {
  for (const auto& [name, value] : overrides) {
    check(row.reads(name),
          "encoding {} has no option --{}; it knows: {}",
          row.name,
          name,
          row.options.empty() ? std::string("none")
                              : fmt::format("--{}", fmt::join(row.options, ", --")));
  }
  auto options = row.fallbacks;
  apply_overrides(overrides, options);
  return options;
}

}  // namespace ww
