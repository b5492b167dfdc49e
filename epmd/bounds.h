// How much epmd takes on. Every bound has an option and a line in docs/operating.md.
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
  std::size_t names;         // registered ones; there is room for others besides
  std::size_t unregistered;  // connections without a name, the oldest gives way to a new one
  std::size_t per_address;   // of those, from one address
};

// What the process can do with so many descriptors.
Bounds bounds_within(std::size_t descriptors, const WantedBounds& wanted);

}  // namespace noderuntime::epmd
