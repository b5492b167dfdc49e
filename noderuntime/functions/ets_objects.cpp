// Objects of tables: storing, finding, changing and deleting them by key, and stepping from key to key.
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/ets.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/tables/tables.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/visit.h"

namespace noderuntime::ets {

using tables::Entry;
using tables::Row;
using tables::Table;
using tables::Type;

namespace {

Atom cause(const char* text) { return Atom::of(text); }

bool one_per_key(const Table& table) {
  return table.options.type == Type::set || table.options.type == Type::ordered_set;
}

// See ets.h.
bool has_few_terms(Term term, int depth, std::size_t& terms) {
  constexpr std::size_t most_words = 256;
  constexpr int most_depth = 4;
  for (; !is_immediate(term); term = term.tail()) {
    bool cell = term.is_cons();
    auto inner = cell ? TermRange{cell_of(term), 1} : terms_in(box_of(term));
    if (depth == most_depth || inner.count + 1 > terms || (!cell && box_size(term) > most_words))
      return false;
    terms -= inner.count + 1;
    for (std::size_t i = 0; i < inner.count; ++i)
      if (!has_few_terms(inner.first[i], depth + 1, terms)) return false;
    if (!cell) return true;
  }
  return true;
}

// False: some of them are not objects.
template <class Visit>
bool each_object(std::size_t key_position, Term objects, Visit visit) {
  auto fits = [&](Term object) { return object.is_tuple() && object.arity() >= key_position; };
  if (!objects.is_list()) return fits(objects) && (visit(objects), true);
  Rounds rounds;
  for (Term rest = objects; !rest.is_nil(); rest = rest.tail(), rounds.next())
    if (!rest.is_cons() || !fits(rest.head())) return false;
  for (Term rest = objects; rest.is_cons(); rest = rest.tail(), rounds.next()) visit(rest.head());
  return true;
}

// Stores one object or a list of them; all at once, as others see it. only_new: if the table has none of their keys.
NativeResult store(Context& context, const Term* a, bool only_new) {
  auto& tables = context.node.tables;
  TableAccess table{context, a[0], Access::write};
  if (!table) return table.refused();
  auto position = table->options.key_position;
  bool compares_many = false;
  auto find_many = [&](Term object) { compares_many = compares_many || table->compares_many(object); };
  if (is_small(a[1]) && each_object(position, a[1], find_many) && !compares_many) {
    if (!has_room(context, a[1])) return error(atoms::system_limit);
    bool known = false;
    auto look = [&](Term object) { known = known || table->contains(table->key_of(object)); };
    if (only_new && !each_object(position, a[1], look)) return badarg();
    if (known) return yes_or_no(false);
    return each_object(position, a[1], [&](Term object) { table->insert(object); }) ? yes() : badarg();
  }
  const Reference id = table->id;
  table.let_go();
  auto batch = std::make_shared<tables::Batch>(only_new);
  {
    MayPause here;
    bool room = true;
    auto add = [&](Term object) {
      room = room && tables.has_room(batch->words());
      if (room) batch->add(Row::create(object));
    };
    if (!each_object(position, a[1], add)) return badarg();
    if (!room) return error(atoms::system_limit);
  }
  TableAccess later{context, a[0], Access::write};
  if (!later) return later.refused();
  if (later->id != id) return badarg(cause("id"));
  if (!tables.has_room(batch->words())) return error(atoms::system_limit);
  later->start(batch);
  later.let_go();
  TableAccess{context, a[0], Access::write};  // stores the batch
  return yes_or_no(!batch->is_refused());
}

}  // namespace

bool is_small(Term term) {
  std::size_t terms = 64;
  return has_few_terms(term, 0, terms);
}

NativeResult insert_2(Context& context, const Term* a) { return store(context, a, false); }
NativeResult insert_new_2(Context& context, const Term* a) { return store(context, a, true); }

NativeResult lookup_2(Context& context, const Term* a) {
  TableAccess table{context, a[0], Access::read};
  if (!table) return table.refused();
  return objects_of(context, table, table->find(a[1]));
}

NativeResult member_2(Context& context, const Term* a) {
  TableAccess table{context, a[0], Access::read};
  return table ? yes_or_no(table->contains(a[1])) : table.refused();
}

namespace {

NativeResult lookup_element(Context& context, const Term* a, const Term* otherwise) {
  TableAccess table{context, a[0], Access::read};
  if (!table) return table.refused();
  if (!a[2].is_small() || a[2].as_small() < 1) return badarg();
  auto position = static_cast<std::size_t>(a[2].as_small());
  auto* first = table->find(a[1]);
  if (!first) return otherwise ? NativeResult{*otherwise} : badarg(cause("badkey"));
  bool one = one_per_key(*table), wide = true;
  ListBuilder elements{context.heap};
  RowsToCopy rows{table, first};
  rows.for_each([&](Term object) {
    wide = wide && object.arity() >= position;
    if (wide) elements.add(copy(object.element(position - 1), context.heap));
  });
  if (!wide) return badarg();
  return one ? elements.finish().head() : elements.finish();
}

}  // namespace

NativeResult lookup_element_3(Context& context, const Term* a) { return lookup_element(context, a, nullptr); }
NativeResult lookup_element_4(Context& context, const Term* a) { return lookup_element(context, a, a + 3); }

NativeResult delete_2(Context& context, const Term* a) {
  TableAccess table{context, a[0], Access::write};
  if (!table) return table.refused();
  table->erase(a[1]);
  return yes();
}

NativeResult delete_object_2(Context& context, const Term* a) {
  TableAccess table{context, a[0], Access::write};
  if (!table) return table.refused();
  if (!a[1].is_tuple()) return badarg();
  if (table->fits(a[1])) table->erase_object(a[1]);
  return yes();
}

NativeResult delete_all_objects_1(Context& context, const Term* a) {
  TableAccess table{context, a[0], Access::write};
  if (!table) return table.refused();
  context.node.tables.bury(table->clear());
  table.let_go();
  sweep(context.node.tables);
  return yes();
}

NativeResult take_2(Context& context, const Term* a) {
  TableAccess table{context, a[0], Access::write};
  if (!table) return table.refused();
  HeldRows rows;
  for (auto* row = table->find(a[1]); row; row = row->next) rows.add(row);
  table->erase(a[1]);
  table.let_go();
  MayPause here;
  ListBuilder objects{context.heap};
  for (auto* row : rows) pace.spend(1), objects.add(copy(row->object(), context.heap));
  return objects.finish();
}

// --- changing elements

namespace {

// One object being changed: nothing is stored before all changes have succeeded.
class Change {
 public:
  // Changes the object with this key, or else `otherwise` (null: none).
  Change(Context& context, Table& table, Term key, const Term* otherwise)
      : context_{context}, table_{table}, entry_{table.index().find(key)} {
    if (entry_) {
      Term object = entry_->first->object();
      elements_.assign(elements_of(object), elements_of(object) + object.arity());
    } else if (otherwise && table.fits(*otherwise)) {
      elements_.assign(elements_of(*otherwise), elements_of(*otherwise) + otherwise->arity());
      elements_[table.options.key_position - 1] = key;
    }
  }
  bool exists() const { return !elements_.empty(); }

  // Null if the position may be changed, else the reason.
  const char* forbids(Term position) const {
    if (!position.is_small()) return "";
    if (position.as_small() < 1) return "position";
    auto place = static_cast<std::size_t>(position.as_small());
    if (place == table_.options.key_position) return "keypos";
    return place > elements_.size() ? "position" : nullptr;
  }
  Term get(Term position) const { return elements_[static_cast<std::size_t>(position.as_small()) - 1]; }
  void set(Term position, Term value) {
    auto place = static_cast<std::size_t>(position.as_small()) - 1;
    elements_[place] = value;
    changed_.push_back(place);
  }

  void store() {
    if (changed_.empty() && entry_) return;
    bool in_place = entry_ && !entry_->first->is_held();
    for (auto place : changed_) in_place = in_place && is_immediate(elements_[place]);
    if (in_place) {
      for (auto place : changed_) elements_of(entry_->first->object())[place] = elements_[place];
      return;
    }
    Term object = make_tuple(context_.heap, std::span<const Term>{elements_});
    entry_ ? table_.replace(*entry_, entry_->first, object) : table_.insert(object);
  }

 private:
  Context& context_;
  Table& table_;
  Entry* entry_;
  std::vector<Term> elements_;
  std::vector<std::size_t> changed_;
};

NativeResult forbidden(const char* why) { return *why ? badarg(cause(why)) : badarg(); }

// Increment, {Position, Increment} or {Position, Increment, Threshold, SetValue}.
NativeResult increment(Context& context, Change& change, std::size_t key_position, Term operation) {
  Term position = Term::small(static_cast<std::int64_t>(key_position) + 1), by = operation;
  bool bounded = operation.is_tuple(4);
  if (operation.is_tuple(2) || bounded) {
    position = operation.element(0), by = operation.element(1);
    if (bounded && (!operation.element(2).is_integer() || !operation.element(3).is_integer()))
      return badarg();
  }
  if (!by.is_integer()) return badarg();
  if (auto* why = change.forbids(position)) return forbidden(why);
  Term old = change.get(position);
  if (!old.is_integer()) return badarg();
  auto sum = integer::add(context.heap, old, by);
  if (!sum) return error(atoms::system_limit);
  if (bounded) {
    int order = integer::compare(*sum, operation.element(2));
    if (integer::is_negative(by) ? order < 0 : order > 0) sum = operation.element(3);
  }
  change.set(position, *sum);
  return *sum;
}

NativeResult update_counter(Context& context, const Term* a, const Term* otherwise) {
  TableAccess table{context, a[0], Access::write};
  if (!table) return table.refused();
  if (!one_per_key(*table)) return badarg(cause("table_type"));
  if (otherwise && !table->fits(*otherwise)) return badarg();
  Change change{context, *table, a[1], otherwise};
  if (!change.exists()) return badarg(cause("badkey"));
  auto key_position = table->options.key_position;
  NativeResult result = Term::nil();
  if (a[2].is_list()) {
    std::vector<Term> values;
    Term operations = a[2];
    for (; operations.is_cons(); operations = operations.tail()) {
      result = operations.head().is_tuple() ? increment(context, change, key_position, operations.head())
                                            : badarg();
      if (result.status != NativeResult::Status::value) return result;
      values.push_back(result.value);
    }
    if (!operations.is_nil()) return badarg();
    result = make_list(context.heap, std::span<const Term>{values});
  } else {
    result = increment(context, change, key_position, a[2]);
  }
  if (result.status == NativeResult::Status::value) change.store();
  return result;
}

NativeResult update_element(Context& context, const Term* a, const Term* otherwise) {
  TableAccess table{context, a[0], Access::write};
  if (!table) return table.refused();
  if (!one_per_key(*table) || (otherwise && !table->fits(*otherwise))) return badarg();
  Term changes = a[2].is_list() ? a[2] : make_list(context.heap, {a[2]});
  if (!length_of(changes)) return badarg();
  for (Term rest = changes; rest.is_cons(); rest = rest.tail())
    if (!rest.head().is_tuple(2)) return badarg();
  Change change{context, *table, a[1], otherwise};
  if (!change.exists()) return yes_or_no(false);
  for (; changes.is_cons(); changes = changes.tail()) {
    Term position = changes.head().element(0);
    if (auto* why = change.forbids(position))
      return why == std::string_view{"keypos"} ? forbidden(why) : badarg();
    change.set(position, changes.head().element(1));
  }
  if (!has_room(context, a[2])) return error(atoms::system_limit);
  change.store();
  return yes();
}

}  // namespace

NativeResult update_counter_3(Context& context, const Term* a) { return update_counter(context, a, nullptr); }
NativeResult update_counter_4(Context& context, const Term* a) { return update_counter(context, a, a + 3); }
NativeResult update_element_3(Context& context, const Term* a) { return update_element(context, a, nullptr); }
NativeResult update_element_4(Context& context, const Term* a) { return update_element(context, a, a + 3); }

// --- from key to key

namespace {

enum class Step { first, last, next, previous };

// Only ordered sets have a way back. Unless the table is fixed, a key that does not exist is an error.
NativeResult go(Context& context, const Term* a, Step step, bool with_objects) {
  TableAccess table{context, a[0], Access::read};
  if (!table) return table.refused();
  auto& index = table->index();
  bool ordered = table->options.type == Type::ordered_set;
  bool from_key = step == Step::next || step == Step::previous;
  if (from_key && ordered && a[1] == end_of_table()) return badarg();
  Entry* here = from_key && !ordered ? index.find(a[1]) : nullptr;
  if (from_key && !ordered && table->fixed_by.empty() && !here) return badarg();
  Entry* entry = nullptr;
  switch (step) {
    case Step::first: entry = index.first(); break;
    case Step::last: entry = ordered ? index.last() : index.first(); break;
    case Step::next: entry = here ? index.next(*here) : index.after(a[1]); break;
    case Step::previous:
      entry = ordered ? index.before(a[1]) : here ? index.next(*here) : index.after(a[1]);
      break;
  }
  if (!entry) return end_of_table();
  if (!with_objects && is_immediate(entry->key)) return entry->key;
  auto position = table->options.key_position - 1;
  std::optional<Term> key;
  ListBuilder objects{context.heap};
  RowsToCopy rows{table, entry->first};
  rows.for_each([&](Term object) {
    if (!key) key = copy(object.element(position), context.heap);
    if (with_objects) objects.add(copy(object, context.heap));
  });
  return with_objects ? make_tuple(context.heap, {*key, objects.finish()}) : *key;
}

}  // namespace

NativeResult first_1(Context& context, const Term* a) { return go(context, a, Step::first, false); }
NativeResult last_1(Context& context, const Term* a) { return go(context, a, Step::last, false); }
NativeResult next_2(Context& context, const Term* a) { return go(context, a, Step::next, false); }
NativeResult prev_2(Context& context, const Term* a) { return go(context, a, Step::previous, false); }
NativeResult first_lookup_1(Context& context, const Term* a) { return go(context, a, Step::first, true); }
NativeResult last_lookup_1(Context& context, const Term* a) { return go(context, a, Step::last, true); }
NativeResult next_lookup_2(Context& context, const Term* a) { return go(context, a, Step::next, true); }
NativeResult prev_lookup_2(Context& context, const Term* a) { return go(context, a, Step::previous, true); }

NativeResult slot_2(Context& context, const Term* a) {
  TableAccess table{context, a[0], Access::read};
  if (!table) return table.refused();
  if (!a[1].is_small() || a[1].as_small() < 0) return badarg();
  auto number = static_cast<std::size_t>(a[1].as_small());
  std::vector<Entry*> entries;
  if (!table->index().slot(number, entries)) {
    bool just_beyond = number == 0 || table->index().slot(number - 1, entries);
    return just_beyond ? NativeResult{end_of_table()} : badarg();
  }
  HeldRows rows;
  for (auto* entry : entries)
    for (auto* row = entry->first; row; row = row->next) rows.add(row);
  table.let_go();
  MayPause here;
  ListBuilder objects{context.heap};
  for (auto* row : rows) pace.spend(1), objects.add(copy(row->object(), context.heap));
  return objects.finish();
}

}  // namespace noderuntime::ets
