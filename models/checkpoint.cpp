#include "models/checkpoint.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <fmt/ranges.h>

#include <set>

#include "base/check.hpp"
#include "base/checksum.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "models/config_json.hpp"
#include "models/formats/safetensors.hpp"
#include "models/formats/weights.hpp"

namespace ww {

namespace {

constexpr const char* kModelFile = "model.safetensors";
constexpr const char* kStateFile = "state.safetensors";
constexpr const char* kConfigFile = "config.json";
constexpr const char* kChecksum = "crc32";  // of config.json, as one line without this key

/// Tensors on the host, alive for as long as views of their bytes are in use.
class Bundle {
 public:
  void add(const std::string& name, const at::Tensor& tensor) {
    auto host = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
    const auto* const bytes = static_cast<const std::byte*>(host.const_data_ptr());
    views_[name] = make_view(name, "F32", host.sizes().vec(), {bytes, host.nbytes()}, "memory");
    kept_.push_back(std::move(host));
  }
  const std::map<std::string, TensorView>& views() const { return views_; }

 private:
  std::map<std::string, TensorView> views_;
  std::vector<at::Tensor> kept_;
};

const TensorView& find(const WeightFile& file,
                       const std::string& name,
                       at::IntArrayRef shape,
                       const std::string& where) {
  const auto found = file.tensors.find(name);
  check(
      found != file.tensors.end(), "{}: no tensor '{}'; is this a whole checkpoint?", where, name);
  const auto& view = found->second;
  check(view.shape == shape.vec(),
        "{}: '{}' is [{}], the config says [{}]",
        where,
        name,
        fmt::join(view.shape, ","),
        fmt::join(shape, ","));
  return view;
}

/// Copies a file's tensor over one of ours, refusing NaN and infinities.
void copy_into(const at::Tensor& target,
               const WeightFile& file,
               const std::string& name,
               const std::string& where) {
  const c10::NoGradGuard no_grad;
  const auto& view = find(file, name, target.sizes(), where);
  auto host = at::empty(target.sizes(), at::kFloat);
  widen_rows(name, view, 0, view.rows(), host.mutable_data_ptr<float>());
  target.copy_(host);
}

void check_all_used(const WeightFile& file,
                    const std::set<std::string>& used,
                    const std::string& where) {
  for (const auto& [name, view] : file.tensors) {
    check(used.contains(name),
          "{}: nobody reads the tensor '{}'; is the config of this file?",
          where,
          name);
  }
}

}  // namespace

void save_model(const std::filesystem::path& folder, const Decoder& model, int64_t step) {
  Bundle bundle;
  for (const auto& spec : model.parameters().specs()) {
    bundle.add(spec.name, model.parameters().at(spec.name));
  }
  write_safetensors(folder / kModelFile, bundle.views(), {{"step", std::to_string(step)}});
}

void save_state(const std::filesystem::path& folder,
                const Decoder& model,
                const AdamW& optimiser,
                const nlohmann::json& progress) {
  Bundle bundle;
  bundle.add("values", model.parameters().values());
  bundle.add("first", optimiser.first());
  bundle.add("second", optimiser.second());
  bundle.add("count", optimiser.count());
  write_safetensors(folder / kStateFile, bundle.views(), {{"progress", progress.dump()}});
}

bool has_state(const std::filesystem::path& folder) {
  return std::filesystem::exists(folder / kStateFile);
}

nlohmann::json load_state(const std::filesystem::path& folder, Decoder& model, AdamW& optimiser) {
  const auto path = folder / kStateFile;
  const auto where = path.string();
  const auto file = read_safetensors(path);
  copy_into(model.parameters().values(), file, "values", where);
  copy_into(optimiser.first(), file, "first", where);
  copy_into(optimiser.second(), file, "second", where);
  copy_into(optimiser.count(), file, "count", where);
  std::string progress;
  read_member(file.metadata, "progress", progress, where);
  return parse_json(progress, where);
}

void save_config(const std::filesystem::path& folder, const nlohmann::json& config) {
  auto sealed = config;
  sealed[kChecksum] = checksum(config.dump());
  write_file(folder / kConfigFile, sealed.dump(2) + "\n");
}

static void verify_checksum(nlohmann::json& config, const std::string& where) {
  if (!config.contains(kChecksum)) return;  // from before there were checksums
  std::string sum;
  read_member(config, kChecksum, sum, where);
  config.erase(kChecksum);
  check(
      checksum(config.dump()) == sum,
      "{}: does not match its checksum (\"{}\"): it is damaged or was edited; restore it, or train "
      "in another folder",
      where,
      kChecksum);
}

static void check_keys(const nlohmann::json& config, const std::string& where) {
  static const std::set<std::string> known = {"format", "version", "model", "task", "training"};
  for (const auto& [key, value] : config.items()) {
    check(known.contains(key),
          "{}: unknown key \"{}\"; there are: {}",
          where,
          key,
          fmt::join(known, ", "));
  }
}

nlohmann::json load_config(const std::filesystem::path& folder) {
  const auto path = folder / kConfigFile;
  const auto where = path.string();
  auto config = parse_json(read_file(path), where);
  verify_checksum(config, where);
  std::string format;
  int64_t version = 0;
  read_member(config, "format", format, where);
  read_member(config, "version", version, where);
  check(format == "whatwhere-model", "{}: is a '{}', not a whatwhere-model", where, format);
  check(version == 1, "{}: is of version {}, this program reads 1", where, version);
  check_keys(config, where);
  return config;
}

int64_t model_step(const std::filesystem::path& folder) {
  const auto file = read_safetensors(folder / kModelFile);
  const auto where = (folder / kModelFile).string();
  if (!file.metadata.contains("step")) return -1;
  std::string step;
  read_member(file.metadata, "step", step, where);
  return parse_integer(step, where + ": \"step\"");
}

Decoder load_model(const std::filesystem::path& folder, at::TensorOptions options) {
  const auto config = load_config(folder);
  const auto config_path = (folder / kConfigFile).string();
  const auto file = read_safetensors(folder / kModelFile);
  const auto where = (folder / kModelFile).string();
  const auto shape = model_from_json(member(config, "model", config_path), config_path);
  std::set<std::string> names;
  for (const auto& spec :
       parameter_specs(shape, config_path)) {  // before the model asks for memory
    names.insert(spec.name);
    (void)find(file, spec.name, spec.shape, where);
  }
  check_all_used(file, names, where);
  Decoder model(shape, options);
  for (const auto& name : names) copy_into(model.parameters().at(name), file, name, where);
  return model;
}

}  // namespace ww
