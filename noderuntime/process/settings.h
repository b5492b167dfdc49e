// What a process is told with process_flag/2 or was spawned with. All of it is kept and told; only the bound
// of the heap has an effect here.
#pragma once

#include <optional>

#include "noderuntime/term/heap.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

struct Settings {
  struct MaxHeap {
    std::int64_t words = 0;  // 0: none
    bool kill = true, error_logger = true, include_shared_binaries = false;
  };
  Atom priority = atoms::normal;
  Atom message_queue_data = atoms::on_heap;
  Atom error_handler = atoms::error_handler;
  bool sensitive = false, async_dist = false;
  std::int64_t fullsweep_after = 65'535;
  std::int64_t min_heap_size = 233;
  std::int64_t min_bin_vheap_size = 46'422;
  std::int64_t save_calls = 0;
  std::int64_t scheduler = 0;
  MaxHeap max_heap;

  // The words that its heap may have; Heap::unlimited: any number.
  std::size_t heap_words() const;
};

// Settings that spawn_opt/2 takes and process_flag/2 too. False: no such one, or a value that it cannot have.
bool set_spawn_option(Settings& settings, Atom name, Term value);
// Those and the others of process_flag/2, without trap_exit.
bool set_process_flag(Settings& settings, Atom name, Term value);
// The value as process_flag/2 and process_info/2 tell it; nullopt: no such setting.
std::optional<Term> setting(Heap& heap, const Settings& settings, Atom name);
Term max_heap_term(Heap& heap, const Settings::MaxHeap& bound);

}  // namespace noderuntime
