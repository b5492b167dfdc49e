// Starts another program.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/net/loop.h"
#include "noderuntime/result.h"

namespace noderuntime::net {

// A program in a session of its own, with /dev/null as input and outputs. It goes on when this is dropped;
// then nobody learns how it ended.
class ChildProcess {
 public:
  // `exited` gets the exit status, or 128 + the signal that killed it.
  static Result<std::unique_ptr<ChildProcess>> start(Loop& loop, const std::string& program,
                                                     const std::vector<std::string>& arguments,
                                                     std::function<void(int)> exited);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

 private:
  explicit ChildProcess(std::function<void(int)> exited) : exited_{std::move(exited)} {}
  std::function<void(int)> exited_;
  Handle<uv_process_s> handle_;
};

// The file of a program: in lib/noderuntime of our own prefix, beside our own executable, else in PATH.
Result<std::string> find_program(const std::string& name);

}  // namespace noderuntime::net
