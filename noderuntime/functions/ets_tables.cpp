// Whole tables: creating, naming, owning and describing them.
#include <algorithm>
#include <cmath>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/ets.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/tables/tables.h"

namespace noderuntime::ets {

using tables::Options;
using tables::Protection;
using tables::Table;
using tables::Type;

namespace {

struct TypeName {
  const char* text;
  Type type;
};
constexpr TypeName types[] = {{"set", Type::set},
                              {"ordered_set", Type::ordered_set},
                              {"bag", Type::bag},
                              {"duplicate_bag", Type::duplicate_bag}};

struct ProtectionName {
  const char* text;
  Protection protection;
};
constexpr ProtectionName protections[] = {{"public", Protection::public_},
                                          {"protected", Protection::protected_},
                                          {"private", Protection::private_}};

std::string_view text_of(Term atom) { return atom.is_atom() ? atom.as_atom().text() : std::string_view{}; }

bool set_protection(Options& options, Term name) {
  for (auto& row : protections)
    if (text_of(name) == row.text) return options.protection = row.protection, true;
  return false;
}

bool is_boolean(Term term) { return term.is(atoms::true_) || term.is(atoms::false_); }

// {heir, none} or {heir, Pid, Data}
bool set_heir(Options& options, Term option) {
  if (option.is_tuple(2)) {
    options.heir = Term::nil(), options.heir_data = {};
    return text_of(option.element(1)) == "none";
  }
  if (!option.element(1).is_local_pid()) return false;
  options.heir = option.element(1);
  options.heir_data = OwnedTerm::copy_of(option.element(2));
  return true;
}

// {debug_hash_fixed_number_of_locks, Count}: OTP's option for tests of its locks.
bool is_number_of_locks(Term value) {
  constexpr std::int64_t most = 32 * 1024;
  if (!value.is_tuple(2) || !value.element(1).is_small()) return false;
  auto count = value.element(1).as_small();
  return text_of(value.element(0)) == "debug_hash_fixed_number_of_locks" && count > 0 && count <= most;
}

// There is one scheduler, so nothing is written at the same time: as on OTP with one scheduler, the option is checked, and
// has no effect.
bool is_write_concurrency(Term value) {
  return is_boolean(value) || text_of(value) == "auto" || is_number_of_locks(value);
}

bool set_flag(Options& options, std::string_view name, Term value) {
  if (name == "write_concurrency") return is_write_concurrency(value);
  if (!is_boolean(value)) return false;
  if (name == "read_concurrency") return options.read_concurrency = value.is(atoms::true_), true;
  return name == "decentralized_counters";
}

bool set_option(Options& options, Term option) {
  if (option.is_atom()) {
    auto name = text_of(option);
    for (auto& row : types)
      if (name == row.text) return options.type = row.type, true;
    if (name == "named_table") return options.named = true;
    if (name == "compressed") return options.compressed = true;
    return set_protection(options, option);
  }
  bool pair = option.is_tuple(2), triple = option.is_tuple(3);
  if (!pair && !triple) return false;
  auto name = text_of(option.element(0));
  if (name == "heir") return set_heir(options, option);
  if (!pair) return false;
  Term value = option.element(1);
  if (name != "keypos") return set_flag(options, name, value);
  if (!value.is_small() || value.as_small() < 1) return false;
  options.key_position = static_cast<std::size_t>(value.as_small());
  return true;
}

}  // namespace

NativeResult new_2(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  Options options;
  {
    MayPause here;
    Rounds rounds;
    Term list = a[1];
    for (; list.is_cons(); list = list.tail(), rounds.next())
      if (!set_option(options, list.head())) return badarg();
    if (!list.is_nil()) return badarg();
  }
  auto made = context.node.tables.make(new_table_id(context), a[0].as_atom(), context.process.self(),
                                       std::move(options));
  if (made.table) return name_of(context, *made.table);
  static const Atom taken = Atom::of("already_exists");
  return made.problem == tables::Tables::Problem::name_taken ? badarg(taken) : error(atoms::system_limit);
}

NativeResult delete_1(Context& context, const Term* a) {
  TableAccess table{context, a[0], Access::write};
  if (!table) return table.refused();
  context.node.tables.bury(*table);
  table.removed();
  sweep(context.node.tables);
  return yes();
}

NativeResult rename_2(Context& context, const Term* a) {
  TableAccess table{context, a[0], Access::write};
  if (!table) return table.refused();
  if (!a[1].is_atom() || !context.node.tables.rename(*table, a[1].as_atom())) return badarg();
  return name_of(context, *table);
}

// Tables that are there all the time are in the list once; others perhaps.
NativeResult all_0(Context& context, const Term*) {
  Term list = Term::nil();
  context.node.tables.visit_all(
      [&] { list = Term::nil(); },
      [&](const Table& table) { list = make_cons(context.heap, name_of(context, table), list); });
  return list;
}

NativeResult whereis_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  auto* table = context.node.tables.find(a[0].as_atom());
  return table ? make_reference(context.heap, context.processes.self(), table->id)
               : Term::atom(atoms::undefined);
}

// give_away(Table, Pid, Data): the new owner gets {'ETS-TRANSFER', Table, From, Data}.
NativeResult give_away_3(Context& context, const Term* a) {
  TableAccess table{context, a[0], Access::info};
  if (!table) return table.refused();
  static const Atom owner = Atom::of("owner"), transfer = Atom::of("ETS-TRANSFER");
  Term from = context.process.self();
  if (table->owner != from) return badarg(Atom::of("not_owner"));
  if (a[1] == from) return badarg(owner);
  auto* receiver = context.processes.table().find(a[1]);
  if (!receiver) return badarg();
  context.node.tables.give(*table, a[1]);
  Term message = make_tuple(context.heap, {Term::atom(transfer), name_of(context, *table), from, a[2]});
  context.processes.signals().send(context.process, a[1], message);
  return yes();
}

NativeResult setopts_2(Context& context, const Term* a) {
  TableAccess table{context, a[0], Access::write};
  if (!table) return table.refused();
  if (table->owner != context.process.self()) return badarg();
  Term list = a[1].is_list() ? a[1] : make_list(context.heap, {a[1]});
  Options changed;
  bool heir = false, protection = false;
  for (; list.is_cons(); list = list.tail()) {
    Term option = list.head();
    bool pair = option.is_tuple(2);
    if (!pair && !option.is_tuple(3)) return badarg();
    auto name = text_of(option.element(0));
    bool& seen = name == "heir" ? heir : protection;
    if (seen) return badarg();
    seen = true;
    if (name == "heir" ? !set_heir(changed, option)
                       : !pair || name != "protection" || !set_protection(changed, option.element(1)))
      return badarg();
  }
  if (!list.is_nil()) return badarg();
  if (heir) table->options.heir = changed.heir, table->options.heir_data = std::move(changed.heir_data);
  if (protection) table->options.protection = changed.protection;
  return yes();
}

NativeResult safe_fixtable_2(Context& context, const Term* a) {
  TableAccess table{context, a[0], Access::read};
  if (!table) return table.refused();
  if (!is_boolean(a[1])) return badarg();
  auto& tables = context.node.tables;
  auto& host = context.processes.host();
  if (a[1].is(atoms::true_))
    tables.fix(*table, context.process.self(), host.monotonic_nanoseconds(), host.system_nanoseconds());
  else
    tables.unfix(*table, context.process.self());
  return yes();
}

// --- information

namespace {

Term fixed(Context& context, const Table& table, Term since) {
  auto& heap = context.heap;
  if (table.fixed_by.empty()) return Term::boolean(false);
  Term by = Term::nil();
  for (auto& [process, times] : table.fixed_by)
    by = make_cons(heap,
                   make_tuple(heap, {from_word(process), Term::small(static_cast<std::int64_t>(times))}), by);
  return make_tuple(heap, {since, by});
}

std::optional<Term> item(Context& context, const Table& table, std::string_view name) {
  auto& heap = context.heap;
  auto& options = table.options;
  auto number = [](std::size_t value) { return Term::small(static_cast<std::int64_t>(value)); };
  if (name == "id") return make_reference(heap, context.processes.self(), table.id);
  if (name == "decentralized_counters" || name == "write_concurrency") return Term::boolean(false);
  if (name == "read_concurrency") return Term::boolean(options.read_concurrency);
  if (name == "compressed") return Term::boolean(options.compressed);
  if (name == "memory") return number(table.words() + table.index().words() + sizeof(Table) / sizeof(Word));
  if (name == "owner") return table.owner;
  if (name == "heir") return options.heir.is_nil() ? Term::atom(Atom::of("none")) : options.heir;
  if (name == "name") return Term::atom(table.name);
  if (name == "size") return number(table.size());
  if (name == "node") return Term::atom(context.processes.self().name);
  if (name == "named_table") return Term::boolean(options.named);
  if (name == "type") return Term::atom(Atom::of(types[static_cast<std::size_t>(options.type)].text));
  if (name == "keypos") return number(options.key_position);
  if (name == "protection")
    return Term::atom(Atom::of(protections[static_cast<std::size_t>(options.protection)].text));
  if (name == "fixed") return Term::boolean(!table.fixed_by.empty());
  if (name == "safe_fixed_monotonic_time")
    return fixed(context, table, make_integer(heap, table.fixed_since_monotonic));
  if (name == "safe_fixed") {
    auto micro = table.fixed_since / 1000;
    constexpr std::int64_t million = 1'000'000;
    return fixed(context, table,
                 make_tuple(heap, {Term::small(micro / million / million),
                                   Term::small(micro / million % million), Term::small(micro % million)}));
  }
  return std::nullopt;
}

NativeResult without_table(const TableAccess& table) {
  return table.does_not_exist() ? NativeResult{Term::atom(atoms::undefined)} : table.refused();
}

// {Id, Bytes, Holders} of each counted binary in the objects, as process_info/2 tells them. Others run meanwhile: an object
// that comes or goes is told or not.
NativeResult binaries(Context& context, Term name) {
  constexpr std::size_t rows_at_once = 512;
  auto& heap = context.heap;
  ListBuilder items{heap};
  const tables::Keys all;
  std::optional<Reference> id;
  std::optional<tables::Walk::Position> position;
  for (bool ended = false; !ended;) {
    HeldRows rows;
    {
      TableAccess table{context, name, Access::info};
      if (!table) return without_table(table);
      if (id && table->id != *id) return Term::atom(atoms::undefined);
      id = table->id;
      tables::Walk walk{*table, all, false};
      if (position) walk.resume(*position);
      std::size_t looked = 0;
      for (; !ended && looked < rows_at_once; ++looked) {
        auto* row = walk.next();
        ended = !row;
        if (row && row->outside()) rows.add(row);
      }
      if (!ended) position = {copy(walk.position().key, heap), walk.position().seen};
    }
    MayPause here;
    pace.spend(8 * static_cast<std::int64_t>(rows_at_once));
    for (auto* row : rows)
      for (auto* object = row->outside(); object; object = object->next) {
        pace.spend(4);
        if (header_kind(object->header) != Kind::slice) continue;
        auto* bytes = reinterpret_cast<const SubBinary*>(object)->bytes;
        items.add(make_tuple(heap, {make_unsigned(heap, reinterpret_cast<std::uintptr_t>(bytes)),
                                    make_unsigned(heap, bytes->used), make_unsigned(heap, bytes->count)}));
      }
  }
  return items.finish();
}

// {Buckets, Average, Deviation, Expected, Least, Most, Kept, Locks} of a hash index: the numbers of its buckets and of the
// keys in one of them; no deleted objects are kept, and there is one lock in effect. Others run meanwhile.
NativeResult statistics(Context& context, Term name) {
  constexpr std::size_t buckets_at_once = 512;
  std::size_t buckets = 0, keys = 0, squares = 0, least = 0, most = 0;
  for (bool ended = false; !ended;) {
    {
      TableAccess table{context, name, Access::info};
      if (!table) return without_table(table);
      if (table->options.type == Type::ordered_set) return Term::boolean(false);
      std::vector<tables::Entry*> chain;
      for (auto left = buckets_at_once; left > 0 && !ended; --left, chain.clear()) {
        ended = !table->index().slot(buckets, chain);
        if (ended) break;
        auto length = chain.size();
        least = buckets == 0 ? length : std::min(least, length), most = std::max(most, length);
        ++buckets, keys += length, squares += length * length;
      }
    }
    let_others_run(8 * static_cast<std::int64_t>(buckets_at_once));
  }
  auto count = static_cast<double>(buckets), average = static_cast<double>(keys) / count;
  auto deviation = std::sqrt(std::max(0.0, static_cast<double>(squares) / count - average * average));
  auto& heap = context.heap;
  auto number = [](std::size_t value) { return Term::small(static_cast<std::int64_t>(value)); };
  return make_tuple(heap, {number(buckets), make_float(heap, average), make_float(heap, deviation),
                           make_float(heap, std::sqrt(average * (1 - 1 / count))), number(least),
                           number(most), number(0), number(1)});
}

}  // namespace

NativeResult info_1(Context& context, const Term* a) {
  constexpr const char* names[] = {"id",
                                   "decentralized_counters",
                                   "read_concurrency",
                                   "write_concurrency",
                                   "compressed",
                                   "memory",
                                   "owner",
                                   "heir",
                                   "name",
                                   "size",
                                   "node",
                                   "named_table",
                                   "type",
                                   "keypos",
                                   "protection"};
  TableAccess table{context, a[0], Access::info};
  if (!table) return without_table(table);
  std::vector<Term> items;
  for (auto* name : names)
    items.push_back(make_tuple(context.heap, {Term::atom(Atom::of(name)), *item(context, *table, name)}));
  return make_list(context.heap, std::span<const Term>{items});
}

NativeResult info_2(Context& context, const Term* a) {
  if (text_of(a[1]) == "binary") return binaries(context, a[0]);
  if (text_of(a[1]) == "stats") return statistics(context, a[0]);
  TableAccess table{context, a[0], Access::info};
  if (!table) return without_table(table);
  auto value = item(context, *table, text_of(a[1]));
  return value ? NativeResult{*value} : badarg();
}

}  // namespace noderuntime::ets
