// isa.hpp: which instruction set the vector kernels use. The build holds one table for each; which
// of them this processor can run is asked once.
#pragma once

#include <string>
#include <vector>

namespace ww::kernels {

struct Table;

/// `plain` is no vector kernel at all: tensor operations.
enum class Isa { plain, avx2, avx512 };

/// "plain", "avx2", "avx512".
const char* isa_name(Isa isa);

/// Why this build or this processor can't run it; empty where it can.
std::string obstacle(Isa isa);

/// All that run here, narrowest first; `plain` always does.
std::vector<Isa> runnable_isas();

/// The widest that runs here, or what the environment's WHATWHERE_ISA says. Throws InputError where
/// that is no name or can't run here.
Isa chosen_isa();

/// Null for `plain` and for what can't run here.
const Table* table_of(Isa isa);

}  // namespace ww::kernels
