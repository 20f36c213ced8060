// test_bf16.cpp: training whose blocks multiply in bfloat16: its step against a restatement in
// double with every rounding written out, and its runs against those in float32.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/files.hpp"
#include "models/fused/choice.hpp"
#include "tests/catch.hpp"
#include "tests/close.hpp"
#include "tests/fused_models.hpp"
#include "tests/program.hpp"
#include "tests/small_run.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

/// Rounded to bfloat16; gradients pass.
at::Tensor r(const at::Tensor& x) {
  return x + (x.detach().to(at::kBFloat16).to(at::kDouble) - x.detach());
}

/// The model as the trainer computes it, restated: double but where it says r().
class Restated {
 public:
  explicit Restated(const ModelConfig& config)
      : c_(config), model_(test::lively_model(config, at::kDouble)) {}
  Decoder& model() { return model_; }

  at::Tensor logits(const Input& input) const {
    auto x = at::embedding(weight("embed"), input.tokens);
    const auto added = model_.position_vectors(input.positions);
    if (added.defined()) x = x + added;
    for (int64_t l = 0; l < c_.layers; ++l) x = block(l, x, input);
    return normed(x, "norm").index_select(1, input.graded).matmul(weight("head").mT());
  }

 private:
  at::Tensor weight(const std::string& name) const {
    return model_.parameters().at(name + ".weight");
  }
  at::Tensor normed(const at::Tensor& x, const std::string& name) const {
    return x / (x.square().mean(-1, true) + c_.norm_epsilon).sqrt() * weight(name);
  }
  at::Tensor product(const at::Tensor& x, const std::string& name) const {
    return r(r(x).matmul(r(weight(name)).mT()));
  }
  at::Tensor heads(const at::Tensor& qkv, int64_t part) const {
    const auto C = c_.heads * c_.head_width;
    return qkv.narrow(-1, part * C, C).unflatten(-1, {c_.heads, c_.head_width}).transpose(1, 2);
  }

  at::Tensor block(int64_t l, at::Tensor x, const Input& input) const {
    const auto name = "blocks." + std::to_string(l) + ".";
    const auto qkv = product(normed(x, name + "attn_norm"), name + "attn.qkv");
    const auto& encoding = model_.encoding(l);
    const auto turn = make_turn(input.positions, encoding.theta(), at::kDouble);
    auto scores =
        encoding.query(heads(qkv, 0), turn).matmul(encoding.key(heads(qkv, 1), turn).mT());
    scores = scores / std::sqrt(static_cast<double>(c_.head_width));
    const auto bias = encoding.bias(input.positions);
    if (bias.defined()) scores = scores + bias;
    const auto mask = visibility(
        {input.positions, input.block, {}}, 0, input.tokens.size(1), 0, scores.options());
    const auto mixed = (scores + mask).softmax(-1).matmul(heads(qkv, 2));
    x = x + product(mixed.transpose(1, 2).flatten(2), name + "attn.out");
    const auto inner = product(normed(x, name + "mlp_norm"), name + "mlp.in");
    return x + product(at::gelu(inner, "tanh"), name + "mlp.out");
  }

  ModelConfig c_;
  Decoder model_;
};

/// A model whose blocks multiply in bfloat16.
Decoder rounded_model(const ModelConfig& config) {
  auto model = test::lively_model(config);
  model.train_in(at::kBFloat16);
  return model;
}

constexpr const char* kEncodings[] = {"rope", "pope", "alibi", "t5", "learned"};

TrainOptions bf16_run(const std::filesystem::path& out, const std::string& encoding) {
  auto options = test::small_run(out, encoding);
  options.run.training_options["dtype"] = "bf16";
  return options;
}

/// Line `index` of a run's record.
Json record_line(const std::filesystem::path& folder, int index) {
  std::istringstream record(read_file(folder / "record.jsonl"));
  std::string line;
  for (int i = 0; i <= index; ++i) std::getline(record, line);
  return Json::parse(line);
}

Json header_of(const std::filesystem::path& folder) { return record_line(folder, 0); }

}  // namespace

TEST_CASE("A bf16 step is the restated one, and near the float32 one", "[bf16]") {
  for (const std::string name : kEncodings) {
    DYNAMIC_SECTION(name) {
      const auto config = test::small_config(encoding_row(name));
      const auto model = rounded_model(config);
      Restated restated(config);
      const auto float32 = test::lively_model(config);
      const auto [input, answers] = test::question(4, 9, 3, name == "t5");
      const double loss = model.loss_and_gradient(input, answers);
      const auto exact = at::cross_entropy_loss(restated.logits(input).flatten(0, 1), answers);
      exact.backward();
      const double plain = float32.loss_and_gradient(input, answers);
      const auto near = test::gradient_error(model, restated.model());
      const auto far = test::gradient_error(model, float32);
      INFO("loss " << loss << ", restated " << exact.item<double>() << ", float32 " << plain);
      INFO("gradient off by " << near.worst << " of " << near.name << ", from float32 by "
                              << far.worst << " of " << far.name);
      CHECK(std::abs(loss - exact.item<double>()) < 1e-4 * loss);
      CHECK(std::abs(loss - plain) < 2e-3 * loss);
      CHECK(near.worst < 8e-3);
      CHECK(far.worst < 2e-2);
    }
  }
}

TEST_CASE("A bf16 step leaves the parameters and the float32 forward pass as they were", "[bf16]") {
  const c10::NoGradGuard no_grad;
  const auto config = test::small_config(encoding_row("pope"));
  const auto model = rounded_model(config), untouched = test::lively_model(config);
  const auto [input, answers] = test::question(2, 9, 2);
  {
    const at::AutoGradMode grad(true);
    model.loss_and_gradient(input, answers);
  }
  CHECK(model.parameters().values().equal(untouched.parameters().values()));
  CHECK(model.forward(input).equal(untouched.forward(input)));
  CHECK(model.parameters().gradients().scalar_type() == at::kFloat);
}

TEST_CASE(
    "Gradients of several bf16 passes add up in float32, each with the parameters as they are",
    "[bf16]") {
  const auto config = test::small_config(encoding_row("pope"));
  const auto first = test::question(2, 9, 2), second = test::question(3, 8, 2);
  const auto gradients_of = [&](const std::vector<test::Question>& questions) {
    const auto model = rounded_model(config);
    for (const auto& question : questions)
      model.loss_and_gradient(question.input, question.answers);
    return model.parameters().gradients().clone();
  };
  CHECK(gradients_of({first, second}).equal(gradients_of({first}) + gradients_of({second})));
  const auto model = rounded_model(config);
  model.loss_and_gradient(first.input, first.answers);
  model.parameters().gradients().zero_();
  model.parameters().values().mul_(1.5);  // an optimiser's step
  model.loss_and_gradient(first.input, first.answers);
  CHECK(!model.parameters().gradients().equal(gradients_of({first})));
  auto anew = test::lively_model(config);
  anew.parameters().values().mul_(1.5);
  anew.train_in(at::kBFloat16);
  anew.loss_and_gradient(first.input, first.answers);
  CHECK(model.parameters().gradients().equal(anew.parameters().gradients()));
}

TEST_CASE("A bf16 run repeats and resumes to the same bits, and says what it is", "[bf16]") {
  const test::TemporaryFolder folder;
  for (const std::string encoding : {"pope", "t5"}) {
    DYNAMIC_SECTION(encoding) {
      const auto whole = folder / "whole", again = folder / "again", part = folder / "part";
      train(bf16_run(whole, encoding));
      train(bf16_run(again, encoding));
      auto options = bf16_run(part, encoding);
      options.resume = true;
      int64_t step = 0;
      train(options, {[&](const TrainProgress& p) { step = p.step; }, [&] { return step == 13; }});
      train(options);
      CHECK(test::saved_weights(again) == test::saved_weights(whole));
      CHECK(test::saved_weights(part) == test::saved_weights(whole));
      CHECK(header_of(whole)["dtype"] == "bf16");
      CHECK(header_of(whole)["overrides"]["dtype"] == "bf16");
      CHECK_THAT(read_file(part / "record.jsonl"), Contains("\"type\":\"resume\""));
      auto float32 = test::small_run(folder / "float32", encoding);
      train(float32);
      CHECK(header_of(float32.out)["dtype"] == "float32");
      CHECK(test::saved_weights(float32.out) != test::saved_weights(whole));
    }
  }
}

TEST_CASE("A bf16 run learns as a float32 one does", "[bf16]") {
  const test::TemporaryFolder folder;
  const auto train_loss = [&](const std::string& dtype) {
    auto options = test::small_run(folder / dtype, "pope");
    options.run.task = "what-tag";
    options.run.training_options = {{"width", "32"},
                                    {"heads", "2"},
                                    {"layers", "2"},
                                    {"steps", "400"},
                                    {"warm-up", "50"},
                                    {"evaluate-every", "400"},
                                    {"stop-when-solved", "false"},
                                    {"dtype", dtype}};
    CHECK(train(options).test_accuracy > 0.97);
    return record_line(options.out, 1)["train_loss"].get<double>();  // mean over all steps
  };
  const double float32 = train_loss("float32"), bf16 = train_loss("bf16");
  INFO(float32 << " " << bf16);
  CHECK(std::abs(bf16 - float32) < 1e-2 * float32);
}

TEST_CASE("A run in another dtype, or one that is none, is refused", "[bf16]") {
  const test::TemporaryFolder folder;
  auto options = test::small_run(folder / "run", "rope");
  train(options);
  options.resume = true;
  options.run.training_options["dtype"] = "bf16";
  const auto refused = [&] { return test::refusal([&] { train(options); }); };
  CHECK_THAT(refused(), Contains("another configuration") && Contains("dtype"));
  options.run.training_options["dtype"] = "fp8";
  CHECK_THAT(refused(), Contains("--dtype must be float32 or bf16 but got 'fp8'"));
  const auto out = (folder / "new").string();
  CHECK_THAT(test::refused_program("train --task indirect --dtype half -o " + out),
             Contains("--dtype must be float32 or bf16 but got 'half'"));
  CHECK_THAT(
      test::refused_program("train --task indirect --dtype bf16 --kernels fused -o " + out),
      Contains(
          "--kernels fused cannot run this model: they are float32 alone; use --dtype float32"));
}

TEST_CASE("bf16 takes the CPU's attention kernels at the most", "[bf16]") {
  const auto config = test::small_config(encoding_row("pope"));
  const auto choose = [&](const char* word) {
    return choose_engine(word, config, at::kBFloat16, 30).compute;
  };
  CHECK(choose("plain") == Compute::plain);
  if (kernels::chosen_isa() == kernels::Isa::plain) return test::skip("no vector kernels");
  CHECK(choose("auto") == Compute::attention);
}
