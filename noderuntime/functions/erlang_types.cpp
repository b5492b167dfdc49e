// Tests, comparisons, arithmetic, booleans.
#include <cmath>

#include "noderuntime/functions/arithmetic.h"
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/erlang.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"

namespace noderuntime::erlang {

namespace {

NativeResult of(const arithmetic::Outcome& outcome) {
  if (!outcome.problem) return outcome.value;
  return error(*outcome.problem == arithmetic::Problem::badarith ? atoms::badarith : atoms::system_limit);
}

std::optional<bool> boolean(Term term) {
  if (term.is(atoms::true_)) return true;
  if (term.is(atoms::false_)) return false;
  return std::nullopt;
}

NativeResult badmap(Heap& heap, Term term) {
  return error(make_tuple(heap, {Term::atom(atoms::badmap), term}));
}

template <class Round>
NativeResult rounded(Context& context, Term number, Round round) {
  if (number.is_integer()) return number;
  if (!number.is_float()) return badarg();
  auto value = integer::from_double(context.heap, round(to_double(number)));
  return value ? NativeResult{*value} : error(atoms::system_limit);
}

}  // namespace

#define ARITHMETIC(function, operator_)                                                      \
  NativeResult function(Context& context, const Term* a) {                                   \
    MayPause here;                                                                           \
    return of(arithmetic::apply(arithmetic::Operator::operator_, context.heap, a[0], a[1])); \
  }
ARITHMETIC(add_2, add)
ARITHMETIC(subtract_numbers_2, subtract)
ARITHMETIC(multiply_2, multiply)
ARITHMETIC(divide_2, divide)
ARITHMETIC(int_div_2, int_div)
ARITHMETIC(int_rem_2, int_rem)
ARITHMETIC(band_2, band)
ARITHMETIC(bor_2, bor)
ARITHMETIC(bxor_2, bxor)
ARITHMETIC(bsl_2, bsl)
ARITHMETIC(bsr_2, bsr)
#undef ARITHMETIC

NativeResult negate_1(Context& context, const Term* a) { return of(arithmetic::negate(context.heap, a[0])); }
NativeResult bnot_1(Context& context, const Term* a) { return of(arithmetic::bit_not(context.heap, a[0])); }
NativeResult plus_1(Context&, const Term* a) {
  return a[0].is_number() ? NativeResult{a[0]} : error(atoms::badarith);
}

#define TEST_1(function, condition) \
  NativeResult function(Context&, const Term* a) { return yes_or_no(condition); }
TEST_1(is_atom_1, a[0].is_atom())
TEST_1(is_binary_1, a[0].is_bitstring() && bits_of(a[0]).whole_bytes())
TEST_1(is_bitstring_1, a[0].is_bitstring())
TEST_1(is_boolean_1, boolean(a[0]).has_value())
TEST_1(is_float_1, a[0].is_float())
TEST_1(is_function_1, a[0].is_fun())
TEST_1(is_integer_1, a[0].is_integer())
TEST_1(is_list_1, a[0].is_list())
TEST_1(is_map_1, a[0].is_map())
TEST_1(is_number_1, a[0].is_number())
TEST_1(is_pid_1, a[0].is_pid())
TEST_1(is_port_1, a[0].is_port())
TEST_1(is_reference_1, a[0].is_reference())
TEST_1(is_tuple_1, a[0].is_tuple())
#undef TEST_1

#define COMPARE(function, condition)               \
  NativeResult function(Context&, const Term* a) { \
    MayPause here;                                 \
    return yes_or_no(condition);                   \
  }
COMPARE(less_2, compare(a[0], a[1]) < 0)
COMPARE(greater_2, compare(a[0], a[1]) > 0)
COMPARE(not_greater_2, compare(a[0], a[1]) <= 0)
COMPARE(not_less_2, compare(a[0], a[1]) >= 0)
COMPARE(equal_2, equal(a[0], a[1]))
COMPARE(unequal_2, !equal(a[0], a[1]))
COMPARE(exactly_equal_2, exactly_equal(a[0], a[1]))
COMPARE(not_exactly_equal_2, !exactly_equal(a[0], a[1]))
#undef COMPARE

NativeResult is_function_2(Context&, const Term* a) {
  if (!a[1].is_integer() || integer::is_negative(a[1])) return badarg();
  std::int64_t arity = is_kind(a[0], Kind::fun) ? box_as<FunObject>(a[0])->arity
                       : is_kind(a[0], Kind::export_fun)
                           ? static_cast<std::int64_t>(box_as<ExportFun>(a[0])->arity)
                           : -1;
  return yes_or_no(a[1] == Term::small(arity));
}

NativeResult is_integer_3(Context&, const Term* a) {
  if (!a[1].is_integer() || !a[2].is_integer()) return badarg();
  return yes_or_no(a[0].is_integer() && compare(a[1], a[0]) <= 0 && compare(a[0], a[2]) <= 0);
}

NativeResult is_record_2(Context&, const Term* a) {
  if (!a[1].is_atom()) return badarg();
  return yes_or_no(a[0].is_tuple() && a[0].arity() > 0 && a[0].element(0) == a[1]);
}

NativeResult is_record_3(Context&, const Term* a) {
  if (!a[1].is_atom() || !a[2].is_small()) return badarg();
  bool fits = a[0].is_tuple() && a[0].arity() > 0 && a[0].element(0) == a[1];
  return yes_or_no(fits && a[2] == Term::small(static_cast<std::int64_t>(a[0].arity())));
}

NativeResult is_map_key_2(Context& context, const Term* a) {
  if (!a[1].is_map()) return badmap(context.heap, a[1]);
  MayPause here;
  return yes_or_no(map::find(a[1], a[0]) != nullptr);
}

NativeResult map_get_2(Context& context, const Term* a) {
  if (!a[1].is_map()) return badmap(context.heap, a[1]);
  MayPause here;
  if (auto* value = map::find(a[1], a[0])) return *value;
  return error(make_tuple(context.heap, {Term::atom(atoms::badkey), a[0]}));
}

NativeResult map_size_1(Context& context, const Term* a) {
  if (!a[0].is_map()) return badmap(context.heap, a[0]);
  return Term::small(static_cast<std::int64_t>(map::size(a[0])));
}

NativeResult and_2(Context&, const Term* a) {
  auto left = boolean(a[0]), right = boolean(a[1]);
  return left && right ? yes_or_no(*left && *right) : badarg();
}
NativeResult or_2(Context&, const Term* a) {
  auto left = boolean(a[0]), right = boolean(a[1]);
  return left && right ? yes_or_no(*left || *right) : badarg();
}
NativeResult xor_2(Context&, const Term* a) {
  auto left = boolean(a[0]), right = boolean(a[1]);
  return left && right ? yes_or_no(*left != *right) : badarg();
}
NativeResult not_1(Context&, const Term* a) {
  auto value = boolean(a[0]);
  return value ? yes_or_no(!*value) : badarg();
}

NativeResult max_2(Context&, const Term* a) {
  MayPause here;
  return compare(a[0], a[1]) >= 0 ? a[0] : a[1];
}
NativeResult min_2(Context&, const Term* a) {
  MayPause here;
  return compare(a[0], a[1]) <= 0 ? a[0] : a[1];
}

NativeResult abs_1(Context& context, const Term* a) {
  if (a[0].is_integer()) {
    if (!integer::is_negative(a[0])) return a[0];
    auto value = integer::negate(context.heap, a[0]);
    return value ? NativeResult{*value} : error(atoms::system_limit);
  }
  if (a[0].is_float()) return make_float(context.heap, std::fabs(to_double(a[0])));
  return badarg();
}

NativeResult float_1(Context& context, const Term* a) {
  if (a[0].is_float()) return a[0];
  auto value = arithmetic::as_float(a[0]);
  return value ? NativeResult{make_float(context.heap, *value)} : badarg();
}

NativeResult trunc_1(Context& c, const Term* a) {
  return rounded(c, a[0], [](double x) { return std::trunc(x); });
}
NativeResult round_1(Context& c, const Term* a) {
  return rounded(c, a[0], [](double x) { return std::round(x); });
}
NativeResult floor_1(Context& c, const Term* a) {
  return rounded(c, a[0], [](double x) { return std::floor(x); });
}
NativeResult ceil_1(Context& c, const Term* a) {
  return rounded(c, a[0], [](double x) { return std::ceil(x); });
}

NativeResult length_1(Context&, const Term* a) {
  MayPause here;
  auto length = length_of(a[0]);
  return length ? NativeResult{Term::small(static_cast<std::int64_t>(*length))} : badarg();
}

NativeResult size_1(Context&, const Term* a) {
  if (a[0].is_tuple()) return Term::small(static_cast<std::int64_t>(a[0].arity()));
  if (a[0].is_bitstring()) return Term::small(static_cast<std::int64_t>(bits_of(a[0]).bit_size / 8));
  return badarg();
}

NativeResult bit_size_1(Context&, const Term* a) {
  if (!a[0].is_bitstring()) return badarg();
  return Term::small(static_cast<std::int64_t>(bits_of(a[0]).bit_size));
}

NativeResult byte_size_1(Context&, const Term* a) {
  if (!a[0].is_bitstring()) return badarg();
  return Term::small(static_cast<std::int64_t>((bits_of(a[0]).bit_size + 7) / 8));
}

NativeResult hd_1(Context&, const Term* a) { return a[0].is_cons() ? NativeResult{a[0].head()} : badarg(); }
NativeResult tl_1(Context&, const Term* a) { return a[0].is_cons() ? NativeResult{a[0].tail()} : badarg(); }

}  // namespace noderuntime::erlang
