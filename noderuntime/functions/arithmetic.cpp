#include "noderuntime/functions/arithmetic.h"

#include <cmath>

#include "noderuntime/term/integer.h"

namespace noderuntime::arithmetic {

namespace {

Outcome bad() { return {Term::nil(), Problem::badarith}; }

Outcome of(std::optional<Term> value) {
  if (!value) return {Term::nil(), Problem::system_limit};
  return {*value, std::nullopt};
}

Outcome of(Heap& heap, double value) {
  if (!std::isfinite(value)) return bad();
  return {make_float(heap, value), std::nullopt};
}

Outcome on_floats(Operator op, Heap& heap, Term a, Term b) {
  auto left = as_float(a), right = as_float(b);
  if (!left || !right) return bad();
  switch (op) {
    case Operator::add: return of(heap, *left + *right);
    case Operator::subtract: return of(heap, *left - *right);
    case Operator::multiply: return of(heap, *left * *right);
    case Operator::divide: return *right == 0 ? bad() : of(heap, *left / *right);
    default: return bad();
  }
}

Outcome on_integers(Operator op, Heap& heap, Term a, Term b) {
  switch (op) {
    case Operator::add: return of(integer::add(heap, a, b));
    case Operator::subtract: return of(integer::subtract(heap, a, b));
    case Operator::multiply: return of(integer::multiply(heap, a, b));
    case Operator::divide: return on_floats(op, heap, a, b);
    case Operator::int_div: return integer::is_zero(b) ? bad() : of(integer::quotient(heap, a, b));
    case Operator::int_rem: return integer::is_zero(b) ? bad() : of(integer::remainder(heap, a, b));
    case Operator::band: return of(integer::bit_and(heap, a, b));
    case Operator::bor: return of(integer::bit_or(heap, a, b));
    case Operator::bxor: return of(integer::bit_xor(heap, a, b));
    case Operator::bsl: return of(integer::shift_left(heap, a, b));
    case Operator::bsr: return of(integer::shift_right(heap, a, b));
  }
  return bad();
}

}  // namespace

std::optional<double> as_float(Term term) {
  if (term.is_small()) return static_cast<double>(term.as_small());
  if (term.is_float()) return to_double(term);
  if (term.is_integer()) return integer::to_double(term);
  return std::nullopt;
}

Outcome apply(Operator op, Heap& heap, Term a, Term b) {
  if (a.is_integer() && b.is_integer()) return on_integers(op, heap, a, b);
  return on_floats(op, heap, a, b);
}

Outcome negate(Heap& heap, Term term) {
  if (term.is_integer()) return of(integer::negate(heap, term));
  if (term.is_float()) return of(heap, -to_double(term));
  return bad();
}

Outcome bit_not(Heap& heap, Term term) {
  return term.is_integer() ? of(integer::bit_not(heap, term)) : bad();
}

}  // namespace noderuntime::arithmetic
