// The native functions of module erts_internal that OTP's libraries and compiled code call: map
// iterators, numbers, order.
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/erlang.h"
#include "noderuntime/functions/shared_terms.h"
#include "noderuntime/functions/trace_sessions.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"

namespace noderuntime {

namespace {

// The order of map keys.
NativeResult cmp_term(Context&, const Term* a) {
  MayPause here;
  return Term::small(compare_keys(a[0], a[1]));
}

// --- iterators: [Place|Map]; Place is 0 at the start, then {Path, Twin}, or the list of remaining keys

Term place_of(Heap& heap, const map::Iterator& at) {
  auto position = at.position();
  return make_tuple(heap, {make_unsigned(heap, position.path), Term::small(position.twin)});
}

// {Key, Value, Rest} for the remaining entries, where Rest has the same form: at most `most` of them
// nested, then an iterator.
using Entries = std::vector<map::Entry, HeldAllocator<map::Entry>>;

Term nested(Heap& heap, const Entries& entries, Term rest) {
  Rounds rounds{2};
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry, rounds.next())
    rest = make_tuple(heap, {entry->key, entry->value, rest});
  return rest;
}

constexpr std::size_t most_at_once = 32;
const Term& none() {
  static const Term term = Term::atom(Atom::of("none"));
  return term;
}

// The pairs of all keys in a list; nullopt: one is missing.
std::optional<Entries> entries_of(Term keys, Term map) {
  auto length = length_of(keys);
  if (!length) return std::nullopt;
  Entries entries;
  entries.reserve(*length);
  Rounds rounds{4};
  for (; keys.is_cons(); keys = keys.tail(), rounds.next()) {
    auto* value = map::find(map, keys.head());
    if (!value) return std::nullopt;
    entries.push_back({keys.head(), *value});
  }
  return entries;
}

NativeResult from_place(Heap& heap, Term place, Term map) {
  if (place.is_list()) {
    MayPause here;
    auto entries = entries_of(place, map);
    return entries ? NativeResult{nested(heap, *entries, none())} : badarg();
  }
  auto position = position_of(place);
  if (!position) return badarg();
  map::Iterator all{map, *position};
  Entries entries;
  map::Entry entry;
  bool more = true;
  while (entries.size() < most_at_once && (more = all.next(entry))) entries.push_back(entry);
  if (more) {
    map::Iterator ahead = all;
    more = ahead.next(entry);
  }
  Term rest = more ? make_cons(heap, place_of(heap, all), map) : none();
  return nested(heap, entries, rest);
}

NativeResult pairs_onto(Heap& heap, Term place, Term map, Term list) {
  auto position = position_of(place);
  if (!position) return badarg();
  map::Iterator all{map, *position};
  MayPause here;
  Rounds rounds{2};
  ListBuilder pairs{heap};
  for (map::Entry entry; all.next(entry); rounds.next())
    pairs.add(make_tuple(heap, {entry.key, entry.value}));
  return pairs.finish(list);
}

// map_next(Place, Map, iterator), map_next(Place, Map, List)
NativeResult map_next(Context& context, const Term* a) {
  if (!a[1].is_map()) return badarg();
  if (a[2].is_list()) return pairs_onto(context.heap, a[0], a[1], a[2]);
  if (!a[2].is_atom() || a[2].as_atom().text() != "iterator") return badarg();
  return from_place(context.heap, a[0], a[1]);
}

// The first step of comprehensions over maps, and the step after an iterator that ends in [Place|Map].
NativeResult mc_refill(Context& context, const Term* a) {
  if (!a[0].is_cons() || !a[0].tail().is_map()) return error(atoms::function_clause);
  return from_place(context.heap, a[0].head(), a[0].tail());
}

// [] means: neither a map nor an iterator.
NativeResult mc_iterator(Context& context, const Term* a) {
  if (a[0].is_map()) return from_place(context.heap, Term::small(0), a[0]);
  if (a[0].is_tuple(3) || a[0] == none()) return a[0];
  if (!a[0].is_cons() || !a[0].tail().is_map()) return Term::nil();
  auto started = from_place(context.heap, a[0].head(), a[0].tail());
  return started.status == NativeResult::Status::value ? started : NativeResult{Term::nil()};
}

// --- numbers

std::optional<int> radix_of(Term term) {
  if (!term.is_small() || term.as_small() < 2 || term.as_small() > 36) return std::nullopt;
  return static_cast<int>(term.as_small());
}

int digit_of(std::int64_t character) {
  if (character >= '0' && character <= '9') return static_cast<int>(character - '0');
  if (character >= 'a' && character <= 'z') return static_cast<int>(character - 'a' + 10);
  if (character >= 'A' && character <= 'Z') return static_cast<int>(character - 'A' + 10);
  return 36;
}

// The number, or the atom badarg.
NativeResult binary_to_integer(Context& context, const Term* a) {
  auto radix = radix_of(a[1]);
  if (!is_binary(a[0]) || !radix) return Term::atom(atoms::badarg);
  MayPause here;
  auto value = integer::from_text(context.heap, BinaryView{a[0]}.text(), *radix);
  return value ? *value : Term::atom(atoms::badarg);
}

// {Number, Rest}, or an atom with the reason.
NativeResult list_to_integer(Context& context, const Term* a) {
  auto radix = radix_of(a[1]);
  if (!radix) return Term::atom(atoms::badarg);
  if (!a[0].is_list()) return Term::atom(Atom::of("not_a_list"));
  MayPause here;
  Rounds rounds{2};
  std::string text;
  Term rest = a[0];
  auto take = [&] { text.push_back(static_cast<char>(rest.head().as_small())), rest = rest.tail(); };
  auto next = [&] { return rest.is_cons() && rest.head().is_small() ? rest.head().as_small() : -1; };
  if (next() == '+' || next() == '-') take();
  auto sign = text.size();
  for (; digit_of(next()) < *radix; rounds.next()) take();
  if (text.size() == sign) return Term::atom(Atom::of("no_integer"));
  auto value = integer::from_text(context.heap, text, *radix);
  if (!value) return Term::atom(atoms::system_limit);
  return make_tuple(context.heap, {*value, rest});
}

// The text that erlang:display/1 prints, with a limit of characters.
NativeResult term_to_string_2(Context& context, const Term* a) {
  TextOptions how;
  how.strings = true;
  auto limit = to_uint64(a[1]);
  if (!limit && !a[1].is(atoms::undefined)) return badarg();
  if (limit) how.limit = *limit;
  MayPause here;
  return make_characters(context.heap, to_text(a[0], how));
}
NativeResult term_to_string_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::atom(atoms::undefined)};
  return term_to_string_2(context, arguments);
}

NativeResult time_unit(Context&, const Term*) { return Term::small(1'000'000'000); }

// How OTP would represent the term.
NativeResult term_type_1(Context& context, const Term* a) {
  auto name = [&]() -> const char* {
    if (a[0].is_small()) return "fixnum";
    if (a[0].is_atom()) return "atom";
    if (a[0].is_nil()) return "nil";
    if (a[0].is_cons()) return "list";
    if (a[0].is_tuple()) return "tuple";
    if (a[0].is_local_pid()) return "pid";
    if (!is_boxed(a[0])) return "port";
    switch (header_kind(*box_of(a[0]))) {
      case Kind::positive_integer:
      case Kind::negative_integer: return "bignum";
      case Kind::floating: return "hfloat";
      case Kind::reference:
      case Kind::magic_reference: return "reference";
      case Kind::external_reference: return "external_reference";
      case Kind::external_pid: return "external_pid";
      case Kind::external_port:
        return box_as<ExternalPort>(a[0])->node.is(context.processes.self().name) ? "port" : "external_port";
      case Kind::fun: return "fun";
      case Kind::export_fun: return "export";
      case Kind::binary: return "heap_binary";
      case Kind::slice: return "sub_binary";
      case Kind::flat_map: return "flatmap";
      default: return "hashmap";
    }
  }();
  return Term::atom(Atom::of(name));
}

// The keys of a map of at most 32 pairs, which maps share that differ only in their values.
NativeResult map_to_tuple_keys_1(Context&, const Term* a) {
  return is_kind(a[0], Kind::flat_map) ? NativeResult{box_as<FlatMap>(a[0])->keys} : badarg();
}

constexpr NativeRow erts_internal_functions[] = {
    {"binary_to_integer", 2, binary_to_integer},
    {"cmp_term", 2, cmp_term},
    {"is_process_alive", 1, erlang::is_process_alive_1},
    {"list_to_integer", 2, list_to_integer},
    {"map_next", 3, map_next},
    {"map_to_tuple_keys", 1, map_to_tuple_keys_1},
    {"mc_iterator", 1, mc_iterator},
    {"mc_refill", 1, mc_refill},
    {"perf_counter_unit", 0, time_unit},
    {"processes_next", 1, erlang::processes_next_1},
    {"term_to_string", 1, term_to_string_1},
    {"term_to_string", 2, term_to_string_2},
    {"term_type", 1, term_type_1},
    {"time_unit", 0, time_unit},
    {"trace", 4, trace_sessions::trace_4},
    {"trace_info", 3, trace_sessions::info_3},
    {"trace_pattern", 4, trace_sessions::pattern_4},
    {"trace_session_create", 3, trace_sessions::create_3},
    {"trace_session_destroy", 1, trace_sessions::destroy_1},
};

}  // namespace

extern const NativeModule erts_internal_module;
const NativeModule erts_internal_module{"erts_internal", erts_internal_functions, "erl_erts_errors"};

}  // namespace noderuntime
