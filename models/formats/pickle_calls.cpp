// pickle_calls.cpp: what a pickle may look up and call: tensors and ordered dictionaries. Anything
// else is an opaque object, which is named and passed over.

#include <algorithm>

#include "models/formats/pickle_machine.hpp"

namespace ww {

namespace {

/// Storage classes of torch -> our names for their elements.
const std::map<std::string, std::string>& storages() {
  static const std::map<std::string, std::string> table = {{"torch.FloatStorage", "F32"},
                                                           {"torch.HalfStorage", "F16"},
                                                           {"torch.BFloat16Storage", "BF16"},
                                                           {"torch.DoubleStorage", "F64"},
                                                           {"torch.LongStorage", "I64"},
                                                           {"torch.IntStorage", "I32"},
                                                           {"torch.ShortStorage", "I16"},
                                                           {"torch.CharStorage", "I8"},
                                                           {"torch.ByteStorage", "U8"},
                                                           {"torch.BoolStorage", "BOOL"}};
  return table;
}

bool is_known_global(const std::string& name) {
  static const std::vector<std::string> known = {"collections.OrderedDict",
                                                 "torch._utils._rebuild_tensor_v2",
                                                 "torch._utils._rebuild_parameter",
                                                 "torch.Size",
                                                 "torch.device",
                                                 "torch.float32",
                                                 "torch.float16",
                                                 "torch.bfloat16",
                                                 "torch.float64",
                                                 "torch.int64",
                                                 "torch.int32",
                                                 "torch.int16",
                                                 "torch.int8",
                                                 "torch.uint8",
                                                 "torch.bool"};
  return storages().contains(name) || std::find(known.begin(), known.end(), name) != known.end();
}

bool is_nothing(const pickle::Value& value) {
  return value.kind == pickle::Kind::none ||
         (value.kind == pickle::Kind::dict && value.node->list.empty());
}

}  // namespace

void PickleMachine::push_opaque(const std::string& name) {
  constexpr size_t kMostNames = 64;
  if (skipped_.size() < kMostNames) skipped_.insert(name);
  push_node(Kind::opaque).text = name;
}

void PickleMachine::global(const std::string& name) {
  if (!is_known_global(name)) return push_opaque(name);
  push_node(Kind::global).text = name;
}

void PickleMachine::persistent() {
  const auto id = pop();
  const auto* const parts = id.kind == Kind::list ? &id.node->list : nullptr;
  const bool whole = parts != nullptr && parts->size() >= 5 && (*parts)[0].kind == Kind::text &&
                     (*parts)[0].node->text == "storage" && (*parts)[1].kind == Kind::global &&
                     (*parts)[2].kind == Kind::text && (*parts)[4].kind == Kind::integer;
  if (!whole) fail("refers to something that is no storage");
  const auto type = storages().find((*parts)[1].node->text);
  if (type == storages().end()) fail("has a storage of an unknown type");
  const auto& key = (*parts)[2].node->text;
  if (key.size() > kLongestKey) fail("has a storage whose name is no number");
  const auto elements = (*parts)[4].integer;
  auto& tensor = push_node(Kind::storage).tensor;
  tensor.type = type->second;
  tensor.key = key;
  tensor.elements = elements;
}

std::vector<int64_t> PickleMachine::integers(const Value& value) const {
  if (value.kind != Kind::list) fail("has a tensor without a shape");
  if (value.node->list.size() > kMostRank) fail("has a tensor of too many dimensions");
  std::vector<int64_t> numbers;
  for (const auto& each : value.node->list) {
    if (each.kind != Kind::integer) fail("has a tensor with a shape of no numbers");
    numbers.push_back(each.integer);
  }
  return numbers;
}

void PickleMachine::rebuild_tensor(const std::vector<Value>& arguments) {
  const bool whole = arguments.size() >= 4 && arguments[0].kind == Kind::storage &&
                     arguments[1].kind == Kind::integer;
  if (!whole) fail("has a tensor without a storage");
  // Storage, offset, shape, strides, requires_grad, backward_hooks, and bits of views if any.
  const bool plain = arguments.size() < 7 || (arguments.size() == 7 && is_nothing(arguments[6]));
  if (!plain) {
    fail(
        "has a tensor with metadata, as of a negative or conjugate view; save it with "
        "resolve_neg() and resolve_conj()");
  }
  auto tensor = arguments[0].node->tensor;
  tensor.offset = arguments[1].integer;
  tensor.shape = integers(arguments[2]);
  tensor.stride = integers(arguments[3]);
  spend(tensor.key.size() + 16 * tensor.shape.size());
  if (tensor.shape.size() != tensor.stride.size()) fail("has a tensor whose strides do not fit");
  push_node(Kind::tensor).tensor = std::move(tensor);
}

void PickleMachine::reduce() {
  const auto arguments = pop(), callable = pop();
  if (callable.kind == Kind::opaque) return push_opaque(callable.node->text);
  if (callable.kind != Kind::global || arguments.kind != Kind::list)
    fail("calls what is no function");
  const auto& name = callable.node->text;
  const auto& values = arguments.node->list;
  if (name == "collections.OrderedDict") {
    if (!values.empty()) fail("fills a dictionary in a way that checkpoints do not");
    push_node(Kind::dict);
  } else if (name == "torch._utils._rebuild_tensor_v2") {
    rebuild_tensor(values);
  } else if (name == "torch._utils._rebuild_parameter") {
    if (values.empty()) fail("has a parameter without a tensor");
    stack_.push_back(values.front());
  } else if (name == "torch.Size" && values.size() == 1) {
    stack_.push_back(values.front());
  } else if (name == "torch.device") {
    push(Kind::none);
  } else {
    fail("calls what is no function");
  }
}

}  // namespace ww
