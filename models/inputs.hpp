// inputs.hpp: what a loaded model is run on: texts, ids or a task's questions, cut into windows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/load.hpp"
#include "models/text/tokenizer.hpp"

namespace ww {

/// Exactly one of text, ids and task is set.
struct InputOptions {
  std::string text, ids, task;  // files; a task's name
  std::string tokenizer;        // file or folder; empty: the checkpoint's own
  bool whole = false;           // the text file is one text
  bool raw = false;             // with its byte-order mark and CR LF; with whole also its ends
  int64_t texts = 0;            // the first so many; 0: all of a file, 512 questions of a task
  int64_t window = 0;           // tokens, BOS included; 0: what the model was trained at
  std::string bos = "auto";     // auto: as the tokenizer does, yes, no

  template <typename Self, typename F>
  static void visit(Self& self, F&& f) {
    f("text", self.text, "UTF-8 file, a blank line between texts; - is standard input");
    f("ids", self.ids, "File of token ids, one text a line; - is standard input");
    f("task", self.task, "Task whose validation questions are asked");
    f("tokenizer",
      self.tokenizer,
      "Tokenizer file or folder; empty: what lies with the checkpoint");
    f("whole", self.whole, "The text file is one text");
    f("raw",
      self.raw,
      "Keep a byte-order mark and CR LF of the text file; with --whole also white space at its "
      "ends");
    f("texts", self.texts, "The first so many texts; 0: all of a file, 512 questions of a task");
    f("window",
      self.window,
      "Tokens of a window, BOS included; 0: the training length, all of a text where that is "
      "unknown");
    f("bos", self.bos, "Begin windows with BOS: auto (as the tokenizer does), yes, no");
  }
};

/// Ids that are run at once, from position 0.
struct Window {
  std::vector<int32_t> ids;
  int32_t answer = -1;  // a task's answer after the last id; -1: the ids predict each other
};

/// One text; the independent unit of all statistics.
struct InputText {
  std::string name, sha256;
  std::vector<Window> windows;
  std::string file = {};  // where it was read; empty: made
  /// For messages: "sonnets.txt: text 3".
  std::string where() const { return file.empty() ? name : file + ": " + name; }
};

struct Inputs {
  std::vector<InputText> texts;
  bool bos_added = false;
  std::vector<std::string> notes = {};  // where they are run as the model would not have them
};

/// Of the windows of some texts, tokens.
struct WindowLengths {
  int64_t shortest = 0, longest = 0;
};
WindowLengths window_lengths(std::span<const InputText> texts);

/// Throws InputError for files that are empty or damaged, ids outside the vocabulary, a model
/// without tokenizer, a task that the model was not trained on, windows of fewer than two
/// tokens, and options that the inputs have no use for. Gives the model the frequencies that it has
/// for the longest window.
Inputs read_inputs(const InputOptions& options,
                   Loaded& loaded,
                   const std::filesystem::path& checkpoint);

/// A note where some of the windows would have other frequencies alone than all have together.
std::optional<std::string> frequency_note(const Loaded& loaded, const Inputs& inputs);

/// The same texts with the words of each, as white space parts them, in random order. Throws
/// InputError where the inputs are no text.
Inputs read_shuffled(const InputOptions& options,
                     const Loaded& loaded,
                     const std::filesystem::path& checkpoint,
                     uint64_t seed);

}  // namespace ww
