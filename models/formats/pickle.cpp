#include "models/formats/pickle.hpp"

#include <set>
#include <string_view>

#include "base/check.hpp"
#include "models/formats/pickle_machine.hpp"

namespace ww {

namespace {

using pickle::Kind;
using pickle::Value;

constexpr size_t kMostTensors = size_t{1} << 15;

/// The value of a text key, or null.
const Value* member(const Value& dict, const std::string& key) {
  for (size_t i = 0; i + 1 < dict.node->list.size(); i += 2) {
    const auto& name = dict.node->list[i];
    if (name.kind == Kind::text && name.node->text == key) return &dict.node->list[i + 1];
  }
  return nullptr;
}

Value state_dict(Value value, const std::string& where) {
  constexpr int kDeepest = 64;
  for (int depth = 0; depth < kDeepest && value.kind == Kind::dict; ++depth) {
    const Value* inner = nullptr;
    for (const auto* const key : {"model", "state_dict", "module"}) {
      const auto* const found = member(value, key);
      if (found != nullptr && found->kind == Kind::dict) inner = found;
    }
    if (inner == nullptr) return value;
    value = *inner;
  }
  refuse("{}: holds no dictionary of tensors", where);
}

}  // namespace

std::vector<std::pair<std::string, PickledTensor>> pickled_tensors(std::span<const std::byte> bytes,
                                                                   const std::string& where) {
  PickleMachine machine(bytes, where);
  const auto dict = state_dict(machine.run(), where);
  check(dict.node->list.size() <= 2 * kMostTensors, "{}: holds too many tensors", where);
  std::vector<std::pair<std::string, PickledTensor>> tensors;
  std::set<std::string_view> seen;
  for (size_t i = 0; i + 1 < dict.node->list.size(); i += 2) {
    const auto& name = dict.node->list[i];
    const auto& value = dict.node->list[i + 1];
    if (value.kind != Kind::tensor) continue;  // step counters and the like
    check(name.kind == Kind::text, "{}: has a tensor without a name", where);
    const bool fresh = seen.insert(name.node->text).second;
    check(fresh, "{}: has \"{}\" twice", where, name.node->text);
    tensors.emplace_back(name.node->text, value.node->tensor);
  }
  check(!tensors.empty(), "{}: holds no dictionary of tensors", where);
  return tensors;
}

}  // namespace ww
