// Watches very many descriptors. The kernel keeps the set, so a descriptor costs no memory here.
#pragma once

#include <cstdint>
#include <functional>

#include "common/net/descriptor.h"
#include "common/net/descriptor_watcher.h"

namespace noderuntime::net {

// The owner gives each descriptor a key and never uses a key twice, so that an event of a descriptor that
// was closed a moment ago finds no owner. `ready` is called as long as the descriptor is ready
// (level-triggered). Loop thread only.
class DescriptorSet {
 public:
  using Key = std::uint64_t;
  enum class For { reading, writing };

  // `ready` is also called for errors, whichever event is watched.
  DescriptorSet(Loop& loop, std::function<void(Key)> ready);
  ~DescriptorSet();
  DescriptorSet(const DescriptorSet&) = delete;
  DescriptorSet& operator=(const DescriptorSet&) = delete;

  bool add(int descriptor, Key key, For what);  // false: the system refuses
  void change(int descriptor, Key key, For what);
  void remove(int descriptor);  // closing is enough, unless another process has it too

 private:
  void take_events();
  std::function<void(Key)> ready_;
  Descriptor epoll_;
  DescriptorWatcher watch_;
};

}  // namespace noderuntime::net
