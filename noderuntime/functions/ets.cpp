#include "noderuntime/functions/ets.h"

#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/tables/tables.h"

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
  using tables::Protection;
  static const Atom no_access = Atom::of("access"), no_table = Atom::of("id"), no_name = Atom::of("type");
  cause_ = name.is_atom() || name.is_reference() ? no_table : no_name;
  tables::Table* table = nullptr;
  if (name.is_atom()) table = tables_.find(name.as_atom());
  if (name.is_reference()) table = tables_.find(to_reference(context.processes.self(), name));
  if (!table) return;
  auto protection = table->options.protection;
  bool owner = table->owner == context.process.self();
  if (!owner && ((access == Access::write && protection != Protection::public_) ||
                 (access == Access::read && protection == Protection::private_))) {
    cause_ = no_access;
    return;
  }
  table_ = table, before_ = table->words();
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

Term objects_of(Context& context, const tables::Row* first) {
  std::vector<Term> objects;
  for (auto* row = first; row; row = row->next) objects.push_back(copy(row->object(), context.heap));
  return make_list(context.heap, std::span<const Term>{objects});
}

Term end_of_table() {
  static const Atom end = Atom::of("$end_of_table");
  return Term::atom(end);
}

}  // namespace ets

}  // namespace noderuntime
