// The memory that processes and peers make the program hold: heaps, stacks, counted binaries, messages,
// arrays of atomics, and the records of processes, links, monitors, aliases, names and timers. One account
// for the whole program; --max-memory bounds it. Loop thread only.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

namespace noderuntime {

// As malloc, but before it returns null it calls the new-handler, as operator new does. `alignment`: a power of two.
void* system_memory(std::size_t bytes) noexcept;
void* system_memory(std::size_t bytes, std::size_t alignment) noexcept;

// Blocks that held_memory does not count. Small ones are those of small_blocks.h; the reclaimer frees large ones. Null:
// the system gives no memory.
void* take_block(std::size_t bytes) noexcept;
void give_block(void* block, std::size_t bytes) noexcept;

// Larger blocks have a mapping of their own. It grows without being copied, and is given back when it is freed; blocks of
// malloc() do so only if they happen to lie in one.
inline constexpr std::size_t mapped_block_bytes = std::size_t{8} << 20;
// For the reclaimer: frees a block that is not small, at once.
void free_large_block(void* block, std::size_t bytes) noexcept;

// Has the system provide the pages of memory that is about to be written. One call for many pages takes a tenth of the
// time that they take one by one, when each is written first (12 us a page in a virtual machine). Charges steps. Best effort.
void provide_pages(void* memory, std::size_t bytes) noexcept;
// What users of a large block have provided at a time, so that memory which is never written stays with the system.
inline constexpr std::size_t provided_at_once = std::size_t{256} << 10;

// The same for the whole of a block that will be written here and there, at the pace of the process: a page of 2 MiB takes
// half a millisecond.
void provide_at_pace(void* memory, std::size_t bytes);

// Asks the system for pages of 2 MiB where a block of so many bytes is large, so that freeing it takes no long time (a
// gigabyte: 9 ms instead of 370 ms).
void use_large_pages(void* memory, std::size_t bytes) noexcept;

// Thrown by an allocation that would exceed the limit of its heap or the bound of the program. It is not a
// std::exception, so that a handler of those does not take it for an error of the code that it guards.
struct HeapLimitExceeded {};

class HeldMemory {
 public:
  // Only allocations of at least this many bytes fail because of the bound. Smaller ones succeed; their sum
  // is checked between two time slices.
  static constexpr std::size_t large = std::size_t{512} << 10;
  static constexpr std::size_t no_bound = std::numeric_limits<std::size_t>::max();

  std::size_t used() const { return used_; }        // bytes
  std::size_t waiting() const { return waiting_; }  // of these, freed already by their owners (reclaimer.h)
  std::size_t bound() const { return bound_; }      // bytes; --max-memory
  void set_bound(std::size_t bytes) { bound_ = bytes; }

  // Above the bound, the largest process or connection is ended between two time slices (Exits::relieve).
  // Within a time slice, large allocations may exceed the bound by a quarter before they fail.
  bool is_over_bound() const { return used_ > bound_ && used_ - bound_ > waiting_; }
  bool is_full() const { return used_ > bound_ && used_ - bound_ > bound_ / 4; }
  bool has_room(std::size_t bytes) const {
    if (bytes < large) return true;
    if (bytes > no_bound - used_) return false;
    return used_ + bytes <= bound_ || used_ + bytes - bound_ <= bound_ / 4;
  }

  // As malloc, realloc and free, keeping the account. Null: no room is left within the bound, or the
  // system gives no memory. Small blocks are those of small_blocks.h; large memory is freed by the reclaimer
  // (reclaimer.h).
  void* allocate(std::size_t bytes) noexcept;
  void* allocate_unprovided(
      std::size_t bytes) noexcept;                   // for callers that provide the pages as they need them
  void* allocate_zeros(std::size_t bytes) noexcept;  // large ones: zero pages, which are not touched
  void* reallocate(void* memory, std::size_t bytes_before, std::size_t bytes) noexcept;
  void free(void* memory, std::size_t bytes) noexcept;

  // For memory that was allocated elsewhere.
  void add(std::size_t bytes) { used_ += bytes; }
  void subtract(std::size_t bytes) { used_ -= bytes; }
  // Whether the caller may allocate so many bytes now. False: its allocation must fail.
  bool may_allocate(std::size_t bytes) { return (has_room(bytes) || makes_room(bytes)) && !fails_now(); }

  // For the reclaimer: memory that waits until it is freed, no longer waits, is freed now.
  void let_wait(std::size_t bytes) { waiting_ += bytes; }
  void end_wait(std::size_t bytes) { waiting_ -= bytes; }
  void waited_for(std::size_t bytes) { used_ -= bytes, waiting_ -= bytes; }

  // For tests: the allocation with this number, counted from now on from 1, fails once. 0: none fails.
  // Returns what was left of the previous number.
  std::size_t fail_allocation(std::size_t number) { return std::exchange(fails_in_, number); }
  bool has_failed() const { return fails_in_ == 0; }  // since fail_allocation()

 private:
  bool fails_now() { return fails_in_ != 0 && --fails_in_ == 0; }
  bool makes_room(std::size_t bytes) noexcept;

  std::size_t used_ = 0;
  std::size_t waiting_ = 0;
  std::size_t bound_ = no_bound;
  std::size_t fails_in_ = 0;
};

inline HeldMemory held_memory;

// Runs `step`. False: memory ran out; what the step had done before that stays done.
template <class Step>
[[nodiscard]] bool has_memory_for(Step&& step) {
  try {
    std::forward<Step>(step)();
    return true;
  } catch (const HeapLimitExceeded&) {
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {}
  return false;
}

// A share of the account whose size its owner sets, for memory whose allocations are not counted one by one.
class HeldShare {
 public:
  HeldShare() = default;
  explicit HeldShare(std::size_t bytes) { set(bytes); }
  HeldShare(HeldShare&& other) noexcept : bytes_{std::exchange(other.bytes_, 0)} {}
  HeldShare& operator=(HeldShare&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~HeldShare() { set(0); }

  void set(std::size_t bytes) {
    held_memory.subtract(bytes_);
    held_memory.add(bytes_ = bytes);
  }

 private:
  std::size_t bytes_ = 0;
};

// For containers whose elements processes and peers create. Throws HeapLimitExceeded.
template <class T>
struct HeldAllocator {
  using value_type = T;

  HeldAllocator() = default;
  template <class Other>
  HeldAllocator(const HeldAllocator<Other>&) {}

  T* allocate(std::size_t count) {
    if (count > HeldMemory::no_bound / sizeof(T)) throw HeapLimitExceeded{};
    auto* memory = held_memory.allocate(count * sizeof(T));
    if (!memory) throw HeapLimitExceeded{};
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t count) { held_memory.free(memory, count * sizeof(T)); }
  bool operator==(const HeldAllocator&) const { return true; }
};

// Base of classes whose objects processes and peers create. Throws HeapLimitExceeded.
struct HeldObject {
  static void* operator new(std::size_t bytes) { return HeldAllocator<std::byte>{}.allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) { held_memory.free(memory, bytes); }
};

}  // namespace noderuntime
