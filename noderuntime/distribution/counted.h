// An owned reference to counted bytes.
#pragma once

#include <memory>
#include <span>

#include <noderuntime/bytes.h>
#include "noderuntime/term/heap.h"

namespace noderuntime::distribution {

struct ReleaseBytes {
  void operator()(RefcBinary* bytes) const { RefcBinary::release(bytes); }
};
using CountedBytes = std::unique_ptr<RefcBinary, ReleaseBytes>;

// Makes room for `more` bytes behind the used ones. Grows by doubling, up to `most`, so that bytes that were
// only announced cost nothing.
void make_room(CountedBytes& bytes, std::size_t more, std::size_t most);
// Appends `more`; bytes that are in the room already are not copied.
void add_bytes(CountedBytes& bytes, Bytes more, std::size_t most);
// Room for the `missing` bytes or a part of them; if there is enough, also for reading ahead.
std::span<Byte> place_in(CountedBytes& bytes, std::size_t missing, std::size_t most);

}  // namespace noderuntime::distribution
