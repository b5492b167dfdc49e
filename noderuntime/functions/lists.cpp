// The native functions of module lists: those that OTP has in C, and what pays.
#include <algorithm>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/term/order.h"

namespace noderuntime {

namespace {

NativeResult lists_member(Context&, const Term* a) {
  Term list = a[1];
  for (; list.is_cons(); list = list.tail())
    if (exactly_equal(list.head(), a[0])) return yes_or_no(true);
  return list.is_nil() ? yes_or_no(false) : badarg();
}

NativeResult lists_reverse_2(Context& context, const Term* a) {
  Term result = a[1], list = a[0];
  for (; list.is_cons(); list = list.tail()) result = make_cons(context.heap, list.head(), result);
  return list.is_nil() ? NativeResult{result} : badarg();
}

NativeResult lists_reverse_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::nil()};
  auto result = lists_reverse_2(context, arguments);
  return result.status == NativeResult::Status::value ? result : error(atoms::function_clause);
}

// The first tuple whose element equals the key (==); nil: none; nullopt: badarg.
std::optional<Term> find_by_key(const Term* a) {
  if (!a[1].is_small() || a[1].as_small() < 1) return std::nullopt;
  auto index = static_cast<std::size_t>(a[1].as_small() - 1);
  Term list = a[2];
  for (; list.is_cons(); list = list.tail()) {
    Term tuple = list.head();
    if (tuple.is_tuple() && index < tuple.arity() && equal(tuple.element(index), a[0])) return tuple;
  }
  return list.is_nil() ? std::optional{Term::nil()} : std::nullopt;
}

NativeResult lists_keyfind(Context&, const Term* a) {
  auto found = find_by_key(a);
  if (!found) return badarg();
  return found->is_nil() ? Term::boolean(false) : *found;
}

NativeResult lists_keymember(Context&, const Term* a) {
  auto found = find_by_key(a);
  return found ? yes_or_no(!found->is_nil()) : badarg();
}

NativeResult lists_keysearch(Context& context, const Term* a) {
  auto found = find_by_key(a);
  if (!found) return badarg();
  if (found->is_nil()) return Term::boolean(false);
  return make_tuple(context.heap, {Term::atom(Atom::of("value")), *found});
}

NativeResult lists_sort_1(Context& context, const Term* a) {
  auto length = length_of(a[0]);
  if (!length) return error(atoms::function_clause);
  std::vector<Term> elements;
  elements.reserve(*length);
  for (Term list = a[0]; list.is_cons(); list = list.tail()) elements.push_back(list.head());
  std::stable_sort(elements.begin(), elements.end(), [](Term x, Term y) { return compare(x, y) < 0; });
  return make_list(context.heap, std::span<const Term>{elements});
}

NativeResult lists_seq_2(Context& context, const Term* a) {
  if (!a[0].is_small() || !a[1].is_small() || a[1].as_small() < a[0].as_small() - 1)
    return error(atoms::function_clause);
  auto first = a[0].as_small(), last = a[1].as_small();
  context.heap.reserve(2 * static_cast<std::size_t>(last - first + 1));
  Term list = Term::nil();
  for (auto value = last; value >= first; --value) list = make_cons(context.heap, Term::small(value), list);
  return list;
}

constexpr NativeRow rows[] = {
    {"keyfind", 3, lists_keyfind}, {"keymember", 3, lists_keymember}, {"keysearch", 3, lists_keysearch},
    {"member", 2, lists_member},   {"reverse", 1, lists_reverse_1},   {"reverse", 2, lists_reverse_2},
    {"seq", 2, lists_seq_2},       {"sort", 1, lists_sort_1},
};

}  // namespace

extern const NativeModule lists_module;
const NativeModule lists_module{"lists", rows, "erl_stdlib_errors"};

}  // namespace noderuntime
