// Raw bytes, as sockets deliver them and engines consume them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace noderuntime {

using Byte = std::uint8_t;
using Bytes = std::span<const Byte>;  // borrowed; valid as long as what it points into
using Buffer = std::vector<Byte>;     // owned

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline void append(Buffer& to, Bytes more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace noderuntime
