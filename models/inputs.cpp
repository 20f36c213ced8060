#include "models/inputs.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <sstream>

#include "base/check.hpp"
#include "base/philox.hpp"
#include "base/sha256.hpp"
#include "models/text/bos_texts.hpp"
#include "models/text/texts.hpp"

namespace ww {

namespace {

constexpr int64_t kTaskQuestions = 512;

std::string hash_ids(const std::vector<int32_t>& ids) {
  const auto* const bytes = reinterpret_cast<const char*>(ids.data());
  return sha256({bytes, ids.size() * sizeof(int32_t)});
}

/// Cuts a text's ids; each window begins with `bos` where that is not negative.
std::vector<Window> cut(const std::vector<int32_t>& ids, int64_t length, int32_t bos) {
  std::vector<Window> windows;
  const auto room = static_cast<size_t>(bos >= 0 ? length - 1 : length);
  for (size_t from = 0; from < ids.size(); from += room) {
    Window window;
    if (bos >= 0) window.ids.push_back(bos);
    const auto to = std::min(ids.size(), from + room);
    window.ids.insert(window.ids.end(), ids.begin() + from, ids.begin() + to);
    windows.push_back(std::move(window));
  }
  return windows;
}

int64_t window_length(const InputOptions& options, const Loaded& loaded) {
  check(options.window >= 0, "--window must not be negative but got {}", options.window);
  if (options.window > 0) {
    check(options.window >= 2, "--window must be at least 2 tokens but got {}", options.window);
    return options.window;
  }
  const auto trained = loaded.model.config().train_length;
  check(trained != 1, "the model's training length is 1 token; give windows of more with --window");
  return trained > 0 ? trained : int64_t{1} << 30;
}

template <typename T>
void keep_first(std::vector<T>& all, int64_t count) {
  if (count > 0 && static_cast<size_t>(count) < all.size()) all.resize(static_cast<size_t>(count));
}

/// The id that begins windows, -1 for none.
int32_t bos_for(const InputOptions& options, const Tokenizer& tokenizer) {
  check(options.bos != "yes" || tokenizer.bos() >= 0,
        "--bos yes: the tokenizer ({}) names no BOS; use --bos no, or --ids",
        tokenizer.name());
  const bool adds = options.bos == "yes" || (options.bos == "auto" && tokenizer.adds_bos());
  return adds ? tokenizer.bos() : -1;
}

/// A tokenizer may have more pieces than the model, as long as a text does not ask for them (Gemma
/// 3 names its images so).
void check_known(const std::vector<int32_t>& ids, const std::string& name, int64_t vocabulary) {
  for (const auto id : ids) {
    check(id < vocabulary,
          "{}: the tokenizer gives the id {} but the model has {} symbols; name the right one with "
          "--tokenizer",
          name,
          id,
          vocabulary);
  }
}

/// What is done to the body of text `index` before it is encoded.
using Rewrite = std::function<std::string(const std::string& body, size_t index)>;

std::string shuffled(const std::string& body, uint64_t seed, size_t index) {
  std::istringstream parts(body);
  std::vector<std::string> words;
  for (std::string word; parts >> word;) words.push_back(word);
  const auto n = static_cast<int>(words.size());
  std::string text;
  for (const auto i : Draw(seed, index, fnv32("words")).distinct(n, n)) {
    text += (text.empty() ? "" : " ") + words[static_cast<size_t>(i)];
  }
  return text;
}

Inputs from_text(const InputOptions& options,
                 const Loaded& loaded,
                 const std::filesystem::path& checkpoint,
                 const Rewrite& rewrite = {}) {
  const auto tokenizer = tokenizer_for(checkpoint, options.tokenizer);
  const auto bos = bos_for(options, *tokenizer);
  auto [texts, notes] = read_text_file(options.text, {options.whole, options.raw});
  keep_first(texts, options.texts);
  Inputs inputs{{}, bos >= 0, std::move(notes)};
  BosTexts begun;
  const auto length = window_length(options, loaded);
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto& text = texts[i];
    const auto body = rewrite ? rewrite(text.body, i) : text.body;
    auto ids = tokenizer->encode(body);
    if (bos >= 0) begun.take(*tokenizer, body, ids);
    inputs.texts.push_back({text.name, sha256(text.body), cut(ids, length, bos), options.text});
    check_known(ids, inputs.texts.back().where(), loaded.model.config().vocabulary);
  }
  begun.note(*tokenizer, options.text, inputs.notes);
  return inputs;
}

/// A note where the model's own tokenizer begins texts with BOS and the ids do not. A checkpoint
/// may come without a tokenizer.
void note_missing_bos(Inputs& inputs,
                      const std::filesystem::path& checkpoint,
                      const std::string& file) {
  const auto bos = added_bos(checkpoint);
  if (!bos) return;
  size_t windows = 0, without = 0;
  for (const auto& text : inputs.texts) {
    windows += text.windows.size();
    without += std::ranges::count_if(
        text.windows, [&](const Window& window) { return window.ids.front() != *bos; });
  }
  if (without == 0) return;
  inputs.notes.push_back(fmt::format(
      "{}: {} of {} windows do not begin with BOS ({}), as the model's tokenizer has it",
      file,
      without,
      windows,
      *bos));
}

Inputs from_ids(const InputOptions& options,
                const Loaded& loaded,
                const std::filesystem::path& checkpoint) {
  auto texts = read_ids(options.ids, static_cast<int32_t>(loaded.model.config().vocabulary));
  keep_first(texts, options.texts);
  Inputs inputs;
  const auto length = window_length(options, loaded);
  for (size_t i = 0; i < texts.size(); ++i) {
    inputs.texts.push_back({fmt::format("text {}", i + 1),
                            hash_ids(texts[i]),
                            cut(texts[i], length, -1),
                            options.ids});
  }
  if (!loaded.run) note_missing_bos(inputs, checkpoint, options.ids);
  return inputs;
}

Inputs from_task(const InputOptions& options, const Loaded& loaded) {
  check(loaded.run.has_value(), "--task needs a model that whatwhere trained; use --text or --ids");
  check(loaded.run->task == options.task,
        "the model was trained on '{}', not on '{}'",
        loaded.run->task,
        options.task);
  const auto run = resolve(*loaded.run);
  const auto count = options.texts > 0 ? options.texts : kTaskQuestions;
  Inputs inputs;
  for (int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<uint64_t>(i);
    const auto sample = sample_at(*run.task, run.evaluation_stream(Split::val), index);
    const auto& query = sample.queries.front();
    Window window{sample.string, query.answer};
    window.ids.insert(window.ids.end(), query.tokens.begin(), query.tokens.end());
    const auto hash = hash_ids(window.ids);
    inputs.texts.push_back({fmt::format("{} {}", options.task, i), hash, {std::move(window)}});
  }
  return inputs;
}

/// Ids and questions are tokens already.
void check_no_text_options(const InputOptions& options) {
  check(options.tokenizer.empty(), "--tokenizer reads a --text; leave it out");
  check(!options.raw, "--raw is about the texts of a --text; leave it out");
  check(!options.whole, "--whole is about the texts of a --text; leave it out");
  check(options.bos != "yes",
        "--bos yes begins windows of a --text; write the id into the file of --ids");
  check(options.task.empty() || options.window == 0,
        "--window cuts texts; the questions of a --task have their own length");
}

Inputs read_any(const InputOptions& options,
                const Loaded& loaded,
                const std::filesystem::path& checkpoint) {
  if (!options.text.empty()) return from_text(options, loaded, checkpoint);
  check_no_text_options(options);
  if (!options.ids.empty()) return from_ids(options, loaded, checkpoint);
  return from_task(options, loaded);
}

}  // namespace

WindowLengths window_lengths(std::span<const InputText> texts) {
  WindowLengths lengths{std::numeric_limits<int64_t>::max(), 0};
  for (const auto& text : texts) {
    for (const auto& window : text.windows) {
      lengths.shortest = std::min(lengths.shortest, std::ssize(window.ids));
      lengths.longest = std::max(lengths.longest, std::ssize(window.ids));
    }
  }
  lengths.shortest = std::min(lengths.shortest, lengths.longest);  // of no windows both are 0
  return lengths;
}

std::optional<std::string> frequency_note(const Loaded& loaded, const Inputs& inputs) {
  const auto lengths = window_lengths(inputs.texts);
  if (!frequencies_differ(loaded, lengths.shortest, lengths.longest)) return {};
  return fmt::format(
      "frequencies depend on the length of a text and are those of the longest window, {} tokens, "
      "for all; the shortest, {}, would have others alone",
      lengths.longest,
      lengths.shortest);
}

Inputs read_inputs(const InputOptions& options,
                   Loaded& loaded,
                   const std::filesystem::path& checkpoint) {
  check(options.bos == "auto" || options.bos == "yes" || options.bos == "no",
        "--bos must be auto, yes or no but got '{}'",
        options.bos);
  check(options.texts >= 0, "--texts must not be negative but got {}", options.texts);
  auto inputs = read_any(options, loaded, checkpoint);
  inputs.notes.insert(inputs.notes.begin(), loaded.notes.begin(), loaded.notes.end());
  set_text_length(loaded, window_lengths(inputs.texts).longest);
  if (loaded.run && loaded.run->random_positions > 0) {
    inputs.notes.emplace_back(
        "the model was trained at random positions; here they are 0, 1, 2, ..");
  }
  return inputs;
}

Inputs read_shuffled(const InputOptions& options,
                     const Loaded& loaded,
                     const std::filesystem::path& checkpoint,
                     uint64_t seed) {
  check(!options.text.empty(), "words can be shuffled in a --text alone; leave out `words`");
  return from_text(options, loaded, checkpoint, [seed](const std::string& body, size_t index) {
    return shuffled(body, seed, index);
  });
}

}  // namespace ww
