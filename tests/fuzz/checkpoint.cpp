// checkpoint.cpp: what `inspect` and `score` do with a checkpoint of any format: the whole way to
// logits. The first byte says what the rest is.
//
//   c config.json of Hugging Face    s its weights       j its weights as PyTorch
//   r config.json of a run           w its weights       m whatwhere.json
//   g a GGUF file                    b a llama2.c file

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>

#include "models/load.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ww::fuzz {

namespace {

struct Place {
  char kind;
  const char *folder, *file, *checkpoint;
};

constexpr Place kPlaces[] = {{'c', "config", "config.json", ""},
                             {'s', "weights", "model.safetensors", ""},
                             {'j', "pytorch", "pytorch_model.bin", ""},
                             {'r', "run", "config.json", ""},
                             {'w', "run_weights", "model.safetensors", ""},
                             {'m', "manifest", "whatwhere.json", ""},
                             {'g', "gguf", "model.gguf", "model.gguf"},
                             {'b', "llama2c", "model.bin", "model.bin"}};

/// The input's file among the others of its folder, which tests/fuzz/beside holds.
std::filesystem::path checkpoint_of(const Place& place, std::string_view bytes) {
  const auto where = folder() / place.folder;
  if (!std::filesystem::exists(where)) {
    std::filesystem::create_directory(where);
    const std::filesystem::path beside = std::filesystem::path(WW_BESIDE) / place.folder;
    if (std::filesystem::exists(beside)) std::filesystem::copy(beside, where);
  }
  write_file(where / place.file, bytes);
  return *place.checkpoint == 0 ? where : where / place.checkpoint;
}

void pass(const std::filesystem::path& path) {
  const c10::NoGradGuard no_grad;
  auto loaded = load_checkpoint(path, {.allow_unused = true});
  const auto& config = loaded.model.config();
  for (int64_t l = 0; l < config.layers; ++l) (void)loaded.model.encoding(l).theta();
  const auto last = static_cast<int32_t>(config.vocabulary - 1);
  (void)loaded.model.forward(text_input({0, last, 0}, at::kCPU));
}

}  // namespace

void read(std::string_view bytes) {
  static const bool once = (at::set_num_threads(1), true);
  (void)once;
  for (const auto& place : kPlaces) {
    if (bytes.starts_with(place.kind)) return pass(checkpoint_of(place, bytes.substr(1)));
  }
}

}  // namespace ww::fuzz
