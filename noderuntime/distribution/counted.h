// One reference to counted bytes.
#pragma once

#include <memory>
#include <span>

#include "noderuntime/bytes.h"
#include "noderuntime/term/heap.h"

namespace noderuntime::distribution {

struct ReleaseBytes {
  void operator()(SharedBytes* bytes) const { SharedBytes::release(bytes); }
};
using CountedBytes = std::unique_ptr<SharedBytes, ReleaseBytes>;

// Room for `more` bytes behind what is used; grows by doubling up to `most`, so that bytes which have only
// been announced cost nothing.
void make_room(CountedBytes& bytes, std::size_t more, std::size_t most);
// Those that lie in the room already are not copied.
void add_bytes(CountedBytes& bytes, Bytes more, std::size_t most);
// Room for the bytes that are `missing`, or for a part of them; where there is
// more, also for what is read ahead.
std::span<Byte> place_in(CountedBytes& bytes, std::size_t missing, std::size_t most);

}  // namespace noderuntime::distribution
