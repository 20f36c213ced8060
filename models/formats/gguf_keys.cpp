#include "models/formats/gguf_keys.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "base/check.hpp"

namespace ww {

namespace {

/// Keys that change nothing of what the decoder computes.
constexpr auto kSilent = std::to_array<std::string_view>({
    "vocab_size",                        // the embedding's rows tell
    "rope.scaling.finetuned",            // how the model was trained
    "pooling_type",                      // of embedding models, after the last layer
    "attention.layer_norm_epsilon",      // where the architecture has no such norm
    "attention.layer_norm_rms_epsilon",  // likewise
});

/// Keys whose 0 says that the model has no such part.
constexpr auto kZeroIsNone = std::to_array<std::string_view>({
    "expert_count",
    "expert_used_count",
    "expert_shared_count",
    "expert_feed_forward_length",
    "expert_shared_feed_forward_length",
    "attention.max_alibi_bias",
    "nextn_predict_layers",
    "attention.shared_kv_layers",
    "leading_dense_block_count",
});

template <typename List>
bool is_in(const List& list, const std::string& key) {
  return std::ranges::find(list, key) != list.end();
}

}  // namespace

GgufKeys::GgufKeys(const WeightFile& file, std::string where)
    : file_(file), where_(std::move(where)) {
  const auto found = file.metadata.find("general.architecture");
  if (found != file.metadata.end() && found->is_string()) architecture_ = *found;
}

const nlohmann::json* GgufKeys::find(const std::string& key) const {
  read_.insert(key);
  const auto found = file_.metadata.find(full(key));
  return found == file_.metadata.end() ? nullptr : &*found;
}

double GgufKeys::real(const std::string& key) const {
  const auto* found = find(key);
  check(found != nullptr,
        "{}: has no '{}', which models of architecture '{}' need",
        where_,
        full(key),
        architecture_);
  if (found->is_array() && !found->empty()) {
    const auto& first = found->front();
    check(std::ranges::all_of(*found, [&](const auto& entry) { return entry == first; }),
          "{}: '{}' differs from layer to layer, which is not supported",
          where_,
          full(key));
    found = &first;
  }
  check(found->is_number(), "{}: '{}' must be a number", where_, full(key));
  const double value = *found;
  check(std::isfinite(value), "{}: '{}' is not finite", where_, full(key));
  return value;
}

double GgufKeys::real_or(const std::string& key, double fallback) const {
  return has(key) ? real(key) : fallback;
}

int64_t GgufKeys::integer(const std::string& key) const {
  const double value = real(key);
  check(value == std::floor(value) && value >= 0 && value <= 1e9,
        "{}: '{}' cannot be {}",
        where_,
        full(key),
        value);
  return static_cast<int64_t>(value);
}

int64_t GgufKeys::integer_or(const std::string& key, int64_t fallback) const {
  return has(key) ? integer(key) : fallback;
}

std::string GgufKeys::text_or(const std::string& key, const std::string& fallback) const {
  const auto* const found = find(key);
  if (found == nullptr) return fallback;
  check(found->is_string(), "{}: '{}' must be a text", where_, full(key));
  return found->get<std::string>();
}

bool GgufKeys::flag_or(const std::string& key, bool fallback) const {
  const auto* const found = find(key);
  if (found == nullptr) return fallback;
  check(found->is_boolean(), "{}: '{}' must be true or false", where_, full(key));
  return found->get<bool>();
}

std::optional<std::vector<bool>> GgufKeys::flags(const std::string& key, int64_t layers) const {
  const auto* const found = find(key);
  if (found == nullptr || !found->is_array()) return std::nullopt;
  const bool whole =
      std::ssize(*found) == layers &&
      std::ranges::all_of(*found, [](const auto& entry) { return entry.is_boolean(); });
  check(whole, "{}: '{}' must have true or false for each of {} layers", where_, full(key), layers);
  return found->get<std::vector<bool>>();
}

void GgufKeys::refuse_unread() const {
  const auto prefix = architecture_ + ".";
  for (const auto& [name, value] : file_.metadata.items()) {
    if (!name.starts_with(prefix)) continue;
    const auto key = name.substr(prefix.size());
    const bool none = is_in(kZeroIsNone, key) && value.is_number() && value == 0;
    check(read_.contains(key) || is_in(kSilent, key) || none,
          "{}: '{}' is not supported; a model that has it may compute otherwise",
          where_,
          name);
  }
}

}  // namespace ww
