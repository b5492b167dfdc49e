// Erlang's order and equality of terms. Nothing here recurses on the C++ stack. Floats are never NaN.
#pragma once

#include "noderuntime/term/layout.h"

namespace noderuntime {

namespace order_detail {
int compare(Term, Term, bool exact);
bool equal(Term, Term, bool exact);
}  // namespace order_detail

// number < atom < reference < fun < port < pid < tuple < map < [] < list < bitstring. Returns a negative
// number, zero or a positive number. Integers and floats are compared by value, exactly (==, <, >). Native
// records stand between maps and [].
inline int compare(Term a, Term b) {
  if (a.is_small() && b.is_small()) return (a.as_small() > b.as_small()) - (a.as_small() < b.as_small());
  return a == b ? 0 : order_detail::compare(a, b, false);
}

// The order of map keys: as compare(), but at every depth all integers come before all floats, and -0.0
// before 0.0. Zero exactly if exactly_equal().
inline int compare_keys(Term a, Term b) {
  if (a.is_small() && b.is_small()) return (a.as_small() > b.as_small()) - (a.as_small() < b.as_small());
  return a == b ? 0 : order_detail::compare(a, b, true);
}

// ==
inline bool equal(Term a, Term b) {
  if (a == b) return true;
  if (is_immediate(a) && is_immediate(b)) return false;
  return order_detail::equal(a, b, false);
}

// =:= as since OTP 27: 0.0 and -0.0 differ.
inline bool exactly_equal(Term a, Term b) {
  if (a == b) return true;
  if (is_immediate(a) || is_immediate(b)) return false;
  return order_detail::equal(a, b, true);
}

}  // namespace noderuntime
