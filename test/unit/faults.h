// Makes allocations fail on purpose: those of terms and tables (held_memory), or all others (operator new).
#pragma once

#include <cstddef>

#include "noderuntime/term/memory.h"

namespace noderuntime::test {

// While this object exists, the allocation with the given number, counted from 1, fails once. Loop thread
// only.
class Fault {
 public:
  enum class Of { terms, anything_else };
  Fault(Of kind, std::size_t number);
  ~Fault();
  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;

  bool happened() const;  // whether the allocation was reached

 private:
  Of kind_;
};

// While this object exists, no allocation fails. For allocations of the test itself.
class NoFault {
 public:
  NoFault();
  ~NoFault();
  NoFault(const NoFault&) = delete;
  NoFault& operator=(const NoFault&) = delete;

 private:
  std::size_t terms_, others_;
};

}  // namespace noderuntime::test
