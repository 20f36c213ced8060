// pickle_machine.hpp: the stack machine that a pickle is a program for (pickletools.py of Python
// lists the instructions), as far as PyTorch's checkpoints use it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "models/formats/pickle.hpp"

namespace ww {

namespace pickle {

enum class Kind {
  none,
  boolean,
  integer,
  real,
  text,
  list,
  dict,
  global,
  storage,
  tensor,
  opaque,  // an object that is passed over
  mark
};

/// What a value refers to; all of them live as long as the machine, so cycles do no harm.
struct Node {
  std::string text;  // a text; "module.name" of a global or of an opaque object's class
  std::vector<struct Value> list;  // of a dict: key, value, key, value, ..
  PickledTensor tensor;
};

struct Value {
  Kind kind = Kind::none;
  int64_t integer = 0;
  Node* node = nullptr;
};

}  // namespace pickle

/// Runs a pickle. Throws InputError, beginning with `where`, for anything that is cut off or
/// damaged. What it returns lives as long as the machine.
class PickleMachine {
 public:
  using Kind = pickle::Kind;
  using Value = pickle::Value;
  using Node = pickle::Node;

  PickleMachine(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where) {}

  /// Names of what was passed over.
  const std::set<std::string>& skipped() const { return skipped_; }

  Value run() {
    for (;;) {
      const auto code = number<uint8_t>();
      if (code == '.') return pop();
      step(code);
      check(stack_.size() <= kMostValues, "{}: holds more objects than any checkpoint has", where_);
    }
  }

 private:
  // A stack of 128k values, and bytes of all else besides texts that stand in the file once: of
  // eight thousand tensors.
  static constexpr size_t kMostValues = 1 << 17, kMostBytes = 40 << 20;
  static constexpr size_t kMostRank = 64, kLongestKey = 64;

  [[noreturn]] void fail(const char* what) const { refuse("{}: data.pkl {}", where_, what); }

  /// Counts bytes that stay, so that a few instructions can't ask for more than a checkpoint does.
  void spend(size_t bytes) {
    spent_ += bytes;
    check(spent_ <= kMostBytes, "{}: holds more objects than any checkpoint has", where_);
  }

  std::span<const std::byte> take(uint64_t size) {
    check(size <= bytes_.size() - at_, "{}: data.pkl is cut off", where_);
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }
  template <typename Number>
  Number number() {
    Number value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string text(uint64_t size) {
    const auto bytes = take(size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::string line() {
    std::string word;
    for (char c = 0; (c = number<char>()) != '\n';) word.push_back(c);
    return word;
  }

  Value pop() {
    if (stack_.empty()) fail("takes from an empty stack");
    const auto top = stack_.back();
    stack_.pop_back();
    return top;
  }
  void push(Kind kind, int64_t integer = 0) { stack_.push_back({kind, integer, nullptr}); }
  Node& push_node(Kind kind) {
    spend(sizeof(Node));
    auto& node = nodes_.emplace_back();
    stack_.push_back({kind, 0, &node});
    return node;
  }
  void push_text(std::string value) { push_node(Kind::text).text = std::move(value); }
  /// Everything above the last mark, which goes too.
  std::vector<Value> above_mark() {
    auto mark = stack_.size();
    while (mark > 0 && stack_[mark - 1].kind != Kind::mark) --mark;
    if (mark == 0) fail("has no mark where one is needed");
    std::vector<Value> values(stack_.begin() + static_cast<std::ptrdiff_t>(mark), stack_.end());
    stack_.resize(mark - 1);
    return values;
  }
  void push_list(std::vector<Value> values) {
    spend(values.size() * sizeof(Value));
    push_node(Kind::list).list = std::move(values);
  }
  void push_top(size_t count) {
    if (stack_.size() < count) fail("takes from an empty stack");
    std::vector<Value> values(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    push_list(std::move(values));
  }

  void step(uint8_t code);
  bool step_number(uint8_t code);
  bool step_line(uint8_t code);
  bool step_object(uint8_t code);
  bool step_text(uint8_t code);
  bool step_container(uint8_t code);
  bool step_memo(uint8_t code);
  void big_integer(uint64_t size);
  void push_opaque(const std::string& name);
  void global(const std::string& name);
  void reduce();
  void persistent();
  void add_to(Kind kind, const std::vector<Value>& values);
  std::vector<int64_t> integers(const Value& value) const;
  void rebuild_tensor(const std::vector<Value>& arguments);

  std::span<const std::byte> bytes_;
  const std::string& where_;
  std::set<std::string> skipped_;
  uint64_t at_ = 0;
  size_t spent_ = 0;
  std::deque<Node> nodes_;
  std::vector<Value> stack_;
  std::map<uint64_t, Value> memo_;
};

}  // namespace ww
