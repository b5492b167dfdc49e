// Reads the rows of operations.h, for those who walk through code at load: how long an instruction is, what
// its fields are, what it does. The rows are read when this is compiled, and checked in operation_rows.cpp.
#pragma once

#include <iterator>
#include <string_view>

#include "noderuntime/beam/operations.h"

namespace noderuntime {

// Kinds of fields, by the letters of operations.h.
constexpr bool is_source(char field) { return field == 's' || field == 'a' || field == 'c'; }
constexpr bool is_register(char field) { return field == 'r' || field == 'd' || field == 'u'; }
constexpr bool is_label(char field) { return field == 'l' || field == 'e' || field == 'F'; }

struct OperationRow {
  const char* name;
  std::string_view fields, repeated, x, effects;

  // What the letters say. Fields are numbered from 1 on; 0: there is none.
  std::uint32_t size = static_cast<std::uint32_t>(1 + fields.size());  // in units, without the repeated part
  std::uint32_t count_field = number_of('*');
  std::uint32_t words_field = number_of('w');
  std::uint32_t x_field = x.empty() ? 0 : number_of(x.front());  // it counts x registers, or is the import
  std::uint32_t x_more = ends_with_digit(x) ? static_cast<std::uint32_t>(x.back() - '0') : 0;  // besides
  bool x_of_import = x == "i";
  bool frame = has('F'), no_frame = has('N');
  bool raises = has('!');
  bool result_alone = has('R'), result = has('0');
  bool begins_binary = has('b'), puts = has('p'), keeps_building = has('k') || has('p');
  bool only_copies = has('q');
  bool ends = has('.');

  constexpr bool has(char effect) const { return effects.find(effect) != effects.npos; }
  constexpr std::uint32_t number_of(char field) const {
    auto at = fields.find(field);
    return at == fields.npos ? 0 : static_cast<std::uint32_t>(at) + 1;
  }
  static constexpr bool ends_with_digit(std::string_view text) {
    return !text.empty() && text.back() >= '0' && text.back() <= '9';
  }
};

inline constexpr OperationRow operation_rows[] = {
#define NODERUNTIME_OPERATION_ROW(name, fields, repeated, x, effects, check) \
  {#name, fields, repeated, x, effects},
    NODERUNTIME_OPERATIONS(NODERUNTIME_OPERATION_ROW)
#undef NODERUNTIME_OPERATION_ROW
};

constexpr const OperationRow& operation_row(Operation plain) {
  return operation_rows[static_cast<std::uint32_t>(plain)];
}

// The number of units of the plain instruction at `code`.
constexpr std::uint32_t instruction_size(const std::uint32_t* code, const OperationRow& row) {
  if (row.count_field == 0) return row.size;
  return row.size + code[row.count_field] * static_cast<std::uint32_t>(row.repeated.size());
}

}  // namespace noderuntime
