// The names that processes of this node are registered under (erlang:register/2).
#pragma once

#include <cstdint>

#include "noderuntime/process/process_table.h"
#include "noderuntime/term/shared_walk.h"

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
  // Calls start() and then visit(Atom) for each name, piece by piece, as visit_in_pieces() (term/shared_walk.h).
  template <class Start, class Visit>
  void visit_all(Start start, Visit visit) const {
    visit_in_pieces([this] { return &slots_; }, start, [&](auto& row) { visit(row.first); });
  }

  void forget(const Relations& relations);  // of a process that ends

 private:
  const ProcessTable& table_;
  HeldMap<Atom, std::uint32_t> slots_;
};

}  // namespace noderuntime
