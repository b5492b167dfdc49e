// Signals of the operating system, delivered on the loop thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "common/net/loop.h"

namespace noderuntime::net {

// Calls back with the signal's number as long as this object exists. Does not keep the loop running.
class Signals {
 public:
  Signals(Loop& loop, const std::vector<int>& numbers, std::function<void(int)> callback);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  std::function<void(int)> callback_;
  std::vector<Handle<uv_signal_s>> handles_;
};

// Makes a write to a closed connection, or to a file that has reached its size limit (ulimit -f), an error
// instead of a signal that ends the program.
void ignore_write_signals();

}  // namespace noderuntime::net
