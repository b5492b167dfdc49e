// The settings of process_flag/2 and of spawn options. All of them are kept and reported; those with an effect are
// priority, fullsweep_after, min_heap_size, max_heap_size, sensitive, and message_queue_data (on what is counted).
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

  // The limit of the heap in words; Heap::unlimited if there is none.
  std::size_t heap_words() const;
};

// Settings of both spawn_opt/2 and process_flag/2. False: an unknown setting, or a bad value.
bool set_spawn_option(Settings& settings, Atom name, Term value);
// The settings above and the others of process_flag/2, except trap_exit.
bool set_process_flag(Settings& settings, Atom name, Term value);
// The value as process_flag/2 and process_info/2 return it; nullopt: an unknown setting.
std::optional<Term> setting(Heap& heap, const Settings& settings, Atom name);
// The smallest of OTP's heap sizes that is not below `wanted`, in words.
std::int64_t heap_size_from(std::int64_t wanted);
Term max_heap_term(Heap& heap, const Settings::MaxHeap& bound);

}  // namespace noderuntime
