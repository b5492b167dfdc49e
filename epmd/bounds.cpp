#include "epmd/bounds.h"

#include <algorithm>
#include <cstdint>

namespace noderuntime::epmd {
namespace {
constexpr std::size_t least_connections = 16;
constexpr std::size_t most_unregistered = 4096;
constexpr std::size_t most_per_address = 1024;  // as many as OTP's epmd accepts in all
// Names never take this part of the connections, so that look-ups are answered even if no more names fit.
constexpr std::size_t part_without_names = 32;

std::size_t or_default(std::size_t wanted, std::size_t normal) { return wanted == 0 ? normal : wanted; }
}  // namespace

Bounds bounds_within(std::size_t descriptors, const WantedBounds& wanted) {
  Bounds bounds{};
  auto reserved = std::min(wanted.reserved, descriptors);
  bounds.connections = std::max(descriptors - reserved, least_connections);
  auto without_names = std::max(bounds.connections / part_without_names, least_connections / 4);
  bounds.names = std::min(or_default(wanted.names, SIZE_MAX), bounds.connections - without_names);
  bounds.unregistered = std::min(or_default(wanted.unregistered, most_unregistered), bounds.connections);
  bounds.per_address = std::min(or_default(wanted.per_address, most_per_address), bounds.unregistered);
  return bounds;
}

}  // namespace noderuntime::epmd
