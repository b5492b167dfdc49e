// Parts of binaries.
#pragma once

#include <new>

#include "noderuntime/term/heap.h"

namespace noderuntime {

// `count` bits of a bitstring, from bit `offset` of its bytes on (which includes
// bits_of(binary).bit_offset). Small parts are copied, so that they do not keep large bytes alive. Others
// share the bytes and do not count as memory.
inline Term part_of_bytes(Heap& heap, Term binary, std::uint64_t offset, std::uint64_t count) {
  constexpr std::uint64_t copied_bits = 64 * 8;
  auto view = bits_of(binary);
  if (is_kind(binary, Kind::binary) || count <= copied_bits)
    return make_bitstring(heap, view.data, offset, count);
  constexpr std::size_t words = sizeof(SubBinary) / sizeof(Word);
  Word* box = heap.allocate(words);
  auto* bytes = box_as<SubBinary>(binary)->bytes;
  auto* slice = new (box) SubBinary{box_header(Kind::slice, words - 1), nullptr, bytes, offset, count};
  RefcBinary::keep(bytes);
  heap.hold(reinterpret_cast<OffHeapObject*>(slice), 0);
  return box_at(box);
}

// The same, counted from the first bit of the bitstring.
inline Term part_of(Heap& heap, Term binary, std::uint64_t from, std::uint64_t count) {
  return part_of_bytes(heap, binary, bits_of(binary).bit_offset + from, count);
}

}  // namespace noderuntime
