// The native functions of module maps.
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/functions/shared_terms.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"

namespace noderuntime {

namespace {

NativeResult badmap(Context& context, Term term) {
  return error(make_tuple(context.heap, {Term::atom(atoms::badmap), term}));
}
NativeResult badkey(Context& context, Term key) {
  return error(make_tuple(context.heap, {Term::atom(atoms::badkey), key}));
}

NativeResult maps_find(Context& context, const Term* a) {
  MayPause here;
  if (!a[1].is_map()) return badmap(context, a[1]);
  auto* value = map::find(a[1], a[0]);
  return value ? make_tuple(context.heap, {Term::atom(atoms::ok), *value}) : Term::atom(atoms::error);
}

NativeResult maps_get_2(Context& context, const Term* a) {
  MayPause here;
  if (!a[1].is_map()) return badmap(context, a[1]);
  auto* value = map::find(a[1], a[0]);
  return value ? NativeResult{*value} : badkey(context, a[0]);
}

NativeResult maps_get_3(Context& context, const Term* a) {
  MayPause here;
  if (!a[1].is_map()) return badmap(context, a[1]);
  return map::get(a[1], a[0]).value_or(a[2]);
}

NativeResult maps_is_key(Context& context, const Term* a) {
  MayPause here;
  return a[1].is_map() ? yes_or_no(map::find(a[1], a[0]) != nullptr) : badmap(context, a[1]);
}

NativeResult maps_put(Context& context, const Term* a) {
  MayPause here;
  return a[2].is_map() ? NativeResult{map::put(context.heap, a[2], a[0], a[1])} : badmap(context, a[2]);
}

NativeResult maps_update(Context& context, const Term* a) {
  MayPause here;
  if (!a[2].is_map()) return badmap(context, a[2]);
  auto updated = map::update(context.heap, a[2], a[0], a[1]);
  return updated ? NativeResult{*updated} : badkey(context, a[0]);
}

NativeResult maps_remove(Context& context, const Term* a) {
  MayPause here;
  return a[1].is_map() ? NativeResult{map::remove(context.heap, a[1], a[0])} : badmap(context, a[1]);
}

NativeResult maps_take(Context& context, const Term* a) {
  MayPause here;
  if (!a[1].is_map()) return badmap(context, a[1]);
  auto value = map::get(a[1], a[0]);
  if (!value) return Term::atom(atoms::error);
  return make_tuple(context.heap, {*value, map::remove(context.heap, a[1], a[0])});
}

NativeResult maps_merge(Context& context, const Term* a) {
  MayPause here;
  if (!a[0].is_map()) return badmap(context, a[0]);
  if (!a[1].is_map()) return badmap(context, a[1]);
  return map::merge(context.heap, a[0], a[1]);
}

NativeResult maps_size(Context& context, const Term* a) {
  if (!a[0].is_map()) return badmap(context, a[0]);
  return Term::small(static_cast<std::int64_t>(map::size(a[0])));
}

NativeResult maps_new(Context& context, const Term*) { return map::empty(context.heap); }

// The map of pairs that pair_of(element) makes of the elements of a list.
// nullopt of pair_of: badarg.
template <class PairOf>
NativeResult map_of(Context& context, Term list, PairOf pair_of) {
  MayPause here;
  auto length = length_of(list);
  if (!length) return badarg();
  std::vector<map::Entry, HeldAllocator<map::Entry>> entries;
  entries.reserve(*length);
  Rounds rounds;
  for (; list.is_cons(); list = list.tail(), rounds.next()) {
    std::optional<map::Entry> entry = pair_of(list.head());
    if (!entry) return badarg();
    entries.push_back(*entry);
  }
  return *map::from_entries(context.heap, entries);
}

NativeResult maps_from_list(Context& context, const Term* a) {
  return map_of(context, a[0], [](Term pair) {
    return pair.is_tuple(2) ? std::optional{map::Entry{pair.element(0), pair.element(1)}} : std::nullopt;
  });
}

NativeResult maps_from_keys(Context& context, const Term* a) {
  return map_of(context, a[0], [&](Term key) { return std::optional{map::Entry{key, a[1]}}; });
}

template <class Item>
NativeResult list_of(Context& context, Term map, Item item) {
  if (!map.is_map()) return badmap(context, map);
  MayPause here;
  Rounds rounds;
  ListBuilder items{context.heap};
  map::Iterator all(map);
  for (map::Entry entry; all.next(entry); rounds.next()) items.add(item(entry));
  return items.finish();
}

NativeResult maps_keys(Context& context, const Term* a) {
  return list_of(context, a[0], [](const map::Entry& entry) { return entry.key; });
}
NativeResult maps_values(Context& context, const Term* a) {
  return list_of(context, a[0], [](const map::Entry& entry) { return entry.value; });
}
// An iterator is [0|Map] at the start, where OTP has [Path|Map]; later [{Path, Twin}|Map]. An
// ordered one is [Keys|Map].
NativeResult maps_iterator(Context& context, const Term* a) {
  return a[0].is_map() ? NativeResult{make_cons(context.heap, Term::small(0), a[0])} : badmap(context, a[0]);
}

// [Keys|Map], as maps:iterator/2 of later releases makes them.
NativeResult next_of_keys(Context& context, Term keys, Term map) {
  if (keys.is_nil()) return Term::atom(Atom::of("none"));
  MayPause here;
  auto* value = map::find(map, keys.head());
  if (!value) return badarg();
  return make_tuple(context.heap, {keys.head(), *value, make_cons(context.heap, keys.tail(), map)});
}

NativeResult maps_next(Context& context, const Term* a) {
  static const Term none = Term::atom(Atom::of("none"));
  if (a[0] == none || a[0].is_tuple(3)) return a[0];
  if (a[0].is_cons() && a[0].head().is_list() && a[0].tail().is_map())
    return next_of_keys(context, a[0].head(), a[0].tail());
  auto position = a[0].is_cons() ? position_of(a[0].head()) : std::nullopt;
  if (!position || !a[0].tail().is_map()) return badarg();
  Term map = a[0].tail();
  map::Iterator all(map, *position);
  map::Entry entry;
  if (!all.next(entry)) return none;
  auto next = all.position();
  Term place = make_tuple(context.heap, {make_unsigned(context.heap, next.path), Term::small(next.twin)});
  return make_tuple(context.heap, {entry.key, entry.value, make_cons(context.heap, place, map)});
}

// The pairs of a map, or the remaining ones of an iterator.
NativeResult maps_to_list(Context& context, const Term* a) {
  auto pair = [&](const map::Entry& entry) { return make_tuple(context.heap, {entry.key, entry.value}); };
  if (a[0].is_map()) return list_of(context, a[0], pair);
  MayPause here;
  Rounds rounds{4};
  ListBuilder pairs{context.heap};
  for (Term at = a[0];; rounds.next()) {
    auto next = maps_next(context, &at);
    if (next.status != NativeResult::Status::value) return badmap(context, a[0]);
    if (!next.value.is_tuple(3)) return pairs.finish();
    pairs.add(pair({next.value.element(0), next.value.element(1)}));
    at = next.value.element(2);
  }
}

constexpr NativeRow maps_functions[] = {
    {"find", 2, maps_find},
    {"from_keys", 2, maps_from_keys},
    {"from_list", 1, maps_from_list},
    {"get", 2, maps_get_2},
    {"get", 3, maps_get_3, erlang_code},
    {"is_key", 2, maps_is_key},
    {"iterator", 1, maps_iterator, erlang_code},
    {"keys", 1, maps_keys},
    {"merge", 2, maps_merge},
    {"new", 0, maps_new, erlang_code},
    {"next", 1, maps_next, erlang_code},
    {"put", 3, maps_put},
    {"remove", 2, maps_remove},
    {"size", 1, maps_size, erlang_code},
    {"take", 2, maps_take},
    {"to_list", 1, maps_to_list, erlang_code},
    {"update", 3, maps_update},
    {"values", 1, maps_values},
};

}  // namespace

extern const NativeModule maps_module;
const NativeModule maps_module{"maps", maps_functions, "erl_stdlib_errors"};

}  // namespace noderuntime
