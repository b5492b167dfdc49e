// What the verifier knows at a place of the code: the values of its data-flow analysis, and how they meet.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace noderuntime {

// What a register may hold, as a set, so that paths meet by union.
using Content = std::uint8_t;
namespace content {
constexpr Content term = 1, context = 2, exception = 4, catch_tag = 8, nothing = 16;
constexpr Content in_message = 32;  // a part of a message that is looked at
constexpr Content known = 64;       // others may refer to it: not a tuple that setelement/3 has just made
constexpr Content remarks = in_message | known;
constexpr Content argument = term | context;  // what calls and moves accept

constexpr bool holds_only(Content held, Content allowed) {
  return (held & ~remarks) != 0 && (held & ~remarks & ~allowed) == 0;
}
}  // namespace content

// The state of a path at a place, or what all paths to a place have in common. A value.
struct PathState {
  static constexpr int no_frame = -1,
                       any_frame = -2;  // any: paths with different frames; they may only raise
  struct Handler {
    std::uint32_t slot, place;
    friend auto operator<=>(const Handler&, const Handler&) = default;
  };

  int frame = no_frame;   // its words
  bool looking = false;   // at a message that is still in the mailbox
  bool building = false;  // a binary, by bs_put
  std::vector<Content> x, y;
  std::vector<Handler> handlers;  // sorted: the catch places named by tags in y registers

  void forget_x(std::size_t keep = 0);
  void drop_frame();  // what a call's function and a caller see
  void add_handler(Handler);
  // Adds the state of another path. Returns whether that changed this one, which can happen only so often: sets
  // only grow, a frame only gets unknown, y only gets shorter.
  bool merge(const PathState& from);

 private:
  bool merge_frame(const PathState& from);
};

}  // namespace noderuntime
