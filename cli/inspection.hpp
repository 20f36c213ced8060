// inspection.hpp: what `inspect` finds in a checkpoint besides its configuration.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "models/load.hpp"
#include "models/text/tokenizer.hpp"

namespace ww {

/// The layers that turn at the same frequencies.
struct LayerTable {
  std::vector<int64_t> layers;
  std::vector<double> theta;  // rad/token
  double factor = 1;          // of cosines and sines
};

/// Every table, in the order of its first layer; layers that turn nothing are in none.
std::vector<LayerTable> frequency_tables(const Decoder& model);

/// The table; of more than eight frequencies eight from the first to the last, unless `all`.
void print_table(const LayerTable& table, bool all);

struct InspectedTokenizer {
  std::unique_ptr<Tokenizer> tokenizer;  // null: none could be read, and the reason
  std::string reason;
  std::vector<std::string> notes;  // where files contradict each other
};

InspectedTokenizer inspected_tokenizer(const std::string& checkpoint);

/// Of a file beside which the same name ends in the other of .bin and .gguf: a sentence where the
/// two say another training length; nothing where they agree or there is one file.
std::string length_contradiction(const std::filesystem::path& checkpoint, const Loaded& loaded);

/// All of it as JSON on standard output.
void print_inspection(const std::string& checkpoint, const Loaded& loaded);

}  // namespace ww
