// The table of processes: finds a process by its pid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_set>
#include <vector>

#include "noderuntime/process/process.h"
#include "noderuntime/process/this_node.h"

namespace noderuntime {

// A pid of this node is a slot of this table and a serial, which distinguishes the processes that use the
// slot one after the other.
//
// Owned by Processes, and lives as long. Loop thread only. The table owns the processes: a Process* that it
// returns is valid until processes run or end, so whoever keeps one for longer keeps its pid instead.
class ProcessTable {
 public:
  struct Limits {
    std::uint32_t processes;
    std::size_t heap_words;  // of a process without a limit of its own
  };
  ProcessTable(const ThisNode& node, Limits limits) : node_{node}, limits_{limits} {}

  Process* find(Term local_pid) const;  // null: dead
  Process* find(const Pid& pid) const;  // null: dead, or of another node or incarnation
  Pid pid_of(const Process& process) const { return {node_.identity(), process.slot(), process.serial()}; }
  std::size_t count() const { return count_; }
  std::uint64_t started() const { return started_; }  // all that there have been
  std::vector<Term> all() const;
  // Calls `visit` with each process that has not ended.
  template <class Visit>
  void for_each(Visit visit) const;

  // The same with processes that have ended and are not destroyed yet.
  template <class Visit>
  void for_each_slot(Visit visit) const {
    for (auto& slot : slots_)
      if (slot.process) visit(*slot.process);
  }

  class Census;

  const Limits& limits() const { return limits_; }
  void apply(const Settings& settings, Process& process);

  // --- for the other parts of Processes

  Process* add();  // null: all slots are in use, or memory is short
  // The process in a slot that some index noted. It may be ending.
  Process* in_slot(std::uint32_t slot) const { return slots_[slot].process.get(); }
  // From now on the process is not found and not counted.
  void hide(Process& process);
  // Destroys the process. A slot is reused as late as possible, with the next serial.
  void release(Process& process);

 private:
  static constexpr std::uint32_t no_slot = 0xFFFFFFFF;
  struct Slot {
    std::unique_ptr<Process> process;
    std::uint32_t serial = 0;
    std::uint32_t next_free = no_slot;
  };
  static bool is_alive(const Process& process) { return process.state_ != Process::State::exiting; }

  const ThisNode& node_;
  Limits limits_;
  std::vector<Slot, HeldAllocator<Slot>> slots_;
  std::uint32_t first_free_ = no_slot, last_free_ = no_slot;  // first freed, first reused
  std::size_t free_count_ = 0;
  std::size_t count_ = 0;
  std::uint64_t started_ = 0;
  std::vector<Census*> censuses_;  // that have not ended
};

// The processes that existed at one moment, told piece by piece while processes start and end. The table must outlive
// it. Loop thread only.
class ProcessTable::Census {
 public:
  explicit Census(ProcessTable& table);
  ~Census();
  Census(const Census&) = delete;
  Census& operator=(const Census&) = delete;

  // Calls visit(Term pid) for the processes in the next slots. False: none are left. Those that have ended
  // since the beginning come last.
  template <class Visit>
  bool next(std::size_t slots, Visit visit);

 private:
  friend class ProcessTable;
  bool is_ahead(const Process& process) const {
    return process.slot() >= next_ && process.slot() < end_ && !born_.contains(process.slot());
  }
  void starts(std::uint32_t slot) {
    if (slot >= next_ && slot < end_) born_.insert(slot);
  }
  void ends(const Process& process) {
    if (is_ahead(process)) ended_.push_back(process.self());
  }

  ProcessTable& table_;
  std::size_t next_ = 0, end_;  // slots that are still to be visited
  std::unordered_set<std::uint32_t>
      born_;  // those of them that hold a process which started since the beginning
  std::vector<Term, HeldAllocator<Term>> ended_;
};

// Defined here because each message to a pid comes this way.
inline Process* ProcessTable::find(Term pid) const {
  if (!pid.is_local_pid() || pid_slot(pid) >= slots_.size()) return nullptr;
  Process* process = slots_[pid_slot(pid)].process.get();
  return process && process->serial() == pid_serial(pid) && is_alive(*process) ? process : nullptr;
}

inline Process* ProcessTable::find(const Pid& pid) const {
  return node_.owns(pid) ? find(local_pid(pid.id, pid.serial)) : nullptr;
}

template <class Visit>
bool ProcessTable::Census::next(std::size_t slots, Visit visit) {
  for (; slots > 0 && next_ < end_; --slots, ++next_) {
    auto* process = table_.slots_[next_].process.get();
    if (process && is_alive(*process) && is_ahead(*process)) visit(process->self());
  }
  for (; slots > 0 && !ended_.empty(); --slots) {
    visit(ended_.back());
    ended_.pop_back();
  }
  return next_ < end_ || !ended_.empty();
}

template <class Visit>
void ProcessTable::for_each(Visit visit) const {
  for (auto& slot : slots_)
    if (slot.process && is_alive(*slot.process)) visit(*slot.process);
}

}  // namespace noderuntime
