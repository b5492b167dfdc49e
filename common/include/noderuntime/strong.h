// Numbers with a type of their own each, so that a port cannot be passed as a creation.
#pragma once

#include <compare>
#include <cstdint>

namespace noderuntime {

template <class Tag, class Rep>
class Strong {
 public:
  using rep = Rep;
  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_{value} {}
  constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

 private:
  Rep value_{};
};

using Creation = Strong<struct CreationTag, std::uint32_t>;  // incarnation of a node; 0 is reserved
using Port = Strong<struct PortTag, std::uint16_t>;          // TCP port

}  // namespace noderuntime
