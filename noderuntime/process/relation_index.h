// Links, monitors and aliases of processes: adds and removes them, and finds the processes that have them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "noderuntime/process/options.h"
#include "noderuntime/process/process_table.h"

namespace noderuntime {

// The rows themselves lie in the Relations of each process. This index finds them from the other side: by
// alias, by the reference of a monitor on a name, and by the node of the other process. It sends no signals.
//
// Owned by Processes, and lives as long. Loop thread only. Whatever adds rows throws HeapLimitExceeded or
// std::bad_alloc; the rest does not throw.
class RelationIndex {
 public:
  using Links = decltype(Relations::links);

  RelationIndex(const ThisNode& node, const ProcessTable& table) : node_{node}, table_{table} {}

  // --- of the process itself

  void add_alias(Process& process, const Reference& reference, const Relations::Alias& alias);
  void drop_alias(Process& process, const Reference& reference);
  Process* of_alias(const Reference& reference) const;  // null: not active
  // Notes that `from` monitors `target` on `node`.
  void add_monitor(Process& from, const Reference& reference, const PidOrName& target, Atom node,
                   const MonitorOptions& options);

  // --- set up by other processes, here or on other nodes

  void add_monitored_by(Process& process, const Reference& reference, Relations::MonitoredBy watcher);
  void remove_monitored_by(Process& process, const Reference& reference);
  // The process with this monitor on its name. It may have lost the name since.
  Process* watched_by_name(const Reference& reference) const;
  void add_link_of(Process& process, const Pid& other);
  void remove_link(Process& process, Links::iterator link);
  // For callers that take the row out of the relations themselves.
  void note_removed(Relations& relations, const Pid& other, const Relations::LinkState& link);
  void note_removed(Relations& relations, const Reference& reference, const Relations::MonitoredBy& watcher);

  // --- by node

  // An era ends when a node is lost: what was set up in it with that node is lost, and what comes later is not.
  struct Loss {
    Atom node;
    std::uint32_t last_era = 0;
    HeldSet<std::uint32_t> slots;  // of processes that may be related to processes there

    bool has(Atom other, std::uint32_t era) const { return other == node && era <= last_era; }
  };
  std::uint32_t era() const { return era_; }
  // Ends the era, because the node is lost.
  Loss lose(Atom node);
  // Whether a row of this era is one that the keepers of a Loss have not come to yet.
  bool is_lost(Atom node, std::uint32_t era) const { return !losses_.empty() && is_in_a_loss(node, era); }
  void keep(const Loss& loss) { losses_.push_back(&loss); }  // throws std::bad_alloc
  void drop(const Loss& loss) { std::erase(losses_, &loss); }

  // Notes that the process may be related to a process there.
  void relate(Process& process, Atom node);
  void forget_node(Atom node);                  // if nothing is related to it any more
  std::size_t rows_set_up_by(Atom node) const;  // links and monitors
  // How much of each kind is indexed.
  struct Counts {
    std::size_t aliases, monitors_by_name, nodes;  // nodes: those whose processes are related to ours
  };
  Counts counts() const { return {aliases_.size(), monitored_by_name_.size(), remote_.size()}; }

  void forget(Process& process);  // which ends

 private:
  // What this node's processes have to do with those of another node.
  struct Remote {
    HeldSet<std::uint32_t> slots;  // of processes that may be related to processes there
    std::size_t rows = 0;          // links and monitors that processes there set up
  };
  void count_row_of(Atom node, Relations& relations, bool more);
  bool is_in_a_loss(Atom node, std::uint32_t era) const;

  const ThisNode& node_;
  const ProcessTable& table_;
  HeldMap<Reference, std::uint32_t> aliases_;            // slot by alias
  HeldMap<Reference, std::uint32_t> monitored_by_name_;  // slot of the watched process, of monitors by name
  std::unordered_map<Atom, Remote> remote_;
  std::uint32_t era_ = 1;
  std::vector<const Loss*> losses_;
};

}  // namespace noderuntime
