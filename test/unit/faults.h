// Allocations that fail on purpose: of terms and tables (held_memory) and of everything else (operator new).
#pragma once

#include <cstddef>

#include "noderuntime/term/memory.h"

namespace noderuntime::test {

// While it lives, the allocation with this number (from 1) fails, once. Loop thread only.
class Fault {
 public:
  enum class Of { terms, anything_else };
  Fault(Of kind, std::size_t number);
  ~Fault();
  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;

  bool happened() const;  // so many allocations were made

 private:
  Of kind_;
};

// While it lives no allocation fails: for what the test itself does meanwhile.
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
