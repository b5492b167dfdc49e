// The limits of epmd. Each has an option and a line in docs/operating.md.
#pragma once

#include <cstddef>

namespace noderuntime::epmd {

// 0: chosen by bounds_within().
struct WantedBounds {
  std::size_t names = 0;         // -max_names
  std::size_t unregistered = 0;  // -max_unregistered
  std::size_t per_address = 0;   // -max_per_address
  std::size_t reserved = 32;     // -reserved_descriptors
};

struct Bounds {
  std::size_t connections;   // all of them
  std::size_t names;         // registered names; there is room for other connections besides
  std::size_t unregistered;  // connections without a name; a new one replaces the oldest
  std::size_t per_address;   // of connections without a name, from one address
};

// The limits for a process with so many descriptors.
Bounds bounds_within(std::size_t descriptors, const WantedBounds& wanted);

}  // namespace noderuntime::epmd
