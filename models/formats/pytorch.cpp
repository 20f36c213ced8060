#include "models/formats/pytorch.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.hpp"
#include "base/files.hpp"
#include "models/formats/pickle.hpp"
#include "models/formats/tensor_names.hpp"
#include "models/formats/zip.hpp"

namespace ww {

namespace {

constexpr std::array<char, 4> kZip = {'P', 'K', 3, 4};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The folder that all members of the archive stand in: "archive/".
std::string folder_of(const std::map<std::string, std::span<const std::byte>>& members,
                      const std::string& where) {
  constexpr std::string_view kPickle = "data.pkl";
  for (const auto& [name, bytes] : members) {
    if (name.ends_with(kPickle)) return name.substr(0, name.size() - kPickle.size());
  }
  refuse("{}: holds no data.pkl; is this a checkpoint of torch.save?", where);
}

bool is_contiguous(const PickledTensor& tensor) {
  int64_t expected = 1;
  for (size_t i = tensor.shape.size(); i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.stride[i] != expected) return false;
    expected *= tensor.shape[i];
  }
  return true;
}

/// Elements of the view, having refused sizes that cannot be and views past the storage.
int64_t checked_elements(const PickledTensor& tensor, int64_t stored, const std::string& what) {
  int64_t elements = 1, last = tensor.offset;
  check(last >= 0 && last <= stored, "{} begins outside its storage", what);
  if (std::ranges::find(tensor.shape, 0) != tensor.shape.end()) return 0;
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    const auto size = tensor.shape[i], stride = tensor.stride[i];
    check(size > 0 && stride >= 0 && size <= stored + 1 && stride <= stored + 1,
          "{} has a shape that its storage can't hold",
          what);
    check(size == 1 || stride <= (stored + 1) / (size - 1), "{} reaches past its storage", what);
    last += (size - 1) * stride;
    check(last < stored && elements <= stored / size, "{} reaches past its storage", what);
    elements *= size;
  }
  check(last < stored, "{} reaches past its storage", what);
  return elements;
}

TensorView view_of(const std::string& name,
                   const PickledTensor& tensor,
                   std::span<const std::byte> storage,
                   const std::string& where) {
  const auto what = fmt::format("{}: \"{}\"", where, name);
  const auto width = find_stored_type(tensor.type)->bytes;
  const auto stored = static_cast<int64_t>(storage.size()) / width;
  check(tensor.elements >= 0 && tensor.elements <= stored,
        "{} has a storage of {} numbers in {} bytes; is the file cut off?",
        what,
        tensor.elements,
        storage.size());
  const auto elements = checked_elements(tensor, stored, what);
  const auto begin = static_cast<size_t>(elements == 0 ? 0 : tensor.offset * width);
  if (elements > 0 && !is_contiguous(tensor)) {
    const auto* const type = find_stored_type(tensor.type);
    return {tensor.type, type, tensor.shape, storage.subspan(begin), where, tensor.stride};
  }
  const auto bytes = storage.subspan(begin, static_cast<size_t>(elements * width));
  return make_view(name, tensor.type, tensor.shape, bytes, where);
}

}  // namespace

bool is_pytorch(const std::filesystem::path& path) {
  const auto magic = first_bytes(path, kZip.size());
  const bool old_pickle = magic.size() > 1 && magic[0] == '\x80' && magic[1] >= 2 && magic[1] <= 5;
  return std::ranges::equal(magic, kZip) || (old_pickle && path.extension() != ".gguf") ||
         path.extension() == ".pt" || path.extension() == ".pth";
}

WeightFile read_pytorch(const std::filesystem::path& path) {
  const auto where = path.string();
  WeightFile file;
  file.files.push_back(std::make_shared<MappedFile>(path));
  const auto bytes = file.files.back()->bytes();
  check(bytes.size() < 4 || std::memcmp(bytes.data(), kZip.data(), 4) == 0,
        "{}: is no ZIP archive: older than PyTorch 1.6, or no checkpoint; re-save it",
        where);
  const auto members = zip_members(bytes, where);
  const auto folder = folder_of(members, where);
  const auto order = members.find(folder + "byteorder");
  check(order == members.end() || as_text(order->second) == "little",
        "{}: its numbers are not little-endian",
        where);
  const auto pickled = read_pickle(members.at(folder + "data.pkl"), where);
  if (!pickled.skipped.empty()) {
    file.notes.push_back(
        fmt::format("{}: objects beside the weights are passed over, no code was run: {}",
                    where,
                    fmt::join(pickled.skipped, ", ")));
  }
  for (const auto& [name, tensor] : pickled.tensors) {
    const auto storage = members.find(folder + "data/" + tensor.key);
    check(storage != members.end(), "{}: the storage of \"{}\" is missing", where, name);
    const auto ours = without_wrappers(name);
    const auto view = view_of(ours, tensor, storage->second, where);
    check(file.tensors.emplace(ours, view).second, "{}: has \"{}\" twice", where, ours);
  }
  return file;
}

}  // namespace ww
