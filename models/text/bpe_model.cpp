#include "models/text/bpe_model.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "models/text/characters.hpp"

namespace ww {

namespace {

constexpr size_t kShort = 64;  // bytes of a word that is worth remembering
constexpr size_t kMostWords = size_t{1} << 18;

uint64_t pair_of(uint32_t a, uint32_t b) { return static_cast<uint64_t>(a) << 32 | b; }
uint64_t pair_of(int32_t a, int32_t b) {
  return pair_of(static_cast<uint32_t>(a), static_cast<uint32_t>(b));
}

}  // namespace

bool WordCache::append(std::string_view word, std::vector<int32_t>& ids) const {
  const auto found = slices_.find(word);
  if (found == slices_.end()) return false;
  const auto from = ids_.begin() + static_cast<ptrdiff_t>(found->second.begin);
  ids.insert(ids.end(), from, from + static_cast<ptrdiff_t>(found->second.size));
  return true;
}

void WordCache::keep(std::string_view word, const std::vector<int32_t>& ids, size_t from) {
  if (slices_.size() >= kMostWords) return;
  slices_.emplace(word, Slice{ids_.size(), ids.size() - from});
  ids_.insert(ids_.end(), ids.begin() + static_cast<ptrdiff_t>(from), ids.end());
}

BpeModel::BpeModel(IdOfText pieces,
                   const std::vector<NamedMerge>& merges,
                   BpeOptions options,
                   std::string file)
    : pieces_(std::move(pieces)), options_(std::move(options)), file_(std::move(file)) {
  for (const auto& [text, id] : pieces_) {
    const auto [other, fresh] = texts_.emplace(id, &text);
    check(fresh, "{}: '{}' and '{}' both have the id {}", file_, *other->second, text, id);
    largest_ = std::max(largest_, id);
  }
  joins_.reserve(merges.size());
  for (size_t i = 0; i < merges.size(); ++i) {
    const auto text = std::string(merges[i].left) + std::string(merges[i].right);
    const auto left = find(merges[i].left), right = find(merges[i].right), joined = find(text);
    check(left >= 0 && right >= 0 && joined >= 0,
          "{}: merge {} of '{}' and '{}' needs a piece that the vocabulary lacks",
          file_,
          i,
          merges[i].left,
          merges[i].right);
    joins_.insert_or_assign(pair_of(left, right), Joined{merges[i].rank, joined});
    note_neighbours(text);
  }
  for (int byte = 0; byte < 256; ++byte) bytes_.push_back(find(fmt::format("<0x{:02X}>", byte)));
}

void BpeModel::note_neighbours(std::string_view piece) {
  auto [before, length] = code_point(piece, 0);
  for (size_t at = length; at < piece.size();) {
    const auto point = code_point(piece, at);
    neighbours_.insert(pair_of(before, point.value));
    before = point.value;
    at += point.length;
  }
}

int32_t BpeModel::find(std::string_view text) const {
  const auto found = pieces_.find(text);
  return found == pieces_.end() ? -1 : found->second;
}

const std::string* BpeModel::piece(int32_t id) const {
  const auto found = texts_.find(id);
  return found == texts_.end() ? nullptr : found->second;
}

int32_t BpeModel::unknown() const {
  const auto id = find(options_.unknown);
  check(id >= 0, "{}: its unk_token '{}' is no piece", file_, options_.unknown);
  return id;
}

bool BpeModel::append_bytes(std::string_view character, std::vector<int32_t>& ids) const {
  const auto id = [&](char byte) { return bytes_[static_cast<unsigned char>(byte)]; };
  if (!std::ranges::all_of(character, [&](char byte) { return id(byte) >= 0; })) return false;
  for (const char byte : character) ids.push_back(id(byte));
  return true;
}

/// An unknown piece waits until the next known character, so that a run of them can fuse; bytes go
/// before one that waits, as in the reference.
std::vector<int32_t> BpeModel::characters(std::string_view part) const {
  std::vector<int32_t> ids;
  ids.reserve(part.size());
  bool waits = false;
  const auto settle = [&] {
    if (waits) ids.push_back(unknown());
    waits = false;
  };
  for (size_t at = 0; at < part.size();) {
    const auto character = part.substr(at, code_point(part, at).length);
    at += character.size();
    const auto id = find(character);
    if (id >= 0) {
      settle();
      ids.push_back(id);
    } else if (!(options_.byte_fallback && append_bytes(character, ids)) &&
               !options_.unknown.empty()) {
      if (!options_.fuse_unknown) settle();
      waits = true;
    }
  }
  settle();
  return ids;
}

void BpeModel::merge(std::string_view part, std::vector<int32_t>& ids) const {
  auto found = characters(part);
  merge_neighbours(found, [&](int32_t a, int32_t b) -> std::optional<Joined> {
    const auto join = joins_.find(pair_of(a, b));
    return join == joins_.end() ? std::nullopt : std::optional(join->second);
  });
  ids.insert(ids.end(), found.begin(), found.end());
}

void BpeModel::encode_part(std::string_view part,
                           std::vector<int32_t>& ids,
                           WordCache& cache) const {
  if (part.size() > kShort) return merge(part, ids);
  if (cache.append(part, ids)) return;
  const auto from = ids.size();
  merge(part, ids);
  cache.keep(part, ids, from);
}

/// Whether two characters side by side could end up in one piece, or wait for each other.
bool BpeModel::may_meet(std::string_view before, std::string_view after) const {
  const auto pair = pair_of(code_point(before, 0).value, code_point(after, 0).value);
  return neighbours_.contains(pair) || find(before) < 0 || find(after) < 0;
}

void BpeModel::encode(std::string_view word, std::vector<int32_t>& ids, WordCache& cache) const {
  if (options_.ignore_merges) {
    if (const auto whole = find(word); whole >= 0) return ids.push_back(whole);
  }
  if (word.size() <= kShort) return encode_part(word, ids, cache);
  size_t from = 0;
  auto before = word.substr(0, code_point(word, 0).length);
  for (size_t at = before.size(); at < word.size();) {
    const auto after = word.substr(at, code_point(word, at).length);
    if (!may_meet(before, after)) {
      encode_part(word.substr(from, at - from), ids, cache);
      from = at;
    }
    before = after;
    at += after.size();
  }
  encode_part(word.substr(from), ids, cache);
}

}  // namespace ww
