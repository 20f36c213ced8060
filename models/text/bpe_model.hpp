// bpe_model.hpp: a word to pieces by ranked merges (byte pair encoding; Sennrich, Haddow and Birch,
// arXiv 1508.07909): of all neighbours that have a merge, the one of the lowest rank joins,
// leftmost on ties, until none has.
//
// A word of n characters costs n log n. One longer than kShort is first cut between characters that
// no merged piece holds side by side, where no merge can ever cross, so that its parts are words
// that the cache may know.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "models/text/merging.hpp"

namespace ww {

/// Lets a map of strings be asked with a view.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using IdOfText = std::unordered_map<std::string, int32_t, TextHash, std::equal_to<>>;

struct BpeOptions {
  std::string unknown{};       // the piece for what is no piece; empty: such characters vanish
  bool byte_fallback = false;  // their bytes instead, where <0x00> .. <0xFF> are pieces
  bool fuse_unknown = false;   // one unknown piece for a run of them
  bool ignore_merges = false;  // a word that is a piece stays whole
};

/// The ids of short words that were met before; one for each text that is encoded.
class WordCache {
 public:
  /// Appends the word's ids; false where it is not known.
  bool append(std::string_view word, std::vector<int32_t>& ids) const;
  /// Keeps the ids that `ids` has from `from` on.
  void keep(std::string_view word, const std::vector<int32_t>& ids, size_t from);

 private:
  struct Slice {
    size_t begin, size;
  };
  std::unordered_map<std::string, Slice, TextHash, std::equal_to<>> slices_;
  std::vector<int32_t> ids_;
};

class BpeModel {
 public:
  /// Ranks may be shared.
  struct NamedMerge {
    std::string_view left, right;
    uint32_t rank;
  };

  /// Throws InputError that names `file` where two pieces share an id, and for a merge of what is
  /// no piece or into none.
  BpeModel(IdOfText pieces,
           const std::vector<NamedMerge>& merges,
           BpeOptions options,
           std::string file);
  BpeModel(BpeModel&&) = default;  // a copy's texts would be this one's

  /// Appends the ids of a word. Throws InputError where the unknown piece is needed and missing.
  void encode(std::string_view word, std::vector<int32_t>& ids, WordCache& cache) const;

  /// -1 where there is none.
  int32_t find(std::string_view text) const;
  /// nullptr where there is none.
  const std::string* piece(int32_t id) const;
  size_t size() const { return pieces_.size(); }
  int32_t largest_id() const { return largest_; }

 private:
  void encode_part(std::string_view part, std::vector<int32_t>& ids, WordCache& cache) const;
  void merge(std::string_view part, std::vector<int32_t>& ids) const;
  std::vector<int32_t> characters(std::string_view part) const;
  bool append_bytes(std::string_view character, std::vector<int32_t>& ids) const;
  int32_t unknown() const;
  void note_neighbours(std::string_view piece);
  bool may_meet(std::string_view before, std::string_view after) const;

  IdOfText pieces_;
  std::unordered_map<int32_t, const std::string*> texts_;  // the keys of pieces_
  std::unordered_map<uint64_t, Joined> joins_;             // by (left id, right id)
  std::unordered_set<uint64_t> neighbours_;                // code points within a merged piece
  std::vector<int32_t> bytes_;                             // <0x00> .. <0xFF>, -1: none
  BpeOptions options_;
  std::string file_;
  int32_t largest_ = -1;
};

}  // namespace ww
