// test_controls.cpp: what a probe's numbers are held against.

#include <ATen/ATen.h>

#include "probes/controls.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"
#include "tests/small_run.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

ProbeOptions controlled(const std::filesystem::path& out) {
  const auto data = test::source_root() / "data";
  ProbeOptions options;
  options.checkpoint = data / "stories260k/stories260K.bin";
  options.input.text = (data / "sonnets/sonnets.txt").string();
  options.input.texts = 4;
  options.device = "cpu";
  options.out = out;
  options.controls = {"init", "words", "tokens", "values"};
  return options;
}

}  // namespace

TEST_CASE("Controls lose what they take away", "[probe]") {
  const test::TemporaryFolder folder;
  probe(controlled(folder / "a.h5"));
  const auto file = read_probe_file(folder / "a.h5");
  CHECK(file.strings.at("control/control") ==
        std::vector<std::string>{"init", "words", "tokens", "values"});
  const auto& loss = file.variables.at("control/loss").values;
  CHECK(loss[0] == Approx(std::log(512.0)).epsilon(0.2));  // an untrained model knows nothing
  CHECK(loss[1] > 4.5);                                    // the sonnets as they are: 4.4
  CHECK(loss[2] > loss[1] + 1);
  CHECK(std::isnan(loss[3]));
  const auto& query = file.variables.at("control/query_norm_mean");
  CHECK(query.shape == std::vector<size_t>{4, 5, 4});
  CHECK(std::isnan(query.values.back()));
  const auto& share = file.variables.at("control/quadrature_share").values;
  for (size_t i = 0; i < 15; ++i) CHECK((share[i] > 0 && share[i] < 1));
}

TEST_CASE("The random twin of isotropic content has no bands", "[probe]") {
  const test::TemporaryFolder folder;
  probe(controlled(folder / "a.h5"));
  const auto file = read_probe_file(folder / "a.h5");
  const auto& query = file.variables.at("control/query_norm_mean").values;  // [4, 5, 4]
  const auto& trained = file.variables.at("query_norm_mean").values;        // [5, 4]
  for (size_t l = 0; l < 5; ++l) {
    const auto spread = [&](const std::vector<double>& values, size_t at) {
      const auto [low, high] = std::minmax_element(values.begin() + at, values.begin() + at + 4);
      return *high / *low;
    };
    CHECK(spread(query, l * 4) < 1.5);
    CHECK(spread(trained, l * 4) > 1.5);
  }
}

TEST_CASE("Controls are refused by name", "[probe]") {
  const test::TemporaryFolder folder;
  auto options = controlled(folder / "a.h5");
  options.controls = {"word"};
  CHECK_THAT(test::refusal([&] { probe(options); }), Contains("'word'") && Contains("words"));
  train(test::small_run(folder / "run", "rope"));
  options.checkpoint = folder / "run";
  options.input = {};
  options.input.task = "indirect";
  options.input.texts = 5;
  options.controls = {"words"};
  CHECK_THAT(test::refusal([&] { probe(options); }), Contains("--text alone"));
  CHECK_FALSE(std::filesystem::exists(options.out));
}
