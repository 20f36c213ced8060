#include "tests/host_reads.hpp"

#include <ATen/record_function.h>

#include <algorithm>
#include <memory>

namespace ww::test {

namespace {

thread_local std::vector<std::string> reads, within;  // within: the calls that are not over

bool is_within(const std::string& name) { return std::ranges::find(within, name) != within.end(); }

/// Whether an operator waits for its tensors' device, if that is not the host. AdamW's operator
/// does on the CPU alone. What operators ask of each other stays on their tensors' device.
bool waits(const at::RecordFunction& call) {
  static const std::vector<std::string> readers = {"aten::item",
                                                   "aten::_local_scalar_dense",
                                                   "aten::is_nonzero",
                                                   "aten::nonzero",
                                                   "aten::equal",
                                                   "aten::masked_select",
                                                   "aten::_unique",
                                                   "aten::_unique2"};
  const std::string name = call.name();
  if (std::ranges::find(readers, name) != readers.end()) return !is_within("aten::_fused_adamw_");
  const bool asked_here = std::ranges::none_of(
      within, [](const auto& outer) { return outer == "ww::send" || outer.starts_with("aten::"); });
  if (!asked_here || (name != "aten::to" && name != "aten::_to_copy")) return false;
  return std::ranges::any_of(call.inputs(), [](const auto& value) { return value.isDevice(); });
}

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& call) {
  if (waits(call)) reads.emplace_back(call.name());
  within.emplace_back(call.name());
  return nullptr;
}

void end(const at::RecordFunction&, at::ObserverContext*) { within.pop_back(); }

}  // namespace

std::vector<std::string> host_reads(const std::function<void()>& work) {
  reads.clear();
  within.clear();
  const auto handle =
      at::addThreadLocalCallback(at::RecordFunctionCallback(begin, end).needsInputs(true));
  work();
  at::removeCallback(handle);
  return reads;
}

}  // namespace ww::test
