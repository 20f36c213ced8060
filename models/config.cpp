#include "models/config.hpp"

#include <cmath>

namespace ww {

double ModelConfig::scale() const {
  return attention_scale > 0 ? attention_scale : 1 / std::sqrt(static_cast<double>(head_width));
}

int64_t ModelConfig::window(int64_t layer) const {
  return windows.empty() ? 0 : windows.at(static_cast<size_t>(layer));
}

const FrequencyTable* ModelConfig::table(int64_t layer) const {
  if (tables.empty()) return nullptr;
  return &tables.at(
      static_cast<size_t>(layer_tables.empty() ? 0 : layer_tables.at(static_cast<size_t>(layer))));
}

}  // namespace ww
