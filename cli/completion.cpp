// completion.cpp: what shells complete and the manual page, from the tables that --help reads.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.hpp"
#include "cli/command_names.hpp"
#include "cli/commands.hpp"
#include "models/encoding.hpp"
#include "plots/figures.hpp"
#include "tasks/presets.hpp"
#include "tasks/task.hpp"

namespace ww {

namespace {

template <typename Rows>
std::vector<std::string> names_of(const Rows& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.emplace_back(row.name);
  return names;
}

/// The values that an option can take, where they are names; empty where they are not.
std::vector<std::string> values_of(const std::string& option) {
  if (option == "--task" || option == "--tasks") return names_of(tasks());
  if (option == "--encoding" || option == "--encodings") return names_of(encodings());
  if (option == "--preset") {
    const auto names = preset_names();
    return {names.begin(), names.end()};
  }
  if (option == "--figure") return names_of(figures());
  if (option == "--device") return {"auto", "cpu", "cuda"};
  if (option == "--bos") return {"auto", "yes", "no"};
  if (option == "--split") return {"train", "val", "test"};
  return {};
}

/// Commands whose first word is a task's name.
bool takes_task(const CLI::App& command) {
  const auto positional = [](const CLI::Option* option) { return option->get_positional(); };
  for (const auto* const option : command.get_options(positional)) {
    if (option->get_name(true) == "task") return true;
  }
  return false;
}

std::vector<std::string> first_words(const CLI::App& app, const CLI::App& command) {
  if (command.get_name() == "help") return command_names(app);
  if (command.get_name() == "completion") return {"bash", "zsh"};
  return takes_task(command) ? names_of(tasks()) : std::vector<std::string>();
}

/// The words of one command, as a case of the shell's: by the word before, else options.
std::string command_case(const CLI::App& app, const CLI::App& command) {
  std::string text = fmt::format("    {})\n      case $previous in\n", command.get_name());
  for (const auto& option : option_names(command)) {
    const auto values = values_of(option);
    if (!values.empty()) {
      text += fmt::format("        {}) words='{}' ;;\n", option, fmt::join(values, " "));
    }
  }
  const auto first = first_words(app, command);
  return text + fmt::format("        *) words='{}'; first='{}' ;;\n      esac ;;\n",
                            fmt::join(option_names(command), " "),
                            fmt::join(first, " "));
}

/// Finds `words` and `first` for $command and $previous: the same in both shells.
std::string table(const CLI::App& app) {
  std::string text = "  case $command in\n";
  for (const auto* const command : app.get_subcommands(nullptr)) {
    text += command_case(app, *command);
  }
  return text + fmt::format("    *) first='{}'; words='--help --version' ;;\n  esac\n",
                            fmt::join(command_names(app), " "));
}

std::string bash_script(const CLI::App& app) {
  return "# bash completion of whatwhere; made by `whatwhere completion bash`\n"
         "_whatwhere() {\n"
         "  local command= words= first= previous=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local current=${COMP_WORDS[COMP_CWORD]}\n"
         "  if [ \"$COMP_CWORD\" -gt 1 ]; then command=${COMP_WORDS[1]}; fi\n" +
         table(app) +
         "  case $current in -*) ;; *) if [ -n \"$first\" ]; then words=$first; fi ;; esac\n"
         "  case $current in -*) ;; *) case $words in --*) words= ;; esac ;; esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -o default -F _whatwhere whatwhere\n";
}

std::string zsh_script(const CLI::App& app) {
  return "#compdef whatwhere\n"
         "# zsh completion of whatwhere; made by `whatwhere completion zsh`\n"
         "_whatwhere() {\n"
         "  local command= words_= first= previous=${words[CURRENT-1]} current=${words[CURRENT]}\n"
         "  local chosen=${words[2]}\n"
         "  if (( CURRENT > 2 )); then command=$chosen; fi\n"
         "  local -a candidates\n"
         "  () {\n  local words=\n" +
         table(app) +
         "  words_=$words\n  }\n"
         "  if [[ $current != -* && -n $first ]]; then words_=$first; fi\n"
         "  if [[ $current != -* && $words_ == --* ]]; then _files; return; fi\n"
         "  candidates=(${=words_})\n"
         "  compadd -a candidates\n"
         "  if [[ $current != -* ]]; then _files; fi\n"
         "}\n"
         "if [ \"$funcstack[1]\" = _whatwhere ]; then _whatwhere \"$@\"; else\n"
         "  compdef _whatwhere whatwhere\nfi\n";
}

/// Text of a manual page: no line of it may be taken for a request.
std::string roff(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool begins = i == 0 || text[i - 1] == '\n';
    if (begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\n') out += "\n.br";
    out += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
  }
  return out;
}

std::string manual(const CLI::App& app) {
  auto page = fmt::format(
      ".TH WHATWHERE 1 \"\" \"whatwhere {}\"\n.SH NAME\nwhatwhere \\- {}\n.SH SYNOPSIS\n"
      ".B whatwhere\n.I COMMAND\n[\\fIOPTIONS\\fR]\n.SH COMMANDS\n",
      WW_VERSION,
      roff(app.get_description()));
  for (const auto* const command : app.get_subcommands(nullptr)) {
    page +=
        fmt::format(".SS {}\n{}\n", roff(command->get_name()), roff(command->get_description()));
    for (const auto* const option : options_of(*command)) {
      const auto positional = option->get_positional();
      page += fmt::format(".TP\n.B {}\n{}\n",
                          roff(option->get_name(positional, !positional)),
                          roff(option->get_description()));
    }
  }
  return page +
         ".SH EXIT STATUS\n0: done. 1: a fault that is none of the input. 2: the input is wrong.\n";
}

}  // namespace

void add_completion(CLI::App& app) {
  const auto shell = std::make_shared<std::string>();
  auto* command = app.add_subcommand("completion", "Completion for a shell, as a script");
  command->add_option("shell", *shell, "bash or zsh")->required()->type_name("SHELL");
  command->callback([&app, shell] {
    check(*shell == "bash" || *shell == "zsh",
          "no completion for the shell '{}'; there are: bash, zsh",
          *shell);
    fmt::print("{}", *shell == "bash" ? bash_script(app) : zsh_script(app));
  });
}

void add_manual(CLI::App& app) {
  app.add_subcommand("manual", "The manual page, in the form that `man` reads")->callback([&app] {
    fmt::print("{}", manual(app));
  });
}

}  // namespace ww
