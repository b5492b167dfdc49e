// The native functions of module ets, one row each, sorted by function and arity. The functions are in
// ets_*.cpp, by subject; the tables themselves in tables/.
#pragma once

#include <optional>
#include <vector>

#include "noderuntime/functions/native.h"
#include "noderuntime/tables/tables.h"
#include "noderuntime/term/pace.h"

namespace noderuntime::ets {

// clang-format off
#define NODERUNTIME_ETS(X) \
  X("all", 0, all_0) X("delete", 1, delete_1) X("delete", 2, delete_2) X("delete_all_objects", 1, delete_all_objects_1) \
  X("delete_object", 2, delete_object_2) X("first", 1, first_1) X("first_lookup", 1, first_lookup_1)                   \
  X("give_away", 3, give_away_3) X("info", 1, info_1) X("info", 2, info_2) X("insert", 2, insert_2)                    \
  X("insert_new", 2, insert_new_2) X("internal_select_delete", 2, internal_select_delete_2)                            \
  X("is_compiled_ms", 1, is_compiled_ms_1) X("last", 1, last_1)                                                        \
  X("last_lookup", 1, last_lookup_1) X("lookup", 2, lookup_2) X("lookup_element", 3, lookup_element_3)                 \
  X("lookup_element", 4, lookup_element_4) X("match", 1, select_1) X("match", 2, match_2) X("match", 3, match_3)       \
  X("match_delete", 2, match_delete_2) X("match_object", 1, select_1) X("match_object", 2, match_object_2)             \
  X("match_object", 3, match_object_3) X("match_spec_compile", 1, match_spec_compile_1)                                \
  X("match_spec_run_r", 3, match_spec_run_r_3) X("member", 2, member_2) X("new", 2, new_2) X("next", 2, next_2)        \
  X("next_lookup", 2, next_lookup_2) X("prev", 2, prev_2) X("prev_lookup", 2, prev_lookup_2) X("rename", 2, rename_2)  \
  X("safe_fixtable", 2, safe_fixtable_2) X("select", 1, select_1) X("select", 2, select_2) X("select", 3, select_3)    \
  X("select_count", 2, select_count_2) X("select_replace", 2, select_replace_2)                                        \
  X("select_reverse", 1, select_1) X("select_reverse", 2, select_reverse_2) X("select_reverse", 3, select_reverse_3)   \
  X("setopts", 2, setopts_2) X("slot", 2, slot_2) X("tab2list", 1, tab2list_1) X("take", 2, take_2)                    \
  X("update_counter", 3, update_counter_3) X("update_counter", 4, update_counter_4)                                    \
  X("update_element", 3, update_element_3) X("update_element", 4, update_element_4) X("whereis", 1, whereis_1)
// clang-format on

#define NODERUNTIME_DECLARE(name, arity, function) NativeResult function(Context&, const Term*);
NODERUNTIME_ETS(NODERUNTIME_DECLARE)
#undef NODERUNTIME_DECLARE

inline NativeResult yes() { return Term::boolean(true); }

// Access to the table that a caller names. Accounts for the table's change of size when it is let go. While it is held,
// nothing is paused. Objects that are being stored by another process are all stored before the table is given.
enum class Access { info, read, write };
class TableAccess {
 public:
  TableAccess(Context& context, Term name, Access access);
  ~TableAccess() { let_go(); }
  TableAccess(const TableAccess&) = delete;
  TableAccess& operator=(const TableAccess&) = delete;

  explicit operator bool() const { return table_ != nullptr; }
  tables::Table* operator->() const { return table_; }
  tables::Table& operator*() const { return *table_; }
  NativeResult refused() const { return badarg(cause_); }
  bool does_not_exist() const;  // the table; false: there is one, or this is nothing that names a table
  void removed() { table_ = nullptr, one_step_.reset(); }
  void let_go() {
    if (table_) tables_.changed(*table_, before_);
    removed();
  }

 private:
  tables::Table* find(Context& context, Term name, Access access);

  tables::Tables& tables_;
  tables::Table* table_ = nullptr;
  std::size_t before_ = 0;
  Atom cause_;  // why access was refused, for the text of the error
  std::optional<OneStep> one_step_;
};

// The reference of a new table. It differs from those of make_ref/0, so that a table that is gone is told from what has
// never been one.
Reference new_table_id(Context& context);

// Releases the objects that were buried, while others run.
void sweep(tables::Tables& tables);

// Whether there are so few terms in it, at so little depth, that storing or compiling it takes no long time.
bool is_small(Term term);
bool has_room(Context& context, Term object);
Term name_of(Context& context, const tables::Table& table);  // as functions return it
// Objects that stay as they are while others run, whatever becomes of their table.
class HeldRows {
 public:
  HeldRows() = default;
  HeldRows(const HeldRows&) = delete;
  HeldRows& operator=(const HeldRows&) = delete;
  ~HeldRows() {
    for (auto* row : rows_) tables::Row::release(row);
  }
  void reserve(std::size_t rows) { rows_.reserve(rows); }
  void add(const tables::Row* row) {
    rows_.push_back(row);
    row->hold();
  }
  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }

 private:
  std::vector<const tables::Row*, HeldAllocator<const tables::Row*>> rows_;
};

// The objects with one key, from `first` on, to be copied. If they are large, the table is let go, and the process can be
// paused as long as this object exists.
class RowsToCopy {
 public:
  RowsToCopy(TableAccess& table, const tables::Row* first);

  template <class Visit>
  void for_each(Visit visit) const {
    for (auto* row = small_; row; row = row->next) visit(row->object());
    for (auto* row : large_) pace.spend(1), visit(row->object());
  }

 private:
  const tables::Row* small_;
  HeldRows large_;
  std::optional<MayPause> may_pause_;
};
Term objects_of(Context& context, TableAccess& table, const tables::Row* first);  // copies, in order
Term end_of_table();

}  // namespace noderuntime::ets
