#include "models/kernels/isa.hpp"

#include <cstdlib>

#include "base/check.hpp"
#include "models/kernels/model.hpp"

namespace ww::kernels {

namespace {

struct IsaRow {
  Isa isa;
  const char* name;
  const char* needs;  // of the processor, in words
  bool (*present)();
  const Table& (*table)();
};

#ifdef WW_VECTOR_KERNELS
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}
#endif

constexpr IsaRow kIsas[] = {
    {Isa::plain, "plain", "", nullptr, nullptr},
#ifdef WW_VECTOR_KERNELS
    {Isa::avx2, "avx2", "AVX2 and FMA", has_avx2, avx2_table},
    {Isa::avx512, "avx512", "AVX-512 F, VL, DQ and BW", has_avx512, avx512_table},
#else
    {Isa::avx2, "avx2", "", nullptr, nullptr},
    {Isa::avx512, "avx512", "", nullptr, nullptr},
#endif
};

const IsaRow& row_of(Isa isa) { return kIsas[static_cast<size_t>(isa)]; }

}  // namespace

const char* isa_name(Isa isa) { return row_of(isa).name; }

std::string obstacle(Isa isa) {
  const auto& row = row_of(isa);
  if (isa == Isa::plain) return {};
  if (row.table == nullptr) return "this build has no vector kernels; they need x86-64";
  return row.present() ? "" : fmt::format("this processor lacks {}", row.needs);
}

std::vector<Isa> runnable_isas() {
  std::vector<Isa> found;
  for (const auto& row : kIsas) {
    if (obstacle(row.isa).empty()) found.push_back(row.isa);
  }
  return found;
}

Isa chosen_isa() {
  const char* const asked = std::getenv("WHATWHERE_ISA");
  if (asked == nullptr || *asked == '\0') return runnable_isas().back();
  for (const auto& row : kIsas) {
    if (std::string(asked) != row.name) continue;
    const auto reason = obstacle(row.isa);
    check(reason.empty(), "WHATWHERE_ISA={} cannot run here: {}", asked, reason);
    return row.isa;
  }
  refuse("WHATWHERE_ISA must be plain, avx2 or avx512 but is '{}'", asked);
}

const Table* table_of(Isa isa) {
  if (isa == Isa::plain || !obstacle(isa).empty()) return nullptr;
  return &row_of(isa).table();
}

}  // namespace ww::kernels
