// Building and matching binaries: what the instructions of both share. The bits are those of "Bit Syntax" in
// the Erlang reference manual.
#pragma once

#include <optional>

#include <noderuntime/bytes.h>
#include "noderuntime/beam/collector.h"
#include "noderuntime/beam/operations.h"
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
  // The reductions for what was copied since the last call.
  int reductions();

  // These write a segment. False: the term does not fit the segment.
  bool integer(Term value, std::uint64_t bits, std::uint32_t flags);
  bool floating(Term value, std::uint64_t bits, std::uint32_t flags);
  bool binary(Term value, std::uint64_t bits);
  bool string(const Byte* bytes, std::uint64_t count);
  bool unicode(Term value, Segment::Kind encoding, std::uint32_t flags);

 private:
  std::uint8_t* data() const;
  bool room(std::uint64_t bits) const { return bits <= end_ - at_; }
  void fill(std::uint64_t bits, bool ones);
  Term result_;
  std::uint64_t at_ = 0, end_ = 0;  // bits of data()
  std::uint64_t copied_ = 0;        // bits
};

// The size of `value * unit` in bits; nullopt: not a number, negative, or larger than any memory.
std::optional<std::uint64_t> segment_size(Term value, std::uint32_t unit);
// The size of a code point in bytes of UTF-8 and UTF-16; 0: not a code point.
unsigned utf8_size(Term value);
unsigned utf16_size(Term value);

Term start_match(Heap& heap, Term binary);  // precondition: a bitstring
inline MatchContext* context_of(Term term) {
  return is_kind(term, Kind::match_context) ? box_as<MatchContext>(term) : nullptr;
}
// These read from the context's position and move it, or return nullopt and leave it.
std::optional<Term> get_integer(Heap& heap, MatchContext& context, std::uint64_t bits, std::uint32_t flags);
std::optional<Term> get_float(Heap& heap, MatchContext& context, std::uint64_t bits, std::uint32_t flags);
std::optional<Term> get_binary(Heap& heap, MatchContext& context, std::uint64_t bits);
std::optional<std::uint32_t> get_unicode(MatchContext& context, Segment::Kind encoding, std::uint32_t flags);
bool match_string(MatchContext& context, const Byte* bytes, std::uint64_t bits);
Term tail(Heap& heap, const MatchContext& context);

}  // namespace noderuntime::binaries
