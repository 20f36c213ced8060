// test_operators.cpp: the attention operator in Python against its formula in double, and the
// example of docs/python.md as it stands there.

#include <string>

#include "base/files.hpp"
#include "models/kernels/cuda/runtime.hpp"
#include "models/kernels/isa.hpp"
#include "tests/catch.hpp"
#include "tests/python.hpp"

using namespace ww;

namespace {

/// The Python of docs/python.md, with the library that was built here.
std::string example() {
  const auto page = read_file(test::source_root() / "docs/python.md");
  const std::string open = "```python\n", library = "build/release/libwhatwhere_ops.so";
  const auto from = page.find(open) + open.size();
  auto code = page.substr(from, page.find("```", from) - from);
  const auto at = code.find(library);
  REQUIRE(at != std::string::npos);
  return code.replace(at, library.size(), WW_OPERATORS);
}

/// Why the library can't be loaded here; empty where it can.
std::string obstacle() {
  if (!std::string(WW_SANITIZE).empty()) return "Python can't load an instrumented library";
  return test::python_has("torch") ? "" : "no Python with torch";
}

/// The same of its CPU kernels.
std::string cpu_obstacle() {
  if (kernels::chosen_isa() == kernels::Isa::plain) return "no vector kernels chosen here";
  return obstacle();
}

bool runs(const char* script) {
  return test::run_python_file(test::source_root() / "tests" / script, {WW_OPERATORS});
}

}  // namespace

TEST_CASE("The attention operator keeps its formula, its gradients and its refusals",
          "[operators][python]") {
  if (const auto why = cpu_obstacle(); !why.empty()) return test::skip(why);
  CHECK(runs("ops_formula.py"));
  CHECK(runs("ops_refusals.py"));
}

TEST_CASE("torch.compile takes the attention operator into its graph", "[operators][python]") {
  if (const auto why = cpu_obstacle(); !why.empty()) return test::skip(why);
  CHECK(runs("ops_compile.py"));
}

TEST_CASE("The attention operator keeps its formula on a GPU, and never makes the host wait",
          "[operators][python]") {
  if (const auto why = obstacle(); !why.empty()) return test::skip(why);
  if (!kernels::cuda::runs_here()) return test::skip("no GPU of compute capability 8.0 or more");
  CHECK(runs("ops_gpu.py"));
}

TEST_CASE("The example of docs/python.md runs", "[operators][python]") {
  if (const auto why = cpu_obstacle(); !why.empty()) return test::skip(why);
  CHECK(test::run_python(example(), {}));
}
