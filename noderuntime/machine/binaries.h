// Building and matching binaries: what the instructions of both share. The bits are those of "Bit Syntax" in
// the Erlang reference manual.
#pragma once

#include <optional>

#include <noderuntime/bytes.h>
#include "common/wire/endian.h"
#include "noderuntime/beam/collector.h"
#include "noderuntime/beam/operations.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/heap.h"

namespace noderuntime::binaries {

// A binary under construction; the interpreter owns one. Long copies can be paused. Its size is known before the
// first segment is written.
class Builder {
 public:
  // start() begins a binary of `bits` bits. start_appending() begins one that continues `to` with `bits` more
  // bits; it writes in place if nothing else has been appended to the bytes of `to`.
  void start(Heap& heap, std::uint64_t bits);
  void start_appending(Heap& heap, Term to, std::uint64_t bits);
  Term result() const { return result_; }
  // Fills the bits that have not been written with zeros.
  void clear_rest();
  std::uint64_t bits_left() const { return end_ - at_; }  // to be written
  // The reductions for what was copied since the last call.
  int reductions();

  // These write a segment. False: the term does not fit the segment.
  bool integer(Term value, std::uint64_t bits, std::uint32_t flags) {
    if (!value.is_small() || bits > 64 || !room(bits)) return long_integer(value, bits, flags);
    put(static_cast<std::uint64_t>(value.as_small()), static_cast<unsigned>(bits), flags & Segment::little);
    return true;
  }
  bool floating(Term value, std::uint64_t bits, std::uint32_t flags);
  bool binary(Term value, std::uint64_t bits);
  bool string(const Byte* bytes, std::uint64_t count);
  bool unicode(Term value, Segment::Kind encoding, std::uint32_t flags);

 private:
  bool room(std::uint64_t bits) const { return bits <= end_ - at_; }
  bool append_in_place(Heap& heap, Term to, std::uint64_t bits);
  bool long_integer(Term value, std::uint64_t bits, std::uint32_t flags);
  // Writes the low bits of `value`, at most 64. Precondition: there is room.
  void put(std::uint64_t value, unsigned bits, bool little) {
    if ((at_ | bits) % 8 != 0 || bits == 0) return put_bits(value, bits, little);
    auto* to = data_ + at_ / 8;
    bool more_follow = end_ - at_ >= 64;
    at_ += bits;
    value <<= 64 - bits;
    if (little) value = byte_swapped(value);
    if (little && bits < 64) value <<= 64 - bits;
    // All bits behind at_ are still to be written.
    if (more_follow) return void(store_big_endian<std::uint64_t>(to, value));
    if (bits >= 32)
      to = store_big_endian<std::uint32_t>(to, static_cast<std::uint32_t>(value >> 32)), value <<= 32;
    for (bits %= 32; bits > 0; bits -= 8, value <<= 8) *to++ = static_cast<std::uint8_t>(value >> 56);
  }
  void put_bits(std::uint64_t value, unsigned bits, bool little);
  void fill(std::uint64_t bits, bool ones);
  Term result_;
  std::uint8_t* data_ = nullptr;    // the bytes of result_
  std::uint64_t at_ = 0, end_ = 0;  // bits of data_
  std::uint64_t copied_ = 0;        // bits
};

// The size of `value * unit` in bits; nullopt: not a number, negative, or larger than any memory.
inline std::optional<std::uint64_t> segment_size(Term value, std::uint32_t unit) {
  constexpr std::uint64_t most_bits = std::uint64_t{1} << 40;
  if (!value.is_small() || value.as_small() < 0) return std::nullopt;
  auto size = static_cast<std::uint64_t>(value.as_small());
  // Units are small, so a product of such a size cannot overflow.
  if (size > most_bits || size * unit > most_bits) return std::nullopt;
  return size * unit;
}
// The size of a bitstring in bits.
inline std::uint64_t size_of(Term bitstring) {
  return is_kind(bitstring, Kind::binary) ? box_as<HeapBinary>(bitstring)->bit_size
                                          : box_as<SubBinary>(bitstring)->bit_size;
}
// The size of a code point in bytes of UTF-8 and UTF-16; 0: not a code point.
unsigned utf8_size(Term value);
unsigned utf16_size(Term value);

// A binary that the process alone has and that change_writable() makes longer in place, as OTP's private_append does: a
// slice with a word more than others. Copies are plain slices, so that nobody else's binary changes.
constexpr std::size_t slice_words = sizeof(SubBinary) / sizeof(Word);
inline bool is_writable(Term term) {
  return is_kind(term, Kind::slice) && header_size(box_as<SubBinary>(term)->header) >= slice_words;
}
Term make_writable(Heap& heap);  // empty
// Makes `writable` what `longer` is, which was appended to it and which is not used again. Returns `writable`, or `longer` if
// `writable` is an ordinary binary.
Term change_writable(Term writable, Term longer);

inline MatchContext* context_of(Term term) {
  return is_kind(term, Kind::match_context) ? box_as<MatchContext>(term) : nullptr;
}
// Makes the match context of a bitstring in `box`, which has MatchContext::words(saved) words.
inline Term start_match(Word* box, Term binary, std::size_t saved) {
  auto* context = reinterpret_cast<MatchContext*>(box);
  context->header = box_header(Kind::match_context, MatchContext::words(saved) - 1);
  context->binary = binary;
  std::uint64_t begin = 0, size;
  if (is_kind(binary, Kind::binary)) {
    size = box_as<HeapBinary>(binary)->bit_size;
  } else {
    auto* slice = box_as<SubBinary>(binary);
    begin = slice->bit_offset, size = slice->bit_size;
  }
  context->start = context->position = begin;
  context->end = begin + size;
  for (std::size_t i = 0; i < saved; ++i) context->saved[i] = begin;
  return box_at(box);
}
// The bytes that its positions count in.
inline const std::uint8_t* bytes_of(const MatchContext& context) {
  return is_kind(context.binary, Kind::binary) ? box_as<HeapBinary>(context.binary)->data
                                               : box_as<SubBinary>(context.binary)->bytes->data;
}
// Reads a number of at most 64 bits in little-endian order, from bit `skip` of `from` on.
std::uint64_t little_endian_bits(const std::uint8_t* from, std::uint64_t skip, unsigned count);
// Reads a number of 1 to 56 bits at the context's position, which it does not move. Precondition: they are there.
inline std::int64_t short_integer(const MatchContext& context, unsigned count, std::uint32_t flags) {
  auto* from = bytes_of(context) + context.position / 8;
  auto skip = static_cast<unsigned>(context.position % 8);
  if (skip == 0 && count == 8 && (flags & Segment::is_signed) == 0) return *from;
  std::uint64_t value;
  if ((flags & Segment::little) != 0 && count > 8) {
    value = little_endian_bits(from, skip, count);
  } else if (context.end - (context.position - skip) >= 64) {
    value = load_big_endian<std::uint64_t>(from) << skip >> (64 - count);
  } else {
    value = bits::read(from, skip, count);
  }
  if ((flags & Segment::is_signed) == 0) return static_cast<std::int64_t>(value);
  return static_cast<std::int64_t>(value << (64 - count)) >> (64 - count);
}
// These read from the context's position and move it, or return nullopt and leave it.
std::optional<Term> get_integer(Heap& heap, MatchContext& context, std::uint64_t bits, std::uint32_t flags);
std::optional<Term> get_float(Heap& heap, MatchContext& context, std::uint64_t bits, std::uint32_t flags);
std::optional<Term> get_binary(Heap& heap, MatchContext& context, std::uint64_t bits);
std::optional<std::uint32_t> get_unicode(MatchContext& context, Segment::Kind encoding, std::uint32_t flags);
bool match_string(MatchContext& context, const Byte* bytes, std::uint64_t bits);
Term tail(Heap& heap, const MatchContext& context);

}  // namespace noderuntime::binaries
