// The native functions of module math.
#include <cmath>
#include <numbers>

#include "noderuntime/functions/arithmetic.h"
#include "noderuntime/functions/native.h"

namespace noderuntime {

namespace {

NativeResult number(Context& context, double value) {
  return std::isfinite(value) ? NativeResult{make_float(context.heap, value)} : error(atoms::badarith);
}

template <double (*function)(double)>
NativeResult of_one(Context& context, const Term* a) {
  if (!a[0].is_number()) return badarg();
  auto x = arithmetic::as_float(a[0]);
  return x ? number(context, function(*x)) : error(atoms::badarith);
}

template <double (*function)(double, double)>
NativeResult of_two(Context& context, const Term* a) {
  if (!a[0].is_number() || !a[1].is_number()) return badarg();
  auto x = arithmetic::as_float(a[0]), y = arithmetic::as_float(a[1]);
  return x && y ? number(context, function(*x, *y)) : error(atoms::badarith);
}

NativeResult math_pi(Context& context, const Term*) { return make_float(context.heap, std::numbers::pi); }
NativeResult math_tau(Context& context, const Term*) {
  return make_float(context.heap, 2 * std::numbers::pi);
}

constexpr NativeRow math_functions[] = {
    {"acos", 1, of_one<std::acos>},   {"acosh", 1, of_one<std::acosh>},  {"asin", 1, of_one<std::asin>},
    {"asinh", 1, of_one<std::asinh>}, {"atan", 1, of_one<std::atan>},    {"atan2", 2, of_two<std::atan2>},
    {"atanh", 1, of_one<std::atanh>}, {"ceil", 1, of_one<std::ceil>},    {"cos", 1, of_one<std::cos>},
    {"cosh", 1, of_one<std::cosh>},   {"erf", 1, of_one<std::erf>},      {"erfc", 1, of_one<std::erfc>},
    {"exp", 1, of_one<std::exp>},     {"floor", 1, of_one<std::floor>},  {"fmod", 2, of_two<std::fmod>},
    {"log", 1, of_one<std::log>},     {"log10", 1, of_one<std::log10>},  {"log2", 1, of_one<std::log2>},
    {"pi", 0, math_pi, erlang_code},  {"pow", 2, of_two<std::pow>},      {"sin", 1, of_one<std::sin>},
    {"sinh", 1, of_one<std::sinh>},   {"sqrt", 1, of_one<std::sqrt>},    {"tan", 1, of_one<std::tan>},
    {"tanh", 1, of_one<std::tanh>},   {"tau", 0, math_tau, erlang_code},
};

}  // namespace

extern const NativeModule math_module;
const NativeModule math_module{"math", math_functions, "erl_stdlib_errors"};

}  // namespace noderuntime
