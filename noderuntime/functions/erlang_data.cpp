// Tuples, lists, the process dictionary, funs, modules.
#include <algorithm>
#include <cstring>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/erlang.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/pieces.h"
#include "noderuntime/term/shared_walk.h"
#include "noderuntime/term/text.h"

namespace noderuntime::erlang {

namespace {

constexpr std::int64_t max_arity = (1 << 24) - 1;

// The index of an element, from 0; nullopt: outside 1 … size.
std::optional<std::size_t> index_in(Term index, std::size_t size) {
  if (!index.is_small() || index.as_small() < 1 || static_cast<std::uint64_t>(index.as_small()) > size)
    return std::nullopt;
  return static_cast<std::size_t>(index.as_small() - 1);
}

// A tuple whose elements are still to be set.
Term* new_tuple(Heap& heap, std::size_t arity, Term& tuple) {
  Word* box = heap.allocate(1 + arity);
  box[0] = box_header(Kind::tuple, arity);
  tuple = box_at(box);
  return elements_of(tuple);
}

void copy_terms(const Term* from, Term* to, std::size_t count) {
  auto* source = reinterpret_cast<const char*>(from);
  auto* target = reinterpret_cast<char*>(to);
  in_pieces(count * sizeof(Term), Pace::copied_bytes,
            [&](std::size_t at, std::size_t size) { std::memcpy(target + at, source + at, size); });
}

Term with_element(Heap& heap, Term tuple, std::size_t index, Term element) {
  Term wider;
  Term* elements = new_tuple(heap, tuple.arity() + 1, wider);
  copy_terms(elements_of(tuple), elements, index);
  elements[index] = element;
  copy_terms(elements_of(tuple) + index, elements + index + 1, tuple.arity() - index);
  return wider;
}

}  // namespace

NativeResult element_2(Context&, const Term* a) {
  if (!a[1].is_tuple()) return badarg();
  auto index = index_in(a[0], a[1].arity());
  return index ? NativeResult{a[1].element(*index)} : badarg();
}

NativeResult setelement_3(Context& context, const Term* a) {
  if (!a[1].is_tuple()) return badarg();
  auto index = index_in(a[0], a[1].arity());
  if (!index) return badarg();
  MayPause here;
  Term copy = make_long_tuple(context.heap, std::span{elements_of(a[1]), a[1].arity()});
  elements_of(copy)[*index] = a[2];
  return copy;
}

NativeResult append_element_2(Context& context, const Term* a) {
  if (!a[0].is_tuple()) return badarg();
  MayPause here;
  return with_element(context.heap, a[0], a[0].arity(), a[1]);
}

NativeResult insert_element_3(Context& context, const Term* a) {
  if (!a[1].is_tuple()) return badarg();
  auto index = index_in(a[0], a[1].arity() + 1);
  if (!index) return badarg();
  MayPause here;
  return with_element(context.heap, a[1], *index, a[2]);
}

NativeResult delete_element_2(Context& context, const Term* a) {
  if (!a[1].is_tuple()) return badarg();
  auto index = index_in(a[0], a[1].arity());
  if (!index) return badarg();
  MayPause here;
  Term narrower;
  Term* elements = new_tuple(context.heap, a[1].arity() - 1, narrower);
  copy_terms(elements_of(a[1]), elements, *index);
  copy_terms(elements_of(a[1]) + *index + 1, elements + *index, a[1].arity() - 1 - *index);
  return narrower;
}

NativeResult make_tuple_2(Context& context, const Term* a) {
  if (!a[0].is_small() || a[0].as_small() < 0 || a[0].as_small() > max_arity) return badarg();
  MayPause here;
  Rounds rounds;
  auto arity = static_cast<std::size_t>(a[0].as_small());
  Term made;
  Term* elements = new_tuple(context.heap, arity, made);
  for (std::size_t i = 0; i < arity; ++i, rounds.next()) elements[i] = a[1];
  return made;
}

NativeResult make_tuple_3(Context& context, const Term* a) {
  auto made = make_tuple_2(context, a);
  if (made.status != NativeResult::Status::value) return made;
  MayPause here;
  Rounds rounds;
  Term list = a[2];
  for (; list.is_cons(); list = list.tail(), rounds.next()) {
    auto index =
        list.head().is_tuple(2) ? index_in(list.head().element(0), made.value.arity()) : std::nullopt;
    if (!index) return badarg();
    elements_of(made.value)[*index] = list.head().element(1);
  }
  return list.is_nil() ? made : badarg();
}

NativeResult tuple_size_1(Context&, const Term* a) {
  return a[0].is_tuple() ? NativeResult{Term::small(static_cast<std::int64_t>(a[0].arity()))} : badarg();
}

NativeResult tuple_to_list_1(Context& context, const Term* a) {
  if (!a[0].is_tuple()) return badarg();
  MayPause here;
  return make_long_list(context.heap, std::span<const Term>{elements_of(a[0]), a[0].arity()});
}

NativeResult list_to_tuple_1(Context& context, const Term* a) {
  MayPause here;
  auto length = length_of(a[0]);
  if (!length || *length > static_cast<std::size_t>(max_arity)) return badarg();
  Rounds rounds;
  Term tuple;
  Term* element = new_tuple(context.heap, *length, tuple);
  for (Term list = a[0]; list.is_cons(); list = list.tail(), rounds.next()) *element++ = list.head();
  return tuple;
}

NativeResult append_2(Context& context, const Term* a) {
  if (a[0].is_nil()) return a[1];
  MayPause here;
  auto length = length_of(a[0]);
  if (!length) return badarg();
  auto* cell = reinterpret_cast<Term*>(context.heap.allocate(2 * *length));
  Term result = list_at(cell);
  Rounds rounds;
  for (Term list = a[0]; list.is_cons(); list = list.tail(), cell += 2, rounds.next()) {
    cell[0] = list.head();
    cell[1] = list.tail().is_cons() ? list_at(cell + 2) : a[1];
  }
  return result;
}

// Each element of the second list removes the first equal one from the first list. A long second list is
// sorted, with a count of removals per element.
NativeResult subtract_2(Context& context, const Term* a) {
  MayPause here;
  auto left = length_of(a[0]), right = length_of(a[1]);
  if (!left || !right) return badarg();
  if (*left == 0 || *right == 0) return a[0];
  Rounds rounds;
  std::vector<Term, HeldAllocator<Term>> remove;
  remove.reserve(*right);
  for (Term list = a[1]; list.is_cons(); list = list.tail(), rounds.next()) remove.push_back(list.head());
  auto less = [&](Term x, Term y) {
    rounds.next();
    return compare_keys(x, y) < 0;
  };
  std::sort(remove.begin(), remove.end(), less);
  // at the first of equal elements: how many of them are used up
  std::vector<std::uint32_t, HeldAllocator<std::uint32_t>> used;
  used.reserve(remove.size());
  for (std::size_t i = 0; i < remove.size(); ++i, rounds.next()) used.push_back(0);
  ListBuilder kept{context.heap};
  for (Term list = a[0]; list.is_cons(); list = list.tail(), rounds.next()) {
    auto [first, last] = std::equal_range(remove.begin(), remove.end(), list.head(), less);
    auto at = static_cast<std::size_t>(first - remove.begin());
    if (first != last && used[at] < static_cast<std::size_t>(last - first))
      ++used[at];
    else
      kept.add(list.head());
  }
  return kept.finish();
}

// --- dictionary: a map

NativeResult put_2(Context& context, const Term* a) {
  MayPause here;
  Term& dictionary = context.state.dictionary;
  if (dictionary.is_nil()) dictionary = map::empty(context.heap);
  Term before = map::get(dictionary, a[0]).value_or(Term::atom(atoms::undefined));
  dictionary = map::put(context.heap, dictionary, a[0], a[1]);
  return before;
}

NativeResult get_1(Context& context, const Term* a) {
  Term dictionary = context.state.dictionary;
  if (dictionary.is_nil()) return Term::atom(atoms::undefined);
  MayPause here;
  return map::get(dictionary, a[0]).value_or(Term::atom(atoms::undefined));
}

NativeResult erase_1(Context& context, const Term* a) {
  Term& dictionary = context.state.dictionary;
  if (dictionary.is_nil()) return Term::atom(atoms::undefined);
  MayPause here;
  Term before = map::get(dictionary, a[0]).value_or(Term::atom(atoms::undefined));
  dictionary = map::remove(context.heap, dictionary, a[0]);
  return before;
}

namespace {

template <class Pick>
Term dictionary_list(Context& context, Pick pick) {
  Term list = Term::nil();
  if (context.state.dictionary.is_nil()) return list;
  MayPause here;
  Rounds rounds;
  map::Iterator all{context.state.dictionary};
  for (map::Entry entry; all.next(entry); rounds.next())
    if (auto item = pick(entry)) list = make_cons(context.heap, *item, list);
  return list;
}

}  // namespace

NativeResult get_0(Context& context, const Term*) {
  return dictionary_list(context, [&](const map::Entry& entry) {
    return std::optional{make_tuple(context.heap, {entry.key, entry.value})};
  });
}

NativeResult erase_0(Context& context, const Term* a) {
  auto all = get_0(context, a);
  context.state.dictionary = Term::nil();
  return all;
}

NativeResult get_keys_0(Context& context, const Term*) {
  return dictionary_list(context, [](const map::Entry& entry) { return std::optional{entry.key}; });
}

NativeResult get_keys_1(Context& context, const Term* a) {
  return dictionary_list(context, [&](const map::Entry& entry) {
    return exactly_equal(entry.value, a[0]) ? std::optional{entry.key} : std::nullopt;
  });
}

// --- funs and modules

NativeResult make_fun_3(Context& context, const Term* a) {
  if (!a[0].is_atom() || !a[1].is_atom() || !a[2].is_small() || a[2].as_small() < 0 || a[2].as_small() > 255)
    return badarg();
  return make_export(context.heap, a[0].as_atom(), a[1].as_atom(),
                     static_cast<std::uint32_t>(a[2].as_small()));
}

namespace {

struct FunItem {
  std::string_view name;
  bool local_only;
};
constexpr FunItem fun_items[] = {{"module", false},  {"name", false}, {"arity", false}, {"env", false},
                                 {"type", false},    {"pid", true},   {"index", true},  {"new_index", true},
                                 {"new_uniq", true}, {"uniq", true}};

std::optional<Term> fun_item(Context& context, Term fun, std::string_view item) {
  auto& heap = context.heap;
  if (is_kind(fun, Kind::export_fun)) {
    auto* object = box_as<ExportFun>(fun);
    if (item == "module") return object->module;
    if (item == "name") return object->function;
    if (item == "arity") return Term::small(static_cast<std::int64_t>(object->arity));
    if (item == "env") return Term::nil();
    if (item == "type") return Term::atom(Atom::of("external"));
    if (item == "pid" || item == "index" || item == "new_index" || item == "new_uniq" || item == "uniq" ||
        item == "refc")
      return Term::atom(atoms::undefined);
    return std::nullopt;
  }
  auto* object = box_as<FunObject>(fun);
  if (item == "module") return object->module;
  if (item == "name") return Term::atom(context.node.modules.fun_name(context.caller, *object));
  if (item == "arity") return Term::small(object->arity);
  if (item == "env")
    return make_list(heap, std::span<const Term>{object->free_variables, object->free_count});
  if (item == "type") return Term::atom(Atom::of("local"));
  if (item == "pid") return object->creator;
  if (item == "index") return make_integer(heap, object->old_index);
  if (item == "new_index") return Term::small(object->index);
  if (item == "new_uniq") return make_binary(heap, std::span<const std::uint8_t>{object->uniq});
  if (item == "uniq") return object->old_uniq;
  if (item == "refc") return Term::small(1);  // references are not counted here
  return std::nullopt;
}

}  // namespace

NativeResult fun_info_2(Context& context, const Term* a) {
  if (!a[0].is_fun() || !a[1].is_atom()) return badarg();
  auto value = fun_item(context, a[0], a[1].as_atom().text());
  return value ? NativeResult{make_tuple(context.heap, {a[1], *value})} : badarg();
}

NativeResult fun_info_1(Context& context, const Term* a) {
  if (!a[0].is_fun()) return badarg();
  std::vector<Term> items;
  for (auto& [name, local_only] : fun_items)
    if (!local_only || is_kind(a[0], Kind::fun))
      items.push_back(make_tuple(context.heap, {Term::atom(Atom::of(name)), *fun_item(context, a[0], name)}));
  return make_list(context.heap, std::span<const Term>{items});
}

NativeResult fun_info_mfa_1(Context& context, const Term* a) {
  if (!a[0].is_fun()) return badarg();
  return make_tuple(context.heap, {*fun_item(context, a[0], "module"), *fun_item(context, a[0], "name"),
                                   *fun_item(context, a[0], "arity")});
}

namespace {

bool is_name(const Term* a) {
  return a[0].is_atom() && a[1].is_atom() && a[2].is_small() && a[2].as_small() >= 0 &&
         a[2].as_small() <= 255;
}

}  // namespace

NativeResult function_exported_3(Context& context, const Term* a) {
  if (!is_name(a)) return badarg();
  return yes_or_no(context.node.modules.exported(context.caller, a[0].as_atom(), a[1].as_atom(),
                                                 static_cast<std::uint32_t>(a[2].as_small())));
}

NativeResult is_builtin_3(Context& context, const Term* a) {
  if (!is_name(a)) return badarg();
  auto module = a[0].as_atom(), function = a[1].as_atom();
  auto arity = static_cast<std::uint32_t>(a[2].as_small());
  bool is_apply = function == atoms::apply && (arity == 2 || arity == 3);
  if (a[0].is(atoms::erlang) && (is_apply || context.node.modules.is_native(module, function, arity)))
    return yes_or_no(true);
  for (auto& native : native_modules())
    for (auto& row : native.rows)
      if (native.module == module.text() && row.function == function.text() && row.arity == arity)
        return yes_or_no(row.on_otp == native_code);
  return yes_or_no(false);
}

NativeResult module_loaded_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  return yes_or_no(context.node.modules.loaded(context.caller, a[0].as_atom()));
}

NativeResult get_module_info_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  auto value = context.node.modules.module_info(context.caller, context.heap, a[0].as_atom(), Atom{});
  return value ? NativeResult{*value} : badarg();
}

NativeResult get_module_info_2(Context& context, const Term* a) {
  if (!a[0].is_atom() || !a[1].is_atom() || a[1].is(Atom{})) return badarg();
  auto value = context.node.modules.module_info(context.caller, context.heap, a[0].as_atom(), a[1].as_atom());
  return value ? NativeResult{*value} : badarg();
}

// --- raising

NativeResult error_1(Context&, const Term* a) { return error(a[0]); }

NativeResult error_2(Context& context, const Term* a) {
  return {make_tuple(context.heap, {a[0], a[1], Term::nil()}), NativeResult::Status::error_with};
}

// Wrong options are ignored.
NativeResult error_3(Context& context, const Term* a) {
  MayPause here;
  Rounds rounds;
  Term information = Term::nil(), options = a[2];
  for (; options.is_cons(); options = options.tail(), rounds.next()) {
    Term option = options.head();
    if (!option.is_tuple(2) || !option.element(0).is(atoms::error_info) || !option.element(1).is_map()) break;
    information = make_list(context.heap, {option});
  }
  if (!options.is_nil()) information = Term::nil();
  return {make_tuple(context.heap, {a[0], a[1], information}), NativeResult::Status::error_with};
}

NativeResult exit_1(Context&, const Term* a) { return {a[0], NativeResult::Status::exit}; }
NativeResult throw_1(Context&, const Term* a) { return {a[0], NativeResult::Status::throw_}; }

namespace {

bool is_frame(Term frame) {
  if (frame.is_tuple(2)) return frame.element(0).is_fun() && length_of(frame.element(1));
  if (!frame.is_tuple(3) && !frame.is_tuple(4)) return false;
  if (frame.is_tuple(3) && frame.element(0).is_fun()) return length_of(frame.element(1)).has_value();
  bool arity = frame.element(2).is_small() && frame.element(2).as_small() >= 0;
  return frame.element(0).is_atom() && frame.element(1).is_atom() && (arity || length_of(frame.element(2))) &&
         (frame.is_tuple(3) || length_of(frame.element(3)));
}

}  // namespace

// Wrong arguments do not raise: the value is badarg. Frames of 3 elements get an empty location.
NativeResult raise_3(Context& context, const Term* a) {
  Term bad = Term::atom(atoms::badarg);
  if (!a[0].is(atoms::error) && !a[0].is(atoms::exit) && !a[0].is(atoms::throw_)) return bad;
  MayPause here;
  Rounds rounds;
  ListBuilder frames{context.heap};
  Term list = a[2];
  for (; list.is_cons(); list = list.tail(), rounds.next()) {
    Term frame = list.head();
    if (!is_frame(frame)) return bad;
    if (frame.is_tuple(3) && frame.element(0).is_atom())
      frame = make_tuple(context.heap, {frame.element(0), frame.element(1), frame.element(2), Term::nil()});
    frames.add(frame);
  }
  if (!list.is_nil()) return bad;
  return {make_tuple(context.heap, {a[0], a[1], frames.finish()}), NativeResult::Status::raise};
}

namespace {

// Long texts in several lines of the log.
void log_text(Context& context, std::string_view text) {
  auto continues = [](char byte) { return (byte & 0xC0) == 0x80; };  // a character of UTF-8
  constexpr std::size_t most_at_once = std::size_t{16} << 10;        // bytes of one line of the log
  std::string_view left{text};
  do {
    auto piece = left.substr(0, most_at_once);
    while (piece.size() < left.size() && continues(left[piece.size()])) piece.remove_suffix(1);
    context.processes.host().log(LogLevel::info, piece);
    left.remove_prefix(piece.size());
    let_others_run(static_cast<std::int64_t>(piece.size() / Pace::converted_bytes));
  } while (!left.empty());
}

}  // namespace

NativeResult display_1(Context& context, const Term* a) {
  auto text = [&] {
    MayPause here;
    return to_text(a[0]);
  }();
  log_text(context, text);
  return Term::atom(atoms::true_);
}

// '$display'(Binary): a text of display_string, without the end of its last line.
NativeResult display_text_1(Context& context, const Term* a) {
  auto bytes = bytes_of_iolist(a[0]);
  if (!bytes) return badarg();
  std::string_view text{reinterpret_cast<const char*>(bytes->data()), bytes->size()};
  if (text.ends_with('\n')) text.remove_suffix(1);
  log_text(context, text);
  return Term::atom(atoms::true_);
}

NativeResult garbage_collect_0(Context& context, const Term*) {
  context.process.body()->collect_soon();
  return {Term::atom(atoms::true_), NativeResult::Status::collected};
}

// '$collect'(Pid, All): returns when a process of this node was collected, or waits again. False: it does not live. One
// that waits for a busy connection is collected when it goes on.
NativeResult collect_2(Context& context, const Term* a) {
  bool all = a[1].is(atoms::true_);
  if (a[0] == context.process.self()) {
    context.process.body()->collect_soon(all);
    return {Term::atom(atoms::true_), NativeResult::Status::collected};
  }
  auto* process = a[0].is_local_pid() ? context.processes.table().find(a[0]) : nullptr;
  bool begun = !context.continuation.is_nil();
  if (!process || !process->body()) return yes_or_no(begun);
  if (!begun)
    process->body()->collect_soon(all);
  else if (!process->body()->collects_soon() || process->is_waiting() || process->suspended())
    return yes_or_no(true);
  context.processes.scheduler().wake_with(*process, context.process.priority);
  return {Term::atom(atoms::true_), NativeResult::Status::again};
}

NativeResult bump_reductions_1(Context&, const Term* a) {
  if (!a[0].is_small() || a[0].as_small() < 0) return badarg();
  constexpr std::int64_t most = 1'000'000;  // more than a time slice
  pace.charge(std::min(a[0].as_small(), most) * Pace::steps_per_reduction);
  return Term::atom(atoms::true_);
}

// Waits for a message.
NativeResult hibernate_0(Context& context, const Term*) {
  if (context.process.mailbox.size() > 0) return Term::atom(atoms::ok);
  context.process.body()->collect_soon();
  return {Term::nil(), NativeResult::Status::suspended};
}

// It yields by asking to be called again.
NativeResult yield_0(Context& context, const Term*) {
  if (context.continuation.is_nil()) return {Term::atom(atoms::true_), NativeResult::Status::again};
  return Term::atom(atoms::true_);
}

}  // namespace noderuntime::erlang
