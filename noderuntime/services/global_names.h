// The names of `global` as this node knows them, each with its process until that ends.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "common/entropy/keyed_hash.h"
#include "noderuntime/process/signal_router.h"

namespace noderuntime {

// `self` is the process that monitors the named processes. Returned terms lie on the heap passed in, or are
// valid until the next change.
class GlobalNames {
 public:
  GlobalNames(const ThisNode& node, SignalRouter& signals) : node_{node}, signals_{signals} {}

  std::optional<Term> row(Term name) const;  // {Name, Pid, ResolveFun}
  std::optional<Term> pid(Term name) const;
  Term rows(Heap& heap) const;
  Term names(Heap& heap) const;
  Term names_of(Heap& heap, Term pid) const;
  // {Name, Pid, Node} of processes on nodes that are not members, such as C nodes; Node registered them.
  Term externals(Heap& heap) const;

  void insert(Process& self, Term row, std::optional<Atom> registered_by = std::nullopt);
  void erase(Process& self, Term name);
  void process_ended(Term reference);  // `reference`: of one of its monitors
  void node_down(Process& self, Atom node);

 private:
  struct Entry {
    OwnedTerm row;
    std::optional<Reference> monitor;
    std::optional<Atom> registered_by;  // of an external process
  };
  const ThisNode& node_;
  SignalRouter& signals_;
  std::unordered_map<std::string, Entry, keyed_hash::OfText> entries_;  // by the text of the name
};

}  // namespace noderuntime
