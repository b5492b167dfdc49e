// The native functions of module string: numbers at the start of a list.
#include <charconv>
#include <cmath>

#include "noderuntime/functions/native.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

namespace {

NativeResult problem(Context& context, const char* what) {
  return make_tuple(context.heap, {Term::atom(atoms::error), Term::atom(Atom::of(what))});
}

// Iterates over the characters of a list.
class Characters {
 public:
  explicit Characters(Term list) : list_{list} {}
  Term rest() const { return list_; }
  const std::string& taken() const { return taken_; }

  // The current character; 0 at the end and for elements that are not characters.
  char next() const {
    if (!list_.is_cons() || !list_.head().is_small()) return 0;
    auto value = list_.head().as_small();
    return value > 0 && value < 128 ? static_cast<char>(value) : '\0';
  }
  void take(char as) { taken_.push_back(as), list_ = list_.tail(); }
  void take() { take(next()); }
  bool digits() {
    auto before = taken_.size();
    for (Rounds rounds{2}; next() >= '0' && next() <= '9'; rounds.next()) take();
    return taken_.size() > before;
  }
  bool sign() {
    if (next() != '+' && next() != '-') return false;
    take();
    return true;
  }

 private:
  Term list_;
  std::string taken_;
};

NativeResult string_list_to_integer(Context& context, const Term* a) {
  if (!a[0].is_list()) return problem(context, "not_a_list");
  MayPause here;
  Characters in{a[0]};
  in.sign();
  if (!in.digits()) return problem(context, "no_integer");
  auto value = integer::from_text(context.heap, in.taken(), 10);
  return value ? make_tuple(context.heap, {*value, in.rest()}) : problem(context, "system_limit");
}

NativeResult string_list_to_float(Context& context, const Term* a) {
  if (!a[0].is_list()) return problem(context, "not_a_list");
  MayPause here;
  Characters in{a[0]};
  in.sign();
  if (!in.digits() || (in.next() != '.' && in.next() != ',')) return problem(context, "no_float");
  in.take('.');
  if (!in.digits()) return problem(context, "no_float");
  if (in.next() == 'e' || in.next() == 'E') {  // part of the number only if digits follow
    Characters with_exponent = in;
    with_exponent.take();
    with_exponent.sign();
    if (with_exponent.digits()) in = with_exponent;
  }
  double value = std::strtod(in.taken().c_str(), nullptr);
  if (!std::isfinite(value)) return problem(context, "no_float");
  return make_tuple(context.heap, {make_float(context.heap, value), in.rest()});
}

constexpr NativeRow string_functions[] = {
    {"list_to_float", 1, string_list_to_float},
    {"list_to_integer", 1, string_list_to_integer},
};

}  // namespace

extern const NativeModule string_module;
const NativeModule string_module{"string", string_functions, "erl_stdlib_errors"};

}  // namespace noderuntime
