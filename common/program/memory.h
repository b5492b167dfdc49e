// The memory of the program: how much the system gives, what happens to freed memory, and
// what if there is none.
#pragma once

#include <cstddef>

namespace noderuntime::program {

// The bytes that this process can have: the memory of the host, or less if a control group (memory.max, its
// own or a parent's) or RLIMIT_AS (`ulimit -v`) limits it.
std::size_t available_memory();

inline constexpr std::size_t kept_free_bytes = std::size_t{64}
                                               << 20;  // freed memory that stays with the process
inline constexpr std::size_t own_mapping_bytes =
    std::size_t{8} << 20;  // larger blocks of malloc() are given back when they are freed

// Sets the two limits above for the whole process (mallopt, glibc), and has free() join a block with its neighbours at
// once; otherwise it leaves small blocks to some later call, which then takes long. Heaps come and go with each message
// and collection; returning their memory to the system each time costs more than filling them. Call it
// before threads are started.
void keep_freed_memory();

// Returns freed memory between used blocks to the system, except for half of kept_free_bytes; glibc itself only returns
// the end of its heap, and its malloc_trim() takes a tenth of a millisecond for each MB in one call. Here it goes in
// steps: start, then steps until one returns false. `most`: how much may be free, about, in bytes. Until the last step
// the free pieces are held, so that they are not found twice; memory that is short releases them. Main thread only.
void start_giving_back(std::size_t most);
bool give_back_some();  // about 1 MiB, or 0.3 ms. True: there is more to do
void stop_giving_back();

inline constexpr std::size_t emergency_reserve = std::size_t{1} << 20;  // bytes

// Keeps a reserve that is released when the system refuses memory, so that the current step can be finished.
// From then on memory_is_short() is true, until refill_reserve() succeeds after the program has freed
// something. For the whole process; loop thread only.
void keep_emergency_reserve();
bool memory_is_short();
void refill_reserve();

}  // namespace noderuntime::program
