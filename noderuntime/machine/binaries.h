// Building and matching binaries: what the instructions of both have in common. The bits are those of "Bit
// Syntax" in the Erlang reference manual.
#pragma once

#include <optional>

#include "noderuntime/bytes.h"
#include "noderuntime/machine/collector.h"
#include "noderuntime/machine/operations.h"
#include "noderuntime/term/heap.h"

namespace noderuntime::binaries {

// A binary under construction. Its size is known before the first segment is written.
class Builder {
 public:
  // A binary of `bits` bits, or the given one with so many bits more: bytes that nobody continues are
  // appended to in place.
  void start(Heap& heap, std::uint64_t bits);
  void start_appending(Heap& heap, Term to, std::uint64_t bits);
  Term result() const { return result_; }
  // What is not written yet becomes zeros.
  void clear_rest();
  // What copying cost since it was asked last.
  int reductions();

  // Each is false if the segment does not fit the term.
  bool integer(Term value, std::uint64_t bits, std::uint32_t flags);
  bool floating(Term value, std::uint64_t bits, std::uint32_t flags);
  bool binary(Term value, std::uint64_t bits);
  bool string(const Byte* bytes, std::uint64_t count);
  bool unicode(Term value, Segment::Kind encoding, std::uint32_t flags);

 private:
  std::uint8_t* data() const;
  bool room(std::uint64_t bits) const { return bits <= end_ - at_; }
  Term result_;
  std::uint64_t at_ = 0, end_ = 0;  // bits of data()
  std::uint64_t copied_ = 0;        // bits
};

// The size in bits of `value * unit`; nullopt: no number, negative, or more than memory can be.
std::optional<std::uint64_t> segment_size(Term value, std::uint32_t unit);
// Bytes of a code point in UTF-8 and UTF-16; 0: no code point.
unsigned utf8_size(Term value);
unsigned utf16_size(Term value);

Term start_match(Heap& heap, Term binary);  // precondition: a bitstring
inline MatchContext* context_of(Term term) {
  return term.is(Kind::match_context) ? term.as<MatchContext>() : nullptr;
}
// Each takes from the context's position on and moves it, or gives nullopt and leaves it.
std::optional<Term> get_integer(Heap& heap, MatchContext& context, std::uint64_t bits, std::uint32_t flags);
std::optional<Term> get_float(Heap& heap, MatchContext& context, std::uint64_t bits, std::uint32_t flags);
std::optional<Term> get_binary(Heap& heap, MatchContext& context, std::uint64_t bits);
std::optional<std::uint32_t> get_unicode(MatchContext& context, Segment::Kind encoding, std::uint32_t flags);
bool match_string(MatchContext& context, const Byte* bytes, std::uint64_t bits);
Term tail(Heap& heap, const MatchContext& context);

}  // namespace noderuntime::binaries
