#include "cli/inspection.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numbers>

#include "base/check.hpp"
#include "models/config_json.hpp"
#include "models/text/bos_texts.hpp"

namespace ww {

namespace {

/// "0-4, 6-10": which layers are among them.
std::string ranges_text(const std::vector<int64_t>& layers) {
  std::string text;
  for (size_t i = 0; i < layers.size();) {
    size_t j = i;
    while (j + 1 < layers.size() && layers[j + 1] == layers[j] + 1) ++j;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", layers[i]);
    if (j > i) text += fmt::format("-{}", layers[j]);
    i = j + 1;
  }
  return text;
}

double wavelength(double theta) { return 2 * std::numbers::pi / theta; }

nlohmann::ordered_json table_json(const LayerTable& table) {
  auto wavelengths = nlohmann::ordered_json::array();  // of theta 0: null
  for (const auto theta : table.theta) {
    if (theta == 0) {
      wavelengths.push_back(nullptr);
    } else {
      wavelengths.push_back(wavelength(theta));
    }
  }
  return {{"layers", table.layers},
          {"factor", table.factor},
          {"theta", table.theta},
          {"wavelength", wavelengths}};
}

nlohmann::ordered_json tokenizer_json(const std::string& checkpoint, const Loaded& loaded) {
  if (loaded.run) return nullptr;
  const auto read = inspected_tokenizer(checkpoint);
  if (!read.tokenizer) return {{"name", nullptr}, {"reason", read.reason}};
  const auto bos = read.tokenizer->bos();
  return {{"name", read.tokenizer->name()},
          {"pieces", read.tokenizer->vocabulary()},
          {"bos", bos < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(bos)},
          {"adds_bos", read.tokenizer->adds_bos()},
          {"notes", read.notes}};
}

}  // namespace

std::vector<LayerTable> frequency_tables(const Decoder& model) {
  std::vector<LayerTable> tables;
  for (int64_t l = 0; l < model.config().layers; ++l) {
    const auto tensor = model.encoding(l).theta().to(at::kCPU, at::kDouble).contiguous();
    if (tensor.numel() == 0) continue;
    const auto* const values = tensor.const_data_ptr<double>();
    const std::vector<double> theta(values, values + tensor.numel());
    const auto factor = model.encoding(l).factor();
    const auto same = std::ranges::find_if(tables, [&](const LayerTable& table) {
      return table.theta == theta && table.factor == factor;
    });
    if (same == tables.end()) {
      tables.push_back({{l}, theta, factor});
    } else {
      same->layers.push_back(l);
    }
  }
  return tables;
}

void print_table(const LayerTable& table, bool all) {
  constexpr size_t kShown = 8;
  const auto count = table.theta.size();
  const auto shown = all ? count : std::min(count, kShown);
  fmt::print("\nlayers {}", ranges_text(table.layers));
  if (table.factor != 1) fmt::print(", cosines and sines times {:.6g}", table.factor);
  if (shown < count) fmt::print(": {} of {} frequencies (--frequencies: all)", shown, count);
  fmt::print("\nfrequency  theta rad/token  wavelength tokens\n");
  for (size_t i = 0; i < shown; ++i) {
    const auto f = shown < 2 ? 0 : i * (count - 1) / (shown - 1);
    fmt::print("{:9}  {:15.6g}  {:17.6g}\n", f, table.theta[f], wavelength(table.theta[f]));
  }
}

InspectedTokenizer inspected_tokenizer(const std::string& checkpoint) {
  InspectedTokenizer read;
  try {
    read.tokenizer = tokenizer_for(checkpoint, "");
    read.notes = bos_contradictions(checkpoint, *read.tokenizer);
  } catch (const std::invalid_argument& reason) {
    read.tokenizer.reset();
    read.reason = reason.what();
  }
  return read;
}

std::string length_contradiction(const std::filesystem::path& checkpoint, const Loaded& loaded) {
  const bool bin = checkpoint.extension() == ".bin";
  auto twin = checkpoint;
  twin.replace_extension(bin ? ".gguf" : ".bin");
  if ((!bin && checkpoint.extension() != ".gguf") || !std::filesystem::is_regular_file(twin))
    return {};
  int64_t length = 0;
  try {
    length = load_checkpoint(twin).model.config().train_length;
  } catch (const InputError&) {
    return {};  // it is not this model's, or nobody asked for it
  }
  const auto own = loaded.model.config().train_length;
  if (length == own || length == 0 || own == 0) return {};
  return fmt::format(
      "{} says that the training length is {}, this file says {}; --train-length N of `probe` "
      "decides",
      twin.string(),
      length,
      own);
}

void print_inspection(const std::string& checkpoint, const Loaded& loaded) {
  nlohmann::ordered_json all = {{"format", loaded.format},
                                {"family", loaded.family},
                                {"parameters", loaded.model.size()},
                                {"stored_types", loaded.types},
                                {"notes", loaded.notes}};
  all["training_step"] = nullptr;
  if (loaded.training_step >= 0) all["training_step"] = loaded.training_step;
  all["config"] = model_to_json(loaded.model.config());
  all["tokenizer"] = tokenizer_json(checkpoint, loaded);
  all["tables"] = nlohmann::ordered_json::array();
  for (const auto& table : frequency_tables(loaded.model)) {
    all["tables"].push_back(table_json(table));
  }
  fmt::print("{}\n", all.dump(2));
}

}  // namespace ww
