// Arithmetic on numbers of all kinds: the slow ways of the machine's
// instructions, and erlang:'+'/2 and its like.
#pragma once

#include <optional>

#include "noderuntime/term/heap.h"

namespace noderuntime::arithmetic {

enum class Operator {
  add,
  subtract,
  multiply,
  divide,
  int_div,
  int_rem,
  band,
  bor,
  bxor,
  bsl,
  bsr,
};
enum class Problem { badarith, system_limit };

struct Outcome {
  Term value;
  std::optional<Problem> problem;
};
Outcome apply(Operator, Heap&, Term a, Term b);
Outcome negate(Heap&, Term);
Outcome bit_not(Heap&, Term);

// The value of a number as a float; nullopt: no number, or an integer beyond the floats.
std::optional<double> as_float(Term);

}  // namespace noderuntime::arithmetic
