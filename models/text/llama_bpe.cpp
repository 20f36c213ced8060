#include "models/text/llama_bpe.hpp"

#include <cstring>
#include <queue>
#include <span>

#include "base/check.hpp"
#include "base/files.hpp"
#include "models/formats/gguf.hpp"

namespace ww {

namespace {

constexpr int32_t kFirstByte = 3, kBytes = 256;

/// Bytes of the code point that starts with `lead`; 1 for what is none.
size_t code_point_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  return byte >= 0xc0 ? 2 : 1;
}

/// A possible merge of the tokens at `left` and its right neighbour, as they were when it was
/// found.
struct Merge {
  float score;
  size_t left, right;
  int32_t left_id, right_id, joined;
  bool operator<(const Merge& other) const {  // the queue's top: best score, then leftmost
    return score != other.score ? score < other.score : left > other.left;
  }
};

/// A list of tokens that shrinks as neighbours merge; -1 marks one that is gone.
struct Chain {
  std::vector<int32_t> id;
  std::vector<size_t> next, previous;

  explicit Chain(std::vector<int32_t> ids)
      : id(std::move(ids)), next(id.size()), previous(id.size()) {
    for (size_t i = 0; i < id.size(); ++i) {
      next[i] = i + 1;
      previous[i] = i - 1;  // wraps for the first, which nothing asks
    }
  }
  size_t end() const { return id.size(); }
  void join(const Merge& merge) {
    id[merge.left] = merge.joined;
    id[merge.right] = -1;
    next[merge.left] = next[merge.right];
    if (next[merge.right] < end()) previous[next[merge.right]] = merge.left;
  }
};

std::string unescape(std::string text) {
  for (size_t at = 0; (at = text.find("\xe2\x96\x81", at)) != std::string::npos;) {
    text.replace(at, 3, " ");
  }
  return text;
}

}  // namespace

LlamaBpe::LlamaBpe(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {
  for (size_t i = 0; i < pieces_.size(); ++i) {
    ids_.emplace(pieces_[i].text, static_cast<int32_t>(i));
  }
}

int32_t LlamaBpe::find(std::string_view text) const {
  const auto found = ids_.find(std::string(text));
  return found == ids_.end() ? -1 : found->second;
}

std::vector<int32_t> LlamaBpe::split(std::string_view text) const {
  const auto spaced = " " + std::string(text);
  std::vector<int32_t> ids;
  for (size_t at = 0; at < spaced.size();) {
    const auto point = spaced.substr(at, code_point_length(spaced[at]));
    at += point.size();
    const auto id = find(point);
    if (id >= 0) {
      ids.push_back(id);
      continue;
    }
    for (const char byte : point) ids.push_back(kFirstByte + static_cast<unsigned char>(byte));
  }
  return ids;
}

std::vector<int32_t> LlamaBpe::encode(std::string_view text) const {
  if (text.empty()) return {};
  Chain chain(split(text));
  std::priority_queue<Merge> merges;
  const auto consider = [&](size_t left) {
    const auto right = chain.next[left];
    if (right >= chain.end()) return;
    const auto a = chain.id[left], b = chain.id[right];
    const auto joined =
        find(pieces_[static_cast<size_t>(a)].text + pieces_[static_cast<size_t>(b)].text);
    if (joined >= 0) {
      merges.push({pieces_[static_cast<size_t>(joined)].score, left, right, a, b, joined});
    }
  };
  for (size_t i = 0; i < chain.end(); ++i) consider(i);
  while (!merges.empty()) {
    const auto merge = merges.top();
    merges.pop();
    if (chain.id[merge.left] != merge.left_id || chain.id[merge.right] != merge.right_id) continue;
    chain.join(merge);
    consider(merge.left);
    if (merge.left > 0) consider(chain.previous[merge.left]);
  }
  std::vector<int32_t> ids;
  for (size_t i = 0; i < chain.end(); i = chain.next[i]) ids.push_back(chain.id[i]);
  return ids;
}

std::string LlamaBpe::decode(const std::vector<int32_t>& ids) const {
  std::string text;
  for (const auto id : ids) {
    check(id >= 0 && id < vocabulary(), "id {} is outside the vocabulary of {}", id, vocabulary());
    if (id >= kFirstByte && id < kFirstByte + kBytes) {
      text.push_back(static_cast<char>(id - kFirstByte));
    } else if (id >= kFirstByte) {
      text += pieces_[static_cast<size_t>(id)].text;
    }
  }
  return text.starts_with(' ') ? text.substr(1) : text;  // the space that encode() put there
}

std::unique_ptr<Tokenizer> read_llama2c_tokenizer(const std::filesystem::path& path) {
  const MappedFile file(path);
  auto rest = file.bytes();
  const auto take = [&](size_t size) {
    check(size <= rest.size(), "{}: is cut off, or no llama2.c tokenizer", path.string());
    const auto taken = rest.first(size);
    rest = rest.subspan(size);
    return taken;
  };
  const auto number = [&]<typename T>(T value) {
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  };
  const auto longest = number(int32_t{});
  std::vector<Piece> pieces;
  while (!rest.empty()) {
    Piece piece;
    piece.score = number(float{});
    const auto length = number(int32_t{});
    check(length >= 0 && length <= longest && piece.score == piece.score,
          "{}: is damaged at piece {}",
          path.string(),
          pieces.size());
    const auto bytes = take(static_cast<size_t>(length));
    piece.text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    pieces.push_back(std::move(piece));
  }
  check(pieces.size() >= kFirstByte + kBytes,
        "{}: has {} pieces, fewer than there are bytes; it is cut off",
        path.string(),
        pieces.size());
  return std::make_unique<LlamaBpe>(std::move(pieces));
}

std::unique_ptr<Tokenizer> read_gguf_tokenizer(const std::filesystem::path& path) {
  const auto file = read_gguf_container(path);
  const auto model = file.metadata.value("tokenizer.ggml.model", std::string("none"));
  check(model == "llama",
        "{}: its tokenizer is '{}'; this program reads: llama; use --ids",
        path.string(),
        model);
  std::vector<Piece> pieces;
  try {
    const auto& texts = file.metadata.at("tokenizer.ggml.tokens");
    const auto& scores = file.metadata.at("tokenizer.ggml.scores");
    check(texts.size() == scores.size() && texts.size() >= kFirstByte + kBytes,
          "{}: its tokenizer has {} pieces and {} scores",
          path.string(),
          texts.size(),
          scores.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      pieces.push_back({unescape(texts[i].get<std::string>()), scores[i].get<float>()});
    }
  } catch (const nlohmann::json::exception&) {
    refuse("{}: its tokenizer is damaged", path.string());
  }
  return std::make_unique<LlamaBpe>(std::move(pieces));
}

std::unique_ptr<Tokenizer> tokenizer_for(const std::filesystem::path& checkpoint,
                                         const std::filesystem::path& file) {
  if (!file.empty()) {
    return is_gguf(file) ? read_gguf_tokenizer(file) : read_llama2c_tokenizer(file);
  }
  if (is_gguf(checkpoint)) return read_gguf_tokenizer(checkpoint);
  const auto folder = checkpoint.parent_path();
  std::vector<std::filesystem::path> found;
  for (const auto* name : {"tok512.bin", "tokenizer.bin"}) {
    const auto candidate = folder / name;
    const bool itself = candidate.filename() == checkpoint.filename();
    if (!itself && std::filesystem::exists(candidate)) found.push_back(candidate);
  }
  check(
      found.size() == 1,
      "{}: {} tokenizer beside it (tok512.bin or tokenizer.bin); name one with --tokenizer, or use "
      "--ids",
      checkpoint.string(),
      found.empty() ? "no" : "more than one");
  return read_llama2c_tokenizer(found.front());
}

}  // namespace ww
