// The native functions of module lists: those that are C code on OTP, and others where that pays.
#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "noderuntime/functions/arithmetic.h"
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/pieces.h"

namespace noderuntime {

namespace {

NativeResult lists_member(Context&, const Term* a) {
  MayPause here;
  Rounds rounds;
  Term list = a[1], wanted = a[0];
  if (is_immediate(wanted)) {
    for (; list.is_cons(); list = list.tail(), rounds.next())
      if (list.head() == wanted) return yes_or_no(true);
  } else {
    for (; list.is_cons(); list = list.tail(), rounds.next())
      if (exactly_equal(list.head(), wanted)) return yes_or_no(true);
  }
  return list.is_nil() ? yes_or_no(false) : badarg();
}

NativeResult lists_reverse_2(Context& context, const Term* a) {
  MayPause here;
  Rounds rounds;
  Term result = a[1], list = a[0];
  for (; list.is_cons(); list = list.tail(), rounds.next())
    result = make_cons(context.heap, list.head(), result);
  return list.is_nil() ? NativeResult{result} : badarg();
}

NativeResult lists_reverse_1(Context& context, const Term* a) {
  if (a[0].is_cons() && a[0].tail().is_nil()) return a[0];  // as OTP: it keeps literals
  Term arguments[] = {a[0], Term::nil()};
  auto result = lists_reverse_2(context, arguments);
  if (result.status == NativeResult::Status::value) return result;
  bool two = a[0].is_cons() && a[0].tail().is_cons();  // OTP's code sees the end only behind two elements
  return two ? badarg() : error(atoms::function_clause);
}

// The first tuple with an element equal to the key (==); nil: none; nullopt: badarg.
std::optional<Term> find_by_key(const Term* a) {
  if (!a[1].is_small() || a[1].as_small() < 1) return std::nullopt;
  MayPause here;
  Rounds rounds;
  auto index = static_cast<std::size_t>(a[1].as_small() - 1);
  Term list = a[2], key = a[0];
  for (; list.is_cons(); list = list.tail(), rounds.next()) {
    Term tuple = list.head();
    if (tuple.is_tuple() && index < tuple.arity() && equal(tuple.element(index), key)) return tuple;
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

using Elements = std::vector<Term, HeldAllocator<Term>>;

bool above(Term x, Term y) { return compare(x, y) > 0; }

// How lists:sort/1 of OTP orders terms that are equal but not the same (1 and 1.0). If a list of four or more
// elements begins with an ascending pair (of different elements), equal ones keep their order. Otherwise it
// gathers descending runs of two or more, with one element between them set aside; equal ones come last
// first, unless they begin a run, that is: the element set aside and the one that did not fit. Those two are
// exchanged here, so that the reversed list can be sorted in stable order.
bool descends(const Elements& elements) {
  if (elements.size() < 4) return false;
  Rounds rounds;
  for (std::size_t i = 1; i < elements.size(); ++i, rounds.next())
    if (int order = compare(elements[i - 1], elements[i]); order != 0) return order > 0;
  return false;
}

void exchange_beginnings(Elements& elements) {
  Rounds rounds;
  std::size_t begin = 1;
  while (compare(elements[begin - 1], elements[begin]) == 0) ++begin, rounds.next();
  // The run: its lowest element, the one above, and whether there are more.
  Term second = elements[begin - 1], lowest = elements[begin];
  bool more = begin > 1;
  std::size_t aside = 0;  // the place of the element set aside; 0: none
  for (std::size_t i = begin + 1; i < elements.size(); ++i, rounds.next()) {
    Term element = elements[i];
    if (!above(element, lowest)) {
      second = lowest, lowest = element, more = true;
    } else if (!above(element, second)) {
      second = element, more = true;
    } else if (aside == 0 && !more) {
      more = true;
    } else if (aside == 0) {
      aside = i;
    } else {
      int order = compare(elements[aside], element);
      second = order > 0 ? elements[aside] : element;
      lowest = order > 0 ? element : elements[aside];
      if (order == 0) std::swap(elements[aside], elements[i]);
      more = false, aside = 0;
    }
  }
}

std::optional<Elements> vector_of_list(Term list) {
  auto length = length_of(list);
  if (!length) return std::nullopt;
  Elements elements;
  elements.reserve(*length);
  Rounds rounds;
  for (; list.is_cons(); list = list.tail(), rounds.next()) elements.push_back(list.head());
  return elements;
}

// A tuple, and the element that keysort/2 compares.
struct Keyed {
  Term key, tuple;
};

Term key_of(Term element) { return element; }
Term key_of(const Keyed& element) { return element.key; }

// Merges neighbouring runs, from short ones on; equal elements keep their order. As std::stable_sort(), but at the pace
// of the process also where nothing is compared, and with memory that is counted.
template <class Element>
class Sorter {
 public:
  explicit Sorter(std::span<Element> elements) : first_{elements.data()}, size_{elements.size()} {}

  void sort() {
    if (is_sorted()) return;
    for (std::size_t from = 0; from < size_; from += short_run)
      sort_run(first_ + from, first_ + std::min(from + short_run, size_));
    if (size_ <= short_run) return;
    HeldBytes room{size_ * sizeof(Element)};
    Element *from = first_, *to = reinterpret_cast<Element*>(room.data());
    for (std::size_t width = short_run; width < size_; width *= 2, std::swap(from, to))
      for (std::size_t at = 0; at < size_; at += 2 * width)
        merge(from + at, from + std::min(at + width, size_), from + std::min(at + 2 * width, size_), to + at);
    if (from != first_) take(from, from + size_, first_);
  }

 private:
  static constexpr std::size_t short_run = 8;

  static bool before(const Element& x, const Element& y) { return compare(key_of(x), key_of(y)) < 0; }
  bool is_sorted() {
    for (std::size_t i = 1; i < size_; ++i, rounds_.next())
      if (before(first_[i], first_[i - 1])) return false;
    return true;
  }
  void sort_run(Element* from, Element* end) {
    for (Element* next = from + 1; next < end; ++next, rounds_.next()) {
      Element element = *next;
      Element* at = next;
      for (; at > from && before(element, at[-1]); --at) *at = at[-1];
      *at = element;
    }
  }
  void merge(const Element* left, const Element* middle, const Element* end, Element* to) {
    if (middle == end || !before(*middle, middle[-1])) return take(left, end, to);
    const Element* right = middle;
    while (left < middle && right < end) {
      rounds_.next();
      bool takes_right = before(*right, *left);
      *to++ = takes_right ? *right++ : *left++;
    }
    take(left, middle, to);
    take(right, end, to + (middle - left));
  }
  static void take(const Element* from, const Element* end, Element* to) {
    in_pieces(static_cast<std::size_t>(end - from) * sizeof(Element), Pace::copied_bytes,
              [&](std::size_t at, std::size_t size) {
                std::memcpy(reinterpret_cast<char*>(to) + at, reinterpret_cast<const char*>(from) + at, size);
              });
  }

  Element* first_;
  std::size_t size_;
  Rounds rounds_;
};

NativeResult lists_usort_1(Context& context, const Term* a) {
  MayPause here;
  auto elements = vector_of_list(a[0]);
  if (!elements) return error(atoms::function_clause);
  Sorter{std::span{*elements}}.sort();
  ListBuilder list{context.heap};
  Rounds rounds;
  Term last;
  for (Term element : *elements) {
    rounds.next();
    if (list.empty() || !equal(last, element)) list.add(element), last = element;
  }
  return list.finish();
}

NativeResult lists_sort_1(Context& context, const Term* a) {
  MayPause here;
  auto found = vector_of_list(a[0]);
  if (!found) return error(atoms::function_clause);
  auto& elements = *found;
  if (descends(elements)) {
    exchange_beginnings(elements);
    Rounds rounds;
    for (std::size_t i = 0, j = elements.size(); i + 1 < j; ++i, rounds.next())
      std::swap(elements[i], elements[--j]);
  }
  Sorter{std::span{elements}}.sort();
  return make_long_list(context.heap, elements);
}

// The tuples of a list, by the element at a position. false: it is no list of tuples that have one there.
NativeResult lists_keysort_of_tuples_2(Context& context, const Term* a) {
  MayPause here;
  auto found = vector_of_list(a[1]);
  if (!found || !a[0].is_small() || a[0].as_small() < 1) return Term::boolean(false);
  auto position = static_cast<std::size_t>(a[0].as_small()) - 1;
  std::vector<Keyed, HeldAllocator<Keyed>> tuples;
  tuples.reserve(found->size());
  Rounds rounds;
  for (Term element : *found) {
    rounds.next();
    if (!element.is_tuple() || position >= element.arity()) return Term::boolean(false);
    tuples.push_back({element.element(position), element});
  }
  Sorter{std::span{tuples}}.sort();
  for (std::size_t i = 0; i < tuples.size(); ++i, rounds.next()) (*found)[i] = tuples[i].tuple;
  return make_long_list(context.heap, *found);
}

// For integers that are not small: at most this many at once.
constexpr std::uint64_t max_big_sequence = 1 << 24;
// Longer lists are not made in one block, which would take long to free.
constexpr std::size_t words_at_once = std::size_t{1} << 19;

NativeResult lists_seq_2(Context& context, const Term* a) {
  using arithmetic::Operator;
  if (!a[0].is_integer() || !a[1].is_integer()) return error(atoms::function_clause);
  if (!a[0].is_small() || !a[1].is_small()) {
    Term one = Term::small(1);
    Term count = arithmetic::apply(Operator::subtract, context.heap, a[1], a[0]).value;
    if (!count.is_small() || count.as_small() < -1)
      return compare(a[1], a[0]) < 0 ? error(atoms::function_clause) : error(atoms::system_limit);
    if (static_cast<std::uint64_t>(count.as_small() + 1) > max_big_sequence)
      return error(atoms::system_limit);
    MayPause here;
    Rounds rounds{2};
    Term list = Term::nil(), value = a[1];
    for (auto left = count.as_small(); left >= 0; --left, rounds.next()) {
      list = make_cons(context.heap, value, list);
      value = arithmetic::apply(Operator::subtract, context.heap, value, one).value;
    }
    return list;
  }
  auto first = a[0].as_small(), last = a[1].as_small();
  if (last < first - 1) return error(atoms::function_clause);
  check_room(context.heap, 2 * static_cast<std::size_t>(last - first + 1));
  context.heap.reserve(std::min(2 * static_cast<std::size_t>(last - first + 1), words_at_once));
  MayPause here;
  Rounds rounds;
  Term list = Term::nil();
  for (auto value = last; value >= first; --value, rounds.next())
    list = make_cons(context.heap, Term::small(value), list);
  return list;
}

constexpr NativeRow lists_functions[] = {
    {"$keysort", 2, lists_keysort_of_tuples_2, erlang_code},
    {"keyfind", 3, lists_keyfind},
    {"keymember", 3, lists_keymember},
    {"keysearch", 3, lists_keysearch},
    {"member", 2, lists_member},
    {"reverse", 1, lists_reverse_1, erlang_code},
    {"reverse", 2, lists_reverse_2},
    {"seq", 2, lists_seq_2, erlang_code},
    {"sort", 1, lists_sort_1, erlang_code},
    {"usort", 1, lists_usort_1, erlang_code},
};

}  // namespace

extern const NativeModule lists_module;
const NativeModule lists_module{"lists", lists_functions, "erl_stdlib_errors"};

}  // namespace noderuntime
