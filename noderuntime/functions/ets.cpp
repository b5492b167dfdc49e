#include "noderuntime/functions/ets.h"

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/tables/tables.h"
#include "noderuntime/term/shared_walk.h"

namespace noderuntime {

namespace {

constexpr NativeRow ets_functions[] = {
#define NODERUNTIME_ROW(name, arity, function) {name, arity, ets::function},
    NODERUNTIME_ETS(NODERUNTIME_ROW)
#undef NODERUNTIME_ROW
};

}  // namespace

extern const NativeModule ets_module;
const NativeModule ets_module{"ets", ets_functions, "erl_stdlib_errors"};

namespace ets {

TableAccess::TableAccess(Context& context, Term name, Access access) : tables_{context.node.tables} {
  constexpr std::size_t rows_at_once = 128;
  constexpr std::int64_t steps_per_row = 64;
  for (;;) {
    auto* table = find(context, name, access);
    if (!table) return;
    if (!table->has_batch()) {
      table_ = table, before_ = table->words();
      one_step_.emplace();
      return;
    }
    auto before = table->words();
    table->store_some(rows_at_once);
    tables_.changed(*table, before);
    let_others_run(rows_at_once * steps_per_row);
  }
}

namespace {

constexpr std::uint32_t of_table = std::uint32_t{1} << 31;  // in the last word, which counts up to 2^14

bool is_table_id(const Reference& reference, const NodeIdentity& self) {
  return reference.node == self && reference.count == 3 && (reference.words[2] & of_table) != 0;
}

}  // namespace

Reference new_table_id(Context& context) {
  auto id = context.processes.this_node().make_reference();
  id.words[2] |= of_table;
  return id;
}

namespace {

Atom no_table() {
  static const Atom id = Atom::of("id");
  return id;
}

}  // namespace

bool TableAccess::does_not_exist() const { return !table_ && cause_ == no_table(); }

tables::Table* TableAccess::find(Context& context, Term name, Access access) {
  using tables::Protection;
  static const Atom no_access = Atom::of("access"), no_name = Atom::of("type");
  cause_ = name.is_atom() ? no_table() : no_name;
  tables::Table* table = nullptr;
  if (name.is_atom()) table = tables_.find(name.as_atom());
  if (name.is_reference()) {
    auto id = to_reference(context.processes.self(), name);
    table = tables_.find(id);
    if (!table && is_table_id(id, context.processes.self())) cause_ = no_table();
  }
  if (!table) return nullptr;
  auto protection = table->options.protection;
  bool owner = table->owner == context.process.self();
  if (!owner && ((access == Access::write && protection != Protection::public_) ||
                 (access == Access::read && protection == Protection::private_))) {
    cause_ = no_access;
    return nullptr;
  }
  return table;
}

void sweep(tables::Tables& tables) {
  constexpr std::size_t rows_at_once = 512;
  constexpr std::int64_t steps_per_row = 32;
  while (tables.sweep(rows_at_once)) let_others_run(rows_at_once * steps_per_row);
}

bool has_room(Context& context, Term object) {
  auto& tables = context.node.tables;
  return tables.limits().words == std::numeric_limits<std::size_t>::max() ||
         tables.has_room(size_in_words(object));
}

Term name_of(Context& context, const tables::Table& table) {
  return table.options.named ? Term::atom(table.name)
                             : make_reference(context.heap, context.processes.self(), table.id);
}

namespace {

bool are_small(const tables::Row* row) {
  constexpr std::size_t most_words = 4096, most_rows = 64;
  std::size_t words = 0, rows = 0;
  for (; row && words <= most_words && rows <= most_rows; row = row->next) words += row->words(), ++rows;
  return !row;
}

}  // namespace

RowsToCopy::RowsToCopy(TableAccess& table, const tables::Row* first) : small_{first} {
  if (are_small(first)) return;
  small_ = nullptr;
  std::size_t count = 0;
  for (auto* row = first; row; row = row->next) ++count;
  large_.reserve(count);
  for (auto* row = first; row; row = row->next) large_.add(row);
  pace.charge(8 * static_cast<std::int64_t>(count));
  table.let_go();
  may_pause_.emplace();
}

Term objects_of(Context& context, TableAccess& table, const tables::Row* first) {
  ListBuilder objects{context.heap};
  RowsToCopy rows{table, first};
  rows.for_each([&](Term object) { objects.add(copy(object, context.heap)); });
  return objects.finish();
}

Term end_of_table() {
  static const Atom end = Atom::of("$end_of_table");
  return Term::atom(end);
}

}  // namespace ets

}  // namespace noderuntime
