// Starts another program.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <noderuntime/result.h>
#include "common/net/loop.h"

namespace noderuntime::net {

// A program in a session of its own. It continues when this object is destroyed; its exit is then not reported. Loop
// thread only.
class ChildProcess {
 public:
  struct Options {
    // What the program reads as its standard input, from a file without a name: it need not read it, and nothing waits
    // for it. nullopt: /dev/null.
    std::optional<std::string> input{};
    bool shares_errors = false;  // its standard error is ours; otherwise, as its standard output, /dev/null
  };
  // `exited` receives the exit status, or 128 + the number of the signal that killed it.
  static Result<std::unique_ptr<ChildProcess>> start(Loop& loop, const std::string& program,
                                                     const std::vector<std::string>& arguments,
                                                     const Options& options, std::function<void(int)> exited);
  static Result<std::unique_ptr<ChildProcess>> start(Loop& loop, const std::string& program,
                                                     const std::vector<std::string>& arguments,
                                                     std::function<void(int)> exited) {
    return start(loop, program, arguments, {}, std::move(exited));
  }
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Sends a signal to the program and to what it has started, unless that has made a session or a group of its own.
  // From inside `exited` it reaches what is left of them, and later nobody.
  void kill_all(int signal);

 private:
  explicit ChildProcess(std::function<void(int)> exited) : exited_{std::move(exited)} {}
  std::function<void(int)> exited_;
  Handle<uv_process_s> handle_;
  int group_ = 0;  // its process group; 0: it may have ended
};

// The path of a program: in lib/noderuntime of this program's prefix, beside its own
// executable, else in PATH.
Result<std::string> find_program(const std::string& name);

}  // namespace noderuntime::net
