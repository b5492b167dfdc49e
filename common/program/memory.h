// How a program deals with memory: what the system gives it, what it has freed, and when there is none left.
#pragma once

#include <cstddef>

namespace noderuntime::program {

// Bytes that this process can have: the memory of the host, or less where a control group (memory.max of it
// and of those above it) or RLIMIT_AS (`ulimit -v`) bounds it.
std::size_t available_memory();

inline constexpr std::size_t kept_free_bytes = std::size_t{64}
                                               << 20;  // freed memory that stays with the process
inline constexpr std::size_t own_mapping_bytes = std::size_t{8}
                                                 << 20;  // larger blocks are given back when they are freed

// Sets the two for the whole process (mallopt, glibc). Heaps come and go with each message and
// collection: giving them back to the system each time costs more than filling them. To be
// called before threads are started.
void keep_freed_memory();

// Gives freed memory back that lies between what is in use (glibc does it by itself only at the end of its
// heap), but for kept_free_bytes. Takes about 0.1 ms for each MB that is given back.
void give_back_freed_memory();

inline constexpr std::size_t emergency_reserve = std::size_t{1} << 20;  // bytes

// Keeps a reserve that is given to the program when the system refuses memory, so that the step under way can
// be finished. From then on memory_is_short() is true; refill_reserve(), when the program has freed
// something, makes it false again where that succeeds. For the whole process; loop thread only.
void keep_emergency_reserve();
bool memory_is_short();
void refill_reserve();

}  // namespace noderuntime::program
