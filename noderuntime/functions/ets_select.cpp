// Patterns and match specifications over whole tables, in pieces, so that other processes run meanwhile.
#include <algorithm>

#include "noderuntime/functions/ets.h"
#include "noderuntime/functions/guard_functions.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/tables/match_specification.h"
#include "noderuntime/tables/tables.h"

namespace noderuntime::ets {

using tables::MatchSpecification;
using tables::Row;
using tables::Table;
using tables::Type;
using tables::Walk;

namespace {

constexpr std::size_t objects_per_piece = 2000;
constexpr std::int64_t steps_per_object = 32;

using Source = MatchSpecification::Source;

// A specification that continuations refer to.
class Held {
 public:
  explicit Held(MatchSpecification* specification) : specification_{specification} {
    if (specification_) MagicObject::keep(specification_);
  }
  ~Held() {
    if (specification_) MagicObject::release(specification_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  explicit operator bool() const { return specification_ != nullptr; }
  MatchSpecification* get() const { return specification_; }
  MatchSpecification& operator*() const { return *specification_; }
  MatchSpecification* operator->() const { return specification_; }

 private:
  MatchSpecification* specification_;
};

// A specification for one call, which refers to the arguments of that call. The next call uses its memory again.
class OneUse {
 public:
  explicit OneUse(tables::Tables& tables)
      : spare_{tables.spare_specification}, specification_{std::move(spare_)} {
    if (!specification_) specification_ = std::make_unique<MatchSpecification>();
  }
  ~OneUse() { spare_ = std::move(specification_); }
  OneUse(const OneUse&) = delete;
  OneUse& operator=(const OneUse&) = delete;
  MatchSpecification& operator*() const { return *specification_; }
  MatchSpecification* operator->() const { return specification_.get(); }

 private:
  std::unique_ptr<MatchSpecification>& spare_;
  std::unique_ptr<MatchSpecification> specification_;
};

MatchSpecification* compiled(Term term) {
  return is_kind(term, Kind::magic_reference)
             ? dynamic_cast<MatchSpecification*>(box_as<MagicReference>(term)->object)
             : nullptr;
}

enum class Purpose { collect, count, erase, replace };

struct Request {
  Purpose purpose = Purpose::collect;
  bool backwards = false;
  std::size_t limit = 0;  // of a collection; 0: all
};

// The state of a walk. As a term: {Key, Seen, Found, Values, Specification}; without a key: at the start.
struct Progress {
  std::optional<Walk::Position> position;
  std::size_t found = 0;
  Term values = Term::nil();  // the last one first
};

class Selection {
 public:
  Selection(Context& context, Table& table, MatchSpecification& specification, Request request)
      : context_{context},
        table_{table},
        specification_{specification},
        request_{request},
        functions_{context},
        walk_{table, specification.keys(table.options.key_position), request.backwards} {}

  enum class Outcome { end, limit, more, bad_object };
  // Runs one piece.
  Outcome run(Progress& progress) {
    if (progress.position) walk_.resume(*progress.position);
    OneStep here;
    Outcome outcome = look(progress);
    if (outcome == Outcome::limit || outcome == Outcome::more) {
      auto position = walk_.position();
      progress.position = {copy(position.key, context_.heap), position.seen};
    }
    for (auto& [entry, row] : to_delete_) table_.erase_row(*entry, row);
    return outcome;
  }

 private:
  // Objects are deleted after the piece, so a deleting piece ends between two keys.
  Outcome look(Progress& progress) {
    std::size_t looked = 0;
    while (auto* row = walk_.next()) {
      pace.charge(steps_per_object);
      if (auto value = specification_.run(row->object(), scratch_, functions_)) {
        if (!use(row, *value, progress)) return Outcome::bad_object;
      }
      if (!scratch_.empty()) scratch_.clear();
      if (request_.limit > 0 && progress.found >= request_.limit) return Outcome::limit;
      bool between = request_.purpose != Purpose::erase || walk_.between_keys();
      if ((++looked >= objects_per_piece || pace.is_over()) && between) return Outcome::more;
    }
    return walk_.has_more_keys() ? Outcome::more : Outcome::end;
  }

  bool use(const Row* row, Term value, Progress& progress) {
    switch (request_.purpose) {
      case Purpose::collect:
        progress.values = make_cons(context_.heap, copy(value, context_.heap), progress.values);
        ++progress.found;
        break;
      case Purpose::count: progress.found += value.is(atoms::true_); break;
      case Purpose::erase:
        if (!value.is(atoms::true_)) break;
        to_delete_.emplace_back(&walk_.entry(), row);
        ++progress.found;
        break;
      case Purpose::replace:
        // The specification keeps the key, but meanwhile the name may have gone to another table.
        if (!table_.fits(value) || !exactly_equal(table_.key_of(value), table_.key_of(row->object())))
          return false;
        table_.replace(walk_.entry(), row, value);
        ++progress.found;
        break;
    }
    return true;
  }

  Context& context_;
  Table& table_;
  MatchSpecification& specification_;
  Request request_;
  GuardFunctions functions_;
  Walk walk_;
  Heap scratch_;
  std::vector<std::pair<tables::Entry*, const Row*>> to_delete_;
};

Term number(std::size_t value) { return Term::small(static_cast<std::int64_t>(value)); }

Term reversed(Heap& heap, Term list) {
  MayPause here;
  Rounds rounds;
  Term result = Term::nil();
  for (; list.is_cons(); list = list.tail(), rounds.next()) result = make_cons(heap, list.head(), result);
  return result;
}

Term specification_term(Context& context, MatchSpecification& specification) {
  return make_magic_reference(context.heap, context.processes.this_node().make_reference(), &specification);
}

// The continuation for select/1, with the parts of OTP's in their places: {Table, Key, Limit, Specification, [], Seen}; of
// an ordered_set {Table, Key, [], Limit, Specification, [], Backwards, Seen}. A named table has its reference there: it may
// get another name.
struct Continuation {
  static constexpr std::size_t size = 6, ordered_size = 8;
  Term table, key, limit, specification, backwards, seen;

  static std::optional<Continuation> of(Term term) {
    if (!term.is_tuple(size) && !term.is_tuple(ordered_size)) return std::nullopt;
    bool ordered = term.is_tuple(ordered_size);
    auto part = [&](std::size_t place) { return term.element(ordered && place > 1 ? place + 1 : place); };
    return Continuation{part(0),
                        part(1),
                        part(2),
                        part(3),
                        ordered ? term.element(6) : Term::small(0),
                        term.element(term.arity() - 1)};
  }
  Term term(Heap& heap, bool ordered) const {
    if (!ordered) return make_tuple(heap, {table, key, limit, specification, Term::nil(), seen});
    return make_tuple(heap, {table, key, Term::nil(), limit, specification, Term::nil(), backwards, seen});
  }
};

NativeResult answer(Context& context, TableAccess& table, MatchSpecification& specification,
                    const Request& request, const Progress& progress, bool ended) {
  auto& heap = context.heap;
  bool is_ordered = table->options.type == Type::ordered_set;
  Reference id = table->id;
  table.let_go();
  if (request.purpose != Purpose::collect) return number(progress.found);
  Term values = reversed(heap, progress.values);
  if (request.limit == 0) return values;
  if (ended && values.is_nil()) return end_of_table();
  if (ended) return make_tuple(heap, {values, end_of_table()});
  Continuation continuation{make_reference(heap, context.processes.self(), id),
                            progress.position->key,
                            number(request.limit),
                            specification_term(context, specification),
                            number(request.backwards),
                            number(progress.position->seen)};
  return make_tuple(heap, {values, continuation.term(heap, is_ordered)});
}

Progress progress_of(Term state) {
  Progress progress;
  progress.position = {state.element(0), static_cast<std::size_t>(state.element(1).as_small())};
  progress.found = static_cast<std::size_t>(state.element(2).as_small());
  progress.values = state.element(3);
  return progress;
}

// The same function is called again.
NativeResult again(Context& context, const Progress& progress, MatchSpecification& specification) {
  Term state = make_tuple(context.heap,
                          {progress.position->key, number(progress.position->seen), number(progress.found),
                           progress.values, specification_term(context, specification)});
  return {state, NativeResult::Status::again};
}

NativeResult select(Context& context, TableAccess& table, MatchSpecification& specification,
                    const Request& request, Progress progress) {
  auto outcome = Selection{context, *table, specification, request}.run(progress);
  if (outcome == Selection::Outcome::bad_object) return badarg();
  if (outcome == Selection::Outcome::more) return again(context, progress, specification);
  return answer(context, table, specification, request, progress, outcome == Selection::Outcome::end);
}

// Selects at once what is selected in one piece, as most of it is.
NativeResult select_once(Context& context, TableAccess& table, const Source& source, const Request& request,
                         GuardFunctions& functions) {
  OneUse specification{context.node.tables};
  if (!specification->recompile(source, functions)) return badarg();
  Progress progress;
  auto outcome = Selection{context, *table, *specification, request}.run(progress);
  if (outcome == Selection::Outcome::bad_object) return badarg();
  if (outcome == Selection::Outcome::end)
    return answer(context, table, *specification, request, progress, true);
  Held lasting{MatchSpecification::compile(source, functions)};
  return again(context, progress, *lasting);
}

// What is large is compiled while others run, and then the table is looked for again.
NativeResult select(Context& context, Term name, Source source, Request request) {
  bool replaces = request.purpose == Purpose::replace;
  Access access = replaces || request.purpose == Purpose::erase ? Access::write : Access::read;
  Term state = context.continuation;
  GuardFunctions functions{context};
  std::optional<Held> large;
  if (state.is_nil() && !is_small(source.term)) {
    std::size_t key_position = 0;
    {
      TableAccess table{context, name, access};
      if (!table) return table.refused();
      key_position = table->options.key_position;
    }
    if (replaces) source.kept_key = key_position;
    MayPause here;
    large.emplace(MatchSpecification::compile(source, functions));
    if (*large) (*large)->keys(key_position);
  }
  TableAccess table{context, name, access};
  if (!table) return table.refused();
  static const Atom table_type = Atom::of("table_type");
  if (replaces && table->options.type == Type::bag) return badarg(table_type);
  request.backwards = request.backwards && table->options.type == Type::ordered_set;
  if (!state.is_nil()) {
    Held specification{compiled(state.element(4))};
    return select(context, table, *specification, request, progress_of(state));
  }
  if (replaces && !large) source.kept_key = table->options.key_position;
  if (request.limit == 0 && !large) return select_once(context, table, source, request, functions);
  Held specification{large ? large->get() : MatchSpecification::compile(source, functions)};
  if (!specification) return badarg();
  return select(context, table, *specification, request, {});
}

NativeResult select_specified(Context& context, const Term* a, Request request) {
  return select(context, a[0], {.term = a[1]}, request);
}

using Wanted = MatchSpecification::Wanted;
NativeResult select_pattern(Context& context, const Term* a, Wanted wanted, Request request) {
  return select(context, a[0], {.term = a[1], .of_pattern = wanted}, request);
}

std::optional<std::size_t> limit_of(Term limit) {
  if (!limit.is_small() || limit.as_small() < 1) return std::nullopt;
  return static_cast<std::size_t>(limit.as_small());
}

}  // namespace

NativeResult select_2(Context& context, const Term* a) { return select_specified(context, a, {}); }
NativeResult select_reverse_2(Context& context, const Term* a) {
  return select_specified(context, a, {.backwards = true});
}
NativeResult select_count_2(Context& context, const Term* a) {
  return select_specified(context, a, {Purpose::count});
}
NativeResult internal_select_delete_2(Context& context, const Term* a) {
  return select_specified(context, a, {Purpose::erase});
}
NativeResult select_replace_2(Context& context, const Term* a) {
  return select_specified(context, a, {Purpose::replace});
}
// A wrong argument behind the table's name: a table that may not be read is told first.
NativeResult bad_argument_for(Context& context, Term name) {
  TableAccess table{context, name, Access::read};
  return table ? badarg() : table.refused();
}

NativeResult select_3(Context& context, const Term* a) {
  auto limit = limit_of(a[2]);
  return limit ? select_specified(context, a, {.limit = *limit}) : bad_argument_for(context, a[0]);
}
NativeResult select_reverse_3(Context& context, const Term* a) {
  auto limit = limit_of(a[2]);
  return limit ? select_specified(context, a, {.backwards = true, .limit = *limit})
               : bad_argument_for(context, a[0]);
}

NativeResult match_2(Context& context, const Term* a) {
  return select_pattern(context, a, Wanted::bindings, {});
}
NativeResult match_3(Context& context, const Term* a) {
  auto limit = limit_of(a[2]);
  return limit ? select_pattern(context, a, Wanted::bindings, {.limit = *limit})
               : bad_argument_for(context, a[0]);
}
NativeResult match_object_2(Context& context, const Term* a) {
  return select_pattern(context, a, Wanted::object, {});
}
NativeResult match_object_3(Context& context, const Term* a) {
  auto limit = limit_of(a[2]);
  return limit ? select_pattern(context, a, Wanted::object, {.limit = *limit})
               : bad_argument_for(context, a[0]);
}
NativeResult match_delete_2(Context& context, const Term* a) {
  auto deleted = select_pattern(context, a, Wanted::true_, {Purpose::erase});
  return deleted.status == NativeResult::Status::value ? NativeResult{Term::boolean(true)} : deleted;
}

NativeResult tab2list_1(Context& context, const Term* a) {
  static const Atom any = Atom::of("_");
  return select(context, a[0], {.term = Term::atom(any), .of_pattern = Wanted::object}, {});
}

// select/1, match/1, match_object/1 and select_reverse/1 all continue a walk.
NativeResult select_1(Context& context, const Term* a) {
  Term left = a[0];
  if (left == end_of_table()) return left;
  if (!left.is_tuple() || left.arity() == 0) return badarg();
  TableAccess table{context, left.element(0), Access::read};
  if (!table) return table.refused();
  auto from = Continuation::of(left);
  if (!from) return badarg();
  auto limit = limit_of(from->limit);
  auto* specification = compiled(from->specification);
  if (!limit || !specification || !from->seen.is_small()) return badarg();
  bool backwards = from->backwards == Term::small(1) && table->options.type == Type::ordered_set;
  Request request{Purpose::collect, backwards, *limit};
  Progress progress;
  progress.position = {from->key, static_cast<std::size_t>(from->seen.as_small())};
  if (!context.continuation.is_nil()) progress = progress_of(context.continuation);
  Held held{specification};
  return select(context, table, *held, request, progress);
}

// --- specifications without a table

NativeResult match_spec_compile_1(Context& context, const Term* a) {
  GuardFunctions functions{context};
  MayPause here;
  Held specification{MatchSpecification::compile(a[0], functions)};
  return specification ? NativeResult{specification_term(context, *specification)} : badarg();
}

NativeResult is_compiled_ms_1(Context&, const Term* a) { return yes_or_no(compiled(a[0]) != nullptr); }

// match_spec_run_r(List, Compiled, Found): puts the results in front of Found, the last one first.
NativeResult match_spec_run_r_3(Context& context, const Term* a) {
  auto* specification = compiled(a[1]);
  if (!specification) return badarg();
  bool goes_on = !context.continuation.is_nil();
  Term list = goes_on ? context.continuation.element(0) : a[0];
  Term found = goes_on ? context.continuation.element(1) : a[2];
  GuardFunctions functions{context};
  OneStep here;
  for (std::size_t looked = 0; list.is_cons(); list = list.tail(), ++looked) {
    pace.charge(steps_per_object);
    if (looked == objects_per_piece || (looked > 0 && pace.is_over()))
      return {make_tuple(context.heap, {list, found}), NativeResult::Status::again};
    if (auto value = specification->run(list.head(), context.heap, functions))
      found = make_cons(context.heap, copy(*value, context.heap), found);
  }
  return list.is_nil() ? NativeResult{found} : badarg();
}

}  // namespace noderuntime::ets
