#include "models/formats/pickle_machine.hpp"

#include <bit>

namespace ww {

void PickleMachine::step(uint8_t code) {
  if (step_number(code) || step_text(code) || step_line(code) || step_container(code) ||
      step_object(code) || step_memo(code)) {
    return;
  }
  switch (code) {
    case 0x80:  // PROTO
      take(1);
      return;
    case 0x95:  // FRAME
      take(8);
      return;
    case '0':  // POP
      pop();
      return;
    case '1':  // POP_MARK
      above_mark();
      return;
    case '2':  // DUP
      push_top(1);
      stack_.push_back(pop().node->list.front());
      stack_.push_back(stack_.back());
      return;
    default:
      refuse("{}: data.pkl uses an instruction that checkpoints have no need of (0x{:02x})",
             where_,
             code);
  }
}

bool PickleMachine::step_object(uint8_t code) {
  switch (code) {
    case 'c': {  // GLOBAL
      const auto module = line();
      global(module + "." + line());
      return true;
    }
    case 0x93: {  // STACK_GLOBAL
      const auto name = pop(), module = pop();
      if (name.kind != Kind::text || module.kind != Kind::text) fail("names a thing by no text");
      global(module.node->text + "." + name.node->text);
      return true;
    }
    case 'Q':  // BINPERSID
      persistent();
      return true;
    case 'R':   // REDUCE
    case 0x81:  // NEWOBJ
      reduce();
      return true;
    case 0x92:  // NEWOBJ_EX: with named arguments
      pop();
      reduce();
      return true;
    case 'b':  // BUILD: the state of an object, which we have no use for
      pop();
      return true;
    default:
      return false;
  }
}

bool PickleMachine::step_number(uint8_t code) {
  switch (code) {
    case 'N':
      push(Kind::none);
      return true;
    case 0x88:
    case 0x89:
      push(Kind::boolean, code == 0x88 ? 1 : 0);
      return true;
    case 'K':
      push(Kind::integer, number<uint8_t>());
      return true;
    case 'M':
      push(Kind::integer, number<uint16_t>());
      return true;
    case 'J':
      push(Kind::integer, number<int32_t>());
      return true;
    case 0x8a:
      big_integer(number<uint8_t>());
      return true;
    case 0x8b:
      big_integer(number<uint32_t>());
      return true;
    case 'G':  // BINFLOAT: never a part of a tensor
      take(8);
      push(Kind::real);
      return true;
    default:
      return false;
  }
}

void PickleMachine::big_integer(uint64_t size) {  // LONG1, LONG4: little-endian, two's complement
  const auto bytes = take(size);
  if (bytes.size() > 8) return push(Kind::real);  // larger than any size
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    value |= static_cast<uint64_t>(bytes[i]) << (8 * i);
  }
  const bool negative = !bytes.empty() && (static_cast<uint8_t>(bytes.back()) & 0x80) != 0;
  if (negative && bytes.size() < 8) value |= ~uint64_t{0} << (8 * bytes.size());
  push(Kind::integer, std::bit_cast<int64_t>(value));
}

bool PickleMachine::step_text(uint8_t code) {
  switch (code) {
    case 'X':
      push_text(text(number<uint32_t>()));
      return true;
    case 0x8c:
      push_text(text(number<uint8_t>()));
      return true;
    case 0x8d:  // BINUNICODE8
      push_text(text(number<uint64_t>()));
      return true;
    case 'C':  // bytes: SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8, and texts of Python 2
    case 'U':
      take(number<uint8_t>());
      push(Kind::none);
      return true;
    case 'B':
    case 'T':
      take(number<uint32_t>());
      push(Kind::none);
      return true;
    case 0x8e:
    case 0x96:
      take(number<uint64_t>());
      push(Kind::none);
      return true;
    default:
      return false;
  }
}

/// Numbers and texts of protocol 0, written as a line: never a part of a tensor.
bool PickleMachine::step_line(uint8_t code) {
  switch (code) {
    case 'I':
    case 'L':
    case 'F':
    case 'S':
    case 'V':
      line();
      push(Kind::none);
      return true;
    default:
      return false;
  }
}

bool PickleMachine::step_container(uint8_t code) {
  switch (code) {
    case '(':
      push(Kind::mark);
      return true;
    case '}':
      push_node(Kind::dict);
      return true;
    case ']':
    case ')':
    case 0x8f:  // EMPTY_SET
      push_node(Kind::list);
      return true;
    case 0x91:  // FROZENSET
    case 't':
      push_list(above_mark());
      return true;
    case 0x85:
    case 0x86:
    case 0x87:
      push_top(code - size_t{0x84});
      return true;
    case 'a':
    case 's': {  // APPEND, SETITEM
      const size_t count = code == 'a' ? 1 : 2;
      push_top(count);
      const auto values = pop().node->list;
      add_to(code == 'a' ? Kind::list : Kind::dict, values);
      return true;
    }
    case 'e':
    case 0x90:  // ADDITEMS
      add_to(Kind::list, above_mark());
      return true;
    case 'u':
      add_to(Kind::dict, above_mark());
      return true;
    default:
      return false;
  }
}

bool PickleMachine::step_memo(uint8_t code) {
  const auto put = [&](uint64_t slot) {
    if (stack_.empty()) fail("takes from an empty stack");
    if (memo_.insert_or_assign(slot, stack_.back()).second) spend(96);  // of a node of the map
  };
  const auto get = [&](uint64_t slot) {
    const auto found = memo_.find(slot);
    if (found == memo_.end()) fail("refers to what it has not kept");
    stack_.push_back(found->second);
  };
  switch (code) {
    case 'q':
      put(number<uint8_t>());
      return true;
    case 'r':
      put(number<uint32_t>());
      return true;
    case 0x94:
      put(memo_.size());
      return true;
    case 'h':
      get(number<uint8_t>());
      return true;
    case 'j':
      get(number<uint32_t>());
      return true;
    default:
      return false;
  }
}

void PickleMachine::add_to(Kind kind, const std::vector<Value>& values) {
  if (!stack_.empty() && stack_.back().kind == Kind::opaque) return;
  if (stack_.empty() || stack_.back().kind != kind) fail("adds to what is no container");
  if (kind == Kind::dict && values.size() % 2 != 0) fail("has a key without a value");
  spend(3 * values.size() * sizeof(Value));  // the list grows twofold, beside the one it was
  auto& list = stack_.back().node->list;
  list.insert(list.end(), values.begin(), values.end());
}

}  // namespace ww
