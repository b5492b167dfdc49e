// Starts another program.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <noderuntime/result.h>
#include "common/net/loop.h"

namespace noderuntime::net {

// A program in a session of its own, with /dev/null as input and outputs. It continues when this object is
// destroyed; its exit is then not reported. Loop thread only.
class ChildProcess {
 public:
  // `exited` receives the exit status, or 128 + the number of the signal that killed it.
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

// The path of a program: in lib/noderuntime of this program's prefix, beside its own
// executable, else in PATH.
Result<std::string> find_program(const std::string& name);

}  // namespace noderuntime::net
