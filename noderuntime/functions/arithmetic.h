// Arithmetic on numbers of all kinds: the slow paths of the machine's instructions, and
// functions such as erlang:'+'/2.
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

// The number as a float; nullopt: not a number, or an integer too large for a float.
std::optional<double> as_float(Term);

}  // namespace noderuntime::arithmetic
