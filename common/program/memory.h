// How a program deals with memory that it has freed.
#pragma once

#include <cstddef>

namespace noderuntime::program {

inline constexpr std::size_t kept_free_bytes = std::size_t{64}
                                               << 20;  // freed memory that stays with the process
inline constexpr std::size_t own_mapping_bytes = std::size_t{8}
                                                 << 20;  // larger blocks are given back when they are freed

// Sets the two for the whole process (mallopt, glibc). Heaps come and go with each message and collection:
// giving them back to the system each time costs more than filling them. To be called before threads are
// started.
void keep_freed_memory();

}  // namespace noderuntime::program
