// The names that processes of this node are registered under (erlang:register/2).
#pragma once

#include <cstdint>
#include <vector>

#include "noderuntime/process/process_table.h"

namespace noderuntime {

// A process has at most one name; its Relations hold it too.
//
// Owned by Processes, and lives as long. Loop thread only.
class RegisteredNames {
 public:
  explicit RegisteredNames(const ProcessTable& table) : table_{table} {}

  // False: one of them is registered already, or the name is `undefined`. Throws HeapLimitExceeded.
  bool register_name(Atom name, Process& process);
  bool unregister_name(Atom name);
  Process* whereis(Atom name) const;  // null: not registered
  std::vector<Atom> registered() const;

  void forget(const Relations& relations);  // of a process that ends

 private:
  const ProcessTable& table_;
  HeldMap<Atom, std::uint32_t> slots_;
};

}  // namespace noderuntime
