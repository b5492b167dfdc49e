#include "noderuntime/functions/guard_functions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "noderuntime/process/processes.h"

namespace noderuntime {

namespace {

// Sorted by name and arity.
struct Allowed {
  std::string_view name;
  std::size_t arity;
};
constexpr Allowed allowed[] = {{"*", 2},           {"+", 1},
                               {"+", 2},           {"-", 1},
                               {"-", 2},           {"/", 2},
                               {"/=", 2},          {"<", 2},
                               {"=/=", 2},         {"=:=", 2},
                               {"=<", 2},          {"==", 2},
                               {">", 2},           {">=", 2},
                               {"abs", 1},         {"band", 2},
                               {"binary_part", 2}, {"binary_part", 3},
                               {"bit_size", 1},    {"bnot", 1},
                               {"bor", 2},         {"bsl", 2},
                               {"bsr", 2},         {"bxor", 2},
                               {"byte_size", 1},   {"ceil", 1},
                               {"div", 2},         {"element", 2},
                               {"float", 1},       {"floor", 1},
                               {"hd", 1},          {"is_atom", 1},
                               {"is_binary", 1},   {"is_boolean", 1},
                               {"is_float", 1},    {"is_function", 1},
                               {"is_function", 2}, {"is_integer", 1},
                               {"is_list", 1},     {"is_map", 1},
                               {"is_map_key", 2},  {"is_number", 1},
                               {"is_pid", 1},      {"is_port", 1},
                               {"is_record", 3},   {"is_reference", 1},
                               {"is_tuple", 1},    {"length", 1},
                               {"map_get", 2},     {"map_size", 1},
                               {"max", 2},         {"min", 2},
                               {"node", 0},        {"node", 1},
                               {"not", 1},         {"rem", 2},
                               {"round", 1},       {"self", 0},
                               {"size", 1},        {"tl", 1},
                               {"trunc", 1},       {"tuple_size", 1},
                               {"xor", 2}};
static_assert(std::ranges::is_sorted(allowed, {}, [](auto& row) { return std::pair{row.name, row.arity}; }));

const NativeRow* row_of(const Allowed& function) {
  for (auto& module : native_modules())
    if (module.module == "erlang")
      for (auto& row : module.rows)
        if (row.function == function.name && row.arity == function.arity) return &row;
  return nullptr;
}

// The row of each allowed function.
using Rows = std::array<const NativeRow*, std::size(allowed)>;
const Rows& rows() {
  static const Rows found = [] {
    Rows all{};
    std::ranges::transform(allowed, all.begin(), row_of);
    return all;
  }();
  return found;
}

}  // namespace

tables::Functions::Function GuardFunctions::find(std::string_view name, std::size_t arity) {
  auto found = std::ranges::lower_bound(allowed, std::pair{name, arity}, {}, [](auto& row) {
    return std::pair{row.name, row.arity};
  });
  if (found == std::end(allowed) || found->name != name || found->arity != arity) return nullptr;
  return rows()[static_cast<std::size_t>(found - allowed)];
}

std::optional<Term> GuardFunctions::call(Function function, Heap& heap, const Term* arguments) {
  Context inner{context_.process, context_.processes, heap,       context_.state,
                context_.node,    context_.caller,    Term::nil()};
  auto result = static_cast<const NativeRow*>(function)->native(inner, arguments);
  return result.status == NativeResult::Status::value ? std::optional{result.value} : std::nullopt;
}

}  // namespace noderuntime
