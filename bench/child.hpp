// child.hpp: a program beside this one that answers each line with a line.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/check.hpp"

namespace ww::bench {

class Child {
 public:
  /// Starts words[0] with the others; `name` stands for it in refusals.
  Child(const std::vector<std::string>& words, std::string name) : name_(std::move(name)) {
    int to[2], from[2];
    check(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0, "cannot make pipes");
    process_ = fork();
    if (process_ == 0) run(words, to[0], from[1]);
    close(to[0]);
    close(from[1]);
    in_ = fdopen(to[1], "w");
    out_ = fdopen(from[0], "r");
  }
  ~Child() {
    std::fclose(in_);
    std::fclose(out_);
    waitpid(process_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  std::string ask(const std::string& line) {
    fmt::print(in_, "{}\n", line);
    std::fflush(in_);
    return read();
  }
  /// Throws InputError where the program has ended.
  std::string read() {
    std::string answer;
    for (int c = 0; (c = std::fgetc(out_)) != EOF && c != '\n';) {
      answer.push_back(static_cast<char>(c));
    }
    check(!answer.empty(), "{} ended; run it by hand to see why", name_);
    return answer;
  }

 private:
  [[noreturn]] static void run(const std::vector<std::string>& words, int in, int out) {
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }

  std::string name_;
  pid_t process_ = 0;
  FILE *in_ = nullptr, *out_ = nullptr;
};

}  // namespace ww::bench
