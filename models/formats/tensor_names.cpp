#include "models/formats/tensor_names.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/check.hpp"

namespace ww {

namespace {

/// Segments of a name that are of no parameter's path.
constexpr auto kWrappers = std::to_array<std::string_view>(
    {"_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"});

/// What the model of text is called beside other parts, at the top or within "model".
constexpr auto kText = std::to_array<std::string_view>({"language_model", "text_model"});

/// Parts beside the text, at the top or within "model".
constexpr auto kBeside = std::to_array<std::string_view>({
    "visual",
    "vision_tower",
    "vision_model",
    "vision_encoder",
    "vision_embed_tokens",
    "vision_projection",
    "embed_vision",
    "image_newline",
    "image_projection",
    "audio_tower",
    "audio_model",
    "audio_projector",
    "audio_encoder",
    "embed_audio",
    "multi_modal_projector",
    "multimodal_projector",
    "mm_projector",
    "connector",
    "mtp",
});

template <typename List>
bool is_in(const List& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

std::vector<std::string_view> segments_of(std::string_view name) {
  std::vector<std::string_view> segments;
  while (true) {
    const auto dot = name.find('.');
    segments.push_back(name.substr(0, dot));
    if (dot == name.npos) return segments;
    name.remove_prefix(dot + 1);
  }
}

/// The weight of the first layer's queries without the family's prefix:
/// "layers.0.self_attn.q_proj.weight".
std::string anchor_of(const TensorNames& names) {
  auto full = (names.qkv.empty() ? names.q : names.qkv) + ".weight";
  full.replace(full.find("{l}"), 3, "0");
  return full.substr(full.find('.') + 1);
}

/// "model." of "model.embed_tokens".
std::string prefix_of(const TensorNames& names) {
  return names.embed.substr(0, names.embed.find('.') + 1);
}

bool ends_in(const std::string& name, const std::string& path) {
  return name == path || name.ends_with("." + path);
}

/// What stands before the layers in the file. Throws InputError where there are two sets of layers.
std::string stored_prefix(const WeightFile& weights,
                          const TensorNames& names,
                          const std::string& where) {
  const auto anchor = anchor_of(names);
  std::vector<std::string> found;
  for (const auto& [name, view] : weights.tensors) {
    if (ends_in(name, anchor)) found.push_back(name);
  }
  if (found.empty() || std::ranges::find(found, prefix_of(names) + anchor) != found.end()) {
    return prefix_of(names);
  }
  check(found.size() == 1,
        "{}: has more than one set of layers ({}); which is the model of text?",
        where,
        fmt::join(found, ", "));
  return found.front().substr(0, found.front().size() - anchor.size());
}

/// "base_model.model." of "base_model.model.model.": what the head may stand behind.
std::string around(const std::string& prefix) {
  const auto dot = prefix.rfind('.', prefix.size() < 2 ? 0 : prefix.size() - 2);
  return dot == prefix.npos ? "" : prefix.substr(0, dot + 1);
}

/// Whether the path begins as one of the family's does behind its prefix: "layers", "norm".
bool is_in_family(std::string_view path, const TensorNames& names) {
  const auto first = segments_of(path).front();
  for (const auto* const known : {&names.embed, &names.norm, &names.attn_norm}) {
    const auto segments = segments_of(*known);
    if (segments.size() > 1 && segments[1] == first) return true;
  }
  return false;
}

std::string family_name(const std::string& name,
                        const std::string& stored,
                        const TensorNames& names) {
  const auto own = prefix_of(names);
  for (const std::string head : {"lm_head.", "embed_out."}) {
    for (const auto& before : {stored, around(stored), own}) {
      if (!before.empty() && name.starts_with(before + head)) return name.substr(before.size());
    }
    if (name.starts_with(head)) return name;
  }
  const bool renamed =
      name.starts_with(stored) && is_in_family(std::string_view(name).substr(stored.size()), names);
  return renamed ? own + name.substr(stored.size()) : name;
}

/// Every tensor under a new name; one that is there twice with the same values is there once.
template <typename Rename>
void rename_all(WeightFile& weights, Rename&& rename) {
  std::map<std::string, TensorView> renamed;
  std::map<std::string, std::string> stored;  // new name -> its name in the file
  for (auto& [name, view] : weights.tensors) {
    const auto plain = rename(name);
    const auto [twin, fresh] = stored.emplace(plain, name);
    check(fresh || same_tensor(renamed.at(plain), view),
          "{}: has \"{}\" beside \"{}\"; only one of them can be the tensor",
          view.file,
          name,
          twin->second);
    renamed[plain] = std::move(view);
  }
  weights.tensors = std::move(renamed);
}

/// What Python's peft saves before a merge: a layer's matrix beside the two that change it.
void refuse_adapters(const WeightFile& weights) {
  for (const auto& [name, view] : weights.tensors) {
    for (const auto segment : segments_of(name)) {
      check(segment != "base_layer" && !segment.starts_with("lora_"),
            "{}: \"{}\" belongs to an adapter that is not merged; merge it with Python's peft: "
            "model.merge_and_unload().save_pretrained(FOLDER)",
            view.file,
            name);
    }
  }
}

}  // namespace

std::string without_wrappers(const std::string& name) {
  std::string plain;
  for (const auto segment : segments_of(name)) {
    const bool text = is_in(kText, segment) && (plain.empty() || plain == "model");
    if (text || is_in(kWrappers, segment)) continue;
    if (!plain.empty()) plain += '.';
    plain += segment;
  }
  return plain.empty() ? name : plain;
}

bool is_beside_text(const std::string& name) {
  auto segments = segments_of(name);
  if (segments.front() == "model" && segments.size() > 1) segments.erase(segments.begin());
  return is_in(kBeside, segments.front());
}

void use_family_names(WeightFile& weights, const TensorNames& names, const std::string& where) {
  rename_all(weights, without_wrappers);
  std::erase_if(weights.tensors, [](const auto& entry) { return is_beside_text(entry.first); });
  refuse_adapters(weights);
  const auto stored = stored_prefix(weights, names, where);
  rename_all(weights, [&](const std::string& name) { return family_name(name, stored, names); });
}

}  // namespace ww
