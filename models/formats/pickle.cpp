#include "models/formats/pickle.hpp"

#include <fmt/ranges.h>

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

bool holds_tensors(const Value& value) {
  if (value.kind != Kind::dict) return false;
  const auto& list = value.node->list;
  for (size_t i = 0; i + 1 < list.size(); i += 2) {
    if (list[i + 1].kind == Kind::tensor) return true;
  }
  return false;
}

/// The usual names of a state dict in a training checkpoint.
constexpr const char* kStateDicts[] = {"model",
                                       "state_dict",
                                       "module",
                                       "model_state_dict",
                                       "model_state",
                                       "net",
                                       "network",
                                       "weights"};

/// The only member that is a dictionary of tensors; null where there is none. Throws InputError,
/// with their names, where there are several.
const Value* only_state_dict(const Value& dict, const std::string& where) {
  const Value* found = nullptr;
  std::vector<std::string> names;
  for (size_t i = 0; i + 1 < dict.node->list.size(); i += 2) {
    const auto& name = dict.node->list[i];
    if (name.kind != Kind::text || !holds_tensors(dict.node->list[i + 1])) continue;
    found = &dict.node->list[i + 1];
    names.push_back('"' + name.node->text + '"');
  }
  check(names.size() < 2,
        "{}: holds several dictionaries of tensors ({}); save the model's alone",
        where,
        fmt::join(names, ", "));
  return found;
}

Value state_dict(Value value, const std::string& where) {
  constexpr int kDeepest = 64;
  for (int depth = 0; depth < kDeepest && value.kind == Kind::dict; ++depth) {
    const Value* inner = nullptr;
    for (const auto* const key : kStateDicts) {
      const auto* const found = member(value, key);
      if (inner == nullptr && found != nullptr && found->kind == Kind::dict) inner = found;
    }
    if (inner == nullptr && holds_tensors(value)) return value;
    if (inner == nullptr) inner = only_state_dict(value, where);
    check(inner != nullptr, "{}: none of its dictionaries holds tensors", where);
    value = *inner;
  }
  if (value.kind == Kind::opaque) {
    refuse(
        "{}: is an object of {}, not a dictionary of tensors, and whatwhere runs no code from a "
        "checkpoint; save model.state_dict()",
        where,
        value.node->text);
  }
  refuse("{}: is not a dictionary of tensors; save model.state_dict()", where);
}

}  // namespace

Pickled read_pickle(std::span<const std::byte> bytes, const std::string& where) {
  PickleMachine machine(bytes, where);
  const auto dict = state_dict(machine.run(), where);
  check(dict.node->list.size() <= 2 * kMostTensors, "{}: holds too many tensors", where);
  Pickled pickled;
  std::set<std::string_view> seen;
  for (size_t i = 0; i + 1 < dict.node->list.size(); i += 2) {
    const auto& name = dict.node->list[i];
    const auto& value = dict.node->list[i + 1];
    if (value.kind != Kind::tensor) continue;  // step counters and the like
    check(name.kind == Kind::text, "{}: has a tensor without a name", where);
    const bool fresh = seen.insert(name.node->text).second;
    check(fresh, "{}: has \"{}\" twice", where, name.node->text);
    pickled.tensors.emplace_back(name.node->text, value.node->tensor);
  }
  check(!pickled.tensors.empty(), "{}: its state dict holds no tensors", where);
  pickled.skipped = {machine.skipped().begin(), machine.skipped().end()};
  return pickled;
}

}  // namespace ww
