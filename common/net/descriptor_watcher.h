// Reports when one descriptor is readable.
#pragma once

#include <functional>

#include "common/net/loop.h"

namespace noderuntime::net {

// Calls back in each turn in which the descriptor is readable, until it is stopped. The descriptor belongs to
// the caller and must outlive this object.
class DescriptorWatcher {
 public:
  DescriptorWatcher(Loop& loop, int descriptor, std::function<void()> readable);
  ~DescriptorWatcher();
  DescriptorWatcher(const DescriptorWatcher&) = delete;
  DescriptorWatcher& operator=(const DescriptorWatcher&) = delete;

  void start();
  void stop();

 private:
  std::function<void()> readable_;
  Handle<uv_poll_s> handle_;
};

}  // namespace noderuntime::net
