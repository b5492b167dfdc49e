// Captures what a function or a command line writes to standard output and standard error.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "noderuntime/command/command_line.h"

namespace noderuntime::command::test {

// Redirects a standard stream to a file, until this object is destroyed.
class Captured {
 public:
  explicit Captured(std::FILE* stream)
      : stream_{stream}, file_{std::tmpfile()}, before_{(std::fflush(stream), dup(fileno(stream)))} {
    dup2(fileno(file_), fileno(stream_));
  }
  ~Captured() {
    std::fflush(stream_);
    dup2(before_, fileno(stream_));
    close(before_);
    std::fclose(file_);
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  std::string text() {
    std::fflush(stream_);
    std::rewind(file_);
    std::string all;
    for (char buffer[4096]; std::size_t count = std::fread(buffer, 1, sizeof buffer, file_);)
      all.append(buffer, count);
    return all;
  }

 private:
  std::FILE* stream_;
  std::FILE* file_;
  int before_;
};

struct Ran {
  int status;
  std::string output, errors;
};

// Runs `what`, which returns an exit status.
template <class What>
Ran run(What what) {
  Captured output{stdout}, errors{stderr};
  int status = what();
  return {status, output.text(), errors.text()};
}

// Runs `noderuntime WORDS…`.
inline Ran type(std::vector<std::string> words) {
  words.insert(words.begin(), "noderuntime");
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  return run([&] { return run_command_line(static_cast<int>(pointers.size()), pointers.data()); });
}

}  // namespace noderuntime::command::test
