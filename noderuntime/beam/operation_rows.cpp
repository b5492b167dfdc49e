// Checks the rows when it is compiled; finds the plain operations of forms.
#include "noderuntime/beam/operation_rows.h"

#include <algorithm>

namespace noderuntime {

namespace {

constexpr bool has_only(std::string_view text, std::string_view letters) {
  return text.find_first_not_of(letters) == text.npos;
}
constexpr bool has_known_letters(const OperationRow& row) {
  return has_only(row.fields, "sacrdulexFikfwg*n") && has_only(row.repeated, "sdlng") &&
         has_only(row.effects, "FN!R0bpkq.");
}

// Whether the fields are there that other letters speak of.
constexpr bool has_named_fields(const OperationRow& row) {
  auto function = row.fields.find('F');
  return (row.count_field != 0) == !row.repeated.empty() && (row.words_field == 0 || row.frame) &&
         (function == row.fields.npos || (function > 0 && row.fields[function - 1] == 'x'));
}

constexpr bool has_known_x(const OperationRow& row) {
  if (row.x.empty()) return true;
  if (row.x == "i" || row.x == "x") return row.x_field != 0;
  bool more = row.x.size() == 3 && row.x.starts_with("x+") && row.x_field != 0;
  return row.x_more != 0 && (row.x.size() == 1 || more);
}

constexpr bool is_consistent(const OperationRow& row) {
  return !(row.frame && row.no_frame) && !(row.result && row.result_alone) &&
         row.begins_binary + row.puts + row.has('k') <= 1;
}

template <class Property>
constexpr bool all_rows(Property property) {
  return std::all_of(std::begin(operation_rows), std::end(operation_rows), property);
}
static_assert(all_rows(has_known_letters), "a row of operations.h has an unknown letter");
static_assert(all_rows(has_named_fields), "a row of operations.h speaks of a field that it does not have");
static_assert(all_rows(has_known_x), "a row of operations.h does not say which x registers are read");
static_assert(all_rows(is_consistent), "a row of operations.h has effects that exclude each other");

// The operation in the first word of a form's row.
constexpr Operation first_of(std::string_view parts) {
  auto name = parts.substr(0, parts.find(' '));
  std::uint32_t number = 0;
  while (name != operation_rows[number].name) ++number;
  return static_cast<Operation>(number);
}

constexpr Operation first_of_forms[] = {
#define NODERUNTIME_FIRST_OF_FORM(name, parts) first_of(parts),
    NODERUNTIME_SPECIALISED_OPERATIONS(NODERUNTIME_FIRST_OF_FORM)
#undef NODERUNTIME_FIRST_OF_FORM
};

}  // namespace

Operation plain_operation(Operation operation) {
  if (operation < Operation::plain_count) return operation;
  return first_of_forms[static_cast<std::uint32_t>(operation) -
                        static_cast<std::uint32_t>(Operation::plain_count)];
}

}  // namespace noderuntime
