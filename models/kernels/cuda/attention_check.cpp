// attention_check.cpp: what the attention kernels can do, in sentences.

#include <cmath>

#include "base/check.hpp"
#include "models/kernels/cuda/attention.hpp"

namespace ww::kernels::cuda {

namespace {

constexpr int64_t kMostPlaces = int64_t{1} << 30, kMostStrings = 65535;
constexpr int64_t kMostBlocks = (int64_t{1} << 31) - 1;

bool aligned(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer) % 16 == 0; }

/// Rows that 16-byte reads can take.
template <typename Data>
void check_rows(const HeadTensor<Data>& x, const char* name) {
  check(x.data != nullptr, "[attention] {} is missing", name);
  const bool strides = x.string % 8 == 0 && x.head % 8 == 0 && x.place % 8 == 0;
  check(
      aligned(x.data) && strides,
      "[attention] rows of {} must begin at multiples of 16 bytes, but its strides are {}, {} and "
      "{} elements; make it contiguous",
      name,
      x.string,
      x.head,
      x.place);
}

void check_sizes(const DeviceAttention& a) {
  check(a.B > 0 && a.H > 0 && a.Hk > 0 && a.Tq > 0 && a.Tk > 0,
        "[attention] sizes must be positive but are B {}, H {}, Hk {}, Tq {}, Tk {}",
        a.B,
        a.H,
        a.Hk,
        a.Tq,
        a.Tk);
  check(takes_width(a.D),
        "[attention] head width must be 32, 64, 96 or 128 but is {}; other widths take the tensor "
        "operations",
        a.D);
  check(a.H % a.Hk == 0,
        "[attention] {} heads cannot share {} key heads evenly; H must be a multiple of Hk",
        a.H,
        a.Hk);
  check(a.Tq <= kMostPlaces && a.Tk <= kMostPlaces,
        "[attention] at most {} places can attend but Tq is {} and Tk is {}",
        kMostPlaces,
        a.Tq,
        a.Tk);
  check(a.B <= kMostStrings && blocks_of(a.Tq) * a.H + blocks_of(a.Tk) * a.Hk <= kMostBlocks,
        "[attention] a launch holds at most {} strings and {} blocks each, but B is {}; cut the "
        "batch",
        kMostStrings,
        kMostBlocks,
        a.B);
}

void check_rule(const DeviceAttention& a) {
  check(std::isfinite(a.scale), "[attention] scale must be finite but is {}", a.scale);
  check(a.window >= 0, "[attention] window must not be negative but is {}", a.window);
  check(a.window == 0 || a.causal, "[attention] a window of {} needs causal attention", a.window);
  check(a.window <= kMostPlaces,
        "[attention] a window of {} is past the {} places that can attend; 0 means no window",
        a.window,
        kMostPlaces);
}

void check_turning(const DeviceAttention& a) {
  check(a.delta == nullptr || a.kind == Kind::polar,
        "[attention] delta is for polar turning alone");
  const bool indexed = a.query_rows.row != nullptr;
  check(indexed == (a.key_rows.row != nullptr),
        "[attention] table rows must be given for queries and keys or for neither");
  if (a.kind == Kind::none) return check(!indexed, "[attention] table rows need a turning kind");
  check(a.table != nullptr && aligned(a.table),
        "[attention] the table of cosines and sines is missing or not at a multiple of 16 bytes");
  const int64_t needed = indexed ? 1 : a.Tq > a.Tk ? a.Tq : a.Tk;
  check(a.table_rows >= needed,
        "[attention] the table of angles has {} rows but {} are needed",
        a.table_rows,
        needed);
}

}  // namespace

void check_attention(const DeviceAttention& a) {
  check_sizes(a);
  check_rule(a);
  check_turning(a);
  check_rows(a.query, "query");
  check_rows(a.key, "key");
  check_rows(a.value, "value");
  check_rows(a.output, "output");
  check(a.lse != nullptr, "[attention] lse is missing");
}

void check_gradients(const DeviceAttention& a, const DeviceAttentionGradients& g) {
  check_rows(g.d_output, "d_output");
  check_rows(g.d_query, "d_query");
  check_rows(g.d_key, "d_key");
  check_rows(g.d_value, "d_value");
  check(a.delta == nullptr || (g.d_delta != nullptr && g.d_delta_parts != nullptr),
        "[attention] delta's gradient and its scratch are missing");
  check(a.delta != nullptr || (g.d_delta == nullptr && g.d_query_phase == nullptr),
        "[attention] a gradient of delta is wanted but there is no delta");
}

}  // namespace ww::kernels::cuda
