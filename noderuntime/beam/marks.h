// Marks: words that occur only in registers and frames, never in a value (see the tags of Term).
#pragma once

#include "noderuntime/term/layout.h"

namespace noderuntime::marks {

constexpr Word tag = 0x1B, catch_kind = 1, exception_kind = 2;
constexpr Term mark(Word kind, Word payload) { return from_word(payload << 8 | kind << 6 | tag); }

constexpr Term exception = mark(exception_kind, 0);  // x0 when a handler is entered
constexpr Term catch_at(Word offset) {
  return mark(catch_kind, offset);
}  // a handler in the code of the frame's owner
constexpr bool is_catch(Term term) { return (word_of(term) & 0xFF) == (catch_kind << 6 | tag); }
constexpr Word catch_offset(Term term) { return word_of(term) >> 8; }

}  // namespace noderuntime::marks
