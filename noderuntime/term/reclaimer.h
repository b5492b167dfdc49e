// Gives back large memory in small steps. To free a gigabyte takes the system a tenth of a second or more, and a heap can
// own millions of objects elsewhere; both would stop the loop. What is freed waits here and is worked off between the
// time slices of processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "noderuntime/term/heap.h"

namespace noderuntime {

// One for the program. Loop thread only. Whoever runs a loop calls start(), then work() until done() before each time
// that it waits, and finish() at its end. Without start() everything is freed at once.
//
// What waits stays in held_memory.used(), but not in what is_over_bound() looks at. A large allocation that finds no
// room first frees the blocks that wait.
class Reclaimer {
 public:
  // Blocks of at least this many bytes wait: those that have a mapping of their own. malloc() keeps smaller ones, except
  // those of large heaps, so that it need not give them back later all at once.
  static constexpr std::size_t large = mapped_block_bytes, large_in_heap = std::size_t{128} << 10;
  // What Heap::clear() does before the rest of the heap waits: about 4000 outside objects, 4 MiB, or one chunk.
  static constexpr std::int64_t steps_at_once = std::int64_t{1} << 16;
  // Costs in steps: of an outside object with its counted bytes, of a chunk; how many bytes of touched memory are freed
  // in a step.
  static constexpr std::int64_t object_steps = 16, chunk_steps = 8;
  static constexpr std::size_t bytes_per_step = 64;

  Reclaimer() = default;
  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;
  ~Reclaimer() { finish(); }

  void start() { runs_ = true; }
  void finish();  // frees what waits
  bool runs() const { return runs_; }
  bool done() const { return !blocks_ && heaps_.empty(); }
  // Frees for about so many steps, seldom 0.3 ms longer. True: nothing is left. Runs destructors of MagicObjects.
  bool work(std::int64_t steps);

  // Takes a block over, which held_memory counts and which is not small.
  void take(void* memory, std::size_t bytes) noexcept;
  // Takes what `heap` holds over. `bytes`: about what its chunks take.
  void take(Heap&& heap, std::size_t bytes) noexcept;
  void free_blocks() noexcept;  // all at once; runs no destructors

 private:
  // Stands at the start of the block.
  struct Block {
    Block* next;
    std::size_t bytes;  // from its start on, that are not yet given back
    std::size_t whole;  // bytes of the block
  };
  struct Waiting {
    Heap heap;
    std::size_t bytes;
  };
  std::size_t free_piece();  // its bytes
  std::size_t free_first_block();

  bool runs_ = false;
  Block* blocks_ = nullptr;
  std::vector<Waiting> heaps_;
};

inline Reclaimer reclaimer;

}  // namespace noderuntime
