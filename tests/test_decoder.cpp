// test_decoder.cpp: what the one decoder keeps, for every row of the encodings table.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "models/attention.hpp"
#include "models/decoder.hpp"
#include "models/encoding.hpp"
#include "tests/catch.hpp"
#include "tests/close.hpp"

using namespace ww;

namespace {

ModelConfig tiny(const EncodingRow& row) {
  ModelConfig config;
  config.vocabulary = 11;
  config.width = 16;
  config.layers = 2;
  config.heads = config.key_heads = 2;
  config.head_width = 8;
  config.hidden = 32;
  config.encoding = row.name;
  config.encoding_options = row.fallbacks;
  return config;
}

/// A model in double whose parameters are larger than at the start, so that every part matters.
Decoder build(const ModelConfig& config, uint64_t seed = 3) {
  Decoder model(config, at::kDouble);
  model.parameters().initialise(seed, config.width, config.layers);
  const c10::NoGradGuard no_grad;
  for (const auto& spec : model.parameters().specs()) {
    if (spec.init == Init::normal || spec.init == Init::output) {
      model.parameters().at(spec.name).mul_(2);
    }
    if (spec.init == Init::zeros) model.parameters().at(spec.name).sub_(0.3);
  }
  return model;
}

Input text(const std::vector<int64_t>& tokens) {
  const auto T = static_cast<int64_t>(tokens.size());
  return {at::tensor(tokens).unsqueeze(0), at::arange(T), {}, {}};
}

/// A string of n = 4 with blocks of lengths 1, 3 and 2, packed after it.
struct Packed {
  std::vector<int64_t> string = {3, 1, 4, 5};
  std::vector<std::vector<int64_t>> blocks = {{7}, {8, 2, 9}, {6, 10}};

  Input all() const {
    auto tokens = string;
    std::vector<int64_t> position = {0, 1, 2, 3}, block = {0, 0, 0, 0}, graded;
    for (size_t q = 0; q < blocks.size(); ++q) {
      for (size_t i = 0; i < blocks[q].size(); ++i) {
        tokens.push_back(blocks[q][i]);
        position.push_back(static_cast<int64_t>(4 + i));
        block.push_back(static_cast<int64_t>(q + 1));
      }
      graded.push_back(static_cast<int64_t>(tokens.size()) - 1);
    }
    return {at::tensor(tokens).unsqueeze(0),
            at::tensor(position),
            at::tensor(block),
            at::tensor(graded)};
  }
  Input alone(size_t q) const {
    auto tokens = string;
    tokens.insert(tokens.end(), blocks[q].begin(), blocks[q].end());
    auto input = text(tokens);
    input.graded = at::tensor({static_cast<int64_t>(tokens.size()) - 1});
    return input;
  }
};

at::Tensor gradients_of(Decoder& model, const at::Tensor& loss) {
  model.parameters().gradients().zero_();
  loss.backward();
  return model.parameters().gradients().clone();
}

at::Tensor loss_of(const Decoder& model, const Input& input, const std::vector<int64_t>& answers) {
  return at::cross_entropy_loss(model.forward(input).flatten(0, 1), at::tensor(answers));
}

}  // namespace

TEST_CASE("Changing a token moves no logit before it", "[decoder]") {
  for (const auto& row : encodings()) {
    DYNAMIC_SECTION(row.name) {
      const auto model = build(tiny(row));
      const auto before = model.forward(text({1, 2, 3, 4, 5, 6}));
      const auto after = model.forward(text({1, 2, 3, 9, 5, 6}));
      const auto moved = (before - after).abs().amax(-1)[0];  // [T]
      CHECK(moved.slice(0, 0, 3).max().item<double>() == 0);
      CHECK(moved.slice(0, 3, 6).min().item<double>() > 1e-9);
    }
  }
}

TEST_CASE("One token gives finite logits", "[decoder]") {
  for (const auto& row : encodings()) {
    DYNAMIC_SECTION(row.name) {
      const auto logits = build(tiny(row)).forward(text({5}));
      CHECK(logits.sizes() == at::IntArrayRef{1, 1, 11});
      CHECK(logits.isfinite().all().item<bool>());
    }
  }
}

TEST_CASE("Queries packed after one string equal each example alone", "[decoder]") {
  const Packed packed;
  for (const auto& row : encodings()) {
    DYNAMIC_SECTION(row.name) {
      auto model = build(tiny(row));
      const auto together = model.forward(packed.all());  // [1, Q, V]
      auto single = build(tiny(row));
      at::Tensor mean;
      model.parameters().track_gradients();
      for (size_t q = 0; q < packed.blocks.size(); ++q) {
        require_close(
            together[0][static_cast<int64_t>(q)], model.forward(packed.alone(q))[0][0], 1e-12);
        const auto one = gradients_of(model, loss_of(model, packed.alone(q), {int64_t(q)}));
        mean = mean.defined() ? mean + one : one;
      }
      const auto all = gradients_of(model, loss_of(model, packed.all(), {0, 1, 2}));
      require_close(all, mean / 3.0, 1e-10);
    }
  }
}

TEST_CASE("An observer changes no logit and sees every site whole", "[decoder]") {
  const Packed packed;
  for (const auto& row : encodings()) {
    DYNAMIC_SECTION(row.name) {
      const auto model = build(tiny(row));
      std::map<std::string, std::vector<int64_t>> seen;
      const auto watched = model.forward(
          packed.all(),
          {[&](const Observation& seen_now) { seen[seen_now.site] = seen_now.value.sizes().vec(); },
           {}});
      require_close(watched, model.forward(packed.all()), 1e-13);
      CHECK(seen.size() == 2 * 9 + 1);
      CHECK(seen.at("blocks.1.attn.q") == std::vector<int64_t>{1, 2, 10, 8});
      CHECK(seen.at("blocks.1.attn.scores") == std::vector<int64_t>{1, 2, 10, 10});
      CHECK(seen.at("blocks.0.out") == std::vector<int64_t>{1, 10, 16});
      CHECK(seen.at("logits") == std::vector<int64_t>{1, 10, 11});
    }
  }
}

TEST_CASE("Sampled hooks see some rows of the scores that whole ones see all of", "[decoder]") {
  std::vector<int64_t> tokens(70);
  for (int64_t t = 0; t < 70; ++t) tokens[size_t(t)] = t * t % 11;
  const auto rows = sampled_rows(70), keys = sampled_keys(70);
  CHECK((rows.numel() == 32 && rows[31].item<int64_t>() == 69));
  CHECK((keys.numel() == 48 && keys[47].item<int64_t>() == 69));
  for (const auto& row : encodings()) {
    DYNAMIC_SECTION(row.name) {
      const auto model = build(tiny(row));
      std::map<std::string, at::Tensor> some, all;
      const auto into = [](auto& to) {
        return [&to](const Observation& o) { to[o.site] = o.value; };
      };
      model.forward(text(tokens), {into(all), {}});
      CHECK(model.forward(text(tokens), {into(some), {}, true}).equal(model.forward(text(tokens))));
      for (const std::string layer : {"blocks.0.attn.", "blocks.1.attn."}) {
        require_close(some.at(layer + "sample"),
                      all.at(layer + "scores").index_select(2, rows).index_select(3, keys),
                      1e-13);
        CHECK(some.at(layer + "k").equal(all.at(layer + "k")));
      }
    }
  }
}

TEST_CASE("Gradients equal central differences", "[decoder]") {
  const Packed packed;
  for (const auto& row : encodings()) {
    DYNAMIC_SECTION(row.name) {
      auto model = build(tiny(row));
      model.parameters().track_gradients();
      const auto exact = gradients_of(model, loss_of(model, packed.all(), {0, 1, 2}));
      const c10::NoGradGuard no_grad;
      auto values = model.parameters().values();
      const auto N = values.numel();
      std::vector<double> measured, expected;
      for (int64_t i = 0; i < 600; ++i) {
        const auto at_entry = values[(i * 7919) % N];
        const auto before = at_entry.clone();
        const auto loss_at = [&](double step) {
          at_entry.copy_(before + step);
          return loss_of(model, packed.all(), {0, 1, 2}).item<double>();
        };
        measured.push_back((loss_at(1e-5) - loss_at(-1e-5)) / 2e-5);
        at_entry.copy_(before);
        expected.push_back(exact[(i * 7919) % N].item<double>());
      }
      const auto m = at::tensor(measured), e = at::tensor(expected);
      CHECK((m.dot(e) / (m.norm() * e.norm())).item<double>() >= 0.999999);
    }
  }
}

TEST_CASE("Shared positions and the same positions for each string agree", "[decoder]") {
  for (const auto& row : encodings()) {
    DYNAMIC_SECTION(row.name) {
      const auto model = build(tiny(row));
      auto input = text({1, 2, 3, 4, 5});
      input.tokens = at::tensor(std::vector<int64_t>{1, 2, 3, 4, 5, 9, 8, 7, 6, 5}).view({2, 5});
      const auto shared = model.forward(input);
      input.positions = at::arange(5).repeat({2, 1});
      require_close(model.forward(input), shared, 1e-12);
      input.positions =
          at::tensor(std::vector<int64_t>{0, 1, 2, 3, 4, 10, 12, 13, 15, 19}).view({2, 5});
      const auto apart = model.forward(input);
      require_close(apart[0], shared[0], 1e-12);
      const bool blind = std::string(row.name) == "nope";
      CHECK(((apart[1] - shared[1]).norm().item<double>() < 1e-12) == blind);
    }
  }
}

TEST_CASE("Tokens at one position score as if nothing encoded it", "[decoder]") {
  const auto x = at::arange(2 * 5 * 8, at::kDouble).cos().view({1, 2, 5, 8});
  const auto here = at::full({5}, 4, at::kLong);
  for (const auto& row : encodings()) {
    const bool has_own_parameters =
        !row.layer_parameters({2, 2, 8, row.fallbacks, nullptr}).empty();
    if (has_own_parameters) continue;  // pope's magnitudes and t5's table act at distance 0 too
    DYNAMIC_SECTION(row.name) {
      const auto encoding = row.make({2, 2, 8, row.fallbacks, nullptr}, {});
      const auto theta = encoding->theta();
      const auto turn = theta.numel() > 0 ? make_turn(here, theta, at::kDouble) : Turn{};
      auto scores = encoding->query(x, turn).matmul(encoding->key(x, turn).mT());
      const auto bias = encoding->bias(here);
      if (bias.defined()) scores = scores + bias.to(at::kDouble);
      require_close(scores, x.matmul(x.mT()), 1e-12);
    }
  }
}

TEST_CASE("Key heads are shared by neighbouring query heads", "[decoder]") {
  auto config = tiny(encoding_row("rope"));
  config.heads = 4;
  config.head_width = 4;
  config.key_heads = 2;
  const auto grouped = build(config);
  auto full_config = config;
  full_config.key_heads = 4;
  Decoder full(full_config, at::kDouble);
  const c10::NoGradGuard no_grad;
  for (const auto& spec : full.parameters().specs()) {
    const auto source = grouped.parameters().at(spec.name);
    if (spec.name.find("qkv") == std::string::npos) {
      full.parameters().at(spec.name).copy_(source);
      continue;
    }
    const auto copies = [&](int64_t row) {  // key heads 0 0 1 1
      const auto first = source.narrow(0, row, 4), second = source.narrow(0, row + 4, 4);
      return at::cat({first, first, second, second});
    };
    full.parameters().at(spec.name).copy_(
        at::cat({source.narrow(0, 0, 16), copies(16), copies(24)}));
  }
  require_close(full.forward(text({1, 2, 3, 4})), grouped.forward(text({1, 2, 3, 4})), 1e-12);
}

TEST_CASE("A tensor is drawn by its name alone", "[decoder]") {
  const auto rope = [](uint64_t seed) {
    Decoder model(tiny(encoding_row("rope")), at::kFloat);
    model.parameters().initialise(seed, 512, 2);
    return model;
  };
  Decoder pope(tiny(encoding_row("pope")), at::kFloat);
  pope.parameters().initialise(1, 512, 2);
  const auto one = rope(1), two = rope(2);
  const std::string name = "blocks.1.attn.qkv.weight";
  CHECK(one.parameters().at(name).equal(pope.parameters().at(name)));
  CHECK_FALSE(one.parameters().at(name).equal(two.parameters().at(name)));
  CHECK_FALSE(one.parameters().at(name).equal(one.parameters().at("blocks.0.attn.qkv.weight")));
  CHECK(one.parameters().at(name).std().item<double>() == Approx(0.02).epsilon(0.1));
  CHECK(one.parameters().at("blocks.1.mlp.out.weight").std().item<double>() ==
        Approx(0.01).epsilon(0.1));
}
