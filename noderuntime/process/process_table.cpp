#include "noderuntime/process/process_table.h"

#include <algorithm>
#include <utility>

namespace noderuntime {

namespace {

// A freed slot is reused only after this many others have been freed after it.
constexpr std::size_t slots_kept_free = 32768;

}  // namespace

std::vector<Term> ProcessTable::all() const {
  std::vector<Term> pids;
  for_each([&](const Process& process) { pids.push_back(process.self()); });
  return pids;
}

void ProcessTable::apply(const Settings& settings, Process& process) {
  using Priority = Process::Priority;
  process.set(settings);
  process.priority = settings.priority == atoms::low    ? Priority::low
                     : settings.priority == atoms::high ? Priority::high
                     : settings.priority == atoms::max  ? Priority::max
                                                        : Priority::normal;
  process.heap.set_limit(std::min(settings.heap_words(), limits_.heap_words));
}

Process* ProcessTable::add() {
  std::unique_ptr<Process> fresh;
  bool has_slot = has_memory_for([&] {
    fresh = std::make_unique<Process>();
    bool reuses = free_count_ > slots_kept_free || (slots_.size() >= limits_.processes && free_count_ > 0);
    if (!reuses && slots_.size() < limits_.processes) {
      slots_.emplace_back();
      fresh->slot_ = static_cast<std::uint32_t>(slots_.size() - 1);
    } else if (reuses) {
      fresh->slot_ = first_free_;
      first_free_ = std::exchange(slots_[first_free_].next_free, no_slot);
      if (--free_count_ == 0) last_free_ = no_slot;
    } else {
      fresh.reset();
    }
  });
  if (!has_slot || !fresh) return nullptr;
  auto& slot = slots_[fresh->slot_];
  fresh->serial_ = slot.serial++;
  slot.process = std::move(fresh);
  ++count_, ++started_;
  for (auto* census : censuses_) census->starts(slot.process->slot());
  return slot.process.get();
}

void ProcessTable::hide(Process& process) {
  for (auto* census : censuses_) census->ends(process);
  process.state_ = Process::State::exiting;
  --count_;
}

ProcessTable::Census::Census(ProcessTable& table) : table_{table}, end_{table.slots_.size()} {
  table_.censuses_.push_back(this);
}

ProcessTable::Census::~Census() { std::erase(table_.censuses_, this); }

void ProcessTable::release(Process& process) {
  std::uint32_t slot = process.slot();
  slots_[slot].process.reset();
  (last_free_ == no_slot ? first_free_ : slots_[last_free_].next_free) = slot;
  last_free_ = slot;
  ++free_count_;
}

}  // namespace noderuntime
