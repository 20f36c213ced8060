// tokenizer_json.hpp: Hugging Face's tokenizer.json, and the parts of it that other files share.
#pragma once

#include "models/text/bpe_tokenizer.hpp"

namespace ww {

/// A tokenizer.json whose model is BPE. What begins a text is what its post-processor puts there;
/// `bos_token` of a tokenizer_config.json (or special_tokens_map.json) beside it names a piece that
/// `--bos yes` may use. Like transformers 5, we leave `add_bos_token` of that file alone. Throws
/// InputError for a damaged file and for parts that we do not do, by name.
std::unique_ptr<Tokenizer> read_tokenizer_json(const std::filesystem::path& path);

/// {"piece": id, ..}
IdOfText read_pieces(const JsonNode& node);
/// Adds a merge that stands as "left right"; its rank is its place. Throws InputError that begins
/// with `where` unless it is two words.
void add_merge(std::string_view text,
               const std::string& where,
               std::vector<BpeModel::NamedMerge>& merges);
/// Added tokens in the order of their file. Hugging Face gives each the id of the piece that is
/// spelled like it, else the next that is free; one that says otherwise would mean one thing here
/// and another there, and is refused.
AddedTokens place_added(std::vector<AddedToken> tokens,
                        const BpeModel& model,
                        const Normaliser& normaliser,
                        const std::string& file);
/// The `bos_token` that a file names, plain or with flags; empty: none.
std::string read_bos_token(const JsonNode& node);
/// The id of an added token or piece, -1 where there is none.
int32_t id_of(const std::string& text, const AddedTokens& added, const BpeModel& model);

}  // namespace ww
